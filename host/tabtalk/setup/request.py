"""Asks `inside.py`, which runs in the private environment, for what needs it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tabtalk.setup.console import SetupError

if TYPE_CHECKING:
    from pathlib import Path

    from tabtalk.setup.copies import Installed

_SECONDS = 60


class RequestFailed(Exception):
    """The text is a sentence for the person."""


def request(installed: Installed, python: Path, do: str, **values: str) -> dict[str, Any]:
    """The answer of `inside.py`. Raises `RequestFailed`."""
    try:
        done = subprocess.run(
            [python, "-I", installed.host / "tabtalk" / "setup" / "inside.py"],
            input=json.dumps({"do": do, "with": values}).encode(),
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        # What it printed is not shown: it may hold what it was given.
        raise RequestFailed(f"The private Python environment does not work ({type(error).__name__}).") from None
    if not answer["ok"]:
        raise RequestFailed(answer["error"])
    return dict(answer)


def require(installed: Installed, python: Path, do: str, **values: str) -> dict[str, Any]:
    """As `request`, for where set-up cannot go on without. Raises `SetupError`."""
    try:
        return request(installed, python, do, **values)
    except RequestFailed as error:
        raise SetupError(str(error), "mend that, then run this again.") from None
