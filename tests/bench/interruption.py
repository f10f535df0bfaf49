"""How soon the answer gives way to a voice, and how soon the speaker is silent once the service says `interrupted`, measured at
the virtual devices; and beside it how soon a page is silent that does nothing but stop a tone, which is the browser's and the
sound server's own share."""

from __future__ import annotations

import math
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stage.panel import Panel
from stage.process import wait_until
from stage.profile import Profile
from stage.speech import RATE_HZ
from tabtalk.practice import sound, wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stage.chromium import Chromium
    from stage.theatre import Stage
    from tabtalk.practice.scenario import ScenarioFactory
    from tabtalk.practice.threaded import ThreadedServer

ANSWER_HZ = 440.0
ANSWER_S = 8.0
LEVEL = 0.3
SILENT_MS = 60.0
SOFT_MS = 150.0
SOFT = 0.5
"""Of the loudness before: from here on the answer counts as softer. In the end it is an eighth."""
VOICE = "Wait a moment."
_ROW = "{:<58} {:>8} {:>8} {:>9}   {}"
_STOP_A_TONE = """(async () => {
  const context = new AudioContext({ sampleRate: 24000, latencyHint: 'interactive' });
  const tone = new OscillatorNode(context, { frequency: 440 });
  tone.connect(context.destination);
  tone.start();
  await new Promise((resolve) => setTimeout(resolve, 700));
  const at = Date.now();
  tone.disconnect();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await context.close();
  return at / 1000;
})()"""


class Cut(NamedTuple):
    silent_s: float
    """From the moment when `interrupted` is sent."""
    jump: float
    """The highest from one sample to the next, all the answer through, in those of the tone itself."""


def report(stage: Stage, live: ThreadedServer, rounds: int) -> Iterator[str]:
    with talking(stage, live) as chromium:
        floor, cuts, softened = [], [], []
        _voice(stage, live)  # While the browser's echo canceller is new to the answer it lets no voice through.
        for _ in range(rounds):
            floor.append(_stopped_tone(stage, chromium))
            softened.append(_voice(stage, live))
            cuts.append(_interruption(stage, live))
    yield _ROW.format("milliseconds, at the virtual speaker", "median", "95 %", "allowed", "")
    yield row("a tone that a page stops, to silence", floor)
    yield row("a voice begins at the microphone, to half the loudness", softened, SOFT_MS)
    yield row("`interrupted` leaves the endpoint, to silence", [cut.silent_s for cut in cuts], SILENT_MS)
    jump = median(cut.jump for cut in cuts)
    yield f"highest jump from one sample to the next, in the median: {jump:.1f} times what the tone itself has"


@contextmanager
def talking(stage: Stage, live: ThreadedServer, factory: ScenarioFactory = Scenario) -> Iterator[Chromium]:
    """A conversation that can hear."""
    live.server.scenario = factory
    with tempfile.TemporaryDirectory() as folder:
        profile = Profile(Path(folder) / "profile")
        profile.use_endpoint(live.base_url, live.ca_pem)
        chromium = stage.chromium(profile)
        try:
            chromium.click_toolbar(chromium.open(stage.web.url("/article")))
            panel = Panel(chromium)
            panel.press("Start")
            panel.wait_hearing(30)
            chromium.close_panel()
            yield chromium
        finally:
            chromium.end()


def scenario(live: ThreadedServer) -> Scenario:
    found = live.connections[-1].scenario
    assert found is not None
    return found


def begin_answer(live: ThreadedServer, seconds: float = ANSWER_S) -> float:
    """`time.monotonic()` just before its sound was sent."""
    tone = sound.tone(ANSWER_HZ, seconds, level=LEVEL)

    async def begin() -> float:
        await scenario(live).send(wire.output_transcription("A long answer."))
        at = time.monotonic()
        await scenario(live).play(tone)
        return at

    began: float = live.call(begin)
    return began


def interrupt(live: ThreadedServer) -> float:
    """`time.monotonic()` just before it was sent."""

    async def send() -> float:
        at = time.monotonic()
        await scenario(live).send(wire.interrupted())
        await scenario(live).send(wire.turn_complete())
        return at

    return live.call(send)


def _stopped_tone(stage: Stage, chromium: Chromium) -> float:
    """Seconds from the stop of a tone to silence."""
    with stage.sound.record() as speaker:
        stopped = float(str(chromium.offscreen().evaluate(_STOP_A_TONE))) - time.time() + time.monotonic()
        return speaker.wait_silence(lasting=0.2) - stopped


def _voice(stage: Stage, live: ThreadedServer) -> float:
    """Seconds from the beginning of a voice to the moment when the answer is softer."""
    with stage.sound.record() as speaker, stage.sound.overhear() as microphone:
        begin_answer(live)
        began = speaker.wait_sound(hz=ANSWER_HZ)
        wait_until(lambda: speaker.now() > began + 1, "a second of the answer")
        before = median(level for _, level in speaker.levels(began + 0.3))
        with stage.sound.saying(stage.speech.wav(VOICE)):
            spoke = microphone.wait_sound()
            softer = wait_until(
                lambda: next((at for at, level in speaker.levels(spoke) if level < SOFT * before), None),
                "a softer answer",
            )
        interrupt(live)
        speaker.wait_silence(lasting=0.5)
    return softer - spoke


def _interruption(stage: Stage, live: ThreadedServer) -> Cut:
    with stage.sound.record() as speaker:
        begin_answer(live)
        began = speaker.wait_sound(hz=ANSWER_HZ)
        wait_until(lambda: speaker.now() > began + 1, "a second of the answer")
        interrupted = interrupt(live)
        silent = speaker.wait_silence(lasting=0.5)
        steepest = LEVEL * 2 * math.pi * ANSWER_HZ / RATE_HZ
        return Cut(silent - interrupted, float(np.abs(np.diff(speaker.samples())).max()) / steepest)


def row(name: str, seconds: Sequence[float], limit_ms: float | None = None) -> str:
    middle, high = 1000 * median(seconds), 1000 * float(np.percentile(seconds, 95))
    if limit_ms is None:
        return _ROW.format(name, f"{middle:.0f}", f"{high:.0f}", "", "")
    verdict = "reached" if high <= limit_ms else "MISSED" if middle > limit_ms else "reached in the median only"
    return _ROW.format(name, f"{middle:.0f}", f"{high:.0f}", f"{limit_ms:.0f}", verdict)
