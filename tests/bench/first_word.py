"""Whether the first word arrives that is spoken right after the key press: with no host running, how much of it is missing at the
endpoint, and how well each tenth of a second of it is heard.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from stage.process import wait_until
from stage.profile import Profile
from stage.speech import MICROPHONE_HZ, from_pcm, match, read_wav, resample, trim
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.speech import Samples
    from stage.theatre import Stage
    from tabtalk.practice.recorder import Record
    from tabtalk.practice.threaded import ThreadedServer

SPOKEN = "What does this page say about the terns, and where do they fly to every year?"
AFTER_S = 0.1
"""From the press to the start of what speaks. When that is really to be heard is taken from the microphone."""
TENTHS = 6
"""As many tenths of a second are looked at."""
WHOLE = 0.7
"""From this correlation on a tenth counts as heard. The browser's noise suppression takes some of it."""
_TENTH = MICROPHONE_HZ // 10
_SLACK = MICROPHONE_HZ // 80
_LATER = 2 * MICROPHONE_HZ
_CLOSE = "chrome.offscreen.closeDocument().catch(() => {}).then(() => null)"
_END = "chrome.runtime.sendMessage({target: 'offscreen', type: 'end', data: {}}).then(() => null)"


class First(NamedTuple):
    spoke_s: float
    """From the press to the first sound of the voice."""
    lost_s: float
    """Of its beginning, as far as it lies before the first sample at the endpoint."""
    scores: list[float]
    """Of each tenth of a second from the first syllable on, 0..1."""


def report(stage: Stage, live: ThreadedServer, rounds: int) -> Iterator[str]:
    live.server.scenario = Scenario
    with tempfile.TemporaryDirectory() as folder:
        profile = Profile(Path(folder) / "profile")
        profile.use_endpoint(live.base_url, live.ca_pem)
        chromium = stage.chromium(profile)
        try:
            yield from _measure(stage, live, profile, chromium, rounds)
        finally:
            chromium.end()


def _measure(stage: Stage, live: ThreadedServer, profile: Profile, chromium: Chromium, rounds: int) -> Iterator[str]:
    chromium.tab(chromium.open(stage.web.url("/article")))
    _start(stage, live, profile, chromium, warm=False)  # Fills the disk's cache, as on any day but the first.
    yield "| the offscreen document | the voice begins, ms after the press | missing ms, median (most) | tenths heard |"
    yield "|---|---|---|---|"
    found: dict[bool, list[First]] = {True: [], False: []}
    for _ in range(rounds):
        for warm, firsts in found.items():
            firsts.append(_start(stage, live, profile, chromium, warm=warm))
    for warm, firsts in found.items():
        begins = f"{1000 * median(each.spoke_s for each in firsts):.0f}"
        lost = [1000 * each.lost_s for each in firsts]
        heard = " ".join(
            f"{sum(score > WHOLE for score in tenth)}/{rounds}"
            for tenth in zip(*(each.scores for each in firsts), strict=True)
        )
        name = "there, as since the browser began" if warm else "not there, as if it had crashed"
        yield f"| {name} | {begins} | {median(lost):.0f} ({max(lost):.0f}) | {heard} |"


def _start(stage: Stage, live: ThreadedServer, profile: Profile, chromium: Chromium, *, warm: bool) -> First:
    for pid in profile.hosts():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not profile.hosts(), "the host is gone")
    worker = chromium.service_worker()
    if not warm:
        worker.evaluate(_CLOSE)
    stage.keys.focus_browser()
    wav, conversations = stage.speech.wav(SPOKEN), len(live.recorder.records)
    with stage.sound.overhear() as microphone, stage.keys.at_once() as press:
        pressed = time.monotonic()
        press("alt+g")
        time.sleep(max(0.0, pressed + AFTER_S - time.monotonic()))
        stage.sound.say(wav)
        spoke = microphone.wait_sound(since=pressed)
    hardly_all = 4 * MICROPHONE_HZ
    live.recorder.wait(lambda r: len(r.records) > conversations and len(_heard(r.records[-1])) > hardly_all, 30)
    worker.evaluate(_END)
    live.recorder.wait(lambda r: r.records[-1].closed_at is not None)
    chromium.close_panel()
    return _first(from_pcm(_heard(live.recorder.records[-1])), wav, spoke - pressed)


def _heard(record: Record) -> bytes:
    return b"".join(chunk.pcm for chunk in record.chunks)


def _first(heard: Samples, wav: Path, spoke_s: float) -> First:
    samples, rate_hz = read_wav(wav)
    said = trim(resample(samples, rate_hz, MICROPHONE_HZ), MICROPHONE_HZ)
    # What is said later has arrived for certain; the beginning lies before it.
    later = said[_LATER : _LATER + MICROPHONE_HZ]
    begin = round(match(heard, later).offset_s * MICROPHONE_HZ) - _LATER
    scores = []
    for at in range(0, TENTHS * _TENTH, _TENTH):
        near = heard[max(0, begin + at - _SLACK) : max(0, begin + at + _TENTH + _SLACK)]
        scores.append(match(near, said[at : at + _TENTH]).score)
    return First(spoke_s, max(0.0, -begin / MICROPHONE_HZ), scores)
