"""Whether the service takes a key that was just given, before it replaces one that works."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tabtalk.access import TAKEN
from tabtalk.closes import CloseKind
from tabtalk.setup.request import RequestFailed, request
from tabtalk.trial import BEGAN

if TYPE_CHECKING:
    from pathlib import Path

    from tabtalk.setup.copies import Installed


class Verdict(NamedTuple):
    accepted: bool | None
    """None: it cannot be told now, mostly for want of a network."""
    text: str
    """What was in the way, or what the service said. Empty when there is nothing to say. Never the key."""


def try_key(installed: Installed, python: Path, **given: str) -> Verdict:
    """`given` is a `key`, or a `project` and a `location` of Vertex AI. Blocks, for some 15 s at most."""
    try:
        outcome = request(installed, python, "dial", **given)
    except RequestFailed as error:
        return Verdict(None, str(error))
    if outcome["kind"] in (CloseKind.KEY, CloseKind.LOGIN):
        return Verdict(False, outcome["text"])
    return Verdict(True if outcome["kind"] in (BEGAN, *TAKEN) else None, outcome["text"])
