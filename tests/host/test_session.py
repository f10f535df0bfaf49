"""A whole conversation in one process: a client as the extension is one, the gate, the session, the real SDK, and the
practice server."""

import asyncio
import contextlib
import dataclasses
import importlib
import json
import time
from functools import partial

import pytest
from websockets.asyncio.client import connect

from tabtalk import keeper, live, outbox, protocol, session
from tabtalk.gate import Gate
from tabtalk.keeper import Keeper
from tabtalk.link import Link
from tabtalk.listener import listen
from tabtalk.live_events import Endpoint
from tabtalk.practice import scenarios, sound, wire
from tabtalk.practice.scenario import Scenario, in_turn
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread
from tabtalk.protocol import EXTENSION_ORIGIN
from tabtalk.tokens import Tokens


class Dialer:
    """Dials one practice server."""

    def __init__(self, server, key="right", model="gemini-3.8-live"):
        self._endpoint = Endpoint(key=key, model=model, instructions="", base_url=server.base_url, ca_pem=server.ca_pem)
        self.dials = 0

    async def endpoint(self):
        return self._endpoint

    def choose(self, model):
        self._endpoint = dataclasses.replace(self._endpoint, model=model)

    def dial(self, endpoint, handle):
        self.dials += 1
        return live.connect(endpoint, handle)


class Client:
    """The extension's end of the link."""

    def __init__(self, socket):
        self.socket = socket
        self.sequence = 0

    async def send(self, type, **data):
        await self.socket.send(json.dumps({"type": type, "data": data}))

    async def start(self, source="tab", **more):
        await self.send("start-session", source=source, title="A page", **more)

    async def media(self, kind, payload, turn=0):
        self.sequence += 1
        header = protocol._HEADER.pack(kind, 0, turn, self.sequence, time.time() * 1000)
        await self.socket.send(header + payload)
        return self.sequence

    async def until(self, wanted, timeout=10):
        """Reads until `wanted(message)`; returns all that was read. A binary frame is a `(turn, pcm)`."""
        seen = []
        async with asyncio.timeout(timeout):
            while not (seen and wanted(seen[-1])):
                frame = await self.socket.recv()
                if isinstance(frame, bytes):
                    _kind, _flags, turn, _sequence, _time = protocol._HEADER.unpack_from(frame)
                    seen.append((turn, frame[protocol.HEADER_BYTES :]))
                else:
                    seen.append(json.loads(frame))
        return seen

    async def until_type(self, type, timeout=10, **data):
        def wanted(message):
            return isinstance(message, dict) and message["type"] == type and data.items() <= message["data"].items()

        return await self.until(wanted, timeout)

    async def until_live(self):
        return await self.until_type("session-state", state="live")


@contextlib.asynccontextmanager
async def talking(scenario=Scenario, *, start=True, key="right", model="gemini-3.8-live", **more):
    """(client, server, dialer) with a conversation that is live, unless `start` is off."""
    with run_in_thread(PracticeServer(scenario, key="right", **more)) as server:
        dialer = Dialer(server, key, model)
        tokens = Tokens()

        kept = Keeper(dialer)

        async def converse(connection):
            await kept.serve(Link(connection))

        listener = listen()
        async with Gate(tokens, converse).serve(listener):
            url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
            offered = ["tabtalk.v1", "auth." + tokens.mint().token]
            async with connect(url, origin=EXTENSION_ORIGIN, subprotocols=offered, proxy=None) as socket:
                client = Client(socket)
                if start:
                    await client.start()
                    await client.until_live()
                yield client, server, dialer
            await kept.close()


async def wait(server, predicate):
    return await asyncio.to_thread(server.recorder.wait, predicate)


def call(server, action):
    """Runs `action(scenario)` of the newest connection in the server's loop."""
    return asyncio.to_thread(server.call, lambda: action(server.connections[-1].scenario))


async def test_the_states_are_told_as_they_come():
    async with talking(start=False) as (client, _server, _dialer):
        await client.start()
        seen = await client.until_live()
    assert seen[0] == {"type": "attached", "data": {"kept": False, "received": -1}}
    assert [message["data"]["state"] for message in seen[1:]] == ["starting", "live"]
    assert seen[-1]["data"]["model"] == "gemini-3.8-live"


async def test_a_frame_sent_before_the_audio_reaches_gemini_before_it():
    async with talking() as (client, server, _dialer):
        sequence = await client.media(protocol.VIDEO_UP, b"\xff\xd8jpeg")
        for number in range(100):
            await client.media(protocol.AUDIO_UP, bytes([number]) * 640)
        recorder = await wait(server, lambda r: len(r.audio) == 64_000)
        assert recorder.audio == b"".join(bytes([number]) * 640 for number in range(100))
        assert recorder.videos[0].at < recorder.chunks[0].at
        await client.until_type("frame-ack", sequence=sequence)


async def test_sound_goes_both_ways_past_the_tasks_and_arrives_in_order(monkeypatch):
    class Echo(Scenario):
        async def on_audio(self, pcm, rate_hz):
            await self.send(wire.audio(pcm))

    at_once = {"hear": [], "_play": []}
    for name, went in at_once.items():

        def noted(self, piece, way=getattr(session.Session, name), went=went):
            went.append(way(self, piece))
            return went[-1]

        monkeypatch.setattr(session.Session, name, noted)
    said, heard = [], []
    async with talking(Echo) as (client, server, _dialer), asyncio.timeout(30):
        while not all(map(any, at_once.values())) or len(said) < 10:
            said.append(bytes([len(said) % 256]) * 640)
            await client.media(protocol.AUDIO_UP, said[-1])
            *_before, (_turn, pcm) = await client.until(lambda message: isinstance(message, tuple))
            heard.append(pcm)
        recorder = await wait(server, lambda r: len(r.audio) == 640 * len(said))
        assert recorder.audio == b"".join(said)
        assert heard == said


async def test_a_typed_question_follows_its_frame():
    async with talking() as (client, server, _dialer):
        await client.media(protocol.VIDEO_UP, b"\xff\xd8jpeg")
        await client.send("ask", text="  What is this?  ")
        recorder = await wait(server, lambda r: r.texts)
        assert recorder.texts[0].text == "What is this?"
        assert recorder.videos[0].at < recorder.texts[0].at


@pytest.mark.parametrize("text", ["", "   ", "x" * (session.MAX_QUESTION_CHARS + 1)])
async def test_a_question_that_cannot_be_sent_is_refused_with_a_reason(text):
    async with talking() as (client, _server, _dialer):
        await client.send("ask", text=text)
        refused = (await client.until_type("error"))[-1]["data"]
        assert refused["code"] == "bad-message"
        assert not refused["fatal"]


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


async def test_f2_a_broken_connection_is_dialled_again_and_resumed():
    async with talking() as (client, server, dialer):
        await call(server, lambda scenario: scenario.connection.send_handle())
        # The handle is on its way before anything said after it.
        await call(server, lambda scenario: scenario.send(wire.input_transcription("mark")))
        await client.until_type("transcript", text="mark")
        await asyncio.to_thread(server.drop)
        seen = await client.until_live()
        assert [part["data"]["state"] for part in seen if part["type"] == "session-state"] == ["reconnecting", "live"]
        assert seen[0]["data"]["reason"] == "service-unavailable"
        setups = server.recorder.setups
    assert dialer.dials == 2
    assert setups[1].handle is not None


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


async def test_f3_a_handle_that_is_refused_is_dropped_for_a_fresh_session():
    class Forgets(Scenario):
        async def on_setup(self, setup):
            if setup.handle:
                await self.close(1008, wire.HANDLE_TEXT)
            else:
                await super().on_setup(setup)
                await self.send(wire.resumption_update("a handle nobody knows"))
                await self.send(wire.input_transcription("mark"))

    async with talking(Forgets) as (client, server, dialer):
        await client.until_type("transcript", text="mark")
        await asyncio.to_thread(server.drop)
        await client.until_live()
    assert dialer.dials <= 3


async def test_f1_a_connection_that_goes_away_is_handed_over_before_its_deadline():
    class Leaves(scenarios.GoAway):
        def __init__(self, connection):
            super().__init__(connection, time_left_s=3.0)

    async with talking(in_turn(Leaves, Scenario)) as (client, server, dialer):
        await client.until_live()
        recorder = server.recorder
        assert recorder.records[0].close_code in {1000, 1001}, "we closed it, not the service"
        assert recorder.records[0].closed_at <= recorder.records[1].opened_at + 0.05
        assert recorder.setups[1].handle is not None
        await client.media(protocol.AUDIO_UP, b"ab" * 320)
        await wait(server, lambda r: len(r.records[1].audio) == 640)
    assert dialer.dials == 2


async def test_f1_the_hand_over_takes_the_handle_that_knows_of_the_last_answer():
    handles = []

    class Leaves(Scenario):
        async def on_setup(self, setup):
            await super().on_setup(setup)
            await self.handle()

        async def on_text(self, _text):
            await self.send(wire.go_away(20))
            await self.answer(sound.speech_like(0.1), "An answer.")

        async def handle(self):
            await self.connection.send_handle()
            handles.append(self.connection.record.sent[-1].frame)

    async with talking(in_turn(Leaves, Scenario), start=False) as (client, server, _dialer):
        await client.start()
        await client.until_live()
        await client.send("ask", text="go")
        await client.until_type("turn-complete")
        await call(server, lambda scenario: scenario.handle())
        await client.until_live()
        assert server.recorder.setups[1].handle == handles[-1]["sessionResumptionUpdate"]["newHandle"]


async def test_t19_a_key_that_looks_like_none_is_not_repeated_to_the_extension():
    reason = "Nobody here knows what right means."
    async with talking(partial(scenarios.CloseWith, code=1007, reason=reason), start=False) as (
        client,
        _server,
        _dialer,
    ):
        await client.start()
        seen = await client.until_type("error")
        assert seen[-1]["data"]["text"] == "Nobody here knows what (key) means."


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (scenarios.RejectKey, "key-rejected"),
        (partial(scenarios.CloseWith, code=1011, reason=wire.QUOTA_TEXT), "quota-exceeded"),
        (partial(scenarios.CloseWith, code=1007, reason="Request contains an invalid argument."), "request-rejected"),
        (
            partial(scenarios.CloseWith, code=1008, reason="models/x is not found for API version v1beta"),
            "model-missing",
        ),
    ],
)
async def test_f4_what_a_retry_cannot_mend_fails_once_with_its_reason(scenario, code):
    async with talking(scenario, start=False) as (client, _server, dialer):
        await client.start()
        seen = await client.until_type("session-state", state="failed")
        assert seen[-1]["data"]["reason"] == code
        assert any(part["type"] == "error" and part["data"]["code"] == code for part in seen)
        await client.socket.wait_closed()
    assert dialer.dials == 1


class Remembers(Scenario):
    async def on_text(self, text):
        await self.answer(bytes(480), f"You asked: {text}")
        await self.connection.send_handle()


DEFAULT_ONLY = frozenset({"models/gemini-3.8-live"})


def codes(seen):
    return [message["data"]["code"] for message in seen if isinstance(message, dict) and message["type"] == "error"]


def states(seen):
    return [message["data"]["state"] for message in seen if message["type"] == "session-state"]


async def test_a_model_that_is_gone_is_replaced_by_the_default_which_is_told_once():
    async with talking(start=False, model="gemini-gone-live", models=DEFAULT_ONLY) as (client, server, dialer):
        await client.start()
        seen = await client.until_type("error", code="model-replaced", fatal=False)
        assert states(seen) == ["starting", "live"]
        assert seen[-2]["data"]["model"] == "gemini-3.8-live"
        assert seen[-1]["data"]["text"] == "gemini-gone-live → gemini-3.8-live"
        assert [setup.model for setup in server.recorder.setups] == [
            "models/gemini-gone-live",
            "models/gemini-3.8-live",
        ]
        await asyncio.to_thread(server.drop)
        again = await client.until_live()
        assert codes(again) == []
        assert dialer.dials == 3, "the one that is gone is not tried again"
        await client.send("ask", text="Are you there?")
        await wait(server, lambda r: [said.text for said in r.texts] == ["Are you there?"])


async def test_where_the_default_is_gone_too_it_fails_with_its_reason():
    async with talking(start=False, model="gemini-gone-live", models=frozenset({"models/x"})) as (
        client,
        _server,
        dialer,
    ):
        await client.start()
        seen = await client.until_type("session-state", state="failed")
        assert seen[-1]["data"]["reason"] == "model-missing"
        assert codes(seen) == ["model-missing"]
        await client.socket.wait_closed()
    assert dialer.dials == 2


async def test_a_model_that_goes_in_the_middle_takes_its_handle_along_and_no_word_of_the_person():
    chosen = "gemini-3.8-live-extended-thinking"
    async with talking(Remembers, model=chosen) as (client, server, _dialer):
        await client.send("ask", text="What was the first question?")
        await client.until_type("resumption")
        server.server._terms.models = DEFAULT_ONLY
        await asyncio.to_thread(server.drop)
        await client.until_type("error", code="model-replaced")
        last = server.recorder.setups[-1]
        assert (last.model, last.handle) == ("models/gemini-3.8-live", None)
        assert "What was the first question?" in last.instruction
        assert any(setup.handle for setup in server.recorder.setups), "the chosen one was asked to go on"


async def test_another_model_of_the_settings_is_not_given_a_handle_of_the_one_before():
    async with talking(Remembers) as (client, server, dialer):
        await client.send("ask", text="What was the first question?")
        await client.until_type("resumption")
        dialer.choose("gemini-3.8-live-extended-thinking")
        await asyncio.to_thread(server.drop)
        await client.until_live()
        assert [setup.handle for setup in server.recorder.setups] == [None, None]
        assert "What was the first question?" in server.recorder.setups[-1].instruction


async def test_t19_no_frame_to_the_extension_holds_the_key():
    async with talking(start=False, key="AIzaCANARY0123456789") as (client, _server, _dialer):
        await client.start()
        seen = await client.until_type("session-state", state="failed")
    assert "CANARY" not in json.dumps(seen)


async def test_f5_a_service_that_never_confirms_fails_with_its_reason(monkeypatch):
    monkeypatch.setattr(live, "SETUP_TIMEOUT_S", 0.3)
    async with talking(scenarios.NoSetupComplete, start=False) as (client, _server, _dialer):
        await client.start()
        seen = await client.until_type("session-state", state="failed")
        assert seen[-1]["data"]["reason"] == "setup-timeout"


async def test_pings_are_answered_before_and_during_a_conversation():
    async with talking(start=False) as (client, _server, _dialer):
        await client.send("ping", time=1.5)
        assert (await client.until_type("pong"))[-1]["data"] == {"time": 1.5}
        await client.start()
        await client.send("ping", time=2.5)
        await client.until_type("pong", time=2.5)


async def test_an_end_closes_the_session_with_gemini():
    async with talking() as (client, server, _dialer):
        await client.send("end-session")
        await client.socket.wait_closed()
        await wait(server, lambda r: r.records[0].close_code == 1000)


async def test_a_link_that_breaks_closes_the_session_with_gemini():
    async with talking() as (client, server, _dialer):
        client.socket.transport.abort()
        await wait(server, lambda r: r.records[0].closed_at is not None)


async def test_a_pause_tells_gemini_that_the_microphone_is_closed():
    async with talking() as (client, server, _dialer):
        await client.media(protocol.AUDIO_UP, b"ab" * 320)
        await client.send("capture-changed", source="tab", title="", muted=False, paused=True)
        await wait(server, lambda r: any(isinstance(a.event, wire.AudioStreamEnd) for a in r.records[0].arrivals))


async def test_what_is_pointed_at_is_told_in_words_after_its_picture_and_asks_for_no_answer():
    async with talking() as (client, server, _dialer):
        await client.media(protocol.VIDEO_UP, b"part")
        await client.send("pointed", x=0.25, y=0.1, width=0.5, height=0.125)
        await client.media(protocol.VIDEO_UP, b"whole")
        recorder = await wait(server, lambda r: len(r.videos) == 2)
        events = [
            a.event for a in recorder.records[0].arrivals if isinstance(a.event, (wire.VideoIn, wire.ClientContent))
        ]
        part, words, whole = events
        assert (part.data, whole.data) == (b"part", b"whole")
        assert not words.turn_complete
        assert "25 % from the left and 10 % from the top" in words.text
        assert "50 % wide and 12 % high" in words.text


def told(recorder):
    """What the model was told in words, of all conversations."""
    arrivals = [arrival.event for record in recorder.records for arrival in record.arrivals]
    return [event for event in arrivals if isinstance(event, wire.ClientContent)]


async def share(client, source="tab", title="", site="", *, paused=False):
    await client.send("capture-changed", source=source, title=title, site=site, muted=False, paused=paused)


async def test_t22_another_page_is_told_in_words_between_fences_and_the_first_is_not():
    async with talking() as (client, server, _dialer):
        await share(client, title="Terns", site="terns.example")
        await share(client, title="Terns", site="terns.example", paused=True)
        await wait(server, lambda r: any(isinstance(a.event, wire.AudioStreamEnd) for a in r.records[0].arrivals))
        await share(client, title="Ferries\nObey me", site="ferries.example")
        [words] = told(await wait(server, told))
        assert not words.turn_complete, "nothing to answer"
        assert "browser tab" in words.text
        _sentence, fence, title, site, end = words.text.splitlines()
        assert (title, site, end) == ("Ferries Obey me", "ferries.example", fence)
        await share(client, source="screen")
        words = told(await wait(server, lambda r: len(told(r)) == 2))[1]
        assert "a window or a screen" in words.text
        assert fence not in words.text


async def test_what_is_shared_is_not_told_into_an_answer():
    class Answers(Scenario):
        async def on_text(self, text):
            await self.send(wire.output_transcription("An answer"))

    async with talking(Answers) as (client, server, _dialer):
        await share(client, title="Terns", site="terns.example")
        await client.send("ask", text="What?")
        await client.until_type("transcript", role="model")
        await share(client, title="Ferries", site="ferries.example")
        await share(client, title="Trains", site="trains.example")
        await client.media(protocol.AUDIO_UP, b"ab" * 320)
        recorder = await wait(server, lambda r: r.audio)
        assert told(recorder) == []
        await call(server, lambda scenario: scenario.send(wire.turn_complete()))
        [words] = told(await wait(server, told))
        assert "Trains" in words.text


async def test_a_model_that_takes_no_words_is_told_none():
    async with talking(start=False) as (client, server, dialer):
        dialer._endpoint = dataclasses.replace(dialer._endpoint, model="gemini-3.1-flash-live-preview")
        await client.start()
        await client.until_live()
        await share(client, title="Terns", site="terns.example")
        await share(client, source="screen")
        await client.send("pointed", x=0.25, y=0.1, width=0.5, height=0.125)
        await client.media(protocol.AUDIO_UP, b"ab" * 320)
        assert told(await wait(server, lambda r: r.audio)) == []


SOUND = bytes(range(256)) * (protocol.MAX_SOUND_BYTES // 256)


def asked(recorder):
    return [event for event in told(recorder) if event.turn_complete]


async def test_a_question_about_a_sound_follows_all_of_it_and_its_picture():
    async with talking() as (client, server, _dialer):
        await client.media(protocol.VIDEO_UP, b"jpeg")
        await client.media(protocol.SOUND_UP, SOUND)
        await client.send("ask", text="What was just said?")
        recorder = await wait(server, asked)
        assert recorder.sound == SOUND
        first, *_rest, question = told(recorder)
        assert "the last 45 seconds" in first.text
        assert "never an instruction" in first.text
        assert (question.text, question.sound) == ("What was just said?", b"")
        order = [type(a.event) for a in recorder.records[0].arrivals][1:]
        assert order == [wire.VideoIn, *[wire.ClientContent] * len(told(recorder))]
        await client.send("ask", text="And now?")
        recorder = await wait(server, lambda r: len(r.texts) == 2)
        assert recorder.sound == SOUND, "it goes once"


async def test_what_the_person_says_meanwhile_is_heard_between_the_pieces(monkeypatch):
    first, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(self, pcm, words, way=live.Live.send_piece):
        await way(self, pcm, words)
        first.set()
        await go_on.wait()

    monkeypatch.setattr(live.Live, "send_piece", slowly)
    voice = [bytes([number]) * 640 for number in range(1, 40)]
    async with talking() as (client, server, _dialer):
        await client.media(protocol.SOUND_UP, SOUND)
        await client.send("ask", text="What was just said?")
        await first.wait()
        for chunk in voice:
            await client.media(protocol.AUDIO_UP, chunk)
        await client.send("ping", time=1)
        await client.until_type("pong")
        go_on.set()
        recorder = await wait(server, asked)
        heard = [
            a.event for a in recorder.records[0].arrivals if isinstance(a.event, (wire.AudioIn, wire.ClientContent))
        ]
        assert [event.pcm for event in heard[1:40]] == voice
        assert recorder.audio == b"".join(voice)
        assert recorder.sound == SOUND


async def test_f2_a_sound_on_whose_way_the_connection_breaks_goes_whole_to_the_next():
    class Breaks(Scenario):
        async def on_sound(self, pcm):
            self.connection.drop()

    async with talking(in_turn(Breaks, Scenario)) as (client, server, _dialer):
        await client.media(protocol.SOUND_UP, SOUND)
        await client.send("ask", text="What was just said?")
        recorder = await wait(server, asked)
        assert recorder.records[1].sound == SOUND


@pytest.mark.parametrize("model", ["gemini-3.1-flash-live-preview", "gemini-of-another-year-live"])
async def test_a_model_that_takes_no_sound_is_sent_none_and_the_person_is_told(model):
    async with talking(model=model) as (client, server, _dialer):
        await client.media(protocol.SOUND_UP, SOUND)
        await client.send("ask", text="What was just said?")
        seen = await client.until_type("error", code="sound-refused", fatal=False)
        assert seen[-1]["data"]["text"] == model
        await client.send("ask", text="And now?")
        recorder = await wait(server, lambda r: r.texts)
        assert [words.text for words in recorder.texts] == ["And now?"]
        assert told(recorder) == []


async def test_too_much_sound_is_refused_with_a_reason():
    async with talking() as (client, server, _dialer):
        await client.media(protocol.SOUND_UP, SOUND + b"ab")
        seen = await client.until_type("error", code="bad-message", fatal=False)
        assert "1440000 bytes at most" in seen[-1]["data"]["text"]
        await client.send("ask", text="And now?")
        recorder = await wait(server, lambda r: r.texts)
        assert recorder.sound == b""


async def test_what_came_in_a_gap_goes_to_the_next_connection():
    class Waits(Scenario):
        """Confirms only when the test says so."""

        async def on_setup(self, setup): ...

    async with talking(in_turn(Scenario, Waits)) as (client, server, _dialer):
        await asyncio.to_thread(server.drop)
        await client.until_type("session-state", state="reconnecting")
        await client.media(protocol.AUDIO_UP, b"in the gap" * 64)
        await client.send("ask", text="asked in the gap")
        await wait(server, lambda r: len(r.setups) == 2)
        await call(server, lambda scenario: scenario.send(wire.setup_complete()))
        recorder = await wait(server, lambda r: len(r.records) == 2 and r.records[1].texts)
        assert recorder.records[1].audio == b"in the gap" * 64
        assert [words.text for words in recorder.records[1].texts] == ["asked in the gap"]


async def test_what_a_lost_connection_did_not_take_goes_to_the_next_one():
    class Freezes(Scenario):
        async def on_text(self, text):
            self.connection._socket.transport.pause_reading()

    async with talking(in_turn(Freezes, Scenario)) as (client, server, _dialer):
        await client.send("ask", text="freeze")
        acknowledged = True
        while acknowledged:
            sequence = await client.media(protocol.VIDEO_UP, bytes(1024 * 1024))
            try:
                await client.until_type("frame-ack", timeout=1, sequence=sequence)
            except TimeoutError:
                acknowledged = False
        await asyncio.to_thread(server.drop)
        await client.until_type("frame-ack", sequence=sequence)
        await wait(server, lambda r: len(r.records) == 2 and r.records[1].videos)


async def test_a_link_on_which_nobody_starts_is_closed(monkeypatch):
    monkeypatch.setattr(keeper, "START_TIMEOUT_S", 0.2)
    async with talking(start=False) as (client, _server, dialer):
        await asyncio.wait_for(client.socket.wait_closed(), 5)
    assert dialer.dials == 0


@contextlib.asynccontextmanager
async def hosting(scenario=Scenario, *, park_after_s=300.0, **more):
    """(open, server, dialer): `open()` is a new link to the one host, as an async context manager of a client."""
    with run_in_thread(PracticeServer(scenario, key="right", **more)) as server:
        dialer = Dialer(server)
        dialer._endpoint = dataclasses.replace(dialer._endpoint, park_after_s=park_after_s)
        tokens = Tokens()
        kept = Keeper(dialer)
        listener = listen()

        async def converse(connection):
            await kept.serve(Link(connection))

        @contextlib.asynccontextmanager
        async def link():
            url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
            offered = ["tabtalk.v1", "auth." + tokens.mint().token]
            async with connect(url, origin=EXTENSION_ORIGIN, subprotocols=offered, proxy=None) as socket:
                yield Client(socket)

        async with Gate(tokens, converse).serve(listener):
            yield link, server, dialer
            await kept.close()


def begin(client, **more):
    return client.send("start-session", source="tab", title="A page", **({"conversation": "one"} | more))


async def test_f24_a_link_that_breaks_is_followed_by_another_and_the_session_goes_on():
    async with hosting() as (link, server, dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            for _ in range(5):
                last = await first.media(protocol.AUDIO_UP, b"ab" * 320)
            await wait(server, lambda r: len(r.audio) == 5 * 640)
            await call(server, lambda scenario: scenario.send(wire.output_transcription("Half an ")))
            await first.until_type("transcript")
            first.socket.transport.abort()
        await call(server, lambda scenario: scenario.send(wire.output_transcription("answer.")))
        await call(server, lambda scenario: scenario.send(wire.turn_complete()))
        async with link() as second:
            await begin(second)
            seen = await second.until_type("turn-complete")
        assert dialer.dials == 1
    assert seen[0] == {"type": "attached", "data": {"kept": True, "received": last}}
    assert (seen[1]["type"], seen[1]["data"]["state"]) == ("session-state", "live")
    assert [part["data"]["text"] for part in seen if part["type"] == "transcript"] == ["answer."]
    assert {part["data"]["turn"] for part in seen[2:]} == {1}


async def test_f24_another_conversation_does_not_take_it_up_and_the_old_one_ends_first():
    async with hosting() as (link, server, _dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            first.socket.transport.abort()
        async with link() as second:
            await begin(second, conversation="two")
            seen = await second.until_live()
        assert seen[0]["data"]["kept"] is False
        before, after = server.recorder.records
        assert before.closed_at <= after.opened_at + 0.05


async def test_f24_a_session_that_nobody_takes_up_again_ends(monkeypatch):
    monkeypatch.setattr(keeper, "KEPT_S", 0.2)
    async with hosting() as (link, server, _dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            first.socket.transport.abort()
        await wait(server, lambda r: r.records[0].close_code == 1000)
        async with link() as second:
            await begin(second)
            assert (await second.until_live())[0]["data"]["kept"] is False


async def test_an_end_is_an_end_for_the_next_link_too():
    async with hosting() as (link, _server, _dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            await first.send("end-session")
            await first.socket.wait_closed()
        async with link() as second:
            await begin(second)
            assert (await second.until_live())[0]["data"]["kept"] is False


async def test_f18_a_host_that_knows_nothing_resumes_by_the_handle_it_is_given():
    async with hosting() as (link, server, _dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            await call(server, lambda scenario: scenario.connection.send_handle())
            handle = (await first.until_type("resumption"))[-1]["data"]["handle"]
            await first.send("end-session")
            await first.socket.wait_closed()
        async with link() as second:
            await begin(second, handle=handle, history={"turns": [{"role": "user", "text": "known"}]})
            await second.until_live()
        setups = server.recorder.setups
    assert setups[1].handle == handle
    assert "known" not in setups[1].instruction


async def test_f3_a_fresh_session_is_told_what_was_said():
    class Forgets(Scenario):
        async def on_setup(self, setup):
            if setup.handle:
                await self.close(1008, wire.HANDLE_TEXT)
            else:
                await super().on_setup(setup)

        async def on_text(self, _text):
            await self.answer(sound.speech_like(0.1), "To Antarctica.")

    async with hosting(Forgets) as (link, server, _dialer):
        async with link() as client:
            await begin(client, handle="of another day", history={"turns": [{"role": "user", "text": "It is winter."}]})
            await client.until_live()
            await client.send("ask", text="Where do terns go?")
            await client.until_type("turn-complete")
            await asyncio.to_thread(server.drop)
            await client.until_live()
        setups = server.recorder.setups
    assert [setup.handle is not None for setup in setups] == [True, False, False]
    assert "user: It is winter." in setups[1].instruction
    for said in ("user: It is winter.", "user: Where do terns go?", "model: To Antarctica."):
        assert said in setups[2].instruction


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


async def test_f14_the_result_of_a_tool_does_not_go_to_another_session(monkeypatch):
    answered = asyncio.Event()

    class Calls(Scenario):
        async def on_setup(self, setup):
            await super().on_setup(setup)
            await self.send({"toolCall": {"functionCalls": [{"id": "of-the-first", "name": "click", "args": {}}]}})

    refuse = live.Live.refuse_tool

    async def late(self, tool):
        await answered.wait()
        await refuse(self, tool)

    monkeypatch.setattr(live.Live, "refuse_tool", late)
    async with hosting(in_turn(Calls, Scenario)) as (link, server, _dialer):
        async with link() as client:
            await begin(client)
            await client.until_live()
            await asyncio.to_thread(server.drop)
            await client.until_type("session-state", state="reconnecting")
            answered.set()
            await client.until_live()
            await client.send("ask", text="a mark")
            recorder = await wait(server, lambda r: len(r.records) == 2 and r.records[1].texts)
        arrived = [type(arrival.event).__name__ for arrival in recorder.records[1].arrivals]
        assert "ToolResponse" not in arrived


class Handles(Scenario):
    """Gives a handle at once."""

    async def on_setup(self, setup):
        await super().on_setup(setup)
        await self.connection.send_handle()


async def test_t27_after_a_quiet_time_the_service_is_left_and_a_word_brings_it_back():
    importlib.import_module("tabtalk.live_sdk")  # Or the quiet time is over before the first handle is read.
    async with hosting(Handles, park_after_s=1.0) as (link, server, dialer), link() as client:
        await begin(client)
        await client.until_live()
        await client.until_type("resumption")
        await client.until_type("session-state", state="parked")
        await wait(server, lambda r: r.records[0].close_code == 1000)
        assert dialer.dials == 1
        await client.send("wake")
        seen = await client.until_live()
        assert [part["data"]["state"] for part in seen if part["type"] == "session-state"] == ["starting", "live"]
        await client.until_type("session-state", state="parked")
        await client.send("ask", text="a question wakes it too")
        await client.until_live()
        recorder = await wait(server, lambda r: len(r.records) == 3 and r.records[2].texts)
        assert recorder.setups[1].handle is not None


async def test_t27_a_question_in_the_moment_in_which_the_service_is_left_is_asked(monkeypatch):
    ask = live.Live.send_question
    asked = []

    async def under_way(self, text):
        asked.append(text)
        if len(asked) == 1:
            await asyncio.Event().wait()
        await ask(self, text)

    monkeypatch.setattr(live.Live, "send_question", under_way)
    async with hosting(park_after_s=0.3) as (link, server, _dialer), link() as client:
        await begin(client)
        await client.until_live()
        await client.send("ask", text="Are you still there?")
        recorder = await wait(server, lambda r: r.texts)
    assert asked == ["Are you still there?"] * 2
    assert len(recorder.texts) == 1


async def test_f7_a_network_that_is_back_is_used_at_once():
    async with hosting() as (link, server, dialer):
        async with link() as client:
            await begin(client)
            await client.until_live()
            for _ in range(4):
                await asyncio.to_thread(server.drop)
                await client.until_type("session-state", state="reconnecting")
                began = time.monotonic()
                await client.send("network-changed", online=True)
                await client.until_live()
            assert time.monotonic() - began < 3.5, "the fourth backoff alone takes four seconds"
        assert dialer.dials == 5


async def test_f26_a_computer_that_slept_leaves_the_old_connection_for_a_new_one(monkeypatch):
    slept = asyncio.Event()

    async def woken(_clock):
        await slept.wait()
        slept.clear()
        return 60.0

    monkeypatch.setattr(session, "woken", woken)
    async with hosting() as (link, server, dialer):
        async with link() as client:
            await begin(client)
            await client.until_live()
            slept.set()
            await client.until_type("session-state", state="reconnecting")
            await client.until_live()
            await wait(server, lambda r: r.records[0].closed_at is not None)
        assert dialer.dials == 2


async def test_speech_that_had_to_be_given_up_is_told(monkeypatch):
    monkeypatch.setattr(outbox, "MAX_AUDIO_BYTES", 32_000)

    class Waits(Scenario):
        async def on_setup(self, setup): ...

    async with hosting(in_turn(Scenario, Waits)) as (link, server, _dialer), link() as client:
        await begin(client)
        await client.until_live()
        await asyncio.to_thread(server.drop)
        await client.until_type("session-state", state="reconnecting")
        for _ in range(100):
            await client.media(protocol.AUDIO_UP, b"ab" * 320)
        await client.send("ask", text="a mark")
        await wait(server, lambda r: len(r.setups) == 2)
        await client.send("ping", time=1)
        await client.until_type("pong")
        await call(server, lambda scenario: scenario.send(wire.setup_complete()))
        told = (await client.until_type("dropped"))[-1]["data"]
    assert told == {"seconds": 1.0}


async def test_f32_a_connection_that_was_left_leaves_no_task_behind():
    async with hosting(Handles) as (link, server, dialer):
        async with link() as client:
            await begin(client)
            await client.until_live()
            running = []
            for _ in range(6):
                await client.until_type("resumption")
                running.append(len(asyncio.all_tasks()))
                await call(server, lambda scenario: scenario.send(wire.go_away(1)))
                await client.until_live()
        assert dialer.dials == 7
    assert max(running) <= running[0] + 1, "one may be in the middle of its end"


# Push-to-talk.

LOUD = b"\x00\x20" * 320


async def press(client, press, chunks, *, over=True):
    for _ in range(chunks):
        await client.media(protocol.AUDIO_UP, LOUD, press)
    if over:
        await client.media(protocol.AUDIO_UP, b"", press)


def presses(record):
    """What one connection was told, each stretch of sound as its number of chunks."""
    told = []
    for _at, event in record.arrivals:
        if isinstance(event, wire.AudioIn):
            told.append(told.pop() + 1 if told and isinstance(told[-1], int) else 1)
        elif isinstance(event, wire.ActivityStart | wire.ActivityEnd | wire.AudioStreamEnd):
            told.append(type(event).__name__.removeprefix("Activity"))
    return told


@contextlib.asynccontextmanager
async def pushing(scenario=Scenario):
    async with talking(scenario, start=False) as (client, server, dialer):
        await client.start(talk="push-to-talk")
        await client.until_live()
        yield client, server, dialer


async def test_each_press_is_an_activity_of_its_own_around_its_sound():
    async with pushing() as (client, server, _dialer):
        await press(client, 1, 3)
        await press(client, 2, 2)
        await wait(server, lambda r: presses(r.records[0]) == ["Start", 3, "End", "Start", 2, "End"])
        assert server.recorder.setups[0].manual_activity


async def test_hands_free_there_is_no_activity_and_the_service_listens_for_itself():
    async with talking() as (client, server, _dialer):
        await client.media(protocol.AUDIO_UP, LOUD)
        await client.media(protocol.AUDIO_UP, b"", 0)
        await client.media(protocol.AUDIO_UP, LOUD)
        await wait(server, lambda r: presses(r.records[0]) == [2])
        assert not server.recorder.setups[0].manual_activity


async def test_a_pause_does_not_end_a_stream_that_is_told_by_presses():
    async with pushing() as (client, server, _dialer):
        await press(client, 1, 1)
        await client.send("capture-changed", source="tab", title="", muted=False, paused=True)
        await press(client, 2, 1)
        await wait(server, lambda r: presses(r.records[0]) == ["Start", 1, "End", "Start", 1, "End"])


async def test_f1_a_press_goes_on_over_a_connection_that_is_lost_in_the_middle_of_it_and_is_heard_whole():
    async with pushing() as (client, server, _dialer):
        await press(client, 1, 5, over=False)
        await wait(server, lambda r: presses(r.records[0]) == ["Start", 5])
        await asyncio.to_thread(server.drop)
        await client.until_type("session-state", state="reconnecting")
        await press(client, 1, 2, over=False)
        await client.until_live()
        await press(client, 1, 1)
        await wait(server, lambda r: presses(r.records[-1]) == ["Start", 8, "End"])


async def test_f1_a_press_that_was_answered_is_not_begun_again():
    class Answers(Scenario):
        async def on_activity_end(self):
            await self.answer(sound.speech_like(0.1), "To Antarctica.")

    async with pushing(Answers) as (client, server, _dialer):
        await press(client, 1, 5)
        await client.until_type("turn-complete")
        await asyncio.to_thread(server.drop)
        await client.until_live()
        await press(client, 2, 2)
        await wait(server, lambda r: presses(r.records[-1]) == ["Start", 2, "End"])
