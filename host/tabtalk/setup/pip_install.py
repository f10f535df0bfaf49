"""Install a complete lock file with pip, and say in plain words what went wrong.

The lock files pin every package, also the indirect ones, so pip must not resolve anything: with `--require-hashes` and
resolution, a package that asks for an extra (`google-auth[requests]`) is refused as soon as the index has a newer release
than the locked one. Hence `--no-deps`; `packages.py` then checks that nothing is missing.

Standard library only: set-up and `tests/run.py` use it before any package is installed.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from tabtalk import paths
from tabtalk.setup.console import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

LAST_LINES = 8
"""How many lines of an unknown failure are shown."""
# Settings of the person that lead pip away from the environment, or silence what is read here. All others stay in force:
# an index, a proxy or a certificate may be needed to reach the packages.
_DROPPED_VARIABLES = (
    "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PIP_PYTHON", "PIP_DRY_RUN",
    "PIP_QUIET", "PIP_VERBOSE", "PIP_REQUIREMENT", "PIP_EDITABLE", "PIP_PRE",
)  # fmt: skip
# What pip says of each package: from an index, from a folder, and where it is installed.
_COMES_TO = ("Collecting ", "Processing ", "Requirement already satisfied")
_PIN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==", re.MULTILINE)


class _Failure(NamedTuple):
    """A failure of pip that is understood."""

    pattern: str
    what: str
    mend: str


_FAILURES = (
    _Failure(
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that Tabtalk was tested with: it was changed on the way.",
        "do not go on with this network or package mirror; try again from another one.",
    ),
    _Failure(
        r"No space left|Disk quota",
        "The disk is full.",
        "make some 300 MB of room, then run this again.",
    ),
    _Failure(
        r"The user requested \(constraint\)|ResolutionImpossible",
        "pip is set on this computer to refuse a package that Tabtalk needs (a constraint).",
        "see pip config list and the variable PIP_CONSTRAINT; run this again without that constraint.",
    ),
    _Failure(
        (
            r"NewConnectionError|Temporary failure in name resolution|Name or service not known|ConnectTimeout|ProxyError"
            r"|ReadTimeout|Network is unreachable|Connection (?:refused|reset|broken)|getaddrinfo|SSLError|NameResolutionError"
        ),
        "The packages could not be downloaded: the network, or a proxy on the way, did not let them through.",
        "check the connection (behind a proxy, set HTTPS_PROXY), then run this again.",
    ),
    _Failure(
        r"No matching distribution|Could not find a version",
        "A package is not to be had for this Python on this kind of computer.",
        "use another Python, 3.11 to 3.13 have everything; or check which package index pip is set to: pip config list",
    ),
    _Failure(
        r"Permission denied|Read-only file system",
        "A folder cannot be written.",
        "make sure that you may write to the folder named above, then run this again.",
    ),
)


def install(python: Path, lock_file: Path, progress: Callable[[str], None], log: Path) -> int:
    """Install what `lock_file` pins for this system into the environment of `python`.

    `progress` is called with a short text for each package; `log` is written only if pip fails. Returns how many packages
    that are. Raises `SetupError`.
    """
    command: list[str | Path] = [
        python, "-I", "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-user",
        "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "-r", lock_file,
    ]  # fmt: skip
    total = len(_PIN.findall(lock_file.read_text("utf-8")))
    output: list[str] = []
    with subprocess.Popen(
        command,
        env={name: value for name, value in os.environ.items() if name not in _DROPPED_VARIABLES},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        try:
            for text in read_progress(pip.stdout or (), total, output):
                progress(text)
        except BaseException:
            pip.terminate()
            raise
    if pip.returncode:
        raise explain_failure(output, log if write_log(log, output) else None)
    return total - sum(line.startswith("Ignoring ") for line in output)


def read_progress(lines: Iterable[str], total: int, output: list[str]) -> Iterator[str]:
    """Yield a text for each package that pip comes to; every line of pip is appended to `output`.

    `total` is the number of pins in the lock; those that are for other systems are taken off as pip names them.
    """
    done = 0
    for line in map(str.strip, lines):
        output.append(line)
        if line.startswith("Ignoring "):
            total -= 1
        elif line.startswith(_COMES_TO):
            done += 1
            yield f"downloading packages: {done} of {total}"
        elif line.startswith("Installing collected packages"):
            yield f"installing {total} packages"


def explain_failure(output: list[str], log: Path | None) -> SetupError:
    """Say what pip's output means. `log` is the file that holds all of it, if one could be written."""
    text = "\n".join(output)
    if "(from versions: none)" in text and not re.search(r"^Collecting ", text, re.MULTILINE):
        # Where retries are turned off, pip does not say that it reached no index at all.
        text += "\nNewConnectionError"
    more = f"All that pip said is in {log}" if log else ""
    for failure in _FAILURES:
        if re.search(failure.pattern, text):
            own_words = last_lines([line for line in output if line.startswith("ERROR")] or output, 1)
            return SetupError(f"{failure.what}\n  pip said: {own_words}", failure.mend + (f" {more}." if more else ""))
    shown = last_lines(output, LAST_LINES).replace("\n", "\n    ")
    return SetupError(
        f"pip could not install the packages, for a reason that set-up does not know. Its last lines:\n    {shown}",
        f"read these lines. {more + '; ' if more else ''}docs/TROUBLESHOOTING.md says how to report it.",
    )


def last_lines(lines: list[str], count: int) -> str:
    """The last lines that are not empty, without passwords that an address may hold."""
    kept = [line for line in lines if line.strip()][-count:] or ["nothing"]
    return "\n".join(_without_passwords(line)[:400] for line in kept)


def write_log(path: Path, output: list[str]) -> bool:
    """Write pip's output into the file, for its owner alone; False where that cannot be done."""
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    text = "\n".join(map(_without_passwords, output))
    try:
        paths.write_private(path, f"{now} pip failed\n{text}\n".encode("utf-8", "replace"))
    except OSError:
        return False
    return True


def _without_passwords(line: str) -> str:
    return re.sub(r"//[^/@\s]+@", "//…@", line)
