"""`live.py` with the real SDK against the practice server."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
import warnings
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from google import genai
from google.genai import types
from google.genai.live import AsyncSession
from websockets.asyncio.server import serve
from websockets.frames import Opcode
from websockets.protocol import State

from tabtalk import live, live_sdk, live_socket, liveness
from tabtalk.closes import CloseKind
from tabtalk.live_events import (
    Endpoint,
    GoAway,
    Interrupted,
    LiveClosed,
    Resumption,
    Said,
    Sound,
    ToolCall,
    TurnComplete,
)
from tabtalk.practice import scenarios, wire
from tabtalk.practice.scenario import Scenario
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread
from tabtalk.presses import Signal

KEY = "AIzaCANARY0123456789"


class Freezes(Scenario):
    """Reads nothing any more after the first question: a machine that stands still, with its connections open."""

    async def on_text(self, text):
        self.connection._socket.transport.pause_reading()


class Says(Scenario):
    """Answers the set-up with these raw frames."""

    def __init__(self, connection, frames):
        super().__init__(connection)
        self.frames = frames

    async def on_setup(self, setup):
        await super().on_setup(setup)
        for frame in self.frames:
            await self.connection.send_raw(frame if isinstance(frame, (str, bytes)) else json.dumps(frame))


class LatePongs(Scenario):
    """Answers every ping, `late_s` after it came: the real service was seen to take up to half a minute."""

    def __init__(self, connection, late_s):
        super().__init__(connection)
        self._late_s = late_s

    async def on_setup(self, setup):
        await super().on_setup(setup)
        socket = self.connection._socket
        send = socket.protocol.send_frame

        def answer(pong):
            if socket.state is State.OPEN:
                send(pong)
                socket.send_data()

        def send_frame(frame):
            if frame.opcode is Opcode.PONG:
                asyncio.get_running_loop().call_later(self._late_s, answer, frame)
            else:
                send(frame)

        socket.protocol.send_frame = send_frame


@contextlib.contextmanager
def serving(scenario=Scenario, **more):
    with run_in_thread(PracticeServer(scenario, **more)) as server:
        yield server


def endpoint(server, **more):
    more.setdefault("key", KEY)
    more.setdefault("model", "gemini-3.8-live")
    return Endpoint(instructions="Be kind.", base_url=server.base_url, ca_pem=server.ca_pem, **more)


async def heard(server, count, **more):
    """The first `count` events of a new session."""
    async with live.connect(endpoint(server, **more), None) as session:
        events = []
        async for event in session.events():
            events.append(event)
            if len(events) == count:
                return events


async def close_of(server_endpoint, handle=None):
    """Why a session could not be had, or ended."""
    with pytest.raises(LiveClosed) as closed:
        async with live.connect(server_endpoint, handle) as session:
            async for _event in session.events():
                pass
    return closed.value.close


async def test_the_set_up_says_what_the_conversation_needs():
    with serving() as server:
        async with live.connect(endpoint(server, voice="Kore"), None):
            pass
        setup = server.recorder.wait(lambda r: r.setups).setups[0]
        record = server.recorder.records[0]
    raw = setup.raw.get("setup", setup.raw)
    assert "v1beta" in record.path
    assert setup.model == "models/gemini-3.8-live"
    assert setup.modalities == ("AUDIO",)
    assert setup.instruction == "Be kind."
    assert setup.input_transcription
    assert setup.output_transcription
    assert setup.resumption
    assert "sliding_window" in json.dumps(raw) or "slidingWindow" in json.dumps(raw)
    assert "Kore" in json.dumps(raw)
    assert "TURN_INCLUDES_ONLY_ACTIVITY" in json.dumps(raw)
    assert "MEDIA_RESOLUTION_HIGH" in json.dumps(raw)
    # Each of these is refused by the default model.
    for refused in ("thinking", "affective", "proactiv"):
        assert refused not in json.dumps(raw).lower()


async def test_what_is_sent_arrives_as_it_is():
    pcm = bytes(range(256)) * 5
    jpeg = b"\xff\xd8\xfa\xfb\xfe\xff\xd9"
    with serving() as server:
        async with live.connect(endpoint(server), None) as session:
            await session.send_video(jpeg)
            await session.send_audio(pcm)
            await session.send_question("What is this?")
            await session.send_audio_end()
            recorder = server.recorder.wait(
                lambda r: any(isinstance(a.event, wire.AudioStreamEnd) for a in r.records[0].arrivals)
            )
        assert recorder.audio == pcm
        assert recorder.chunks[0].rate_hz == 16000
        assert recorder.videos[0].jpeg == jpeg
        assert [words.text for words in recorder.texts] == ["What is this?"]


async def test_every_part_of_every_message_is_an_event():
    part = wire.audio(b"\1\2")["serverContent"]["modelTurn"]["parts"][0]
    frames = [
        {
            "serverContent": {
                "interrupted": True,
                "inputTranscription": {"text": "what", "finished": True},
                "modelTurn": {"parts": [part, {"text": "a thought", "thought": True}, part]},
                "outputTranscription": {"text": "that"},
                "turnComplete": True,
            },
            "usageMetadata": {"totalTokenCount": 5},
        },
        {"goAway": {"timeLeft": "9.5s"}},
        {"sessionResumptionUpdate": {"newHandle": "H", "resumable": True}},
        {"sessionResumptionUpdate": {}},
        {"toolCall": {"functionCalls": [{"id": "1", "name": "click", "args": {}}]}},
    ]
    with serving(partial(Says, frames=frames)) as server:
        assert await heard(server, 10) == [
            Interrupted(),
            Said("user", "what", finished=True),
            Sound(b"\1\2"),
            Sound(b"\1\2"),
            Said("model", "that", finished=False),
            TurnComplete(),
            GoAway(9.5),
            Resumption("H"),
            Resumption(None),
            ToolCall("1", "click"),
        ]


@pytest.mark.filterwarnings("ignore")
async def test_f15_what_nobody_knows_is_skipped():
    frames = [
        {"newThing2027": {}},
        "{not json",
        {"error": {"code": 500}},
        b"\xff\xfe",
        "[1]",
        '"words"',
        "5",
        "[" * 100_000,
        {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": "%%%"}}]}}},
        {"serverContent": {"turnCompleteReason": "A_NEW_REASON", "turnComplete": True}},
        {},
        {"serverContent": {"modelTurn": {"parts": [{"functionCall": {"name": "x"}}]}}},
        wire.input_transcription("after all that"),
    ]
    with serving(partial(Says, frames=frames)) as server, warnings.catch_warnings():
        events = await heard(server, 2)
    assert events[0] == TurnComplete()
    assert events[1].text == "after all that"


async def test_f13_a_tool_call_is_answered_and_nothing_is_done():
    frames = [{"toolCall": {"functionCalls": [{"id": "7", "name": "open_url", "args": {"url": "https://evil.test"}}]}}]
    with serving(partial(Says, frames=frames)) as server:
        async with live.connect(endpoint(server), None) as session:
            async for event in session.events():
                await session.refuse_tool(event)
                break
            server.recorder.wait(lambda r: any(isinstance(a.event, wire.ToolResponse) for a in r.records[0].arrivals))


@pytest.mark.parametrize(
    ("scenario", "kind"),
    [
        (scenarios.RejectKey, CloseKind.KEY),
        (partial(scenarios.CloseWith, code=1011, reason=wire.QUOTA_TEXT), CloseKind.QUOTA),
        (partial(scenarios.CloseWith, code=1011, reason="Internal error encountered."), CloseKind.TRANSIENT),
        (partial(scenarios.CloseWith, code=1007, reason="Request contains an invalid argument."), CloseKind.REQUEST),
    ],
)
async def test_f4_a_refused_set_up_says_why(scenario, kind):
    with serving(scenario) as server:
        assert (await close_of(endpoint(server))).kind is kind


async def test_f4_a_model_that_is_gone_says_so():
    with serving() as server:
        assert (await close_of(endpoint(server, model="gemini-1-gone"))).kind is CloseKind.MODEL


async def test_f4_the_wrong_key_says_so_and_is_shown_nowhere():
    with serving(key="right") as server:
        with pytest.raises(LiveClosed) as closed:
            async with live.connect(endpoint(server), None):
                pass
        assert closed.value.close.kind is CloseKind.KEY
        error = closed.value
        assert KEY not in repr(error) + str(error) + repr(endpoint(server)) + repr(error.close)
        assert error.__cause__ is None
        assert error.__suppress_context__


async def test_f5_a_service_that_never_confirms_is_given_up(monkeypatch):
    monkeypatch.setattr(live, "SETUP_TIMEOUT_S", 0.3)
    with serving(scenarios.NoSetupComplete) as server:
        assert (await close_of(endpoint(server))).kind is CloseKind.TIMEOUT


def test_f5_the_time_limit_is_below_ten_seconds():
    assert live.SETUP_TIMEOUT_S < 10


class GoesAwayAtOnce(Scenario):
    async def on_setup(self, setup):
        await self.send(wire.go_away(5))


async def test_a_first_message_that_confirms_nothing_is_no_session():
    with serving(GoesAwayAtOnce) as server:
        assert (await close_of(endpoint(server))).kind is CloseKind.TRANSIENT


@pytest.mark.parametrize("frame", ["{not json", "[1]", '"words"', b"\xff\xfe", "[" * 100_000, '{"setupComplete": 5}'])
async def test_f15_a_first_message_that_cannot_be_read_is_no_session(frame):
    class Babbles(Scenario):
        async def on_setup(self, setup):
            await self.connection.send_raw(frame)

    with serving(Babbles) as server:
        assert (await close_of(endpoint(server))).kind is CloseKind.TRANSIENT


async def test_f6_a_service_that_reads_nothing_does_not_hold_up_the_end():
    with serving(Freezes) as server:
        async with asyncio.timeout(20):
            async with live.connect(endpoint(server), None) as session:
                await session.send_question("freeze")
                with contextlib.suppress(TimeoutError):
                    while True:
                        async with asyncio.timeout(0.5):
                            await session.send_video(bytes(1024 * 1024))
                began = time.monotonic()
        assert time.monotonic() - began < 3 * live_socket.CLOSE_TIMEOUT_S


SILENT = (CloseKind.TRANSIENT, 0, "the service fell silent")
HOST = Path(live.__file__).parents[1]
SERVER = """
import asyncio, json
from tabtalk.practice.scenario import Scenario
from tabtalk.practice.server import PracticeServer

async def main():
    async with PracticeServer(Scenario) as server:
        print(json.dumps({"base_url": server.base_url, "ca_pem": server.ca_pem}), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@contextlib.contextmanager
def process():
    """A practice server in a process of its own; yields the process and an endpoint."""
    started = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(HOST)}
    )
    try:
        said = json.loads(started.stdout.readline())
        yield started, Endpoint(key=KEY, model="gemini-3.8-live", instructions="", **said)
    finally:
        started.send_signal(signal.SIGCONT)
        started.kill()
        started.wait()
        started.stdout.close()


class Wire:
    """A TCP relay to a server, `up` bytes a second fast that way. While `cut`, what comes from either side vanishes, and
    the connections stay open."""

    def __init__(self, server, up=1e9):
        self._port = urlsplit(server.base_url).port
        self._up = up
        self._relays = set()
        self.cut = False

    async def _pump(self, reader, writer, rate=1e9):
        loop = asyncio.get_running_loop()
        free = loop.time()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(8192):
                if not self.cut:
                    writer.write(data)
                    await writer.drain()
                free = max(free, loop.time()) + len(data) / rate
                if free - loop.time() > 0.001:
                    await asyncio.sleep(free - loop.time())
        writer.close()

    async def _relay(self, reader, writer):
        self._relays.add(asyncio.current_task())
        there = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._pump(reader, there[1], self._up), self._pump(there[0], writer))
        await asyncio.gather(there[1].wait_closed(), writer.wait_closed(), return_exceptions=True)

    async def __aenter__(self):
        here = socket.socket()
        # A line holds little; the buffer of a socket would hold megabytes.
        here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        here.bind(("127.0.0.1", 0))
        self._server = await asyncio.start_server(self._relay, sock=here, limit=16 * 1024)
        self.base_url = f"https://127.0.0.1:{here.getsockname()[1]}"
        return self

    async def __aexit__(self, *_error):
        self._server.close()
        await asyncio.wait(self._relays, timeout=5)


@contextlib.contextmanager
def hurried(monkeypatch, ping_every=0.2, silence=1.0):
    """Liveness as ever, fifteen times as fast; a machine that stands still for a moment is not to be taken for the service."""
    with monkeypatch.context() as patch:
        patch.setattr(liveness, "PING_EVERY_S", ping_every)
        patch.setattr(liveness, "SILENCE_S", silence)
        yield


async def end_of(events):
    """Reads to the end; why it was, as a tuple."""
    with pytest.raises(LiveClosed) as closed:
        async for _event in events:
            pass
    close = closed.value.close
    return close.kind, close.code, close.text


async def talk(session, picture_bytes):
    """A microphone that is open, and pictures of so many bytes, one a second, until the session ends; why it did."""
    began = time.monotonic()
    with pytest.raises(LiveClosed) as closed:
        for tick in range(100_000):
            if picture_bytes and tick % 50 == 0:
                await session.send_video(os.urandom(picture_bytes))
            await session.send_audio(bytes(640))
            await asyncio.sleep(began + 0.02 * tick - time.monotonic())
    close = closed.value.close
    return close.kind, close.code, close.text


@pytest.mark.slow
async def test_f6_a_service_that_stands_still_is_noticed_within_twenty_seconds_with_and_without_pictures():
    """In real time. The process is stopped, so its system goes on to take what comes, and its connections stay open."""

    async def one(picture_bytes, at, opened, stopped):
        async with live.connect(at, None) as session:
            opened.release()
            talking = asyncio.create_task(talk(session, picture_bytes))
            await stopped.wait()
            since = time.monotonic()
            assert await end_of(session.events()) == SILENT
            seconds = time.monotonic() - since
            # Whoever sends learns of it no later.
            async with asyncio.timeout(1):
                assert (await talking)[0] is CloseKind.TRANSIENT
            return seconds

    with process() as (service, at):
        opened, stopped = asyncio.Semaphore(0), asyncio.Event()
        both = asyncio.gather(one(0, at, opened, stopped), one(60_000, at, opened, stopped))
        await opened.acquire()
        await opened.acquire()
        service.send_signal(signal.SIGSTOP)
        stopped.set()
        for seconds in await both:
            assert liveness.SILENCE_S - liveness.PING_EVERY_S <= seconds < 20


async def test_f6_whoever_waits_to_send_is_told_at_once(monkeypatch):
    """The buffers are full, so even a ping cannot go out."""
    with hurried(monkeypatch), process() as (service, at):
        async with live.connect(at, None) as session:
            service.send_signal(signal.SIGSTOP)
            with pytest.raises(LiveClosed) as closed:
                async with asyncio.timeout(20):
                    while True:
                        await session.send_video(os.urandom(1024 * 1024))
            close = closed.value.close
            assert (close.kind, close.code, close.text) == SILENT
            assert await end_of(session.events()) == SILENT
            began = time.monotonic()
        assert time.monotonic() - began < live_socket.CLOSE_TIMEOUT_S


async def test_f7_packets_that_vanish_are_noticed_and_the_way_back_is_open(monkeypatch):
    with hurried(monkeypatch), serving() as server:
        async with Wire(server) as wires:
            at = Endpoint(
                key=KEY, model="gemini-3.8-live", instructions="", base_url=wires.base_url, ca_pem=server.ca_pem
            )
            async with live.connect(at, None) as session:
                await session.send_question("before")
                await asyncio.to_thread(server.recorder.wait, lambda r: r.texts)
                wires.cut = True
                talking = asyncio.create_task(talk(session, 60_000))
                async with asyncio.timeout(5):
                    assert await end_of(session.events()) == SILENT
                    assert (await talking)[0] is CloseKind.TRANSIENT
            wires.cut = False
            async with live.connect(at, None) as session:
                await session.send_question("after")
                await asyncio.to_thread(server.recorder.wait, lambda r: len(r.texts) == 2)


@pytest.mark.skipif(not hasattr(socket, "TCP_NOTSENT_LOWAT"), reason="this system has no such limit")
async def test_f8_a_slow_line_full_of_pictures_is_not_death(monkeypatch):
    """All that comes back are pongs, and each ping has to queue behind pictures."""
    with hurried(monkeypatch, ping_every=0.3, silence=1.5), serving() as server:
        async with Wire(server, up=512 * 1024) as wires:
            at = Endpoint(
                key=KEY, model="gemini-3.8-live", instructions="", base_url=wires.base_url, ca_pem=server.ca_pem
            )
            async with live.connect(at, None) as session:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(6):
                        while True:
                            await session.send_video(os.urandom(60_000))


async def test_f9_a_service_that_only_pongs_lives(monkeypatch):
    with hurried(monkeypatch), serving() as server:
        async with live.connect(endpoint(server), None) as session:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(2):
                    await anext(session.events())
            await session.send_question("Still there?")
            await asyncio.to_thread(server.recorder.wait, lambda r: r.texts)


async def test_f9_pongs_four_fifths_of_the_limit_late_are_not_death(monkeypatch):
    """Twelve seconds of fifteen, six times as fast."""
    with hurried(monkeypatch, 0.5, 2.5), serving(partial(LatePongs, late_s=2.0)) as server:
        async with live.connect(endpoint(server), None) as session:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(7):
                    await anext(session.events())
            await session.send_question("Still there?")
            await asyncio.to_thread(server.recorder.wait, lambda r: r.texts)


async def test_f9_a_service_that_speaks_and_never_pongs_lives(monkeypatch):
    class Speaks(LatePongs):
        async def on_text(self, text):
            await self.answer(bytes(48000 * 2), "A long answer", pace=1)

    with hurried(monkeypatch), serving(partial(Speaks, late_s=60)) as server:
        async with live.connect(endpoint(server), None) as session:
            await session.send_question("Speak.")
            async for event in session.events():
                if event == TurnComplete():
                    break
            assert await end_of(session.events()) == SILENT


async def test_f9_whoever_reads_too_slowly_does_not_take_the_service_for_dead(monkeypatch):
    """The library lets the service wait meanwhile, so that not even a pong comes."""
    scenarios._speech(20)  # It takes longer to make than the patience here.
    with hurried(monkeypatch), serving(partial(scenarios.Burst, seconds=20)) as server:
        async with live.connect(endpoint(server), None) as session:
            await session.send_question("Speak.")
            seconds = 0.0
            async with contextlib.aclosing(session.events()) as events:
                await anext(events)
                await asyncio.sleep(2)
                while seconds < 20:
                    event = await anext(events)
                    seconds += len(event.pcm) / 48000
            assert seconds == pytest.approx(20)


async def test_f2_a_service_that_says_goodbye_and_does_not_leave_is_left(monkeypatch):
    class Lingers(Scenario):
        async def on_text(self, text):
            socket = self.connection._socket
            socket.protocol.send_close(1011, "Internal error encountered.")
            for data in socket.protocol.data_to_send():
                socket.transport.write(data)
            socket.transport.pause_reading()

    with hurried(monkeypatch), serving(Lingers) as server:
        async with live.connect(endpoint(server), None) as session:
            await session.send_question("Go.")
            async with asyncio.timeout(5):
                assert (await end_of(session.events()))[:2] == (CloseKind.TRANSIENT, 1011)
        await asyncio.to_thread(server.drop)


async def test_f6_the_connection_is_the_one_that_watches():
    """What the SDK makes of the options is its own; a later one could lose them without a word."""
    with serving() as server:
        async with live.connect(endpoint(server), None) as session:
            socket = session._socket
            assert type(socket) is live_socket.LiveSocket
            assert socket.ping_interval == liveness.PING_EVERY_S
            assert socket.keepalive_task.get_coro().__qualname__ == "LiveSocket.keepalive"


async def test_leaving_by_cancellation_is_quick():
    with process() as (service, at):
        opened = asyncio.Event()

        async def stay():
            async with live.connect(at, None):
                opened.set()
                await asyncio.Event().wait()

        staying = asyncio.create_task(stay())
        await opened.wait()
        service.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        staying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await staying
        assert time.monotonic() - began < 3 * live_socket.CLOSE_TIMEOUT_S


async def test_f2_a_connection_that_breaks_is_transient():
    with serving() as server:
        opened = live.connect(endpoint(server), None)
        with pytest.raises(LiveClosed) as closed:
            async with opened as session:
                await asyncio.to_thread(server.drop)
                async for _event in session.events():
                    pass
        assert (closed.value.close.kind, closed.value.close.code) == (CloseKind.TRANSIENT, 1006)


async def test_f16_a_long_message_is_read():
    pcm = b"\1\2" * (1024 * 1024)
    with serving(partial(Says, frames=[wire.audio(pcm)])) as server:
        assert await heard(server, 1) == [Sound(pcm)]


async def test_f17_nobody_listening_is_a_matter_of_the_network():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{unused.getsockname()[1]}"
        close = await close_of(Endpoint(key=KEY, model="m", instructions="", base_url=url))
    assert close.kind is CloseKind.NETWORK


async def test_f17_a_name_that_does_not_resolve_is_a_matter_of_the_network():
    close = await close_of(Endpoint(key=KEY, model="m", instructions="", base_url="https://nowhere.invalid"))
    assert close.kind is CloseKind.NETWORK


async def test_f17_a_certificate_that_nobody_vouches_for_is_refused_before_the_key_is_sent():
    with serving() as server, serving() as other:
        close = await close_of(
            Endpoint(key=KEY, model="m", instructions="", base_url=server.base_url, ca_pem=other.ca_pem)
        )
        assert close.kind is CloseKind.TLS
        assert "certificate" in close.text
        assert server.recorder.records == []


async def test_f17_without_certificates_of_its_own_the_system_s_are_used():
    with serving() as server:
        close = await close_of(Endpoint(key=KEY, model="m", instructions="", base_url=server.base_url))
        assert close.kind is CloseKind.TLS
        assert server.recorder.records == []


async def test_t18_the_environment_leads_neither_the_key_nor_the_session_elsewhere(monkeypatch):
    with serving(key=KEY) as server, serving() as elsewhere:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", elsewhere.base_url)
        monkeypatch.setenv("GOOGLE_API_KEY", "from-the-environment")
        monkeypatch.setenv("GEMINI_API_KEY", "from-the-environment-too")
        monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
        monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
        monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v1alpha")
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        live_sdk._client.cache_clear()
        async with live.connect(endpoint(server), None) as session:
            await session.send_question("Where to?")
            await asyncio.to_thread(server.recorder.wait, lambda r: r.texts)
        assert len(server.recorder.setups) == 1
        assert "v1beta." in server.recorder.records[0].path
        assert elsewhere.recorder.records == []


async def test_t18_no_redirect_leads_the_key_elsewhere():
    with serving() as elsewhere:

        def redirect(connection, _request):
            response = connection.respond(302, "")
            response.headers["Location"] = elsewhere.base_url.replace("https", "wss") + "/v1beta/x"
            return response

        authority = trustme.CA()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        pem = authority.cert_pem.bytes().decode() + elsewhere.ca_pem
        async with serve(lambda _connection: None, "127.0.0.1", 0, ssl=context, process_request=redirect) as server:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            close = await close_of(Endpoint(key=KEY, model="m", instructions="", base_url=url, ca_pem=pem))
        assert close.kind is CloseKind.NETWORK
        assert elsewhere.recorder.records == []


async def test_f3_a_handle_that_is_not_taken_says_so():
    with serving() as server:
        assert (await close_of(endpoint(server), "no such handle")).kind is CloseKind.REQUEST


async def test_a_session_is_had_before_the_sdk_is_there():
    """In a process of its own, for in this one it is imported."""
    script = """
import asyncio, json, sys
from tabtalk import live
from tabtalk.live_events import Endpoint, Said

def imported():
    return any(name.startswith("google.genai") for name in sys.modules)

async def main():
    endpoint = Endpoint(key="k", model="gemini-3.8-live", instructions="", **json.loads(sys.argv[1]))
    live.prepare(endpoint)
    async with live.connect(endpoint, None) as session:
        await session.send_audio(bytes(640))
        await session.send_video(b"jpeg")
        print(imported())
        await session.send_question("What is this?")
        async for event in session.events():
            if isinstance(event, Said):
                break
    print(imported())

asyncio.run(main())
"""
    with run_in_thread(PracticeServer()) as server:
        where = json.dumps({"base_url": server.base_url, "ca_pem": server.ca_pem})
        ran = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", script, where],
            env={**os.environ, "PYTHONPATH": str(HOST)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout.split() == ["False", "True"], ran.stderr
        assert server.recorder.audio == bytes(640)
        assert server.recorder.videos


async def test_without_the_sdk_the_session_ends_and_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "tabtalk.live_sdk", None)
    monkeypatch.delattr("tabtalk.live_sdk")
    with serving() as server:
        async with live.connect(endpoint(server), None) as session:
            with pytest.raises(LiveClosed) as closed:
                await session.send_question("Anybody there?")
    assert closed.value.close.kind is CloseKind.SETTINGS


def test_certificates_are_checked():
    context = live_socket.trust("")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


async def test_f8_little_of_what_was_sent_waits_out_of_the_outbox_s_sight():
    """The buffer beneath TLS has no public name, so another Python may lose it."""
    with serving() as server:
        async with live.connect(endpoint(server), None) as session:
            transport = session._socket.transport
            assert transport.get_write_buffer_limits()[1] == live_socket.WRITE_LIMIT_BYTES
            assert transport._ssl_protocol._transport.get_write_buffer_limits()[1] == live_socket.WRITE_LIMIT_BYTES


class Paper:
    """Takes what the SDK sends."""

    def __init__(self):
        self.sent = []

    async def send(self, frame, text=None):
        self.sent.append(frame.encode() if isinstance(frame, str) else frame)


@pytest.mark.parametrize("size", [640, 641, 642])
async def test_sound_and_pictures_are_written_as_the_sdk_writes_them(size):
    data = bytes(random.Random(size).randbytes(size))
    theirs, ours = Paper(), Paper()
    sdk = AsyncSession(api_client=genai.Client(api_key="none")._api_client, websocket=theirs)
    session = live.Live(ours)
    await sdk.send_realtime_input(audio=types.Blob(data=data, mime_type="audio/pcm;rate=16000"))
    await sdk.send_realtime_input(video=types.Blob(data=data, mime_type="image/jpeg"))
    await session.send_audio(data)
    await session.send_video(data)
    assert ours.sent == theirs.sent


async def test_where_a_press_begins_and_ends_is_written_as_the_sdk_writes_it():
    theirs, ours = Paper(), Paper()
    sdk = AsyncSession(api_client=genai.Client(api_key="none")._api_client, websocket=theirs)
    session = live.Live(ours)
    await sdk.send_realtime_input(activity_start=types.ActivityStart())
    await sdk.send_realtime_input(activity_end=types.ActivityEnd())
    await session.send_signal(Signal.START)
    await session.send_signal(Signal.END)
    assert ours.sent == theirs.sent


def test_only_a_frame_that_is_nothing_but_sound_is_read_without_the_sdk():
    sound = wire.audio(b"\x01\x02" * 10)
    assert live._sound_in(json.dumps(sound, indent=2).encode()) == b"\x01\x02" * 10
    content = sound["serverContent"]
    part = content["modelTurn"]["parts"][0]
    others = [
        {**sound, "usageMetadata": {}},
        wire.content(**content, interrupted=True),
        wire.model_turn(part, part),
        wire.model_turn({**part, "thought": True}),
        wire.model_turn({"text": "no sound"}),
        wire.model_turn({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
        wire.model_turn({"inlineData": {"mimeType": "audio/pcm", "data": "__77"}}),
        wire.model_turn({"inlineData": {"mimeType": "audio/pcm", "data": 5}}),
        wire.model_turn({"inlineData": {"mimeType": 5, "data": "AAAA"}}),
        wire.model_turn({"inlineData": {"mimeType": "audio/pcm", "data": ""}}),
        wire.model_turn(),
        wire.content(modelTurn=None),
        {"serverContent": None},
        {"serverContent": []},
        wire.turn_complete(),
        [sound],
        None,
    ]
    for other in others:
        assert live._sound_in(json.dumps(other).encode()) is None
    whole = json.dumps(sound).encode()
    assert live._sound_in(whole + b" \r\n") == b"\x01\x02" * 10
    for broken in (b"", b"\xff", b"{", b"[" * 100_000, whole[:-1], whole + b"}", whole + whole, whole + b"\xff"):
        assert live._sound_in(broken) is None


async def test_sound_and_all_else_come_in_their_order():
    sounds = [bytes([number, 0]) * 40 for number in range(3)]
    frames = [
        wire.audio(sounds[0]),
        wire.output_transcription("one"),
        wire.audio(sounds[1]),
        wire.content(**wire.audio(sounds[2])["serverContent"], outputTranscription={"text": "two"}),
        wire.turn_complete(),
    ]

    class Speaks(Scenario):
        async def on_text(self, text):
            for frame in frames:
                await self.send(frame)

    async with PracticeServer(Speaks) as server, live.connect(endpoint(server), None) as session:
        await session.send_question("go")
        heard = []
        async for event in session.events():
            heard.append(event)
            if isinstance(event, TurnComplete):
                break
    assert heard == [
        Sound(sounds[0]), Said("model", "one", False), Sound(sounds[1]), Sound(sounds[2]), Said("model", "two", False),
        TurnComplete(),
    ]  # fmt: skip
