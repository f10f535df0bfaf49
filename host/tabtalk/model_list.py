"""The models that can hold a conversation, as the service itself lists them: for the settings page, never for a start.

One GET with the key in a header, bounded in time and in size, without redirects. What comes back is a stranger's: only names that
a setting could hold are taken from it. Where the service cannot be asked, or does not say which models can talk, the list is that
of `models.py`, and the answer says so.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from tabtalk import models, protocol
from tabtalk.closes import Close, CloseKind, classify
from tabtalk.live_events import LiveClosed

if TYPE_CHECKING:
    import ssl

    from tabtalk.live_events import Endpoint

log = logging.getLogger(__name__)

PATH = "/v1beta/models?pageSize=1000"
"""All on one page: the service's own limit."""
TIMEOUT_S = 5.0
MAX_BYTES = 512 * 1024
"""Of the answer; the service's is a fifth of that."""
MAX_MODELS = 60
FRESH_S = 600.0
_NAME = re.compile(r"models/([A-Za-z0-9][A-Za-z0-9._-]{0,90})", re.ASCII)
_OTHER_TRADES = ("-translate", "-transcribe")
"""Live models that translate or write down what they hear, and cannot talk about it."""


class Asker(Protocol):
    """What is needed of `dialer.Dialer`. Raises `LiveClosed`."""

    async def endpoint(self) -> Endpoint: ...


class ModelList:
    """Asks at most once in `FRESH_S` of the same endpoint."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._one_at_a_time = asyncio.Lock()
        self._kept: tuple[tuple[object, ...], float, list[str]] | None = None

    async def told(self) -> protocol.Models:
        """For `list-models`. Always an answer: `code` says why it is not the service's own."""
        async with self._one_at_a_time:
            try:
                endpoint = await self._asker.endpoint()
                if endpoint.vertex:
                    return _answer(models.VERTEX_MODELS, "known")
                names = await self._names(endpoint)
            except LiveClosed as closed:
                log.info("no list of models: %s %s", closed.close.kind, closed.close.code)
                return _answer(models.MODELS, "known", closed.close.error_code)
        return _answer(names, "practice" if endpoint.practice else "service")

    async def _names(self, endpoint: Endpoint) -> list[str]:
        of = (endpoint.key, endpoint.base_url, endpoint.ca_pem)
        now = time.monotonic()
        if self._kept and self._kept[0] == of and now - self._kept[1] < FRESH_S:
            return self._kept[2]
        names = await ask(endpoint)
        self._kept = (of, now, names)
        return names


async def ask(endpoint: Endpoint) -> list[str]:
    """Names of the models that can talk, without `models/`, in the service's order. Raises `LiveClosed`."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            context = await asyncio.to_thread(_prepare, endpoint.ca_pem)
            status, body = await _get(endpoint, context)
    except TimeoutError:
        raise LiveClosed(Close(CloseKind.TIMEOUT, 0, "no answer in time")) from None
    if status != 200:
        raise LiveClosed(classify(status, body[:2000].decode(errors="replace").replace(endpoint.key, "(key)")))
    names = names_in(body)
    if not names:
        raise LiveClosed(Close(CloseKind.TRANSIENT, status, "there is no list of models in the answer"))
    return names


def names_in(body: bytes) -> list[str]:
    """Pure. Empty for what makes no sense."""
    try:
        rows = json.loads(body)["models"]
        found = [_name_in(row) for row in rows]
    except (ValueError, TypeError, LookupError, RecursionError):
        return []
    return list(dict.fromkeys(name for name in found if name))[:MAX_MODELS]


def _name_in(row: Any) -> str:
    if not isinstance(row, dict):
        return ""
    named, does = row.get("name"), row.get("supportedGenerationMethods")
    if not isinstance(named, str) or not isinstance(does, list) or "bidiGenerateContent" not in does:
        return ""
    match = _NAME.fullmatch(named)
    return match[1] if match and not any(trade in match[1] for trade in _OTHER_TRADES) else ""


def _prepare(ca_pem: str) -> ssl.SSLContext:
    """Blocks, where these imports are the first."""
    import httpx2  # noqa: F401

    from tabtalk import live_socket

    return live_socket.trust(ca_pem)


async def _get(endpoint: Endpoint, context: ssl.SSLContext) -> tuple[int, bytes]:
    """Status and body. Raises `LiveClosed`."""
    import httpx2

    from tabtalk.live_socket import is_loopback

    base = urlsplit(endpoint.base_url)
    url = f"https://{base.netloc}{base.path.rstrip('/')}{PATH}"
    # Compressed, a small answer may be a large one.
    headers = {"x-goog-api-key": endpoint.key, "Accept-Encoding": "identity", "User-Agent": "Tabtalk"}
    body = b""
    try:
        proxied = not is_loopback(endpoint.base_url)
        async with (
            httpx2.AsyncClient(verify=context, timeout=TIMEOUT_S, trust_env=proxied) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > MAX_BYTES:
                    raise LiveClosed(Close(CloseKind.TRANSIENT, answer.status_code, "the list is too long"))
            return answer.status_code, body
    except (httpx2.HTTPError, httpx2.InvalidURL, ImportError, OSError, ValueError) as error:
        raise LiveClosed(Close(CloseKind.NETWORK, 0, type(error).__name__)) from None


def _answer(names: list[str] | tuple[str, ...], origin: str, code: str = "") -> protocol.Models:
    return protocol.Models({"list": list(names)}, origin, code)
