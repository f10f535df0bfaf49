"""The practice server: Gemini Live's wire protocol over TLS on 127.0.0.1, for practice mode and, scripted, for tests."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import http
import json
import logging
import ssl
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import parse_qs, urlsplit
from weakref import WeakSet

from websockets.asyncio.server import Server, ServerConnection, serve

from tabtalk.models import MODELS
from tabtalk.practice import wire
from tabtalk.practice.answerer import Answerer
from tabtalk.practice.connection import Connection, Terms, api_version, is_vertex
from tabtalk.practice.recorder import Recorder

if TYPE_CHECKING:
    from types import TracebackType

    from websockets.http11 import Request, Response

    from tabtalk.practice.scenario import ScenarioFactory

HOST = "127.0.0.1"
_LISTING_PATH = "/v1beta/models"
MAX_FRAME_BYTES = 8 * 1024 * 1024
_NOTICE_S = 50.0
_GONE_S = 2.0
"""For clients that are leaving to be gone."""
_MOST_SOCKETS = 16
"""Those that have yet to say who they are included."""

# Whatever level the host logs at, this library's logger would print the key of a request.
_log = logging.getLogger("tabtalk.practice.websockets")
_log.setLevel(logging.CRITICAL)


class PracticeServer:
    """`async with PracticeServer() as server` listens until the block ends. Everything but `recorder` belongs to the
    loop that it runs in; `threaded.run_in_thread` gives it one of its own."""

    _listener: Server

    def __init__(
        self,
        scenario: ScenarioFactory = Answerer,
        *,
        key: str | None = None,
        port: int = 0,
        models: frozenset[str] | None = None,
        lifetime_s: float = 600,
        notice_s: float = _NOTICE_S,
        max_connections: int = 4,
        records: bool = True,
    ) -> None:
        self.scenario = scenario
        """Serves the connections that come from now on; may be changed at any time."""
        self.recorder = Recorder(keeps=records)
        self.connections: list[Connection] = []
        """The open ones, oldest first."""
        self.failures: list[Exception] = []
        """What scenarios raised: a mistake in a test, or in the answerer."""
        self.listing = wire.listing(models or (f"models/{name}" for name in MODELS))
        """What it says of its models, and how often it was asked; the words may be changed at any time."""
        self.listings = 0
        self.base_url = ""
        """`https://127.0.0.1:PORT`, once it listens."""
        self.ca_pem = ""
        """The certificate to trust, PEM: `ssl.create_default_context(cadata=server.ca_pem)`."""
        self._sockets: WeakSet[ServerConnection] = WeakSet()
        self._key = key
        self._port = port
        self._terms = Terms(lifetime_s, notice_s, models)
        self._max_connections = max_connections

    async def __aenter__(self) -> Self:
        context, self.ca_pem = _certificate()
        self._listener = await serve(
            self._serve,
            HOST,
            self._port,
            ssl=context,
            process_request=self._check,
            create_connection=cast("type[ServerConnection]", self._socket),
            compression=None,
            max_size=MAX_FRAME_BYTES,
            max_queue=16,
            open_timeout=5,
            close_timeout=2,
            ping_timeout=60,
            server_header=None,
            logger=_log,
        )
        port = next(iter(self._listener.sockets)).getsockname()[1]
        self.base_url = f"https://{HOST}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        await self._listener.wait_closed()
        await self._drop_all()

    async def _drop_all(self) -> None:
        """A client that has gone does not answer TLS's goodbye, one that has just come is not known to the library yet, and this
        loop may end before either is given up. Python 3.11 does not wait for them."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GONE_S):
                while True:
                    for socket in self._sockets:
                        if hasattr(socket, "transport"):
                            socket.transport.abort()
                    await asyncio.sleep(0.005)
                    if not getattr(self._listener.server, "_active_count", 0):
                        break

    def _socket(self, *args: Any, **options: Any) -> ServerConnection:
        socket = ServerConnection(*args, **options)
        self._sockets.add(socket)
        return socket

    async def _serve(self, socket: ServerConnection) -> None:
        refusal = self._refusal(socket)
        connection = Connection(socket, self._terms, self.recorder)
        self.connections.append(connection)
        try:
            await connection.run(self.scenario, refusal)
        finally:
            self.connections.remove(connection)
            if connection.failure is not None:
                self.failures.append(connection.failure)

    def _check(self, socket: ServerConnection, request: Request) -> Response | None:
        if request.path.partition("?")[0] == _LISTING_PATH:
            return self._list(socket)
        if api_version(request.path) is None:
            return socket.respond(http.HTTPStatus.NOT_FOUND, "Not found.\n")
        if len(self.connections) >= _MOST_SOCKETS:
            return socket.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections.\n")
        return None

    def _list(self, socket: ServerConnection) -> Response:
        """The list of models, to whoever has the key."""
        self.listings += 1
        refusal = self._key_refusal(socket)
        if refusal is None:
            return socket.respond(http.HTTPStatus.OK, self.listing)
        error = {"code": 400, "message": refusal.text, "status": "INVALID_ARGUMENT"}
        return socket.respond(http.HTTPStatus.BAD_REQUEST, json.dumps({"error": error}))

    def _refusal(self, socket: ServerConnection) -> wire.WireError | None:
        if sum(connection.scenario is not None for connection in self.connections) >= self._max_connections:
            return wire.WireError(wire.QUOTA_TEXT, wire.INTERNAL)
        return self._key_refusal(socket)

    def _key_refusal(self, socket: ServerConnection) -> wire.WireError | None:
        if self._key is None:
            return None
        request = socket.request
        given = request.headers.get_all("x-goog-api-key") if request else []
        if request and is_vertex(request.path):
            given = [value.removeprefix("Bearer ") for value in request.headers.get_all("Authorization")]
            right = given == [self._key]
            return None if right else wire.WireError(wire.TOKEN_TEXT, wire.POLICY)
        given = given or parse_qs(urlsplit(request.path if request else "").query).get("key", [])
        if not given:
            return wire.WireError(wire.NO_KEY_TEXT, wire.POLICY)
        right = hmac.compare_digest(given[0].encode(errors="replace"), self._key.encode())
        return None if right else wire.WireError(wire.KEY_TEXT)


def _certificate() -> tuple[ssl.SSLContext, str]:
    """A certificate for this launch only, and the authority that vouches for it."""
    import trustme  # Slow to import, and only practice mode and the tests need it.

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context, authority.cert_pem.bytes().decode("ascii")
