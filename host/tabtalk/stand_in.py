"""Which model answers: the chosen one or, once the service said that there is no such model, the default in its place. Pure.

The choice in the settings stays as it is: a model may come back, and another key may have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabtalk.closes import CloseKind
from tabtalk.protocol import Error, ErrorCode
from tabtalk.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from tabtalk.closes import Close


class StandIn:
    """For one conversation. The default has nobody to stand in for it."""

    def __init__(self) -> None:
        self._gone = ""
        self._untold = ""

    def model(self, chosen: str) -> str:
        return DEFAULT_MODEL if chosen == self._gone else chosen

    def takes_over(self, model: str, close: Close) -> bool:
        """Whether the default is to be tried after the service refused this one so."""
        if close.kind is not CloseKind.MODEL or model.removeprefix("models/") == DEFAULT_MODEL:
            return False
        self._gone = self._untold = model
        return True

    def news(self) -> Error | None:
        """For the person, once there is an answer to talk to; once only."""
        gone, self._untold = self._untold, ""
        return Error(ErrorCode.MODEL_REPLACED, f"{gone} → {DEFAULT_MODEL}", fatal=False) if gone else None
