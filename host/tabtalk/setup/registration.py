"""Telling browsers of the host: writes, finds and removes its manifests."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tabtalk.protocol import HOST_NAME
from tabtalk.setup import browsers, manifest, registry, system
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
    free = [item for item in found if item.executable is None or not browsers.is_confined(item.executable)]
    if free:
        return free
    shut_in = [f"{item.title} is {item.why}" for item in browsers.find_confined() if not names]
    shut_in += [f"{item.browser.title} is {browsers.SNAP}" for item in found]
    if shut_in:
        raise SetupError(
            f"The only browser found cannot start Tabtalk's host: {shut_in[0]}.",
            "install a browser that is neither Snap nor Flatpak, such as Google Chrome from google.com/chrome, and run "
            "this again.",
        )
    missing = ", ".join(names) or "Chrome, Chromium, Edge, Brave, Vivaldi, Opera, and others"
    others = ", ".join(item.browser.name for item in browsers.find()) if names else ""
    raise SetupError(
        f"No browser that Tabtalk can live in was found ({missing}).",
        f"these are here, use one of them: --browser {others.replace(', ', ' --browser ')}"
        if others
        else how_to_get_one(),
    )


def how_to_get_one() -> str:
    command = system.install_command("chromium")
    how = f"run: {command}" if command else "install Chromium or Google Chrome"
    return f"{how}; then run this again. If the browser keeps its profile elsewhere, name that with --user-data-dir."


def register(changes: Changes, installed: Installed, found: list[Found], user_data_dir: Path | None) -> list[Path]:
    """Writes a manifest for each browser, or for the one profile folder; returns their paths."""
    if user_data_dir:
        targets = [browsers.manifest_in(user_data_dir)]
    elif browsers.SYSTEM == "win32":
        targets = [_windows_manifest(installed)]
    else:
        targets = list(dict.fromkeys(path for item in found for path in browsers.manifest_paths(item.browser)))
    for path in targets:
        changes.write(path, manifest.build(installed.launcher))
    if browsers.SYSTEM == "win32":
        for key in dict.fromkeys(key for item in found for key in browsers.registry_keys(item.browser)):
            before = registry.read(key)
            registry.write(key, str(targets[0]))
            changes.on_failure(partial(_back, key, before))
    return targets


def expected(installed: Installed, user_data_dir: Path | None) -> list[Path]:
    """Where a manifest must be: where set-up wrote one, as long as the profile is there, and in the folder named."""
    recorded = [Path(path) for path in Record.read(installed.record).manifests]
    named = [browsers.manifest_in(user_data_dir)] if user_data_dir else []
    return list(dict.fromkeys([*(path for path in recorded if path.parents[1].is_dir()), *named]))


def registered(installed: Installed, user_data_dir: Path | None) -> list[Path]:
    """Every manifest of ours that is there: for all browsers of the table, in recorded places, in the folder named."""
    places = [Path(path) for path in Record.read(installed.record).manifests]
    if user_data_dir:
        places.append(browsers.manifest_in(user_data_dir))
    if browsers.SYSTEM == "win32":
        places.append(_windows_manifest(installed))
    else:
        places += [path for browser in browsers.BROWSERS for path in browsers.manifest_paths(browser)]
    return [path for path in dict.fromkeys(places) if (path.is_file() or path.is_symlink()) and _is_ours(path)]


def unregister(installed: Installed, user_data_dir: Path | None) -> list[Path]:
    """Removes every manifest of ours and returns where they were. Raises `OSError`."""
    found = registered(installed, user_data_dir)
    for path in found:
        path.unlink()
    if browsers.SYSTEM == "win32":
        for key in {key for browser in browsers.BROWSERS for key in browsers.registry_keys(browser)}:
            registry.delete(key)
    return found


def _windows_manifest(installed: Installed) -> Path:
    """One for all browsers: their keys name it."""
    return installed.data / browsers.MANIFEST_NAME


def _back(key: str, before: str | None) -> None:
    if before is None:
        registry.delete(key)
    else:
        registry.write(key, before)


def _is_ours(path: Path) -> bool:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        # By its name it is ours, whatever became of it.
        return True
    return isinstance(value, dict) and value.get("name", HOST_NAME) == HOST_NAME
