"""Following the person from tab to tab, by what arrives at the Live endpoint."""

from __future__ import annotations

import contextlib
import itertools
import random
from typing import TYPE_CHECKING

import pytest

from stage.arrivals import wait_last_picture
from stage.panel import Panel
from stage.process import wait_until
from stage.settings_page import FOCUSED, go
from stage.sight import read, share
from stage.speech import follow
from stage.web import ARTICLE_HEADING, PRIVATE_COLOUR, PRIVATE_HOST_RULE, SECOND_HEADING
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.recorder import Recorder
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

NOTICE = "Tabtalk does not look at this page"
_SPECK = 0.0005
MOMENTS = 12
READING = (
    "Every year the terns fly from the Arctic to Antarctica and back, further than any other bird, and they see two "
    "summers, one in each hemisphere, and so more daylight than anything else alive, "
)
PAUSE_S = 0.04
"""The longest that the sound may pause."""
ALIKE = 0.6
"""How much a piece of speech has, at least, in common with what was said: processing costs a little, a hole much."""
_SECOND_OF_SOUND = 32_000
_TOLD = "document.querySelector('#follow-told').textContent"
ALLOWED = "chrome.permissions.contains({origins: ['<all_urls>']})"


@pytest.fixture
def browser(stage: Stage, profile: Profile, live: ThreadedServer) -> Iterator[Chromium]:
    """As everywhere, with a bank on the net."""
    live.server.scenario = Scenario
    profile.use_endpoint(live.base_url, live.ca_pem)
    running = stage.chromium(profile, [PRIVATE_HOST_RULE])
    yield running
    errors = running.errors()
    running.end()
    assert errors == []


class Trip:
    """A person with tabs side by side; the conversation begins on the article, and the tabs follow it in their order."""

    def __init__(self, stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
        self.stage, self.browser, self.recorder = stage, browser, live.recorder
        self.options = browser.extension_page("options/options.html")
        self.options.wait("document.querySelector('#follow-hint').textContent")

    def tick(self) -> None:
        """To the box by the Tab key; a real space bar, for the browser asks nobody who did not press one."""
        if self.options.evaluate(FOCUSED) != "follow":
            go(self.options, "follow")
        self.stage.keys.press("space")

    def answer(self, *keys: str) -> str:
        """To the browser's own question; what the page then says. The browser takes no key that comes too soon after the
        question, or after another, for it to have been read."""
        self.options.wait("!document.hasFocus() && performance.now() - (self.asked ??= performance.now()) > 1500")
        with self.stage.keys.at_once() as press:
            for key in keys[:-1]:
                press(key)

            def told() -> str:
                press(keys[-1])
                with contextlib.suppress(TimeoutError):
                    self.options.wait(_TOLD, 1)
                return self.told()

            return wait_until(told, "an answer", 15)

    def told(self) -> str:
        return str(self.options.evaluate(_TOLD))

    def allow(self) -> None:
        self.tick()
        assert self.answer("Tab", "Return").startswith("On.")

    def begin(self, *urls: str) -> list[Page]:
        article = self.browser.open(self.stage.web.url("/article"))
        pages = [article, *map(self.browser.open, urls)]
        self.browser.click_toolbar(article)
        panel = Panel(self.browser)
        panel.press("Start")
        panel.wait_hearing()
        self.recorder.wait(lambda r: r.videos and ARTICLE_HEADING in read(r.videos[-1].jpeg))
        self.browser.close_panel()
        return pages

    def press(self, chord: str) -> None:
        self.stage.keys.press(chord)

    def sees(self, heading: str) -> None:
        """The newest picture is of this page, and came after this moment."""
        self.recorder.wait(lambda r: heading in read(r.videos[-1].jpeg), 20)

    def hears(self, seconds: float = 2) -> None:
        """Sound goes on."""
        heard = len(self.recorder.audio)
        self.recorder.wait(lambda r: len(r.audio) > heard + seconds * _SECOND_OF_SOUND, 20)


@pytest.fixture
def trip(stage: Stage, browser: Chromium, live: ThreadedServer) -> Trip:
    return Trip(stage, browser, live)


def _private(recorder: Recorder) -> list[int]:
    return [n for n, video in enumerate(recorder.videos) if share(video.jpeg, PRIVATE_COLOUR) > _SPECK]


def _more_than(count: int) -> Callable[[Recorder], bool]:
    return lambda recorder: len(recorder.videos) > count


def test_the_eyes_go_along_to_the_tab_that_is_in_front_and_back(trip: Trip) -> None:
    trip.allow()
    article, _ = trip.begin(trip.stage.web.url("/second"))
    trip.press("ctrl+Tab")
    trip.sees(SECOND_HEADING)
    trip.press("ctrl+shift+Tab")
    trip.sees(ARTICLE_HEADING)
    # What changes there is seen, too.
    article.evaluate("document.querySelector('h1').textContent = 'Return of the Swallows'; null")
    trip.sees("Return of the Swallows")
    trip.hears()
    assert len(trip.recorder.records) == 1, "one conversation all along"


def test_sound_does_not_pause_as_the_eyes_go_along(trip: Trip) -> None:
    trip.allow()
    trip.begin(trip.stage.web.url("/second"))
    recorder = trip.recorder
    wav = trip.stage.speech.wav(READING * 8)
    begun = len(recorder.audio)
    with trip.stage.sound.saying(wav):
        recorder.wait(lambda r: any(r.audio[begun:]))
        for chord, heading in (("ctrl+Tab", SECOND_HEADING), ("ctrl+shift+Tab", ARTICLE_HEADING)) * 2:
            trip.press(chord)
            trip.sees(heading)
        trip.hears(1)
    received = recorder.audio[begun:]
    pieces = follow(received, wav)
    assert pieces[-1].at_s > len(received) / _SECOND_OF_SOUND - 4, "to the end"
    steps = [after.late_s - before.late_s for before, after in itertools.pairwise(pieces)]
    assert max(map(abs, steps)) < PAUSE_S, (steps, pieces)
    assert min(piece.score for piece in pieces) > ALIKE, pieces


def test_the_panel_names_the_tab_that_is_seen(trip: Trip) -> None:
    trip.allow()
    _, second = trip.begin(trip.stage.web.url("/second"))
    trip.press("ctrl+Tab")
    trip.sees(SECOND_HEADING)
    trip.browser.click_toolbar(second)
    Panel(trip.browser).wait(f"document.querySelector('#about').textContent.includes({SECOND_HEADING!r})")


def test_refused_the_box_goes_back_and_says_why(trip: Trip) -> None:
    trip.tick()
    assert trip.answer("Escape").startswith("Still off: the browser did not allow it.")
    assert trip.options.evaluate("document.querySelector('#follow').checked") is False
    assert trip.options.evaluate(ALLOWED) is False


def test_without_the_setting_the_eyes_stay(trip: Trip) -> None:
    trip.begin(trip.stage.web.url("/lively"))
    seen = len(trip.recorder.videos)
    trip.press("ctrl+Tab")
    trip.hears()
    assert not [video for video in trip.recorder.videos[seen:] if ARTICLE_HEADING not in read(video.jpeg)]


def test_turned_off_the_right_is_given_back_and_the_eyes_go_back(trip: Trip) -> None:
    trip.allow()
    trip.begin(trip.stage.web.url("/second"))
    trip.press("ctrl+Tab")
    trip.sees(SECOND_HEADING)
    trip.options.evaluate("document.querySelector('#follow').click()")
    trip.options.wait(f"{_TOLD}.startsWith('Off.')")
    assert trip.options.evaluate(ALLOWED) is False
    trip.sees(ARTICLE_HEADING)
    trip.hears()


def test_taken_back_from_outside_it_is_off_and_the_eyes_go_back(trip: Trip) -> None:
    trip.allow()
    trip.begin(trip.stage.web.url("/second"))
    trip.press("ctrl+Tab")
    trip.sees(SECOND_HEADING)
    trip.browser.service_worker().evaluate("chrome.permissions.remove({origins: ['<all_urls>']}).then(() => null)")
    trip.sees(ARTICLE_HEADING)
    stored = trip.browser.service_worker().evaluate("chrome.storage.local.get('follow')")
    assert stored == {"follow": False}


def test_t23_on_a_private_tab_nothing_is_seen_and_one_can_talk(trip: Trip) -> None:
    trip.allow()
    _, private = trip.begin(trip.stage.web.private())
    trip.press("ctrl+Tab")
    trip.browser.click_toolbar(private)
    panel = Panel(trip.browser)
    panel.wait_failure(NOTICE)
    assert "Your balance" not in panel.page.evaluate("document.body.innerText")
    seen = wait_last_picture(trip.recorder)
    trip.hears()
    assert len(trip.recorder.videos) == seen
    trip.browser.close_panel()
    trip.press("ctrl+shift+Tab")
    trip.recorder.wait(_more_than(seen))
    trip.sees(ARTICLE_HEADING)
    assert _private(trip.recorder) == []


@pytest.mark.timeout(240)
def test_t23_no_picture_of_a_private_tab_whenever_one_goes_there(trip: Trip) -> None:
    """From a lively page to the private one and on, and the other way round, at random moments; the last comes while a page
    that was private has just been left."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    trip.allow()
    _, private, lively = trip.begin(trip.stage.web.private(), trip.stage.web.url("/lively"))
    worker = trip.browser.service_worker()
    worker.evaluate(
        "void (self.go = async (path, ms) => { await new Promise((done) => setTimeout(done, ms));"
        " const tab = (await chrome.tabs.query({})).find(({url}) => url.endsWith(path));"
        " await chrome.tabs.update(tab.id, {active: true}) })"
    )
    for moment in range(MOMENTS):
        seen = len(trip.recorder.videos)
        worker.evaluate("go('/lively', 0)")
        trip.recorder.wait(_more_than(seen + 1), 20)
        ms = chance.random() * 1100
        worker.evaluate(f"go('/private', {ms}).then(() => {'go' if moment % 2 else 'null &&'}('/lively', {ms / 20}))")
        if moment % 2 == 0:
            trip.hears(0.5)
    # Left for a harmless page while nobody looked: the browser may go on showing the old one for a while.
    worker.evaluate("go('/article', 0)")
    private.evaluate(f"void setTimeout(() => {{ location.href = {trip.stage.web.url('/second')!r} }}, 0)")
    private.wait("location.pathname === '/second'")
    worker.evaluate("go('/second', 0)")
    trip.sees(SECOND_HEADING)
    assert _private(trip.recorder) == [], f"seed {seed}"
    assert len(trip.recorder.records) == 1, "one conversation all along"
    assert lively.evaluate("document.title") == "Slides"


def test_a_site_that_the_person_excepted_is_seen_whenever_one_goes_there(trip: Trip) -> None:
    """What proves that the test above can fail."""
    trip.browser.service_worker().evaluate("chrome.storage.local.set({allowed: ['*onlinebanking*']}).then(() => null)")
    trip.allow()
    trip.begin(trip.stage.web.private())
    trip.press("ctrl+Tab")
    trip.recorder.wait(_private, 20)
