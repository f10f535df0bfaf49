"""What a client other than the SDK can do to the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tabtalk.practice import sound, wire
from tabtalk.practice.connection import api_version
from tabtalk.practice.scenario import Scenario
from tabtalk.practice.server import MAX_FRAME_BYTES, PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread

PATH = "//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
SETUP = json.dumps({"setup": {"model": "models/gemini-3.8-live"}})
AUDIO = '{"realtimeInput":{"audio":{"data":"%s","mimeType":"audio/pcm;rate=16000"}}}'


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with run_in_thread(PracticeServer()) as server:
        yield server


@asynccontextmanager
async def dial(server: ThreadedServer, path: str = PATH, **options: Any) -> AsyncIterator[ClientConnection]:
    url = server.base_url.replace("https", "wss") + path
    context = ssl.create_default_context(cadata=server.ca_pem)
    async with asyncio.timeout(15), connect(url, ssl=context, proxy=None, **options) as client:
        yield client


async def closed(client: ClientConnection) -> tuple[int | None, str | None]:
    with pytest.raises(ConnectionClosed):
        while True:
            await client.recv()
    return client.close_code, client.close_reason


async def works(server: ThreadedServer) -> bool:
    async with dial(server) as client:
        await client.send(SETUP)
        return bool(json.loads(await client.recv()) == {"setupComplete": {}})


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (PATH, "v1beta"),
        (PATH[1:].replace("v1beta", "v1"), "v1"),
        (PATH + "?key=abc", "v1beta"),
        ("/", None),
        (PATH + "Constrained", None),
        ("/prefix" + PATH, None),
    ],
)
def test_paths(path: str, version: str | None) -> None:
    assert api_version(path) == version


async def test_another_path_is_not_found(server: ThreadedServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with dial(server, "/v1beta/files"):
            pass
    assert refused.value.response.status_code == 404


async def test_it_answers_in_binary_frames_without_compression(server: ThreadedServer) -> None:
    async with dial(server) as client:
        await client.send(SETUP.encode())
        assert isinstance(await client.recv(), bytes)
        assert client.response is not None
        assert "sec-websocket-extensions" not in client.response.headers


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (["{not json"], "Invalid JSON payload received. Unexpected token."),
        ([b"\xff\x00\xfe"], "Invalid JSON payload received. Unexpected token."),
        (['{"realtimeInput":{"text":"hi"}}'], "Request contains an invalid argument."),
        ([SETUP, SETUP], "Request contains an invalid argument."),
        ([SETUP, AUDIO % "A"], "Base64 decoding failed."),
        ([SETUP, '{"realtimeInput":{"audio":{}}}'], "realtime_input.audio: data and mime_type are both needed."),
        ([SETUP, json.dumps({"\ud800" * 100: {}})], "Unknown name"),
        (['{"setup":{"model":"m-live","' + "é" * 9000 + '":1}}'], "Unknown name"),
        ([SETUP, '{"realtimeInput":{"audio":{"data":"","mimeType":"audio/pcm;rate=48000"}}}'], "16000 Hz only"),
    ],
)
async def test_what_it_cannot_read_closes_with_1007(
    server: ThreadedServer, frames: list[str | bytes], reason: str
) -> None:
    async with dial(server) as client:
        for frame in frames:
            await client.send(frame)
        code, text = await closed(client)
    assert code == 1007
    assert reason in (text or "")
    assert await works(server)


async def test_a_giant_frame_closes_with_1009(server: ThreadedServer) -> None:
    async with dial(server) as client:
        await client.send(SETUP)
        await client.recv()
        await client.send(" " * (MAX_FRAME_BYTES + 1))
        code, _ = await closed(client)
    assert code == 1009
    assert await works(server)


async def test_odd_audio_and_words_are_taken(server: ThreadedServer) -> None:
    async with dial(server) as client:
        await client.send(SETUP)
        await client.recv()
        for frame in (AUDIO % "", AUDIO % "AA==", AUDIO % "AAAA", '{"realtimeInput":{"text":"\\ud800 \\u0000"}}'):
            await client.send(frame)
        assert "modelTurn" in json.loads(await client.recv())["serverContent"]


@pytest.mark.parametrize("given", ["header", "query"])
async def test_the_key_in_the_header_or_the_query(given: str) -> None:
    with run_in_thread(PracticeServer(key="k")) as server:
        path = PATH + "?key=k" if given == "query" else PATH
        headers = {"x-goog-api-key": "k"} if given == "header" else {}
        async with dial(server, path, additional_headers=headers) as client:
            await client.send(SETUP)
            await client.recv()
    assert "k" not in server.recorder.records[0].path.split("?")[1:]


async def test_no_key_is_an_unregistered_caller() -> None:
    with run_in_thread(PracticeServer(key="k")) as server:
        async with dial(server) as client:
            await client.send(SETUP)
            code, text = await closed(client)
    assert code == 1008
    assert "unregistered callers" in (text or "")


async def test_t6_no_log_holds_the_key_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with run_in_thread(PracticeServer(key="AIzaCANARY")) as server:
        # The client's own logger prints its headers; it is not the subject.
        quiet = logging.getLogger("a client")
        quiet.setLevel(logging.CRITICAL)
        for key in ("AIzaCANARY", "AIzaCANARY-but-wrong"):
            async with dial(server, additional_headers={"x-goog-api-key": key}, logger=quiet) as client:
                await client.send(SETUP)
                if key == "AIzaCANARY":
                    await client.recv()
                else:
                    _, text = await closed(client)
                    assert "AIza" not in (text or "")
    assert "AIza" not in caplog.text


async def test_t9_it_listens_on_loopback_only(server: ThreadedServer) -> None:
    port = int(server.base_url.rsplit(":", 1)[1])
    names = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for name in [*names, "127.0.0.2"]:
        with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
            socket.create_connection((str(name), port), timeout=2).close()
    assert server.base_url.startswith("https://127.0.0.1:")


async def test_its_certificate_is_good_for_this_launch_only(server: ThreadedServer) -> None:
    with run_in_thread(PracticeServer()) as other:
        context = ssl.create_default_context(cadata=other.ca_pem)
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(server.base_url.replace("https", "wss") + PATH, ssl=context, proxy=None)
    assert await works(server)


async def test_t10_silent_sockets_keep_nobody_out(server: ThreadedServer) -> None:
    port = int(server.base_url.rsplit(":", 1)[1])
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    try:
        async with asyncio.timeout(3):
            assert await works(server)
    finally:
        for one in idle:
            one.close()


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\xff\xff", b"\0" * 100_000])
async def test_what_is_not_tls_is_dropped(server: ThreadedServer, garbage: bytes) -> None:
    port = int(server.base_url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(garbage)
    with contextlib.suppress(ConnectionError):
        writer.write_eof()
        assert b"HTTP" not in await asyncio.wait_for(reader.read(), 5)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    assert await works(server)


async def test_clients_without_a_setup_are_bounded(server: ThreadedServer) -> None:
    opened = []
    try:
        with pytest.raises(InvalidStatus) as refused:
            for _ in range(40):
                url = server.base_url.replace("https", "wss") + PATH
                context = ssl.create_default_context(cadata=server.ca_pem)
                opened.append(await connect(url, ssl=context, proxy=None))
        assert refused.value.response.status_code == 503
        assert 4 <= len(opened) < 40
    finally:
        await asyncio.gather(*(client.close() for client in opened))
    await asyncio.to_thread(server.recorder.wait, lambda r: all(record.closed_at for record in r.records))
    assert await works(server)


async def test_a_client_that_never_sets_up_is_closed(monkeypatch: pytest.MonkeyPatch, server: ThreadedServer) -> None:
    monkeypatch.setattr("tabtalk.practice.connection._SETUP_TIMEOUT_S", 0.1)
    async with dial(server) as client:
        assert await closed(client) == (1011, wire.DEADLINE_TEXT)


async def test_frames_can_be_sent_from_the_thread_of_a_test(server: ThreadedServer) -> None:
    async with dial(server) as client:
        await client.send(SETUP)
        await client.recv()
        [connection] = server.connections
        await asyncio.to_thread(server.call, lambda: connection.send(wire.tool_call("click", {"x": 1})))
        assert json.loads(await client.recv())["toolCall"]["functionCalls"][0]["name"] == "click"
        await asyncio.to_thread(server.call, lambda: connection.send_raw("{not json"))
        assert await client.recv() == "{not json"


async def test_a_scenario_with_a_tool() -> None:
    class Clicks(Scenario):
        async def on_text(self, text: str) -> None:
            await self.send(wire.tool_call("click", {"x": len(text)}, "call-7"))

        async def on_tool_response(self, response: wire.ToolResponse) -> None:
            [answered] = response.responses
            await self.answer(sound.tone(440, 0.25), f"clicked: {answered['id']}")

    with run_in_thread(PracticeServer(Clicks)) as server:
        async with dial(server) as client:
            for frame in (
                SETUP,
                '{"contextUpdate":{"tools":{"tools":[]}}}',
                '{"realtimeInput":{"text":"four"}}',
                '{"toolResponse":{"functionResponses":[{"id":"call-7","name":"click","response":{}}]}}',
            ):
                await client.send(frame)
            await asyncio.to_thread(
                server.recorder.wait, lambda r: r.records and r.records[0].sent_with("turnComplete")
            )
    names = [next(iter(sent.frame.get("serverContent") or sent.frame)) for sent in server.recorder.records[0].sent]
    assert names == [
        "setupComplete",
        "toolCall",
        "outputTranscription",
        *["modelTurn"] * 3,
        "generationComplete",
        "turnComplete",
    ]
