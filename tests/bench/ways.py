"""How long a voice is on its way from the mouth to the endpoint, and an answer from the endpoint to the ear, measured at the virtual
devices; and beside each how long the browser and the sound server take alone, for a page that does nothing else."""

from __future__ import annotations

import time
from itertools import accumulate
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from interruption import ANSWER_HZ, begin_answer, interrupt, talking

from stage.speech import MICROPHONE_HZ, RATE_HZ, from_pcm, match, resample, trim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stage.chromium import Chromium
    from stage.sound import Recording
    from stage.speech import Samples
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

SPOKEN = "What does this page say about the terns, and where do they fly to?"
ALIKE = 0.5
"""Below this what was heard is not what was said, and its times say nothing."""
HALF = MICROPHONE_HZ // 2
_ROW = "{:<66} {:>8} {:>8}"
_LISTEN = """globalThis.benchHeard = (async () => {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  const [track] = (await navigator.mediaDevices.getUserMedia({ audio })).getAudioTracks();
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const pieces = [];
  globalThis.benchListens = true;
  while (globalThis.benchListens) {
    const { value } = await reader.read();
    const samples = new Float32Array(value.numberOfFrames);
    value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    pieces.push({ at: Date.now() / 1000, rate: value.sampleRate, samples: Array.from(samples, (one) => Math.round(one * 32767)) });
    value.close();
  }
  track.stop();
  return pieces;
})(); null"""
_LISTENS = "globalThis.benchListens === true"
_HEARD = "globalThis.benchListens = false, globalThis.benchHeard"
_START_A_TONE = """(async () => {
  const context = new AudioContext({ sampleRate: 24000, latencyHint: 'interactive' });
  const tone = new OscillatorNode(context, { frequency: HZ });
  tone.start();
  await new Promise((resolve) => setTimeout(resolve, 700));
  const at = Date.now();
  tone.connect(context.destination);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await context.close();
  return at / 1000;
})()""".replace("HZ", str(ANSWER_HZ))


class Pieces(NamedTuple):
    """Of one sound, as it came: when, by `time.monotonic()`, and how much of it at 16 kHz."""

    at: list[float]
    samples: list[Samples]


def report(stage: Stage, live: ThreadedServer, rounds: int) -> Iterator[str]:
    found: dict[str, list[float]] = {
        name: [] for name in ("page hears", "endpoint hears", "page sounds", "answer sounds")
    }
    with talking(stage, live) as chromium:
        begin_answer(live, 2)  # The speaker and the browser's echo canceller are new to it the first time.
        for _ in range(rounds):
            for name, delays in zip(("page hears", "endpoint hears"), _mouth(stage, live, chromium), strict=True):
                found[name] += delays
            found["page sounds"].append(_started_tone(stage, chromium))
            found["answer sounds"].append(_answer(stage, live))
    yield _ROW.format("milliseconds, at the virtual devices", "median", "95 %")
    yield _row("mouth to a page that does nothing but listen (pieces of 10 ms)", found["page hears"])
    yield _row("mouth to endpoint (chunks of 20 ms, from the first sample of each)", found["endpoint hears"])
    yield _row("a page that does nothing but start a tone, to ear", found["page sounds"])
    yield _row("endpoint to ear", found["answer sounds"])


def _mouth(stage: Stage, live: ThreadedServer, chromium: Chromium) -> tuple[list[float], list[float]]:
    """Seconds for each piece that a page heard, and for each chunk that the endpoint did, of the same words."""
    page = chromium.offscreen()
    page.evaluate(_LISTEN)
    page.wait(_LISTENS)
    before = len(live.recorder.records[-1].chunks)
    with stage.sound.overhear() as microphone:
        stage.sound.say(stage.speech.wav(SPOKEN))
        said_until = microphone.now()
        live.recorder.wait(lambda recorder: recorder.records[-1].chunks[-1].at > said_until + 1)
        heard: list[dict[str, Any]] = page.evaluate(_HEARD)
        ahead = time.monotonic() - time.time()
        there = live.recorder.records[-1].chunks[before:]
        in_page = Pieces(
            [piece["at"] + ahead for piece in heard],
            [resample(np.array(piece["samples"]) / 32768, piece["rate"], MICROPHONE_HZ) for piece in heard],
        )
        at_endpoint = Pieces([chunk.at for chunk in there], [from_pcm(chunk.pcm) for chunk in there])
        return _delays(in_page, microphone), _delays(at_endpoint, microphone)


def _delays(pieces: Pieces, microphone: Recording) -> list[float]:
    """Of each piece of the words, from its first sample at the microphone to when it had come."""
    room = resample(microphone.samples(), RATE_HZ, MICROPHONE_HZ)
    words = trim(room, MICROPHONE_HZ)
    spoke = microphone.started + match(room, words).offset_s
    heard = np.concatenate(pieces.samples)
    firsts = np.array([0, *accumulate(len(samples) for samples in pieces.samples)][:-1])
    delays: list[float] = []
    # Half a second at a time: the browser's processing moves what follows by some milliseconds, and a busy machine stutters.
    for begin in range(0, len(words) - HALF, HALF):
        found = match(heard, words[begin : begin + HALF])
        place = round(found.offset_s * MICROPHONE_HZ)
        if found.score > ALIKE:
            within = np.flatnonzero((firsts >= place) & (firsts < place + HALF))
            delays += [pieces.at[at] - spoke - (begin + firsts[at] - place) / MICROPHONE_HZ for at in within]
    if not delays:
        raise RuntimeError("what was heard is not what was said")
    return delays


def _started_tone(stage: Stage, chromium: Chromium) -> float:
    with stage.sound.record() as speaker:
        started = float(str(chromium.offscreen().evaluate(_START_A_TONE))) - time.time() + time.monotonic()
        return speaker.wait_sound(hz=ANSWER_HZ) - started


def _answer(stage: Stage, live: ThreadedServer) -> float:
    with stage.sound.record() as speaker:
        began: float = begin_answer(live, 1)
        sounded = speaker.wait_sound(hz=ANSWER_HZ)
        interrupt(live)
        speaker.wait_silence(lasting=0.3)
    return sounded - began


def _row(name: str, seconds: Sequence[float]) -> str:
    return _ROW.format(name, f"{1000 * median(seconds):.0f}", f"{1000 * float(np.percentile(seconds, 95)):.0f}")
