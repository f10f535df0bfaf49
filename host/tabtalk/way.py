"""What one dial says of each link of the way to Gemini. Pure; `--check` and the host itself judge by it alike."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from tabtalk.closes import CloseKind
from tabtalk.trial import BEGAN

if TYPE_CHECKING:
    from collections.abc import Iterator


class State(StrEnum):
    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It cannot be told from here, or a link before it is broken."""


class Step(NamedTuple):
    link: str
    """One of `WAY`."""
    state: State


WAY = ("endpoint", "tls", "key", "model", "session")
"""In the order in which a dial meets them."""
_BROKEN_AT = {
    CloseKind.NETWORK: "endpoint",
    CloseKind.TLS: "tls",
    CloseKind.KEY: "key",
    CloseKind.LOGIN: "key",
    CloseKind.MODEL: "model",
    CloseKind.QUOTA: "session",
    CloseKind.REQUEST: "session",
    CloseKind.TRANSIENT: "session",
    CloseKind.TIMEOUT: "session",
}
"""Where a dial that ended so was stopped. What the service says only after it took the key and the model proves those."""
_SAYS_NOTHING_OF_THE_KEY = (CloseKind.TRANSIENT, CloseKind.TIMEOUT)


def steps(kind: str) -> Iterator[Step]:
    """`kind` of a `trial.Outcome`. The last step is the broken one, if one is."""
    broken = WAY.index(_BROKEN_AT[CloseKind(kind)]) if kind != BEGAN else len(WAY)
    for number, link in enumerate(WAY[: broken + 1]):
        if number == broken:
            yield Step(link, State.FAILED)
        elif link in ("key", "model") and kind in _SAYS_NOTHING_OF_THE_KEY:
            yield Step(link, State.UNKNOWN)
        else:
            yield Step(link, State.OK)
