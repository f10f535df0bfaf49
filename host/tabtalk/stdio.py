"""Native messaging over stdio: the claim on fd 0 and 1, the framing, and who may read and write.

A message is a 32-bit length in native byte order, in bytes, then that much UTF-8 JSON
(developer.chrome.com/docs/extensions/develop/concepts/native-messaging). Standard library only, and little of it: this is
imported before the first message is answered.
"""

from __future__ import annotations

import os
import struct
import sys

from tabtalk.protocol import MAX_CONTROL_BYTES

_LENGTH = struct.Struct("=I")


class FramingError(Exception):
    """The stream cannot be followed any further: a length of zero or over the limit, or an end inside a message."""


class Wire:
    """The two ends that carry messages. One reader and one writer at a time; both block."""

    def __init__(self, fd_in: int, fd_out: int) -> None:
        self._in = fd_in
        self._out = fd_out

    def read(self) -> bytes | None:
        """The next message's JSON, or None at the end of the stream. Raises `FramingError`."""
        head = self._read_exactly(_LENGTH.size)
        if head is None:
            return None
        (length,) = _LENGTH.unpack(head)
        # Checked before anything of that size is allocated: the length is the sender's word.
        if not 0 < length <= MAX_CONTROL_BYTES:
            raise FramingError(f"a message of {length} bytes; the limit is {MAX_CONTROL_BYTES}")
        body = self._read_exactly(length)
        if body is None:
            raise FramingError("the stream ended before a message did")
        return body

    def _read_exactly(self, size: int) -> bytes | None:
        """None when the stream ended cleanly before the first byte."""
        parts = bytearray()
        while len(parts) < size:
            try:
                part = os.read(self._in, size - len(parts))
            except OSError:
                part = b""  # The browser is gone, which on Windows is an error and elsewhere an end.
            if not part:
                if parts:
                    raise FramingError("the stream ended inside a message")
                return None
            parts += part
        return bytes(parts)

    def write(self, text: str) -> None:
        """Raises `OSError` when nobody listens any more and `FramingError` for a message over the limit."""
        body = text.encode()
        if len(body) > MAX_CONTROL_BYTES:
            raise FramingError(f"a message of {len(body)} bytes; the limit is {MAX_CONTROL_BYTES}")
        left = memoryview(_LENGTH.pack(len(body)) + body)
        while left:
            left = left[os.write(self._out, left) :]


def claim() -> Wire:
    """Takes fd 0 and 1 for messages alone.

    From here on fd 1 is stderr and fd 0 is empty, so that a stray `print`, in Python, in C or in a child process, cannot
    break the framing.
    """
    _have_stderr()
    fd_in, fd_out = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        for fd in (fd_in, fd_out):
            msvcrt.setmode(fd, os.O_BINARY)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return Wire(fd_in, fd_out)


def _have_stderr() -> None:
    """A browser may start the host without one; the next file to be opened would take its number."""
    try:
        os.fstat(2)
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        if nothing != 2:
            os.dup2(nothing, 2)
            os.close(nothing)
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (for as long as the process lives)
