"""The system's keychain, asked with a time limit, and the list of the entries that Tabtalk made in it.

A keychain can hang for ever: a locked one asks a question on a screen that nobody sees. So each question runs in a thread
that is given up after `SECONDS`. An entry that a given-up question makes after all is removed again, unless it is wanted by
then: a key that was put into a file meanwhile must not be in the keychain as well.

A keychain cannot be asked which entries it has. The list, a file in the data folder, is what removal goes by when the
settings are damaged or were deleted. A name is put on it before its entry is made, and taken off only when the entry is
known to be gone. It holds no key.
"""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

from tabtalk import paths

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = "tabtalk"
SECONDS = 3.0
T = TypeVar("T")


class KeychainUnusable(Exception):
    """The keychain cannot be used. The text says why, and is safe to show."""


class NoKeychain(KeychainUnusable):
    """This system has none, so nothing was tried."""


class TimedOut(KeychainUnusable):
    """It did not answer. What was asked may still happen."""


class _Backend(Protocol):
    """The part of `keyring.backend.KeyringBackend` that is used."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


# Entries. All of these may take `SECONDS` and raise `KeychainUnusable`.


def read(entry: str) -> str | None:
    """The secret of an entry; None where there is no such entry."""
    return _ask(lambda backend: backend.get_password(SERVICE, entry))


def store(entry: str, secret: str, made_late: Callable[[], object]) -> None:
    """Make or replace an entry. Raises `OSError`, too, where the list of entries cannot be written.

    `made_late` is called, in a thread, if the entry is made after all although `TimedOut` was raised.
    """

    def put(backend: _Backend) -> None:
        backend.set_password(SERVICE, entry, secret)
        kept = None
        with contextlib.suppress(Exception):
            kept = backend.get_password(SERVICE, entry)
        if kept != secret:
            # Some backends take everything and keep nothing, or something else.
            with contextlib.suppress(Exception):
                backend.delete_password(SERVICE, entry)
            raise KeychainUnusable("the keychain did not keep it")

    before = listed()
    add_to_list({entry})
    try:
        _ask(put, made_late)
    except NoKeychain:
        _write_list(before)
        raise


def remove(entry: str) -> None:
    """Remove an entry. One that is not there is fine."""

    def take_out(backend: _Backend) -> None:
        if backend.get_password(SERVICE, entry) is not None:
            backend.delete_password(SERVICE, entry)

    _ask(take_out)
    if entry in listed():
        _write_list(listed() - {entry})


# The list of entries.


def listed() -> set[str]:
    """The entries that Tabtalk made, as far as the list can be read."""
    try:
        names = json.loads(paths.keychain_list().read_bytes())
    except (OSError, ValueError, RecursionError):
        return set()
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


def add_to_list(entries: set[str]) -> None:
    """Raises `OSError`."""
    _write_list(listed() | entries)


def _write_list(entries: set[str]) -> None:
    path = paths.keychain_list()
    if entries == listed():
        return
    if entries:
        paths.write_private(path, json.dumps(sorted(entries), ensure_ascii=False).encode())
    else:
        path.unlink(missing_ok=True)


# Questions.


_one_question = threading.Lock()
"""A question that was given up and still runs keeps the next one out: the later of two keys must be stored later."""


def _ask(question: Callable[[_Backend], T], done_late: Callable[[], object] = lambda: None) -> T:
    """Ask in a thread that is given up after `SECONDS`. `done_late` is called there if the question succeeds after that."""
    answers: list[T] = []
    failures: list[Exception] = []
    deciding = threading.Lock()
    given_up = threading.Event()

    def ask() -> None:
        with _one_question:
            if given_up.is_set():
                return
            try:
                answer = question(_find_backend())
            except Exception as error:  # noqa: BLE001 (a backend may raise anything)
                failures.append(error)
                return
        with deciding:
            if not given_up.is_set():
                answers.append(answer)
                return
        with contextlib.suppress(Exception):
            done_late()

    thread = threading.Thread(target=ask, name="keychain", daemon=True)
    thread.start()
    thread.join(SECONDS)
    with deciding:
        if not answers and not failures:
            given_up.set()
    if given_up.is_set():
        raise TimedOut(f"it did not answer within {SECONDS:.0f} seconds; it may be locked")
    if failures:
        if isinstance(failures[0], KeychainUnusable):
            raise failures[0]
        # Only the kind of the failure: its text is a backend's, and might repeat what it was given.
        kind = type(failures[0]).__name__
        raise KeychainUnusable("it is locked" if kind == "KeyringLocked" else f"it failed ({kind})")
    return answers[0]


def _find_backend() -> _Backend:
    import keyring
    from keyring.backends import fail, null

    found = keyring.get_keyring()
    if isinstance(found, (fail.Keyring, null.Keyring)):
        raise NoKeychain("this system has none")
    return found
