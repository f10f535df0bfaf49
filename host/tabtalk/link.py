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
        self._sequence += 1
        now = time.time() * 1000
        frame = protocol.dump_media(protocol.AUDIO_DOWN, pcm, turn=turn, sequence=self._sequence, time=now)
        return await self._put(frame)

    def put_sound(self, pcm: bytes, turn: int) -> bool:
        """As `send_sound`, at once. False: it would have to wait, or the extension has left, and nothing was done."""
        now = time.time() * 1000
        frame = protocol.dump_media(protocol.AUDIO_DOWN, pcm, turn=turn, sequence=self._sequence + 1, time=now)
        put = self._connection.put(BINARY, frame)
        self._sequence += put
        return put

    async def _put(self, frame: str | bytes) -> bool:
        try:
            await self._connection.send(frame)
        except ConnectionClosed:
            return False
        return True

    def hand_sound_to(self, hear: Callable[[int, float, bytes], bool] | None) -> None:
        """What comes of the microphone's sound, of no press and not empty, goes there as its sequence number, time and samples, if
        nothing is left to read before it; what is refused there is read."""

        if hear is None:
            self._connection.taker = None
            return

        def take(frame: bytes) -> bool:
            sound = protocol.parse_audio_up(frame)
            return sound is not None and hear(*sound)

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
