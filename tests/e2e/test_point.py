"""Pointing: what the person marks arrives at the Live endpoint as that region's own pixels, and nothing else does."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from stage.mouse import Place
from stage.panel import Panel
from stage.process import wait_until
from stage.sight import read
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.recorder import Picture
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

SHEET = "document.querySelector(':scope > div, dialog > div:last-child')"
"""The sheet's host, which is all that a page has of it."""
OTHER = 60
"""Of 255: a pixel that differs by more is another."""
SAME = 0.01
"""The share of such pixels that JPEG makes of what is the same, at most."""
Pixels = npt.NDArray[np.float64]
FORGED = """(() => {
  const host = document.documentElement.querySelector(':scope > div');
  for (const target of [window, document, host]) {
    const pointer = {bubbles: true, composed: true, button: 0, isPrimary: true, pointerId: 1};
    target.dispatchEvent(new PointerEvent('pointerdown', {...pointer, clientX: 10, clientY: 10}));
    target.dispatchEvent(new PointerEvent('pointermove', {...pointer, clientX: 300, clientY: 300}));
    target.dispatchEvent(new PointerEvent('pointerup', {...pointer, clientX: 300, clientY: 300}));
    for (const key of ['ArrowRight', 'Enter', 'Escape']) target.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  }
  host.click();
})()"""
COVERED = """(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const host = document.documentElement.querySelector(':scope > div');
  host.style.setProperty('display', 'none', 'important');
  await frame();
  host.remove();
  await frame();
  const cover = document.createElement('div');
  cover.popover = 'manual';
  cover.style.cssText = 'inset: 0; width: 100vw; height: 100vh; border: 0; opacity: 0';
  document.body.append(cover);
  cover.showPopover();
  await frame();
})()"""


@pytest.fixture
def screen(stage: Stage, profile: Profile, live: ThreadedServer) -> Iterator[Chromium]:
    """As `browser`, and its picker chooses the whole screen."""
    profile.use_endpoint(live.base_url, live.ca_pem)
    running = stage.chromium(profile, ["--auto-select-desktop-capture-source=Entire screen"])
    yield running
    errors = running.errors()
    running.end()
    assert errors == []


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
    # The beginning of a capture may close the panel, and what is pressed in it just then is lost.
    browser.close_panel()
    browser.click_toolbar(page)
    panel.wait_state("listening")
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


def region(whole: Pixels, box: Box, ratio: float = 1) -> Pixels:
    begin, end = box.corners
    left, top, right, bottom = (round(side * ratio) for side in (*begin, *end))
    return whole[top:bottom, left:right]


def reference(whole: Picture, box: Box) -> Pixels:
    """The region of a whole picture that has the tab's own pixels."""
    return region(pixels(whole.jpeg), box)


def odd(picture: Picture, wanted: Pixels, slack: int = 2) -> float:
    """The share of pixels that are others than wanted; a line drawn over them counts, what JPEG does to an edge does not.

    The edges of a box are rounded once here and once there, so it may lie a pixel beside.
    """
    found = pixels(picture.jpeg)
    assert abs(found.shape[0] - wanted.shape[0]) <= slack, (found.shape, wanted.shape)
    assert abs(found.shape[1] - wanted.shape[1]) <= slack, (found.shape, wanted.shape)
    height, width = (min(a, b) - 2 for a, b in zip(found.shape[:2], wanted.shape[:2], strict=True))
    inner = wanted[1 : 1 + height, 1 : 1 + width]
    shifted = (found[down : down + height, right : right + width] for down in range(3) for right in range(3))
    return min(float((np.abs(each - inner).max(axis=2) > OTHER).mean()) for each in shifted)


def wait_part(live: ThreadedServer, box: Box, ratio: float = 1, slack: float = 2) -> Picture:
    """The first picture that has the box's size."""

    def part() -> Picture | None:
        for picture in live.recorder.videos:
            off = abs(picture.width - box.width * ratio), abs(picture.height - box.height * ratio)
            if max(off) <= slack:
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
    [words] = live.recorder.wait(lambda r: r.told).told
    assert "pointed" in words.text
    assert part.at < words.at
    wait_sheet(page, there=False)
    assert all(picture == part or odd(picture, pixels(whole.jpeg)) < SAME for picture in live.recorder.videos)
    panel.wait(f"[...document.querySelectorAll('img')].some((image) => image.naturalWidth === {part.width})")
    assert page.evaluate("document.title") == "Map", "the page heard nothing of it"


def test_a_click_takes_the_element_below_and_the_page_does_not_hear_it(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel, page = start(stage, browser, live)
    origin = stage.mouse.origin(page)
    box = Box(*page.evaluate("(({x, y, width, height}) => [x, y, width, height])(cell12.getBoundingClientRect())"))
    whole = live.recorder.videos[-1]
    page.evaluate(
        "for (const type of ['click', 'mousedown', 'mouseup', 'pointerup']) addEventListener(type, () => document.title = type)"
    )
    point(panel, page)
    stage.mouse.click(on(origin, Place(box.x + box.width / 2, box.y + box.height / 2)))
    assert odd(wait_part(live, box), reference(whole, box)) < SAME
    wait_sheet(page, there=False)
    assert page.evaluate("document.title") == "Map"
    stage.mouse.click(on(origin, Place(box.x + box.width / 2, box.y + box.height / 2)))
    page.wait("document.title !== 'Map'")


def test_escape_leaves_and_nothing_was_sent(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel, page = start(stage, browser, live)
    whole = live.recorder.videos[-1]
    point(panel, page)
    stage.keys.press("Escape")
    wait_sheet(page, there=False)
    panel.wait_state("listening")
    assert all(odd(picture, pixels(whole.jpeg)) < SAME for picture in live.recorder.videos)
    # The whole follows again when it changes, and shows no sheet.
    seen = len(live.recorder.videos)
    page.evaluate("document.querySelector('h1').textContent = 'Fallow ground'; null")
    live.recorder.wait(lambda r: len(r.videos) > seen and "Fallow" in read(r.videos[-1].jpeg))
    assert live.recorder.told == []


def test_with_the_keys_alone(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel, page = start(stage, browser, live)
    whole = live.recorder.videos[-1]
    browser.close_panel()
    stage.keys.press("alt+shift+g")
    wait_sheet(page)
    page.evaluate("addEventListener('keydown', ({key}) => document.title = key); null")
    width, height = page.evaluate("[innerWidth, innerHeight]")
    for chord in ("Right", "Right", "shift+Down", "Return"):
        stage.keys.press(chord)
    wait_sheet(page, there=False)
    box = Box(width / 4 + width / 40, height / 4, width / 2, height / 2 + height / 40)
    assert odd(wait_part(live, box), reference(whole, box)) < SAME
    assert page.evaluate("document.title") == "Map"
    assert not panel.is_open(), "it was closed before"


def test_pressed_again_it_leaves(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    _panel, page = start(stage, browser, live)
    for there in (True, False):
        stage.keys.press("alt+shift+g")
        wait_sheet(page, there=there)


def test_zoomed_and_scrolled_it_is_still_that_region(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel, page = start(stage, browser, live)
    origin = stage.mouse.origin(page)
    page.evaluate("document.body.style.height = '3000px'; null")
    tab = "chrome.tabs.query({active: true, lastFocusedWindow: true}).then(([{id}]) => id)"
    browser.service_worker().evaluate(f"{tab}.then((id) => chrome.tabs.setZoom(id, 1.5))")
    page.wait("devicePixelRatio === 1.5 && innerWidth > document.documentElement.clientWidth")
    page.evaluate("scrollTo(0, 100)")
    box = Box(*page.evaluate("(({x, y, width, height}) => [x, y, width, height])(cell12.getBoundingClientRect())"))
    wanted = pixels(page.screenshot())
    point(panel, page)
    stage.mouse.click(Place(origin.x + 1.5 * (box.x + box.width / 2), origin.y + 1.5 * (box.y + box.height / 2)))
    part = wait_part(live, box, 1.5)
    # A screenshot has not been through the capture's colours.
    assert odd(part, region(wanted, box, 1.5)) < 2 * SAME


def test_with_nothing_to_point_at_it_says_so(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    live.server.scenario = Scenario
    page = browser.open(stage.web.url("/map"))
    stage.keys.press("alt+shift+g")
    panel = Panel(browser)
    assert "Share the tab" in panel.wait_failure("nothing to point at")
    panel.choose("Voice only")
    panel.press("Start")
    panel.wait_state("listening")
    panel.press("Point")
    panel.wait_failure("nothing to point at")
    assert page.evaluate("document.documentElement.querySelector(':scope > div')") is None


def test_what_a_page_makes_up_is_not_taken(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel, page = start(stage, browser, live)
    origin = stage.mouse.origin(page)
    whole = live.recorder.videos[-1]
    point(panel, page)
    page.evaluate(FORGED)
    assert page.evaluate("document.documentElement.querySelector(':scope > div').shadowRoot") is None
    wait_sheet(page)
    assert live.recorder.told == []
    # Moved, hidden and covered, it comes back to where it was.
    page.evaluate(COVERED)
    box = Box(180, 160, 410, 250)
    begin, end = box.corners
    stage.mouse.drag(on(origin, begin), on(origin, end))
    part = wait_part(live, box)
    assert odd(part, reference(whole, box)) < SAME


def test_a_page_that_takes_the_sheet_away_is_pointed_at_in_a_window(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel, _page = start(stage, browser, live, "/meddler")
    whole = live.recorder.videos[-1]
    panel.press("Point")
    box = Box(0.1, 0.1, 0.4, 0.3)
    drag_in_window(stage, browser, box)
    in_pixels = Box(box.x * whole.width, box.y * whole.height, box.width * whole.width, box.height * whole.height)
    part = wait_part(live, in_pixels, slack=6)
    assert odd(part, reference(whole, Box(in_pixels.x, in_pixels.y, part.width, part.height)), slack=6) < 4 * SAME
    panel.wait_state("listening")


def test_on_a_screen_it_is_a_part_of_the_screen(stage: Stage, screen: Chromium, live: ThreadedServer) -> None:
    live.server.scenario = Scenario
    page = screen.open(stage.web.url("/map"))
    panel = Panel(screen)
    screen.click_toolbar(page)
    panel.choose("Screen or window")
    panel.press("Start")
    panel.wait_state("listening")
    live.recorder.wait(lambda r: r.videos)
    place = stage.mouse.origin(page)
    cell = Box(*page.evaluate("(({x, y, width, height}) => [x, y, width, height])(cell24.getBoundingClientRect())"))
    width, height = page.evaluate("[screen.width, screen.height]")
    screen.close_panel()
    stage.keys.press("alt+shift+g")
    box = Box((place.x + cell.x) / width, (place.y + cell.y) / height, cell.width / width, cell.height / height)
    drag_in_window(stage, screen, box)
    part = wait_part(live, cell, slack=6)
    assert "Plot 24" in read(part.jpeg)


def drag_in_window(stage: Stage, browser: Chromium, box: Box) -> None:
    """Draws a box, in fractions of the picture, in the window that shows it."""
    target = browser.browser.wait_target(lambda target: "/point/point.html" in target["url"], 15)
    window = browser.attach(target["targetId"])
    window.wait("document.getElementById('picture')?.shadowRoot?.querySelector('.sheet')")
    origin = stage.mouse.origin(window)
    left, top, width, height = window.evaluate(
        "(({x, y, width, height}) => [x, y, width, height])(picture.getBoundingClientRect())"
    )
    begin, end = (on(origin, Place(left + place.x * width, top + place.y * height)) for place in box.corners)
    stage.mouse.drag(begin, end)
    window.wait_closed()
