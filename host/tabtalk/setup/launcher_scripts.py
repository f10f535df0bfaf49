"""Tells whether a program is a Snap or a Flatpak, or a shell script that only starts one.

On Ubuntu /usr/bin/chromium-browser is such a script. Scripts are read and never run. A line counts where it hands over to
another program: it has `exec`, or it passes the arguments on (`"$@"`). What cannot be told counts as an ordinary program.
"""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path, PurePosixPath

MAX_BYTES = 64 * 1024
"""A longer file is not looked at. Debian's script for Chromium has 6 KB."""
_MAX_DEPTH = 4
"""Scripts that start scripts."""
_SNAP_FOLDERS = (PurePosixPath("/snap"), PurePosixPath("/var/lib/snapd/snap"))


def find_package_kind(program: Path, depth: int = _MAX_DEPTH) -> str:
    """`snap` or `flatpak` when the program starts a package of that kind, else empty."""
    if _is_in_snap_folder(program):
        return "snap"
    try:
        # `is_file` first: opening a named pipe would wait for somebody who writes to it.
        if not program.is_file():
            return ""
        target = program.resolve()
        if target.name == "snap" or _is_in_snap_folder(target):
            return "snap"
        with target.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, RuntimeError):
        # Python before 3.13 raises RuntimeError for symbolic links in a loop.
        return ""
    if depth == 0 or len(content) > MAX_BYTES or not content.startswith(b"#!"):
        return ""
    for line in content.decode("utf-8", "replace").replace("\\\n", " ").splitlines():
        words = _handed_over_to(line)
        kind = _kind_of_command(words, depth - 1)
        if kind or (words and words[0].startswith("/") and Path(words[0]).is_file()):
            # The first program that is here counts; a Snap may follow where it is not.
            return kind
    return ""


def _handed_over_to(line: str) -> list[str]:
    """The command to which a line of a script hands over, as words; empty where it does not."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return []  # A text over several lines.
    if "exec" in words:
        return words[words.index("exec") + 1 :]
    return words if {"$@", "$*"} & set(words) else []


def _kind_of_command(words: list[str], depth: int) -> str:
    for at, word in enumerate(words):
        if _is_in_snap_folder(PurePosixPath(word)):
            return "snap"
        name = PurePosixPath(word).name
        if name in ("snap", "flatpak") and "run" in words[at + 1 :]:
            return name
    programs = [Path(word) for word in words if word.startswith("/")]
    if words and (found := shutil.which(words[0])):
        programs.append(Path(found))
    return next(filter(None, (find_package_kind(program, depth) for program in programs)), "")


def _is_in_snap_folder(program: Path | PurePosixPath) -> bool:
    return any(folder in program.parents for folder in _SNAP_FOLDERS)
