"""What a session says to the extension: over the link while there is one, kept in order while there is none."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from tabtalk import protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tabtalk.link import Link
    from tabtalk.protocol import Message

MOST_SOUND_BYTES = 30 * 24_000 * 2
"""Half a minute of an answer; beyond it the oldest goes, as it would have been heard by then."""
MOST_MESSAGES = 2000
_OF_THE_MOMENT = (protocol.FrameAck, protocol.Pong, protocol.SessionState)
"""Of no use later: the next link begins with the state, and without pictures under way."""


class Sound(NamedTuple):
    pcm: bytes
    turn: int


class Downlink:
    def __init__(self) -> None:
        self._link: Link | None = None
        self._kept: deque[Message | Sound] = deque()
        self._sound_bytes = 0

    async def send(self, message: Message) -> None:
        if not (self._link and await self._link.send(message)):
            self._keep(message)

    async def send_sound(self, pcm: bytes, turn: int) -> None:
        """s16le mono 24 kHz of one turn."""
        if not (self._link and await self._link.send_sound(pcm, turn)):
            self._keep(Sound(pcm, turn))

    def put_sound(self, pcm: bytes, turn: int) -> bool:
        """As `send_sound`, at once. False: it would have to wait, or be kept, and nothing was done."""
        return self._link is not None and self._link.put_sound(pcm, turn)

    async def attach(self, link: Link, first: Iterable[Message]) -> None:
        """From now on over this link: `first`, then what was kept."""
        for message in first:
            await link.send(message)
        while self._kept:
            item = self._kept[0]
            put = await (link.send_sound(*item) if isinstance(item, Sound) else link.send(item))
            if not put:
                return
            self._forget_oldest()
        self._link = link

    def detach(self, link: Link) -> None:
        if self._link is link:
            self._link = None

    def _keep(self, item: Message | Sound) -> None:
        if isinstance(item, _OF_THE_MOMENT):
            return
        self._kept.append(item)
        if isinstance(item, Sound):
            self._sound_bytes += len(item.pcm)
        while self._sound_bytes > MOST_SOUND_BYTES:
            self._remove(next(kept for kept in self._kept if isinstance(kept, Sound)))
        if len(self._kept) > MOST_MESSAGES:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._remove(self._kept[0])

    def _remove(self, item: Message | Sound) -> None:
        self._kept.remove(item)
        if isinstance(item, Sound):
            self._sound_bytes -= len(item.pcm)
