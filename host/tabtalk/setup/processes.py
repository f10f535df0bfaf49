"""The hosts that run: which processes they are."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.setup.copies import Installed

SYSTEM: str = sys.platform
_SECONDS = 30


def find_hosts(installed: Installed) -> list[int]:
    """The ids of this user's processes that run the installed host."""
    if SYSTEM == "win32":
        return list(_on_windows(installed.launcher))
    if Path("/proc/self/cmdline").exists():
        return list(_on_linux(installed.native_host))
    return list(_by_ps(installed.native_host))


def _on_linux(native_host: Path) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if os.fsencode(native_host) in arguments and folder.stat().st_uid == os.geteuid():
                yield int(folder.name)


def _by_ps(native_host: Path) -> Iterator[int]:
    """macOS has no /proc."""
    listing = subprocess.run(["ps", "-xo", "pid=,command="], capture_output=True, text=True, check=False).stdout
    for line in listing.splitlines():
        pid, _, command = line.strip().partition(" ")
        if f"-I {native_host} " in command:
            yield int(pid)


def _on_windows(launcher: Path) -> Iterator[int]:
    """The launcher, and the Python that it starts, whose command line names it. A running program cannot be deleted there."""
    powershell = shutil.which("powershell") or shutil.which("pwsh")
    if powershell is None:
        return
    quoted = str(launcher).replace("'", "''")
    query = (
        "Get-CimInstance Win32_Process | Where-Object { $_.ProcessId -ne $PID -and $_.CommandLine -and "
        f"$_.CommandLine.Contains('{quoted}') }} | ForEach-Object {{ $_.ProcessId }}"
    )
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            [powershell, "-NoProfile", "-NonInteractive", "-Command", query],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
        yield from (int(line) for line in done.stdout.split() if line.isdecimal())
