"""Whether a conversation can begin: opens a Live session the way a real one is opened, and ends it at once.

Not `models.list`, which is cheaper still: it would go another way than a conversation does, with a client that may do HTTP,
and would say nothing of the model, the quota and the way through a proxy. A session without a word in it costs nothing.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from tabtalk.closes import CloseKind
from tabtalk.live_events import LiveClosed

if TYPE_CHECKING:
    from tabtalk.live_events import Endpoint

BEGAN = "began"
_SECONDS = 4.0


class Outcome(NamedTuple):
    kind: str
    """`BEGAN`, or a `CloseKind`: what kept it from beginning."""
    text: str
    """What was in the way, or what the service said. Never the key."""
    where: str
    """Host and port of the service."""
    model: str
    practice: bool


def dial(endpoint: Endpoint) -> Outcome:
    """Blocks, for some 15 s at most."""
    from tabtalk.obstacles import proxy_of

    parts = urlsplit(endpoint.base_url)
    address = (parts.hostname or "", parts.port or 443)
    kind, text = asyncio.run(_dial(endpoint))
    if kind == CloseKind.TIMEOUT and proxy_of(endpoint.base_url) is None and not _answers(address):
        kind, text = CloseKind.NETWORK, "the service gave no answer in time"
    # A service may repeat what it was shown.
    if endpoint.key:
        text = text.replace(endpoint.key, "(key)")
    return Outcome(kind, text, f"{address[0]}:{address[1]}", endpoint.model, endpoint.practice)


async def _dial(endpoint: Endpoint) -> tuple[str, str]:
    from tabtalk import live

    try:
        async with live.connect(endpoint, None):
            return BEGAN, ""
    except LiveClosed as closed:
        return closed.close.kind, closed.close.text


def _answers(address: tuple[str, int]) -> bool:
    """Where even this is not answered, it was not the service that was slow."""
    try:
        socket.create_connection(address, timeout=_SECONDS).close()
    except OSError:
        return False
    return True
