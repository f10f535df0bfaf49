"""What `--check` finds of what lies on the disk: the installation, its Python, its packages, whose the files are."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tabtalk import __version__, paths, profiles, settings
from tabtalk.setup import copies, environment
from tabtalk.setup.answers import check_certificates
from tabtalk.setup.console import SetupError, python_command
from tabtalk.setup.environment import Environment
from tabtalk.setup.links import AGAIN, Finding
from tabtalk.setup.request import RequestFailed, request
from tabtalk.way import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.setup.copies import Installed

ROOM_BYTES = 256 * 1024
"""What the log and the settings need to be of use."""
_SECONDS = 60
_VERSION = "import sys; print('.'.join(map(str, sys.version_info[:3])))"


def python_of(installed: Installed) -> Path | None:
    """The Python that the launcher starts: of the environment that it was made for."""
    for folder in sorted(installed.data.glob(f"{environment.PREFIX}*")):
        found = Environment(folder)
        if copies.is_launcher_of(installed, found):
            return found.python
    return None


def installed_whole(installed: Installed) -> Finding:
    if not installed.native_host.is_file() and not installed.launcher.exists():
        return _failed("installed", f"Tabtalk is not set up in {installed.data}.")
    parts = (installed.native_host, installed.launcher, installed.extension / "manifest.json")
    missing = [path for path in parts if not path.is_file()]
    if missing:
        return _failed("installed", f"{missing[0]} is missing.")
    if not any(installed.data.glob(f"{environment.PREFIX}*")):
        return _failed("installed", f"The private Python environment in {installed.data} is missing.")
    if python_of(installed) is None:
        return _failed("installed", f"{installed.launcher} is not as set-up made it.")
    return Finding("installed", State.OK, str(installed.data))


def python(found: Path) -> Finding:
    try:
        done = subprocess.run(
            [found, "-I", "-c", _VERSION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = error.strerror if isinstance(error, OSError) else "it does not answer"
        return _failed("python", f"{found} does not start ({why}). Was the Python that it belongs to removed?")
    version = done.stdout.strip()
    if done.returncode or not version:
        return _failed("python", f"{found} does not work any more.")
    if tuple(map(int, version.split("."))) < (3, 11):
        return _failed("python", f"{found} is Python {version}; Tabtalk needs 3.11 or newer.")
    before = _version_at_set_up(found)
    if before and before.split(".")[:2] != version.split(".")[:2]:
        text = f"was Python {before} when set-up ran and is {version} now, so its packages are not found"
        return _failed("python", f"{found} {text}.")
    return Finding("python", State.OK, f"{version}, {found}")


def _version_at_set_up(found: Path) -> str:
    """The version of Python that the environment of `found` was made with, from its `pyvenv.cfg`; empty where it does not say.

    `venv` writes `version = 3.11.7`, other makers of environments `version_info = 3.11.7.final.0`. Packages are in a folder
    named by the first two numbers, so a newer patch release finds them.
    """
    try:
        text = (found.parents[1] / "pyvenv.cfg").read_text("utf-8", "replace")
    except OSError:
        return ""
    line = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)", text, re.MULTILINE | re.IGNORECASE)
    return line[1] if line else ""


def packages(installed: Installed, found: Path) -> Finding:
    try:
        wrong = request(installed, found, "wrong-packages")["wrong"]
    except RequestFailed as error:
        return _failed("environment", str(error))
    if wrong:
        return _failed("environment", environment.join_problems(wrong) + ".")
    return Finding("environment", State.OK, "every package is there, in the version that was tested")


def files(installed: Installed) -> Finding:
    ours = [path for path in (paths.config_dir(), paths.settings_file()) if path.exists()]
    loose = copies.loose_parts(installed) + [path for path in ours if copies.is_loose(path)]
    if loose:
        first, more = loose[0], f" and {len(loose) - 1} more" if loose[1:] else ""
        mend = "sudo chown $USER" if copies.is_strange(first) else "chmod go-w"
        return Finding(
            "files", State.FAILED, f"Others may change {first}{more}.", f"run: {mend} {shlex.quote(str(first))}"
        )
    return Finding("files", State.OK, "nobody else can change them")


def versions(installed: Installed) -> Finding:
    try:
        extension = json.loads((installed.extension / "manifest.json").read_bytes())["version"]
        text = (installed.host / "tabtalk" / "__init__.py").read_text("utf-8")
        host = re.search(r'__version__ = "([^"]+)"', text)
    except (OSError, ValueError, KeyError):
        return _failed("versions", f"The copies in {installed.data} cannot be read.")
    if host is None or extension != host[1]:
        return _failed("versions", f"The extension is {extension}, the host {host[1] if host else 'of no version'}.")
    if host[1] != __version__:
        return Finding("versions", State.OK, *_another(installed, host[1]))
    return Finding("versions", State.OK, f"{extension}; the extension to load is {installed.extension}")


def _another(installed: Installed, version: str) -> tuple[str, str]:
    """That what is installed is not what is run from here: no fault, and what to do about it all the same."""
    if copies.parsed(version) < copies.parsed(__version__):
        return f"{version} is installed; a newer Tabtalk is here, {__version__}.", f"to have it, {AGAIN}"
    own = python_command(installed.host / "install.py")
    return f"{version} is installed; this copy of Tabtalk is older, {__version__}.", f"use the newer one: {own}"


def folders(installed: Installed) -> Iterator[Finding]:
    """One finding for each folder that cannot be used; one in all when every one can."""
    bad = False
    for folder in dict.fromkeys((installed.data, paths.config_dir(), paths.log_dir())):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if why := _unwritable(there):
            bad = True
            mend = f"make room, or make sure that you own {there} and may write there"
            yield Finding("folders", State.FAILED, f"{folder} cannot be written: {why}.", mend, str(folder))
    if not bad:
        yield Finding("folders", State.OK, "settings and log can be written")


def _unwritable(folder: Path) -> str:
    """Why nothing can be kept there; empty when it can. What is written for it has no name and is gone at once."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def chosen_settings() -> Finding:
    try:
        chosen = settings.load()
        profiles.load()
    except settings.SettingsInvalid as error:
        return Finding("settings", State.FAILED, str(error), f"correct {paths.settings_file()}")
    if chosen.ca_file:
        try:
            check_certificates(Path(chosen.ca_file))
        except SetupError as error:
            mend = "run set-up again with --ca-file PEM, or --ca-file '' to do without"
            return Finding("settings", State.FAILED, error.what, mend)
    return Finding("settings", State.OK, chosen.model + (f" at {chosen.base_url}" if chosen.base_url else ""))


def _failed(link: str, text: str) -> Finding:
    return Finding(link, State.FAILED, text, AGAIN)
