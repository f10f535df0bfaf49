"""The person speaks into an answer: what is heard at the speaker (F10, F11, F12)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from stage.panel import Panel
from stage.process import wait_until
from tabtalk.practice import sound, wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

OLD_HZ, NEXT_HZ = 440.0, 740.0
SILENT_WITHIN_S = 0.1


class LongAnswer(Scenario):
    """Fifteen seconds at once, and the turn stays open."""

    async def on_text(self, text: str) -> None:
        await self.send(wire.output_transcription("A very long answer."))
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


def test_f11_interrupted_empties_the_speaker_and_the_next_turn_plays(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel = talk(stage, browser, live)
    with stage.sound.record() as speaker:
        panel.ask("Go on.")
        began = speaker.wait_sound(hz=OLD_HZ)
        wait_until(lambda: speaker.now() > began + 1, "a second of the answer")
        interrupted = time.monotonic()
        live.call(lambda: scenario(live).send(wire.interrupted()))
        silent = speaker.wait_silence(lasting=0.5)
        assert silent - interrupted <= SILENT_WITHIN_S
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
    assert "A very long answer." in panel.conversation()


def test_f10_a_burst_is_played_whole(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel = talk(stage, browser, live)

    async def burst() -> None:
        await scenario(live).answer(sound.tone(NEXT_HZ, 6.0), "Six seconds at once.")

    with stage.sound.record() as speaker:
        live.call(burst)
        panel.wait_said("Six seconds at once.")
        began = speaker.wait_sound(hz=NEXT_HZ)
        end = speaker.wait_silence(lasting=0.6, timeout=15)
        assert end - began == pytest.approx(6.0, abs=0.25)


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
