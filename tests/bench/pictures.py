"""What a picture is worth and what it costs: words that can be read at the endpoint, pictures and bytes a minute, the time
from a click to its frame, and the work of the process that captures.
"""

from __future__ import annotations

import base64
import io
import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from stage.chromium import Chromium
from stage.display import Display
from stage.panel import Panel
from stage.process import wait_until
from stage.profile import Profile
from stage.sight import VISIBLE, read, recall
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.theatre import Stage
    from tabtalk.practice.recorder import Picture
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools import Page

TUTORIAL = (640, 480)
QUALITY = 70
"""As `QUALITIES` of the extension, for the pictures that are made here to compare."""
_SCROLL = """(() => {
  let at = 0;
  const read = () => {
    const from = scrollY, began = performance.now();
    const step = (now) => {
      const share = Math.min(1, (now - began) / 600);
      scrollTo(0, from + share * 0.7 * innerHeight);
      if (share < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  };
  setInterval(read, 6000);
})()"""
"""Somebody reads: most of a screen further every six seconds."""
_ON_CLICK = """document.body.addEventListener('click', () => {
  clicks = (globalThis.clicks ?? 0) + 1;
  globalThis.clickedAt = Date.now();
  document.body.style.background = clicks % 2 ? '#cde' : '#fff';
  document.querySelector('h1').textContent = 'Click ' + clicks;
})"""


class Legible(NamedTuple):
    name: str
    recall: float
    """Of the words that stand in the view, how many can be read, 0..1."""
    size: tuple[int, int]
    bytes: int


class Walk(NamedTuple):
    name: str
    seconds: float
    pictures: int
    """Beyond the first."""
    bytes: int
    picture_bytes: float
    """Of one, in the mean."""
    cpu_s: float
    """Of the process of the extension: microphone, pictures, link, speaker."""


@contextmanager
def looking(stage: Stage, live: ThreadedServer, path: str, ratio: int = 1) -> Iterator[tuple[Chromium, Page]]:
    """A conversation about a page of 1440x900, on a screen of its own, once the first picture has arrived."""
    live.server.scenario = Scenario
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        display = Display(folder, stage.env, (1460 * ratio, 1010 * ratio))
        profile = Profile(folder / "profile")
        profile.use_endpoint(live.base_url, live.ca_pem)
        window = ["--window-size=1448,995", "--window-position=0,0", f"--force-device-scale-factor={ratio}"]
        chromium = stage.chromium(profile, window, env=display.env)
        try:
            page = chromium.open(stage.web.url(path))
            chromium.click_toolbar(page)
            before = len(live.recorder.videos)
            panel = Panel(chromium)
            panel.press("Start")
            live.recorder.wait(lambda r: len(r.videos) > before, 30)
            panel.wait_state("listening")
            chromium.close_panel()
            yield chromium, page
        finally:
            chromium.end()
            display.end()


def legibility(stage: Stage, live: ThreadedServer) -> list[Legible]:
    found = []
    for ratio in (1, 2):
        with looking(stage, live, "/dense", ratio) as (_chromium, page):
            text = str(page.evaluate(VISIBLE))
            picture = live.recorder.videos[-1]
            if ratio == 1:
                shot = base64.b64decode(page.send("Page.captureScreenshot", {"format": "png"})["data"])
                found += qualities(text, Image.open(io.BytesIO(shot)).convert("RGB"))
        size = (picture.width, picture.height)
        found.append(_legible(f"Tabtalk, ratio {ratio}", text, picture.jpeg, size))
        found.append(_legible(f"640x480, ratio {ratio}", text, scaled(picture.jpeg, TUTORIAL), TUTORIAL))
    return found


def qualities(text: str, shot: Image.Image) -> list[Legible]:
    """What the quality of JPEG costs, from pixels that no JPEG has touched."""
    found = []
    for quality in (80, QUALITY, 55, 40):
        made = io.BytesIO()
        shot.save(made, "jpeg", quality=quality)
        found.append(_legible(f"quality {quality}, ratio 1", text, made.getvalue(), shot.size))
    return found


def _legible(name: str, text: str, jpeg: bytes, size: tuple[int, int]) -> Legible:
    return Legible(name, recall(text, read(jpeg, zoom=2)), size, len(jpeg))


def scaled(jpeg: bytes, size: tuple[int, int]) -> bytes:
    """The same picture as a canvas of that size gives it."""
    made = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).resize(size, Image.Resampling.BILINEAR).save(made, "jpeg", quality=QUALITY)
    return made.getvalue()


def walks(stage: Stage, live: ThreadedServer, seconds: float) -> list[Walk]:
    found = []
    for name, path, script in (
        ("static article", "/article", ""),
        ("scrolling article", "/long", _SCROLL),
        ("dashboard with a clock", "/dashboard", ""),
    ):
        with looking(stage, live, path) as (chromium, page):
            first = live.recorder.videos[-1]
            if script:
                page.evaluate(script)
            began, cpu = time.monotonic(), _cpu_s(_extension_process(chromium))
            time.sleep(seconds)
            lasted, cpu = time.monotonic() - began, _cpu_s(_extension_process(chromium)) - cpu
            seen: list[Picture] = [picture for picture in live.recorder.videos if picture.at > began]
        sizes = [len(picture.jpeg) for picture in seen]
        found.append(Walk(name, lasted, len(seen), sum(sizes), mean([len(first.jpeg), *sizes]), cpu))
    return found


def click_to_frame(stage: Stage, live: ThreadedServer, rounds: int) -> float:
    """Seconds from a click on the page, which changes it, to the picture of that at the endpoint: the median."""
    found = []
    with looking(stage, live, "/article") as (_chromium, page):
        page.evaluate(_ON_CLICK)
        for _ in range(rounds):
            # So that the second between two pictures is over, as it is for who reads before they click.
            time.sleep(2.5)
            count = len(live.recorder.videos)
            offset = time.time() - time.monotonic()
            page.send(
                "Input.dispatchMouseEvent",
                {"type": "mousePressed", "x": 300, "y": 500, "button": "left", "clickCount": 1},
            )
            page.send(
                "Input.dispatchMouseEvent",
                {"type": "mouseReleased", "x": 300, "y": 500, "button": "left", "clickCount": 1},
            )
            wait_until(lambda count=count: len(live.recorder.videos) > count, "the frame")  # type: ignore[misc]
            found.append(live.recorder.videos[count].at + offset - float(page.evaluate("clickedAt")) / 1000)
    return float(median(found))


def _extension_process(chromium: Chromium) -> int:
    """The renderer in which the offscreen document and its workers live."""
    mine = f"--user-data-dir={chromium.user_data_dir}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b" ", b"\0").split(b"\0")
        except OSError:
            continue
        if b"--extension-process" in words and _descends(int(folder.name), mine):
            return int(folder.name)
    raise RuntimeError("the process of the extension was not found")


def _descends(pid: int, word: bytes) -> bool:
    """From a process with this word in its command line."""
    while pid > 1:
        try:
            if word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return True
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


def _cpu_s(pid: int) -> float:
    """User and system time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def table(stage: Stage, live: ThreadedServer, rounds: int, seconds: float) -> str:
    lines = ["| words read, 13 px, 1440x900 | recall | size | KB |", "|---|---|---|---|"]
    for name, share, (width, height), size in legibility(stage, live):
        lines.append(f"| {name} | {100 * share:.1f} % | {width}x{height} | {size / 1000:.0f} |")
    lines += [
        "",
        "| a minute of | pictures | KB | 1 a second | 1 in 3 s | CPU of the extension |",
        "|---|---|---|---|---|---|",
    ]
    for walk in walks(stage, live, seconds):
        a_minute = 60 / walk.seconds
        timers = " | ".join(f"{count}, {count * walk.picture_bytes / 1000:.0f} KB" for count in (60, 20))
        lines.append(
            f"| {walk.name} | {walk.pictures * a_minute:.1f} | {walk.bytes * a_minute / 1000:.0f} | {timers} "
            f"| {walk.cpu_s * a_minute:.1f} s |"
        )
    lines += [
        "",
        f"Click to its frame at the endpoint: {1000 * click_to_frame(stage, live, rounds):.0f} ms (median of {rounds}).",
    ]
    return "\n".join(lines)
