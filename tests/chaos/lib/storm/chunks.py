"""Speech that can be recognised: each chunk of 20 ms says its own number, so that whoever receives it knows which it is.
Pure.

A pause is quiet and what is spoken is loud, as with a real microphone: the host need not send silence twice.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES = 640
CHUNK_S = 0.02
WIRE_BYTES = 900
"""A chunk on its way to the service, in base64 and JSON, is never shorter."""
_GROUP = struct.Struct("<8h")
_TIMES = CHUNK_BYTES // _GROUP.size
_LOUD = 256
_MARK_BITS = 12


class Part(IntEnum):
    """Where in what the person says a chunk stands."""

    PAUSE = 0
    FIRST = 1
    MIDDLE = 2
    LAST = 3

    @property
    def spoken(self) -> bool:
        return self is not Part.PAUSE


class Chunk(NamedTuple):
    number: int
    part: Part


def make(number: int, part: Part, mark: int) -> bytes:
    """`mark` tells one run from another; `number` is below 2**24."""
    digits = [number >> shift & 63 for shift in (0, 6, 12, 18)]
    group = [*digits, int(part), mark & 63, mark >> 6 & 63, 63]
    return _GROUP.pack(*(digit * (_LOUD if part.spoken else 1) for digit in group)) * _TIMES


def read(pcm: bytes, mark: int) -> Iterator[Chunk]:
    """The chunks in `pcm`, however many were put together. Raises ValueError for anything that was not said here."""
    if len(pcm) % CHUNK_BYTES:
        raise ValueError(f"{len(pcm)} bytes are no whole chunks")
    for at in range(0, len(pcm), CHUNK_BYTES):
        piece = pcm[at : at + CHUNK_BYTES]
        group = _GROUP.unpack_from(piece)
        digits = [value // _LOUD if group[-1] > 63 else value for value in group]
        number = sum(digit << shift for digit, shift in zip(digits, (0, 6, 12, 18), strict=False))
        if not 0 <= digits[4] <= Part.LAST or piece != make(number, Part(digits[4]), mark & (1 << _MARK_BITS) - 1):
            raise ValueError("a chunk was changed on its way")
        yield Chunk(number, Part(digits[4]))


_PICTURE = struct.Struct("<2sI")


def make_picture(number: int, size: int) -> bytes:
    """Nobody here looks at it; it begins as a JPEG does."""
    return _PICTURE.pack(b"\xff\xd8", number) + bytes(size - _PICTURE.size)


def read_picture(jpeg: bytes) -> int:
    return int(_PICTURE.unpack_from(jpeg)[1])
