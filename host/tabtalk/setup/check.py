"""`--check`: is everything in place, and does it work? Changes nothing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from tabtalk import __version__, paths, settings
from tabtalk.setup import browsers, copies, environment, registration
from tabtalk.setup.console import COMMAND
from tabtalk.setup.environment import Environment
from tabtalk.setup.proof import ProofFailed, prove
from tabtalk.setup.request import RequestFailed, request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tabtalk.setup.copies import Installed

_AGAIN = f"run set-up again: {COMMAND}"


class Finding(NamedTuple):
    check: str
    ok: bool
    text: str
    mend: str = ""


def findings(installed: Installed, user_data_dir: Path | None) -> Iterator[Finding]:
    """One after the other, as they are found."""
    if not installed.native_host.is_file():
        yield Finding("installation", False, f"Tabtalk is not set up in {installed.data}.", f"run: {COMMAND}")
        return
    python = _current(installed)
    yield _environment(python)
    yield _files(installed)
    yield _extension(installed)
    yield from _manifests(installed, user_data_dir)
    yield _settings()
    yield _host(installed)
    if python:
        yield _key(installed, python)


def _current(installed: Installed) -> Environment | None:
    """The environment of the copied lock file, if the launcher is made for it."""
    for folder in sorted(installed.data.glob(f"{environment.PREFIX}*")):
        found = Environment(folder)
        try:
            if installed.launcher.read_bytes() == copies.launcher_script(found.python, installed.native_host):
                return found
        except OSError:
            return None
    return None


def _environment(found: Environment | None) -> Finding:
    name = "Python environment"
    if found is None:
        return Finding(name, False, "The launcher and the environment do not belong together.", _AGAIN)
    if not environment.works(found):
        return Finding(name, False, f"{found.python} does not work; was its Python removed?", _AGAIN)
    return Finding(name, True, str(found.folder))


def _files(installed: Installed) -> Finding:
    name = "files"
    loose = copies.loose_parts(installed)
    if loose:
        text = f"Others may change {loose[0]}" + (f" and {len(loose) - 1} more." if loose[1:] else ".")
        return Finding(name, False, text, f"run: chmod go-w '{loose[0]}'")
    if not os.access(installed.launcher, os.X_OK):
        return Finding(name, False, f"{installed.launcher} cannot be run.", _AGAIN)
    return Finding(name, True, f"{installed.data}, nobody else can change them")


def _extension(installed: Installed) -> Finding:
    name = "extension"
    try:
        version = json.loads((installed.extension / "manifest.json").read_bytes())["version"]
    except (OSError, ValueError, KeyError):
        return Finding(name, False, f"{installed.extension} is not complete.", _AGAIN)
    if version != __version__:
        return Finding(name, False, f"The extension is {version}, the host {__version__}.", _AGAIN)
    return Finding(name, True, f"{version} in {installed.extension}")


def _manifests(installed: Installed, user_data_dir: Path | None) -> Iterator[Finding]:
    found = registration.registered(installed, user_data_dir)
    wanted = browsers.manifest_in(user_data_dir) if user_data_dir else None
    if wanted and wanted not in found:
        mend = f"run: {COMMAND} --user-data-dir '{user_data_dir}'"
        yield Finding("registration", False, f"{wanted} is missing.", mend)
    elif not found:
        yield Finding("registration", False, "No browser knows of Tabtalk.", _AGAIN)
    for path in found:
        right = path.read_bytes() == browsers.build_manifest(installed.launcher)
        if right and path.stat().st_mode & 0o022 == 0:
            yield Finding("registration", True, str(path))
        else:
            what = "may be changed by others" if right else "does not name this launcher and this extension"
            yield Finding("registration", False, f"{path} {what}.", _AGAIN)


def _settings() -> Finding:
    try:
        chosen = settings.load()
    except settings.SettingsInvalid as error:
        return Finding("settings", False, str(error), f"correct {paths.settings_file()}")
    endpoint = f" at {chosen.base_url}" if chosen.base_url else ""
    return Finding("settings", True, f"{chosen.model}{endpoint}")


def _host(installed: Installed) -> Finding:
    try:
        proof = prove(installed.launcher)
    except ProofFailed as error:
        return Finding("host", False, f"Started as a browser does it, {error}", _AGAIN)
    return Finding("host", True, f"answers as it should, {proof.milliseconds:.0f} ms after its start")


def _key(installed: Installed, current: Environment) -> Finding:
    try:
        where = request(installed, current.python, "key-state")["where"]
    except RequestFailed as error:
        return Finding("key", False, str(error), f"run: {COMMAND}, and give the key again")
    words = {
        "keychain": "in the system's keychain",
        "file": f"in {paths.key_file()}",
        "none": f"none: practice mode. To talk with Gemini run: {COMMAND}",
    }
    return Finding("key", True, words[where])


def report(installed: Installed, user_data_dir: Path | None, *, as_json: bool) -> int:
    """Prints the findings; the exit status."""
    found = []
    for finding in findings(installed, user_data_dir):
        found.append(finding)
        if not as_json:
            print(f"{'ok    ' if finding.ok else 'FAILED'}  {finding.check}: {finding.text}", flush=True)
            if finding.mend:
                print(f"        What to do: {finding.mend}", flush=True)
    if as_json:
        print(json.dumps([finding._asdict() for finding in found], indent=2))
    return 0 if all(finding.ok for finding in found) else 1
