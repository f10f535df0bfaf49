"""Push-to-talk, as one connection to Gemini is told of it: an activity for each press. Pure.

Which press a chunk of sound belongs to stands with the sound (docs/PROTOCOL.md), so that what begins and ends is in line with
what was said, wherever it waited. A connection that knows nothing of a press is told of it with the next of its sound.
"""

from __future__ import annotations

from enum import Enum


class Signal(Enum):
    START = "activityStart"
    END = "activityEnd"


class Presses:
    """What one connection was told."""

    def __init__(self) -> None:
        self._open = 0
        """The press under way; 0 for none."""

    def before(self, press: int, *, over: bool) -> list[Signal]:
        """What goes ahead of a chunk of this press, 0 for none; `over`: instead of one, for the press is over."""
        signals = []
        if self._open not in (0, press) or (over and self._open):
            signals.append(Signal.END)
            self._open = 0
        if press != self._open and not over:
            signals.append(Signal.START)
            self._open = press
        return signals
