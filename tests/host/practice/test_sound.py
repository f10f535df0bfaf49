from __future__ import annotations

import math
from array import array
from itertools import pairwise

import numpy as np
import pytest

from tabtalk.practice import sound


def sine(frequency_hz: float, duration_s: float, rate_hz: int, level: float = 0.5) -> bytes:
    times = np.arange(int(duration_s * rate_hz)) / rate_hz
    return (level * 32767 * np.sin(2 * math.pi * frequency_hz * times)).astype("<i2").tobytes()


def values(pcm: bytes) -> np.typing.NDArray[np.float64]:
    return np.frombuffer(pcm, "<i2").astype(float)


@pytest.mark.parametrize("chunk_ms", [7, 20, 100])
def test_upsampled_sound_is_the_same_sound(chunk_ms: int) -> None:
    made = values(b"".join(sound.upsampled(sine(440, 1, 16_000), chunk_ms)))
    wanted = values(sine(440, 1, 24_000))
    assert len(made) == len(wanted)
    # The very end has nothing to be interpolated with.
    error = made[:-3] - wanted[:-3]
    assert np.sqrt(np.mean(error**2)) < 0.01 * np.sqrt(np.mean(wanted**2))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 1599, 1600, 1601, 3203])
def test_upsampled_length_and_range(count: int) -> None:
    pcm = array("h", [32767, -32768] * count)[:count].tobytes()
    made = b"".join(sound.upsampled(pcm))
    assert len(made) // 2 == 3 * ((count + 1) // 2)


def test_chunks_meet_without_a_step() -> None:
    made = values(b"".join(sound.upsampled(sine(100, 1, 16_000), 20)))
    steepest = 0.5 * 32767 * 2 * math.pi * 100 / 24_000
    assert max(abs(b - a) for a, b in pairwise(made[:-3])) < 1.1 * steepest


def test_half_a_sample_is_left_out() -> None:
    assert list(sound.samples(b"\x01\x00\x02")) == [1]


def test_chime_is_heard_and_does_not_click() -> None:
    chime = values(sound.chime())
    assert 0.3 < len(chime) / 24_000 < 0.6
    assert 0.2 * 32767 < max(abs(chime)) < 0.5 * 32767
    power = abs(np.fft.rfft(chime)) ** 2
    frequencies = np.fft.rfftfreq(len(chime), 1 / 24_000)
    for tone_hz in (660, 880):
        assert power[abs(frequencies - tone_hz) < 40].sum() > 0.25 * power.sum()
    assert power[(frequencies > 600) & (frequencies < 940)].sum() > 0.98 * power.sum()
    assert abs(chime[0]) < 100
    assert abs(chime[-1]) < 100


def test_speech_like_repeats_nothing_and_stays_in_range() -> None:
    made = values(sound.speech_like(3))
    assert 0.1 * 32767 < max(abs(made)) < 0.9 * 32767
    first, rest = made[:24_000], made[24_000:]
    matches = np.correlate(rest, first, "valid")
    loudness = np.sqrt(np.convolve(rest**2, np.ones(len(first)), "valid") * np.sum(first**2))
    assert max(matches / loudness) < 0.7


def test_chunks_are_the_whole() -> None:
    pcm = sound.tone(440, 0.33)
    pieces = list(sound.chunks(pcm, 100))
    assert b"".join(pieces) == pcm
    assert [len(piece) for piece in pieces] == [4800, 4800, 4800, len(pcm) - 3 * 4800]
