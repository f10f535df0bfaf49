"""What set-up and `--check` say about XDG_CONFIG_HOME and CHROME_CONFIG_HOME.

The variables move the folders in which a browser looks for the manifest and the host for its settings. A variable that a
shell sets, in ~/.bashrc say, is not set for a browser that is started from the desktop.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tabtalk import paths
from tabtalk.setup import browsers
from tabtalk.setup.console import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tabtalk.setup.browsers import Browser, Found

_SETTINGS_VARIABLE = "XDG_CONFIG_HOME"


class ProfilePlace(NamedTuple):
    """A folder in which a browser keeps its profile when it is started with a certain environment."""

    root: Path
    """The folder of all configuration: ~/.config, or the value of a variable."""
    folder: Path

    @property
    def has_profile(self) -> bool:
        return (self.folder / "Local State").is_file()

    @property
    def manifest(self) -> Path:
        return browsers.manifest_in(self.folder)

    @property
    def has_manifest(self) -> bool:
        return os.path.lexists(self.manifest)

    @property
    def is_default(self) -> bool:
        return is_same(self.root, browsers.default_profiles_root())

    @property
    def is_used_here(self) -> bool:
        """Whether a browser that is started from here keeps its profile in it."""
        return is_same(self.root, browsers.profiles_root())


def is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def profile_places(browser: Browser, recorded_manifests: Iterable[str]) -> list[ProfilePlace]:
    """Linux: the default folder, those that variables name here, and those to which set-up has written."""
    if browsers.SYSTEM in ("win32", "darwin") or not browser.linux.places:
        return []
    own = Path(browser.linux.places[0])
    length = len(own.parts)
    folders = [Path(path).parents[1] for path in recorded_manifests if len(Path(path).parents) > 1]
    recorded_roots = [folder.parents[length - 1] for folder in folders if folder.parts[-length:] == own.parts]
    roots = (browsers.default_profiles_root(), *browsers.moved_roots().values(), *recorded_roots)
    by_real_path: dict[str, ProfilePlace] = {}
    for root in roots:
        by_real_path.setdefault(os.path.realpath(root / own), ProfilePlace(root, root / own))
    return list(by_real_path.values())


def variable_for(place: ProfilePlace) -> str:
    """The variable that leads a browser to this place. Where none does so here, XDG_CONFIG_HOME would."""
    moved = browsers.moved_roots()
    return next((name for name, root in moved.items() if is_same(root, place.root)), _SETTINGS_VARIABLE)


def environment_of(place: ProfilePlace) -> str:
    """How a browser is started that uses this place, as in "started with XDG_CONFIG_HOME=/x"."""
    if place.is_default:
        return f"without {' and '.join(browsers.moved_roots()) or _SETTINGS_VARIABLE}"
    return f"with {variable_for(place)}={place.root}"


def command_for(place: ProfilePlace, arguments: str) -> str:
    """The command that runs set-up from here with the environment of a browser that uses this place."""
    if place.is_used_here:
        return f"{COMMAND} {arguments}"
    moved = browsers.moved_roots()
    if place.is_default:
        return f"{_env_without(moved)} {COMMAND} {arguments}"
    unset = "".join(f" -u {name}" for name in moved if name != _SETTINGS_VARIABLE)
    return f"env{unset} {_SETTINGS_VARIABLE}={shlex.quote(str(place.root))} {COMMAND} {arguments}"


def note_lines(found: list[Found], names: Iterable[str], user_data_dir: Path | None) -> list[str]:
    """What set-up says where a variable moves the manifests or the settings; empty where none does. At most three lines.

    `names` and `user_data_dir` are what `--browser` and `--user-data-dir` gave.
    """
    moves_manifests = user_data_dir is None and _moves_profiles(found)
    moves_settings = _moves_settings()
    variables = dict([next(iter(browsers.moved_roots().items()))] if moves_manifests else [])
    if moves_settings:
        variables[_SETTINGS_VARIABLE] = Path(os.environ[_SETTINGS_VARIABLE])
    if not variables:
        return []
    lost = "does not find Tabtalk" if moves_manifests else "finds Tabtalk, but not its settings"
    if moves_manifests and moves_settings:
        lost = "finds neither Tabtalk nor its settings"
    values = " and ".join(f"{name}={value}" for name, value in variables.items())
    it = "it" if len(variables) == 1 else "them"
    where = "the Dock" if browsers.SYSTEM == "darwin" else "a menu"
    arguments = "".join(f" --browser {name}" for name in names)
    if user_data_dir:
        arguments = f" --user-data-dir {shlex.quote(str(user_data_dir))}"
    return [
        f"Note: set-up ran with {values}.",
        f"A browser that is started without {it}, for example from {where}, {lost}.",
        f"Set {it} for the whole login session, or run: {_env_without(variables)} {COMMAND}{arguments}",
    ]


def _moves_profiles(found: list[Found]) -> bool:
    root, default = browsers.profiles_root(), browsers.default_profiles_root()
    places = [place for item in found for place in browsers.rows(item.browser).places]
    return any(not is_same(root / place, default / place) for place in places)


def _moves_settings() -> bool:
    if browsers.SYSTEM == "win32":
        return False
    root = Path(os.environ.get(_SETTINGS_VARIABLE, ""))
    return root.is_absolute() and not is_same(root / paths.NAME, browsers.default_profiles_root() / paths.NAME)


def _env_without(variables: Iterable[str]) -> str:
    return "env" + "".join(f" -u {name}" for name in variables)
