"""The Gemini API key of each profile, and the order in which places for it are tried:

1. the system's keychain;
2. where there is none, or it is locked, refuses, or says nothing for `KEYCHAIN_SECONDS`: a file that only its owner can
   read, and whoever stores a key is told why it is not in the keychain;
3. an environment variable, only for a profile of which the person said so: every program that the person starts could
   read or set those.

Where it went is remembered with the profile, and there alone it is looked for: a key that cannot be had from there is an
error, never a reason to look elsewhere; and a host without a key in the keychain never pays for asking it. A keychain can
hang for ever (a locked one asks a question on a screen that nobody sees), hence the time limit.
"""

from __future__ import annotations

import dataclasses
import os
import stat
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from tabtalk import paths, profiles, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tabtalk.profiles import Profile

SERVICE, USER = "tabtalk", "gemini-api-key"
KEYCHAIN_SECONDS = 3.0
VARIABLES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""The first that is set counts, as Google's own programs have it."""
MAX_KEY = 512
"""Characters. Keys have 39 or a few more; Windows' keychain holds 1280."""

T = TypeVar("T")


class KeyRefused(ValueError):
    """What was offered cannot be a key. The text says why and never repeats it."""


class KeyUnreadable(Exception):
    """There is a key but it cannot be had, or must not be trusted. The text says why and what mends it."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    text: str = field(repr=False)
    where: str
    """`keychain`, `file` or `environment`."""


class Placed(NamedTuple):
    where: str
    """`keychain` or `file`."""
    why: str
    """Why not the keychain; empty when it is."""


class _NoKeychain(Exception):
    """The keychain cannot be used; the text says why, and is safe to show."""


def clean(text: str) -> str:
    """The key without the blanks around it. Raises `KeyRefused`."""
    key = text.strip()
    if not key:
        raise KeyRefused("The key is empty.")
    if len(key) > MAX_KEY:
        raise KeyRefused(f"The key is longer than {MAX_KEY} characters: this looks like something else.")
    if not (key.isascii() and key.isprintable()) or any(letter.isspace() for letter in key):
        raise KeyRefused("The key holds blanks or letters that no key has: copy it again, without anything around it.")
    return key


def current_profile() -> Profile:
    """The one in use. Raises `KeyUnreadable`: with broken settings it is not known whether there is a key."""
    try:
        return profiles.load().current
    except settings.SettingsInvalid as error:
        raise KeyUnreadable(str(error)) from None


def read_key(profile: Profile | None = None) -> StoredKey | None:
    """The key of a profile, by default the one in use; None: it has none. May take `KEYCHAIN_SECONDS`.

    Raises `KeyUnreadable`.
    """
    profile = profile or current_profile()
    places = {"keychain": _read_keychain, "file": _read_file, "environment": _read_environment}
    if profile.store not in places:
        return None
    try:
        return StoredKey(clean(places[profile.store](profile.name)), profile.store)
    except KeyRefused as error:
        raise KeyUnreadable(f"The stored key cannot be used. {error} Give it anew.") from None


def store_key(text: str, name: str | None = None) -> Placed:
    """Stores the key of a profile, by default the one in use, in place of any other; the profile need not be there yet.

    Raises `KeyRefused`, `OSError`, `settings.SettingsInvalid`.
    """
    key = clean(text)
    name = profiles.clean_name(name) if name is not None else profiles.load().active
    profiles.check_new_name(name, name)
    file = paths.key_file(name)
    try:
        _ask_keychain(lambda keyring: _put(keyring, _entry(name), key))
        placed = Placed("keychain", "")
    except _NoKeychain as error:
        paths.write_private(file, key.encode())
        placed = Placed("file", str(error))
    profiles.put(profiles.Profile(name, placed.where))
    if placed.where == "keychain":
        file.unlink(missing_ok=True)
    return placed


def delete_key(name: str | None = None) -> None:
    """Removes the key of a profile, by default the one in use, wherever it is; having none is fine.

    Raises `KeyUnreadable` when the keychain keeps it, `OSError`, `settings.SettingsInvalid`.
    """
    known = profiles.load()
    profile = known.named(name) if name is not None else known.current
    _forget(profile)
    if profile.store != "none":
        profiles.put(profiles.Profile(profile.name))


def delete_all() -> None:
    """Removes the keys of all profiles. Raises `KeyUnreadable` when the keychain keeps one, with all else removed."""
    try:
        known = [*profiles.load().all.values()]
    except settings.SettingsInvalid:
        known = [profiles.Profile(profiles.DEFAULT, "keychain")]
    kept = []
    for profile in known:
        try:
            _forget(profile)
        except KeyUnreadable as error:
            kept.append(str(error))
    if kept:
        raise KeyUnreadable(" ".join(kept))
    if paths.settings_file().exists():
        for profile in known:
            if profile.store != "none":
                profiles.put(profiles.Profile(profile.name))


def replace_key(profile: Profile) -> None:
    """Puts a profile without a key of ours in the place of the one of its name. Raises as `delete_key` does."""
    known = profiles.load().all.get(profile.name)
    if known:
        _forget(known)
    profiles.put(profile)


def remove_profile(name: str) -> None:
    """With its key. Raises as `delete_key` does."""
    profile = profiles.load().named(name)
    _forget(profile)
    profiles.remove(profile.name)


def rename_profile(old: str, new: str) -> None:
    """Its key moves with it, since the keychain knows it by the profile's name.

    Raises `KeyUnreadable`, `OSError`, `settings.SettingsInvalid`.
    """
    profile = profiles.load().named(old)
    new = profiles.check_new_name(new, old)
    if new == old:
        return
    stored = read_key(profile) if profile.store in ("keychain", "file") else None
    if stored and profile.store == "file":
        paths.write_private(paths.key_file(new), stored.text.encode())
    elif stored:
        key = stored.text
        try:
            _ask_keychain(lambda keyring: _put(keyring, _entry(new), key))
        except _NoKeychain as error:
            raise KeyUnreadable(f"The system's keychain did not take the new name: {error}.") from None
    profiles.rename(old, new)
    if stored and paths.key_file(new) != paths.key_file(old):
        _forget(dataclasses.replace(profile))


def _entry(name: str) -> str:
    """The keychain's name for the key of a profile."""
    return USER if name == profiles.DEFAULT else f"{USER}.{name}"


def _forget(profile: Profile) -> None:
    paths.key_file(profile.name).unlink(missing_ok=True)
    if profile.store == "vertex":
        return
    try:
        _ask_keychain(lambda keyring: _take_out(keyring, _entry(profile.name)))
    except _NoKeychain as error:
        if profile.store == "keychain":
            raise KeyUnreadable(
                f"The key may still be in the system's keychain ({error}). Remove the entry {SERVICE!r} there."
            ) from None


class _Keychain(Protocol):
    """The part of `keyring.backend.KeyringBackend` that is used."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


def _put(keyring: _Keychain, entry: str, key: str) -> None:
    keyring.set_password(SERVICE, entry, key)
    # Some backends take everything and keep nothing.
    if keyring.get_password(SERVICE, entry) != key:
        raise _NoKeychain("the keychain did not keep it")


def _take_out(keyring: _Keychain, entry: str) -> None:
    if keyring.get_password(SERVICE, entry) is not None:
        keyring.delete_password(SERVICE, entry)


def _read_keychain(name: str) -> str:
    try:
        text = _ask_keychain(lambda keyring: keyring.get_password(SERVICE, _entry(name)))
    except _NoKeychain as error:
        raise KeyUnreadable(
            f"The key is in the system's keychain, but {error}. Unlock the keychain, or run set-up again."
        ) from None
    if text is None:
        raise KeyUnreadable("The key is no longer in the system's keychain. Run set-up again and give it anew.")
    return text


def _ask_keychain(question: Callable[[_Keychain], T]) -> T:
    """Asks in a thread that is left behind when it hangs. Raises `_NoKeychain`."""
    answers: list[T] = []
    failures: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(question(_keychain()))
        except Exception as error:  # noqa: BLE001 (a backend may raise anything)
            failures.append(error)

    thread = threading.Thread(target=ask, name="keychain", daemon=True)
    thread.start()
    thread.join(KEYCHAIN_SECONDS)
    if thread.is_alive():
        raise _NoKeychain(f"it did not answer within {KEYCHAIN_SECONDS:.0f} seconds; it may be locked")
    if failures:
        if isinstance(failures[0], _NoKeychain):
            raise failures[0]
        # Only the kind of the failure: its text is a backend's, and might repeat what it was given.
        kind = type(failures[0]).__name__
        raise _NoKeychain("it is locked" if kind == "KeyringLocked" else f"it failed ({kind})")
    return answers[0]


def _keychain() -> _Keychain:
    import keyring
    from keyring.backends import fail, null

    found = keyring.get_keyring()
    if isinstance(found, (fail.Keyring, null.Keyring)):
        raise _NoKeychain("this system has none")
    return found


def _read_environment(_name: str) -> str:
    for variable in VARIABLES:
        if found := os.environ.get(variable):
            return found
    raise KeyUnreadable(
        f"The key is to come from the environment, but neither {' nor '.join(VARIABLES)} is set where the browser was "
        "started. Set one there and start the browser again, or give the key to Tabtalk."
    )


def _read_file(name: str) -> str:
    path = paths.key_file(name)
    mend = "Run set-up again and give the key anew."
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise KeyUnreadable(f"The file with the key, {path}, is gone. {mend}") from None
    except OSError as error:
        why = (
            "is a symbolic link, which could lead anywhere" if path.is_symlink() else f"does not open: {error.strerror}"
        )
        raise KeyUnreadable(f"The file with the key, {path}, {why}. {mend}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise KeyUnreadable(f"{path} is not an ordinary file. {mend}")
        if os.name == "posix":
            if status.st_uid != os.geteuid():
                raise KeyUnreadable(f"The file with the key, {path}, belongs to another user. {mend}")
            if status.st_mode & 0o177:
                raise KeyUnreadable(
                    f"Others may read or change the file with the key, {path}: they may know it. Make a new key, or, if "
                    f"you are sure that nobody took it, run: chmod 600 {path}"
                )
        try:
            return file.read(4 * MAX_KEY).decode()
        except UnicodeDecodeError:
            raise KeyUnreadable(f"The file with the key, {path}, does not hold a key. {mend}") from None
