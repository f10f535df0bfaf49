"""What is said, in a whole conversation: whose turn it is, and what the extension is told of it."""

import asyncio

from conversation import begin, call, hosting, talking, wait
from tabtalk import protocol
from tabtalk.practice import scenarios, sound, wire
from tabtalk.practice.scenario import Scenario, in_turn


async def test_an_answer_comes_whole_and_in_order():
    pcm = sound.speech_like(2.0)

    class Answers(Scenario):
        async def on_text(self, text):
            await self.answer(pcm, "Two seconds of it.")

    async with talking(Answers) as (client, _server, _dialer):
        await client.send("ask", text="go")
        seen = await client.until_type("turn-complete")
    assert b"".join(part[1] for part in seen if isinstance(part, tuple)) == pcm
    assert {part[0] for part in seen if isinstance(part, tuple)} == {1}
    said = [part["data"] for part in seen if isinstance(part, dict) and part["type"] == "transcript"]
    assert "".join(part["text"] for part in said) == "Two seconds of it."
    assert {part["role"] for part in said} == {"model"}


async def test_f10_a_burst_of_twenty_seconds_arrives_whole():
    async with talking(scenarios.Burst) as (client, server, _dialer):
        await client.send("ask", text="go")
        wanted = len(server.connections[-1].scenario.pcm)
        got = 0
        while got < wanted:
            seen = await client.until(lambda part: isinstance(part, tuple))
            got += len(seen[-1][1])
    assert got == wanted


async def test_f11_late_chunks_of_an_interrupted_turn_are_not_passed_on():
    async with talking(scenarios.Burst) as (client, server, _dialer):
        await client.send("ask", text="go")
        await client.until(lambda part: isinstance(part, tuple))

        async def interrupt(scenario):
            await scenario.send(wire.interrupted())
            await scenario.send(wire.audio(b"late" * 100))
            await scenario.send(wire.turn_complete())
            await scenario.send(wire.audio(b"next" * 100))
            await scenario.complete_turn()

        await call(server, interrupt)
        await client.until_type("interrupted", turn=1)
        after = await client.until_type("turn-complete", turn=2)
    assert [part for part in after if isinstance(part, tuple)] == [(2, b"next" * 100)]


async def test_f2_an_answer_that_broke_off_is_told_and_the_next_one_is_another_turn():
    class BreaksOff(Scenario):
        async def on_text(self, _text):
            await self.send(wire.output_transcription("The first half"))
            await self.play(sound.speech_like(0.1))

    class Answers(Scenario):
        async def on_text(self, _text):
            await self.answer(sound.speech_like(0.1), "The whole.")

    async with talking(in_turn(BreaksOff, Answers)) as (client, server, _dialer):
        await client.send("ask", text="go")
        await client.until(lambda part: isinstance(part, tuple))
        await asyncio.to_thread(server.drop)
        seen = await client.until_type("session-state", state="reconnecting")
        assert [part["data"] for part in seen if isinstance(part, dict) and part["type"] == "interrupted"] == [
            {"turn": 1}
        ]
        await client.until_live()
        await client.send("ask", text="again")
        assert (await client.until_type("turn-complete"))[-1]["data"] == {"turn": 2}


async def test_f2_a_question_in_the_middle_of_which_the_connection_breaks_is_heard_whole_by_the_next():
    async with hosting() as (link, server, _dialer), link() as client:
        await begin(client)
        await client.until_live()
        for number in range(20):
            await client.media(protocol.AUDIO_UP, bytes([number, 0x20]) * 320)
        await wait(server, lambda r: len(r.audio) == 20 * 640)
        await call(server, lambda scenario: scenario.send(wire.input_transcription("What does", finished=False)))
        await client.until_type("transcript")
        await asyncio.to_thread(server.drop)
        await client.until_live()
        for number in range(20, 30):
            await client.media(protocol.AUDIO_UP, bytes([number, 0x20]) * 320)
        recorder = await wait(server, lambda r: len(r.records) == 2 and len(r.records[1].audio) == 30 * 640)
        await call(server, lambda scenario: scenario.send(wire.input_transcription("What does it say?")))
        seen = await client.until_type("transcript")
    assert recorder.records[1].audio == b"".join(bytes([number, 0x20]) * 320 for number in range(30))
    assert seen[-1]["data"] == {"role": "user", "text": " it say?", "finished": True, "turn": 1}


async def test_f2_a_question_whose_answer_has_begun_is_not_asked_again():
    class BreaksOff(Scenario):
        async def on_text(self, _text):
            await self.send(wire.output_transcription("The first half"))

    async with hosting(in_turn(BreaksOff, Scenario)) as (link, server, _dialer):
        async with link() as client:
            await begin(client)
            await client.until_live()
            await client.send("ask", text="go")
            await client.until_type("transcript", role="model")
            await asyncio.to_thread(server.drop)
            await client.until_live()
            await client.media(protocol.AUDIO_UP, b"ab" * 320)
            await wait(server, lambda r: len(r.records) == 2 and r.records[1].audio)
        assert server.recorder.records[1].texts == []
