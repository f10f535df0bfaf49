"""Which answer a piece of sound or text belongs to. Pure; time is given.

The service may go on sending an answer for a moment after it said `interrupted`. Such late pieces belong to the old turn
and must never sound. They end with `turnComplete`; should that never come, a silence of `LATE_S` ends them too, so that a
spurious `interrupted` cannot mute every answer from then on.
"""

from __future__ import annotations

LATE_S = 1.0


class Turns:
    def __init__(self) -> None:
        self.current = 1
        self.answering = False
        """An answer has begun and is not over."""
        self._late_until: float | None = None

    def interrupted(self, now: float) -> int:
        """The turn that was cut off; what comes from now on belongs to the next one."""
        self.answering = False
        if self._late(now):
            return self.current - 1
        self.current += 1
        self._late_until = now + LATE_S
        return self.current - 1

    def complete(self, now: float) -> int:
        """The turn that is over."""
        self.answering = False
        if self._late(now):
            self._late_until = None
            return self.current - 1
        self.current += 1
        return self.current - 1

    def of_answer(self, now: float) -> tuple[int, bool]:
        """The turn of a piece of the answer that arrives now, and whether it is late and must not sound."""
        if self._late_until is not None and self._late(now):
            self._late_until = now + LATE_S
            return self.current - 1, True
        self.answering = True
        return self.current, False

    def broken_off(self) -> int | None:
        """The connection is lost, and the turn with it: its number, if an answer was under way."""
        lost = self.current if self.answering else None
        self.answering = False
        self._late_until = None
        self.current += 1
        return lost

    def _late(self, now: float) -> bool:
        if self._late_until is not None and now >= self._late_until:
            self._late_until = None
        return self._late_until is not None
