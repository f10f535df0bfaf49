"""What git knows of the working copy: when it was last committed, and what in it was not."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from release import Refused

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = ("extension", "host", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")


def moment(root: Path) -> int:
    """Of the last commit, seconds since 1970: the time of everything that is made of it. Raises `Refused`."""
    return int(_git(root, "log", "-1", "--format=%ct"))


def findings(root: Path, *, changed_too: bool) -> list[str]:
    """Files that would be shipped and that nobody committed; `changed_too`: those that differ from the last commit, too."""
    lines = _git(root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", *SHIPPED)
    found = []
    for line in filter(None, lines.split("\0")):
        state, name = line[:2], line[3:]
        if state == "??":
            found.append(f"{name}: is not in git.")
        elif changed_too:
            found.append(f"{name}: differs from the last commit.")
    return found


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, encoding="utf-8", check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Refused([f"git cannot be asked about {root}: {error}."]) from None
    return done.stdout
