"""The failing link, found from the browser's side: each planted fault is named, and none on a healthy machine."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

from stage.profile import HOST
from tabtalk.protocol import EXTENSION_ORIGIN

if TYPE_CHECKING:
    from pathlib import Path

    from stage.chromium import Chromium
    from stage.profile import Profile
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

_DONE = "document.querySelector('#links')?.ariaBusy === 'false'"
_STATES = (
    "Object.fromEntries([...document.querySelectorAll('#links > li')].map((li) => [li.dataset.link, li.dataset.state]))"
)
_RESULT = "document.querySelector('[role=status]').textContent"
PATIENCE_S = 90.0
"""A host and a dial each may take their time on a busy machine."""


def look(page: Page) -> list[str]:
    """Presses the button, as the keyboard does, and returns the broken links."""
    page.evaluate("document.getElementById('again').focus()")
    page.key("Enter")
    page.wait(_DONE, PATIENCE_S)
    return [link for link, state in page.evaluate(_STATES).items() if state == "failed"]


def wait_broken(page: Page, profile: Profile, *links: str) -> str:
    """Without the host that ran; until the browser has noticed its end. What the page says then."""
    for pid in profile.hosts():
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while (found := look(page)) != [*links]:
        assert time.monotonic() < deadline, (found, page.evaluate("document.querySelector('main').innerText"))
    return str(page.evaluate("document.querySelector('main').textContent"))


def older_host(folder: Path) -> Path:
    shutil.copytree(HOST.parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    versioned = folder / "tabtalk" / "__init__.py"
    text = versioned.read_text("utf-8")
    assert '__version__ = "' in text
    versioned.write_text(text.replace('__version__ = "', '__version__ = "0.0.'), "utf-8")
    return folder / HOST.name


def test_each_planted_fault_is_named_from_the_browsers_side_and_none_on_a_healthy_machine(
    browser: Chromium, profile: Profile, live: ThreadedServer, tmp_path: Path
) -> None:
    browser.expected += ["Native host has exited", "native messaging host", "Error when communicating", "forbidden"]
    browser.expected += ["WebSocket connection"]
    page = browser.extension_page("links/links.html")
    page.wait(_DONE, PATIENCE_S)
    assert set(page.evaluate(_STATES).values()) == {"ok"}, page.evaluate("document.querySelector('main').innerText")
    assert "Nothing is broken" in page.evaluate(_RESULT)
    assert not live.recorder.texts

    profile.unregister()
    said = wait_broken(page, profile, "manifest")
    assert "The browser finds the helper program" in page.evaluate(_RESULT)
    assert "host/install.py" in said
    assert "--check" in said

    profile.register_command("exec /nonexistent/python")
    wait_broken(page, profile, "launch")

    profile.register_command("echo this is not a message; sleep 1")
    wait_broken(page, profile, "handshake")

    profile.register(older_host(tmp_path / "older"))
    assert "0.0.0" in wait_broken(page, profile, "versions")

    profile.register()
    profile.use_endpoint("https://127.0.0.1:1", live.ca_pem)
    wait_broken(page, profile, "endpoint")

    profile.use_endpoint(live.base_url, live.ca_pem, key="AIzaSyWRONG-0123456789-abcdefghijklmnop")
    wait_broken(page, profile, "key")

    profile.use_endpoint(live.base_url, live.ca_pem)
    denied = {"permission": {"name": "microphone"}, "setting": "denied", "origin": EXTENSION_ORIGIN}
    browser.browser.send("Browser.setPermission", denied)
    wait_broken(page, profile, "microphone")

    browser.browser.send("Browser.setPermission", {**denied, "setting": "granted"})
    wait_broken(page, profile)
