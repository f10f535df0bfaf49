"""Every source, and every switch from one to another in a running conversation, by what arrives at the Live endpoint."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from stage.arrivals import wait_last_picture
from stage.panel import Panel
from stage.sight import read
from stage.speech import follow
from stage.web import ARTICLE_HEADING, SECOND_HEADING
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.recorder import Recorder
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

READING = (
    "Every year the terns fly from the Arctic to Antarctica and back, further than any other bird, and they see two "
    "summers, one in each hemisphere, and so more daylight than anything else alive, "
)
PAUSE_S = 0.04
"""The longest that the sound may pause."""
ALIKE = 0.6
"""How much a piece of speech has, at least, in common with what was said: processing costs a little, a hole much."""
SETTLED_S = 3.0
"""Of the first sound the browser's noise suppression, which still learns what noise is, takes more away."""
RADIOS = {"tab": "This tab", "screen": "Screen or window", "window": "Screen or window", "voice": "Voice only"}


@pytest.fixture
def chromium(
    request: pytest.FixtureRequest, stage: Stage, profile: Profile, live: ThreadedServer
) -> Iterator[Chromium]:
    """With a key and `live` as the endpoint; its picker chooses the whole screen, or the window that the test names."""
    live.server.scenario = Scenario
    profile.use_endpoint(live.base_url, live.ca_pem)
    picked = getattr(request, "param", "Entire screen")
    running = stage.chromium(profile, [f"--auto-select-desktop-capture-source={picked}"])
    yield running
    errors = running.errors()
    running.end()
    assert errors == []


class Walk:
    """A conversation that goes from source to source."""

    def __init__(self, stage: Stage, chromium: Chromium, live: ThreadedServer) -> None:
        self.stage, self.chromium, self.live = stage, chromium, live
        self.article = chromium.open(stage.web.url("/article"))
        self.panel = Panel(chromium)

    @property
    def recorder(self) -> Recorder:
        return self.live.recorder

    def begin(self, source: str) -> None:
        self.chromium.click_toolbar(self.article)
        self.panel.choose(RADIOS[source])
        self.panel.press("Start")
        self.panel.wait_state("listening")
        self.arrived(source, 0)

    def switch(self, source: str) -> None:
        seen = len(self.recorder.videos)
        if source == "other tab":
            self.chromium.tab(self._second())
            self.stage.keys.press("alt+g")
        else:
            # One that is open makes way for another, and would take the choice along.
            self.chromium.close_panel()
            self.chromium.click_toolbar(self.article)
            self.panel.choose(RADIOS[source])
        self.arrived(source, seen)

    def arrived(self, source: str, seen: int) -> None:
        """Waits until what arrives is of this source, and of no other."""
        if source == "voice":
            self.panel.wait("document.querySelector('.frame-missing').textContent.includes('Voice only')")
            still = wait_last_picture(self.recorder)
            self.article.evaluate("document.querySelector('h1').textContent += '!'; null")
            heard = len(self.recorder.audio)
            self.recorder.wait(lambda r: len(r.audio) > heard + 48_000)
            assert len(self.recorder.videos) == still, "nothing is seen"
            return
        self.recorder.wait(lambda r: len(r.videos) > seen and self._shows(source), 20)

    def _shows(self, source: str) -> bool:
        """A screen is as large as one, and has the browser's own bars in it; a tab is its page alone."""
        picture = self.recorder.videos[-1]
        if source == "screen":
            return (picture.width, picture.height) == SCREEN
        heading = ARTICLE_HEADING if source == "tab" else SECOND_HEADING
        return (picture.width, picture.height) != SCREEN and heading in read(picture.jpeg)

    def open_window(self) -> None:
        """One that can be shared, beside the one in which everything is pressed."""
        self.chromium.browser.send("Target.createTarget", {"url": self.stage.web.url("/second"), "newWindow": True})
        self.chromium.wait_page("/second")

    def _second(self) -> Page:
        url = self.stage.web.url("/second")
        for target in self.chromium.browser.targets():
            if target["type"] == "page" and target["url"] == url:
                return self.chromium.attach(target["targetId"])
        return self.chromium.open(url)


SCREEN = (1440, 1000)


@pytest.fixture
def walk(stage: Stage, chromium: Chromium, live: ThreadedServer) -> Walk:
    return Walk(stage, chromium, live)


@pytest.mark.parametrize("source", ["tab", "screen", "voice"])
def test_each_source_is_what_arrives(walk: Walk, source: str) -> None:
    walk.begin(source)
    assert len(walk.recorder.records) == 1


@pytest.mark.parametrize(
    ("chromium", "way"),
    [
        ("Entire screen", ("tab", "other tab", "screen", "tab", "voice")),
        (
            "Entire screen",
            ("voice", "tab", "screen", "other tab", "voice", "screen", "voice", "other tab", "tab"),
        ),
        (SECOND_HEADING, ("tab", "window", "voice", "window", "tab")),
    ],
    ids=["from-a-tab", "from-voice", "with-a-window"],
    indirect=["chromium"],
)
def test_sound_does_not_pause_across_a_switch(walk: Walk, way: tuple[str, ...]) -> None:
    if "window" in way:
        walk.open_window()
    walk.begin(way[0])
    recorder = walk.recorder
    wav = walk.stage.speech.wav(READING * 14)
    begun = len(recorder.audio)
    with walk.stage.sound.saying(wav):
        recorder.wait(lambda r: any(r.audio[begun:]))
        settled = len(recorder.audio) + round(SETTLED_S * 32_000)
        recorder.wait(lambda r: len(r.audio) > settled)
        for source in way[1:]:
            walk.switch(source)
        # A second beyond the last switch is listened to as well.
        heard = len(recorder.audio)
        recorder.wait(lambda r: len(r.audio) > heard + 32_000)
    received = recorder.audio[begun:]
    pieces = follow(received, wav)
    assert pieces[-1].at_s > len(received) / 32_000 - 4, "to the end"
    steps = [after.late_s - before.late_s for before, after in itertools.pairwise(pieces)]
    assert max(map(abs, steps)) < PAUSE_S, (steps, pieces)
    assert min(piece.score for piece in pieces if piece.at_s >= SETTLED_S - 0.5) > ALIKE, pieces
    assert len(recorder.records) == 1, "one conversation"
