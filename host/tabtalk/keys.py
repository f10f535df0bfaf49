"""The Gemini API key: in the system's keychain, or, where there is none, in a file that only its owner can read.

Which of the two is remembered in `settings.toml` (`key_store`), so that a host without a key in the keychain never pays
for asking it. Keys in environment variables are not used: every program that the person starts could read or set those.
A keychain can hang for ever (a locked one asks a question on a screen that nobody sees), hence the time limit.
"""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from tabtalk import paths, settings

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE, USER = "tabtalk", "gemini-api-key"
KEYCHAIN_SECONDS = 3.0
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
    """`keychain` or `file`."""


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


def read_key() -> StoredKey | None:
    """The stored key, or None: practice mode. May take `KEYCHAIN_SECONDS`. Raises `KeyUnreadable`."""
    try:
        store = settings.load().key_store
    except settings.SettingsInvalid as error:
        raise KeyUnreadable(str(error)) from None
    if store == "none":
        return None
    try:
        text = _read_keychain() if store == "keychain" else _read_file()
        return StoredKey(clean(text), store)
    except KeyRefused as error:
        raise KeyUnreadable(f"The stored key cannot be used. {error} Run set-up again and give it anew.") from None


def store_key(text: str) -> Placed:
    """Stores the key, in place of any other. Raises `KeyRefused`, `OSError`, `settings.SettingsInvalid`."""
    key = clean(text)
    try:
        _ask_keychain(lambda keyring: _put(keyring, key))
        placed = Placed("keychain", "")
    except _NoKeychain as error:
        paths.write_private(paths.key_file(), key.encode())
        placed = Placed("file", str(error))
    settings.change(key_store=placed.where)
    if placed.where == "keychain":
        paths.key_file().unlink(missing_ok=True)
    return placed


def delete_key() -> None:
    """Removes the key wherever it is; having none is fine. Raises `KeyUnreadable` when the keychain keeps it."""
    paths.key_file().unlink(missing_ok=True)
    try:
        was = settings.load().key_store
    except settings.SettingsInvalid:
        was = "keychain"
    try:
        _ask_keychain(_forget)
    except _NoKeychain as error:
        if was == "keychain":
            raise KeyUnreadable(
                f"The key may still be in the system's keychain ({error}). Remove the entry {SERVICE!r} there."
            ) from None
    if paths.settings_file().exists():
        settings.change(key_store="none")


class _Keychain(Protocol):
    """The part of `keyring.backend.KeyringBackend` that is used."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


def _put(keyring: _Keychain, key: str) -> None:
    keyring.set_password(SERVICE, USER, key)
    # Some backends take everything and keep nothing.
    if keyring.get_password(SERVICE, USER) != key:
        raise _NoKeychain("the keychain did not keep it")


def _forget(keyring: _Keychain) -> None:
    if keyring.get_password(SERVICE, USER) is not None:
        keyring.delete_password(SERVICE, USER)


def _read_keychain() -> str:
    try:
        text = _ask_keychain(lambda keyring: keyring.get_password(SERVICE, USER))
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


def _read_file() -> str:
    path = paths.key_file()
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
