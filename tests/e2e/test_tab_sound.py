"""What a shared tab sounds like: at the Live endpoint and at the person's speaker."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.settings_page import open_settings, tick
from stage.speech import MICROPHONE_HZ, RATE_HZ, Samples, from_pcm
from stage.web import PRIVATE_HOST_RULE, PRIVATE_RADIO_HZ, RADIO_HZ, SOUNDS_BY_ITSELF
from tabtalk.practice import sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.sound import Recording
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page

ANSWER_HZ = 440.0
ANSWER_S = 60.0
HEARS = "Gemini hears this tab"
_WINDOW_S = 0.3
_THERE = 0.02
"""Of full scale. The tone is played with 0.3 of it."""
_NOTHING = 0.001
_START_S = 30


@pytest.fixture
def browser(stage: Stage, profile: Profile, live: ThreadedServer) -> Iterator[Chromium]:
    """As everywhere, with a bank on the net, and pages that sound by themselves."""
    profile.use_endpoint(live.base_url, live.ca_pem)
    running = stage.chromium(profile, [PRIVATE_HOST_RULE, SOUNDS_BY_ITSELF])
    yield running
    errors = running.errors()
    running.end()
    assert errors == []


def strength(samples: Samples, hz: float, rate_hz: int) -> float:
    """The amplitude of a tone of `hz`, 0..1; all that is left of it where it is there only for a part of the time."""
    window = np.hanning(len(samples))
    turns = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / rate_hz)
    return float(2 * np.abs((samples * window) @ turns) / max(1.0, np.sum(window)))


def strongest(samples: Samples, hz: float, rate_hz: int) -> float:
    """In any window of it."""
    size = round(_WINDOW_S * rate_hz)
    begins = range(0, len(samples) - size, size // 2)
    return max((strength(samples[at : at + size], hz, rate_hz) for at in begins), default=0.0)


def now_at_speaker(speaker: Recording, hz: float) -> float:
    return strength(speaker.samples()[-round(_WINDOW_S * RATE_HZ) :], hz, RATE_HZ)


def now_at_endpoint(live: ThreadedServer, hz: float) -> float:
    return strength(at_endpoint(live)[-round(_WINDOW_S * MICROPHONE_HZ) :], hz, MICROPHONE_HZ)


def at_endpoint(live: ThreadedServer, since: int = 0) -> Samples:
    """All that came, after so many samples."""
    return from_pcm(live.recorder.audio)[since:]


def wait_seconds(live: ThreadedServer, seconds: float) -> int:
    """Until so much more has come; returns how many samples there were before."""
    before = len(at_endpoint(live))
    live.recorder.wait(lambda r: len(r.audio) // 2 > before + MICROPHONE_HZ * seconds, _START_S)
    return before


def talk(stage: Stage, browser: Chromium) -> tuple[Panel, Page]:
    """About a page that sounds."""
    page = browser.open(stage.web.url("/radio"))
    browser.click_toolbar(page)
    panel = Panel(browser)
    panel.press("Start")
    panel.wait_hearing(_START_S)
    return panel, page


@contextlib.contextmanager
def answering(live: ThreadedServer, speaker: Recording) -> Iterator[None]:
    """Gemini speaks, until this ends."""
    found = live.connections[-1].scenario
    assert found is not None
    live.call(lambda: found.play(sound.tone(ANSWER_HZ, ANSWER_S)), timeout=_START_S)
    wait_until(lambda: now_at_speaker(speaker, ANSWER_HZ) > _THERE, "the answer at the speaker", _START_S)
    yield
    live.call(found.interrupt)


def test_the_tab_is_softer_beside_a_voice_and_heard_by_gemini_where_that_is_wanted(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    tick(open_settings(browser), "quieter")
    with stage.sound.record() as speaker:
        talk(stage, browser)
        wait_until(lambda: now_at_speaker(speaker, RADIO_HZ) > _THERE, "the page at the speaker", _START_S)
        before = wait_seconds(live, 1)
        loud = strongest(speaker.samples(), RADIO_HZ, RATE_HZ)
        with answering(live, speaker):
            wait_until(lambda: _NOTHING < now_at_speaker(speaker, RADIO_HZ) < loud / 2, "the page, softer", _START_S)
        wait_until(lambda: now_at_speaker(speaker, RADIO_HZ) > 0.8 * loud, "the page, as loud as before", _START_S)
        assert strongest(at_endpoint(live, before), RADIO_HZ, MICROPHONE_HZ) < _NOTHING, "softened is not heard"

        tick(open_settings(browser), "tabSound")
        wait_until(lambda: now_at_endpoint(live, RADIO_HZ) > _THERE, "the page at the endpoint", _START_S)
        with answering(live, speaker):
            wait_until(lambda: now_at_endpoint(live, RADIO_HZ) < _NOTHING, "nothing of it beside an answer", _START_S)
        wait_until(lambda: now_at_endpoint(live, RADIO_HZ) > _THERE, "the page at the endpoint again", _START_S)


def test_gemini_hears_the_tab_from_the_panel_on_and_nothing_of_a_private_page_ever(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    with stage.sound.record() as speaker:
        panel, page = talk(stage, browser)
        wait_until(lambda: now_at_speaker(speaker, RADIO_HZ) > _THERE, "the page at the speaker", _START_S)
        panel.tick("Hear this tab")
        panel.wait(f"document.querySelector('main').innerText.includes({json.dumps(HEARS)})", _START_S)
        wait_until(lambda: now_at_endpoint(live, RADIO_HZ) > _THERE, "the page at the endpoint", _START_S)
        private = json.dumps(stage.web.private("/private-radio"))
        page.evaluate(f"void setTimeout(() => {{ location.href = {private} }}, 0)")
        wait_until(
            lambda: now_at_speaker(speaker, PRIVATE_RADIO_HZ) > _THERE, "the private page at the speaker", _START_S
        )
        wait_seconds(live, 3)
        page.evaluate("void setTimeout(() => history.back(), 0)")
        wait_until(lambda: now_at_endpoint(live, RADIO_HZ) > _THERE, "the first page at the endpoint again", _START_S)
        assert strongest(at_endpoint(live), PRIVATE_RADIO_HZ, MICROPHONE_HZ) < _NOTHING
