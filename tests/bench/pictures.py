"""What a picture is worth and what it costs: words that can be read at the endpoint, pictures and bytes a minute, the time
from a click to its frame, and the work of the process that captures.
"""

from __future__ import annotations

import io
import random
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple

from load import Tasks, begin_trace, end_trace, extension_process, process_s, workers_s
from PIL import Image
from timers import Timed, timed

from stage.display import Display
from stage.panel import Panel
from stage.process import wait_until
from stage.profile import Profile
from stage.sight import VISIBLE, read, recall, share
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.theatre import Stage
    from tabtalk.practice.recorder import Picture, Recorder
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

TUTORIAL = (640, 480)
QUALITY = 70
"""As `QUALITIES` of the extension, for the pictures that are made here to compare."""
_SCROLL = """setInterval(() => {
  const from = scrollY, began = performance.now();
  const step = (now) => {
    const share = Math.min(1, (now - began) / 600);
    scrollTo(0, from + share * 0.7 * innerHeight);
    if (share < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}, EVERY)"""
WALKS = {
    "static article": ("/article", ""),
    # Somebody reads: most of a screen further every six seconds.
    "scrolling article": ("/long", _SCROLL.replace("EVERY", "6000")),
    "dashboard with a clock": ("/dashboard", ""),
}
COLOURS = ((255, 255, 255), (0, 170, 255))
_ON_CLICK = """let clicks = 0;
addEventListener('click', () => {
  globalThis.clickedAt = Date.now();
  document.documentElement.style.background = document.body.style.background = ++clicks % 2 ? '#0af' : '#fff';
})"""


class Legible(NamedTuple):
    name: str
    recall: float
    """Of the words that stand in the view, how many can be read, 0..1."""
    size: tuple[int, int]
    bytes: int


class Walk(NamedTuple):
    seconds: float
    pictures: int
    """Beyond the first."""
    bytes: int
    worker: float
    """Of the thread that compares and encodes: its share of one core."""
    process: float
    """Of the extension's process: its share of one core, less what it takes in a conversation by voice alone."""
    timers: tuple[Timed, Timed]
    """One a second, and one in three."""


class Clicks(NamedTuple):
    """Seconds from a click on the page, which changes it, to the picture of that at the endpoint."""

    clicks: int
    median: float
    p95: float


@contextmanager
def looking(
    stage: Stage, live: ThreadedServer, path: str, ratio: int = 1, scenario: type[Scenario] = Scenario
) -> Iterator[tuple[Chromium, Page]]:
    """A conversation about a page of 1440x900, on a screen of its own, once the first picture has arrived."""
    live.server.scenario = scenario
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        display = Display(folder, stage.env, (1460 * ratio, 1010 * ratio))
        profile = Profile(folder / "profile")
        profile.use_endpoint(live.base_url, live.ca_pem)
        window = ["--window-size=1448,991", "--window-position=0,0", f"--force-device-scale-factor={ratio}"]
        chromium = stage.chromium(profile, window, env=display.env)
        try:
            page = chromium.open(stage.web.url(path))
            chromium.click_toolbar(page)
            before = len(live.recorder.videos)
            panel = Panel(chromium)
            panel.press("Start")
            live.recorder.wait(lambda r: len(r.videos) > before, 30)
            panel.wait_hearing()
            chromium.close_panel()
            yield chromium, page
        finally:
            chromium.end()
            display.end()


def legibility(stage: Stage, live: ThreadedServer) -> Iterator[Legible]:
    for ratio in (1, 2):
        with looking(stage, live, "/dense", ratio) as (_chromium, page):
            text = str(page.evaluate(VISIBLE))
            picture = live.recorder.videos[-1]
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        yield _legible(f"Tabtalk, ratio {ratio}", text, picture.jpeg)
        yield _legible(
            f"640x480, ratio {ratio}", text, _jpeg(shot.resize(TUTORIAL, Image.Resampling.BILINEAR), QUALITY)
        )
        for quality in (80, 55, 40) if ratio == 1 else ():
            yield _legible(f"quality {quality}, ratio {ratio}", text, _jpeg(shot, quality))


def _legible(name: str, text: str, jpeg: bytes) -> Legible:
    return Legible(name, recall(text, read(jpeg, zoom=2)), Image.open(io.BytesIO(jpeg)).size, len(jpeg))


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    """Of pixels that no JPEG has touched."""
    made = io.BytesIO()
    picture.save(made, "jpeg", quality=quality)
    return made.getvalue()


def walk(stage: Stage, live: ThreadedServer, name: str, seconds: float) -> Walk:
    """So long with Tabtalk, a third of that by voice alone, and half of it with each timer."""
    path, script = WALKS[name]
    with looking(stage, live, path) as (chromium, page):
        page.evaluate(f"void {script or 0}")
        process = extension_process(chromium)
        began, before, workers = time.monotonic(), process_s(process), workers_s(process)
        time.sleep(seconds)
        lasted, spent, after = time.monotonic() - began, process_s(process) - before, workers_s(process)
        sizes = [len(picture.jpeg) for picture in live.recorder.videos if picture.at > began]
        worker = _look_away(chromium, page, process)
        voice = _share(process, seconds / 3)
        chromium.click_toolbar(page)
        Panel(chromium).press("End")
        live.recorder.wait(lambda r: r.records[-1].closed_at is not None)
        chromium.close_panel()
        timers = timed(chromium, process, 1, seconds / 2), timed(chromium, process, 3, seconds / 2)
    pace = (after[worker] - workers[worker]) / lasted
    return Walk(lasted, len(sizes), sum(sizes), pace, spent / lasted - voice, timers)


def _look_away(chromium: Chromium, page: Page, process: int) -> int:
    """It goes on by voice alone. The thread that has ended with that is the one that compared and encoded."""
    before = workers_s(process).keys()
    chromium.click_toolbar(page)
    Panel(chromium).choose("Voice only")
    worker: int
    [worker] = wait_until(lambda: before - workers_s(process).keys(), "it looks away")
    chromium.close_panel()
    return worker


def _share(process: int, seconds: float) -> float:
    """Of one core, from now on."""
    began, before = time.monotonic(), process_s(process)
    time.sleep(seconds)
    taken: float = (process_s(process) - before) / (time.monotonic() - began)
    return taken


def click_to_frame(stage: Stage, live: ThreadedServer, clicks: int) -> Clicks:
    found = []
    with looking(stage, live, "/article") as (_chromium, page):
        page.evaluate(f"void (() => {{ {_ON_CLICK} }})()")
        for number in range(1, clicks + 1):
            # So that the second between two pictures is over, as it is for who reads before they click.
            time.sleep(1.5 + random.random())
            offset = time.time() - time.monotonic()
            for event in ("mousePressed", "mouseReleased"):
                where = {"x": 300, "y": 500, "button": "left", "clickCount": 1}
                page.send("Input.dispatchMouseEvent", {"type": event, **where})
            clicked = float(page.evaluate("clickedAt")) / 1000 - offset
            found.append(_first(live.recorder, clicked, COLOURS[number % 2]).at - clicked)
    return Clicks(clicks, median(found), quantiles(found, n=20)[-1])


def _first(recorder: Recorder, since: float, colour: tuple[int, int, int]) -> Picture:
    """The first picture since then that has this colour."""

    def fits() -> Picture | None:
        return next((each for each in recorder.videos if each.at > since and share(each.jpeg, colour) > 0.5), None)

    return wait_until(fits, "the frame")


def longest_task(stage: Stage, live: ThreadedServer, seconds: float) -> Tasks:
    """Of the offscreen document's main thread, while about every second a picture is taken."""
    with looking(stage, live, "/long") as (chromium, page):
        page.evaluate(f"void {_SCROLL.replace('EVERY', '1500')}")
        process, before = extension_process(chromium), len(live.recorder.videos)
        begin_trace(chromium)
        time.sleep(seconds)
        tasks = end_trace(chromium, process)
        if len(live.recorder.videos) - before < seconds / 3:
            raise RuntimeError("hardly a picture was taken while the main thread was watched")
    return tasks


def report(stage: Stage, live: ThreadedServer, clicks: int, seconds: float) -> Iterator[str]:
    """Tables, a line at a time, as it is measured."""
    yield "| a minute of | pictures | KB | 1 a second | 1 in 3 s |"
    yield "|---|---|---|---|---|"
    walks = {}
    for name in WALKS:
        walks[name] = walked = walk(stage, live, name, seconds)
        a_minute = 60 / walked.seconds
        own = f"{walked.pictures * a_minute:.0f} | {walked.bytes * a_minute / 1000:.0f}"
        timers = (f"{each.a_minute:.0f}, {each.a_minute * each.bytes / 1000:.0f} KB" for each in walked.timers)
        yield f"| {name} | {own} | {' | '.join(timers)} |"
    yield ""
    yield "| share of one core | capture worker | extension's process, for pictures | 1 a second | 1 in 3 s |"
    yield "|---|---|---|---|---|"
    for name, walked in walks.items():
        shares = [walked.worker, walked.process, *(each.process for each in walked.timers)]
        yield f"| {name} | {' | '.join(f'{100 * each:.1f} %' for each in shares)} |"
    yield ""
    tasks = longest_task(stage, live, seconds)
    yield (
        f"Longest task of the offscreen document's main thread: {tasks.longest:.1f} ms of its own time, "
        f"{tasks.longest_clock:.1f} ms by the clock, of {tasks.tasks}; the browser's own chores there: {tasks.longest_chore:.1f} ms."
    )
    click = click_to_frame(stage, live, clicks)
    yield (
        f"Click to its frame at the endpoint: {1000 * click.median:.0f} ms, "
        f"95 % within {1000 * click.p95:.0f} ms, of {click.clicks} clicks."
    )
    yield ""
    yield "| words read, 13 px, 1440x900 | recall | size | KB |"
    yield "|---|---|---|---|"
    for legible in legibility(stage, live):
        width, height = legible.size
        size = f"{width}x{height} | {legible.bytes / 1000:.0f}"
        yield f"| {legible.name} | {100 * legible.recall:.1f} % | {size} |"
