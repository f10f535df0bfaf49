"""What the person chose about Gemini: `settings.toml` in the config folder.

Reading is done with the standard library, so that the host starts fast; only a change imports `tomlkit`, which keeps
comments and names that this version does not know. A value that does not fit is refused with a sentence that names it.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from tabtalk import file_lock, paths
from tabtalk.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tomlkit import TOMLDocument

DEFAULT_MODEL = "gemini-3.8-live"
MAX_INSTRUCTIONS = 8000
"""Characters."""
LOCK_SECONDS = 1.5
"""How long a change waits for others, which take milliseconds. The extension gives a host up that is silent for 2 s."""


class SettingsInvalid(ValueError):
    """A setting that cannot be used. The text is for the person: it names the setting, never repeats a long value."""


class SettingsBusy(SettingsInvalid):
    """Another program was changing the settings for as long as one may wait."""


@dataclass(frozen=True, slots=True)
class Settings:
    model: str = DEFAULT_MODEL
    voice: str = ""
    """Empty: the service's own choice."""
    instructions: str = ""
    """What Gemini is to do. Empty: `instructions.py`."""
    language: str = ""
    """Of the answers, one of `languages.py`. Empty: the one in which the person speaks."""
    speed: str = "normal"
    """Of speaking: `slow`, `normal` (the voice's own) or `fast`."""
    patience: str = "normal"
    """How long a pause ends what the person says: `short`, `normal` (the service's own) or `patient`."""
    detail: str = "fine"
    """How closely pictures are read: `fine`, or `coarse`, which costs a fraction."""
    park_minutes: str = "5"
    """After so many quiet minutes Gemini is left until somebody speaks; `0`: never."""
    base_url: str = ""
    """Another Live endpoint, `https://`. Empty: Google's."""
    ca_file: str = ""
    """Absolute path of a PEM file with the certificate authority of `base_url`. Empty: the system's."""

    def public(self) -> dict[str, str]:
        """What the extension may see and change."""
        return {name: getattr(self, name) for name in PUBLIC}


class _Rule(NamedTuple):
    table: str
    """Where it stands in the file."""
    name: str
    fits: Callable[[str], bool]
    says: str


def _is_base_url(text: str) -> bool:
    if not text:
        return True
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    clean = text.isprintable() and " " not in text
    return parts.scheme == "https" and bool(parts.hostname) and port_fits and plain and clean


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


_RULES = {
    "model": _Rule(
        "gemini", "model", _matches("[A-Za-z0-9._/-]{1,100}"), "must be a model's name, such as " + DEFAULT_MODEL
    ),
    "voice": _Rule("gemini", "voice", _matches("[A-Za-z]{0,40}"), "must be a voice's name, letters only, such as Puck"),
    "instructions": _Rule(
        "gemini",
        "instructions",
        lambda text: len(text) <= MAX_INSTRUCTIONS and "\0" not in text,
        f"must be text of at most {MAX_INSTRUCTIONS} characters",
    ),
    "language": _Rule(
        "gemini",
        "language",
        lambda text: not text or text in LANGUAGES,
        "must be one of " + ", ".join(LANGUAGES) + ", or empty for the one that you speak",
    ),
    "speed": _Rule("gemini", "speed", _matches("slow|normal|fast"), "must be slow, normal or fast"),
    "patience": _Rule("gemini", "patience", _matches("short|normal|patient"), "must be short, normal or patient"),
    "detail": _Rule("gemini", "detail", _matches("fine|coarse"), "must be fine or coarse"),
    "park_minutes": _Rule(
        "gemini",
        "park_minutes",
        _matches(r"\d{1,3}(\.\d{1,3})?"),
        "must be a number of minutes up to 999, or 0 for never",
    ),
    "base_url": _Rule(
        "gemini", "base_url", _is_base_url, "must be an https:// address with nothing but host, port and path"
    ),
    "ca_file": _Rule(
        "gemini",
        "ca_file",
        lambda text: not text or Path(text).is_absolute(),
        "must be the absolute path of a PEM file",
    ),
}
PUBLIC = ("model", "voice", "instructions", "language", "speed", "patience", "detail", "park_minutes")
_DEFAULTS = Settings()
_managed: dict[str, str] = {}


def check(name: str, value: object) -> str:
    """The value, if the setting of that name can hold it. Raises `SettingsInvalid`."""
    rule = _RULES[name]
    if not isinstance(value, str) or not _is_text(value) or not rule.fits(value):
        raise SettingsInvalid(f"The setting {rule.name!r} {rule.says}.")
    return value


def _is_text(value: str) -> bool:
    """Not so for half of a letter that takes two in UTF-16, as a browser's text may end with one."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def manage(values: dict[str, Any]) -> list[str]:
    """What an organisation decided goes before the file from now on, in this process. Names what it cannot decide."""
    _managed.clear()
    refused = []
    for name, value in values.items():
        try:
            if name not in PUBLIC:
                raise SettingsInvalid("There is no such setting.")
            _managed[name] = check(name, value)
        except SettingsInvalid:
            refused.append(name[:40])
    return refused


def mark() -> int:
    """Another number when an organisation decides otherwise."""
    return hash(frozenset(_managed.items()))


def load(path: Path | None = None) -> Settings:
    """The settings; defaults where there is no file. Raises `SettingsInvalid`."""
    path = path or paths.settings_file()
    document = read(path)
    taken = {}
    for name, rule in _RULES.items():
        table = document.get(rule.table, {})
        if not isinstance(table, dict):
            raise SettingsInvalid(f"In {path}, {rule.table!r} must be a table: [{rule.table}].")
        if rule.name in table:
            try:
                taken[name] = check(name, table[rule.name])
            except SettingsInvalid as error:
                raise SettingsInvalid(f"{error} Correct it in {path}, or delete that line.") from None
    return Settings(**{**taken, **_managed})


def change(path: Path | None = None, **values: str) -> Settings:
    """Writes the values, in one step, and returns what holds now; all else in the file stays as it is.

    A value equal to its default is taken out of the file. Raises `SettingsInvalid` and `OSError`, with nothing changed.
    """

    def put(document: TOMLDocument) -> None:
        for name, value in values.items():
            rule = _RULES[name]
            put_value(
                document, rule.table, rule.name, None if value == getattr(_DEFAULTS, name) else check(name, value)
            )

    edit(put, path)
    return load(path)


@contextlib.contextmanager
def exclusive(path: Path | None = None) -> Iterator[None]:
    """Keep every other writer of the settings out: other threads, other hosts (one for each browser), set-up.

    Whoever reads and then writes does both inside. The same thread may enter again. Raises `SettingsBusy` and `OSError`.
    """
    path = path or paths.settings_file()
    paths.make_private_folder(path.parent)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(file_lock.locked(path.with_name(f".{path.name}.lock"), LOCK_SECONDS))
        except file_lock.LockBusy:
            raise SettingsBusy("Another program is changing Tabtalk's settings. Try again in a moment.") from None
        yield


def edit(make: Callable[[TOMLDocument], None], path: Path | None = None) -> None:
    """Write what `make` does to the file's document, in one step. Raises as `change` does, and what `make` raises."""
    import tomlkit

    path = path or paths.settings_file()
    with exclusive(path):
        load(path)
        document = tomlkit.parse(_text(path) or "# Tabtalk. Written by set-up and by the extension's options page.\n")
        make(document)
        paths.write_private(path, tomlkit.dumps(document).encode())


def put_value(tables: Any, table: str, name: str, value: str | None) -> None:
    """Into a table of a document, made where it is missing; None takes the name out."""
    import tomlkit

    found = tables.get(table)
    if value is None:
        if found is not None:
            found.pop(name, None)
        return
    if found is None:
        found = tables[table] = tomlkit.table()
    if found.get(name) != value:
        found[name] = value


def apply_public(changes: dict[str, Any], path: Path | None = None) -> Settings:
    """Takes what the extension asks for; `None` gives a setting its default back. Raises as `change` does."""
    unknown = [name for name in changes if name not in PUBLIC]
    if unknown:
        raise SettingsInvalid(f"There is no setting {unknown[0][:40]!r} that the extension may change.")
    decided = [name for name in changes if name in _managed]
    if decided:
        raise SettingsInvalid(f"The setting {decided[0]!r} is decided by your organisation.")
    defaults = {name: getattr(_DEFAULTS, name) for name in changes}
    return change(path, **{name: defaults[name] if value is None else value for name, value in changes.items()})


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsInvalid(f"The settings in {path} cannot be read: {reason}.") from None


def read(path: Path) -> dict[str, Any]:
    """What stands in the file, unchecked; nothing where there is none. Raises `SettingsInvalid`."""
    text = _text(path)
    if not text:
        return {}
    import tomllib

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deep"
        raise SettingsInvalid(f"The settings in {path} make no sense: {where}. Correct or delete the file.") from None
