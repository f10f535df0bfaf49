"""One accepted WebSocket to the extension, typed: control messages and media, both ways."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from websockets.exceptions import ConnectionClosed

from tabtalk import protocol
from tabtalk.direct import BINARY
from tabtalk.protocol import Error, ErrorCode, Media, Message, ProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tabtalk.direct import Direct

_AUDIO_UP = bytes([protocol.AUDIO_UP])
MAX_MISTAKES = 20
"""Messages that do not fit the protocol before the link is closed: then it is not our extension, or not in its senses."""


class Link:
    def __init__(self, connection: Direct) -> None:
        self._connection = connection
        self._sequence = 0

    async def send(self, message: Message) -> bool:
        """False when the extension has left: `received` is what ends then."""
        return await self._put(protocol.dump(message))

    async def send_sound(self, pcm: bytes, turn: int) -> bool:
        """s16le mono 24 kHz of one turn."""
        frame = self._sound(pcm, turn)
        self._sequence += 1
        return await self._put(frame)

    def put_sound(self, pcm: bytes, turn: int) -> bool:
        """As `send_sound`, at once. False: it would have to wait, or the extension has left, and nothing was done."""
        put = self._connection.put(BINARY, self._sound(pcm, turn))
        self._sequence += put
        return put

    def _sound(self, pcm: bytes, turn: int) -> bytes:
        return protocol.dump_media(
            protocol.AUDIO_DOWN, pcm, turn=turn, sequence=self._sequence + 1, time=time.time() * 1000
        )

    async def _put(self, frame: str | bytes) -> bool:
        try:
            await self._connection.send(frame)
        except ConnectionClosed:
            return False
        return True

    def hand_sound_to(self, hear: Callable[[Media], bool] | None) -> None:
        """What comes of the microphone's sound goes there, if nothing is left to read before it; what is refused there is read."""

        if hear is None:
            self._connection.taker = None
            return

        def take(frame: bytes) -> bool:
            try:
                return frame.startswith(_AUDIO_UP) and hear(protocol.parse_media(frame))
            except ProtocolError:
                return False

        self._connection.taker = take

    async def received(self) -> AsyncIterator[Message | Media]:
        """All that the extension sends, until the link closes. What does not fit is answered with an `error`."""
        mistakes = 0
        try:
            async for frame in self._connection:
                try:
                    message = _parse(frame)
                except ProtocolError as mistake:
                    mistakes += 1
                    if mistakes > MAX_MISTAKES:
                        await self._connection.close(1008, "too many messages that do not fit")
                        return
                    await self.send(Error(ErrorCode.BAD_MESSAGE, str(mistake), fatal=False))
                else:
                    yield message
        except ConnectionClosed:
            return


def _parse(frame: str | bytes) -> Message | Media:
    if isinstance(frame, bytes):
        return protocol.parse_media(frame)
    return protocol.parse("link-up", frame).message
