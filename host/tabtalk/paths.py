"""Where Tabtalk keeps things, and how it writes what is private.

The folders are those that `platformdirs` gives for `tabtalk` without an author; a test compares the two. It is not used
itself because set-up needs the folders before there is an environment to import it from, and the host starts faster
without it. Nothing here touches the disk until a function that says so is called.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from pathlib import Path

NAME = "tabtalk"
RECORD = "registered.json"
"""In the data folder: what set-up made outside of its own folders."""


def data_dir() -> Path:
    """The environment, the copied host and the copied extension."""
    return _folder("XDG_DATA_HOME", "~/.local/share")


def config_dir() -> Path:
    """Settings and, where there is no keychain, the key."""
    return _folder("XDG_CONFIG_HOME", "~/.config")


def state_dir() -> Path:
    return _folder("XDG_STATE_HOME", "~/.local/state")


def log_dir() -> Path:
    if sys.platform == "win32":
        return data_dir() / "Logs"
    if sys.platform == "darwin":
        return _home("~/Library/Logs") / NAME
    return state_dir() / "log"


def settings_file() -> Path:
    return config_dir() / "settings.toml"


def key_file(profile: str = "default") -> Path:
    """Exists only where no keychain took the key of that profile."""
    return config_dir() / ("api-key" if profile == "default" else f"api-key.{profile}")


def keychain_list() -> Path:
    """Names the entries of the system's keychain that are ours. In the data folder, so that it outlives the settings."""
    # A host that a browser starts may have another XDG_DATA_HOME than set-up had: it goes by where it is installed.
    installed = Path(__file__).resolve().parents[2]
    return (installed if (installed / RECORD).is_file() else data_dir()) / "keychain-entries.json"


def _folder(variable: str, default: str) -> Path:
    if sys.platform == "win32":
        return _local_app_data() / NAME
    chosen = os.environ.get(variable, "")
    if Path(chosen).is_absolute():
        return Path(chosen) / NAME
    return _home("~/Library/Application Support" if sys.platform == "darwin" else default) / NAME


def _home(path: str) -> Path:
    """A relative HOME counts as none: it would scatter folders over whatever directory happens to be current."""
    if sys.platform != "win32" and "HOME" in os.environ and not Path(os.environ["HOME"]).is_absolute():
        import pwd

        return Path(pwd.getpwuid(os.getuid()).pw_dir + path[1:])
    return Path(path).expanduser()


def _local_app_data() -> Path:
    chosen = os.environ.get("LOCALAPPDATA", "")
    return Path(chosen) if Path(chosen).is_absolute() else _home("~/AppData/Local")


def make_private_folder(folder: Path) -> None:
    """Creates the folder for its owner alone, or takes everyone else's rights from one of ours that is there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)


def write_private(path: Path, content: bytes) -> None:
    """Replaces the file in one step; at no moment can anyone but its owner read any of it."""
    make_private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
