"""Without headphones: Gemini's voice comes back from the speaker into the microphone. How often it interrupts itself there,
`tests/bench/run.py --echo` counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stage.panel import Panel
from stage.process import wait_until
from stage.teller import Teller, story

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

LATE_MS = 700
"""Later than the browser's echo canceller looks for it: a television, or another program in between."""
WORDS = "The table lists nine countries, and the last column shows the change since the spring."
MOST_ANSWERS = 10


def test_gemini_that_hears_itself_and_stops_offers_headphones(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    """An echo that nobody cancels; the practice server's ears take it for the person."""
    live.server.scenario = Teller
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.press("Start")
    panel.wait_hearing(30)
    live.recorder.wait(lambda r: r.records and r.records[-1].sent_with("setupComplete"), 30)
    teller = live.connections[-1].scenario
    assert isinstance(teller, Teller)
    record = live.recorder.records[-1]
    said = story(stage.speech.wav(WORDS))

    async def tell() -> None:
        await teller.tell("The change.", said)

    def wait_told(count: int) -> None:
        live.recorder.wait(lambda _: len(record.sent_with("turnComplete")) >= count, 60)

    with stage.sound.fed_back(0, LATE_MS):
        for told in range(1, MOST_ANSWERS + 1):
            wait_until(lambda: not teller.hears, "silence at the endpoint", 30)
            live.call(tell)
            wait_told(told)
            if "hears itself" in panel.failure():
                break
    assert "push-to-talk" in panel.wait_failure("hears itself")
    assert len(record.sent_with("interrupted")) >= 2
