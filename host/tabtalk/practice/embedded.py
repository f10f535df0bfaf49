"""Practice mode's server: what the host talks to while there is no key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer


@dataclass(frozen=True, slots=True)
class Embedded:
    base_url: str
    ca_pem: str
    """PEM text: `ssl.create_default_context(cadata=...)`."""
    key: str
    """Good for this server and this launch only: no other program on the machine can talk to it."""
    _server: ThreadedServer

    def stop(self) -> None:
        self._server.stop()


def start_embedded() -> Embedded:
    """Returns when it listens, some 200 ms later: call it from a thread. Raises OSError if it cannot."""
    key = f"practice-{secrets.token_urlsafe(24)}"
    server = ThreadedServer(PracticeServer(key=key, records=False))
    return Embedded(server.base_url, server.ca_pem, key, server)
