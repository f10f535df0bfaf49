"""“What was just said?”: the last of a tab's sound is at the Live endpoint once it is asked for, and not before."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.settings_page import open_settings, tick
from stage.speech import MICROPHONE_HZ, from_pcm, tone_level
from stage.web import RADIO_HZ, SOUNDS_BY_ITSELF
from tabtalk.practice import wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

ASKS = "What was just said?"
LATER_HZ = 1320
_WINDOW = MICROPHONE_HZ // 5
_AUDIBLE = 0.01
_CLEAR = 0.8
"""Of the energy of a window."""
_EFFECT_S = 10
_START_S = 30


@pytest.fixture
def browser(stage: Stage, profile: Profile, live: ThreadedServer) -> Iterator[Chromium]:
    """As everywhere, with pages that sound by themselves."""
    profile.use_endpoint(live.base_url, live.ca_pem)
    running = stage.chromium(profile, [SOUNDS_BY_ITSELF])
    yield running
    errors = running.errors()
    running.end()
    assert errors == []


def asked(live: ThreadedServer) -> list[tuple[str, bytes]]:
    """Each question about a sound, with all of its sound."""
    found, sound = [], b""
    for record in live.recorder.records:
        for _at, event in list(record.arrivals):
            if isinstance(event, wire.ClientContent):
                sound += event.sound
                if event.turn_complete:
                    found.append((event.text, sound))
                    sound = b""
    return found


def windows_with(pcm: bytes, hz: float) -> list[int]:
    """Which fifths of a second are that tone."""
    samples = from_pcm(pcm)
    windows = [samples[start : start + _WINDOW] for start in range(0, len(samples) - _WINDOW, _WINDOW)]
    return [
        number
        for number, window in enumerate(windows)
        if np.abs(window).max() > _AUDIBLE and tone_level(window, hz, MICROPHONE_HZ) > _CLEAR
    ]


def ask_until_told(panel: Panel, live: ThreadedServer, hz: float) -> bytes:
    """Presses the button until what Gemini is given has this tone in it: the page may sound a while after it is told to, and what it
    sounds like is held until it was found clear."""

    def told() -> bytes | None:
        before = len(asked(live))
        panel.press(ASKS)
        with contextlib.suppress(TimeoutError):  # The closing panel may have swallowed the press.
            live.recorder.wait(lambda _: len(asked(live)) > before, _EFFECT_S)
        text, sound = asked(live)[-1] if asked(live) else (ASKS, b"")
        assert text == ASKS
        return sound if windows_with(sound, hz) else None

    return wait_until(told, f"{hz} Hz in what was just said", _START_S)


def test_what_a_tab_sounded_like_last_is_asked_about_in_its_order_and_goes_nowhere_before(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    live.server.scenario = Scenario
    tick(open_settings(browser), "justSaid")
    page = browser.open(stage.web.url("/radio"))
    browser.click_toolbar(page)
    panel = Panel(browser)
    panel.press("Start")
    panel.wait_hearing(_START_S)
    panel.wait("!document.getElementById('just-said').hidden", _START_S)
    heard = len(live.recorder.audio)
    live.recorder.wait(lambda r: len(r.audio) > heard + 2 * 2 * MICROPHONE_HZ, _START_S)
    assert live.recorder.sound == b"", "nobody asked"

    ask_until_told(panel, live, RADIO_HZ)
    panel.wait_said(ASKS)
    page.evaluate(f"void (o.frequency.value = {LATER_HZ})")
    sound = ask_until_told(panel, live, LATER_HZ)
    assert max(windows_with(sound, RADIO_HZ)) < min(windows_with(sound, LATER_HZ))
    assert windows_with(live.recorder.audio, RADIO_HZ) == [], "it is not the person's voice"
