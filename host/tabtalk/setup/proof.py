"""The proof that it works: starts the host as the browser does, shakes hands, opens the link, and sees it leave."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from tabtalk import __version__
from tabtalk.protocol import (
    EXTENSION_ORIGIN,
    PROTOCOL_VERSION,
    Error,
    ErrorCode,
    Hello,
    HelloBack,
    HostStatus,
    ProtocolError,
    dump,
    parse,
)
from tabtalk.setup import link_probe

if TYPE_CHECKING:
    from pathlib import Path

    from tabtalk.protocol import Envelope

HELLO_SECONDS = 20.0
STATUS_SECONDS = 10.0
LEAVE_SECONDS = 10.0
_MAX_FRAME = 1024 * 1024
# What a browser adds there; 0, since it is a service worker that asks.
_ON_WINDOWS = ("--parent-window=0",) if sys.platform == "win32" else ()


class ProofFailed(Exception):
    """What the host did not do; the text is for the person."""

    def __init__(self, link: str, text: str) -> None:
        super().__init__(text)
        self.link = link
        """Which of `LINKS` is broken; those before it hold."""


LINKS = ("launch", "handshake", "socket", "token", "goodbye")
"""What is proven, in this order; `links.py` says what each one is."""


class Proof(NamedTuple):
    version: str
    milliseconds: float
    """From the start to `hello`."""
    status: HostStatus | None
    """What the host says of the key, where it said so in time."""


def prove(launcher: Path) -> Proof:
    """Raises `ProofFailed`."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as stderr:
        try:
            host = subprocess.Popen(
                [launcher, f"{EXTENSION_ORIGIN}/", *_ON_WINDOWS],
                cwd=launcher.parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                bufsize=0,
            )
        except OSError as error:
            raise ProofFailed("launch", f"{launcher} does not start: {error.strerror}.") from None
        with host:
            try:
                assert host.stdin  # noqa: S101  said to the type checker
                assert host.stdout  # noqa: S101
                return _converse(host, host.stdin, host.stdout, began)
            except ProofFailed as error:
                raise ProofFailed(error.link, f"{error}{_last_words(stderr)}") from None
            finally:
                host.kill()


def _converse(host: subprocess.Popen[bytes], stdin: IO[bytes], stdout: IO[bytes], began: float) -> Proof:
    replies: queue.Queue[Envelope | ProofFailed] = queue.Queue()
    reader = threading.Thread(target=_read, args=(stdout, replies), name="host-reader", daemon=True)
    reader.start()
    with contextlib.suppress(BrokenPipeError):
        stdin.write(frame(dump(Hello(__version__, PROTOCOL_VERSION), id=1)))
    hello = _wait_for((HelloBack, Error), replies, HELLO_SECONDS, re=1)
    if hello is None:
        raise ProofFailed("handshake", f"the host did not answer within {HELLO_SECONDS:.0f} s.")
    if isinstance(hello, Error):
        raise ProofFailed("launch" if hello.code == ErrorCode.HOST_BROKEN else "socket", hello.text)
    took = (time.monotonic() - began) * 1000
    try:
        link = socket.create_connection(("127.0.0.1", hello.port), timeout=link_probe.SECONDS)
    except OSError as error:
        text = f"the host cannot be reached at 127.0.0.1:{hello.port}: {error.strerror or error}."
        raise ProofFailed("socket", text) from None
    with link:
        if refusal := link_probe.refusal(link, hello):
            raise ProofFailed("token", refusal)
    status = _wait_for((HostStatus,), replies, STATUS_SECONDS)
    stdin.close()
    try:
        code = host.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        raise ProofFailed("goodbye", "the host did not leave when the browser did.") from None
    if code:
        raise ProofFailed("goodbye", f"the host ended with status {code} when the browser left.")
    return Proof(hello.version, took, status)


def _wait_for(
    kinds: tuple[type[Any], ...], replies: queue.Queue[Envelope | ProofFailed], seconds: float, re: int | None = None
) -> Any:
    """The next message of these kinds, or None after some seconds. Raises `ProofFailed` when the host says anything wrong."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            reply = replies.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            return None
        if isinstance(reply, ProofFailed):
            raise reply
        if isinstance(reply.message, kinds) and re in (None, reply.re):
            return reply.message


def _read(stdout: IO[bytes], replies: queue.Queue[Envelope | ProofFailed]) -> None:
    while True:
        try:
            head = _exactly(stdout, 4)
            (length,) = struct.unpack("=I", head)
            if length > _MAX_FRAME:
                text = "the host wrote something else to the browser's pipe than messages."
                replies.put(ProofFailed("handshake", text))
                return
            replies.put(parse("native-down", _exactly(stdout, length)))
        except EOFError:
            replies.put(ProofFailed("launch", "the host ended before it answered."))
            return
        except (ProtocolError, OSError) as error:
            replies.put(ProofFailed("handshake", f"the host's answer makes no sense: {error}."))
            return


def _exactly(stream: IO[bytes], count: int) -> bytes:
    taken = b""
    while len(taken) < count:
        piece = stream.read(count - len(taken))
        if not piece:
            raise EOFError
        taken += piece
    return taken


def frame(text: str) -> bytes:
    """Native messaging: the length in bytes, in the machine's own order, and the JSON."""
    body = text.encode()
    return struct.pack("=I", len(body)) + body


def _last_words(stderr: IO[bytes]) -> str:
    stderr.seek(max(0, stderr.seek(0, os.SEEK_END) - 2000))
    lines = stderr.read().decode(errors="replace").strip().splitlines()
    return f" It said: {lines[-1]}" if lines else ""
