"""The listener on 127.0.0.1, and who may open the link: the right Host, the right Origin, and a token, before 101.

The token is the boundary (another extension can forge our Origin); Host keeps rebinding names out, Origin web pages.
"""

from __future__ import annotations

import contextlib
import http
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import websockets.asyncio.server as ws
from websockets.protocol import State
from websockets.typing import Subprotocol

from tabtalk.direct import BINARY, Direct
from tabtalk.listener import ADDRESS
from tabtalk.protocol import (
    EXTENSION_ORIGIN,
    HEADER_BYTES,
    MAX_MEDIA_BYTES,
    SUBPROTOCOL,
    TOKEN_SUBPROTOCOL_PREFIX,
)

if TYPE_CHECKING:
    import asyncio
    from contextlib import AbstractAsyncContextManager

    from websockets.http11 import Request, Response

    from tabtalk.tokens import Tokens

log = logging.getLogger(__name__)

OPEN_TIMEOUT_S = 3.0
MAX_WAITING = 8
"""TCP connections that have not been let in yet. One more, and the one that has waited longest goes."""
READ_QUEUE_FRAMES = 64

LinkHandler = Callable[["GateConnection"], Awaitable[None]]


class GateConnection(Direct, ws.ServerConnection):
    """A connection that knows the gate's waiting room, and, once let in, what to prove itself with."""

    TAKEN = (BINARY,)

    gate: Gate
    server_token: str = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Else a chunk of the answer waits behind each small message until that is acknowledged, 20 to 40 ms later: asyncio does
        # this for sockets that it made itself, and on Windows for none that it accepted.
        accepted: socket.socket = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):  # It hung up already; macOS says so here.
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.gate.waiting.append(self)
        while len(self.gate.waiting) > MAX_WAITING:
            self.gate.waiting.pop(0).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gate.leave_waiting(self)
        super().connection_lost(exc)


class Gate:
    def __init__(self, tokens: Tokens, on_link: LinkHandler) -> None:
        self._tokens = tokens
        self._on_link = on_link
        self._client: GateConnection | None = None
        self._hosts: list[str] = []
        self.waiting: list[GateConnection] = []

    def serve(self, listener: socket.socket) -> AbstractAsyncContextManager[ws.Server]:
        """An async context manager that lets clients in on `listener` for as long as it is open."""
        self._hosts = [f"{ADDRESS}:{listener.getsockname()[1]}"]
        quiet = logging.getLogger("websockets.server")
        return ws.serve(
            self._admitted,
            sock=listener,
            process_request=self._process_request,
            select_subprotocol=lambda _connection, _offered: Subprotocol(SUBPROTOCOL),
            create_connection=self._connection_class(),
            compression=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=1.0,
            ping_interval=None,
            max_size=HEADER_BYTES + MAX_MEDIA_BYTES,
            max_queue=READ_QUEUE_FRAMES,
            server_header=None,
            logger=quiet,
        )

    @property
    def occupied(self) -> bool:
        return self._client is not None and self._client.state is not State.CLOSED

    def leave_waiting(self, connection: GateConnection) -> None:
        if connection in self.waiting:
            self.waiting.remove(connection)

    def _connection_class(self) -> type[GateConnection]:
        gate = self

        class Connection(GateConnection):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                self.gate = gate
                super().__init__(*args, **kwargs)

        return Connection

    def _process_request(self, connection: ws.ServerConnection, request: Request) -> Response | None:
        try:
            status, sentence = self._judge(cast("GateConnection", connection), request)
        except Exception as error:  # noqa: BLE001 (whatever a header can do, it must not open the gate)
            log.warning("a request could not be read (%s)", type(error).__name__)
            status, sentence = http.HTTPStatus.BAD_REQUEST, "This request cannot be read."
        if status is http.HTTPStatus.SWITCHING_PROTOCOLS:
            self._client = cast("GateConnection", connection)
            return None
        log.info("refused a connection: %d", status)
        return connection.respond(status, sentence + "\n")

    def _judge(self, connection: GateConnection, request: Request) -> tuple[http.HTTPStatus, str]:
        headers = request.headers
        if headers.get_all("Host") != self._hosts:
            return http.HTTPStatus.MISDIRECTED_REQUEST, "Wrong Host."
        if headers.get_all("Origin") != [EXTENSION_ORIGIN]:
            return http.HTTPStatus.FORBIDDEN, "Only the Tabtalk extension may connect."
        offered = [name.strip() for line in headers.get_all("Sec-WebSocket-Protocol") for name in line.split(",")]
        shown = [name.removeprefix(TOKEN_SUBPROTOCOL_PREFIX) for name in offered if name != SUBPROTOCOL]
        if len(offered) != 2 or len(shown) != 1 or not offered[1].startswith(TOKEN_SUBPROTOCOL_PREFIX):
            return http.HTTPStatus.UNAUTHORIZED, "A token is needed."
        credentials = self._tokens.redeem(shown[0])
        if credentials is None:
            return http.HTTPStatus.UNAUTHORIZED, "This token is not good, or not any more."
        if self.occupied:
            return http.HTTPStatus.CONFLICT, "Another conversation uses this host."
        connection.server_token = credentials.server_token
        return http.HTTPStatus.SWITCHING_PROTOCOLS, ""

    async def _admitted(self, connection: ws.ServerConnection) -> None:
        connection = cast("GateConnection", connection)
        self.leave_waiting(connection)
        try:
            await self._on_link(connection)
        finally:
            await connection.close()
            if self._client is connection:
                self._client = None
