"""The key, typed into the settings page: the real host tries it with the endpoint, keeps it, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.profile import KEY_CANARY
from stage.settings_page import START_S, open_settings
from tabtalk import profiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

WRONG = "AIzaSyWRONG-0123456789-abcdefghijklmnop"
_SAID = "document.getElementById('key-result').textContent"
_WHERE = "document.getElementById('key-where').textContent"
_FAILURE = "document.getElementById('key-failure').innerText"


@pytest.fixture
def browser(stage: Stage, profile: Profile, live: ThreadedServer) -> Iterator[Chromium]:
    """Without a key."""
    profile.use_endpoint(live.base_url, live.ca_pem, key=None)
    profile.register(variables={"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"})
    running = stage.chromium(profile)
    yield running
    errors = running.errors()
    running.end()
    assert errors == []


def settings_page(browser: Chromium) -> Page:
    page = open_settings(browser)
    page.wait(f"{_WHERE}.includes('practice')", START_S)
    return page


def wait_answer(page: Page, claim: str) -> None:
    """Until this is so, and nothing that was asked of the host is under way: meanwhile the form takes nothing."""
    page.wait(f"{claim} && document.getElementById('key-fields').ariaBusy === 'false'", START_S)


def tab_to(page: Page, id: str) -> None:
    """As a person without a mouse gets there."""
    for _ in range(60):
        page.key("Tab")
        if page.evaluate("document.activeElement.id") == id:
            return
    raise AssertionError(f"the Tab key does not lead to {id}")


def give(page: Page, key: str) -> None:
    tab_to(page, "key-text")
    page.type(key)
    page.key("Enter")


def profile_list(page: Page) -> list[str]:
    names: list[str] = page.evaluate("[...document.getElementById('profile').options].map(({value}) => value)")
    return names


def test_t19_a_key_that_is_typed_is_tried_kept_used_and_nowhere_else(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    page = settings_page(browser)
    give(page, KEY_CANARY)
    wait_answer(page, f"{_SAID}.includes('accepts the key')")
    # The endpoint takes this key alone, and the way it came is not the address.
    assert [KEY_CANARY in record.path for record in live.recorder.records] == [False]
    assert live.recorder.setups
    assert page.evaluate("document.getElementById('key-text').value") == ""
    assert "only you can read" in page.evaluate(_WHERE)
    assert profile.key_file.read_text() == KEY_CANARY
    assert profile.key_file.stat().st_mode & 0o777 == 0o600

    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.press("Start")
    panel.wait_state("listening")
    live.recorder.wait(lambda r: len(r.setups) == 2)

    processes = b""
    for folder in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                processes += (folder / name).read_bytes()
            except OSError:
                continue
    assert KEY_CANARY.encode() not in processes
    stored = "Promise.all([chrome.storage.local.get(), chrome.storage.session.get()])"
    everywhere = {
        "settings page": page.evaluate("document.documentElement.outerHTML"),
        "panel": str(panel.wait("document.documentElement.outerHTML")),
        "storage": json.dumps(browser.service_worker().evaluate(stored)),
        "web storage": page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"),
    }
    for place, text in everywhere.items():
        assert KEY_CANARY not in text, place
    panel.press("End")
    browser.expected += ["The browser is shutting down"]
    browser.end()
    wait_until(lambda: not profile.hosts(), "the host is gone")
    for file in profile.folder.rglob("*"):
        if file.is_file() and file != profile.key_file:
            content = file.read_bytes()
            assert KEY_CANARY.encode() not in content, file
            assert KEY_CANARY.encode("utf-16-le") not in content, file


def test_a_key_that_is_refused_is_not_kept_one_that_cannot_be_a_key_is_not_even_tried_and_removing_asks(
    browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    page = settings_page(browser)
    give(page, "two words")
    wait_answer(page, f"{_FAILURE}.includes('cannot be a key')")
    assert not live.recorder.records

    give(page, WRONG)
    wait_answer(page, f"{_FAILURE}.includes('did not accept')")
    assert not profile.key_file.exists()
    assert WRONG not in page.evaluate("document.documentElement.outerHTML")

    give(page, KEY_CANARY)
    wait_answer(page, f"{_SAID}.includes('accepts the key')")
    assert page.evaluate(_FAILURE) == ""

    tab_to(page, "key-remove")
    page.key("Enter")
    page.wait("document.getElementById('key-dialog').open")
    page.key("Escape")
    page.wait("!document.getElementById('key-dialog').open")
    assert profile.key_file.exists()
    page.evaluate("document.getElementById('key-remove').focus()")
    page.key("Enter")
    page.wait("document.getElementById('key-dialog').open")
    tab_to(page, "key-yes")
    page.key("Enter")
    wait_answer(page, f"{_SAID}.includes('removed')")
    assert not profile.key_file.exists()
    assert "practice" in page.evaluate(_WHERE)


def test_without_the_endpoint_a_key_is_kept_and_that_it_was_not_tried_is_said(
    browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    page = settings_page(browser)
    profile.use_endpoint("https://127.0.0.1:1", live.ca_pem, key=None)
    give(page, KEY_CANARY)
    wait_answer(page, f"{_SAID}.includes('could not be tried')")
    assert profile.key_file.read_text() == KEY_CANARY


def test_a_second_profile_has_a_key_of_its_own(browser: Chromium, profile: Profile, live: ThreadedServer) -> None:
    page = settings_page(browser)
    give(page, KEY_CANARY)
    wait_answer(page, f"{_SAID}.includes('accepts the key')")
    tab_to(page, "profile-add")
    page.key("Enter")
    page.wait("document.getElementById('key-dialog').open")
    page.wait("document.activeElement.id === 'key-name'")
    page.type("Default")
    page.key("Enter")
    assert page.evaluate("document.getElementById('key-name').validationMessage") != ""
    for _ in "Default":
        page.key("Backspace")
    page.type("论文 2")
    page.key("Enter")
    wait_answer(page, f"{_SAID}.includes('Now give it a key')")
    assert profile_list(page) == ["default", "论文 2"]
    page.wait("document.activeElement.id === 'key-text'")
    page.type(KEY_CANARY)
    page.key("Enter")
    wait_answer(page, f"{_SAID}.includes('accepts the key')")
    known = profiles.load(profile.settings_file)
    assert (known.active, [*known.all]) == ("论文 2", ["default", "论文 2"])
    assert profile.key_file.with_name("api-key.论文 2").read_text() == KEY_CANARY
    assert KEY_CANARY not in profile.settings_file.read_text("utf-8")


def test_vertex_without_a_sign_in_says_the_command_and_leaves_the_key(
    browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    page = settings_page(browser)
    give(page, KEY_CANARY)
    wait_answer(page, f"{_SAID}.includes('accepts the key')")
    tab_to(page, "vertex")
    page.key("Enter")
    tab_to(page, "vertex-project")
    page.type("lab-1234")
    page.key("Enter")
    wait_answer(page, f"{_FAILURE}.includes('gcloud auth application-default login')")
    assert profile.key_file.read_text() == KEY_CANARY
    assert len(live.recorder.records) == 1
