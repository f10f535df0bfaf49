"""Without headphones: the speaker is fed back into the microphone at -20 dB, and what is heard of it at the endpoint is
listened to with the practice server's ears, which stop an answer where they hear a voice. Beside it the same microphone as it is, as
a page hears it that asks for no echo cancellation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from interruption import scenario, talking

from stage.process import wait_until
from stage.speech import MICROPHONE_HZ, RATE_HZ, from_pcm, resample
from stage.teller import Teller, story
from tabtalk.practice.answerer import LEAST
from tabtalk.practice.hearing import Hearing, SpeechStarted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stage.sound import Recording
    from stage.speech import Samples
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

ECHO_DB = -20.0
STORIES = (
    "The arctic tern flies from pole to pole and back again every year, and sees more daylight than any other animal.",
    "It weighs no more than a hundred grams, and still it crosses oceans without a rest, because it sleeps on the wing.",
    "The young birds learn the way by themselves; nobody has found out yet how they know where the south is.",
    "In spring they come back to the very same beach, and often to the mate that they had in the year before.",
    "Whoever comes near to a nest is attacked from above, and many a visitor goes home with a scratch on the head.",
)
VOICE = "Wait a moment, please, I have a question about that."
VOICES = 3
_PIECE = MICROPHONE_HZ // 50


class Told(NamedTuple):
    """One answer."""

    whole: bool
    """It was told to its end."""
    heard: Samples
    """At the endpoint, 16 kHz."""
    room: Samples
    """At the microphone, 16 kHz."""


def report(stage: Stage, live: ThreadedServer, answers: int) -> Iterator[str]:
    # Recorded from the beginning: whoever begins to listen to a device may make its sound come sooner or later.
    with (
        stage.sound.aloud(ECHO_DB) as speaker,
        stage.sound.overhear() as room,
        talking(stage, live, Teller),
    ):
        live.recorder.wait(lambda r: r.records and r.records[-1].sent_with("setupComplete"), 30)
        wavs = [stage.speech.wav(each) for each in STORIES]
        first, *told = [_tell(live, room, wavs[number % len(wavs)]) for number in range(answers + 1)]
        late = [_speak_into(stage, live, speaker, wavs[0]) for _ in range(VOICES)]
    yield f"| {answers} answers, and how many a voice was heard in | through Tabtalk | the microphone as it is |"
    yield "|---|---|---|"
    yield f"| stopped by the practice server, which over an answer hears from {_dbfs(LEAST)} dBFS on | {_stopped(told)} | |"
    for least in (LEAST, 0.0):
        name = "the same, in the recordings" if least else f"its ears when nobody answers, from {_dbfs(110)} dBFS on"
        yield f"| {name} | {_voices([t.heard for t in told], least)} | {_voices([t.room for t in told], least)} |"
    yield f"| loudest 20 ms, dBFS, median (most) | {_loudest([t.heard for t in told])} | {_loudest([t.room for t in told])} |"
    yield ""
    strict = _voices([first.heard], 0.0)
    yield f"The answer before those, new to the echo canceller: stopped {_stopped([first])}, strictly heard {strict}, loudest {_loudest([first.heard])}."
    found = [f"{1000 * each:.0f}" for each in late if each is not None]
    yield f"A voice over an answer: {len(found)} of {VOICES} stopped it; ms from its beginning: {', '.join(found)}."


def _tell(live: ThreadedServer, room: Recording, wav: Path) -> Told:
    teller = _teller(live)
    record = live.recorder.records[-1]
    before, stopped, mark = (
        len(record.sent_with("turnComplete")),
        len(record.sent_with("interrupted")),
        len(record.chunks),
    )
    began = room.now()
    live.call(lambda: teller.tell("A story.", story(wav)))
    live.recorder.wait(lambda _: len(record.sent_with("turnComplete")) > before, 60)
    heard = from_pcm(b"".join(chunk.pcm for chunk in record.chunks[mark:]))
    whole = len(record.sent_with("interrupted")) == stopped
    return Told(whole, heard, resample(room.samples(began), RATE_HZ, MICROPHONE_HZ))


def _speak_into(stage: Stage, live: ThreadedServer, speaker: Recording, wav: Path) -> float | None:
    """Seconds from the beginning of a voice to the interruption; None where there was none, or one before it."""
    teller = _teller(live)
    record = live.recorder.records[-1]
    before, stopped = len(record.sent_with("turnComplete")), len(record.sent_with("interrupted"))
    voice = stage.speech.wav(VOICE)
    told = speaker.now()
    live.call(lambda: teller.tell("A story.", story(wav)))
    began = speaker.wait_sound(told)
    wait_until(lambda: speaker.now() > began + 1, "a second of the answer")
    spoke = stage.sound.say(voice)
    live.recorder.wait(lambda _: len(record.sent_with("turnComplete")) > before, 60)
    cuts = (cut.at - spoke for cut in record.sent_with("interrupted")[stopped:])
    return next((cut for cut in cuts if cut > 0), None)


def _teller(live: ThreadedServer) -> Teller:
    """Once it hears nobody: a voice that goes on begins no second time."""
    teller = scenario(live)
    assert isinstance(teller, Teller)
    wait_until(lambda: not teller.hears, "silence at the endpoint")
    return teller


def _stopped(told: list[Told]) -> int:
    return sum(not each.whole for each in told)


def _voices(sounds: list[Samples], at_least: float) -> int:
    """In how many of them ears with that bar hear a voice begin."""
    found = 0
    for samples in sounds:
        ears = Hearing()
        ears.at_least = at_least
        heard = ears.feed((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        found += any(isinstance(event, SpeechStarted) for event in heard)
    return found


def _loudest(sounds: list[Samples]) -> str:
    levels = [_dbfs(32768 * max(_loudness(samples))) for samples in sounds]
    return f"{np.median(levels):.0f} ({max(levels)})"


def _loudness(samples: Samples) -> Samples:
    """Mean absolute sample of each 20 ms."""
    mean: Samples = np.abs(samples[: len(samples) // _PIECE * _PIECE]).reshape(-1, _PIECE).mean(axis=1)
    return mean


def _dbfs(level: float) -> int:
    """Of a sine that has this mean absolute sample, as the practice server's ears count."""
    return round(20 * math.log10(max(level, 1.0) * math.pi / 2 / 32768))
