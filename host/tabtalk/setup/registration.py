"""Telling browsers of the host: writes, finds and removes its manifests."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tabtalk import paths
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
    settings: tuple[str, ...] = ()
    """The folders in which set-up put settings, and keys where there is no keychain: one, unless XDG_CONFIG_HOME changed."""

    @classmethod
    def read(cls, path: Path) -> Record:
        """Of what the file says, that which set-up can have written; empty where the file is missing or makes no sense."""
        record, _intact = cls._parse(path)
        return record

    @classmethod
    def is_intact(cls, path: Path) -> bool:
        """Whether set-up can have written all that the file says. A file that is missing says nothing."""
        return cls._parse(path)[1]

    @classmethod
    def _parse(cls, path: Path) -> tuple[Record, bool]:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return cls(), True
        except OSError:
            return cls(), False
        try:
            value = json.loads(content)
            # Earlier versions did not record the folders of settings.
            named = cls(*(tuple(map(str, value[name])) for name in cls._fields if name != "settings" or name in value))
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls(), False
        record = cls(
            tuple(item for item in named.manifests if _is_manifest_place(Path(item), path.parent)),
            tuple(item for item in named.folders if _is_plain(Path(item))),
            tuple(item for item in named.settings if _is_plain(Path(item))),
        )
        return record, record == named

    def with_more(self, manifests: Iterable[Path], folders: Iterable[Path], *settings: Path) -> Record:
        more = (map(str, manifests), map(str, folders), map(str, settings))
        return Record(*(tuple(dict.fromkeys((*old, *new))) for old, new in zip(self, more, strict=True)))

    def dump(self) -> bytes:
        return json.dumps(self._asdict(), indent=2).encode() + b"\n"


def _is_plain(path: Path) -> bool:
    """Whether it can be the path of something that set-up made: absolute, straight, and a name that a system can have."""
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return path.is_absolute() and ".." not in path.parts and b"\0" not in name


def _is_manifest_place(path: Path, data: Path) -> bool:
    """Whether set-up writes its manifest to such a path: by its name, in a browser's folder or, on Windows, in ours."""
    in_place = path.parent.name == browsers.MANIFEST_FOLDER or path.parent == data
    return _is_plain(path) and path.name == browsers.MANIFEST_NAME and in_place


def choose(names: tuple[str, ...]) -> list[Found]:
    """The browsers to register for. Raises `SetupError` when there is none."""
    found = browsers.find(names)
    if free := _not_confined(found):
        return free
    others = [item.browser.name for item in _not_confined(browsers.find())] if names else []
    use_others = f"these are here, use one of them: --browser {' --browser '.join(others)}" if others else ""
    named = {browser.title for browser in browsers.BROWSERS if browser.name in names}
    confined = {title: why for title, why in browsers.confined_titles(found).items() if not names or title in named}
    if confined:
        title, why = next(iter(confined.items()))
        raise SetupError(
            f"{'The browser' if names else 'The only browser found'} cannot start Tabtalk's host: {title} is {why}.",
            use_others
            or "install a browser that is neither Snap nor Flatpak, such as Google Chrome from google.com/chrome, and run "
            "this again.",
        )
    missing = ", ".join(names) or "Chrome, Chromium, Edge, Brave, Vivaldi, Opera, and others"
    raise SetupError(
        f"No browser that Tabtalk can live in was found ({missing}).",
        use_others or how_to_get_one(),
    )


def _not_confined(found: list[Found]) -> list[Found]:
    return [item for item in found if not (item.executable and browsers.why_confined(item.executable))]


def how_to_get_one() -> str:
    command = "" if system.chromium_is_a_snap() else system.install_command("chromium")
    how = f"run: {command}" if command else "install Google Chrome from google.com/chrome"
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


def unregister(installed: Installed, user_data_dir: Path | None) -> tuple[list[Path], list[str]]:
    """Removes every manifest of ours. Returns where they were, and a sentence for each that stays."""
    removed, problems = [], []
    for path in registered(installed, user_data_dir):
        try:
            path.unlink()
        except OSError as error:
            problems.append(f"{path} could not be removed: {error.strerror}.")
        else:
            removed.append(path)
    if browsers.SYSTEM == "win32":
        for key in {key for browser in browsers.BROWSERS for key in browsers.registry_keys(browser)}:
            try:
                registry.delete(key)
            except OSError as error:
                problems.append(f"HKEY_CURRENT_USER\\{key} could not be removed: {error.strerror}.")
    return removed, problems


def other_settings(installed: Installed) -> list[Path]:
    """Folders with settings or keys of ours that set-up made while XDG_CONFIG_HOME was another."""
    here = os.path.realpath(paths.config_dir())
    recorded = [path for path in map(Path, Record.read(installed.record).settings) if os.path.realpath(path) != here]
    return [path for path in recorded if (path / paths.settings_file().name).exists() or any(path.glob("api-key*"))]


def folders_to_remove(installed: Installed, manifests: Iterable[Path]) -> list[Path]:
    """The folders that set-up made outside of its own, innermost first: those on the way to a place of ours, if empty."""
    record = Record.read(installed.record)
    ours = [*manifests, *map(Path, record.manifests), installed.data, paths.config_dir(), paths.log_dir()]
    if browsers.SYSTEM != "win32":
        ours += [path for browser in browsers.BROWSERS for path in browsers.manifest_paths(browser)]
    above = {parent for path in ours for parent in path.parents}
    return sorted(above & set(map(Path, record.folders)), key=lambda path: len(path.parts), reverse=True)


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
