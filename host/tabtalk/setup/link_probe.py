"""Opens the link to the host as the extension does, without the packages that set-up has not installed yet."""

from __future__ import annotations

import base64
import os
import struct
from typing import TYPE_CHECKING

from tabtalk.protocol import (
    EXTENSION_ORIGIN,
    SUBPROTOCOL,
    TOKEN_SUBPROTOCOL_PREFIX,
    ProtocolError,
    Welcome,
    parse,
)

if TYPE_CHECKING:
    import socket

    from tabtalk.protocol import HelloBack

SECONDS = 10.0
_MAX_HEAD = 16 * 1024
_CLOSE = b"\x88\x80\0\0\0\0"
"""An empty close frame, masked with zeros."""


def refusal(link: socket.socket, hello: HelloBack) -> str | None:
    """Why the host did not let us in, or did not prove to be the one that the token is of; None when all is well."""
    link.settimeout(SECONDS)
    try:
        link.sendall(_request(hello))
        head, rest = _head(link)
        status = head.split("\r\n", 1)[0]
        if status.split(" ")[1:2] != ["101"]:
            return f"the host refused the link: {status[:80]}."
        welcome = parse("link-down", _text(link, rest)).message
        link.sendall(_CLOSE)
    except TimeoutError:
        return f"the host did not open the link within {SECONDS:.0f} s."
    except (OSError, EOFError):
        return "the host broke off the link."
    except (ProtocolError, ValueError) as error:
        return f"what the host says on the link makes no sense: {error}."
    if not isinstance(welcome, Welcome) or welcome.server_token != hello.server_token:
        return "something else than the host that was started answers on its port."
    return None


def _request(hello: HelloBack) -> bytes:
    lines = (
        "GET / HTTP/1.1",
        f"Host: 127.0.0.1:{hello.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}, {TOKEN_SUBPROTOCOL_PREFIX}{hello.token}",
        f"Origin: {EXTENSION_ORIGIN}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _head(link: socket.socket) -> tuple[str, bytes]:
    """The head of the answer, and what came after it."""
    taken = b""
    while b"\r\n\r\n" not in taken:
        taken += _piece(link)
        if len(taken) > _MAX_HEAD:
            raise ValueError("its answer has no end")
    head, rest = taken.split(b"\r\n\r\n", 1)
    return head.decode("latin-1"), rest


def _text(link: socket.socket, taken: bytes) -> bytes:
    """The first frame, which must be a whole, short text."""
    while len(taken) < 4:
        taken += _piece(link)
    if taken[0] != 0x81 or taken[1] > 126:
        raise ValueError("its first frame is not a short text")
    start, length = (4, struct.unpack(">H", taken[2:4])[0]) if taken[1] == 126 else (2, taken[1])
    while len(taken) < start + length:
        taken += _piece(link)
    return taken[start : start + length]


def _piece(link: socket.socket) -> bytes:
    piece = link.recv(4096)
    if not piece:
        raise EOFError
    return piece
