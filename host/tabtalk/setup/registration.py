"""Telling browsers of the host: writes, finds and removes its manifests."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tabtalk.protocol import HOST_NAME
from tabtalk.setup import browsers, system
from tabtalk.setup.console import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tabtalk.setup.browsers import Found
    from tabtalk.setup.changes import Changes
    from tabtalk.setup.copies import Installed


class Record(NamedTuple):
    """What set-up made outside of its own folders."""

    manifests: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """Made because they were missing; outermost first."""

    @classmethod
    def read(cls, path: Path) -> Record:
        """An empty one where there is none, or none that makes sense."""
        try:
            value = json.loads(path.read_bytes())
            return cls(*(tuple(str(item) for item in value[name]) for name in cls._fields))
        except (OSError, ValueError, TypeError, KeyError):
            return cls()

    def with_more(self, manifests: Iterable[Path], folders: Iterable[Path]) -> Record:
        return Record(
            tuple(dict.fromkeys((*self.manifests, *map(str, manifests)))),
            tuple(dict.fromkeys((*self.folders, *map(str, folders)))),
        )

    def dump(self) -> bytes:
        return json.dumps(self._asdict(), indent=2).encode() + b"\n"


def choose(names: tuple[str, ...]) -> list[Found]:
    """The browsers to register for. Raises `SetupError` when there is none."""
    found = browsers.find(names)
    if not found:
        missing = ", ".join(names) or "Chrome, Chromium, Edge, Brave, Vivaldi, Opera"
        others = ", ".join(item.browser.name for item in browsers.find()) if names else ""
        raise SetupError(
            f"No browser that Tabtalk can live in was found ({missing}).",
            f"these are here, use one of them: --browser {others.replace(', ', ' --browser ')}"
            if others
            else how_to_get_one(),
        )
    free = [item for item in found if item.executable is None or not browsers.is_confined(item.executable)]
    if not free:
        raise SetupError(
            "The only browser found is a snap, which is not allowed to start Tabtalk's host.",
            "install a browser that is not a snap, such as Google Chrome from google.com/chrome, and run this again.",
        )
    return free


def how_to_get_one() -> str:
    command = system.install_command("chromium")
    how = f"run: {command}" if command else "install Chromium or Google Chrome"
    return f"{how}; then run this again. If the browser keeps its profile elsewhere, name that with --user-data-dir."


def register(changes: Changes, installed: Installed, found: list[Found], user_data_dir: Path | None) -> list[Path]:
    """Writes a manifest for each browser, or for the one profile folder; returns their paths."""
    manifest = browsers.build_manifest(installed.launcher)
    if user_data_dir:
        targets = [browsers.manifest_in(user_data_dir)]
    elif sys.platform == "win32":
        targets = [installed.data / browsers.MANIFEST_NAME]
    else:
        targets = list(dict.fromkeys(path for item in found for path in browsers.manifest_paths(item.browser)))
    for path in targets:
        changes.write(path, manifest)
    if sys.platform == "win32":
        for key in {key for item in found for key in browsers.registry_keys(item.browser)}:
            _write_registry(key, str(targets[0]))
            changes.on_failure(lambda key=key: _delete_registry(key))
    return targets


def registered(installed: Installed, user_data_dir: Path | None) -> list[Path]:
    """Every manifest of ours that is there: for all browsers of the table, in recorded places, in the folder named."""
    places = [Path(path) for path in Record.read(installed.record).manifests]
    if user_data_dir:
        places.append(browsers.manifest_in(user_data_dir))
    if sys.platform == "win32":
        places.append(installed.data / browsers.MANIFEST_NAME)
    else:
        places += [path for browser in browsers.BROWSERS for path in browsers.manifest_paths(browser)]
    return [path for path in dict.fromkeys(places) if path.is_file() and _is_ours(path)]


def unregister(installed: Installed, user_data_dir: Path | None) -> list[Path]:
    """Removes every manifest of ours and returns where they were. Raises `OSError`."""
    found = registered(installed, user_data_dir)
    for path in found:
        path.unlink()
    if sys.platform == "win32":
        for key in {key for browser in browsers.BROWSERS for key in browsers.registry_keys(browser)}:
            _delete_registry(key)
    return found


def _is_ours(manifest: Path) -> bool:
    try:
        value = json.loads(manifest.read_bytes())
    except (OSError, ValueError):
        # By its name it is ours, whatever became of it.
        return True
    return isinstance(value, dict) and value.get("name", HOST_NAME) == HOST_NAME


def _write_registry(key: str, manifest: str) -> None:
    if sys.platform == "win32":
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as handle:
            winreg.SetValueEx(handle, "", 0, winreg.REG_SZ, manifest)


def _delete_registry(key: str) -> None:
    if sys.platform == "win32":
        import winreg

        with contextlib.suppress(FileNotFoundError):
            winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)
