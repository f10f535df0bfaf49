"""The browser under control: the real Chromium, headless."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from headless import launch, needed
from tabtalk.setup.devtools import STDERR_NAME, Browser, _group
from tabtalk.setup.devtools_pipe import DevtoolsError

if TYPE_CHECKING:
    from pathlib import Path

    from tabtalk.setup.devtools_page import Page

pytestmark = needed


def test_targets_show_pages_and_the_tabs_around_them(browser: Browser, page: Page) -> None:
    found = browser.wait_target(lambda target: target["targetId"] == page.target_id)
    assert found["type"] == "page"
    assert {"tab", "page"} <= {target["type"] for target in browser.targets()}


def test_a_target_that_never_comes_is_named_with_what_there_is(browser: Browser) -> None:
    with pytest.raises(TimeoutError, match="about:blank"):
        browser.wait_target(lambda target: target["type"] == "no such type", timeout=0.2)


def test_a_refused_command_names_itself(page: Page) -> None:
    with pytest.raises(DevtoolsError, match=r"^No\.such: "):
        page.send("No.such")


def test_nothing_is_left_after_close_and_no_port_was_opened(tmp_path: Path) -> None:
    with launch(tmp_path) as running:
        pid = running.pid
        assert pid in _group(pid)
        assert not (tmp_path / "DevToolsActivePort").exists()
    assert _group(pid) == []
    running.close()


def test_a_killed_browser_fails_what_waits_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    running = launch(tmp_path)
    os.kill(running.pid, signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(DevtoolsError, match="has gone"):
        while True:
            running.send("Browser.getVersion")
    assert time.monotonic() - started < 5
    running.close()
    assert _group(running.pid) == []


def test_a_browser_that_cannot_start_says_why(tmp_path: Path) -> None:
    script = tmp_path / "browser"
    script.write_text("#!/bin/sh\necho 'no display to open' >&2\nexit 3\n")
    script.chmod(0o755)
    with pytest.raises(DevtoolsError, match="no display to open"):
        Browser.launch(script, tmp_path / "profile")
    assert (tmp_path / "profile" / STDERR_NAME).exists()
