"""What set-up says: numbered steps while it works, and failures as what happened and what mends it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path


def python_command(script: str | Path) -> str:
    """What somebody types to run a script. Many systems have no plain `python`."""
    return f"py {_quoted(script)}" if sys.platform == "win32" else f"python3 {_quoted(script)}"


def command(program: str) -> str:
    """How set-up is run again by somebody who ran `program`, which is `sys.argv[0]`."""
    if Path(program).stem != "tabtalk":
        return python_command("host/install.py")
    # The command of the wheel. Whether the person's PATH has it cannot be told: `uvx` adds it for this run alone.
    return _quoted(program)


def _quoted(path: str | Path) -> str:
    return subprocess.list2cmdline([str(path)]) if sys.platform == "win32" else shlex.quote(str(path))


COMMAND = command(sys.argv[0])
_INDENT = "      "


class SetupError(Exception):
    """Set-up cannot go on. Both texts are for the person."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        """What to do, with the command where there is one."""


class Steps:
    """Write `[2/5] ...` and details on stdout, flushed at once; on a terminal, progress in a line that is written over."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._on_terminal = sys.stdout.isatty()
        self._progress = ""

    def next(self, text: str) -> None:
        self._done += 1
        self._write_line(f"[{self._done}/{self._total}] {text}")

    def detail(self, text: str) -> None:
        self._write_line(f"{_INDENT}{text}")

    def progress(self, text: str) -> None:
        """Say how far a long step is. A file or a pipe gets a line for each stage of it, not for each count."""
        if self._on_terminal:
            _rewrite_line(_INDENT + text)
        elif _stage(text) != _stage(self._progress):
            print(f"{_INDENT}{_stage(text)}", flush=True)
        self._progress = text

    def _write_line(self, text: str) -> None:
        if self._progress and self._on_terminal:
            _rewrite_line()
        self._progress = ""
        print(text, flush=True)


def _rewrite_line(text: str = "") -> None:
    """Put `text` in the place of the terminal's last line, by blanks: not every terminal of Windows knows escape sequences."""
    width = shutil.get_terminal_size().columns - 1
    sys.stdout.write(f"\r{' ' * width}\r{text[:width]}")
    sys.stdout.flush()


def _stage(progress: str) -> str:
    """`downloading packages` of `downloading packages: 3 of 42`."""
    return progress.partition(":")[0]


def fail(error: SetupError) -> None:
    """Say on stderr why set-up stopped."""
    if sys.stdout.isatty():
        # A line of progress may still stand there.
        _rewrite_line()
    sys.stdout.flush()
    print(f"\nSet-up stopped: {error.what}", file=sys.stderr)
    if error.mend:
        print(f"What to do: {error.mend}", file=sys.stderr)
