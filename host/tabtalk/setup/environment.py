"""The private Python environment: named by what is in it, built beside the old one, moved into place when complete."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from tabtalk.setup import packages, system
from tabtalk.setup.console import SetupError, Steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tabtalk.setup.changes import Changes

PREFIX = "env-"
_IMPORTS = "import " + ", ".join(packages.MODULES)
# Where pip would put packages instead of the environment; all else that the person set for pip stays in force.
_PIP_ASTRAY = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PIP_PYTHON")


class Environment(NamedTuple):
    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def name(lock: bytes) -> str:
    """Follows from the locked packages and from the Python that they are for."""
    python = (sys.implementation.cache_tag, platform.python_version(), platform.machine(), sys.base_prefix)
    return PREFIX + hashlib.sha256("\n".join(map(str, python)).encode() + b"\n" + lock).hexdigest()[:12]


def missing_parts() -> list[str]:
    """Modules of the standard library that Debian keeps in a package of their own."""
    return [module for module in ("venv", "ensurepip") if importlib.util.find_spec(module) is None]


def provide(changes: Changes, data: Path, lock_file: Path, steps: Steps) -> Environment:
    """The environment for the lock file: the one that is there, or a new one. Raises `SetupError`."""
    environment = Environment(data / name(lock_file.read_bytes()))
    if works(environment):
        steps.detail("is there already")
        return environment
    if missing_parts():
        raise no_venv()
    staged = Environment(changes.stage / "env")
    _make(staged)
    _install(staged, lock_file, steps)
    if not works(staged, _IMPORTS):
        raise SetupError(
            "The packages were installed, but Python cannot load them.",
            f"try another Python, 3.11 or newer; this one is {sys.executable}.",
        )
    changes.put(staged.folder, environment.folder)
    return environment


def works(environment: Environment, program: str = "import websockets") -> bool:
    try:
        done = subprocess.run(
            [environment.python, "-I", "-c", program],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def no_venv() -> SetupError:
    command = system.install_command("python3-venv")
    mend = f"run: {command}" if "apt-get" in command else "install Python 3.11 or newer from python.org"
    return SetupError(
        "This Python comes without the module that makes private environments (venv).", f"{mend}; then run this again."
    )


def _make(environment: Environment) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "venv", environment.folder],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        if "ensurepip" in done.stdout:
            raise no_venv()
        raise SetupError(
            f"Python could not make a private environment: {_last(done.stdout.splitlines())}",
            "read the line above; a full disk or a damaged Python are usual.",
        )


def _install(environment: Environment, lock_file: Path, steps: Steps) -> None:
    command: list[str | Path] = [
        environment.python, "-I", "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:", "--no-user",
        "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "-r", lock_file,
    ]  # fmt: skip
    variables = {name: value for name, value in os.environ.items() if name not in _PIP_ASTRAY}
    with subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        said: list[str] = []
        try:
            for package in _packages(pip.stdout or (), said):
                steps.word(package)
        except BaseException:
            pip.terminate()
            raise
    if pip.returncode:
        raise why_pip_failed(said)


def _packages(lines: Iterable[str], said: list[str]) -> Iterator[str]:
    """The packages as pip comes to them; everything that it says goes into `said`."""
    for line in lines:
        said.append(line.strip())
        if match := re.match(r"Collecting ([A-Za-z0-9._-]+)==([^\s;]+)", line.strip()):
            yield f"{match[1]} {match[2]}"
        elif line.startswith("Installing collected packages"):
            yield "writing them"


_PIP_FAILURES = (
    (
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that Tabtalk was tested with: it was changed on the way.",
        "do not go on with this network or package mirror; try again from another one.",
    ),
    (
        r"No space left|Disk quota",
        "The disk is full.",
        "make some 300 MB of room, then run this again.",
    ),
    (
        (
            r"NewConnectionError|Temporary failure in name resolution|Name or service not known|ConnectTimeout|ProxyError"
            r"|ReadTimeout|Network is unreachable|Connection (?:refused|reset|broken)|getaddrinfo|SSLError|NameResolutionError"
        ),
        "The packages could not be downloaded: the network, or a proxy on the way, did not let them through.",
        "check the connection (behind a proxy, set HTTPS_PROXY), then run this again.",
    ),
    (
        r"No matching distribution|Could not find a version",
        "A package is not to be had for this Python on this kind of computer.",
        "use another Python, 3.11 to 3.13 have everything; or check which package index pip is set to: pip config list",
    ),
    (
        r"Permission denied|Read-only file system",
        "A folder cannot be written.",
        "make sure that you may write to the folder named above, then run this again.",
    ),
)


def why_pip_failed(said: list[str]) -> SetupError:
    """What pip's output means to the person, with pip's own last words."""
    text = "\n".join(said)
    if "(from versions: none)" in text and not re.search(r"^Collecting ", text, re.MULTILINE):
        # With no retries left to speak of, pip passes over that it reached no index at all.
        text += "\nNewConnectionError"
    own_words = _last([line for line in said if line.startswith("ERROR")] or said)
    for pattern, what, mend in _PIP_FAILURES:
        if re.search(pattern, text):
            return SetupError(f"{what}\n  pip said: {own_words}", mend)
    return SetupError(f"The packages could not be installed.\n  pip said: {own_words}", "run this again.")


def _last(lines: list[str]) -> str:
    """The last line that says something, without passwords that an address may hold."""
    line = next((line for line in reversed(lines) if line.strip()), "nothing")
    return re.sub(r"//[^/@\s]+@", "//…@", line)[:400]
