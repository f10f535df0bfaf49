"""Whether and when to dial again after a connection ended. Pure; time and chance are given.

Two bounds hold: tries in a row, after which the person is asked, and dials a minute that reached the service, so that one that
lets us in and throws us out again is not stormed.
"""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING

from tabtalk.closes import Close, CloseKind

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 5.0
JITTER = 0.2
TRIES_BEFORE_LIVE = {CloseKind.NETWORK: 1, CloseKind.TLS: 1, CloseKind.TRANSIENT: 2, CloseKind.TIMEOUT: 0}
"""The person waits for the start, so it fails soon, with a reason."""
TRIES_AFTER_LIVE = 10
_REACHED_NOBODY = (CloseKind.NETWORK, CloseKind.TLS)
STEADY_S = 10.0
"""A connection that lasted this long was a good one: the count begins anew."""
MOVES_AT_ONCE_S = 1.0
"""A connection that the service wants to see moved sooner than this counts as thrown out."""
MOST_DIALS = 8
WINDOW_S = 60.0
"""No more than `MOST_DIALS` in any stretch of this length; the first is the one that began it."""


class Redial:
    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._tries = 0
        self._dials: deque[float] = deque(maxlen=MOST_DIALS)
        self._live_since: float | None = None
        self.ever_live = False

    def dialled(self, now: float) -> None:
        self._dials.append(now)

    def live(self, now: float) -> None:
        self.ever_live = True
        self._live_since = now

    def lost(self, close: Close, now: float) -> float | None:
        """Seconds to wait before the next dial; None when another would be of no use."""
        if self._lasted(now) >= STEADY_S:
            self._tries = 0
            self._dials.clear()
        elif close.kind in _REACHED_NOBODY and self._live_since is None and self._dials:
            self._dials.pop()  # It reached nobody.
        self._live_since = None
        allowed = TRIES_AFTER_LIVE if self.ever_live else TRIES_BEFORE_LIVE.get(close.kind, 0)
        if not close.mendable or self._tries >= allowed:
            return None
        delay = min(FIRST_DELAY_S * 2.0**self._tries, LONGEST_DELAY_S)
        self._tries += 1
        return max(delay * (1 - JITTER + 2 * JITTER * self._chance()), self._until_allowed(now))

    def moved(self, now: float) -> float:
        """Seconds to wait before the next dial when the service asked for a new connection, or the computer slept."""
        if self._lasted(now) >= MOVES_AT_ONCE_S:
            self._dials.clear()
        self._live_since = None
        return self._until_allowed(now)

    def _lasted(self, now: float) -> float:
        return now - self._live_since if self._live_since is not None else 0.0

    def _until_allowed(self, now: float) -> float:
        return max(0.0, self._dials[0] + WINDOW_S - now) if len(self._dials) == MOST_DIALS else 0.0
