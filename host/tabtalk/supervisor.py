"""What becomes of the connection to Gemini: when it is left, what the next one resumes, when there is none. Pure: it is told
what happened and when, and answers what to do; `session.py` does it.

| it learns | and answers |
|---|---|
| `connected` | |
| `going_away` | `leave` says HAND_OVER at the end of the turn, or shortly before the deadline |
| nothing for `park_after_s`, neither `said` nor `stirred` | `leave` says PARK |
| `lost` | seconds until the next dial, or that there is none |
| `resumption` | `handle` for the next dial, while it is good |
"""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING

from tabtalk.closes import Close, CloseKind

if TYPE_CHECKING:
    from tabtalk.redial import Redial

HAND_OVER_MARGIN_S = 2.0
"""How long before the service's own deadline the next connection is opened."""
HANDLE_GOOD_S = 2 * 60 * 60 - 60
"""The service keeps a session for two hours."""
PARK_AFTER_S = 300.0


class Leave(Enum):
    HAND_OVER = "the service asked for a new connection"
    PARK = "nobody has said anything for long"


class Supervisor:
    def __init__(self, redial: Redial, park_after_s: float = PARK_AFTER_S) -> None:
        self._redial = redial
        self.park_after_s = park_after_s
        """0: never."""
        self._handle: tuple[str, float] | None = None
        self._resumed = False
        self._deadline = math.inf
        self._stirred_at = 0.0
        self.in_turn = False
        """Somebody is in the middle of saying something, as far as the service told."""
        self._settled = True
        """And the handle knows all that was said."""

    # The connection.

    def handle(self, now: float) -> str | None:
        """What the next connection resumes."""
        if self._handle and now - self._handle[1] > HANDLE_GOOD_S:
            self._handle = None
        return self._handle[0] if self._handle else None

    def forget(self) -> None:
        """Another model will answer, and a handle is of the one that gave it."""
        self._handle = None

    def dialled(self, now: float) -> None:
        self._resumed = self._handle is not None
        self._redial.dialled(now)

    def connected(self, now: float) -> None:
        self._redial.live(now)
        self._resumed = False
        self._deadline = math.inf
        self._stirred_at = now
        self.in_turn = False
        self._settled = True

    def lost(self, close: Close, now: float) -> float | None:
        """Seconds until the next dial; None when another would be of no use."""
        if self._resumed and close.kind in (CloseKind.REQUEST, CloseKind.MODEL):
            # A handle that is not taken any more is no reason to stop: a fresh session is.
            self._handle = None
            close = Close(CloseKind.TRANSIENT, close.code, close.text)
        return self._redial.lost(close, now)

    def moved(self, now: float) -> float:
        """The same, for a connection that was left by choice."""
        return self._redial.moved(now)

    # What is said on it.

    def resumption(self, handle: str | None, now: float) -> bool:
        """The service's word for the session, None while there is none. Whether all that was said is in it."""
        if handle is None:
            return False
        self._handle = (handle, now)
        self._settled = self._settled or not self.in_turn
        return not self.in_turn

    def going_away(self, seconds: float, now: float) -> None:
        self._deadline = min(self._deadline, now + max(0.0, seconds - HAND_OVER_MARGIN_S))

    def stirred(self, now: float) -> None:
        """Somebody speaks, as it sounds here; the service has told of nothing yet."""
        self._stirred_at = now

    def said(self, now: float) -> None:
        """Somebody says something: a word, a sound, a typed question."""
        self._stirred_at = now
        self.in_turn = True
        self._settled = False

    def turn_over(self, now: float) -> None:
        self._stirred_at = now
        self.in_turn = False

    # When to go.

    def leave(self, now: float) -> Leave | None:
        """Whether the connection is to be left now.

        A good moment to hand over is after an answer, with the handle that knows of it, which comes later than its end; the
        deadline is the last. After `going_away` the service may fall silent, so it is asked by the clock too.
        """
        if self._deadline < math.inf and (self._settled or now >= self._deadline):
            return Leave.HAND_OVER
        return Leave.PARK if now >= self._park_at else None

    @property
    def leave_at(self) -> float:
        """When time alone may change the answer."""
        return min(self._deadline, self._park_at)

    @property
    def _park_at(self) -> float:
        return self._stirred_at + self.park_after_s if self.park_after_s else math.inf
