"""A whole conversation in one process: a client as the extension is one, the gate, the session, the real SDK, and the
practice server."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import json
import time
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tabtalk import live, protocol
from tabtalk.gate import Gate
from tabtalk.keeper import Keeper
from tabtalk.link import Link
from tabtalk.listener import listen
from tabtalk.live_events import Endpoint
from tabtalk.practice import wire
from tabtalk.practice.scenario import Scenario
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread
from tabtalk.protocol import EXTENSION_ORIGIN
from tabtalk.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from tabtalk.gate import GateConnection
    from tabtalk.live import Live
    from tabtalk.practice.recorder import Recorder

Seen = Any
"""A control message as its dictionary, or `(turn, pcm)`."""


class Dialer:
    """Dials one practice server."""

    def __init__(self, server: ThreadedServer, **chosen: Any) -> None:
        plain = {"key": "right", "model": "gemini-3.8-live", "instructions": ""}
        self._endpoint = Endpoint(**{**plain, "base_url": server.base_url, "ca_pem": server.ca_pem, **chosen})
        self.dials = 0

    async def endpoint(self) -> Endpoint:
        return self._endpoint

    def choose(self, model: str) -> None:
        self._endpoint = dataclasses.replace(self._endpoint, model=model)

    def dial(self, endpoint: Endpoint, handle: str | None) -> AbstractAsyncContextManager[Live]:
        self.dials += 1
        return live.connect(endpoint, handle)


class Client:
    """The extension's end of the link."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._numbers = itertools.count(1)

    async def send(self, type: str, **data: object) -> None:
        await self.socket.send(json.dumps({"type": type, "data": data}))

    async def start(self, source: str = "tab", **more: object) -> None:
        await self.send("start-session", source=source, title="A page", **more)

    async def media(self, kind: int, payload: bytes, turn: int = 0) -> int:
        """Its sequence number."""
        sequence = next(self._numbers)
        now = time.time() * 1000
        await self.socket.send(protocol.dump_media(kind, payload, turn=turn, sequence=sequence, time=now))
        return sequence

    async def until(self, wanted: Callable[[Seen], bool], timeout: float = 10) -> list[Seen]:
        """Reads until `wanted(message)`; all that was read."""
        seen: list[Seen] = []
        async with asyncio.timeout(timeout):
            while not (seen and wanted(seen[-1])):
                frame = await self.socket.recv()
                if isinstance(frame, bytes):
                    _kind, _flags, turn, _sequence, _time = protocol._HEADER.unpack_from(frame)
                    seen.append((turn, frame[protocol.HEADER_BYTES :]))
                else:
                    seen.append(json.loads(frame))
        return seen

    async def until_type(self, type: str, timeout: float = 10, **data: object) -> list[Seen]:
        def wanted(message: Seen) -> bool:
            return isinstance(message, dict) and message["type"] == type and data.items() <= message["data"].items()

        return await self.until(wanted, timeout)

    async def until_live(self) -> list[Seen]:
        return await self.until_type("session-state", state="live")


@contextlib.asynccontextmanager
async def hosting(
    scenario: Any = Scenario, *, chosen: dict[str, Any] | None = None, **more: Any
) -> AsyncIterator[tuple[Callable[[], AbstractAsyncContextManager[Client]], ThreadedServer, Dialer]]:
    """(link, server, dialer): `link()` is a new link to the one host. `chosen` is of the endpoint, `more` of the server."""
    with run_in_thread(PracticeServer(scenario, key="right", **more)) as server:
        dialer = Dialer(server, **(chosen or {}))
        tokens = Tokens()
        kept = Keeper(dialer)
        listener = listen()

        async def converse(connection: GateConnection) -> None:
            await kept.serve(Link(connection))

        @contextlib.asynccontextmanager
        async def link() -> AsyncIterator[Client]:
            url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
            offered = [Subprotocol("tabtalk.v1"), Subprotocol("auth." + tokens.mint().token)]
            async with connect(url, origin=Origin(EXTENSION_ORIGIN), subprotocols=offered, proxy=None) as socket:
                yield Client(socket)

        async with Gate(tokens, converse).serve(listener):
            yield link, server, dialer
            await kept.close()


@contextlib.asynccontextmanager
async def talking(
    scenario: Any = Scenario, *, start: bool = True, chosen: dict[str, Any] | None = None, **more: Any
) -> AsyncIterator[tuple[Client, ThreadedServer, Dialer]]:
    """(client, server, dialer) with a conversation that is live, unless `start` is off."""
    async with hosting(scenario, chosen=chosen, **more) as (link, server, dialer), link() as client:
        if start:
            await client.start()
            await client.until_live()
        yield client, server, dialer


def begin(client: Client, **more: object) -> Awaitable[None]:
    """A conversation that another link may take up."""
    return client.start(**{"conversation": "one", **more})  # type: ignore[arg-type]


async def wait(server: ThreadedServer, predicate: Callable[[Recorder], object]) -> Recorder:
    return await asyncio.to_thread(server.recorder.wait, predicate)


def call(server: ThreadedServer, action: Callable[[Any], Coroutine[Any, Any, Any]]) -> Awaitable[Any]:
    """Runs `action(scenario)` of the newest connection in the server's loop."""
    return asyncio.to_thread(server.call, lambda: action(server.connections[-1].scenario))


class Remembers(Scenario):
    async def on_text(self, text: str) -> None:
        await self.answer(bytes(480), f"You asked: {text}")
        await self.connection.send_handle()


def codes(seen: list[Seen]) -> list[str]:
    return [message["data"]["code"] for message in seen if isinstance(message, dict) and message["type"] == "error"]


def states(seen: list[Seen]) -> list[str]:
    return [message["data"]["state"] for message in seen if message["type"] == "session-state"]


def told(recorder: Recorder) -> list[wire.ClientContent]:
    """What the model was told in words, of all conversations."""
    arrivals = [arrival.event for record in recorder.records for arrival in record.arrivals]
    return [event for event in arrivals if isinstance(event, wire.ClientContent)]
