"""`direct.py` beside the library's own connection, over real sockets: the same bytes, the same messages, the same end."""

import asyncio
import contextlib
import os
import random

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from tabtalk.direct import BINARY, TEXT, Direct

MOST = 3000
SEEDS = range(12)


class DirectServer(Direct, ServerConnection):
    pass


class DirectClient(Direct, ClientConnection):
    pass


class BinaryServer(Direct, ServerConnection):
    TAKEN = (BINARY,)


def frame(opcode, data=b"", *, fin=True, mask=True):
    return Frame(opcode, data, fin).serialize(mask=mask)


class Sides:
    """A server of one kind, and what reached it: by its taker, where it has one, or by its reader."""

    def __init__(self, kind, takes=None):
        self.kind = kind
        self.takes = takes
        self.taken = 0
        self.seen = []
        self.begun, self.ended = asyncio.Event(), asyncio.Event()
        self.connection = None
        self.close_sent = None

    async def talk(self, connection):
        self.connection = connection
        if self.takes is not None:
            connection.taker = self._take
        self.begun.set()
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.seen.append(await connection.recv(decode=False))
        self.close_sent = connection.protocol.close_sent
        self.ended.set()

    def _take(self, message):
        if not self.takes():
            return False
        self.taken += 1
        self.seen.append(message)
        return True

    @contextlib.asynccontextmanager
    async def serving(self):
        async with serve(
            self.talk, "127.0.0.1", 0, create_connection=self.kind, compression=None, max_size=MOST, ping_interval=None
        ) as server:
            yield next(iter(server.sockets)).getsockname()[1]


async def hand_over(sides, pieces):
    """What the server answers to these bytes after its 101, which arrive in these pieces; and then the connection is closed."""
    async with sides.serving() as port, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        await sides.begun.wait()
        for piece in pieces:
            # As its transport does; a socket would join some of them.
            sides.connection.data_received(piece)
            await asyncio.sleep(0)
        answered = b""
        with contextlib.suppress(ConnectionError):
            writer.write_eof()
            answered = await reader.read()
        await sides.ended.wait()
        writer.close()
    return answered


def some_frames(chance):
    """Bytes of a peer of any kind: mostly frames that are right, in parts and whole, among them some that are not."""
    found = []
    for _ in range(chance.randint(3, 25)):
        data = chance.randbytes(chance.choice([0, 1, 60, 125, 126, 127, 900, MOST]))
        kind = chance.randint(0, 20)
        if kind < 10:
            found.append(frame(chance.choice([Opcode.BINARY, Opcode.TEXT]), data))
        elif kind < 13:
            found.append(frame(chance.choice([Opcode.PING, Opcode.PONG]), data[:125]))
        elif kind < 17:
            found.append(frame(Opcode.BINARY, data[:1000], fin=False))
            if chance.random() < 0.5:
                found.append(frame(Opcode.PING))
            found.extend(frame(Opcode.CONT, data[:100], fin=False) for _ in range(chance.randint(0, 3)))
            if chance.random() < 0.9:
                found.append(frame(Opcode.CONT, b"end"))
        elif kind == 17 and chance.random() < 0.3:
            found.append(frame(Opcode.CLOSE, b"\x03\xe8"))
        elif kind == 18 and chance.random() < 0.3:
            found.append(frame(Opcode.BINARY, data, mask=False))
        elif kind == 19 and chance.random() < 0.3:
            found.append(frame(Opcode.BINARY, bytes(MOST + 1)))
        elif kind == 20 and chance.random() < 0.3:
            found.append(chance.randbytes(chance.randint(1, 40)))
    return b"".join(found)


def in_pieces(chance, data):
    pieces = []
    while data:
        length = chance.choice([1, 2, 3, 5, 100, 5000])
        pieces.append(data[:length])
        data = data[length:]
    return pieces


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("takes", [None, lambda: True, "now and then"], ids=["reader", "taker", "both"])
async def test_any_bytes_come_to_the_same_as_with_the_library(seed, takes):
    chance = random.Random(seed)
    pieces = in_pieces(chance, some_frames(chance))
    library = Sides(ServerConnection)
    ours = Sides(DirectServer, (lambda: chance.random() < 0.5) if takes == "now and then" else takes)
    answered = [await hand_over(sides, pieces) for sides in (library, ours)]
    assert ours.seen == library.seen
    assert answered[0] == answered[1]
    assert ours.close_sent == library.close_sent


async def test_a_message_between_the_parts_of_another_is_a_mistake():
    parts = [frame(Opcode.BINARY, b"one", fin=False), frame(Opcode.BINARY, b"two"), frame(Opcode.CONT, b"end")]
    ours = Sides(DirectServer, lambda: True)
    await hand_over(ours, parts)
    assert ours.seen == []
    assert ours.close_sent.code == 1002


async def test_every_place_to_part_a_message_is_good():
    data = frame(Opcode.BINARY, b"one") + frame(Opcode.BINARY, bytes(300)) + frame(Opcode.TEXT, b"three")
    for place in range(1, len(data)):
        ours = Sides(DirectServer, lambda: True)
        await hand_over(ours, [data[:place], data[place:]])
        assert ours.seen == [b"one", bytes(300), b"three"]
        assert ours.taken == 3


async def test_only_what_the_class_names_is_asked_about():
    ours = Sides(BinaryServer, lambda: True)
    await hand_over(ours, [frame(Opcode.TEXT, b"{}") + frame(Opcode.TEXT, b"[]")])
    assert (ours.seen, ours.taken) == ([b"{}", b"[]"], 0)


async def test_nothing_overtakes_what_the_reader_is_not_done_with():
    held, begun = asyncio.Event(), asyncio.Event()
    seen = []
    taken = []

    async def talk(connection):
        connection.taker = lambda message: taken.append(message) or True
        async for message in connection:
            if message == "wait":
                begun.set()
                await held.wait()
            seen.append(message)

    async with (
        serve(talk, "127.0.0.1", 0, create_connection=BinaryServer, compression=None) as server,
        asyncio.timeout(30),
        connect(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", compression=None) as client,
    ):
        await client.send("wait")
        await begun.wait()
        await client.send(b"later")
        await (await client.ping())  # The server has read up to here.
        assert (seen, taken) == ([], [])
        held.set()
        while len(seen) < 2:
            await asyncio.sleep(0)
        assert seen == ["wait", b"later"]
        await client.send(b"free")
        while not taken:
            await asyncio.sleep(0)
        assert taken == [b"free"]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 300_000])
async def test_what_is_put_arrives_at_either_end(length):
    message = os.urandom(length)
    words = "é".encode() * (length // 2)

    async def talk(connection):
        assert await connection.recv() == message
        assert await connection.recv() == words.decode()
        assert connection.put(BINARY, message)
        await connection.recv()
        assert connection.put(TEXT, words)
        await connection.wait_closed()

    async with (
        serve(talk, "127.0.0.1", 0, create_connection=DirectServer, compression=None) as server,
        asyncio.timeout(30),
        connect(
            f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}",
            create_connection=DirectClient,
            compression=None,
        ) as client,
    ):
        assert client.put(BINARY, message)
        await client.send(words, text=True)
        assert await client.recv() == message
        assert client.put(TEXT, b"next")
        assert await client.recv() == words.decode()


async def test_nothing_is_put_while_the_other_end_reads_nothing_nor_after_the_end():
    arrived = []

    async def talk(connection):
        connection.transport.pause_reading()
        await stopped.wait()
        connection.transport.resume_reading()
        arrived.extend([message async for message in connection])

    stopped = asyncio.Event()
    async with (
        serve(talk, "127.0.0.1", 0, compression=None, max_size=None, max_queue=None) as server,
        asyncio.timeout(30),
        connect(
            f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}",
            create_connection=DirectClient,
            compression=None,
        ) as client,
    ):
        sent = 0
        while sent < 1000 and client.put(BINARY, bytes(100_000)):  # The system takes some of it.
            sent += 1
        assert 0 < sent < 1000
        waiting = client.transport.get_write_buffer_size()
        assert not client.put(TEXT, b"late")
        assert client.transport.get_write_buffer_size() == waiting
        stopped.set()
        while not client.put(TEXT, b"then"):
            await asyncio.sleep(0)
        await client.close()
        assert not client.put(TEXT, b"never")
    assert arrived == [bytes(100_000)] * sent + ["then"]
