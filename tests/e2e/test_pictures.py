"""When a picture goes out and what can be read in it, by what arrives at the Live endpoint."""

from __future__ import annotations

import contextlib
import io
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from stage.display import Display
from stage.panel import Panel
from stage.process import wait_until
from stage.sight import VISIBLE, has_bars, read, recall
from tabtalk.practice import sound, wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from pathlib import Path

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.recorder import Picture
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

SPOKEN = "What does this page say about the harbour, and which berth is free?"


class Answers(Scenario):
    """A long answer to whatever is typed; the turn stays open."""

    async def on_text(self, text: str) -> None:
        await self.send(wire.output_transcription(f"You typed {text}."))
        await self.play(sound.tone(440.0, 12.0))


def looking(stage: Stage, browser: Chromium, live: ThreadedServer, path: str) -> Page:
    """A conversation about a page, its first picture at the endpoint."""
    live.server.scenario = Answers
    page = browser.open(stage.web.url(path))
    browser.click_toolbar(page)
    panel = Panel(browser)
    panel.press("Start")
    live.recorder.wait(lambda r: r.videos, 20)
    panel.wait_state("listening")
    browser.close_panel()
    return page


def pictures(live: ThreadedServer, since: float = 0.0) -> list[Picture]:
    return [picture for picture in live.recorder.videos if picture.at >= since]


def watch(live: ThreadedServer, seconds: float) -> list[Picture]:
    """What arrives in so much of the conversation's own time, which its sound tells: 16 kHz s16le."""
    recorder, began = live.recorder, time.monotonic()
    mark = len(recorder.audio)
    recorder.wait(lambda r: len(r.audio) - mark >= seconds * 32_000, seconds + 20)
    return pictures(live, began)


def gaps(seen: list[Picture]) -> list[float]:
    return [after.at - before.at for before, after in pairwise(seen)]


def test_a_still_page_is_sent_once(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    looking(stage, browser, live, "/article")
    assert len(watch(live, 25)) <= 1, "and not again for a minute"
    assert len(live.recorder.videos) <= 2


def test_a_cursor_that_blinks_is_no_change(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    page = looking(stage, browser, live, "/article")
    page.evaluate(
        "document.body.append(document.createElement('textarea')); document.querySelector('textarea').focus()"
    )
    live.recorder.wait(lambda r: len(r.videos) >= 2)
    assert len(watch(live, 25)) <= 1


def test_a_clock_alone_is_sent_once_in_ten_seconds_at_most(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    looking(stage, browser, live, "/dashboard")
    seen = watch(live, 32)
    assert len(seen) <= 3
    assert all(gap > 9.5 for gap in gaps(seen)), gaps(seen)


def test_a_line_of_text_that_changes_is_sent_at_once(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    page = looking(stage, browser, live, "/article")
    watch(live, 2)
    changed = time.monotonic()
    page.evaluate("document.querySelector('p').textContent = 'Nobody has counted them on their way to Greenland.'")
    live.recorder.wait(lambda r: r.videos[-1].at > changed, 3)
    assert "Greenland" in read(pictures(live, changed)[0].jpeg)


def test_a_word_that_changes_beside_a_clock_is_sent_soon(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    page = looking(stage, browser, live, "/dashboard")
    watch(live, 4)
    changed = time.monotonic()
    page.evaluate("document.querySelectorAll('td')[1].textContent = 'Greenland today'")
    live.recorder.wait(lambda r: r.videos[-1].at > changed and "Greenland" in read(r.videos[-1].jpeg), 6)


def test_the_view_after_a_scroll_arrives_within_a_second_of_its_end(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = looking(stage, browser, live, "/long")
    for part, seconds in ((7, 1.5), (19, 4.0)):
        ended = page.evaluate(
            f"""new Promise((done) => {{
              const to = document.querySelectorAll('h2')[{part - 1}].offsetTop - 20, from = scrollY, began = performance.now();
              const step = (now) => {{
                const share = Math.min(1, (now - began) / {1000 * seconds});
                scrollTo(0, from + (to - from) * share);
                if (share < 1) requestAnimationFrame(step); else done(Date.now());
              }};
              requestAnimationFrame(step);
            }})"""
        )
        end = time.monotonic() - (time.time() - ended / 1000)
        watch(live, 2)
        fresh = [picture for picture in pictures(live, end) if f"Part {part}" in read(picture.jpeg)]
        assert fresh, "the view at the end"
        assert fresh[0].at - end < 1.5
    assert all(gap > 0.8 for gap in gaps(live.recorder.videos)), "never more than one a second"


def spoken_at(live: ThreadedServer, since: float) -> float:
    """When the first loud sound after `since` reached the endpoint."""
    live.recorder.wait(lambda r: any(c.at > since and _loud(c.pcm) for c in r.chunks))
    return next(c.at for c in live.recorder.chunks if c.at > since and _loud(c.pcm))


def _loud(pcm: bytes) -> bool:
    return max(abs(int.from_bytes(pcm[at : at + 2], "little", signed=True)) for at in range(0, len(pcm), 2)) > 1500


@pytest.mark.parametrize("answering", [False, True], ids=["silence", "over an answer"])
def test_with_the_beginning_of_speech_goes_what_is_to_be_seen_then(
    stage: Stage, browser: Chromium, live: ThreadedServer, *, answering: bool
) -> None:
    looking(stage, browser, live, "/article")
    wav = stage.speech.wav(SPOKEN)
    if answering:
        browser.click_toolbar(next(page for page in browser.attached if "/article" in page.evaluate("location.href")))
        Panel(browser).ask("Go on")
        with stage.sound.record() as speaker:
            speaker.wait_sound(hz=440.0)
    watch(live, 3)
    began = time.monotonic()
    with stage.sound.saying(wav) as speaking:
        spoke = spoken_at(live, began)
        live.recorder.wait(lambda r: r.videos[-1].at > spoke - 0.3, 3)
        arrived = pictures(live, spoke - 0.3)[0].at
        speaking.popen.wait(30)
    assert arrived - spoke < 1.5, "within the question, and soon"
    before = [c.at for c in live.recorder.chunks if spoke - 1 < c.at < arrived + 1]
    assert max(after - first for first, after in pairwise(before)) < 0.5, "no sound waits for it"
    assert len(pictures(live, began)) <= 2, "and not with every word"


def test_the_picture_with_a_question_was_taken_when_it_was_begun(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = looking(stage, browser, live, "/dated")
    left, top, side = page.evaluate(
        "(({x, y, width}) => [x, y, width])(document.querySelector('#date').getBoundingClientRect())"
    )
    wav = stage.speech.wav(SPOKEN)
    watch(live, 4)
    began = time.monotonic()
    with stage.sound.saying(wav) as speaking:
        spoke = spoken_at(live, began)
        live.recorder.wait(lambda r: r.videos[-1].at > spoke, 3)
        speaking.popen.wait(30)
    [*_, before] = pictures(live)[: -len(pictures(live, spoke))]
    shown = [_date(picture.jpeg, left, top, side / 4) for picture in (before, pictures(live, spoke)[0])]
    ages = [_tenths_between(date, (spoke + time.time() - time.monotonic()) * 10) for date in shown]
    assert min(ages) < 3 + 1, f"shown {ages} tenths of a second before the first loud sound arrived"


def _date(jpeg: bytes, left: float, top: float, side: float) -> int:
    """What `/dated` shows."""
    pixels = np.asarray(Image.open(io.BytesIO(jpeg)).convert("L"))
    centres = ((left + (place % 4 + 0.5) * side, top + (place // 4 + 0.5) * side) for place in range(16))
    return sum(int(pixels[round(y), round(x)] < 128) << place for place, (x, y) in enumerate(centres))


def _tenths_between(date: int, moment: float) -> float:
    """How long before the moment that was; less than 0 after it."""
    return (moment - date + 2**15) % 2**16 - 2**15


def test_a_typed_question_follows_a_picture_of_that_moment(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = looking(stage, browser, live, "/article")
    watch(live, 3)
    browser.click_toolbar(page)
    panel = Panel(browser)
    asked = time.monotonic()
    panel.ask("What is this?")
    panel.wait_said("You typed What is this?")
    [question] = live.recorder.texts
    [*_, last] = [picture for picture in live.recorder.videos if picture.at < question.at]
    assert last.at > asked - 0.3


def test_after_resize_zoom_and_full_screen_there_are_no_bars(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = looking(stage, browser, live, "/article")
    window = browser.browser.send("Browser.getWindowForTarget", {"targetId": page.target_id})["windowId"]

    def bounds(**how: object) -> None:
        browser.browser.send("Browser.setWindowBounds", {"windowId": window, "bounds": how})

    def fits() -> bool:
        picture = live.recorder.videos[-1]
        width, height = page.evaluate("[innerWidth * devicePixelRatio, innerHeight * devicePixelRatio]")
        whole = abs(picture.width - width) <= 2 and abs(picture.height - height) <= 2
        # The browser itself shows black for a moment where the page has not painted yet.
        return bool(whole) and not has_bars(picture.jpeg)

    wait_until(fits, "the tab's own size")
    for change in (
        lambda: bounds(width=900, height=700),
        lambda: bounds(width=700, height=900),
        lambda: browser.service_worker().evaluate("chrome.tabs.setZoom(1.5).then(() => null)"),
        lambda: bounds(windowState="fullscreen"),
        lambda: bounds(windowState="normal"),
    ):
        before = page.evaluate("[innerWidth, innerHeight].join()")
        count = len(live.recorder.videos)
        change()
        page.wait(f"[innerWidth, innerHeight].join() !== {before!r}")
        wait_until(lambda count=count: len(live.recorder.videos) > count, "another picture")  # type: ignore[misc]
        wait_until(fits, "a picture of the new size")


@pytest.mark.parametrize("ratio", [1, 2])
def test_fine_print_can_be_read_at_the_endpoint(
    stage: Stage, profile: Profile, live: ThreadedServer, tmp_path: Path, ratio: int
) -> None:
    profile.use_endpoint(live.base_url, live.ca_pem)
    display = Display(tmp_path, stage.env, (1460 * ratio, 1010 * ratio))
    size = ["--window-size=1448,991", "--window-position=0,0", f"--force-device-scale-factor={ratio}"]
    with contextlib.ExitStack() as ends:
        ends.callback(display.end)
        browser = stage.chromium(profile, size, env=display.env)
        ends.callback(browser.end)
        page = looking(stage, browser, live, "/dense")
        assert page.evaluate("devicePixelRatio") == ratio
        picture = live.recorder.videos[-1]
        assert max(picture.width, picture.height) <= 1920
        assert recall(page.evaluate(VISIBLE), read(picture.jpeg, zoom=2)) >= 0.99
        assert browser.errors() == []
