"""The stage itself: what the other end-to-end tests measure with is right, with an ordinary page in the extension's place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from stage.chromium import WINDOW, executable
from stage.process import wait_until
from stage.profile import KEY_CANARY, Profile
from stage.speech import (
    MICROPHONE_HZ,
    RATE_HZ,
    from_pcm,
    loud,
    match,
    match_speech,
    read_wav,
    resample,
    tone_level,
    trim,
    write_tone,
)
from stage.web import ARTICLE_HEADING, SECOND_HEADING
from tabtalk import profiles, settings
from tabtalk.setup.devtools import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stage.theatre import Stage

LISTEN = """(async () => {
  const [track] = (await navigator.mediaDevices.getUserMedia({audio: true})).getTracks();
  const reader = new MediaStreamTrackProcessor({track, maxBufferSize: 1000}).readable.getReader();
  window.heard = [];
  (async () => {
    for (;;) {
      const {value} = await reader.read();
      window.rate = value.sampleRate;
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, {planeIndex: 0, format: 'f32-planar'});
      value.close();
      heard.push(...Array.from(samples, (x) => Math.round(32767 * Math.max(-1, Math.min(1, x)))));
    }
  })();
})()"""
PLAY = """(() => {
  const context = new AudioContext(), tone = new OscillatorNode(context, {frequency: 880});
  tone.connect(context.destination); tone.start(); window.stopTone = () => tone.stop(); return context.resume();
})()"""


@pytest.fixture
def plain(stage: Stage, tmp_path: Path) -> Iterator[Browser]:
    """A browser without the extension."""
    profile = Profile(tmp_path / "plain", host=None)
    args = [f"--window-size={WINDOW[0]},{WINDOW[1]}", "--password-store=basic", "about:blank"]
    with Browser.launch(executable(), profile.user_data_dir, args, env=stage.env | profile.env) as running:
        yield running


def test_speech_reaches_a_page_through_the_virtual_microphone(stage: Stage, plain: Browser) -> None:
    plain.send("Browser.grantPermissions", {"permissions": ["audioCapture"], "origin": stage.web.origin})
    page = plain.attach(plain.send("Target.createTarget", {"url": stage.web.url("/article")})["targetId"])
    page.wait(f"document.querySelector('h1')?.textContent === {ARTICLE_HEADING!r}")
    page.evaluate(LISTEN)
    page.wait("heard.length > 0")
    wav = stage.speech.wav("The arctic tern flies from pole to pole, and back again, every year.")
    stage.sound.say(wav)
    said = page.evaluate("heard.length")
    page.wait(f"heard.length > {said} + rate / 2")
    samples = resample(np.array(page.evaluate("heard"), float), page.evaluate("rate"), MICROPHONE_HZ)
    pcm = samples.astype(np.int16).tobytes()
    heard = match_speech(pcm, wav)
    assert heard.score > 0.8
    assert heard.first > 0.85
    after = round(heard.offset_s * 16_000) + 800
    lacking = pcm[: 2 * after] + pcm[2 * (after + 3200) :]
    assert match_speech(lacking, wav).first < 0.8, (
        "a fifth of a second of the first word are missed when they are missing"
    )
    other = stage.speech.wav("Nothing of the kind was ever said in here, I am quite certain of that.")
    assert match_speech(pcm, other).score < 0.5
    assert page.errors == []


def test_what_a_page_plays_is_recorded_with_its_times(stage: Stage, plain: Browser) -> None:
    page = plain.attach(plain.send("Target.createTarget", {"url": stage.web.url("/article")})["targetId"])
    page.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
    with stage.sound.record() as recording:
        before = time.monotonic()
        page.evaluate(PLAY)
        began = recording.wait_sound(hz=880)
        assert before < began < time.monotonic()
        wait_until(lambda: recording.now() > began + 0.5, "half a second of tone")
        assert recording.tone(880, began + 0.1, began + 0.4) > 0.95
        assert recording.tone(660, began + 0.1, began + 0.4) < 0.05
        stopping = time.monotonic()
        page.evaluate("stopTone()")
        ended = recording.wait_silence(lasting=0.3)
        assert stopping - 0.1 < ended < stopping + 0.5


def test_a_key_press_reaches_the_page_in_front(stage: Stage, plain: Browser) -> None:
    page = plain.attach(plain.send("Target.createTarget", {"url": stage.web.url("/second")})["targetId"])
    # Not `readyState`: the empty document that a new tab begins with is complete as well.
    page.wait_for("heading", SECOND_HEADING)
    page.evaluate(
        "void addEventListener('keydown', (event) => { if (event.key === 'F9') window.pressed = event.isTrusted })"
    )
    stage.keys.focus_browser()
    page.wait("document.hasFocus()")
    page.click("heading", SECOND_HEADING)  # Or the keyboard may still be the address bar's.
    stage.keys.press("F9")
    assert page.wait("window.pressed") is True


def test_a_recording_without_sound_is_silent(stage: Stage) -> None:
    with stage.sound.record() as recording:
        recording.wait_silence(lasting=0.3)
        assert recording.loud_times() == []
        with pytest.raises(TimeoutError, match="440 Hz"):
            recording.wait_sound(hz=440, timeout=0.2)


def test_a_profile_writes_what_the_host_reads(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "profile")
    profile.use_endpoint("https://127.0.0.1:4433", "pem")
    chosen = settings.load(profile.settings_file)
    assert chosen.base_url == "https://127.0.0.1:4433"
    assert profiles.load(profile.settings_file).current.store == "file"
    assert profile.key_file.read_text() == KEY_CANARY
    assert profile.key_file.stat().st_mode & 0o777 == 0o600


def test_the_measures_tell_signal_from_noise(tmp_path: Path, stage: Stage) -> None:
    tone, rate_hz = read_wav(write_tone(tmp_path / "tone.wav", 440, 1))
    assert rate_hz == RATE_HZ
    assert tone_level(tone, 440) > 0.99
    assert tone_level(tone, 500) < 0.01
    [(begin, end)] = loud(tone, rate_hz)
    assert (begin, end) == pytest.approx((0.0, 1.0))
    noise = np.random.default_rng(7).normal(0, 0.2, 16_000)
    assert tone_level(noise, 440, 16_000) < 0.05
    speech, speech_hz = read_wav(stage.speech.wav("Measure twice."))
    said = trim(resample(speech, speech_hz, 16_000), 16_000)
    received = np.concatenate([np.zeros(8000), 0.3 * said, np.zeros(4000)])
    found = match(received, said)
    assert found.score > 0.99
    assert found.offset_s == pytest.approx(0.5, abs=0.001)
    assert match(noise, said[:16_000]).score < 0.4
    assert len(from_pcm(b"\0\0\0")) == 1
