"""Sounds as samples: the chime, 16 kHz made 24 kHz, something that sounds like speech. Pure; s16le mono throughout."""

from __future__ import annotations

import math
import sys
from array import array
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_RATE_HZ = 16_000
OUT_RATE_HZ = 24_000
_FULL = 32_767


def samples(pcm: bytes) -> array[int]:
    """The samples in `pcm`; half a sample at its end is left out."""
    found = array("h")
    found.frombytes(pcm[: len(pcm) & ~1])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def to_pcm(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values = array("h", values)
        values.byteswap()
    return values.tobytes()


def seconds(pcm: bytes | bytearray, rate_hz: int) -> float:
    return len(pcm) / 2 / rate_hz


def upsampled(pcm: bytes, chunk_ms: int = 100) -> Iterator[bytes]:
    """16 kHz as 24 kHz by linear interpolation, a chunk at a time so that a long piece never holds up its thread."""
    source = samples(pcm)
    step = IN_RATE_HZ * chunk_ms // 1000 & ~1
    source.extend(source[-1:] * (2 if len(source) % 2 else 1))
    for start in range(0, len(source) - 1, step):
        stop = min(start + step, len(source) - 1)
        even, odd, after = source[start:stop:2], source[start + 1 : stop + 1 : 2], source[start + 2 : stop + 2 : 2]
        after.extend(odd[len(after) :])
        made = array("h", bytes(6 * len(even)))
        made[0::3] = even
        made[1::3] = array("h", [(a + 2 * b) // 3 for a, b in zip(even, odd, strict=True)])
        made[2::3] = array("h", [(2 * b + c) // 3 for b, c in zip(odd, after, strict=True)])
        yield to_pcm(made)


def tone(frequency_hz: float, duration_s: float, *, level: float = 0.3, fade_s: float = 0.02) -> bytes:
    """A sine at 24 kHz, faded in and out so that it does not click."""
    count, fade = int(duration_s * OUT_RATE_HZ), max(1, int(fade_s * OUT_RATE_HZ))
    step = 2 * math.pi * frequency_hz / OUT_RATE_HZ
    peak = level * _FULL
    return to_pcm(
        array("h", [int(peak * min(1.0, n / fade, (count - n) / fade) * math.sin(step * n)) for n in range(count)])
    )


@lru_cache(maxsize=1)
def chime() -> bytes:
    """What every practice answer begins with, at 24 kHz."""
    return tone(660, 0.16) + tone(880, 0.24)


def speech_like(duration_s: float, rate_hz: int = OUT_RATE_HZ) -> bytes:
    """A voice-like buzz: a pitch that wanders, syllables four times a second. The same for the same arguments, and no
    stretch of it repeats, so a recording can be aligned with it."""
    made = array("h", bytes(2 * int(duration_s * rate_hz)))
    phase = 0.0
    for n in range(len(made)):
        at = n / rate_hz
        phase += 2 * math.pi * (130 + 40 * math.sin(1.7 * at) + 25 * math.sin(0.61 * at + 1)) / rate_hz
        buzz = math.sin(phase) + 0.6 * math.sin(2 * phase) + 0.4 * math.sin(5 * phase)
        syllable = 0.5 - 0.5 * math.cos(2 * math.pi * (4 * at + 0.3 * math.sin(0.9 * at)))
        made[n] = int(0.25 * _FULL * buzz / 2 * syllable)
    return to_pcm(made)


def chunks(pcm: bytes, chunk_ms: int = 100, rate_hz: int = OUT_RATE_HZ) -> Iterator[bytes]:
    step = 2 * (rate_hz * chunk_ms // 1000)
    return (pcm[at : at + step] for at in range(0, len(pcm), step))
