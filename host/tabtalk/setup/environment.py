"""The private Python environment: named by what is in it, built beside the old one, moved into place when complete."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import platform
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from tabtalk import log, paths
from tabtalk.setup import packages, pip_install, system
from tabtalk.setup.console import SetupError, Steps

if TYPE_CHECKING:
    from pathlib import Path

    from tabtalk.setup.changes import Changes

PREFIX = "env-"
_VERIFY_SECONDS = 120


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
    if environment.folder.exists():
        steps.progress("checking the packages that are there")
        problems = find_problems(environment.python, lock_file, packages.HOST_MODULES)
        if not problems:
            steps.detail("is there already")
            return environment
        steps.detail(f"the one that is there is damaged ({join_problems(problems)}): it is made anew")
    staged = Environment(changes.stage / "env")
    make(staged)
    count = pip_install.install(staged.python, lock_file, steps.progress, paths.log_dir() / log.PIP_LOG)
    steps.progress("checking the packages")
    if problems := find_problems(staged.python, lock_file, packages.HOST_MODULES):
        raise SetupError(
            f"The packages were installed, but they do not work: {join_problems(problems)}.",
            "see whether pip is set to put packages elsewhere (pip config list); or try another Python, 3.11 or newer: this "
            f"one is {sys.executable}.",
        )
    steps.detail(f"all {count} packages are there, in the versions that were tested")
    changes.put(staged.folder, environment.folder)
    return environment


def find_problems(python: Path, lock_file: Path, modules: tuple[str, ...]) -> list[str]:
    """What `packages.find_problems` finds in the environment of `python`; one more sentence where that cannot run."""
    try:
        done = subprocess.run(
            [python, "-I", packages.__file__, lock_file, *modules],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=_VERIFY_SECONDS,
        )
        return list(json.loads(done.stdout))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return [f"its Python does not work ({type(error).__name__})"]


def join_problems(problems: list[str]) -> str:
    """The first three, and how many more there are."""
    return "; ".join(problems[:3]) + (f"; and {len(problems) - 3} more" if problems[3:] else "")


def works(environment: Environment) -> bool:
    """Whether its Python starts and has packages."""
    try:
        done = subprocess.run(
            [environment.python, "-I", "-c", "import websockets"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=_VERIFY_SECONDS,
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


def make(environment: Environment) -> None:
    """Make the environment, with nothing but pip in it. Raises `SetupError`."""
    if missing_parts():
        raise no_venv()
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
            f"Python could not make a private environment: {pip_install.last_lines(done.stdout.splitlines(), 1)}",
            "read the line above; a full disk or a damaged Python are usual.",
        )
