"""Whether and when to dial again after a connection was lost. Pure; time and chance are given."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tabtalk.closes import Close, CloseKind

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 5.0
JITTER = 0.2
TRIES_BEFORE_LIVE = {CloseKind.NETWORK: 1, CloseKind.TRANSIENT: 2, CloseKind.TIMEOUT: 0}
"""The person waits for the start, so it fails soon, with a reason."""
TRIES_AFTER_LIVE = 7
STEADY_S = 10.0
"""A connection that lasted this long was a good one: the count begins anew."""


class Redial:
    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._tries = 0
        self._live_since: float | None = None
        self.ever_live = False

    def live(self, now: float) -> None:
        self.ever_live = True
        self._live_since = now

    def lost(self, close: Close, now: float) -> float | None:
        """Seconds to wait before the next dial; None when another would be of no use."""
        if self._live_since is not None and now - self._live_since >= STEADY_S:
            self._tries = 0
        self._live_since = None
        allowed = TRIES_AFTER_LIVE if self.ever_live else TRIES_BEFORE_LIVE.get(close.kind, 0)
        if not close.mendable or self._tries >= allowed:
            return None
        delay = min(FIRST_DELAY_S * 2.0**self._tries, LONGEST_DELAY_S)
        self._tries += 1
        return delay * (1 - JITTER + 2 * JITTER * self._chance())
