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


class SetupError(Exception):
    """Set-up cannot go on. Both texts are for the person."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        """What to do, with the command where there is one."""


class Steps:
    """`[2/5] ...` on stdout, flushed at once: the same on a terminal and in a file."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._column = 0

    def next(self, text: str) -> None:
        self._done += 1
        self._write_line(f"[{self._done}/{self._total}] {text}")

    def detail(self, text: str) -> None:
        self._write_line(f"      {text}")

    def word(self, text: str) -> None:
        """One more of many things, such as packages: they flow into lines."""
        width = min(shutil.get_terminal_size((100, 24)).columns, 100)
        if self._column and self._column + len(text) + 2 > width:
            self._end_words()
        lead = ", " if self._column else "      "
        sys.stdout.write(lead + text)
        sys.stdout.flush()
        self._column += len(lead) + len(text)

    def _end_words(self) -> None:
        if self._column:
            sys.stdout.write("\n")
            self._column = 0

    def _write_line(self, text: str) -> None:
        self._end_words()
        print(text, flush=True)


def fail(error: SetupError) -> None:
    """Says on stderr why set-up stopped."""
    sys.stdout.flush()
    print(f"\nSet-up stopped: {error.what}", file=sys.stderr)
    if error.mend:
        print(f"What to do: {error.mend}", file=sys.stderr)
