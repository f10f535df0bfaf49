"""The first exchange with the browser: who starts the host, where the gate is, and a token for it. Blocks; imports little."""

from __future__ import annotations

import contextlib
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

from tabtalk import protocol
from tabtalk.listener import listen
from tabtalk.protocol import EXTENSION_ORIGIN, PROTOCOL_VERSION, Error, ErrorCode, ProtocolError
from tabtalk.stdio import FramingError, Wire
from tabtalk.tokens import Tokens

if TYPE_CHECKING:
    import socket

NOT_OURS = 2
"""Exit status when somebody else than the extension starts the host."""
CANNOT_LISTEN = 3
BROKEN_STREAM = 4
CANNOT_LOAD = 5
"""Exit status when the packages of the host are missing or damaged."""
PACKAGE = "websockets"
"""Stands for all packages: when a newer Python has taken the place of the one that set-up used, it finds none of them."""


def greet(wire: Wire, argv: list[str], version: str) -> tuple[socket.socket, Tokens, protocol.Hello] | int:
    """The listener, its tokens and the `hello` that was answered, or an exit status.

    The browser passes the caller's origin as first argument
    (developer.chrome.com/docs/extensions/develop/concepts/native-messaging).
    """
    if len(argv) < 2 or argv[1].rstrip("/") != EXTENSION_ORIGIN:
        with contextlib.suppress(OSError):
            sys.stderr.write("This program is started by the browser for the Tabtalk extension, and by nobody else.\n")
        return NOT_OURS
    tokens = Tokens()
    try:
        heard = _await_hello(wire)
        if heard is None:
            return 0
        hello, id = heard
        # Takes 0.15 ms. To import the package takes far longer, and `hello` waits.
        if PathFinder.find_spec(PACKAGE) is None:
            return report_broken(wire, f"{PACKAGE} is missing for Python {sys.version.split()[0]}", re=id)
        try:
            listener = listen()
        except OSError as error:
            text = f"The host cannot listen on 127.0.0.1 ({error.strerror})."
            wire.write(protocol.dump(Error(ErrorCode.INTERNAL, text, fatal=True), re=id))
            return CANNOT_LISTEN
        port = listener.getsockname()[1]
        wire.write(protocol.dump(protocol.HelloBack(version, PROTOCOL_VERSION, port, *tokens.mint()), re=id))
    except FramingError as error:
        with contextlib.suppress(OSError):
            wire.write(protocol.dump(Error(ErrorCode.BAD_MESSAGE, str(error), fatal=True)))
        return BROKEN_STREAM
    except OSError:
        return 0  # The browser left while we spoke.
    return listener, tokens, hello


def report_broken(wire: Wire, why: str, *, re: int | None = None) -> int:
    """Tell the browser and stderr that the host cannot load its packages, and why. Returns the exit status."""
    text = f"The host cannot load its packages: {why}."
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{text} Run set-up again.\n")
    with contextlib.suppress(OSError):
        wire.write(protocol.dump(Error(ErrorCode.HOST_BROKEN, text, fatal=True), re=re))
    return CANNOT_LOAD


def _await_hello(wire: Wire) -> tuple[protocol.Hello, int | None] | None:
    """The hello with its id; None when the browser leaves. Whatever comes before it is answered with an error."""
    while (raw := wire.read()) is not None:
        try:
            message, id, _re = protocol.parse("native-up", raw)
        except ProtocolError as mistake:
            wire.write(protocol.dump(Error(ErrorCode.BAD_MESSAGE, str(mistake), fatal=False)))
            continue
        if isinstance(message, protocol.Hello):
            return message, id
        wire.write(protocol.dump(Error(ErrorCode.BAD_MESSAGE, "hello comes first", fatal=False), re=id))
    return None
