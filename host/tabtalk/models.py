"""What each Live model can be asked for, as far as it is documented or was reported; the values are the wire's own.

A wrong value ends a session before it begins (close code 1007), so a model that is not known here is asked for nothing
beyond what all take.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sight:
    """How pictures are taken in."""

    resolution: str = "MEDIA_RESOLUTION_MEDIUM"
    coverage: str | None = None
    """Which pictures are part of a turn, and so are billed; None for the model's own default."""
    words: bool = False
    """Takes client content in the middle of a session; others end it for that."""


_SIGHTS = {
    # By default every picture that was sent is part of the next turn; here only what came with speech.
    "gemini-3.8-live": Sight("MEDIA_RESOLUTION_HIGH", "TURN_INCLUDES_ONLY_ACTIVITY", words=True),
    "gemini-3.8-live-extended-thinking": Sight("MEDIA_RESOLUTION_HIGH", "TURN_INCLUDES_ONLY_ACTIVITY", words=True),
    # The same coverage is reported to keep this one from answering what is typed.
    "gemini-3.1-flash-live-preview": Sight("MEDIA_RESOLUTION_HIGH"),
}


def sight(model: str) -> Sight:
    """`model` is a name with or without its `models/`."""
    return _SIGHTS.get(model.rpartition("/")[2], Sight())
