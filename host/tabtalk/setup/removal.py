"""`--uninstall`: keys first, files last, and a line for whatever could not be removed."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from tabtalk import keys, paths
from tabtalk.setup import browsers, environment, processes, registration
from tabtalk.setup.changes import one_setup
from tabtalk.setup.console import COMMAND
from tabtalk.setup.environment import Environment
from tabtalk.setup.registration import Record
from tabtalk.setup.request import RequestFailed, request

if TYPE_CHECKING:
    from pathlib import Path

    from tabtalk.setup.copies import Installed

_ENDS_SECONDS = 3.0
_POLL_SECONDS = 0.05


def remove(installed: Installed, user_data_dir: Path | None) -> int:
    """Prints what goes and what stays; the exit status. Raises `SetupError` while another set-up runs."""
    stays: list[str] = []
    with contextlib.ExitStack() as held:
        # Where there is no folder to lock, or none that may be written, nothing can be set up at the same time.
        with contextlib.suppress(OSError):
            held.enter_context(one_setup(installed.data))
        # A host that runs could store a key once more.
        _end_hosts(installed)
        # The settings name the keys, and the environment is what can ask the keychain: both go after the keys.
        stays += _remove_keys(installed)
        if not Record.is_intact(installed.record):
            print(
                f"{installed.record} is damaged. A browser profile that was named with --user-data-dir may still know "
                "of Tabtalk: run this again with that --user-data-dir.",
                file=sys.stderr,
            )
        removed, problems = registration.unregister(installed, user_data_dir)
        stays += problems
        for path in removed:
            print(f"removed {path}")
        empty = registration.folders_to_remove(installed, removed)
        for folder in registration.other_settings(installed):
            stays.append(
                f"{folder} has settings of Tabtalk, and may have a key: set-up ran with XDG_CONFIG_HOME={folder.parent}. "
                f"Delete that folder, or run: env XDG_CONFIG_HOME={shlex.quote(str(folder.parent))} {COMMAND} --uninstall"
            )
        # Until its manifest was gone, a browser could start another one.
        _end_hosts(installed)
        if browsers.SYSTEM == "win32":
            # The lock file is in the data folder, and a file that is open cannot be removed there.
            held.close()
        for folder in (paths.log_dir(), paths.state_dir(), installed.data, paths.config_dir()):
            if folder.is_symlink():
                stays.append(f"{folder} is a symbolic link and stays; what it points to was not touched.")
            elif folder.exists():
                problems = _remove_tree(folder)
                stays += problems
                if not problems:
                    print(f"removed {folder}")
    for folder in empty:
        # Only what is empty goes: by now it may be in somebody else's use.
        with contextlib.suppress(OSError):
            folder.rmdir()
    for problem in stays:
        print(f"\nNot removed: {problem}", file=sys.stderr)
    left = "All else of Tabtalk is gone" if stays else "Nothing of Tabtalk is left"
    print(f"{left}, but the extension in the browser: remove it at chrome://extensions.")
    return 1 if stays else 0


def _remove_keys(installed: Installed) -> list[str]:
    """Removes every key. Returns a sentence for each that may still be somewhere."""
    # Only the environment can ask the keychain.
    candidates = (Environment(folder) for folder in installed.data.glob(f"{environment.PREFIX}*"))
    python = next((found.python for found in candidates if environment.works(found)), None)
    if python is None or not installed.native_host.is_file():
        return [*keys.remove_files(), *keys.still_there_unasked()]
    try:
        answer = request(installed, python, "delete-all-keys")
    except RequestFailed as error:
        # What it says may be all there is to say: earlier versions named the keys in it.
        return [*keys.remove_files(), *(keys.still_there_unasked() or [str(error)])]
    return [str(problem) for problem in answer.get("left", [])]


def _end_hosts(installed: Installed) -> None:
    for pid in processes.find_hosts(installed):
        # Of two that belong together, the second may end with the first.
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGTERM)
            print(f"ended the running host, process {pid}")
    # What is still ending may still be writing.
    deadline = time.monotonic() + _ENDS_SECONDS
    while processes.find_hosts(installed) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def _remove_tree(folder: Path) -> list[str]:
    """Removes the folder with all that is in it. Returns a sentence for each part that stays."""
    problems: list[str] = []

    def note(_function: object, path: str, error: Any) -> None:
        reason = error[1] if isinstance(error, tuple) else error
        # That a folder is not empty is no news beside the file that keeps it.
        if getattr(reason, "errno", None) not in (errno.ENOENT, errno.ENOTEMPTY):
            why = getattr(reason, "strerror", None) or type(reason).__name__
            problems.append(f"{path} could not be removed: {why}.")

    if sys.version_info >= (3, 12):
        shutil.rmtree(folder, onexc=note)
    else:
        shutil.rmtree(folder, onerror=note)
    if folder.exists() and not problems:
        problems.append(f"{folder} could not be removed: something was put into it meanwhile.")
    return problems[:3] + ([f"{len(problems) - 3} more in {folder}."] if problems[3:] else [])
