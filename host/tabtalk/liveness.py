"""Whether the other side of a connection still lives, from what comes in and when. Pure; the clock is given.

TCP notices a peer that froze, or a cable that was pulled, after minutes or never. So the peer is asked, by pings, and
whatever it then sends is a sign of life: the service's pongs alone come up to half a minute late.
"""

from __future__ import annotations

PING_EVERY_S = 3.0
SILENCE_S = 15.0
"""How long after a ping nothing at all may come. With `PING_EVERY_S`, a loss is noticed within 18 s."""


class Liveness:
    def __init__(self, ping_every: float = PING_EVERY_S, silence: float = SILENCE_S) -> None:
        self._ping_every = ping_every
        self._silence = silence
        self._asked: float | None = None
        """When the first ping went out that nothing came after; None when something did."""

    def heard(self) -> None:
        """Something came, whatever it is."""
        self._asked = None

    def look(self, now: float) -> float | None:
        """A ping goes out now, and the next look is due in so many seconds; None when the other side is dead."""
        if self._asked is None:
            self._asked = now
        left = self._asked + self._silence - now
        return min(self._ping_every, left) if left > 0 else None
