"""Which microphone listens: chosen by keyboard, heard at the Live endpoint, tried out on the settings page; and which speaker plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.settings_page import START_S, choose_device, go, open_settings, press
from stage.speech import MICROPHONE_HZ, from_pcm, loud, match_speech
from tabtalk.practice.scenario import Scenario
from tabtalk.practice.sound import tone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.sound import Sound
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

HEADSET = "headset"
INTO_HEADSET = f"{HEADSET}sink"
SPEAKER = f"{HEADSET}-speaker"
SPOKEN = "What does this page say about the terns, and where do they fly to every year?"
SECOND = 2 * MICROPHONE_HZ
ANSWER_HZ, ANSWER_S = 440.0, 60.0
CALL_HZ = 8000
"""What a headset by Bluetooth drops to, mono both ways, when its microphone is opened."""
_TOLD = "document.querySelector('.trial [role=status]').textContent"
_LEVEL = "document.querySelector('.trial meter').value"


@pytest.fixture
def sound(stage: Stage) -> Iterator[Sound]:
    """With a second microphone beside the default one, there before the browser is."""
    with stage.sound.plugged(HEADSET):
        yield stage.sound


def hear(live: ThreadedServer, seconds: float) -> None:
    before = len(live.recorder.audio)
    wait_until(lambda: len(live.recorder.audio) > before + seconds * SECOND, "sound at the endpoint", START_S)


def test_the_microphone_that_is_chosen_is_heard_at_once_and_no_other(
    stage: Stage, sound: Sound, browser: Chromium, live: ThreadedServer
) -> None:
    live.server.scenario = Scenario
    gone = "{id: 'an id that was', label: 'Old headset'}"
    browser.service_worker().evaluate(f"chrome.storage.local.set({{microphone: {gone}}}).then(() => null)")
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.choose("Voice only")
    panel.press("Start")
    panel.wait_hearing(START_S)
    panel.wait_said("The microphone that you chose is not connected", START_S)
    browser.close_panel()
    recorder, wav = live.recorder, stage.speech.wav(SPOKEN)
    wait_until(lambda: sound.listeners() == 1, "the default microphone listens")
    options = open_settings(browser)
    options.wait("document.querySelector('#microphone').selectedOptions[0].text === 'Old headset (not connected)'")
    choose_device(options, "microphone", HEADSET)
    wait_until(lambda: sound.listeners(HEADSET) == 1 and sound.listeners() == 0, "the headset alone listens", START_S)
    mark = len(recorder.audio)
    sound.say(wav)
    hear(live, 1)
    assert loud(from_pcm(recorder.audio[mark:]), MICROPHONE_HZ) == []
    sound.say(wav, INTO_HEADSET)
    hear(live, 1)
    assert match_speech(recorder.audio[mark:], wav).score > 0.6
    assert len(recorder.records) == 1, "one conversation all along"


def test_a_microphone_is_tried_out_by_keyboard_and_let_go(stage: Stage, sound: Sound, browser: Chromium) -> None:
    page = open_settings(browser)
    choose_device(page, "microphone", HEADSET)
    press(page, "Test the microphone")
    page.wait(f"{_TOLD}.startsWith('Say something')", START_S)
    # Long enough for a machine that takes its time; what is left of it is not said.
    wav = stage.speech.wav(" ".join([SPOKEN] * 6))
    with sound.saying(wav, INTO_HEADSET):
        page.wait(f"{_LEVEL} > 0.3", START_S)
    page.wait(f"{_LEVEL} < 0.2", START_S)
    go(page, "Record 3 seconds and play them")
    with sound.record() as speaker:
        with sound.saying(wav, INTO_HEADSET):
            page.wait(f"{_LEVEL} > 0.3", START_S)
            page.key("Enter")
            page.wait(f"/^(Playing|So you sound)/.test({_TOLD})", START_S)
        speaker.wait_sound(timeout=START_S)
        page.wait(f"{_TOLD}.startsWith('So you sound')", START_S)
    page.key("Shift+Tab")
    page.key("Enter")
    wait_until(lambda: sound.listeners(HEADSET) == 0, "the microphone is let go")
    assert page.evaluate(_TOLD) == ""


def talk(stage: Stage, browser: Chromium, live: ThreadedServer) -> Panel:
    """By voice alone, once it can hear."""
    live.server.scenario = Scenario
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.choose("Voice only")
    panel.press("Start")
    panel.wait_hearing(START_S)
    return panel


def assert_heard(stage: Stage, live: ThreadedServer, into: str = "micsink") -> None:
    """What is said there arrives, in the one conversation that there is."""
    wav, mark = stage.speech.wav(SPOKEN), len(live.recorder.audio)

    def heard() -> bool:
        stage.sound.say(wav, into)
        hear(live, 0.5)
        return match_speech(live.recorder.audio[mark:], wav).score > 0.6

    wait_until(heard, "what was said", START_S)
    assert len(live.recorder.records) == 1


def answer(live: ThreadedServer) -> None:
    """Begins a long one, a tone."""

    # That the panel hears does not say that Gemini does.
    live.recorder.wait(lambda r: r.records and r.records[-1].sent_with("setupComplete"), START_S)

    async def play() -> None:
        scenario = live.connections[-1].scenario
        assert scenario is not None
        await scenario.play(tone(ANSWER_HZ, ANSWER_S))

    live.call(play, timeout=60)


def test_f27_a_headset_goes_and_comes_back_for_calls_and_the_default_changes(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    sound = stage.sound
    chosen = f"{{id: 'known by its name', label: '{HEADSET}'}}"
    with sound.plugged(HEADSET), sound.louder(SPEAKER):
        browser.service_worker().evaluate(f"chrome.storage.local.set({{microphone: {chosen}}}).then(() => null)")
        panel = talk(stage, browser, live)
        wait_until(lambda: sound.listeners(HEADSET) == 1, "the headset listens", START_S)
    panel.wait_said("The microphone that you chose is not connected", START_S)
    assert_heard(stage, live)
    with sound.plugged(HEADSET, CALL_HZ), sound.louder(SPEAKER, CALL_HZ, channels=1) as speaker:
        panel.wait_said("The microphone that you chose is connected again", START_S)
        wait_until(lambda: sound.listeners(HEADSET) == 1 and sound.listeners() == 0, "the headset alone", START_S)
        assert_heard(stage, live, INTO_HEADSET)
        browser.service_worker().evaluate("chrome.storage.local.remove('microphone').then(() => null)")
        wait_until(lambda: sound.listeners() == 1 and sound.listeners(HEADSET) == 0, "the default alone", START_S)
        with sound.default(HEADSET):
            wait_until(lambda: sound.listeners(HEADSET) == 1, "another default", START_S)
            assert_heard(stage, live, INTO_HEADSET)
        answer(live)
        speaker.wait_sound(hz=ANSWER_HZ, timeout=START_S)


def test_f27_without_any_microphone_the_panel_says_so_and_one_that_comes_is_heard(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel = talk(stage, browser, live)
    with stage.sound.unplugged():
        panel.wait_failure("Connect", START_S)
        panel.wait_state("mute")
    panel.wait_said("A microphone is connected again", START_S)
    panel.wait_hearing(START_S)
    assert_heard(stage, live)


def test_f27_an_answer_goes_on_from_another_speaker(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    talk(stage, browser, live)
    with stage.sound.record() as speaker:
        with stage.sound.louder("another") as another:
            answer(live)
            another.wait_sound(hz=ANSWER_HZ, timeout=START_S)
        gone = speaker.now()
        speaker.wait_sound(since=gone, hz=ANSWER_HZ, timeout=START_S)
        with stage.sound.louder("another") as another:
            another.wait_sound(hz=ANSWER_HZ, timeout=START_S)


def test_f27_the_speaker_that_is_chosen_plays_alone_and_the_default_while_it_is_gone(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    sound = stage.sound
    chosen = f"{{id: 'known by its name', label: '{HEADSET}'}}"
    with sound.record() as default:
        with sound.speaker(HEADSET) as headset:
            browser.service_worker().evaluate(f"chrome.storage.local.set({{speaker: {chosen}}}).then(() => null)")
            panel = talk(stage, browser, live)
            answer(live)
            headset.wait_sound(hz=ANSWER_HZ, timeout=START_S)
            assert default.loud_times() == []
        panel.wait_said("The speaker that you chose is not connected", START_S)
        default.wait_sound(hz=ANSWER_HZ, timeout=START_S)
        answer(live)
        with sound.speaker(HEADSET) as headset:
            panel.wait_said("The speaker that you chose is connected again", START_S)
            headset.wait_sound(hz=ANSWER_HZ, timeout=START_S)
            default.wait_silence(1, START_S)
            # Chosen by nobody any more, in the middle of the answer.
            changed = default.now()
            browser.service_worker().evaluate("chrome.storage.local.remove('speaker').then(() => null)")
            default.wait_sound(changed, START_S, ANSWER_HZ)
            headset.wait_silence(1, START_S)
