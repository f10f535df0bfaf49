"""Hearing: where speech begins and ends in 16 kHz sound, by its energy. Pure; costs microseconds for a 20 ms chunk.

The noise floor is the quietest frame of the last seconds: even fast speech dips to it between syllables, while a steady
hum raises it and so is not taken for a voice.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

from tabtalk.practice import sound

FRAME_MS = 20
_FRAME_BYTES = 2 * sound.IN_RATE_HZ * FRAME_MS // 1000
_STRIDE = 4
"""Energy needs no more than every fourth sample."""

QUIETEST_VOICE = 110.0
"""Mean absolute sample; about -45 dBFS as a sine. Below this nothing counts as a voice."""
LOUDEST_THRESHOLD = 1200.0
"""However loud the room, this much counts as a voice."""
_OVER_FLOOR = 3.0
_FLOOR_FRAMES = 2000 // FRAME_MS
_START_VOICED = 5
_START_WITHIN = 8
_PREFIX_FRAMES = 400 // FRAME_MS
_SILENCE_MS = 700
_LONGEST_S = 30.0
KEPT_S = 10.0
"""Of one utterance, so much is kept to be played back."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    pass


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    seconds: float
    """Of speech, the pause that ended it left out."""
    pcm: bytes
    """The speech, from a little before its first sound, at most `KEPT_S` of it."""
    level: float
    """Mean absolute sample while there was a voice."""


Heard: TypeAlias = SpeechStarted | SpeechEnded


class Hearing:
    """Fed with chunks of any length, tells of speech as it starts and ends."""

    def __init__(self, silence_ms: int | None = None) -> None:
        wanted = _SILENCE_MS if silence_ms is None else silence_ms
        self._silence_frames = max(1, min(wanted, 5000) // FRAME_MS)
        self._rest = b""
        self._levels: deque[float] = deque(maxlen=_FLOOR_FRAMES)
        self._voiced: deque[bool] = deque(maxlen=_START_WITHIN)
        self._prefix: deque[bytes] = deque(maxlen=_PREFIX_FRAMES)
        self._utterance: _Utterance | None = None
        self.at_least = 0.0
        """A level that a voice must pass whatever the floor: raised while an answer plays, so that its echo does not
        count as speech."""

    @property
    def speaking(self) -> bool:
        return self._utterance is not None

    def feed(self, pcm: bytes) -> list[Heard]:
        heard: list[Heard] = []
        data = self._rest + pcm
        whole = len(data) - len(data) % _FRAME_BYTES
        self._rest = data[whole:]
        for at in range(0, whole, _FRAME_BYTES):
            heard.extend(self._frame(data[at : at + _FRAME_BYTES]))
        return heard

    def end(self) -> list[Heard]:
        """The sound stops here: speech that was going on has ended."""
        utterance, self._utterance = self._utterance, None
        self._rest = b""
        self._voiced.clear()
        self._prefix.clear()
        return [utterance.ended()] if utterance else []

    def _frame(self, frame: bytes) -> list[Heard]:
        level = _level(frame)
        self._levels.append(level)
        threshold = max(min(max(QUIETEST_VOICE, _OVER_FLOOR * min(self._levels)), LOUDEST_THRESHOLD), self.at_least)
        if self._utterance is None:
            self._prefix.append(frame)
            self._voiced.append(level > threshold)
            if sum(self._voiced) < _START_VOICED:
                return []
            self._utterance = _Utterance(b"".join(self._prefix), voiced=sum(self._voiced), level=level)
            self._voiced.clear()
            self._prefix.clear()
            return [SpeechStarted()]
        # Once someone speaks the bar is lower, so that the soft end of a word still belongs to it.
        self._utterance.add(frame, level, level > 0.6 * threshold)
        if self._utterance.silent < self._silence_frames and self._utterance.seconds < _LONGEST_S:
            return []
        return self.end()


class _Utterance:
    def __init__(self, pcm: bytes, *, voiced: int, level: float) -> None:
        self._pcm = bytearray(pcm)
        self._frames = voiced
        self._voiced = 1
        self._sum = level
        self.silent = 0

    @property
    def seconds(self) -> float:
        return (self._frames - self.silent) * FRAME_MS / 1000

    def add(self, frame: bytes, level: float, voiced: bool) -> None:
        self._frames += 1
        self.silent = 0 if voiced else self.silent + 1
        if voiced:
            self._voiced += 1
            self._sum += level
        if len(self._pcm) < 2 * sound.IN_RATE_HZ * KEPT_S:
            self._pcm += frame

    def ended(self) -> SpeechEnded:
        tail = max(0, self.silent - 100 // FRAME_MS) * _FRAME_BYTES
        full = len(self._pcm) >= 2 * sound.IN_RATE_HZ * KEPT_S
        pcm = bytes(self._pcm if full or not tail else self._pcm[:-tail])
        return SpeechEnded(self.seconds, pcm, self._sum / self._voiced)


def _level(frame: bytes) -> float:
    """Mean absolute sample around the mean, so that a microphone's DC offset does not count."""
    taken = sound.samples(frame)[::_STRIDE]
    mean = sum(taken) / len(taken)
    return sum(abs(value - mean) for value in taken) / len(taken)
