"""The gate's listening socket. Apart from `gate.py`, whose imports `hello` does not wait for."""

from __future__ import annotations

import socket
import sys

ADDRESS = "127.0.0.1"
"""Spelled out: `localhost` may be more than one address, and a name can be made to mean another machine."""
BACKLOG = 64


def listen() -> socket.socket:
    """Listens on a free port of 127.0.0.1 alone. Raises `OSError`."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Elsewhere a port has one owner anyway.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listener.bind((ADDRESS, 0))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
