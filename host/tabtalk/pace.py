"""Whether the line to Gemini keeps up with the voice. Pure; time is given.

What waits after a stall or a gap goes out late and whole, as long as it gets less. A line on which it gets more is too slow
for the voice: there what is said now matters more than what was, and pictures do not go at all. A line on which nothing moves
is none: there all is kept for the next one.
"""

from __future__ import annotations

import math

BYTES_A_SECOND = 16_000 * 2
FRESH_BYTES = BYTES_A_SECOND
"""What may wait on a line that is too slow: one second."""
CAUGHT_UP_BYTES = BYTES_A_SECOND // 2
PATIENCE_S = 5.0
"""For so long it may get more."""
BLOCKED_S = 0.03
"""A chunk that takes longer to hand over waits for the line."""
STANDS_STILL_S = 4.0
"""Without a chunk that went out for so long the line does not move. Small buffers empty in steps, on a slow line of seconds."""
FREE_S = 1.0
"""A line on which nothing waited for so long has room for a picture."""


class Pace:
    def __init__(self) -> None:
        self.too_slow = False
        self._mark: tuple[float, int] | None = None
        """When it began to wait, or was last seen to get less, and how much it was."""
        self._blocked_at = -math.inf
        self._moved_at = -math.inf

    def most_bytes(self, waiting_bytes: int, now: float) -> float:
        """How much audio may wait; asked with every chunk that comes while there is a connection."""
        if now - self._moved_at > STANDS_STILL_S:
            self._mark = None
            return math.inf
        if waiting_bytes <= CAUGHT_UP_BYTES:
            self.too_slow, self._mark = False, None
        elif waiting_bytes > FRESH_BYTES and self._mark is None:
            self._mark = now, waiting_bytes
        if self._mark and now - self._mark[0] >= PATIENCE_S:
            self.too_slow = self.too_slow or waiting_bytes >= self._mark[1]
            self._mark = now, waiting_bytes
        return FRESH_BYTES if self.too_slow else math.inf

    def flows(self, now: float) -> None:
        """A chunk of sound came and went at once, and nothing waits."""
        self.too_slow, self._mark = False, None
        self._moved_at = now

    def handed_over(self, began: float, now: float) -> None:
        """A chunk of sound was sent."""
        self._moved_at = now
        if now - began > BLOCKED_S:
            self._blocked_at = now

    def has_room(self, now: float) -> bool:
        """For a picture, too."""
        return not self.too_slow and now - self._blocked_at > FREE_S
