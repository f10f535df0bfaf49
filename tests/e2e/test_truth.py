"""What becomes of a source while it is shared: what arrives at the Live endpoint, and what the panel says (F27, T24, T25)."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from stage.arrivals import wait_quiet
from stage.display import SIZE
from stage.mouse import Place
from stage.panel import Panel
from stage.process import wait_until
from stage.sight import has_bars, read
from stage.web import ARTICLE_HEADING, SECOND_HEADING
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.recorder import Picture, Recorder
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

WINDOW_END = 940
"""Where the browser's window ends, from the top of the screen."""
BY_VOICE = "going on by voice"


def start(stage: Stage, chromium: Chromium, live: ThreadedServer, source: str = "This tab") -> tuple[Page, Panel]:
    """A conversation about the article, or begun there, its first picture at the endpoint."""
    live.server.scenario = Scenario
    page = chromium.open(stage.web.url("/article"))
    chromium.click_toolbar(page)
    panel = Panel(chromium)
    panel.choose(source)
    panel.press("Start")
    live.recorder.wait(lambda r: r.videos, 20)
    panel.wait_state("listening")
    return page, panel


def do(chromium: Chromium, script: str) -> None:
    """In the service worker, with `tab` as the article's."""
    chromium.service_worker().evaluate(
        f"chrome.tabs.query({{}}).then(async (tabs) => {{ const tab = tabs.find(({{title}}) => title === {ARTICLE_HEADING!r});"
        f" {script} }})"
    )


def change(page: Page, live: ThreadedServer) -> int:
    """Makes the page another one to look at; how many pictures had come by then."""
    seen = len(live.recorder.videos)
    page.evaluate("void (document.querySelector('p').textContent = 'Nobody has counted them in Greenland.'.repeat(9))")
    return seen


def nothing_comes(recorder: Recorder, seconds: float = 2.0) -> None:
    """Sound goes on for so long, and no picture comes."""
    seen, heard = len(recorder.videos), len(recorder.audio)
    recorder.wait(lambda r: len(r.audio) > heard + 32_000 * seconds, seconds + 20)
    assert len(recorder.videos) == seen


def is_told(chromium: Chromium, page: Page, words: str) -> Panel:
    """The panel, opened over another page."""
    chromium.click_toolbar(page)
    panel = Panel(chromium)
    panel.wait(f"document.body.innerText.includes({json.dumps(words)})")
    return panel


@pytest.mark.parametrize("end", ["chrome.tabs.remove(tab.id)", "chrome.windows.remove(tab.windowId)"])
def test_f27_a_tab_that_is_closed_is_told_and_nothing_else_is_looked_at(
    stage: Stage, browser: Chromium, live: ThreadedServer, end: str
) -> None:
    start(stage, browser, live)
    do(browser, f"await chrome.windows.create({{url: {stage.web.url('/second')!r}}});")
    browser.wait_page("/second")
    do(browser, f"void {end};")
    second = browser.wait_page("/second")
    is_told(browser, second, BY_VOICE)
    nothing_comes(live.recorder)
    assert not any(SECOND_HEADING in read(picture.jpeg) for picture in live.recorder.videos)
    assert len(live.recorder.records) == 1
    Panel(browser).press("Share this tab")
    live.recorder.wait(lambda r: SECOND_HEADING in read(r.videos[-1].jpeg), 15)


def _fits(picture: Picture) -> bool:
    """In the smaller window. A frame that was on its way when the size changed may still come."""
    return picture.width <= 800 and not has_bars(picture.jpeg)


def test_a_tab_that_moves_to_another_window_stays_in_sight(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page, _ = start(stage, browser, live)
    browser.open(stage.web.url("/second"))
    do(browser, "await chrome.windows.create({tabId: tab.id});")
    window = browser.browser.send("Browser.getWindowForTarget", {"targetId": page.target_id})["windowId"]
    browser.browser.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"width": 800, "height": 700}})
    page.wait("innerWidth <= 800")
    seen = change(page, live)
    live.recorder.wait(lambda r: len(r.videos) > seen and "Greenland" in read(r.videos[-1].jpeg), 15)
    wait_until(lambda: _fits(live.recorder.videos[-1]), "the page's own size")
    assert not any(SECOND_HEADING in read(picture.jpeg) for picture in live.recorder.videos)
    is_told(browser, page, ARTICLE_HEADING)


def test_f27_a_tab_that_is_discarded_is_told_and_not_looked_at_again_by_itself(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    start(stage, browser, live)
    second = browser.open(stage.web.url("/second"))
    do(browser, "await chrome.tabs.discard(tab.id);")
    is_told(browser, second, BY_VOICE)
    do(browser, "await chrome.tabs.update(tab.id, {active: true});")
    nothing_comes(live.recorder)


def test_a_document_of_the_browsers_own_viewer_is_seen(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    live.server.scenario = Scenario
    page = browser.open(stage.web.url("/timetable.pdf"))
    # The viewer takes the focus when it has read it, and a panel that is there by then closes.
    browser.browser.wait_target(
        lambda target: target["targetId"] == page.target_id and target["title"] == "timetable.pdf"
    )
    browser.click_toolbar(page)
    Panel(browser).press("Start")
    live.recorder.wait(lambda r: r.videos and SECOND_HEADING in read(r.videos[-1].jpeg), 20)


@pytest.fixture
def sharing(request: pytest.FixtureRequest, stage: Stage, profile: Profile, live: ThreadedServer) -> Iterator[Chromium]:
    """As `browser`; its picker chooses what the test names."""
    profile.use_endpoint(live.base_url, live.ca_pem)
    running = stage.chromium(profile, [f"--auto-select-desktop-capture-source={request.param}"])
    yield running
    errors = running.errors()
    running.end()
    assert errors == []


@pytest.mark.parametrize("sharing", [SECOND_HEADING], indirect=True)
def test_f27_a_window_is_seen_until_it_is_closed(stage: Stage, sharing: Chromium, live: ThreadedServer) -> None:
    sharing.service_worker().evaluate(
        f"chrome.windows.create({{url: {stage.web.url('/second')!r}, width: 900, height: 700}}).then(() => null)"
    )
    sharing.wait_page("/second")
    page, _ = start(stage, sharing, live, "Screen or window")
    live.recorder.wait(lambda r: SECOND_HEADING in read(r.videos[-1].jpeg))
    picture = live.recorder.videos[-1]
    assert (picture.width, picture.height) != SIZE
    sharing.browser.send("Target.closeTarget", {"targetId": sharing.wait_page("/second").target_id})
    is_told(sharing, page, BY_VOICE)
    nothing_comes(live.recorder)


def _stop_button(jpeg: bytes) -> Place | None:
    """In a picture of the whole screen: what is blue below the browser's window, where only its bar is."""
    top = WINDOW_END + 1
    red, _, blue = np.moveaxis(np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")).astype(int)[top:], 2, 0)
    rows, columns = np.nonzero((blue > 200) & (blue - red > 100))
    return Place(columns.mean(), top + rows.mean()) if len(rows) > 500 else None


@pytest.mark.parametrize("sharing", ["Entire screen"], indirect=True)
def test_f27_the_browsers_own_stop_sharing_ends_it(stage: Stage, sharing: Chromium, live: ThreadedServer) -> None:
    page, _ = start(stage, sharing, live, "Screen or window")
    recorder = live.recorder
    stop = wait_until(lambda: _stop_button(recorder.videos[-1].jpeg), "the browser's bar on the screen", 20)
    stage.mouse.click(stop)
    is_told(sharing, page, BY_VOICE)
    nothing_comes(recorder)
    assert len(recorder.records) == 1


def test_t24_a_private_window_is_not_looked_at(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    page, _ = start(stage, browser, live)
    browser.close_panel()
    before = {target["targetId"] for target in browser.browser.targets()}
    windows = set(stage.keys.windows())
    stage.keys.press("ctrl+shift+n")
    target = browser.browser.wait_target(
        lambda target: target["type"] == "page" and target["targetId"] not in before and "newtab" in target["url"]
    )
    [window] = wait_until(lambda: set(stage.keys.windows()) - windows, "the private window")
    private = browser.attach(target["targetId"])
    private.send("Page.navigate", {"url": stage.web.url("/second")})
    private.wait(f"document.querySelector('h1')?.textContent === {SECOND_HEADING!r}")
    tabs = browser.service_worker().evaluate(
        "chrome.tabs.query({}).then((tabs) => tabs.map(({incognito}) => incognito))"
    )
    assert True not in tabs, "the browser does not even tell of it"
    stage.keys.press("alt+g", window)
    nothing_comes(live.recorder)
    assert not browser.panel_is_open()
    seen = change(page, live)
    live.recorder.wait(lambda r: len(r.videos) > seen)
    assert not any(SECOND_HEADING in read(picture.jpeg) for picture in live.recorder.videos)
    assert len(live.recorder.records) == 1


def test_t25_a_screen_that_is_locked_pauses_everything(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    page, panel = start(stage, browser, live)
    stage.display.lock()
    try:
        panel.wait_state("pause")
        panel.wait_said("The screen was locked")
        wait_until(lambda: stage.sound.listeners() == 0, "the microphone is closed")
        heard, seen = wait_quiet(live.recorder)
        change(page, live)
    finally:
        stage.display.unlock()
    with stage.sound.record() as clock:
        until = clock.now() + 3
        wait_until(lambda: clock.now() > until, "three seconds")
    assert (len(live.recorder.audio), len(live.recorder.videos)) == (heard, seen)
    panel.press("Resume sharing")
    live.recorder.wait(lambda r: len(r.videos) > seen and "Greenland" in read(r.videos[-1].jpeg), 15)
