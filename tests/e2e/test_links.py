"""The link between the browser and the host, and the rest after a long quiet time, with all that is real (F24)."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from stage.panel import Panel
from stage.process import wait_until
from stage.settings_page import open_settings, tick
from stage.speech import match_speech
from tabtalk import settings
from tabtalk.practice import sound, wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.sound import Recording
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

SPOKEN = "What does this page say about the terns, and where do they fly to every year?"
TONE_HZ = 440.0
REST_MINUTES = "0.05"

# Keeps the sockets that the live path opens, so that a test can close one under it.
KEEP_SOCKETS = """
    globalThis.sockets = [];
    globalThis.WebSocket = class extends WebSocket {
      constructor(...words) { super(...words); sockets.push(this); }
    };
"""
LIVE_SOCKETS = "sockets.filter(({readyState}) => readyState === WebSocket.OPEN).length"
# Keeps what the speaker tells: whether it plays, whenever that changes.
WATCH_SPEAKER = """
    globalThis.playing = [];
    globalThis.AudioWorkletNode = class extends AudioWorkletNode {
      constructor(...words) { super(...words); this.port.addEventListener('message', ({data}) => playing.push(data.playing)); }
    };
"""
BEGINNINGS = "playing.filter((plays, at) => plays && !playing[at - 1]).length"
WATCH_STATE = """
    globalThis.states = [];
    new MutationObserver(() => states.push(document.querySelector('[role=status]').textContent))
      .observe(document.querySelector('[role=status]'), {childList: true, characterData: true, subtree: true});
"""


class Talks(Scenario):
    async def on_text(self, text: str) -> None:
        await self.send(wire.output_transcription(f"About {text}: a long story."))
        await self.play(sound.tone(TONE_HZ, 4.0))


def start(stage: Stage, browser: Chromium, live: ThreadedServer) -> Panel:
    live.server.scenario = Talks
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    browser.offscreen().evaluate(f"{{{KEEP_SOCKETS}{WATCH_SPEAKER}}}")
    panel.press("Start")
    panel.wait_state("listening")
    return panel


def cut(browser: Chromium) -> float:
    """Seconds until there is another link."""
    before = browser.offscreen().evaluate("sockets.length")
    browser.offscreen().evaluate("sockets.at(-1).close()")
    began = time.monotonic()
    browser.offscreen().wait(f"sockets.length > {before} && {LIVE_SOCKETS} === 1")
    return time.monotonic() - began


def wait_heard(live: ThreadedServer, more: int) -> None:
    """So many bytes more than by now; 32 are a millisecond."""
    enough = len(live.recorder.audio) + more
    wait_until(lambda: len(live.recorder.audio) > enough, f"{more} bytes of sound")


def test_f24_a_link_that_drops_in_mid_question_is_back_within_a_second_and_not_a_word_is_missing(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    panel = start(stage, browser, live)
    # The beginning of a capture may close the panel, and with it what watches there.
    browser.close_panel()
    browser.click_toolbar(browser.open(stage.web.url("/second")))
    panel.wait_state("listening")
    panel.page.evaluate(f"{{{WATCH_STATE}}}")
    hosts = profile.hosts()
    wav = stage.speech.wav(SPOKEN)
    with stage.sound.saying(wav) as speaking:
        for _ in range(3):
            wait_heard(live, 25_000)
            assert cut(browser) < 1
        speaking.popen.wait(30)
    wait_heard(live, 16_000)
    match = match_speech(live.recorder.audio, wav)
    assert match.score > 0.8
    assert match.first > 0.8
    assert len(live.recorder.records) == 1, "Gemini noticed nothing"
    assert profile.hosts() == hosts
    assert panel.page.evaluate("states.filter((state) => state.startsWith('Reconnecting'))") == []
    assert panel.conversation() == ""


def test_f24_an_answer_plays_on_while_the_link_is_opened_again(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel = start(stage, browser, live)
    with stage.sound.record() as speaker:
        panel.ask("terns")
        began = speaker.wait_sound(hz=TONE_HZ)
        wait_until(lambda: speaker.now() > began + 1, "a second of the answer")
        cut(browser)
        speaker.wait_silence(lasting=0.5)
        # A machine that does not keep up takes the sound apart on its way to the device: that is no gap in the answer.
        browser.offscreen().wait("playing.at(-1) === false")
        speaker.wait_silence(lasting=0.5)
        assert 3.7 < sum(end - begin for begin, end in speaker.loud_times()) < 4.5, "played whole, once"
        assert browser.offscreen().evaluate(BEGINNINGS) == 1, "without a gap"
    assert panel.conversation().count("a long story") == 1


def test_after_a_quiet_time_it_rests_and_the_first_word_wakes_it(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    settings.change(profile.settings_file, park_minutes=REST_MINUTES)
    panel = start(stage, browser, live)
    panel.wait_state("resting")
    live.recorder.wait(lambda r: r.records[-1].closed_at is not None)
    settings.change(profile.settings_file, park_minutes="5")
    wav = stage.speech.wav(SPOKEN)
    stage.sound.say(wav)
    panel.wait_state("listening")
    assert len(live.recorder.records) == 2
    record = live.recorder.records[1]
    before = wait_until(lambda: len(record.audio), "what was said")
    wait_until(lambda: len(record.audio) > before + 32_000, "a second after it")
    match = match_speech(record.audio, wav)
    assert match.score > 0.8
    assert match.first > 0.8, "the word that woke it is whole"


def test_after_a_quiet_time_a_press_and_a_typed_question_wake_it(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    settings.change(profile.settings_file, park_minutes=REST_MINUTES)
    panel = start(stage, browser, live)
    panel.press("Mute microphone")
    panel.wait_state("resting")
    panel.press("Go on")
    live.recorder.wait(lambda r: len(r.records) == 2)
    panel.wait_state("muted")
    panel.wait_state("resting")
    panel.ask("terns")
    panel.wait_said("About terns: a long story.")
    assert live.recorder.records[-1].number == 2
    assert panel.conversation().count("About terns") == 1
    assert len(live.recorder.texts) == 1


def test_f18_a_question_is_heard_whole_though_the_host_was_killed_in_the_middle_of_it(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    start(stage, browser, live)
    [host] = profile.hosts()
    wav = stage.speech.wav(SPOKEN)
    with stage.sound.saying(wav) as speaking:
        wait_heard(live, 64_000)
        os.kill(host, signal.SIGKILL)
        speaking.popen.wait(30)
    record = live.recorder.wait(lambda r: len(r.records) == 2 and r.records[-1].chunks).records[-1]
    wait_heard(live, 64_000)
    match = match_speech(record.audio, wav)
    assert match.score > 0.8
    assert match.first > 0.8, "from its first word on"


def test_a_loss_and_a_return_sound_when_that_is_wanted(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    tick(open_settings(browser), "sounds")
    panel = start(stage, browser, live)
    [host] = profile.hosts()
    os.kill(host, signal.SIGSTOP)
    try:
        with stage.sound.record() as speaker:
            panel.wait_state("reconnecting")
            speaker.wait_sound(hz=660)
            panel.wait_state("listening")
            wait_until(lambda: len(_sounds(speaker)) == 2, "a second sound")
            speaker.wait_silence(lasting=0.5)
            loss, back = _sounds(speaker)
        for sound_, first, second in ((loss, 660, 440), (back, 440, 660)):
            middle = sum(sound_) / 2
            for hz, other, begin, end in ((first, second, sound_[0], middle), (second, first, middle, sound_[1])):
                assert speaker.tone(hz, begin, end) > 0.2 > speaker.tone(other, begin, end)
    finally:
        for pid in {host} & set(profile.hosts()):
            os.kill(pid, signal.SIGKILL)


def _sounds(speaker: Recording) -> list[tuple[float, float]]:
    """From when to when each is heard; the gap of a busy machine does not make two of one."""
    joined: list[tuple[float, float]] = []
    for begin, end in speaker.loud_times():
        if joined and begin - joined[-1][1] < 0.3:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((begin, end))
    return [stretch for stretch in joined if stretch[1] - stretch[0] > 0.15]


def test_f18_the_conversation_goes_on_by_its_handle_with_another_host(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    panel = start(stage, browser, live)
    panel.ask("terns")
    panel.wait_said("About terns")
    [host] = profile.hosts()
    os.kill(host, signal.SIGKILL)
    live.recorder.wait(lambda r: len(r.records) == 2 and r.records[-1].chunks)
    panel.wait_said("The helper program was restarted")
    setup = live.recorder.records[-1].setup
    assert setup is not None
    told = str(setup)
    assert setup.handle or "About terns: a long story." in told
