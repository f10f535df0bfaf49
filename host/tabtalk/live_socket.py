"""The socket beneath a Live session: dialled, watched and closed, and why it could not be had or ended. Without the SDK."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import truststore
import websockets.asyncio.client
import websockets.exceptions
from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

from tabtalk import liveness
from tabtalk.closes import Close, CloseKind, classify
from tabtalk.direct import Direct
from tabtalk.live_events import LiveClosed
from tabtalk.obstacles import obstacle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tabtalk.live_events import Endpoint

OPEN_TIMEOUT_S = 4.5
"""For DNS, TCP, TLS and the upgrade; the person waits for this one."""
CLOSE_TIMEOUT_S = 1.0
UNSENT_BYTES = 4 * 1024
"""How much may wait in the system to be sent. The rest waits in the outbox, which knows what is stale."""
WRITE_LIMIT_BYTES = 2 * 1024
"""And how much in this process, before whoever sends has to wait."""
MAX_MESSAGE_BYTES = 16 * 1024 * 1024

# A redirect would take the key, which is in a header, to wherever it points.
websockets.asyncio.client.MAX_REDIRECTS = 1


class FellSilent(ConnectionError):
    def __init__(self) -> None:
        super().__init__("the service fell silent")


class LiveSocket(Direct, ClientConnection):
    """The library's, with another idea of death: not one late pong, but that nothing at all comes."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._silence: FellSilent | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Else the system takes in minutes of pictures, and on a slow line a ping behind them comes too late.
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            opened: socket.socket = transport.get_extra_info("socket")
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        # TLS has a buffer of its own beneath the one that the library bounds: 64 KiB, and no public name (CPython 3.11).
        beneath = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
        if isinstance(beneath, asyncio.WriteTransport):
            beneath.set_write_buffer_limits(high=WRITE_LIMIT_BYTES)
            self._beneath = beneath  # TLS hands over at once what it is given.

    async def keepalive(self) -> None:
        """The library's task for pings, from the handshake to the end of the connection."""
        life = liveness.Liveness(liveness.PING_EVERY_S, liveness.SILENCE_S)
        wait: float | None = liveness.PING_EVERY_S
        while wait is not None:
            await asyncio.sleep(wait)
            if self.state is not State.OPEN:
                # Goodbye was said, and that is all there was to wait for.
                break
            # Or whoever reads is behind, and the library lets the service wait: the silence is ours.
            if self.stirred or not self.transport.is_reading():
                self.stirred = False
                life.heard()
            wait = life.look(self.loop.time())
            if wait is None:
                self._silence = FellSilent()
            else:
                # Not `ping()`, which waits while pictures fill the buffer: this only puts it behind them.
                self.protocol.send_ping(b"")
                self.send_data()
        # Not `close()`, which waits until all is sent that nobody takes.
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        # Without the reason the library would let a sender that waits believe that all went out.
        super().connection_lost(exc or self._silence)


@contextlib.asynccontextmanager
async def dial(address: str, headers: dict[str, str], ca_pem: str) -> AsyncIterator[LiveSocket]:
    """An open socket, closed at the end. Raises what the library and the system raise: `closing` and `on_the_way` know it."""
    options: dict[str, Any] = {"proxy": None} if is_loopback(address) else {}
    connecting = websockets.asyncio.client.connect(
        address,
        additional_headers=headers,
        user_agent_header="Tabtalk",
        ssl=trust(ca_pem),
        open_timeout=OPEN_TIMEOUT_S,
        close_timeout=CLOSE_TIMEOUT_S,
        create_connection=LiveSocket,
        ping_interval=liveness.PING_EVERY_S,
        compression=None,
        write_limit=WRITE_LIMIT_BYTES,
        max_size=MAX_MESSAGE_BYTES,
        **options,
    )
    opened = cast("LiveSocket", await connecting)
    try:
        yield opened
    finally:
        try:
            # The library waits without end while a peer that reads nothing keeps its buffer full.
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await opened.close()
        except TimeoutError:
            opened.transport.abort()


@lru_cache(maxsize=1)
def trust(ca_pem: str) -> ssl.SSLContext:
    """Checks certificates by these, in PEM, or by the system's where there are none. Kept: reading them takes long."""
    if not ca_pem:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context(cadata=ca_pem)


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


@contextlib.contextmanager
def on_the_way(endpoint: Endpoint) -> Iterator[None]:
    """What did not even get to the service becomes `LiveClosed` with what was in the way."""
    try:
        yield
    except Exception as error:
        said = obstacle(error, endpoint.base_url, direct=is_loopback(endpoint.base_url))
        if said is None:
            raise
        status = error.response.status_code if isinstance(error, websockets.exceptions.InvalidStatus) else 0
        kind = CloseKind.TLS if isinstance(error, ssl.SSLError) else CloseKind.NETWORK
        raise LiveClosed(Close(kind, status, said)) from None


@contextlib.contextmanager
def closing() -> Iterator[None]:
    """Two families of errors for one fact, that the connection is no more, become `LiveClosed`."""
    try:
        yield
    except websockets.exceptions.InvalidStatus as error:
        said = (error.response.body or b"")[:2000].decode(errors="replace")
        raise LiveClosed(classify(error.response.status_code, said)) from None
    except websockets.exceptions.ConnectionClosed as error:
        if isinstance(error.__cause__, FellSilent):
            raise LiveClosed(Close(CloseKind.TRANSIENT, 0, str(error.__cause__))) from None
        frame = error.rcvd
        raise LiveClosed(classify(frame.code if frame else 1006, frame.reason if frame else "")) from None
    except TimeoutError:
        raise LiveClosed(Close(CloseKind.TIMEOUT, 0, "no answer in time")) from None
    except (OSError, websockets.exceptions.WebSocketException) as error:
        raise LiveClosed(Close(CloseKind.NETWORK, 0, type(error).__name__)) from None
