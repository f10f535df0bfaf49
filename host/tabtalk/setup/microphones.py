"""The microphones that the system knows, where it tells."""

from __future__ import annotations

import shutil
import subprocess
import sys

_SECONDS = 5


def count() -> int | None:
    """None where it cannot be told. What the browser may use is a matter of its own."""
    if sys.platform != "linux" or not shutil.which("pactl"):
        return None
    try:
        done = subprocess.run(
            ["pactl", "list", "short", "sources"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    # What a speaker plays can be listened to as well, and browsers do not offer it.
    return sum(1 for line in done.stdout.splitlines() if ".monitor\t" not in line)
