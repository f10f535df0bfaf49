"""What Tabtalk must not look at, by what arrives at the Live endpoint."""

from __future__ import annotations

import contextlib
import json
import random
from typing import TYPE_CHECKING

import pytest

from stage.arrivals import wait_last_picture
from stage.panel import Panel
from stage.process import wait_until
from stage.settings_page import go as go_to
from stage.settings_page import open_settings, write
from stage.sight import read, share
from stage.web import ARTICLE_HEADING, CARD_COLOUR, PRIVATE_COLOUR, PRIVATE_HOST_RULE
from tabtalk.setup.devtools_pipe import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.recorder import Recorder
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

HEARS = "Gemini hears this tab"
NOTICE = "Tabtalk does not look at this page"
_SPECK = 0.0005
_COVERED = 0.9


@pytest.fixture
def browser(stage: Stage, profile: Profile, live: ThreadedServer) -> Iterator[Chromium]:
    """As everywhere, and with a bank on the net."""
    profile.use_endpoint(live.base_url, live.ca_pem)
    running = stage.chromium(profile, [PRIVATE_HOST_RULE])
    yield running
    errors = running.errors()
    running.end()
    assert errors == []


class Watch:
    """The conversation's status, as a panel is told it, without a panel."""

    def __init__(self, chromium: Chromium) -> None:
        self._page = chromium.offscreen()
        self._worker = chromium.service_worker()
        self._worker.evaluate(
            "void (self.watched = chrome.runtime.connect({name: 'panel'})).onMessage.addListener("
            "({type, data}) => { if (type === 'status') self.told = data })"
        )

    def wait(self, expression: str, timeout: float = 15) -> None:
        """`told` is the status."""
        self._worker.wait(f"self.told && ({expression})", timeout)


def opened(chromium: Chromium, page: Page) -> Panel:
    chromium.click_toolbar(page)
    return Panel(chromium)


def look_at(chromium: Chromium, page: Page) -> None:
    """A click on the toolbar button over this page, and Start."""
    chromium.click_toolbar(page)
    start = "chrome.runtime.sendMessage({target: 'background', type: 'start', data: {source: 'tab'}})"
    chromium.service_worker().wait("self.registration.active !== null")
    Panel(chromium).wait_state("", 15)
    chromium.offscreen().evaluate(f"{start}.then(() => null)")


def _more_than(count: int) -> Callable[[Recorder], bool]:
    return lambda recorder: len(recorder.videos) > count


def private_pictures(recorder: Recorder) -> list[int]:
    return [n for n, video in enumerate(recorder.videos) if share(video.jpeg, PRIVATE_COLOUR) > _SPECK]


def go(page: Page, script: str) -> None:
    """Runs a script that leaves the page, so that nothing may be left to answer."""
    page.evaluate(f"void setTimeout(() => {{ {script} }}, 0)")


WAYS = {
    "link": "location.href = URL",
    "redirect": "location.href = '/away?' + URL",
    "two redirects": "location.href = '/away?/away?' + URL",
    "frame": "document.body.prepend(Object.assign(document.createElement('iframe'), {src: URL, width: 500, height: 400}))",
    "frame within a frame": "{ const f = document.createElement('iframe'); f.width = f.height = 600; document.body.prepend(f);"
    " f.contentDocument.body.append(Object.assign(f.contentDocument.createElement('iframe'), {src: URL, width: 500, height: 400})) }",
    "in its place": "location.replace(URL)",
}
MOMENTS = 50


@pytest.mark.timeout(400)
def test_t23_no_picture_of_a_private_page_ever_arrives_whenever_one_goes_there(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    url = json.dumps(stage.web.private())
    page = browser.open(stage.web.url("/lively"))
    look_at(browser, page)
    watch = Watch(browser)
    ways = list(WAYS) * (MOMENTS // len(WAYS) + 1)
    for moment, way in enumerate(ways[:MOMENTS]):
        if moment:
            last, page = page, browser.open(stage.web.url("/lively"))
            look_at(browser, page)
            browser.browser.send("Target.closeTarget", {"targetId": last.target_id})
        seen = len(live.recorder.videos)
        watch.wait("told.finding === 'clear' && told.source.kind === 'tab'")
        live.recorder.wait(_more_than(seen + 1))
        leave = WAYS[way].replace("URL", url)
        page.evaluate(f"void setTimeout(() => {{ {leave} }}, {chance.random() * 1100})")
        watch.wait("told.finding === 'blocked'")
        wait_until(lambda: _counts(browser), f"the private page is there, by {way}")
    assert private_pictures(live.recorder) == [], f"seed {seed}"
    assert len(live.recorder.records) == 1, "one conversation all along"


def _counts(browser: Chromium) -> bool:
    """The private page, in a tab or in a frame, has long been painted."""
    for target in browser.browser.targets():
        if target["type"] in ("page", "iframe") and target["url"].endswith("/private"):
            with contextlib.suppress(DevtoolsError):  # It is only just there, or on its way out.
                if browser.attach(target["targetId"]).evaluate("Number(document.querySelector('#n')?.textContent) > 4"):
                    return True
    return False


def test_t23_an_exception_of_the_persons_own_lets_it_be_seen(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    """What proves that the test above can fail."""
    write(open_settings(browser), "allowed", "*.onlinebanking.test")
    page = browser.open(stage.web.url("/lively"))
    look_at(browser, page)
    live.recorder.wait(lambda r: r.videos)
    go(page, f"location.href = {stage.web.private()!r}")
    live.recorder.wait(private_pictures)


def test_f28_the_conversation_goes_on_by_voice_and_looks_again_by_itself(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/lively"))
    browser.click_toolbar(page)
    panel = Panel(browser)
    panel.press("Start")
    live.recorder.wait(lambda r: r.videos)
    go(page, f"location.href = {stage.web.private()!r}")
    panel.wait_failure(NOTICE)
    seen, heard = wait_last_picture(live.recorder), len(live.recorder.audio)
    live.recorder.wait(lambda r: len(r.audio) > heard + 32_000)
    assert len(live.recorder.videos) == seen
    panel.ask("Are you still there?")
    live.recorder.wait(lambda r: r.texts)
    go(page, f"location.href = {stage.web.url('/article')!r}")
    live.recorder.wait(lambda r: ARTICLE_HEADING in read(r.videos[-1].jpeg), 20)
    panel.wait("document.querySelector('#failure').hidden")
    assert private_pictures(live.recorder) == []
    assert len(live.recorder.records) == 1


def test_t23_started_on_a_private_page_nothing_is_captured_and_one_can_talk(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.private())
    browser.click_toolbar(page)
    panel = Panel(browser)
    panel.press("Start")
    panel.wait_failure(NOTICE)
    panel.wait_state("listening")
    live.recorder.wait(lambda r: len(r.audio) > 32_000)
    assert live.recorder.videos == []
    captured = "chrome.tabCapture.getCapturedTabs().then((tabs) => tabs.length)"
    assert browser.service_worker().evaluate(captured) == 0
    # The title of such a page is nobody's business either.
    assert "Your balance" not in panel.page.evaluate("document.body.innerText")


@pytest.mark.parametrize("url", ["chrome://version/", "view-source:{article}", "about:blank"])
def test_t23_f28_pages_without_a_known_address_end_the_pictures(
    stage: Stage, browser: Chromium, live: ThreadedServer, url: str
) -> None:
    page = browser.open(stage.web.url("/lively"))
    look_at(browser, page)
    watch = Watch(browser)
    live.recorder.wait(lambda r: r.videos)
    worker = browser.service_worker()
    url = url.format(article=stage.web.url("/article"))
    worker.evaluate(
        f"void chrome.tabs.query({{active: true}}).then(([tab]) => chrome.tabs.update(tab.id, {{url: {url!r}}}))"
    )
    watch.wait("told.finding !== 'clear' || told.source.kind !== 'tab'")
    told = len(live.recorder.videos)
    seen, heard = wait_last_picture(live.recorder), len(live.recorder.audio)
    assert all("Slides" in read(picture.jpeg) for picture in live.recorder.videos[told:]), "sent before that"
    live.recorder.wait(lambda r: len(r.audio) > heard + 64_000)
    assert len(live.recorder.videos) == seen


def test_f27_a_page_that_crashes_is_told_and_looked_at_again_once_it_is_loaded(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/lively"))
    look_at(browser, page)
    watch = Watch(browser)
    live.recorder.wait(lambda r: r.videos)
    with contextlib.suppress(DevtoolsError):  # It answers no more.
        page.send("Page.crash", timeout=2)
    watch.wait("told.finding === 'gone'")
    seen = len(live.recorder.videos)
    browser.service_worker().evaluate(
        "void chrome.tabs.query({active: true}).then(([tab]) => chrome.tabs.reload(tab.id))"
    )
    watch.wait("told.finding === 'clear'", 20)
    live.recorder.wait(_more_than(seen))


SECRETS = ("hunter2hunter2", "4111222233334444", "987654321")


def _field(page: Page, selector: str) -> tuple[float, float, float, float]:
    """Where an element lies, in shares of the page that is seen."""
    left, top, width, height = page.evaluate(
        f"(({{x, y, width, height}}) => [x / innerWidth, y / innerHeight, width / innerWidth, height / innerHeight])"
        f"(({selector}).getBoundingClientRect())"
    )
    return left, top, left + width, top + height


FIELDS = {
    "a password": "document.querySelector('#login')",
    "a password that is shown": "document.querySelector('#toggled')",
    "a card": "document.querySelector('[autocomplete=cc-number]')",
    "a card by its name": "document.querySelector('[name=cardNumber]')",
    "a code": "document.querySelector('[autocomplete=one-time-code]')",
    "in a shadow tree": "document.querySelector('#open').shadowRoot.querySelector('input')",
    "in a closed shadow tree": "window.shut",
    "one that came later": "document.querySelector('#later')",
}


def test_values_of_password_and_card_fields_are_black_in_every_picture(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/secrets"))
    page.wait("document.querySelector('#login').value !== ''")
    look_at(browser, page)
    live.recorder.wait(lambda r: r.videos)
    page.evaluate("void addLater()")
    page.evaluate("void (document.querySelector('#toggled').type = 'text')")
    seen = len(live.recorder.videos)
    live.recorder.wait(_more_than(seen + 1), 20)
    for number, video in enumerate(live.recorder.videos):
        words = read(video.jpeg).replace(" ", "")
        assert "Checkout" in words
        assert not [secret for secret in SECRETS if secret in words], number
    picture = live.recorder.videos[-1].jpeg
    assert {name: share(picture, (0, 0, 0), _field(page, field)) > _COVERED for name, field in FIELDS.items()} == (
        dict.fromkeys(FIELDS, True)
    )
    plain = _field(page, "document.querySelector('#plain')")
    assert share(picture, (0, 0, 0), plain) < _COVERED, "what is not secret stays as it is"


MEDDLED = {
    "by its label": "document.querySelector('#labelled')",
    "by a label beside it": "document.querySelector('#told')",
    "a choice": "document.querySelector('#expiry')",
    "with dots by its style": "document.querySelector('#masked')",
    "another in its place": "document.querySelector('#shown')",
    "what is no field": "document.querySelector('#cvv')",
    "a shadow tree that came late": "window.late.querySelector('input')",
}


@pytest.mark.parametrize("zoom", [1, 1.5])
def test_a_page_cannot_show_a_value_in_some_other_way(
    stage: Stage, browser: Chromium, live: ThreadedServer, zoom: float
) -> None:
    page = browser.open(stage.web.url("/meddling"))
    browser.service_worker().evaluate(f"chrome.tabs.setZoom({zoom}).then(() => null)")
    look_at(browser, page)
    live.recorder.wait(lambda r: r.videos)
    page.evaluate("void (show(), bringLate())")
    seen = len(live.recorder.videos)
    live.recorder.wait(_more_than(seen + 1), 20)
    for number, video in enumerate(live.recorder.videos):
        words = read(video.jpeg).replace(" ", "")
        assert "Order" in words
        assert not [secret for secret in SECRETS if secret in words], number
    picture = live.recorder.videos[-1].jpeg
    assert {name: share(picture, (0, 0, 0), _field(page, field)) > _COVERED for name, field in MEDDLED.items()} == (
        dict.fromkeys(MEDDLED, True)
    )


FRAMES = {
    "by its address": "{src: ORIGIN + '/card'}",
    "by its title": "{src: ORIGIN + '/embedded', title: 'Secure card number input frame'}",
    "because it may take payments": "{src: ORIGIN + '/embedded', allow: 'payment *'}",
    "of no site at all": "{sandbox: 'allow-scripts', src: '/card'}",
}


def _put_frame(stage: Stage, page: Page, frame: str) -> tuple[float, float, float, float]:
    """Where it lies."""
    of = frame.replace("ORIGIN", json.dumps(stage.web.origin.replace("127.0.0.1", "other.test")))
    size = "{width: 600, height: 200, id: 'frame'}"
    page.evaluate(
        "void document.querySelector('#frames').replaceChildren("
        f"Object.assign(document.createElement('iframe'), {size}, {of}))"
    )
    return _field(page, "document.querySelector('#frame')")


def test_a_frame_of_another_site_is_black_as_a_whole_where_it_may_hold_a_card(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/frames"))
    look_at(browser, page)
    live.recorder.wait(lambda r: r.videos)
    for name, frame in FRAMES.items():
        seen = len(live.recorder.videos)
        at = _put_frame(stage, page, frame)
        wait_until(lambda at=at: share(live.recorder.videos[-1].jpeg, (0, 0, 0), at) > _COVERED, name)  # type: ignore[misc]
        live.recorder.wait(_more_than(seen + 2), 20)
        shown = [share(video.jpeg, CARD_COLOUR) for video in live.recorder.videos[seen:]]
        assert max(shown) < _SPECK, name


def test_any_other_frame_is_black_only_on_a_page_on_which_one_pays(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/frames"))
    look_at(browser, page)
    live.recorder.wait(lambda r: r.videos)
    at = _put_frame(stage, page, "{src: ORIGIN + '/embedded'}")
    wait_until(lambda: share(live.recorder.videos[-1].jpeg, CARD_COLOUR, at) > 0.5, "it can be seen")
    page.evaluate("void (document.title = 'Checkout')")
    _put_frame(stage, page, "{src: ORIGIN + '/embedded'}")
    wait_until(lambda: share(live.recorder.videos[-1].jpeg, (0, 0, 0), at) > _COVERED, "it is covered")


def test_in_a_frame_of_the_same_site_the_fields_are_black(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/frames"))
    look_at(browser, page)
    live.recorder.wait(lambda r: r.videos)
    seen = len(live.recorder.videos)
    at = _put_frame(
        stage, page, "{srcdoc: `<style>html { background: #0c0 }</style><input name=cardNumber value=4111>`}"
    )
    wait_until(lambda: share(live.recorder.videos[-1].jpeg, CARD_COLOUR, at) > 0.5, "it can be seen")
    live.recorder.wait(_more_than(seen + 2), 20)
    for video in live.recorder.videos[seen:]:
        shown = share(video.jpeg, CARD_COLOUR, at) > 0.5
        assert not shown or 0.01 < share(video.jpeg, (0, 0, 0), at) < 0.1


def test_fields_in_frames_are_black_again_when_the_tab_is_captured_anew(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/frames"))
    frame = "Object.assign(document.createElement('iframe'), {srcdoc: '<label>Card number <input value=4111></label>', height: 60})"
    page.evaluate(f"void document.querySelector('#frames').append(...Array.from({{length: 6}}, () => {frame}))")
    panel = opened(browser, page)
    panel.press("Start")
    panel.wait_hearing()
    live.recorder.wait(lambda r: r.videos)
    filters = "[...document.querySelectorAll('iframe')].map((f) => getComputedStyle(f.contentDocument.querySelector('input')).filter)"
    covered = f"{filters}.every((filter) => filter === 'brightness(0)')"
    page.wait(covered)
    panel.tick("Hear this tab")
    panel.wait(f"document.querySelector('main').innerText.includes({json.dumps(HEARS)})")
    assert page.evaluate(covered), page.evaluate(filters)
    # Pressed as fast as one can.
    for state in ("true", "false"):
        pause = f"(self.said ??= chrome.runtime.connect({{name: 'panel'}})).postMessage({{type: 'pause', data: {{paused: {state}}}}})"
        browser.service_worker().evaluate(f"void {pause}")
    watch = Watch(browser)
    watch.wait("!told.paused && told.hearsTab")
    assert page.evaluate(covered), page.evaluate(filters)


def test_the_veil_is_taken_away_with_the_eyes(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    page = browser.open(stage.web.url("/secrets"))
    panel = opened(browser, page)
    panel.press("Start")
    black = "getComputedStyle(document.querySelector('#login')).filter"
    page.wait(f"{black} === 'brightness(0)'")
    live.recorder.wait(lambda r: r.videos)
    panel.press("Pause sharing")
    page.wait(f"{black} === 'none'")
    panel.press("Resume sharing")
    page.wait(f"{black} === 'brightness(0)'")
    # By the command: the panel comes and goes with the capture that has just begun.
    browser.service_worker().evaluate("void chrome.runtime.sendMessage({target: 'offscreen', type: 'end'})")
    page.wait(f"{black} === 'none'")
    page.wait("document.querySelector('[data-tabtalk-veil]') === null")


def test_on_another_site_it_is_told_that_fields_cannot_be_covered(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/secrets"))
    panel = opened(browser, page)
    panel.press("Start")
    live.recorder.wait(lambda r: r.videos)
    go(page, f"location.href = {stage.web.url('/secrets').replace('127.0.0.1', 'shop.test')!r}")
    panel.wait_said("cannot be blacked out on this page")
    page.wait("document.querySelector('#login')?.value")
    browser.close_panel()
    browser.click_toolbar(page)
    Panel(browser).choose("This tab")
    page.wait("getComputedStyle(document.querySelector('#login')).filter === 'brightness(0)'")


def test_the_persons_own_sites_are_kept_on_the_settings_page_and_hold_at_once(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/lively"))
    look_at(browser, page)
    live.recorder.wait(lambda r: r.videos)
    watch = Watch(browser)
    options = open_settings(browser)
    go_to(options, "blocked")
    options.type("a b")
    options.key("Tab")
    options.wait("document.querySelector('[data-setting=blocked] .told').textContent.includes('not a site: a b')")
    write(options, "blocked", "http://127.0.0.1:8000/x")
    options.key("Tab")
    watch.wait("told.finding === 'blocked'")
    options.wait("document.querySelector('#blocked').value === '127.0.0.1'")
    stored = browser.service_worker().evaluate("chrome.storage.local.get('blocked')")
    assert stored == {"blocked": ["127.0.0.1"]}
