"""Why a Live connection could not be made or ended, from what the service said. Pure.

The close code alone does not tell: 1007 is a bad key as well as a bad field, 1008 a missing model as well as an aborted
operation, 1011 a used-up quota as well as the end of a connection's life. The words do (collected from the service's
published errors and field reports; none is contractual).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tabtalk.protocol import ErrorCode


class CloseKind(StrEnum):
    KEY = "key"
    MODEL = "model"
    QUOTA = "quota"
    REQUEST = "request"
    NETWORK = "network"
    TLS = "tls"
    """Something answers, but it cannot show that it is the service."""
    TRANSIENT = "transient"
    TIMEOUT = "timeout"
    UNREADABLE = "unreadable"
    """The key is there and cannot be read: refused by us, not by the service."""
    LOGIN = "login"
    """Google's sign-in, for Vertex AI, is missing, no longer good, or may not use the project."""
    SETTINGS = "settings"
    """The settings do not make an endpoint."""


ERROR_CODES = {
    CloseKind.KEY: ErrorCode.KEY_REJECTED,
    CloseKind.MODEL: ErrorCode.MODEL_MISSING,
    CloseKind.QUOTA: ErrorCode.QUOTA_EXCEEDED,
    CloseKind.REQUEST: ErrorCode.REQUEST_REJECTED,
    CloseKind.NETWORK: ErrorCode.NO_NETWORK,
    CloseKind.TLS: ErrorCode.NO_NETWORK,
    CloseKind.TRANSIENT: ErrorCode.SERVICE_UNAVAILABLE,
    CloseKind.TIMEOUT: ErrorCode.SETUP_TIMEOUT,
    CloseKind.UNREADABLE: ErrorCode.KEY_UNREADABLE,
    CloseKind.LOGIN: ErrorCode.LOGIN_NEEDED,
    CloseKind.SETTINGS: ErrorCode.SETTINGS_INVALID,
}

MENDABLE = frozenset({CloseKind.NETWORK, CloseKind.TLS, CloseKind.TRANSIENT, CloseKind.TIMEOUT})
"""Kinds that another try can mend. The rest would only be refused again."""


@dataclass(frozen=True, slots=True)
class Close:
    kind: CloseKind
    code: int
    """WebSocket close code, HTTP status, or 0."""
    text: str
    """What the service said, one line, without anything that looks like a key."""

    @property
    def mendable(self) -> bool:
        return self.kind in MENDABLE

    @property
    def error_code(self) -> ErrorCode:
        return ERROR_CODES[self.kind]


_WORDS: tuple[tuple[CloseKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(words, re.IGNORECASE))
    for kind, words in (
        (CloseKind.QUOTA, r"quota|billing|resource.?exhausted|too many requests|rate.?limit"),
        (
            CloseKind.KEY,
            r"api.?key|api_key_invalid|unregistered callers|permission.?denied|unauthenticated|credential|has been leaked",
        ),
        (
            CloseKind.MODEL,
            r"is not found for api version|models/\S+ (is |was )?not|not supported for bidi|unknown model",
        ),
        (CloseKind.TRANSIENT, r"aborted|deadline|internal|unavailable|overloaded|goaway|going away"),
    )
)
_BY_CODE = {
    1007: CloseKind.REQUEST,
    1008: CloseKind.REQUEST,
    1009: CloseKind.REQUEST,
    400: CloseKind.REQUEST,
    401: CloseKind.KEY,
    403: CloseKind.KEY,
    404: CloseKind.REQUEST,
    429: CloseKind.QUOTA,
}
_KEY_SHAPED = re.compile(r"\b(AIza|AQ\.|ya29\.)[\w.\-]{8,}")


def classify(code: int, text: str) -> Close:
    """`code` is a WebSocket close code or an HTTP status, `text` the reason that came with it."""
    said = _KEY_SHAPED.sub("(key)", " ".join(text.split()))[:300]
    for kind, words in _WORDS:
        if words.search(said):
            return Close(kind, code, said)
    return Close(_BY_CODE.get(code, CloseKind.TRANSIENT), code, said)
