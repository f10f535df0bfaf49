"""A WebSocket of the library's that hands a plain message to its taker as it comes in, and writes one as it is given.

The library takes each message through generators, a queue and a task that has to be woken: more than all that the host does
with 20 ms of sound (docs/adr/0027). Here what comes in is parted into frames. One that is a whole message goes to the taker,
if nothing stands before it and the taker wants it now. All else goes to the library, whole frame by whole frame; and from
whatever cannot be a frame of such a connection on, everything does: the library judges, answers and closes.
"""

from __future__ import annotations

import math
import os
import struct
from typing import TYPE_CHECKING, Any

from websockets.asyncio.connection import Connection
from websockets.frames import CTRL_OPCODES, Frame
from websockets.protocol import Side, State

try:
    from websockets.speedups import apply_mask
except ImportError:  # Not made for this platform.
    from websockets.utils import apply_mask

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from websockets.http11 import Request, Response

TEXT, BINARY = 0x81, 0x82
"""The first byte of a frame that is a whole message."""
MASKED = 0x80
HEAD_END = b"\r\n\r\n"
_USUAL_HEAD = struct.Struct("!BBH")
"""Of a frame of 126 to 65,535 bytes, which a chunk of sound has: its first byte, what its second says, and how many."""


class Direct(Connection):
    """To stand before the library's own class. One reader at a time, which is done with a message when it asks for the next."""

    TAKEN: tuple[int, ...] = (TEXT, BINARY)
    """Which messages the taker is asked about."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.taker: Callable[[bytes], bool] | None = None
        """Takes a message at once and says so; one that it does not take comes to the reader."""
        masks = self.protocol.side is Side.CLIENT
        self._masks = MASKED if masks else 0
        self._unmasks = 0 if masks else MASKED
        most = self.protocol.max_message_size
        self._most = math.inf if most is None else most
        self._usual = self._unmasks | 126
        """The second byte of a frame that is measured without a call, `_USUAL_HEAD`'s."""
        self._usual_head = 4 if masks else 8
        self._beneath: asyncio.WriteTransport | None = None
        """Where what is written waits for the system."""
        self.stirred = False
        """Something came, whatever it is; to be put back by whoever looks."""
        self._parts = False
        """Whether the library stands between two frames, so that it can be given whole ones."""
        self._begun = bytearray()
        """A frame that is not whole yet."""
        self._whole = 0
        """Its length, or of its head where that is not whole either."""
        self._behind = 0
        """Messages that went to the library and that the reader is not done with."""
        self._reads = False
        """The reader has one of them."""

    # In.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._beneath = self.transport

    def data_received(self, data: bytes) -> None:
        # Fifty times a second, each time after a sleep: every call less is felt (docs/adr/0027).
        self.stirred = True
        if self._begun:
            self._begun += data
            if len(self._begun) < self._whole:
                return
            data = bytes(self._begun)
            self._begun.clear()
        at, end = 0, len(data)
        while at < end:
            state = self.protocol.state
            if not self._parts or state is not State.OPEN:
                if state is State.CONNECTING:
                    self._parts = data.endswith(HEAD_END)
                super().data_received(data[at:])
                return
            first, second, told = (
                _USUAL_HEAD.unpack_from(data, at) if end - at >= _USUAL_HEAD.size else (data[at], 0, 0)
            )
            if second == self._usual and told <= self._most:
                head = self._usual_head
                length = head + told
            else:
                head, length = self._measure(data, at, end)
            if not length:
                self._parts = False
                continue
            ends = at + length
            if ends > end:
                self._begun += data[at:]
                self._whole = length
                return
            taker = None if self._behind or first not in self.TAKEN else self.taker
            taken = False
            if taker is not None and self.protocol.current_size is None:  # No message in parts is under way.
                payload = data[at + head : ends]
                taken = taker(apply_mask(payload, data[at + head - 4 : at + head]) if self._unmasks else payload)
            if not taken:
                super().data_received(data[at:ends])
            at = ends

    def _measure(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        """The length of a frame's head and of the whole frame; of the part of the head that tells, where that is not all there.
        Nothing for what is masked where it must not be or the other way round, or too long: it is not waited for."""
        there = end - at
        if there < 4:
            if there < 2:
                return 2, 2
            second, told = data[at + 1], 0
        else:
            _first, second, told = _USUAL_HEAD.unpack_from(data, at)
        if second & MASKED != self._unmasks:
            return 0, 0
        head = 6 if second & MASKED else 2
        size = second & 0x7F
        if size == 126:
            head, size = head + 2, told
        elif size == 127:
            head, size = head + 8, int.from_bytes(data[at + 2 : at + 10], "big") if there >= 10 else 0
        return (0, 0) if size > self._most else (head, head + size)

    def process_event(self, event: Frame | Request | Response) -> None:
        if isinstance(event, Frame) and event.fin and event.opcode not in CTRL_OPCODES:
            self._behind += 1
        super().process_event(event)

    async def recv(self, decode: bool | None = None) -> Any:
        if self._reads:
            self._reads = False
            self._behind -= 1
        message = await super().recv(decode)
        self._reads = True
        return message

    # Out.

    def put(self, first: int, message: bytes) -> bool:
        """Writes a message, `TEXT` or `BINARY`. False, and nothing is done, where anything waits to be written: `send` finds out
        how long."""
        if self.paused or self.protocol.state is not State.OPEN or self._beneath is None:
            return False
        if self._beneath.get_write_buffer_size():
            return False
        length = len(message)
        if 126 <= length < 65_536:
            head = _USUAL_HEAD.pack(first, self._masks | 126, length)
        elif length < 126:
            head = bytes((first, self._masks | length))
        else:
            head = bytes((first, self._masks | 127)) + length.to_bytes(8, "big")
        if self._masks:
            mask = os.urandom(4)
            message = b"".join((head, mask, apply_mask(message, mask)))
        else:
            message = head + message
        self.transport.write(message)
        return True
