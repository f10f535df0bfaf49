"""The whole way: a person's key press, voice and eyes at one end, the Live endpoint at the other, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stage.arrivals import wait_quiet
from stage.panel import Panel
from stage.process import wait_until
from stage.sight import read
from stage.speech import match_speech
from stage.web import ARTICLE_HEADING, SECOND_HEADING
from tabtalk.practice import sound, wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.theatre import Stage
    from tabtalk.practice.hearing import Heard
    from tabtalk.practice.recorder import Recorder
    from tabtalk.practice.threaded import ThreadedServer
    from tabtalk.setup.devtools_page import Page


def opened(chromium: Chromium, page: Page) -> Panel:
    chromium.click_toolbar(page)
    return Panel(chromium)


def went_ahead(recorder: Recorder) -> bool:
    """The first picture came before the first sound, which waits for it a second at most."""
    record = recorder.records[0]
    live_at = record.sent_with("setupComplete")[0].at
    return record.videos[0].at < record.chunks[0].at or record.chunks[0].at - live_at > 0.9


SPOKEN = "What does this page say about the terns, and where do they fly to every year?"
TONE_HZ = 523.0
HOLD = """
const create = chrome.offscreen.createDocument;
chrome.offscreen.createDocument = async (options) => {
  await create(options);
  await new Promise((resolve) => { globalThis.letGo = resolve; });
};
null;
"""
"""From here on a document that is there counts as still on its way, until `letGo`."""


class Answers(Scenario):
    """Answers what it is asked, by voice or by typing, with a tone and a sentence."""

    async def on_setup(self, setup: wire.Setup) -> None:
        from tabtalk.practice.hearing import Hearing

        self._hearing = Hearing(setup.silence_ms)
        await super().on_setup(setup)

    async def on_audio(self, pcm: bytes, rate_hz: int) -> None:
        heard: list[Heard] = self._hearing.feed(pcm)
        if any(type(event).__name__ == "SpeechEnded" for event in heard):
            await self.send(wire.input_transcription("Where do the terns fly?"))
            await self.reply("They fly to Antarctica.")

    async def on_text(self, text: str) -> None:
        await self.reply(f"You typed: {text}")

    async def reply(self, text: str) -> None:
        await self.answer(sound.tone(TONE_HZ, 1.0), text)


def test_alt_g_from_a_cold_host_to_the_answer(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    live.server.scenario = Answers
    page = browser.open(stage.web.url("/article"))
    browser.tab(page)
    wav = stage.speech.wav(SPOKEN)
    with stage.sound.record() as speaker:
        stage.keys.press("alt+g")
        # The host is not up by then.
        panel = Panel(browser)
        panel.wait_hearing()
        stage.sound.say(wav)
        panel.wait_said("They fly to Antarctica.")
        assert "Where do the terns fly?" in panel.conversation()
        began = speaker.wait_sound(hz=TONE_HZ)
        wait_until(lambda: speaker.now() > began + 0.9, "the tone was played")
        assert speaker.tone(TONE_HZ, began + 0.1, began + 0.8) > 0.8
    recorder = live.recorder
    heard = match_speech(recorder.audio, wav)
    assert heard.score > 0.8
    assert heard.first > 0.8, "the first word is whole"
    assert {chunk.rate_hz for chunk in recorder.chunks} == {16_000}
    assert went_ahead(recorder), "the picture goes ahead of the sound"
    assert ARTICLE_HEADING in read(recorder.videos[0].jpeg)


def test_what_is_said_before_the_conversation_is_there_is_heard_from_its_first_word(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    wav = stage.speech.wav(SPOKEN)
    browser.tab(browser.open(stage.web.url("/article")))
    worker = browser.service_worker()
    worker.evaluate(HOLD)
    with stage.sound.overhear() as room:
        stage.keys.press("alt+g")
        worker.wait("typeof letGo === 'function'", 30)
        wait_until(lambda: stage.sound.listeners() == 1, "the microphone is open", 30)
        with stage.sound.saying(wav) as speaking:
            began = room.wait_sound(timeout=30)
            wait_until(lambda: room.now() > began + 0.6, "the first words")
            worker.evaluate("letGo()")
            speaking.popen.wait(60)
    live.recorder.wait(lambda r: match_speech(r.audio, wav).score > 0.8, 30)
    # The browser's noise suppression, which has just begun, takes some of them.
    assert match_speech(live.recorder.audio, wav).first > 0.7, "the first words are there"
    assert stage.sound.listeners() == 1, "one microphone"


def test_the_toolbar_button_and_start_do_the_same(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    live.server.scenario = Answers
    page = browser.open(stage.web.url("/article"))
    panel = opened(browser, page)
    wav = stage.speech.wav(SPOKEN)
    panel.press("Start")
    panel.wait_hearing()
    with stage.sound.record() as speaker:
        stage.sound.say(wav)
        panel.wait_said("They fly to Antarctica.")
        assert speaker.wait_sound(hz=TONE_HZ)
    assert match_speech(live.recorder.audio, wav).score > 0.8
    assert went_ahead(live.recorder)
    assert ARTICLE_HEADING in read(live.recorder.videos[0].jpeg)
    # The picture has the tab's own pixels: no bars, nothing rescaled.
    picture = live.recorder.videos[0]
    width, height = page.evaluate("[innerWidth * devicePixelRatio, innerHeight * devicePixelRatio]")
    assert abs(picture.width - width) <= 2
    assert abs(picture.height - height) <= 2


def test_a_typed_question_goes_with_the_current_frame(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    live.server.scenario = Answers
    page = browser.open(stage.web.url("/article"))
    panel = opened(browser, page)
    panel.press("Start")
    panel.wait_state("listening")
    page.evaluate(f"location.href = {stage.web.url('/second')!r}")
    page.wait(f"document.querySelector('h1')?.textContent === {SECOND_HEADING!r}")
    live.recorder.wait(lambda r: r.videos and SECOND_HEADING in read(r.videos[-1].jpeg))
    sent = len(live.recorder.videos)
    panel.ask("When does the ferry leave?")
    panel.wait_said("You typed: When does the ferry leave?")
    [question] = live.recorder.texts
    before = [picture for picture in live.recorder.videos[sent:] if picture.at < question.at]
    assert before, "a picture went with the question"
    assert SECOND_HEADING in read(before[-1].jpeg)


def test_with_text_only_the_answer_shows_and_the_speaker_stays_silent(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    live.server.scenario = Answers
    page = browser.open(stage.web.url("/article"))
    panel = opened(browser, page)
    panel.choose("Text only")
    with stage.sound.record() as speaker:
        panel.press("Start")
        panel.wait_state("listening")
        panel.ask("Quietly, please?")
        panel.wait_said("You typed: Quietly, please?")
        live.recorder.wait(lambda r: r.records[-1].sent_with("turnComplete"))
        end = speaker.now() + 1.5
        wait_until(lambda: speaker.now() > end, "a second and a half of the speaker")
        assert speaker.loud_times() == []


def test_voice_only_sends_no_picture(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    live.server.scenario = Answers
    panel = opened(browser, browser.open(stage.web.url("/article")))
    panel.choose("Voice only")
    panel.press("Start")
    panel.wait_state("listening")
    panel.ask("Do you see anything?")
    panel.wait_said("You typed:")
    live.recorder.wait(lambda r: r.chunks, 30)
    assert live.recorder.videos == []


@pytest.mark.parametrize("how", ["button", "shortcut"])
def test_alt_g_on_another_tab_moves_the_eyes_there(
    stage: Stage, browser: Chromium, live: ThreadedServer, how: str
) -> None:
    live.server.scenario = Answers
    first = browser.open(stage.web.url("/article"))
    panel = opened(browser, first)
    panel.press("Start")
    live.recorder.wait(lambda r: r.videos and ARTICLE_HEADING in read(r.videos[-1].jpeg))
    browser.close_panel()
    second = browser.open(stage.web.url("/second"))
    browser.tab(second)
    if how == "shortcut":
        stage.keys.press("alt+g")
    else:
        panel = opened(browser, second)
        panel.choose("This tab")
    live.recorder.wait(lambda r: SECOND_HEADING in read(r.videos[-1].jpeg), 15)
    assert len(live.recorder.records) == 1, "one conversation"


def test_started_twice_in_a_row_the_tab_is_seen(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    live.server.scenario = Answers
    panel = opened(browser, browser.open(stage.web.url("/article")))
    start = "chrome.runtime.sendMessage({target: 'background', type: 'start', data: {source: 'tab'}})"
    browser.offscreen().evaluate(f"Promise.all([{start}, {start}]).then(() => null)")
    live.recorder.wait(lambda r: r.videos and ARTICLE_HEADING in read(r.videos[-1].jpeg))
    panel.wait_state("listening")
    assert len(live.recorder.records) == 1, "one conversation"


def test_mute_sends_silence_and_unmute_speech_again(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel = opened(browser, browser.open(stage.web.url("/article")))
    panel.press("Start")
    panel.wait_state("listening")
    panel.press("Mute microphone")
    panel.wait_state("mute")
    recorder = live.recorder
    mark = len(recorder.audio)
    recorder.wait(lambda r: len(r.audio) > mark + 6400)
    mark = len(recorder.audio)
    stage.sound.say(stage.speech.wav("Nobody hears this."))
    assert not any(recorder.audio[mark:]), "while muted there is silence, and it goes on"
    assert len(recorder.audio) > mark + 16_000
    panel.press("Unmute microphone")
    wav = stage.speech.wav("Now I am heard again.")
    mark = len(recorder.audio)
    stage.sound.say(wav)
    wait_until(lambda: match_speech(recorder.audio[mark:], wav).score > 0.8, "the speech after unmuting")


def test_t25_pause_captures_nothing_and_resume_captures_again(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    page = browser.open(stage.web.url("/moving"))
    panel = opened(browser, page)
    panel.press("Start")
    panel.wait_state("listening")
    live.recorder.wait(lambda r: len(r.videos) >= 2)
    panel.press("Pause sharing")
    panel.wait_state("pause")
    wait_until(lambda: stage.sound.listeners() == 0, "the microphone is closed, not only silent")
    assert browser.offscreen().evaluate("document.pictureInPictureElement") is None
    recorder = live.recorder
    heard, seen = wait_quiet(recorder)
    with stage.sound.record() as clock:
        until = clock.now() + 5
        wait_until(lambda: clock.now() > until, "five seconds")
    assert (len(recorder.audio), len(recorder.videos)) == (heard, seen)
    panel.press("Resume sharing")
    recorder.wait(lambda r: len(r.videos) > seen and len(r.audio) > heard, 10)


def test_end_closes_everything(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel = opened(browser, browser.open(stage.web.url("/article")))
    panel.press("Start")
    panel.wait_state("listening")
    panel.press("End")
    panel.wait_state("ended")
    live.recorder.wait(lambda r: r.records[0].closed_at is not None)
    assert live.recorder.records[0].close_code == 1000
    wait_until(lambda: stage.sound.listeners() == 0, "the microphone is closed")
    panel.press("Start")
    panel.wait_state("listening")
    assert len(live.recorder.records) == 2


def test_without_a_key_the_practice_server_answers(stage: Stage, profile: object, live: ThreadedServer) -> None:
    from stage.profile import Profile

    assert isinstance(profile, Profile)
    chromium = stage.chromium(profile)
    try:
        page = chromium.open(stage.web.url("/article"))
        panel = opened(chromium, page)
        panel.press("Start")
        panel.wait_hearing()
        with stage.sound.record() as speaker:
            stage.sound.say(stage.speech.wav("What is this page about?"))
            said = panel.wait_said("of speech and see ")
            speaker.wait_sound()
        assert "Practice" in said
        assert live.recorder.records == []
        assert chromium.errors() == []
    finally:
        chromium.end()
