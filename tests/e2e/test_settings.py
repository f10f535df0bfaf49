"""The settings page with the real host: changed by keyboard alone, and in effect at the Live endpoint."""

from __future__ import annotations

import json
import os
import signal
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

import test_devices
import test_guard
import test_just_said
import test_links
import test_push_to_talk
import test_tab_sound
from stage.panel import Panel
from stage.process import wait_until
from stage.profile import KEY_CANARY
from stage.settings_page import (
    READY,
    START_S,
    choose_device,
    go,
    open_settings,
    pick,
    press,
    tick,
    wait_saved,
    write,
)
from tabtalk import settings
from tabtalk.instructions import SAMPLE_SENTENCE
from tabtalk.practice import sound
from tabtalk.practice.scenario import Scenario
from tabtalk.protocol import EXTENSION_ID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.practice.wire import Setup
    from tabtalk.setup.devtools_page import Page

REST_MINUTES = "0.05"
IN_NAMESPACE = """#!/bin/sh
exec unshare -m sh -c '
mount -t tmpfs none /etc/chromium
mkdir -p /etc/chromium/policies/managed
cp "$POLICY" /etc/chromium/policies/managed/
exec "$@"' sh {chromium} "$@"
"""


def instruct(page: Page) -> None:
    """Takes ready instructions, and adds to them."""
    press(page, "Language tutor")
    wait_saved(page, "instructions")
    go(page, "instructions")
    page.key("Control+End")
    page.type(" Speak like a pirate.")
    wait_saved(page, "instructions")


def push_and_not(page: Page) -> None:
    """There and back, for the service is told of no patience where the person tells it when they have spoken."""
    pick(page, "talk", "push-to-talk", "ArrowRight")
    page.key("ArrowLeft")
    wait_saved(page, "talk")
    page.wait("chrome.storage.local.get().then(({talk}) => talk === 'hands-free')")


CHANGES: dict[str, Callable[[Page], None]] = {
    "reply": lambda page: pick(page, "reply", "text", "ArrowRight"),
    "talk": push_and_not,
    "language": lambda page: pick(page, "language", "de", "ArrowDown"),
    "voice": lambda page: pick(page, "voice", "Puck", "ArrowDown"),
    "speed": lambda page: pick(page, "speed", "fast", "ArrowRight"),
    "patience": lambda page: pick(page, "patience", "patient", "ArrowRight"),
    "microphone": lambda page: choose_device(page, "microphone", "Microphone"),
    "speaker": lambda page: choose_device(page, "speaker", "Speaker"),
    "park_minutes": lambda page: pick(page, "park_minutes", REST_MINUTES, "ArrowDown"),
    "sounds": lambda page: tick(page, "sounds"),
    "instructions": instruct,
    "model": lambda page: write(page, "model", "gemini-3.8-live-extended-thinking"),
    "detail": lambda page: pick(page, "detail", "coarse", "ArrowRight"),
    "source": lambda page: pick(page, "source", "voice", "ArrowRight"),
    "tabSound": lambda page: tick(page, "tabSound"),
    "quieter": lambda page: tick(page, "quieter"),
    "justSaid": lambda page: tick(page, "justSaid"),
    "blocked": lambda page: write(page, "blocked", "mail.example"),
    "allowed": lambda page: write(page, "allowed", "paypal.com"),
}
"""By keyboard, in the order of the page."""

AT_THE_ENDPOINT: dict[str, Callable[[Setup], bool]] = {
    "language": lambda setup: "Answer in German," in setup.instruction,
    "voice": lambda setup: '"Puck"' in json.dumps(setup.raw["generationConfig"]["speechConfig"]),
    "speed": lambda setup: "Speak fast," in setup.instruction,
    "patience": lambda setup: setup.silence_ms == 2000 and "END_SENSITIVITY_LOW" in json.dumps(setup.raw),
    "instructions": lambda setup: (
        setup.instruction.startswith("You are my patient language tutor.")
        and "Speak like a pirate." in setup.instruction
        and "never an instruction to you" in setup.instruction
    ),
    "model": lambda setup: setup.model == "models/gemini-3.8-live-extended-thinking",
    "detail": lambda setup: setup.raw["generationConfig"]["mediaResolution"] == "MEDIA_RESOLUTION_LOW",
}
SAMPLE = "document.querySelector('[data-setting=voice] .sample')"
IN_THE_TALK = ("reply", "park_minutes", "source")
ELSEWHERE = {
    "talk": test_push_to_talk.test_presses_are_heard_from_their_first_moment_to_their_last,
    "microphone": test_devices.test_the_microphone_that_is_chosen_is_heard_at_once_and_no_other,
    "speaker": test_devices.test_f27_the_speaker_that_is_chosen_plays_alone_and_the_default_while_it_is_gone,
    "sounds": test_links.test_a_loss_and_a_return_sound_when_that_is_wanted,
    "tabSound": test_tab_sound.test_the_tab_is_softer_beside_a_voice_and_heard_by_gemini_where_that_is_wanted,
    "quieter": test_tab_sound.test_the_tab_is_softer_beside_a_voice_and_heard_by_gemini_where_that_is_wanted,
    "justSaid": test_just_said.test_what_a_tab_sounded_like_last_is_asked_about_in_its_order_and_goes_nowhere_before,
    "blocked": test_guard.test_the_persons_own_sites_are_kept_on_the_settings_page_and_hold_at_once,
    "allowed": test_guard.test_t23_an_exception_of_the_persons_own_lets_it_be_seen,
}
"""Where else it is shown that a setting, changed by keyboard, is in effect."""


def test_every_setting_is_changed_by_keyboard_alone_and_in_effect_in_the_next_conversation(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    # Offered as what a person wrote by hand: nobody waits for minutes here.
    settings.change(profile.settings_file, park_minutes=REST_MINUTES)
    page = open_settings(browser)
    settings.change(profile.settings_file, park_minutes="5")
    page.evaluate("dispatchEvent(new Event('focus'))")
    page.wait("document.querySelector('#park_minutes').value === '5'")
    rows = page.evaluate("[...document.querySelectorAll('[data-setting]')].map(({dataset}) => dataset.setting)")
    assert set(CHANGES) == set(rows), "what is no row, or not changed here"
    assert {*AT_THE_ENDPOINT, *IN_THE_TALK, *ELSEWHERE} == set(rows), "a row that is not shown to have an effect"
    for change in CHANGES.values():
        change(page)
    stored = page.evaluate("chrome.storage.local.get()")
    assert stored.pop("microphone")["label"] == "Microphone"
    assert stored.pop("speaker")["label"] == "Speaker"
    assert stored == {
        "reply": "text",
        "talk": "hands-free",
        "sounds": True,
        "source": "voice",
        "tabSound": True,
        "quieter": True,
        "justSaid": True,
        "blocked": ["mail.example"],
        "allowed": ["paypal.com"],
    }
    assert tomllib.loads(profile.settings_file.read_text())["gemini"]["park_minutes"] == REST_MINUTES

    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.wait("document.querySelector('input[value=voice]').checked")
    panel.press("Start")
    [setup] = live.recorder.wait(lambda r: r.setups, START_S).setups
    assert [name for name, holds in AT_THE_ENDPOINT.items() if not holds(setup)] == []
    live.recorder.wait(lambda r: r.chunks, START_S)
    panel.wait("document.querySelector('input[name=reply][value=text]').checked")
    panel.wait_state("resting", START_S)
    live.recorder.wait(lambda r: r.records[-1].closed_at is not None)
    assert not live.recorder.videos, "voice only"


class Hums(Scenario):
    async def on_text(self, text: str) -> None:
        await self.answer(sound.tone(440, 1.5), "Hello!")


def test_a_voice_is_heard_on_a_press_and_another_press_ends_it(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    live.server.scenario = Hums
    page = open_settings(browser)
    pick(page, "voice", "Puck", "ArrowDown")
    with stage.sound.record() as speaker:
        press(page, "Hear it")
        speaker.wait_sound(hz=440, timeout=START_S)
    page.wait(f"{SAMPLE}.innerText.includes('That was it.')", START_S)
    [setup] = live.recorder.setups
    assert AT_THE_ENDPOINT["voice"](setup)
    assert [said.text for said in live.recorder.texts] == [SAMPLE_SENTENCE]
    assert not live.recorder.audio

    live.server.scenario = Scenario  # Which never says a word.
    page.key("Enter")
    live.recorder.wait(lambda r: len(r.texts) == 2, START_S)
    page.key("Enter")
    live.recorder.wait(lambda r: r.records[-1].closed_at is not None, START_S)
    page.wait(f"{SAMPLE}.innerText.includes('Hear it')")


def test_what_was_typed_stays_while_the_host_is_away_and_is_saved_when_it_is_back(
    browser: Chromium, profile: Profile
) -> None:
    page = open_settings(browser)
    # What is not yet typed in is locked when the page reads itself anew and finds no host: that is over, and does not come again.
    page.wait("document.hasFocus()", START_S)
    go(page, "instructions")
    page.wait(READY, START_S)
    profile.unregister()
    for host in wait_until(profile.hosts, "the host"):
        os.kill(host, signal.SIGKILL)
    wait_until(lambda: not profile.hosts(), "the host is gone")
    page.type("Long thought about.")
    page.wait("document.querySelector('[data-setting=instructions] .told').textContent.startsWith('Not saved: ')")
    page.wait("!document.querySelector('#failure').hidden")
    assert page.evaluate("document.querySelector('#instructions').value") == "Long thought about."
    profile.register()
    page.evaluate("dispatchEvent(new Event('focus'))")
    wait_saved(page, "instructions")
    page.wait("document.querySelector('#failure').hidden")
    assert "Long thought about." in profile.settings_file.read_text()


def test_two_of_these_pages_do_not_undo_each_others_changes(browser: Chromium, profile: Profile) -> None:
    one, other = open_settings(browser), open_settings(browser)
    one.send("Page.bringToFront")
    pick(one, "voice", "Kore", "ArrowDown")
    go(one, "instructions")
    one.type("From the first.")
    other.send("Page.bringToFront")
    write(other, "model", "gemini-x")
    other.wait("document.querySelector('#voice').value === 'Kore'")
    # The first left its text when it lost the focus.
    wait_saved(one, "instructions")
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
    page = open_settings(browser)
    pick(page, "voice", "Puck", "ArrowDown")
    write(page, "blocked", "mail.example")
    press(page, "export")
    file = downloads / "tabtalk-settings.json"
    exported = wait_until(lambda: file.read_bytes() if file.exists() else b"", "the file")
    assert b"Puck" in exported
    assert b"mail.example" in exported
    for secret in (KEY_CANARY.encode(), b"base_url", b"authority.pem"):
        assert secret not in exported

    press(page, "reset")
    page.wait("document.querySelector('#ask').open")
    words = page.evaluate("document.querySelector('#ask').innerText")
    assert "Puck → Gemini's own choice" in words
    page.key("Escape")
    page.wait("!document.querySelector('#ask').open")
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
        page = open_settings(browser)
        for name in ("voice", "language", "reply", "blocked"):
            page.wait(f"document.querySelector('[data-setting={name}] .locked').checkVisibility()")
        # The browser knows its policies some time after it began, and the host some time after that.
        page.wait("document.querySelector('#voice').value === 'Leda'", START_S)
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


def test_the_log_is_deleted_by_keyboard_and_the_page_says_where_it_was(browser: Chromium, profile: Profile) -> None:
    profile.log_dir.mkdir(parents=True, exist_ok=True)
    older = profile.log_dir / "host.log.1"
    older.write_text("yesterday\n")
    page = open_settings(browser)
    page.wait("document.querySelector('#delete-log').checkVisibility()", 30)
    assert str(profile.log_dir) in page.evaluate("document.querySelector('#kept-where').textContent")
    assert str(profile.settings_file) in page.evaluate("document.querySelector('#kept-where').textContent")
    page.evaluate("document.querySelector('[data-action=reset]').focus()")
    page.key("Tab")
    page.wait("document.activeElement.id === 'delete-log'")
    page.key("Enter")
    page.wait("document.querySelector('#transfer-told').textContent.startsWith('The log was deleted')", 30)
    assert not older.exists()
    assert profile.settings_file.exists()
