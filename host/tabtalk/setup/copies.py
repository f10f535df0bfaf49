"""The host, the extension and the launcher in the data folder, so that the checkout may move and the two stay in step."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tabtalk import paths
from tabtalk.setup.console import SetupError

if TYPE_CHECKING:
    from tabtalk.setup.changes import Changes
    from tabtalk.setup.environment import Environment

SOURCE = Path(__file__).resolve().parents[3]
"""Holds `host` and `extension`: the checkout, or the data folder when the copy runs."""
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "node_modules")


class Installed(NamedTuple):
    """What lies where in the data folder."""

    data: Path

    @property
    def host(self) -> Path:
        return self.data / "host"

    @property
    def native_host(self) -> Path:
        return self.host / "native_host.py"

    @property
    def extension(self) -> Path:
        return self.data / "extension"

    @property
    def launcher(self) -> Path:
        """What the manifests name."""
        return self.data / ("tabtalk-host.exe" if sys.platform == "win32" else "tabtalk-host")

    @property
    def version(self) -> tuple[int, ...]:
        """Of what is installed; empty where nothing is, or nothing that can be read."""
        try:
            text = json.loads((self.extension / "manifest.json").read_bytes())["version"]
            return parsed(text)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return ()

    @property
    def record(self) -> Path:
        """What else set-up made, for `--check` and `--uninstall`."""
        return self.data / paths.RECORD


def parsed(version: str) -> tuple[int, ...]:
    """For comparing. Raises `ValueError`."""
    return tuple(int(part) for part in version.split("."))


def place(changes: Changes, installed: Installed, environment: Environment) -> None:
    """Copies host and extension, compiles the host, writes the launcher. Raises `SetupError`."""
    for name, witness in (("host", "native_host.py"), ("extension", "manifest.json")):
        source, staged = SOURCE / name, changes.stage / name
        if not (source / witness).is_file():
            raise SetupError(
                f"{source / witness} is missing.", "clone or unpack Tabtalk again, whole, and run this again."
            )
        shutil.copytree(source, staged, ignore=_NOT_COPIED)
        make_private(staged)
    # Without this a host that is started by a browser would compile itself at its first start.
    subprocess.run(
        [environment.python, "-I", "-m", "compileall", "-q", changes.stage / "host"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    changes.put(changes.stage / "host", installed.host)
    changes.put(changes.stage / "extension", installed.extension)
    if sys.platform == "win32":
        _make_windows_launcher(changes, installed, environment)
    else:
        changes.write(installed.launcher, launcher_script(environment.python, installed.native_host), 0o755)


def make_private(folder: Path) -> None:
    """A checkout may be writable by a group; what runs must be its owner's alone."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)


def launcher_script(python: Path, native_host: Path) -> bytes:
    """For Linux and macOS. `exec`: the browser ends the process that it started, which must be the host itself."""
    line = f'exec {shlex.quote(str(python))} -I {shlex.quote(str(native_host))} "$@"'
    return f"#!/bin/sh\n{line}\n".encode()


def windows_launcher_program(native_host: Path) -> str:
    """For Windows, where a script would run under cmd.exe, which stays in between: the program of a small .exe launcher."""
    return f"import runpy\nrunpy.run_path({str(native_host)!r}, run_name='__main__')\n"


LAUNCHER_MAKER = (
    "import sys; from pip._vendor.distlib.scripts import ScriptMaker; maker = ScriptMaker(None, sys.argv[1]);"
    "maker.executable = sys.argv[2]; maker.variants = {''}; maker.script_template = sys.stdin.read().replace('%', '%%');"
    "maker.make('tabtalk-host = tabtalk:main', {'interpreter_args': ['-I']})"
)
"""pip carries the maker of the launchers that it puts beside every Windows program: folder and Python are its arguments."""


def _make_windows_launcher(changes: Changes, installed: Installed, environment: Environment) -> None:
    done = subprocess.run(
        [environment.python, "-I", "-c", LAUNCHER_MAKER, str(changes.stage), str(environment.python)],
        input=windows_launcher_program(installed.native_host),
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise SetupError("The program that the browser starts could not be made.", "run this again.")
    changes.put(changes.stage / "tabtalk-host.exe", installed.launcher)


def remove_older(installed: Installed, keep: Environment) -> None:
    """What earlier versions left: their environments."""
    for folder in installed.data.glob("env-*"):
        if folder != keep.folder:
            shutil.rmtree(folder, ignore_errors=True)


def is_launcher_of(installed: Installed, environment: Environment) -> bool:
    """Whether the launcher that is there is the one that set-up makes for this environment."""
    try:
        content = installed.launcher.read_bytes()
    except OSError:
        return False
    if sys.platform == "win32":
        return str(environment.python).encode() in content
    return content == launcher_script(environment.python, installed.native_host)


def loose_parts(installed: Installed) -> list[Path]:
    """Files of ours, and folders above them, that somebody else could change: none, if all is well."""
    own = [installed.data, installed.launcher, *_walk(installed.host), *_walk(installed.extension)]
    own += [path for folder in installed.data.glob("env-*") for path in _walk(folder)]
    # Above, a group may be the person's own one, and a sticky folder keeps others from renaming what is in it.
    above = [folder for folder in installed.data.parents if not folder.stat().st_mode & stat.S_ISVTX]
    return [path for path in own if not path.is_symlink() and is_loose(path)] + [
        folder for folder in above if folder.stat().st_mode & 0o002
    ]


def is_loose(path: Path) -> bool:
    """Whether somebody else than its owner may change it, or its owner is somebody else (and not the system's own)."""
    status = path.stat()
    return bool(status.st_mode & 0o022) or is_strange(path)


def is_strange(path: Path) -> bool:
    return sys.platform != "win32" and path.stat().st_uid not in (os.geteuid(), 0)


def _walk(folder: Path) -> list[Path]:
    return [folder, *folder.rglob("*")]
