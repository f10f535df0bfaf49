"""The real google-genai SDK talks to the practice server."""

from __future__ import annotations

import asyncio
import io
import ssl
import wave
from array import array
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from google.genai.live import AsyncSession
from PIL import Image

from tabtalk.practice import sound, wire
from tabtalk.practice.answerer import Answerer
from tabtalk.practice.scenario import Scenario, in_turn
from tabtalk.practice.scenarios import Burst, CloseWith, GoAway, NoSetupComplete, RejectKey
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread

KEY = "a key of this test"
MODEL = "gemini-3.8-live"
CONFIG: dict[str, Any] = {
    "response_modalities": ["AUDIO"],
    "input_audio_transcription": {},
    "output_audio_transcription": {},
    "session_resumption": {},
    "system_instruction": "Help with what is on the screen.",
    "context_window_compression": {"sliding_window": {}},
}
SPEECH = sound.speech_like(1.2, sound.IN_RATE_HZ)
PAUSE = bytes(2 * sound.IN_RATE_HZ)
QUICK = partial(Answerer, pace=20, patient=False)


@asynccontextmanager
async def talk(
    server: ThreadedServer, *, key: str = KEY, model: str = MODEL, version: str = "v1beta", **changes: Any
) -> AsyncIterator[AsyncSession]:
    context = ssl.create_default_context(cadata=server.ca_pem)
    options = types.HttpOptions(
        api_version=version, base_url=server.base_url, async_client_args={"ssl": context, "ping_timeout": None}
    )
    client = genai.Client(api_key=key, enterprise=False, http_options=options)
    config = types.LiveConnectConfig(**(CONFIG | changes))
    async with asyncio.timeout(20), client.aio.live.connect(model=model, config=config) as session:
        yield session


def blob(pcm: bytes) -> types.Blob:
    return types.Blob(data=pcm, mime_type="audio/pcm;rate=16000")


async def say(session: AsyncSession, pcm: bytes, *, pace: float = 8) -> None:
    for at in range(0, len(pcm), 1280):
        await session.send_realtime_input(audio=blob(pcm[at : at + 1280]))
        await asyncio.sleep(0.04 / pace)


async def show(session: AsyncSession, width: int, height: int) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(made, "JPEG")
    await session.send_realtime_input(video=types.Blob(data=made.getvalue(), mime_type="image/jpeg"))
    return made.getvalue()


async def turn(session: AsyncSession) -> list[types.LiveServerMessage]:
    return [message async for message in session.receive()]


def contents(messages: list[types.LiveServerMessage]) -> list[types.LiveServerContent]:
    return [message.server_content for message in messages if message.server_content]


def written(messages: list[types.LiveServerMessage]) -> str:
    found = (content.output_transcription for content in contents(messages))
    return "".join(transcription.text or "" for transcription in found if transcription)


def sounded(messages: list[types.LiveServerMessage]) -> bytes:
    parts = (part for content in contents(messages) if content.model_turn for part in content.model_turn.parts or [])
    return b"".join(part.inline_data.data or b"" for part in parts if part.inline_data)


async def handle(session: AsyncSession) -> str:
    async for message in session.receive():
        update = message.session_resumption_update
        if update and update.resumable and update.new_handle:
            return update.new_handle
    raise AssertionError("no handle")


@contextmanager
def practice(scenario: Any = QUICK, **options: Any) -> Iterator[ThreadedServer]:
    with run_in_thread(PracticeServer(scenario, key=KEY, **options)) as server:
        yield server


async def wait(server: ThreadedServer, predicate: Callable[[Any], object]) -> None:
    await asyncio.to_thread(server.recorder.wait, predicate)


async def test_speech_and_a_picture_in_an_answer_out() -> None:
    with practice() as server:
        async with talk(server) as session:
            assert session.setup_complete is not None
            jpeg = await show(session, 1200, 616)
            await say(session, bytes(9600) + SPEECH + PAUSE)
            messages = await turn(session)
            update = await handle(session)
        await wait(server, lambda r: r.records[0].closed_at)
    record = server.recorder.records[0]
    assert record.path == "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
    assert record.setup is not None
    assert record.setup.instruction == CONFIG["system_instruction"]
    assert record.audio == bytes(9600) + SPEECH + PAUSE
    assert [(video.jpeg, video.width, video.height) for video in record.videos] == [(jpeg, 1200, 616)]

    heard = [content.input_transcription for content in contents(messages) if content.input_transcription]
    assert [transcription.text for transcription in heard] == ["(practice mode heard 1.2 s of speech)"]
    assert written(messages) == (
        "Practice: I heard 1.2 s of speech and see 1200x616 of what you share."
        " Add your own Gemini key with `host/install.py` to talk for real."
    )
    answer = sounded(messages)
    assert answer.startswith(sound.chime())
    own_words = b"".join(sound.upsampled(SPEECH))
    assert own_words[2400:40_000] in answer
    assert len(update) > 20


async def test_order_of_a_turn() -> None:
    with practice() as server:
        async with talk(server) as session:
            await session.send_realtime_input(text="What is this?")
            await turn(session)
            await handle(session)
    sent = [next(iter(sent.frame.get("serverContent") or sent.frame)) for sent in server.recorder.records[0].sent]
    assert [name for name in sent if name not in ("modelTurn", "outputTranscription")] == [
        "setupComplete",
        "generationComplete",
        "turnComplete",
        "sessionResumptionUpdate",
    ]
    assert sent[1] == "modelTurn"
    assert sent[-3] == "generationComplete"
    assert "usageMetadata" in server.recorder.records[0].sent[-2].frame


async def test_typed_question_is_quoted_and_the_key_is_mentioned_now_and_then() -> None:
    with practice() as server:
        async with talk(server) as session:
            answers = []
            for _ in range(4):
                await session.send_realtime_input(text='What is  "this"?')
                answers.append(written(await turn(session)))
    assert answers[1] == 'Practice: you typed "What is "this"?", and I see no picture.'
    assert ["your own Gemini key" in answer for answer in answers] == [True, False, False, True]


async def test_what_is_asked_about_a_sound_is_answered_with_how_long_it_was() -> None:
    written_file = io.BytesIO()
    with wave.open(written_file, "wb") as file:
        file.setparams((1, 2, sound.IN_RATE_HZ, 0, "NONE", ""))
        file.writeframes(SPEECH)
    part = types.Part(inline_data=types.Blob(data=written_file.getvalue(), mime_type="audio/wav"))
    with practice() as server:
        async with talk(server) as session:
            for _ in range(5):
                await session.send_client_content(turns=types.Content(role="user", parts=[part]), turn_complete=False)
            await session.send_client_content(turns=types.Content(role="user", parts=[types.Part(text="And?")]))
            answer = written(await turn(session))
            await session.send_realtime_input(text="And now?")
            next_answer = written(await turn(session))
    assert answer.startswith('Practice: you asked "And?", I heard 6 s of the tab, and I see no picture.')
    assert next_answer.startswith('Practice: you typed "And now?"')


async def test_client_content_is_a_question_too() -> None:
    with practice() as server:
        async with talk(server) as session:
            turns = types.Content(role="user", parts=[types.Part(text="Read this.")])
            await session.send_client_content(turns=turns, turn_complete=False)
            await session.send_client_content(turns=turns)
            messages = await turn(session)
            assert 'you typed "Read this."' in written(messages)


async def test_without_transcriptions_nothing_is_written() -> None:
    with practice() as server:
        changes: dict[str, Any] = {
            "input_audio_transcription": None,
            "output_audio_transcription": None,
            "session_resumption": None,
        }
        async with talk(server, **changes) as session:
            await say(session, SPEECH + PAUSE)
            messages = await turn(session)
    assert sounded(messages)
    names = {name for sent in server.recorder.records[0].sent for name in sent.frame.get("serverContent", sent.frame)}
    assert names == {"setupComplete", "modelTurn", "generationComplete", "turnComplete"}


async def test_barge_in_stops_the_answer() -> None:
    with practice(partial(Answerer, pace=1.0)) as server:
        async with talk(server) as session:
            await say(session, sound.speech_like(3, sound.IN_RATE_HZ) + PAUSE)
            await wait(server, lambda r: r.records[0].sent_with("modelTurn"))
            speaking = asyncio.create_task(say(session, SPEECH))
            messages = await turn(session)
            flags = [(content.interrupted, content.generation_complete) for content in contents(messages)]
            assert flags[-2:] == [(True, None), (None, None)]
            assert contents(messages)[-1].turn_complete
            assert sound.seconds(sounded(messages), sound.OUT_RATE_HZ) < 3
            await speaking
            await say(session, PAUSE)
            assert "I heard 1." in written(await turn(session))
    sent = server.recorder.records[0].sent
    names = [next(iter(one.frame.get("serverContent", one.frame))) for one in sent]
    after = names[names.index("interrupted") + 1 :]
    assert after[:3] == ["turnComplete", "sessionResumptionUpdate", "inputTranscription"]


async def test_the_echo_of_an_answer_does_not_interrupt_it() -> None:
    softer = sound.to_pcm(array("h", [value // 6 for value in sound.samples(SPEECH)]))
    with practice(partial(Answerer, pace=1.0)) as server:
        async with talk(server) as session:
            await say(session, SPEECH + PAUSE)
            await wait(server, lambda r: r.records[0].sent_with("modelTurn"))
            await say(session, softer + PAUSE, pace=2)
            messages = await turn(session)
    assert not any(content.interrupted for content in contents(messages))
    record = server.recorder.records[0]
    assert not record.sent_with("interrupted")
    [complete], begun = record.sent_with("turnComplete"), record.sent_with("modelTurn")[0]
    assert complete.at - begun.at > sound.seconds(sounded(messages), sound.OUT_RATE_HZ)


async def test_silence_is_not_answered() -> None:
    with practice() as server:
        async with talk(server) as session:
            await say(session, bytes(32_000 * 3), pace=20)
            await wait(server, lambda r: len(r.audio) == 32_000 * 3)
            await session.send_realtime_input(text="done")
            messages = await turn(session)
    assert 'you typed "done"' in written(messages)
    assert len(server.recorder.records[0].sent_with("turnComplete")) == 1


async def test_a_typed_question_interrupts_too() -> None:
    with practice(partial(Answerer, pace=1.0)) as server:
        async with talk(server) as session:
            await session.send_realtime_input(text="first")
            await wait(server, lambda r: r.records[0].sent_with("modelTurn"))
            await session.send_realtime_input(text="second")
            assert any(content.interrupted for content in contents(await turn(session)))
            assert '"second"' in written(await turn(session))


async def test_the_end_of_the_audio_stream_ends_the_speech() -> None:
    with practice() as server:
        async with talk(server) as session:
            await say(session, SPEECH)
            await session.send_realtime_input(audio_stream_end=True)
            assert "I heard 1.2 s" in written(await turn(session))


async def test_activity_marked_by_the_client() -> None:
    detection = types.AutomaticActivityDetection(disabled=True)
    with practice() as server:
        config = types.RealtimeInputConfig(automatic_activity_detection=detection)
        async with talk(server, realtime_input_config=config) as session:
            await say(session, SPEECH)
            await session.send_realtime_input(activity_start=types.ActivityStart())
            await say(session, SPEECH[:32_000])
            await session.send_realtime_input(activity_end=types.ActivityEnd())
            messages = await turn(session)
    assert "I heard 1.0 s" in written(messages)
    assert not server.recorder.records[0].sent_with("interrupted")


async def test_a_silence_ends_nothing_where_the_client_marks_activity() -> None:
    detection = types.AutomaticActivityDetection(disabled=True)
    with practice() as server:
        config = types.RealtimeInputConfig(automatic_activity_detection=detection)
        async with talk(server, realtime_input_config=config) as session:
            await session.send_realtime_input(activity_end=types.ActivityEnd())
            await session.send_realtime_input(activity_start=types.ActivityStart())
            await say(session, SPEECH + bytes(96_000))
            await say(session, SPEECH)
            await session.send_realtime_input(audio_stream_end=True)
            assert not server.recorder.records[0].sent_with("modelTurn")
            await session.send_realtime_input(activity_end=types.ActivityEnd())
            assert "I heard 5.4 s" in written(await turn(session))
    assert len(server.recorder.records[0].sent_with("turnComplete")) == 1


@pytest.mark.parametrize("signal", [{"activity_start": types.ActivityStart()}, {"activity_end": types.ActivityEnd()}])
async def test_activity_marked_by_the_client_ends_a_session_that_listens_for_itself(signal: dict[str, Any]) -> None:
    with practice() as server:
        async with talk(server) as session:
            with pytest.raises(errors.APIError) as closed:
                await session.send_realtime_input(**signal)
                await turn(session)
            assert (closed.value.code, closed.value.details) == (1007, wire.ACTIVITY_TEXT)


async def test_resumption_continues_the_conversation() -> None:
    with practice() as server:
        async with talk(server) as session:
            await session.send_realtime_input(text="one")
            await turn(session)
            kept = await handle(session)
        async with talk(server, session_resumption=types.SessionResumptionConfig(handle=kept)) as session:
            await session.send_realtime_input(text="two")
            assert "this is the same conversation, after 1 turn." in written(await turn(session))
            await session.send_realtime_input(text="three")
            assert "the same conversation" not in written(await turn(session))


async def test_go_away_comes_before_the_deadline() -> None:
    with practice(lifetime_s=0.4, notice_s=0.3) as server:
        async with talk(server) as session:
            with pytest.raises(errors.APIError) as closed:
                async for message in session.receive():
                    assert message.go_away is not None
                    assert message.go_away.time_left == "0.3s"
            assert (closed.value.code, closed.value.details) == (1011, wire.DEADLINE_TEXT)


async def test_go_away_scenario_gives_a_handle_that_the_next_connection_takes() -> None:
    with practice(in_turn(partial(GoAway, time_left_s=0.2), QUICK)) as server:
        async with talk(server) as session:
            kept = await handle(session)
            with pytest.raises(errors.APIError):
                await turn(session)
        async with talk(server, session_resumption=types.SessionResumptionConfig(handle=kept)) as session:
            await session.send_realtime_input(text="here again")
            assert "the same conversation" in written(await turn(session))


@pytest.mark.parametrize(
    ("scenario", "changes", "code", "text"),
    [
        (Answerer, {"key": "wrong"}, 1007, "API key not valid. Please pass a valid API key."),
        (RejectKey, {}, 1007, "API key not valid. Please pass a valid API key."),
        (
            Answerer,
            {"model": "gemini-9-pro"},
            1008,
            "models/gemini-9-pro is not found for API version v1beta, or is not supported for bidiGenerateContent.",
        ),
        (Answerer, {"model": "gemini-9", "version": "v1"}, 1008, "models/gemini-9 is not found for API version v1,"),
        (Answerer, {"response_modalities": ["TEXT"]}, 1007, "The requested combination of response modalities (TEXT)"),
        (
            Answerer,
            {"session_resumption": types.SessionResumptionConfig(handle="long gone")},
            1008,
            "Requested entity was not found.",
        ),
        (partial(CloseWith, code=1011, reason=wire.QUOTA_TEXT), {}, 1011, "You exceeded your current quota"),
    ],
)
async def test_refusals_reach_the_sdk(scenario: Any, changes: dict[str, Any], code: int, text: str) -> None:
    with practice(scenario) as server:
        with pytest.raises(errors.APIError) as refused:
            async with talk(server, **changes):
                pass
        assert refused.value.code == code
        assert text in str(refused.value.details)
        await wait(server, lambda r: r.records[0].close_code == code)


async def test_known_models_only_where_they_are_named() -> None:
    with practice(models=frozenset({"models/gemini-3.8-live"})) as server:
        async with talk(server):
            pass
        with pytest.raises(errors.APIError, match="not found for API version"):
            async with talk(server, model="gemini-3.9-live"):
                pass


async def test_too_many_conversations_exceed_the_quota() -> None:
    with practice(max_connections=1) as server:
        async with talk(server):
            with pytest.raises(errors.APIError, match="exceeded your current quota"):
                async with talk(server):
                    pass
        await wait(server, lambda r: all(record.closed_at for record in r.records))
        async with talk(server):
            pass


async def test_no_setup_complete() -> None:
    with practice(NoSetupComplete) as server:
        connecting = asyncio.ensure_future(talk(server).__aenter__())
        await wait(server, lambda r: r.setups)
        done, _ = await asyncio.wait([connecting], timeout=0.3)
        assert not done
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting


async def test_burst_arrives_whole_and_can_be_interrupted() -> None:
    with practice(partial(Burst, seconds=20)) as server:
        async with talk(server) as session:
            await session.send_realtime_input(text="go on")
            await wait(server, lambda r: len(r.records[0].sent_with("modelTurn")) == 200)
            server_side = server.connections[0].scenario
            assert isinstance(server_side, Burst)
            await asyncio.to_thread(server.call, server_side.interrupt)
            messages = await turn(session)
    assert sounded(messages) == server_side.pcm
    assert contents(messages)[-2].interrupted


async def test_a_dropped_connection_is_1006() -> None:
    with practice() as server:
        async with talk(server) as session:
            server.drop()
            with pytest.raises(errors.APIError) as closed:
                await turn(session)
            assert closed.value.code == 1006
        await wait(server, lambda r: r.records[0].close_code == 1006)


async def test_a_mistake_in_a_scenario_closes_the_connection_and_fails_the_test() -> None:
    class Wrong(Scenario):
        async def on_text(self, text: str) -> None:
            raise ZeroDivisionError(text)

    with pytest.raises(ZeroDivisionError), practice(Wrong) as server:
        async with talk(server) as session:
            await session.send_realtime_input(text="now")
            with pytest.raises(errors.APIError) as closed:
                await turn(session)
            assert closed.value.code == 1011
