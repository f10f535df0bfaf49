"""`--uninstall`: leaves nothing, neither file nor process nor key."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tabtalk import paths
from tabtalk.setup import environment, registration
from tabtalk.setup.changes import unwritable
from tabtalk.setup.environment import Environment
from tabtalk.setup.request import RequestFailed, request

if TYPE_CHECKING:
    from tabtalk.setup.copies import Installed

_ENDS_SECONDS = 3.0


def remove(installed: Installed, user_data_dir: Path | None) -> int:
    """Prints what goes; the exit status. Removes all that it can before it says what it could not. Raises `SetupError`."""
    stays = []
    record = registration.Record.read(installed.record)
    try:
        for path in registration.unregister(installed, user_data_dir):
            print(f"removed {path}")
        for pid in _running(installed):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
                print(f"ended the running host, process {pid}")
        # What is still ending may still be writing.
        patience = time.monotonic() + _ENDS_SECONDS
        while _running(installed) and time.monotonic() < patience:
            time.sleep(0.05)
        if problem := _forget_key(installed):
            stays.append(problem)
        for folder in (paths.config_dir(), paths.log_dir(), paths.state_dir(), installed.data):
            if folder.is_symlink():
                stays.append(f"{folder} is a symbolic link and stays; what it points to was not touched.")
            elif folder.exists():
                shutil.rmtree(folder)
                print(f"removed {folder}")
    except OSError as error:
        raise unwritable(Path(str(error.filename or installed.data)), error) from None
    for folder in sorted(map(Path, record.folders), key=lambda path: len(path.parts), reverse=True):
        # Only what is empty goes: by now it may be in somebody else's use.
        with contextlib.suppress(OSError):
            folder.rmdir()
    for problem in stays:
        print(f"\nNot removed: {problem}", file=sys.stderr)
    left = "All else of Tabtalk is gone" if stays else "Nothing of Tabtalk is left"
    print(f"{left}, but the extension in the browser: remove it at chrome://extensions.")
    return 1 if stays else 0


def _forget_key(installed: Installed) -> str:
    """What could not be done about the key; empty when it is gone. Only the environment can ask the keychain."""
    python = next(
        (
            found.python
            for folder in installed.data.glob(f"{environment.PREFIX}*")
            if environment.works(found := Environment(folder))
        ),
        None,
    )
    stored_in_keychain = "keychain" in _settings_text()
    if python is None or not installed.native_host.is_file():
        entry = (
            "the entry 'tabtalk' in the system's keychain, if it is there. Remove it with the keychain's own program."
        )
        return entry if stored_in_keychain else ""
    try:
        request(installed, python, "delete-all-keys")
    except RequestFailed as error:
        return str(error)
    return ""


def _settings_text() -> str:
    with contextlib.suppress(OSError):
        return paths.settings_file().read_text("utf-8", "replace")
    return ""


def _running(installed: Installed) -> list[int]:
    """Processes of this user that run the copied host."""
    native_host = str(installed.native_host)
    found = []
    if Path("/proc/self/cmdline").exists():
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                arguments = (folder / "cmdline").read_bytes().split(b"\0")
                if os.fsencode(native_host) in arguments and folder.stat().st_uid == os.geteuid():
                    found.append(int(folder.name))
    elif sys.platform != "win32":
        listing = subprocess.run(["ps", "-xo", "pid=,command="], capture_output=True, text=True, check=False).stdout
        for line in listing.splitlines():
            pid, _, command = line.strip().partition(" ")
            if f"-I {native_host} " in command:
                found.append(int(pid))
    return found
