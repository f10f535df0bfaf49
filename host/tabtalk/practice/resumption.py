"""Conversations that may be resumed: handles the server gave out, and what it remembers under each."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

VALID_S = 2 * 3600.0
_MOST = 64


@dataclass(slots=True)
class Memory:
    """What a resumed conversation knows of its past."""

    turns: int = 0
    resumed: bool = False


@dataclass(slots=True)
class _Kept:
    turns: int
    at: float = field(default_factory=time.monotonic)


class Handles:
    """The newest handles; the oldest make way. Each stays good for the two hours that the service promises."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def give(self, memory: Memory) -> str:
        handle = secrets.token_urlsafe(24)
        self._kept[handle] = _Kept(memory.turns)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return handle

    def take(self, handle: str) -> Memory | None:
        """The conversation under `handle`, or None for one that is unknown or too old. The handle stays good."""
        kept = self._kept.get(handle)
        if kept is None or time.monotonic() - kept.at > VALID_S:
            return None
        return Memory(turns=kept.turns, resumed=True)
