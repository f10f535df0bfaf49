from __future__ import annotations

import io
import shutil
import subprocess
import time
import wave

import numpy as np
import pytest

from tabtalk.practice import sound
from tabtalk.practice.hearing import KEPT_S, Heard, Hearing, SpeechEnded, SpeechStarted


def silence(seconds: float) -> bytes:
    return bytes(2 * int(16_000 * seconds))


def noise(seconds: float, level: float, seed: int = 7) -> bytes:
    """White noise whose mean absolute sample is `level`."""
    spread = level / 0.798
    return np.random.default_rng(seed).normal(0, spread, int(16_000 * seconds)).astype("<i2").tobytes()


def mixed(*sounds: bytes) -> bytes:
    arrays = [np.frombuffer(pcm, "<i2").astype(int) for pcm in sounds]
    length = max(map(len, arrays))
    total = sum(np.pad(one, (0, length - len(one))) for one in arrays)
    return np.clip(total, -32768, 32767).astype("<i2").tobytes()


def quieter(pcm: bytes, factor: float) -> bytes:
    return (np.frombuffer(pcm, "<i2") * factor).astype("<i2").tobytes()


def voice(seconds: float) -> bytes:
    return sound.speech_like(seconds, 16_000)


def hear(pcm: bytes, chunk: int = 640, hearing: Hearing | None = None) -> list[tuple[float, Heard]]:
    """What was heard, each with the second of the sound at which it was."""
    hearing = hearing or Hearing()
    return [
        ((at + chunk) / 32_000, heard)
        for at in range(0, len(pcm), chunk)
        for heard in hearing.feed(pcm[at : at + chunk])
    ]


def test_one_sentence() -> None:
    [(started_at, started), (ended_at, ended)] = hear(silence(1) + voice(2) + silence(2))
    assert isinstance(started, SpeechStarted)
    assert isinstance(ended, SpeechEnded)
    assert 1.08 < started_at < 1.25
    assert 3.5 < ended_at < 3.8
    assert ended.seconds == pytest.approx(2, abs=0.2)
    assert ended.level > 1000


@pytest.mark.parametrize("chunk", [2, 64, 639, 1280, 32_000])
def test_chunks_of_any_length_hear_the_same(chunk: int) -> None:
    pcm = silence(0.5) + voice(1) + silence(1)
    assert [heard for _, heard in hear(pcm, chunk)] == [heard for _, heard in hear(pcm)]


def test_the_utterance_holds_the_words_from_their_beginning() -> None:
    said = voice(1.5)
    [_, (_, ended)] = hear(silence(1) + said + silence(1))
    assert isinstance(ended, SpeechEnded)
    assert said[:40_000] in ended.pcm
    assert len(ended.pcm) < len(said) + 32_000


def test_speech_from_the_first_sample() -> None:
    [_, (_, ended)] = hear(voice(1.5) + silence(1))
    assert isinstance(ended, SpeechEnded)
    assert ended.seconds == pytest.approx(1.5, abs=0.2)


def test_silence_and_a_steady_hum_are_no_speech() -> None:
    assert hear(silence(5)) == []
    assert hear(noise(5, 300)) == []
    assert hear(silence(1) + noise(5, 60)) == []


def test_a_microphone_that_is_off_centre_is_silent() -> None:
    offset = np.full(16_000 * 3, 2000, "<i2").tobytes()
    assert hear(offset) == []


def test_a_click_is_no_speech() -> None:
    click = silence(1) + noise(0.04, 8000) + silence(1)
    assert hear(click) == []


@pytest.mark.parametrize("factor", [1.0, 0.2, 0.08])
def test_speech_loud_and_soft_over_a_room_noise(factor: float) -> None:
    room = noise(5, 40)
    heard = [event for _, event in hear(mixed(room, silence(1) + quieter(voice(2), factor)))]
    assert [type(event) for event in heard] == [SpeechStarted, SpeechEnded]


def test_a_hum_that_begins_later_ends_by_itself() -> None:
    heard = [event for _, event in hear(silence(2) + noise(8, 350))]
    assert [type(event) for event in heard] in ([], [SpeechStarted, SpeechEnded])


def test_pauses_between_words_do_not_end_a_sentence() -> None:
    words = (voice(0.6) + silence(0.4)) * 4
    heard = [event for _, event in hear(silence(1) + words + silence(1))]
    assert [type(event) for event in heard] == [SpeechStarted, SpeechEnded]


def test_a_shorter_pause_where_the_client_asks_for_one() -> None:
    words = (voice(0.6) + silence(0.4)) * 3
    ends = [event for _, event in hear(words, hearing=Hearing(silence_ms=200)) if isinstance(event, SpeechEnded)]
    assert len(ends) == 3


def test_an_endless_voice_ends_and_little_of_it_is_kept() -> None:
    ended = [event for _, event in hear(voice(5) * 13) if isinstance(event, SpeechEnded)]
    assert [round(event.seconds) for event in ended] == [30, 30]
    assert all(KEPT_S <= len(event.pcm) / 32_000 < KEPT_S + 0.5 for event in ended)


def test_end_of_the_stream_ends_the_speech() -> None:
    hearing = Hearing()
    hear(silence(0.5) + voice(1), hearing=hearing)
    assert hearing.speaking
    [ended] = hearing.end()
    assert isinstance(ended, SpeechEnded)
    assert ended.seconds == pytest.approx(1, abs=0.2)
    assert hearing.end() == []


def test_an_echo_below_the_bar_is_no_speech_and_a_voice_above_it_is() -> None:
    hearing = Hearing()
    hearing.at_least = 1500
    assert hear(silence(1) + quieter(voice(2), 0.15), hearing=hearing) == []
    assert [type(event) for _, event in hear(voice(1), hearing=hearing)] == [SpeechStarted]


def test_is_cheap() -> None:
    """An hour of silence-and-speech must not cost minutes: below 2 % of real time even on a slow machine."""
    pcm = (voice(2) + silence(3)) * 4
    hearing = Hearing()
    before = time.process_time()
    hear(pcm, hearing=hearing)
    assert time.process_time() - before < 0.02 * len(pcm) / 32_000


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("words", ["What is the title of this page?", "Hello", "Can you explain the second chart?"])
def test_real_words(words: str) -> None:
    made = subprocess.run(["espeak-ng", "--stdout", words], check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(made)) as file:
        rate_hz, frames = file.getframerate(), file.readframes(1 << 24)
    spoken = np.frombuffer(frames, "<i2").astype(float)
    at = np.arange(int(len(spoken) * 16_000 / rate_hz)) * rate_hz / 16_000
    pcm = np.interp(at, np.arange(len(spoken)), spoken).astype("<i2").tobytes()
    heard = [event for _, event in hear(mixed(noise(6, 30), silence(1) + pcm))]
    assert [type(event) for event in heard] == [SpeechStarted, SpeechEnded]
    assert isinstance(heard[1], SpeechEnded)
    assert heard[1].seconds == pytest.approx(len(pcm) / 32_000, abs=0.5)
