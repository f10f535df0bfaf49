"""Push-to-talk: what is said while the person presses is heard whole, and nothing else leaves the page."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.settings_page import open_settings, pick
from stage.speech import MICROPHONE_HZ, RATE_HZ, from_pcm, match, resample
from tabtalk.practice import wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.sound import Recording
    from stage.speech import Samples
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

PRESSES = {"pointer": 17, "Space": 17, "Enter": 16}
"""Fifty."""
SHORTEST_S, LONGEST_S = 0.3, 1.2
EDGE_S = 0.5
"""Of what arrived: so much of its beginning and of its end is looked for in what was said."""
AROUND_S = 2.0
CLEAR = 0.5
WORDS = (Path(__file__).parent / "stage" / "words.txt").read_text("utf-8").split()
"""A minute of them before one comes again, so that each has one place."""
MINUTES = 4
"""Longer than the presses take, on a machine that has much else to do."""

NOTES_MOMENTS = """
window.moments = [];
for (const type of ['pointerdown', 'pointerup', 'keydown', 'keyup']) {
  document.getElementById('hold').addEventListener(type, (event) => {
    if (!event.repeat) moments.push(Date.now() - (performance.now() - event.timeStamp));
  });
}
"""
HELD = "document.getElementById('hold').getAttribute('aria-pressed') === '{}'"


class Press(NamedTuple):
    began: float
    """`time.monotonic()`, as the browser saw it."""
    ended: float
    pcm: bytes
    """What arrived between `activityStart` and `activityEnd`."""


def activities(live: ThreadedServer) -> list[bytes]:
    """The sound of each that is over. There is none outside of them."""
    found: list[bytes] = []
    under_way: bytearray | None = None
    for _at, event in list(live.recorder.records[0].arrivals):
        if isinstance(event, wire.ActivityStart):
            assert under_way is None
            under_way = bytearray()
        elif isinstance(event, wire.ActivityEnd):
            assert under_way is not None
            found.append(bytes(under_way))
            under_way = None
        elif isinstance(event, wire.AudioIn):
            assert under_way is not None, "sound that belongs to no press"
            under_way += event.pcm
    return found


def hold(page: Page, how: str, down: bool) -> None:
    """By the pointer, or by a key."""
    if how == "pointer":
        box = page.evaluate(
            "(({x, y, width, height}) => [x + width / 2, y + height / 2])(hold.getBoundingClientRect())"
        )
        where = {"x": box[0], "y": box[1], "button": "left", "clickCount": 1}
        page.send("Input.dispatchMouseEvent", {"type": "mousePressed" if down else "mouseReleased", **where})
        return
    code, text = {"Space": (32, " "), "Enter": (13, "\r")}[how]
    key = {"key": " " if how == "Space" else how, "code": how, "windowsVirtualKeyCode": code}
    page.send(
        "Input.dispatchKeyEvent", {"type": "keyDown" if down else "keyUp", **key, **({"text": text} if down else {})}
    )


def press(page: Page, how: str, seconds: float, clock: Recording, live: ThreadedServer) -> Press:
    count = len(activities(live))
    page.evaluate("moments = []; hold.focus(); null")
    hold(page, how, True)
    page.wait(HELD.format("true"), 30)
    until = page.evaluate("moments[0]") / 1000 - time.time() + time.monotonic() + seconds
    wait_after(clock, until)
    hold(page, how, False)
    page.wait(HELD.format("false"), 30)
    wait_until(lambda: len(activities(live)) > count, "the press has arrived", 30)
    began, ended = (moment / 1000 - time.time() + time.monotonic() for moment in page.evaluate("moments"))
    return Press(began, ended, activities(live)[count])


def wait_after(clock: Recording, moment: float) -> None:
    """By the sound: a device that stands still stops the time of what is said into it, too."""
    wait_until(lambda: clock.now() > moment, "what is said goes on", 30)


def place(said: Samples, at: float, piece: Samples) -> tuple[float, float]:
    """When it was said, `time.monotonic()`, and how well it fits; `said` from `at` on."""
    found = match(said, piece)
    return at + found.offset_s, found.score


@pytest.mark.parametrize("how", PRESSES)
def test_presses_are_heard_from_their_first_moment_to_their_last(
    stage: Stage, browser: Chromium, live: ThreadedServer, how: str
) -> None:
    random = Random(how)
    # Who answers nothing: into an answer, the browser's echo canceller takes the first of a voice for its echo.
    live.server.scenario = Scenario
    pick(open_settings(browser), "talk", "push-to-talk", "ArrowRight")
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.choose("Voice only")
    panel.press("Start")
    panel.wait_state("Hold to talk", 30)
    page = panel.page
    page.evaluate(NOTES_MOMENTS)
    wav = stage.speech.wav(" ".join(WORDS * MINUTES))
    presses = []
    with stage.sound.overhear() as clock, stage.sound.saying(wav):
        wait_after(clock, clock.wait_sound() + AROUND_S)
        for _ in range(PRESSES[how]):
            presses.append(press(page, how, random.uniform(SHORTEST_S, LONGEST_S), clock, live))
            wait_after(clock, clock.now() + random.uniform(0.0, 0.2))
        wait_after(clock, presses[-1].ended + AROUND_S)
        everything, started = clock.samples(), clock.started
    assert live.recorder.setups[0].manual_activity
    assert len(activities(live)) == PRESSES[how]
    lost = []
    for number, (began, ended, pcm) in enumerate(presses):
        first, last = began - AROUND_S, ended + AROUND_S
        said = everything[round((first - started) * RATE_HZ) : round((last - started) * RATE_HZ)]
        said = resample(said, RATE_HZ, MICROPHONE_HZ)
        heard = from_pcm(pcm)
        edge = round(EDGE_S * MICROPHONE_HZ)
        begins, begins_clearly = place(said, first, heard[:edge])
        last_begins, ends_clearly = place(said, first, heard[-edge:])
        if begins > began or last_begins + EDGE_S < ended or min(begins_clearly, ends_clearly) < CLEAR:
            lost.append(number)
    assert lost == []
