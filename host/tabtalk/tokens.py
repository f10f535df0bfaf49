"""Single-use tokens of the gate. The token, not the Origin, is the boundary: another extension can forge an Origin."""

from __future__ import annotations

import hmac
import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN_LIFE_S = 10.0
MAX_OUTSTANDING = 4
MAX_FAILURES = 5
"""After this many wrong tokens in a row every outstanding one is void; the extension mints another over stdio."""


class Credentials(NamedTuple):
    token: str
    """What the client shows to the gate."""
    server_token: str
    """What the gate shows to the client, so that another listener on the same port is found out."""

    def __repr__(self) -> str:
        return "Credentials(...)"


class Tokens:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._outstanding: list[tuple[float, Credentials]] = []
        self._failures = 0

    def mint(self) -> Credentials:
        """New credentials, good once and for `TOKEN_LIFE_S` seconds. The oldest make room."""
        made = Credentials(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        self._outstanding = [*self._alive()[-(MAX_OUTSTANDING - 1) :], (self._clock() + TOKEN_LIFE_S, made)]
        return made

    def redeem(self, token: str) -> Credentials | None:
        """The credentials that this token belongs to, which are void from now on; None for a wrong or old one."""
        shown = token.encode(errors="surrogateescape")
        found = None
        # Every one is compared, so that the time taken says nothing about which one matched.
        for entry in self._alive():
            if hmac.compare_digest(entry[1].token.encode(), shown):
                found = entry
        if found is None:
            self._failures += 1
            if self._failures >= MAX_FAILURES:
                self._failures = 0
                self._outstanding = []
            return None
        self._failures = 0
        self._outstanding.remove(found)
        return found[1]

    def _alive(self) -> list[tuple[float, Credentials]]:
        now = self._clock()
        return [entry for entry in self._outstanding if now < entry[0]]
