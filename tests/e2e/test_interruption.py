"""The person speaks into an answer: what is heard at the speaker (F10, F11, F12)."""

from __future__ import annotations

import asyncio
import time
from random import Random
from statistics import median
from typing import TYPE_CHECKING

import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.sound import LEVEL_S
from stage.speech import RATE_HZ, tone_level
from tabtalk.practice import sound, wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.sound import Recording
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

OLD_HZ, NEXT_HZ = 440.0, 740.0
SILENT_WITHIN_S = 0.1
"""Of fourteen that wait. How much sooner it is, `tests/bench/run.py --interrupt` measures."""
ATTEMPTS = 5
"""A machine that is busy with something else at that moment says nothing about us; one of so many must be in time."""
WORDS = "One answer that is so very long that hardly anybody would ever wish to hear it to its end."
NOTES_HZ = [400.0 + 50 * note for note in range(40)]
NOTE_S = 0.5
ANSWER_S = 60.0
MOST_TRIES = 12
SOFT_S = 0.2
NOTE_WINDOW_S = 0.05
CLEAR = 0.9
"""The share of a window's energy that is the note, where it is that note and no edge between two."""


class LongAnswer(Scenario):
    """Fifteen seconds at once, and the turn stays open."""

    async def on_text(self, text: str) -> None:
        await self.send(wire.output_transcription(WORDS))
        await self.play(sound.tone(OLD_HZ, 15.0))


def talk(stage: Stage, browser: Chromium, live: ThreadedServer) -> Panel:
    live.server.scenario = LongAnswer
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.press("Start")
    panel.wait_state("listening")
    return panel


def scenario(live: ThreadedServer) -> Scenario:
    found = live.connections[-1].scenario
    assert found is not None
    return found


def interrupt(panel: Panel, speaker: Recording, live: ThreadedServer) -> tuple[float, float]:
    """Seconds from `interrupted`, a second into an answer, to silence; and when that was."""
    asked = speaker.now()
    panel.ask("Go on.")
    began = speaker.wait_sound(since=asked, hz=OLD_HZ)
    wait_until(lambda: speaker.now() > began + 1, "a second of the answer")
    interrupted = time.monotonic()
    live.call(lambda: scenario(live).send(wire.interrupted()))
    silent = speaker.wait_silence(lasting=0.5)
    return silent - interrupted, silent


def test_f11_interrupted_empties_the_speaker_and_the_next_turn_plays(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel = talk(stage, browser, live)
    with stage.sound.record() as speaker:
        for attempt in range(1, ATTEMPTS + 1):
            silent_within, silent = interrupt(panel, speaker, live)
            if silent_within <= SILENT_WITHIN_S:
                break
            assert attempt < ATTEMPTS, f"silent after {silent_within:.3f} s, and no sooner {ATTEMPTS} times"
            live.call(lambda: scenario(live).send(wire.turn_complete()))
        for _ in range(3):
            live.call(lambda: scenario(live).send(wire.audio(sound.tone(OLD_HZ, 0.3))))
        live.call(lambda: scenario(live).send(wire.turn_complete()))
        live.call(lambda: scenario(live).answer(sound.tone(NEXT_HZ, 0.8), "The next answer."))
        panel.wait_said("The next answer.")
        following = speaker.wait_sound(since=silent + 0.01, hz=NEXT_HZ)
        wait_until(lambda: speaker.now() > following + 1.2, "the next answer was played")
        stretches = [stretch for stretch in speaker.loud_times(since=silent + 0.01) if stretch[1] - stretch[0] > 0.05]
        assert all(speaker.tone(OLD_HZ, *stretch) < 0.1 for stretch in stretches), "no late sound of the old turn"
        assert sum(end - begin for begin, end in stretches) == pytest.approx(0.8, abs=0.15)
    heard, unheard = panel.conversation().rsplit("interrupted; not heard:", 1)
    assert WORDS.startswith(heard.split(": ")[-1])
    assert unheard.strip().split("Gemini:")[0] in WORDS


def notes_heard(speaker: Recording, since: float) -> list[float]:
    """The notes in their order, each once; none for what is no note."""
    heard: list[float] = []
    samples = speaker.samples(since)
    window = round(NOTE_WINDOW_S * RATE_HZ)
    for begin in range(0, len(samples) - window, window):
        piece = samples[begin : begin + window]
        note = next((hz for hz in NOTES_HZ if tone_level(piece, hz) > CLEAR), None)
        if note is not None and heard[-1:] != [note]:
            heard.append(note)
    return heard


@pytest.mark.parametrize("late_s", [(0.0, 0.0), (0.4, 1.2)], ids=["at once", "800 +-400 ms late"])
def test_f10_an_answer_is_heard_whole_and_in_order(
    stage: Stage, browser: Chromium, live: ThreadedServer, late_s: tuple[float, float]
) -> None:
    """Twenty seconds that come within one; and eight that come piecemeal, each piece late by another time."""
    talk(stage, browser, live)
    at_once = late_s == (0.0, 0.0)
    notes = NOTES_HZ if at_once else NOTES_HZ[:16]
    random = Random(1)

    async def answer() -> None:
        await scenario(live).send(wire.output_transcription("Note by note."))
        began = asyncio.get_running_loop().time()
        for place, hz in enumerate(notes):
            arrival = began + place * NOTE_S + random.uniform(*late_s)
            if not at_once:
                await asyncio.sleep(arrival - asyncio.get_running_loop().time())
            await scenario(live).play(sound.tone(hz, NOTE_S))
        await scenario(live).complete_turn()

    with stage.sound.record() as speaker:
        live.call(answer, timeout=60)
        began = speaker.wait_sound(hz=notes[0], timeout=30)
        speaker.wait_silence(lasting=3, timeout=90)
        assert notes_heard(speaker, began) == notes


def test_f12_a_spurious_interruption_leaves_the_conversation_alive(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel = talk(stage, browser, live)

    async def spurious() -> None:
        await scenario(live).interrupt()
        await scenario(live).send(wire.turn_complete())
        await scenario(live).answer(sound.tone(NEXT_HZ, 0.5), "Still here.")

    with stage.sound.record() as speaker:
        live.call(spurious)
        panel.wait_said("Still here.")
        assert speaker.wait_sound(hz=NEXT_HZ)
    mark = len(live.recorder.chunks)
    live.recorder.wait(lambda r: len(r.chunks) > mark + 10)


def test_an_answer_gives_way_to_a_voice_and_rises_again_when_nobody_is_interrupted(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel = talk(stage, browser, live)

    async def answer() -> None:
        await scenario(live).play(sound.tone(OLD_HZ, ANSWER_S))

    with stage.sound.record() as speaker:
        live.call(answer, timeout=60)
        began = speaker.wait_sound(hz=OLD_HZ, timeout=30)
        wait_until(lambda: speaker.now() > began + 2, "two seconds of the answer", 30)
        loudness = median(level for _, level in speaker.levels(began + 0.5))

        def soft(at: float) -> list[float]:
            """Times of what is as soft as it is to be: not silent, for that would be a machine that cannot follow."""
            return [when for when, level in speaker.levels(at) if 0.08 < level / loudness < 0.2]

        # While the browser's echo canceller is new to the answer it takes a voice for its echo, and lets nothing through.
        for _ in range(MOST_TRIES):
            stage.sound.say(stage.speech.wav("Wait a moment, please."))
            if len(soft(began + 0.5)) * LEVEL_S > SOFT_S:
                break
        times = soft(began + 0.5)
        assert len(times) * LEVEL_S > SOFT_S
        wait_until(
            lambda: sum(level > 0.8 * loudness for _, level in speaker.levels(times[-1])) * LEVEL_S > 0.5,
            "half a second as loud as before",
            15,
        )
    assert "interrupted" not in panel.conversation()
