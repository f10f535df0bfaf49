"""The microphones that the system knows, where it tells: on Linux, by the sound server that runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_SECONDS = 5


def count() -> int | None:
    """None where it cannot be told. What the browser may use is a matter of its own."""
    server = _server()
    if server is None or not shutil.which("pactl"):
        return None
    with tempfile.TemporaryDirectory(prefix="tabtalk-") as elsewhere:
        try:
            done = subprocess.run(
                ["pactl", "--server", server, "list", "short", "sources"],
                # It starts no server when it is told of one, but would leave a cookie and a folder in the person's home.
                env={**os.environ, "HOME": elsewhere, "XDG_CONFIG_HOME": elsewhere, "PULSE_RUNTIME_PATH": elsewhere},
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


def _server() -> str | None:
    """The address of the sound server that runs for this person."""
    if sys.platform != "linux":
        return None
    if chosen := os.environ.get("PULSE_SERVER"):
        return chosen
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    sockets = (runtime / "pulse" / "native", *config.glob("pulse/*-runtime/native"))
    return next((f"unix:{path}" for path in sockets if path.exists()), None)
