"""The ways to Gemini that the person set up, each with a name of its own: one for each Google project. One is in use.

`settings.toml` says of each where its key is, never the key:

    [key]
    profile = "work"            # the one in use; without this line default, or else the first

    [profiles.work]
    store = "keychain"

    [profiles.lab]
    store = "vertex"
    project = "lab-1234"
    location = "global"

Versions before this one knew a single key, `[key] store`. That is the profile `default`, and moves to its place with the
first change.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from tabtalk import paths, settings
from tabtalk.settings import SettingsInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from tomlkit import TOMLDocument

DEFAULT = "default"
MAX_PROFILES = 20
MAX_NAME = 40
"""Characters."""
STORES = ("keychain", "file", "environment", "vertex", "none")
"""Where what opens Gemini is. `vertex`: no key, but what Google's own `gcloud` keeps; `none`: practice mode."""
_PROJECT = re.compile(r"[a-z0-9][a-z0-9:.-]{2,62}")
_LOCATION = re.compile(r"[a-z0-9-]{2,40}")


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    name: str
    store: str = "none"
    """One of `STORES`."""
    project: str = ""
    """Google Cloud's id of it; for `vertex` alone, as is `location`."""
    location: str = ""

    def __post_init__(self) -> None:
        """Raises `SettingsInvalid`."""
        if self.store not in STORES:
            raise SettingsInvalid(f"The setting 'store' must be one of {', '.join(STORES)}.")
        if self.store != "vertex":
            return
        if not _PROJECT.fullmatch(self.project):
            raise SettingsInvalid(
                "The setting 'project' must be the id of a Google Cloud project, such as my-project-123."
            )
        if not _LOCATION.fullmatch(self.location):
            raise SettingsInvalid(
                "The setting 'location' must be a region of Google Cloud, such as us-central1, or global."
            )


@dataclasses.dataclass(frozen=True, slots=True)
class Profiles:
    active: str
    all: dict[str, Profile]
    """By name, in the order of the file; never empty."""

    @property
    def current(self) -> Profile:
        return self.all[self.active]

    def named(self, name: str) -> Profile:
        """Raises `SettingsInvalid`."""
        if name not in self.all:
            raise SettingsInvalid("There is no profile of that name.")
        return self.all[name]


def clean_name(text: str) -> str:
    """The name as it is kept. Raises `SettingsInvalid`, which never repeats it."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not (0 < len(name) <= MAX_NAME and name[0].isalnum() and all(one.isalnum() or one in " -" for one in name)):
        raise SettingsInvalid(f"A profile's name has up to {MAX_NAME} letters, digits, blanks and hyphens.")
    return name


def load(path: Path | None = None) -> Profiles:
    """Raises `SettingsInvalid`."""
    path = path or paths.settings_file()
    try:
        return _from(settings.read(path))
    except SettingsInvalid as error:
        raise SettingsInvalid(f"{error} Correct it in {path}, or delete that line.") from None


def _from(document: dict[str, Any]) -> Profiles:
    key, tables = (_table(document, name) for name in ("key", "profiles"))
    found = {name: _profile(name, _table(tables, name)) for name in tables}
    if DEFAULT not in found and ("store" in key or not found):
        found = {DEFAULT: _profile(DEFAULT, {"store": key.get("store", "none")}), **found}
    active = key.get("profile", DEFAULT if DEFAULT in found else next(iter(found)))
    if active not in [*found]:
        raise SettingsInvalid("The setting 'profile' must name one of the profiles.")
    return Profiles(active, found)


def put(profile: Profile, path: Path | None = None) -> None:
    """Adds the profile, or replaces the one of its name. Raises `SettingsInvalid` and `OSError`, with nothing changed."""
    with settings.exclusive(path):
        known = load(path)
        if profile.name not in known.all:
            _require_new(profile.name, known)
        _write(Profiles(known.active, {**known.all, profile.name: profile}), path)


def add(name: str, path: Path | None = None) -> Profile:
    """A profile without a key. Raises as `put` does."""
    profile = Profile(clean_name(name))
    with settings.exclusive(path):
        _require_new(profile.name, load(path))
        put(profile, path)
    return profile


def choose(name: str, path: Path | None = None) -> None:
    """Raises as `put` does."""
    with settings.exclusive(path):
        known = load(path)
        _write(Profiles(known.named(name).name, known.all), path)


def rename(old: str, new: str, path: Path | None = None) -> None:
    """Raises as `put` does."""
    with settings.exclusive(path):
        known = load(path)
        known.named(old)
        new = check_new_name(new, old, path)
        renamed = {new if name == old else name: row for name, row in known.all.items()}
        renamed[new] = dataclasses.replace(renamed[new], name=new)
        _write(Profiles(new if known.active == old else known.active, renamed), path)


def remove(name: str, path: Path | None = None) -> None:
    """Of the last one an empty `default` is left. Raises as `put` does."""
    with settings.exclusive(path):
        known = load(path)
        known.named(name)
        left = {other: row for other, row in known.all.items() if other != name} or {DEFAULT: Profile(DEFAULT)}
        _write(Profiles(known.active if known.active in left else next(iter(left)), left), path)


def check_new_name(new: str, old: str, path: Path | None = None) -> str:
    """The name as it is kept, if the profile `old` can have it. Raises `SettingsInvalid`."""
    known = load(path)
    new = clean_name(new)
    _require_new(new, Profiles(known.active, {name: row for name, row in known.all.items() if name != old}))
    return new


def _require_new(name: str, known: Profiles) -> None:
    """Names become those of files, and not every system tells capitals in these."""
    if name.casefold() in (other.casefold() for other in known.all):
        raise SettingsInvalid("There is a profile of that name already.")
    if len(known.all) >= MAX_PROFILES:
        raise SettingsInvalid(f"There can be {MAX_PROFILES} profiles, and no more.")


def _profile(name: str, table: dict[str, Any]) -> Profile:
    fields = {
        field: table.get(field, standard) for field, standard in (("store", "none"), ("project", ""), ("location", ""))
    }
    for field, value in fields.items():
        if not isinstance(value, str):
            raise SettingsInvalid(f"The setting {field!r} must be text.")
    if clean_name(name) != name:
        raise SettingsInvalid(f"A profile has blanks in its name that no name has: {name[:MAX_NAME]!r}.")
    return Profile(name, **fields)


def _table(document: dict[str, Any], name: str) -> dict[str, Any]:
    table = document.get(name, {})
    if not isinstance(table, dict):
        raise SettingsInvalid(f"In the settings, {name[:MAX_NAME]!r} must be a table.")
    return table


def _write(profiles: Profiles, path: Path | None) -> None:
    import tomlkit

    def put_all(document: TOMLDocument) -> None:
        settings.put_value(document, "key", "store", None)
        settings.put_value(document, "key", "profile", profiles.active if profiles.active != DEFAULT else None)
        if "profiles" not in document:
            document["profiles"] = tomlkit.table(is_super_table=True)
        tables: Any = document["profiles"]
        for name in [*tables]:
            if name not in profiles.all:
                del tables[name]
        for name, row in profiles.all.items():
            if name not in tables:
                tables[name] = tomlkit.table()
            settings.put_value(tables, name, "store", row.store)
            settings.put_value(tables, name, "project", row.project or None)
            settings.put_value(tables, name, "location", row.location or None)

    settings.edit(put_all, path)
