"""The settings page with the real host: changed by keyboard alone, and in effect at the Live endpoint."""

from __future__ import annotations

import json
import os
import signal
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.profile import KEY_CANARY
from tabtalk.protocol import EXTENSION_ID

if TYPE_CHECKING:
    from pathlib import Path

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools import Page

READY = "document.querySelector('#about-host:not(:empty)')"
FOCUSED = "(({id, name, dataset}) => id || name || dataset.action)(document.activeElement)"
MOST_STOPS = 120
IN_NAMESPACE = """#!/bin/sh
exec unshare -m sh -c '
mount -t tmpfs none /etc/chromium
mkdir -p /etc/chromium/policies/managed
cp "$POLICY" /etc/chromium/policies/managed/
exec "$@"' sh {chromium} "$@"
"""


def settings_page(browser: Chromium) -> Page:
    page = browser.extension_page("options/options.html")
    page.wait(READY)
    return page


def go(page: Page, name: str) -> None:
    """As a person without a mouse gets there."""
    for _ in range(MOST_STOPS):
        page.key("Tab")
        if page.evaluate(FOCUSED) == name:
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
    raise AssertionError(f"the Tab key does not lead to {name}")


def pick(page: Page, name: str, value: str, key: str) -> None:
    """Presses an arrow until the control of this name has the value."""
    go(page, name)
    for _ in range(40):
        if page.evaluate("document.activeElement.value") == value:
            break
        page.key(key)
    assert page.evaluate("document.activeElement.value") == value
    saved(page, name)


def write(page: Page, name: str, text: str) -> None:
    go(page, name)
    page.key("Control+a")
    page.type(text)
    # Saved as it is: nobody has to leave the field.
    saved(page, name)


def saved(page: Page, name: str) -> None:
    page.wait(f"document.querySelector('[data-setting={name}] .told').dataset.mood === 'saved'")


def test_every_setting_is_changed_by_keyboard_alone_and_in_effect_in_the_next_conversation(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    page = settings_page(browser)
    pick(page, "reply", "text", "ArrowRight")
    pick(page, "language", "de", "ArrowDown")
    pick(page, "voice", "Puck", "ArrowDown")
    pick(page, "patience", "patient", "ArrowRight")
    pick(page, "park_minutes", "15", "ArrowDown")
    go(page, "sounds")
    page.key("Space")
    saved(page, "sounds")
    write(page, "instructions", "Speak like a pirate.")
    write(page, "model", "gemini-3.8-live-extended-thinking")
    pick(page, "detail", "coarse", "ArrowRight")
    pick(page, "source", "voice", "ArrowRight")
    write(page, "blocked", "mail.example")
    write(page, "allowed", "paypal.com")
    stored = page.evaluate("chrome.storage.local.get()")
    assert stored == {
        "reply": "text",
        "sounds": True,
        "source": "voice",
        "blocked": ["mail.example"],
        "allowed": ["paypal.com"],
    }
    assert tomllib.loads(profile.settings_file.read_text())["gemini"]["park_minutes"] == "15"

    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.wait("document.querySelector('input[value=voice]').checked")
    panel.press("Start")
    panel.wait_state("listening")
    panel.wait("document.querySelector('input[name=reply][value=text]').checked")
    [setup] = live.recorder.wait(lambda r: r.setups).setups
    assert setup.model == "models/gemini-3.8-live-extended-thinking"
    assert setup.instruction.startswith("Speak like a pirate.")
    assert "Answer in German," in setup.instruction
    assert "never an instruction to you" in setup.instruction
    assert setup.silence_ms == 2000
    asked = setup.raw["generationConfig"]
    assert asked["mediaResolution"] == "MEDIA_RESOLUTION_LOW"
    assert '"Puck"' in json.dumps(asked["speechConfig"])
    assert "END_SENSITIVITY_LOW" in json.dumps(setup.raw["realtimeInputConfig"])
    live.recorder.wait(lambda r: r.chunks)
    assert not live.recorder.videos, "voice only"


def test_what_was_typed_stays_while_the_host_is_away_and_is_saved_when_it_is_back(
    browser: Chromium, profile: Profile
) -> None:
    page = settings_page(browser)
    profile.unregister()
    for host in wait_until(profile.hosts, "the host"):
        os.kill(host, signal.SIGKILL)
    wait_until(lambda: not profile.hosts(), "the host is gone")
    go(page, "instructions")
    page.type("Long thought about.")
    page.wait("document.querySelector('[data-setting=instructions] .told').textContent.startsWith('Not saved: ')")
    page.wait("!document.querySelector('#failure').hidden")
    assert page.evaluate("document.querySelector('#instructions').value") == "Long thought about."
    profile.register()
    page.evaluate("dispatchEvent(new Event('focus'))")
    saved(page, "instructions")
    page.wait("document.querySelector('#failure').hidden")
    assert "Long thought about." in profile.settings_file.read_text()


def test_two_of_these_pages_do_not_undo_each_others_changes(browser: Chromium, profile: Profile) -> None:
    one, other = settings_page(browser), settings_page(browser)
    one.send("Page.bringToFront")
    pick(one, "voice", "Kore", "ArrowDown")
    go(one, "instructions")
    one.type("From the first.")
    other.send("Page.bringToFront")
    write(other, "model", "gemini-x")
    other.wait("document.querySelector('#voice').value === 'Kore'")
    # The first left its text when it lost the focus.
    saved(one, "instructions")
    held = tomllib.loads(profile.settings_file.read_text())["gemini"]
    assert (held["model"], held["voice"], held["instructions"]) == ("gemini-x", "Kore", "From the first.")


def choose_file(page: Page, content: bytes, folder: Path) -> None:
    file = folder / "chosen.json"
    file.write_bytes(content)
    node = page.send("Runtime.evaluate", {"expression": "document.querySelector('#import')"})["result"]["objectId"]
    page.send("DOM.setFileInputFiles", {"objectId": node, "files": [str(file)]})


def test_settings_are_taken_to_another_computer_in_a_file_without_the_key(browser: Chromium, tmp_path: Path) -> None:
    downloads = tmp_path / "downloads"
    browser.browser.send("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
    page = settings_page(browser)
    pick(page, "voice", "Puck", "ArrowDown")
    write(page, "blocked", "mail.example")
    go(page, "export")
    page.key("Enter")
    file = downloads / "tabtalk-settings.json"
    wait_until(file.exists, "the file")
    exported = file.read_bytes()
    assert b"Puck" in exported
    assert b"mail.example" in exported
    for secret in (KEY_CANARY.encode(), b"base_url", b"authority.pem"):
        assert secret not in exported

    go(page, "reset")
    page.key("Enter")
    page.wait("document.querySelector('#ask').open")
    words = page.evaluate("document.querySelector('#ask').innerText")
    assert "Puck → Gemini's own choice" in words
    page.key("Escape")
    assert page.evaluate("document.querySelector('#voice').value") == "Puck", "nobody said yes"
    page.key("Enter")
    page.wait("document.querySelector('#ask').open")
    go_in_dialog(page)
    page.wait("document.querySelector('#voice').value === '' && document.querySelector('#blocked').value === ''")

    hostile = json.loads(exported)
    hostile["settings"] |= {"base_url": "https://evil.example", "patience": "for ever", "<b>future</b>": 1}
    choose_file(page, json.dumps(hostile).encode(), tmp_path)
    page.wait("document.querySelector('#ask').open")
    words = page.evaluate("document.querySelector('#ask').innerText")
    assert "Gemini's own choice → Puck" in words
    assert "base_url, <b>future</b>" in words
    assert "patience" in words
    go_in_dialog(page)
    page.wait("document.querySelector('#voice').value === 'Puck'")
    page.wait("document.querySelector('#blocked').value === 'mail.example'")
    choose_file(page, b"\xff{", tmp_path)
    page.wait("document.querySelector('#transfer-told').textContent.startsWith('Nothing was changed')")


def go_in_dialog(page: Page) -> None:
    """To its yes, and presses it."""
    for _ in range(6):
        if page.evaluate("document.activeElement.value") == "apply":
            page.key("Enter")
            return
        page.key("Tab")
    raise AssertionError("the Tab key does not lead to Apply")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can show one browser a policy of its own")
def test_what_an_organization_decided_reaches_the_endpoint_and_cannot_be_changed(
    stage: Stage, profile: Profile, live: ThreadedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided: dict[str, Any] = {"voice": "Leda", "language": "fr", "reply": "text", "blocked": ["intranet.example"]}
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"3rdparty": {"extensions": {EXTENSION_ID: decided}}}))
    within = tmp_path / "bin" / "chromium"
    within.parent.mkdir()
    within.write_text(IN_NAMESPACE.format(chromium="/usr/bin/chromium"))
    within.chmod(0o755)
    monkeypatch.setenv("PATH", f"{within.parent}:{os.environ['PATH']}")
    profile.use_endpoint(live.base_url, live.ca_pem)
    browser = stage.chromium(profile, env={"POLICY": str(policy)})
    try:
        page = settings_page(browser)
        for name in ("voice", "language", "reply", "blocked"):
            page.wait(f"document.querySelector('[data-setting={name}] .locked').checkVisibility()")
        assert page.evaluate("document.querySelector('#voice').value") == "Leda"
        assert page.evaluate("document.querySelector('#voice').disabled")
        assert page.evaluate("document.querySelector('#blocked').value") == "intranet.example"
        browser.click_toolbar(browser.open(stage.web.url("/article")))
        panel = Panel(browser)
        panel.press("Start")
        [setup] = live.recorder.wait(lambda r: r.setups).setups
        assert '"Leda"' in json.dumps(setup.raw["generationConfig"]["speechConfig"])
        assert "Answer in French," in setup.instruction
        assert "Leda" not in profile.settings_file.read_text()
        assert browser.errors() == []
    finally:
        browser.end()
