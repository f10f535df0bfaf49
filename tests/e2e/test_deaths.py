"""Whatever dies, and however often: at most one of everything lives on, and in the end none."""

from __future__ import annotations

import os
import signal
from functools import partial
from typing import TYPE_CHECKING

import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.profile import Profile
from tabtalk.practice.scenario import Scenario
from tabtalk.protocol import EXTENSION_ORIGIN

if TYPE_CHECKING:
    from pathlib import Path

    from stage.chromium import Chromium
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

RELOADS = 50
KILLS = 20


class Repeats(Scenario):
    async def on_text(self, text: str) -> None:
        await self.answer(b"", f"You said {text}.")


def documents(chromium: Chromium) -> int:
    """How many offscreen documents there are."""
    here = f"{EXTENSION_ORIGIN}/offscreen/offscreen.html"
    return sum(target["url"] == here and target["type"] != "tab" for target in chromium.browser.targets())


def talk(stage: Stage, chromium: Chromium, live: ThreadedServer, page: Page) -> None:
    """A conversation of which sound has arrived."""
    before = len(live.recorder.records)
    chromium.tab(page)
    stage.keys.press("alt+g")
    live.recorder.wait(lambda r: len(r.records) > before and r.records[-1].chunks, 20)


def workers(chromium: Chromium) -> set[str]:
    """Ids of the service workers that run."""
    here = f"{EXTENSION_ORIGIN}/background.js"
    return {str(target["targetId"]) for target in chromium.browser.targets() if target["url"] == here}


def reload(chromium: Chromium) -> None:
    """As an update does it, in the middle of whatever goes on."""
    before = workers(chromium)
    worker = chromium.service_worker()
    assert worker.errors == []
    chromium.load()
    # While it is taken away, whatever it asks of the browser or of our other pages fails.
    chromium.attached.remove(worker)
    wait_until(lambda: workers(chromium) and not workers(chromium) & before, "another worker")
    chromium.service_worker().wait("chrome.commands.getAll().then((all) => all.some(({shortcut}) => shortcut))")


@pytest.mark.timeout(420)
def test_f22_after_every_reload_of_the_extension_there_is_one_of_everything(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/article"))
    for _ in range(RELOADS):
        talk(stage, browser, live, page)
        assert (len(profile.hosts()), documents(browser)) == (1, 1)
        reload(browser)
        live.recorder.wait(lambda r: r.records[-1].closed_at is not None)
        # The document that is ready for the next press (docs/adr/0029), and nothing that listens.
        wait_until(lambda: not profile.hosts() and documents(browser) == 1, "the host is gone, and a document is ready")
        wait_until(lambda: stage.sound.listeners() == 0, "the microphone is closed")
    assert len(live.recorder.records) == RELOADS


def _none_of(profile: Profile) -> bool:
    return not profile.hosts()


@pytest.mark.timeout(420)
def test_f21_with_every_browser_that_is_killed_goes_its_host(
    stage: Stage, tmp_path: Path, live: ThreadedServer
) -> None:
    for number in range(KILLS):
        # A browser that is killed has kept more or less of its profile.
        profile = Profile(tmp_path / str(number))
        profile.use_endpoint(live.base_url, live.ca_pem)
        chromium = stage.chromium(profile)
        try:
            talk(stage, chromium, live, chromium.open(stage.web.url("/article")))
            assert (len(profile.hosts()), documents(chromium)) == (1, 1)
            os.kill(chromium.browser.pid, signal.SIGKILL)
            wait_until(partial(_none_of, profile), "the host is gone", 5)
            live.recorder.wait(lambda r: r.records[-1].closed_at is not None)
        finally:
            chromium.end()
    wait_until(lambda: stage.sound.listeners() == 0, "the microphone is closed")


def test_f20_a_service_worker_that_is_stopped_in_mid_talk_costs_nothing(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    live.server.scenario = Repeats
    page = browser.open(stage.web.url("/article"))
    talk(stage, browser, live, page)
    panel = Panel(browser)
    panel.ask("before")
    panel.wait_said("You said before.")
    # The one that came with the capture is opened again by the worker, which is about to be stopped.
    browser.close_panel()
    browser.click_toolbar(page)

    def replaced(host: int) -> bool:
        return len(profile.hosts()) == 1 and host not in profile.hosts()

    for round_ in range(3):
        [host] = profile.hosts()
        panel.page.send("ServiceWorker.enable")
        panel.page.send("ServiceWorker.stopAllWorkers")
        wait_until(partial(replaced, host), "another host")
        panel.wait_state("listening")
        panel.ask(f"after {round_}")
        panel.wait_said(f"You said after {round_}.")
        assert (len(profile.hosts()), documents(browser)) == (1, 1)
        assert "You said before." in panel.conversation()
    live.recorder.wait(lambda r: sum(record.closed_at is None for record in r.records) == 1)
    wait_until(lambda: stage.sound.listeners() == 1, "one listens")
