"""The gate, over real sockets: rows T1 to T12 of the threat model that concern it."""

import asyncio
import base64
import contextlib
import json
import os
import socket
import sys
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tabtalk.gate import Gate
from tabtalk.link import MAX_MISTAKES, Link
from tabtalk.listener import listen
from tabtalk.protocol import EXTENSION_ORIGIN, HEADER_BYTES, MAX_MEDIA_BYTES, Ping, Pong, Welcome
from tabtalk.tokens import Tokens

OURS = EXTENSION_ORIGIN


class OpenGate:
    """A gate with an echoing link behind it."""

    def __init__(self):
        self.tokens = Tokens()
        self.listener = listen()
        self.port = self.listener.getsockname()[1]
        self.gate = Gate(self.tokens, self.serve)
        self.links = 0

    async def serve(self, connection):
        self.links += 1
        self.without_delay = connection.transport.get_extra_info("socket").getsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY
        )
        link = Link(connection)
        await link.send(Welcome(connection.server_token, "0"))
        async for message in link.received():
            if isinstance(message, Ping):
                await link.send(Pong(message.time))

    def client(self, token=None, origin=OURS, **more):
        """A WebSocket client as the extension is one, unless said otherwise."""
        token = self.tokens.mint().token if token is None else token
        more.setdefault("subprotocols", ["tabtalk.v1", f"auth.{token}"])
        return connect(f"ws://127.0.0.1:{self.port}", origin=origin, proxy=None, close_timeout=1, **more)

    async def raw(self, headers, *, request=b"GET / HTTP/1.1\r\n"):
        """The answer to a request of these very header lines; empty when the connection was just closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request + b"".join(line + b"\r\n" for line in headers) + b"\r\n")
        try:
            async with asyncio.timeout(5):
                return await reader.read(4000)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    def upgrade(self, token=None, host=None, origin=OURS.encode()):
        token = self.tokens.mint().token if token is None else token
        host = f"127.0.0.1:{self.port}".encode() if host is None else host
        lines = [
            b"Host: " + host,
            b"Upgrade: websocket",
            b"Connection: Upgrade",
            b"Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)),
            b"Sec-WebSocket-Version: 13",
            b"Sec-WebSocket-Protocol: tabtalk.v1, auth." + token.encode(),
        ]
        return lines if origin is None else [*lines, b"Origin: " + origin]


@pytest.fixture
async def opened():
    gate = OpenGate()
    async with gate.gate.serve(gate.listener):
        yield gate


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


async def welcomed(client):
    return json.loads(await asyncio.wait_for(client.recv(), 5))


async def test_a_chunk_of_an_answer_does_not_wait_until_a_message_before_it_is_acknowledged(opened):
    async with opened.client() as client:
        await welcomed(client)
        assert opened.without_delay


async def test_the_right_client_is_let_in_and_the_gate_proves_itself(opened):
    made = opened.tokens.mint()
    async with opened.client(made.token) as client:
        assert client.subprotocol == "tabtalk.v1"
        assert await welcomed(client) == {
            "type": "welcome",
            "data": {"server_token": made.server_token, "version": "0"},
        }


EXTENSION_ID = OURS.rpartition("/")[2]
BAD_ORIGINS = [
    "https://evil.test",
    "null",
    None,
    "",
    OURS.upper(),
    OURS + "/",
    OURS + ".evil.test",
    "x" + OURS,
    "chrome-extension://" + EXTENSION_ID[::-1],
    f"https://{EXTENSION_ID}",
    f"chrome-extension://{EXTENSION_ID}@evil.test",
]


@pytest.mark.parametrize("origin", BAD_ORIGINS)
async def test_t1_another_origin_is_refused_before_101(opened, origin):
    answer = await opened.raw(opened.upgrade(origin=None if origin is None else origin.encode()))
    assert status(answer) == 403
    assert opened.links == 0


async def test_t1_two_origins_are_refused(opened):
    answer = await opened.raw([*opened.upgrade(), b"Origin: https://evil.test"])
    assert 400 <= status(answer) < 500


@pytest.mark.parametrize(
    "host",
    [
        b"evil.test:%d",
        b"localhost:%d",
        b"127.0.0.1",
        b"",
        b"127.0.0.1.evil:%d",
        b"[::1]:%d",
        b"127.0.0.1:1",
        b"127.1:%d",
    ],
)
async def test_t2_another_host_is_refused(opened, host):
    named = host % opened.port if b"%d" in host else host
    assert 400 <= status(await opened.raw(opened.upgrade(host=named))) < 500


async def test_t2_no_host_and_two_hosts_are_refused(opened):
    lines = opened.upgrade()
    assert 400 <= status(await opened.raw(lines[1:])) < 500
    assert 400 <= status(await opened.raw([lines[0], *lines])) < 500
    assert opened.links == 0


async def test_t3_header_bytes_of_every_kind_open_nothing_and_break_nothing(opened):
    import random

    chance = random.Random(3)
    for _ in range(400):
        junk = bytes(chance.randrange(1, 256) for _ in range(chance.randrange(0, 60)))
        junk = junk.replace(b"\r", b"").replace(b"\n", b"")
        name = chance.choice([b"Origin", b"Host", b"Sec-WebSocket-Protocol"])
        lines = [line for line in opened.upgrade() if not line.startswith(name + b":")]
        assert not (await opened.raw([*lines, name + b": " + junk])).startswith(b"HTTP/1.1 101")
    async with opened.client() as client:
        assert (await welcomed(client))["type"] == "welcome"


WRONG_TOKENS = {
    "none": lambda right: [],
    "not offered": lambda right: ["tabtalk.v1"],
    "alone": lambda right: [f"auth.{right}"],
    "as a name": lambda right: ["tabtalk.v1", right],
    "same length": lambda right: ["tabtalk.v1", "auth." + "A" * len(right)],
    "longer": lambda right: ["tabtalk.v1", f"auth.{right}A"],
    "shorter": lambda right: ["tabtalk.v1", f"auth.{right[:-1]}"],
    "empty": lambda right: ["tabtalk.v1", "auth."],
    "two": lambda right: ["tabtalk.v1", f"auth.{right}", "auth.other"],
    "another version": lambda right: ["tabtalk.v9", f"auth.{right}"],
}


@pytest.mark.parametrize("which", WRONG_TOKENS)
async def test_t4_t5_the_right_origin_without_the_right_token_is_refused(opened, which):
    offered = WRONG_TOKENS[which](opened.tokens.mint().token)
    with pytest.raises(InvalidStatus) as refused:
        async with opened.client(subprotocols=offered):
            pass
    assert refused.value.response.status_code == 401
    assert opened.links == 0


async def test_t6_the_token_is_not_said_back(opened):
    token = opened.tokens.mint().token
    answer = await opened.raw(opened.upgrade(token))
    assert status(answer) == 101
    assert token.encode() not in answer


async def test_t7_a_token_opens_the_link_once(opened):
    token = opened.tokens.mint().token
    async with opened.client(token) as client:
        await welcomed(client)
    with pytest.raises(InvalidStatus) as refused:
        async with opened.client(token):
            pass
    assert refused.value.response.status_code == 401


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
async def test_t9_nobody_listens_beyond_this_machine(opened):
    port = f"{opened.port:04X}"
    rows = [
        row.split()
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for row in Path(table).read_text().splitlines()[1:]
    ]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(":" + port)]
    assert listening == ["0100007F:" + port]


async def test_t9_other_addresses_of_this_machine_are_refused(opened):
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)} - {"127.0.0.1"}
    for address in {"::1", *others}:
        with pytest.raises(OSError):
            await asyncio.wait_for(asyncio.open_connection(address, opened.port), 2)


async def test_t10_half_a_request_is_cut_off(opened):
    reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: ")
    async with asyncio.timeout(3.5):
        with contextlib.suppress(ConnectionError):
            assert not (await reader.read(4000)).startswith(b"HTTP/1.1 101")
    writer.close()


async def test_t10_idle_connections_do_not_keep_the_right_client_out(opened):
    idle = [await asyncio.open_connection("127.0.0.1", opened.port) for _ in range(50)]
    async with asyncio.timeout(1), opened.client() as client:
        assert (await welcomed(client))["type"] == "welcome"
    assert len(opened.gate.waiting) <= 8
    for _reader, writer in idle:
        writer.close()


async def test_t10_huge_headers_are_refused(opened):
    assert status(await opened.raw([*opened.upgrade(), b"X: " + b"a" * 9000])) in {400, 431}
    assert status(await opened.raw([*opened.upgrade(), *(b"X: a" for _ in range(200))])) in {400, 431}


async def test_t11_a_frame_over_the_limit_closes_the_link_before_it_is_read(opened):
    reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
    writer.write(b"\r\n".join([b"GET / HTTP/1.1", *opened.upgrade(), b"", b""]))
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly((await reader.readexactly(2))[1])  # The welcome, which is short.
    # Only the head of the frame: a length that is the sender's word must not be believed.
    writer.write(b"\x82\xff" + (HEADER_BYTES + MAX_MEDIA_BYTES + 1).to_bytes(8, "big") + b"mask")
    async with asyncio.timeout(5):
        close = await reader.read(200)
    assert close[:1] == b"\x88"
    assert int.from_bytes(close[2:4], "big") == 1009
    writer.close()


async def test_t11_compression_is_not_taken(opened):
    lines = [*opened.upgrade(), b"Sec-WebSocket-Extensions: permessage-deflate"]
    answer = await opened.raw(lines)
    assert status(answer) == 101
    assert b"deflate" not in answer


async def test_t11_a_thousand_fragments_are_one_frame(opened):
    async with opened.client() as client:
        await welcomed(client)

        async def tiny():
            text = json.dumps({"type": "ping", "data": {"time": 1}, "pad": "x" * 1000})
            for letter in text:
                yield letter

        await client.send(tiny())
        assert json.loads(await client.recv()) == {"type": "pong", "data": {"time": 1}}


async def test_t12_a_second_client_is_refused_and_the_first_keeps_flowing(opened):
    async with opened.client() as first:
        await welcomed(first)
        with pytest.raises(InvalidStatus) as refused:
            async with opened.client():
                pass
        assert refused.value.response.status_code == 409
        await first.send(json.dumps({"type": "ping", "data": {"time": 2}}))
        assert json.loads(await first.recv())["type"] == "pong"
    async with opened.client() as after:
        assert (await welcomed(after))["type"] == "welcome"


async def test_t12_a_handshake_that_fails_after_the_token_does_not_hold_the_place(opened):
    broken = [line for line in opened.upgrade() if not line.startswith(b"Sec-WebSocket-Key")]
    assert 400 <= status(await opened.raw(broken)) < 500
    async with opened.client() as client:
        assert (await welcomed(client))["type"] == "welcome"


async def test_what_does_not_fit_is_answered_and_too_much_of_it_ends_the_link(opened):
    async with opened.client() as client:
        await welcomed(client)
        await client.send("{not json")
        answer = json.loads(await client.recv())
        assert (answer["type"], answer["data"]["code"]) == ("error", "bad-message")
        await client.send(json.dumps({"type": "ping", "data": {"time": 3}}))
        assert json.loads(await client.recv())["type"] == "pong"
        with contextlib.suppress(ConnectionClosed):
            for _ in range(MAX_MISTAKES + 1):
                await client.send(b"\x09" * 20)
        with pytest.raises(ConnectionClosed):
            while True:
                await asyncio.wait_for(client.recv(), 5)
        assert client.close_code == 1008


async def test_plain_http_is_told_off(opened):
    assert 400 <= status(await opened.raw([b"Host: 127.0.0.1:%d" % opened.port])) < 500


def test_the_listener_takes_a_free_port():
    with listen() as one, listen() as other:
        assert one.getsockname()[0] == "127.0.0.1"
        assert one.getsockname()[1] != other.getsockname()[1]


def test_t3_the_library_is_one_that_guards_its_parsing():
    assert int(websockets.__version__.split(".")[0]) >= 13
    assert sys.version_info >= (3, 11)
