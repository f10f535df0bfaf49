"""The extension's end of the link: `extension/offscreen/link.js`, in Python."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tabtalk import protocol
from tabtalk.protocol import EXTENSION_ORIGIN, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX, Media, Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PING_S = 1.0
LATELY_S = 0.5
SILENCE_S = 4.0
WELCOME_S = 3.0


class LinkLost(Exception):
    """It broke, fell silent, or could not be opened."""


class Link:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._heard_at = time.monotonic()
        self._beating = asyncio.create_task(self._beat(), name="link-heartbeat")
        self.silent = False

    @classmethod
    async def open(cls, ticket: dict[str, Any]) -> Self:
        """Returns when the host has proved itself. Raises `LinkLost`."""
        try:
            socket = await connect(
                f"ws://127.0.0.1:{ticket['port']}",
                origin=EXTENSION_ORIGIN,  # type: ignore[arg-type]
                subprotocols=[SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + ticket["token"]],  # type: ignore[list-item]
                proxy=None,
                compression=None,
                ping_interval=None,
                open_timeout=WELCOME_S,
                close_timeout=0.5,
                max_size=None,
            )
            async with asyncio.timeout(WELCOME_S):
                welcome = protocol.parse("link-down", await socket.recv()).message
        except (OSError, WebSocketException) as error:
            raise LinkLost(f"not opened: {error}") from error
        if not isinstance(welcome, protocol.Welcome) or welcome.server_token != ticket["server_token"]:
            raise LinkLost("somebody else answered")
        return cls(socket)

    async def send(self, message: Message) -> None:
        """Does nothing on a link that is lost."""
        await self._put(protocol.dump(message))

    async def send_media(self, kind: int, payload: bytes, sequence: int) -> bool:
        """Whether it was sent."""
        return await self._put(protocol.dump_media(kind, payload, turn=0, sequence=sequence, time=time.time() * 1000))

    async def _put(self, frame: str | bytes) -> bool:
        try:
            await self._socket.send(frame)
        except WebSocketException:
            return False
        return True

    async def received(self) -> AsyncIterator[Message | Media]:
        """Until the link is lost. Raises ValueError for what the host must not send."""
        with contextlib.suppress(WebSocketException):
            async for frame in self._socket:
                self._heard_at = time.monotonic()
                yield _parse(frame)

    def abort(self) -> None:
        """As when the renderer process dies."""
        self._socket.transport.abort()

    async def close(self) -> None:
        self._beating.cancel()
        await self._socket.close()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            silent_s = time.monotonic() - self._heard_at
            if silent_s > SILENCE_S:
                self.silent = True
                self.abort()
                return
            if silent_s >= LATELY_S:
                await self.send(protocol.Ping(time.time() * 1000))


def _parse(frame: str | bytes) -> Message | Media:
    if isinstance(frame, str):
        return protocol.parse("link-down", json.dumps(json.loads(frame))).message
    kind, _flags, turn, sequence, sent_at = protocol._HEADER.unpack_from(frame)
    if kind != protocol.AUDIO_DOWN or len(frame) % 2:
        raise ValueError("a frame that no host sends")
    return Media(kind, turn, sequence, sent_at, frame[protocol.HEADER_BYTES :])
