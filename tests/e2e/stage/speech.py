"""Speech for the microphone, and what a received signal has in common with a source."""

from __future__ import annotations

import subprocess
import wave
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pathlib import Path

Samples = npt.NDArray[np.float64]
"""-1..1, mono."""

RATE_HZ = 48_000
MICROPHONE_HZ = 16_000
_BAND_HZ = (250, 3800)
"""Where a browser's echo and noise processing leaves a voice's waveform alone; below it shifts the phase."""
_LOUD = 0.01
_WINDOW_S = 0.005
_GAP_S = 0.05
_TONE_WINDOW_S = 0.05
_SLACK = round(0.4 * MICROPHONE_HZ)
"""How far half a second may be from its place, and a tenth of a second from its place in that, in samples."""
_SHIFT = round(0.01 * MICROPHONE_HZ)
_TENTHS = 5


class Speech:
    """Speech from espeak-ng, each text made once."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._folder, self._env = folder, env
        self._made: dict[tuple[str, str], Path] = {}

    def wav(self, text: str, voice: str = "en-us") -> Path:
        if (text, voice) not in self._made:
            path = self._folder / f"speech-{len(self._made)}.wav"
            subprocess.run(
                ["espeak-ng", "-v", voice, "-s", "150", "-a", "50", "-w", str(path), text], env=self._env, check=True
            )
            self._made[text, voice] = path
        return self._made[text, voice]


def read_wav(path: Path) -> tuple[Samples, int]:
    """Samples and rate in Hz."""
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2
        assert file.getnchannels() == 1
        return from_pcm(file.readframes(file.getnframes())), file.getframerate()


def write_tone(path: Path, hz: float, seconds: float) -> Path:
    """A sine at half of full scale."""
    samples = 0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def from_pcm(data: bytes) -> Samples:
    """From s16le."""
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float64) / 32768


def resample(samples: Samples, rate_hz: int, to_hz: int) -> Samples:
    """Band-limited, by the spectrum; for short signals in memory."""
    length = round(len(samples) * to_hz / rate_hz)
    return np.fft.irfft(np.fft.rfft(samples), length) * (length / max(1, len(samples)))


class Match(NamedTuple):
    score: float
    """Best normalised cross-correlation, 0..1."""
    offset_s: float
    """Where in the received signal the source begins."""


def match(received: Samples, source: Samples, rate_hz: int = MICROPHONE_HZ) -> Match:
    """The best place of `source` in `received`, both at `rate_hz`; gain does not matter, what lies around neither."""
    if len(received) < len(source) or not len(source):
        return Match(0.0, 0.0)
    heard, said = _voice_band(received, rate_hz), _voice_band(source, rate_hz)
    size = 1 << (len(heard) + len(said) - 1).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    correlation = correlation[: len(heard) - len(said) + 1]
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = np.sqrt(np.maximum(sums[len(said) :] - sums[: -len(said)], 0) * np.sum(said**2))
    # A silent stretch would divide noise by nothing.
    scores = np.abs(correlation) / np.maximum(energy, 1e-3 * energy.max() + 1e-12)
    best = int(np.argmax(scores))
    return Match(float(scores[best]), best / rate_hz)


class Heard(NamedTuple):
    score: float
    """Mean of the pieces' scores, the louder a piece the more it counts."""
    first: float
    """Score of the first piece: the first word."""
    offset_s: float
    """Where in the received signal the speech begins."""


def match_speech(received_pcm: bytes, wav: Path) -> Heard:
    """Finds a spoken file in 16 kHz s16le as a Live endpoint got it, without the silence before and after the words.

    Half a second at a time, each near its place: a device's clock or a short stall moves what follows by some
    milliseconds, and would spoil a comparison of the whole though every word is there. Within that a tenth at a time: the
    browser's echo canceller, which begins with the first sound of the speaker, delays by 4 ms from there on.
    """
    samples, rate_hz = read_wav(wav)
    source = trim(resample(samples, rate_hz, MICROPHONE_HZ), MICROPHONE_HZ)
    received = from_pcm(received_pcm)
    found = match(received, source)
    place, step = round(found.offset_s * MICROPHONE_HZ), MICROPHONE_HZ // 2
    pieces = [
        _match_piece(received, place + begin, source[begin : begin + step])
        for begin in range(0, len(source) - step // 2, step)
    ]
    if not pieces:
        return Heard(0.0, 0.0, found.offset_s)
    scores, weights = zip(*pieces, strict=True)
    return Heard(float(np.average(scores, weights=weights)), scores[0], found.offset_s)


def _match_piece(received: Samples, place: int, piece: Samples) -> tuple[float, float]:
    """Score and energy."""
    begin = max(0, place - _SLACK)
    place = begin + round(match(received[begin : place + len(piece) + _SLACK], piece).offset_s * MICROPHONE_HZ)
    size = len(piece) // _TENTHS
    scores, energies = [], []
    for tenth in range(_TENTHS):
        said = piece[tenth * size : (tenth + 1) * size]
        first = place + tenth * size
        near = received[max(0, first - _SHIFT) : first + size + _SHIFT]
        scores.append(match(near, said).score)
        energies.append(float(np.sum(said**2)))
    return float(np.average(scores, weights=energies)), sum(energies)


_NEAR_S = 0.4


class Piece(NamedTuple):
    at_s: float
    """Where in the source it begins."""
    late_s: float
    """How much later than the first piece it was heard, the way it was said counted out."""
    score: float


def follow(received_pcm: bytes, wav: Path) -> list[Piece]:
    """Half a second after the other of a spoken file, as far as it was heard in 16 kHz s16le: a pause or a hole in between
    shows as a step in `late_s`, what was garbled as a low score. Pieces with little in them tell nothing and are left out.
    """
    samples, rate_hz = read_wav(wav)
    source = trim(resample(samples, rate_hz, MICROPHONE_HZ), MICROPHONE_HZ)
    received = from_pcm(received_pcm)
    step, slack = MICROPHONE_HZ // 2, round(_NEAR_S * MICROPHONE_HZ)
    beginning = match(received[: 6 * MICROPHONE_HZ], source[: 2 * MICROPHONE_HZ])
    place = first = round(beginning.offset_s * MICROPHONE_HZ)
    loudness = float(np.sqrt(np.mean(source**2)))
    pieces: list[Piece] = []
    for begin in range(0, len(source) - step, step):
        piece = source[begin : begin + step]
        near = max(0, place + begin - slack)
        if place + begin + step + slack > len(received):
            break
        if float(np.sqrt(np.mean(piece**2))) < loudness / 2:
            continue
        found = match(received[near : place + begin + step + slack], piece)
        heard = near + round(found.offset_s * MICROPHONE_HZ) - begin
        pieces.append(Piece(begin / MICROPHONE_HZ, (heard - first) / MICROPHONE_HZ, found.score))
        place = heard
    return pieces


def trim(samples: Samples, rate_hz: int) -> Samples:
    """Without the silence before and after."""
    stretches = loud(samples, rate_hz)
    return samples[round(stretches[0][0] * rate_hz) : round(stretches[-1][1] * rate_hz)] if stretches else samples[:0]


def loud(samples: Samples, rate_hz: int, threshold: float = _LOUD) -> list[tuple[float, float]]:
    """Begin and end in seconds of each stretch louder than `threshold` (RMS), gaps under 50 ms bridged."""
    window = round(rate_hz * _WINDOW_S)
    count = len(samples) // window
    levels = np.sqrt(np.mean(samples[: count * window].reshape(count, window) ** 2, axis=1)) if count else np.zeros(0)
    stretches: list[tuple[float, float]] = []
    for index in np.flatnonzero(levels > threshold):
        begin, end = float(index) * _WINDOW_S, float(index + 1) * _WINDOW_S
        if stretches and begin - stretches[-1][1] <= _GAP_S:
            stretches[-1] = stretches[-1][0], end
        else:
            stretches.append((begin, end))
    return stretches


def tone_level(samples: Samples, hz: float, rate_hz: int = RATE_HZ) -> float:
    """The share of the energy that is a tone of `hz`, 0..1.

    Taken in windows of 50 ms: a gap of some samples shifts the phase and would spoil a longer one.
    """
    window = round(rate_hz * _TONE_WINDOW_S)
    count = len(samples) // window
    windows = samples[: count * window].reshape(count, window) * np.hanning(window)
    total = float(np.sum(windows**2))
    if total == 0:
        return 0.0
    turns = np.exp(-2j * np.pi * hz * np.arange(window) / rate_hz)
    # A windowed sine of amplitude A gives |sum| = A/2 * sum(w) and energy A^2/2 * sum(w^2).
    gain = 2 * np.sum(np.hanning(window) ** 2) / np.sum(np.hanning(window)) ** 2
    return min(1.0, float(np.sum(np.abs(windows @ turns) ** 2) * gain / total))


def _voice_band(samples: Samples, rate_hz: int) -> Samples:
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    spectrum[(frequencies < _BAND_HZ[0]) | (frequencies > _BAND_HZ[1])] = 0
    return np.fft.irfft(spectrum, len(samples))
