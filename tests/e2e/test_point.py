"""Pointing: what the person marks arrives at the Live endpoint as that region's own pixels, and nothing else does."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from stage.mouse import Place
from stage.panel import Panel
from stage.process import wait_until
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.theatre import Stage
    from tabtalk.practice.recorder import Picture
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools import Page

SHEET = "document.querySelector(':scope > div, dialog > div:last-child')"
"""The sheet's host, which is all that a page has of it."""
OTHER = 60
"""Of 255: a pixel that differs by more is another."""
SAME = 0.004
"""The share of such pixels that JPEG makes of what is the same, at most."""
Pixels = npt.NDArray[np.float64]


class Box(NamedTuple):
    """In pixels of the page."""

    x: float
    y: float
    width: float
    height: float

    @property
    def corners(self) -> tuple[Place, Place]:
        return Place(self.x, self.y), Place(self.x + self.width, self.y + self.height)


def on(origin: Place, place: Place) -> Place:
    """A place of the page, on the screen."""
    return Place(origin.x + place.x, origin.y + place.y)


def start(stage: Stage, browser: Chromium, live: ThreadedServer, path: str = "/map") -> tuple[Panel, Page]:
    live.server.scenario = Scenario
    page = browser.open(stage.web.url(path))
    browser.click_toolbar(page)
    panel = Panel(browser)
    panel.press("Start")
    panel.wait_state("listening")
    live.recorder.wait(lambda r: r.videos)
    return panel, page


def point(panel: Panel, page: Page) -> None:
    """Presses Point, and returns when the sheet lies over the page and the panel has gone."""
    panel.press("Point")
    wait_sheet(page)
    wait_until(lambda: not panel.is_open(), "the panel steps aside")


def wait_sheet(page: Page, *, there: bool = True) -> None:
    page.wait(f"{'' if there else '!'}document.documentElement.querySelector(':scope > div')")


def pixels(image: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(image)).convert("RGB"), np.float64)


def reference(whole: Picture, box: Box, ratio: float = 1) -> Pixels:
    """The region of a whole picture that has the tab's own pixels."""
    begin, end = box.corners
    left, top, right, bottom = (round(side * ratio) for side in (*begin, *end))
    return pixels(whole.jpeg)[top:bottom, left:right]


def odd(picture: Picture, wanted: Pixels) -> float:
    """The share of pixels that are others than wanted; what JPEG does to an edge counts little, a line does."""
    found = pixels(picture.jpeg)
    assert abs(found.shape[0] - wanted.shape[0]) <= 2, (found.shape, wanted.shape)
    assert abs(found.shape[1] - wanted.shape[1]) <= 2, (found.shape, wanted.shape)
    height, width = (min(a, b) for a, b in zip(found.shape[:2], wanted.shape[:2], strict=True))
    off = np.abs(found[:height, :width] - wanted[:height, :width]).max(axis=2) > OTHER
    return float(off.mean())


def wait_part(live: ThreadedServer, box: Box, ratio: float = 1) -> Picture:
    """The first picture that has the box's size."""

    def part() -> Picture | None:
        for picture in live.recorder.videos:
            if abs(picture.width - box.width * ratio) <= 2 and abs(picture.height - box.height * ratio) <= 2:
                return picture
        return None

    return wait_until(part, "a picture of the size of the box")


def test_a_box_drawn_with_the_mouse_arrives_as_that_region(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel, page = start(stage, browser, live)
    origin = stage.mouse.origin(page)
    box = Box(180, 160, 410, 250)
    whole = live.recorder.videos[-1]
    point(panel, page)
    begin, end = box.corners
    stage.mouse.drag(on(origin, begin), on(origin, end))
    part = wait_part(live, box)
    assert odd(part, reference(whole, box)) < SAME
    [words] = live.recorder.wait(lambda r: r.texts).texts
    assert "pointed" in words.text
    assert part.at < words.at
    wait_sheet(page, there=False)
    assert all(picture == part or odd(picture, pixels(whole.jpeg)) < SAME for picture in live.recorder.videos)
    panel.wait("document.querySelector('#sight img').naturalWidth === 410")
    assert page.evaluate("document.title") == "Map", "the page heard nothing of it"
