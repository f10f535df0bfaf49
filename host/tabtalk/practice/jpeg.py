"""The size of a JPEG, from its markers, without decoding it."""

from __future__ import annotations

_STAND_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers that no length follows: TEM, RST0-7, SOI."""
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0-15; DHT, JPG and DAC sit among their numbers."""


def size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, or None where `data` is no JPEG or ends before its frame header."""
    if data[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _STAND_ALONE:
            at += 2
        elif marker in _FRAME_HEADERS:
            if at + 9 > len(data):
                return None
            height, width = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
            return (width, height) if width and height else None
        elif marker in (0xD9, 0xDA):
            return None
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return None
