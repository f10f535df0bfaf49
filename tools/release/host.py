"""The host as a wheel and an sdist. pyproject.toml says what is in them; hatchling makes them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from release import Refused

if TYPE_CHECKING:
    from pathlib import Path


def build(root: Path, target: Path, moment: int) -> None:
    """The same bytes for the same files. `moment`: of every file, seconds since 1970. Raises `Refused`."""
    variables = {**os.environ, "SOURCE_DATE_EPOCH": str(moment)}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(target)]
    done = subprocess.run(command, cwd=root, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        last = ((done.stderr or done.stdout).strip().splitlines() or ["nothing"])[-1]
        mend = " Run this with .venv/bin/python, which tests/run.py makes." if "hatchling" in last else ""
        raise Refused([f"The wheel could not be built: {last}.{mend}"])
