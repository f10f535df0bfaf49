"""The network between the host and the service: a TCP proxy that delays, slows, freezes, cuts, refuses and slices.

Raw sockets and no buffers but those that stand here, so that what was in flight when a connection died is known: each
`Dial` counts the bytes that came out of the host and those that went on to the service, with times.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

READ_BYTES = 16 * 1024
SLOW_READ_BYTES = 512
"""How much is taken at once where the bandwidth is limited: small, so that the rate is smooth."""
SOCKET_BUFFER_BYTES = 16 * 1024
"""A path holds little; what the kernel would hold on loopback is megabytes."""
MOST_UNDER_WAY = 64
"""Pieces that travel at once, each way: what fits into the latency."""
FULL_BYTES = 64 * 1024
"""With so much in the kernel the host's own process begins to hold data."""
HOST_BUFFER_BYTES = 96 * 1024
"""What it holds then: transport, TLS, WebSocket."""


@dataclass(slots=True)
class Conditions:
    """How the network is now, for all connections."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    up_bytes_s: float = 0.0
    """0 is without limit."""
    down_bytes_s: float = 0.0
    slice_bytes: int = 0
    """0 forwards what came as it came."""
    refuses: bool = False

    def widen(self) -> None:
        self.up_bytes_s = self.down_bytes_s = 0.0


@dataclass(slots=True, eq=False)
class Dial:
    """One connection that the host tried to make."""

    number: int
    at: float
    client: socket.socket
    others: int
    """Connections of the host to the service that were still open when this one came."""
    server: socket.socket | None = None
    refused: bool = False
    ended_at: float | None = None
    cut: bool = False
    """Ended by the network, not by either side."""
    service_port: int = 0
    """The service sees the connection come from this port."""
    from_host: int = 0
    to_service: list[tuple[float, int]] = field(default_factory=list)
    """(when, how many bytes in all)"""
    under_way_at_end: int = 0
    """Bytes that the host had written and that had not been given to the service."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def delivered_by(self, moment: float) -> int:
        """Bytes that the service had been given by then."""
        return next((total for at, total in reversed(self.to_service) if at <= moment), 0)

    @property
    def delivered(self) -> int:
        return self.to_service[-1][1] if self.to_service else 0


class Proxy:
    """`async with Proxy(port, chance) as proxy` forwards `proxy.port` to `port`, both on 127.0.0.1."""

    def __init__(self, service_port: int, chance: random.Random) -> None:
        self.now = Conditions()
        self.dials: list[Dial] = []
        self._service = ("127.0.0.1", service_port)
        self._chance = chance
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        self.appear()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.vanish()
        self.cut()
        await asyncio.gather(*(task for dial in self.dials for task in dial.tasks), return_exceptions=True)

    @property
    def open(self) -> list[Dial]:
        return [dial for dial in self.dials if dial.ended_at is None]

    # Faults.

    def appear(self) -> None:
        """Listens (again), on the same port."""
        if self._listener is not None:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._accepting = asyncio.create_task(self._accept(listener), name="proxy-accept")

    def vanish(self) -> None:
        """Nothing listens: the system refuses. What is open stays open."""
        if self._accepting is not None:
            self._accepting.cancel()
        if self._listener is not None:
            _close(self._listener)
        self._accepting = self._listener = None

    def freeze(self) -> None:
        """Not a byte more passes, either way, and nobody is told; new connections lead nowhere."""
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        """Resets every connection."""
        for dial in self.open:
            self._end(dial, cut=True)

    # Forwarding.

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _address = await loop.sock_accept(listener)
            others = open_sockets_to(self.port) - 1
            dial = Dial(len(self.dials), time.monotonic(), client, max(others, 0))
            self.dials.append(dial)
            if self.now.refuses:
                dial.refused = True
                self._end(dial, cut=False)
            else:
                dial.tasks.append(asyncio.create_task(self._forward(dial), name=f"dial-{dial.number}"))

    async def _forward(self, dial: Dial) -> None:
        loop = asyncio.get_running_loop()
        dial.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._flowing.wait()
        server = socket.socket()
        server.setblocking(False)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        dial.server = server
        try:
            await loop.sock_connect(server, self._service)
            dial.service_port = server.getsockname()[1]
            async with asyncio.TaskGroup() as group:
                group.create_task(self._one_way(dial, dial.client, server, up=True))
                group.create_task(self._one_way(dial, server, dial.client, up=False))
        except* OSError:
            pass
        if dial.ended_at is None:
            self._end(dial, cut=False)

    async def _one_way(self, dial: Dial, source: socket.socket, target: socket.socket, *, up: bool) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MOST_UNDER_WAY)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read(dial, source, under_way, up=up))
            group.create_task(self._write(dial, target, under_way, up=up))

    async def _read(
        self, dial: Dial, source: socket.socket, under_way: asyncio.Queue[tuple[float, bytes]], *, up: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        due = 0.0
        while True:
            await self._flowing.wait()
            rate = self.now.up_bytes_s if up else self.now.down_bytes_s
            data = await loop.sock_recv(source, SLOW_READ_BYTES if rate else READ_BYTES)
            if up:
                dial.from_host += len(data)
            wander = self._chance.uniform(-self.now.jitter_s, self.now.jitter_s)
            # A byte never overtakes another.
            due = max(due, time.monotonic() + max(0.0, self.now.latency_s + wander))
            await under_way.put((due, data))
            if not data:
                return
            if rate:
                await asyncio.sleep(len(data) / rate)

    async def _write(
        self, dial: Dial, target: socket.socket, under_way: asyncio.Queue[tuple[float, bytes]], *, up: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await under_way.get()
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            await self._flowing.wait()
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            step = self.now.slice_bytes or len(data)
            for at in range(0, len(data), step):
                piece = data[at : at + step]
                await loop.sock_sendall(target, piece)
                if up:
                    dial.to_service.append((time.monotonic(), dial.delivered + len(piece)))
                if step < len(data):
                    await asyncio.sleep(0)

    def _end(self, dial: Dial, *, cut: bool) -> None:
        if dial.ended_at is not None:
            return
        dial.ended_at, dial.cut = time.monotonic(), cut
        dial.under_way_at_end = max(0, _written_by_peer(dial.client) - dial.delivered)
        here = asyncio.current_task()
        for task in dial.tasks:
            if task is not here:
                task.cancel()
        for end in (dial.client, dial.server):
            if end is None:
                continue
            with contextlib.suppress(OSError):
                if cut or dial.refused:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            _close(end)


def _close(end: socket.socket) -> None:
    """At once; the loop would otherwise watch its number until the task that it was for has been cancelled."""
    loop = asyncio.get_running_loop()
    loop.remove_reader(end)
    loop.remove_writer(end)
    end.close()


# The kernel's own view, Linux only.

_BYTES_RECEIVED_AT = 128
"""Where `tcp_info` has `tcpi_bytes_received` (linux/tcp.h)."""
_FIN = 1
_ESTABLISHED_OR_CLOSING_BY_US = {"01", "02", "03"}


def _written_by_peer(end: socket.socket) -> int:
    """Bytes that the host wrote to this connection, whether or not we read them, so far as the kernels know of them. An upper
    bound: what was received and not acknowledged yet counts at both ends."""
    try:
        info = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED_AT + 8)
        (received,) = struct.unpack_from("=Q", info, _BYTES_RECEIVED_AT)
        unsent = _unsent(end.getpeername()[1], end.getsockname()[1])
    except (OSError, struct.error):
        return 0
    return int(received) - _FIN + unsent + (HOST_BUFFER_BYTES if unsent >= FULL_BYTES else 0)


def _table() -> list[list[str]]:
    return [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def _unsent(local: int, remote: int) -> int:
    for row in _table():
        if _port(row[1]) == local and _port(row[2]) == remote:
            return int(row[4].partition(":")[0], 16)
    return 0


def open_sockets_to(port: int) -> int:
    """Connections to this port that a process still holds; one that it has closed has no owner any more."""
    return sum(
        1 for row in _table() if _port(row[2]) == port and row[9] != "0" and row[3] in _ESTABLISHED_OR_CLOSING_BY_US
    )
