"""The Gemini API key of each profile, and the order in which places for it are tried:

1. the system's keychain;
2. where there is none, or it is locked, refuses, or says nothing for `keychain.SECONDS`: a file that only its owner can
   read, and whoever stores a key is told why it is not in the keychain;
3. an environment variable, only for a profile of which the person said so: every program that the person starts could
   read or set those.

Where it went is remembered with the profile, and there alone it is looked for: a key that cannot be had from there is an
error, never a reason to look elsewhere; and a host without a key in the keychain never pays for asking it.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tabtalk import file_lock, key_text, keychain, paths, profiles, settings
from tabtalk.key_text import VARIABLES, KeyRefused
from tabtalk.keychain import KeychainUnusable, NoKeychain, TimedOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.profiles import Profile

ENTRY = "gemini-api-key"
"""The keychain's name for the key of the profile `default`, and the beginning of the others' names."""
LOCK_SECONDS = 15.0
"""How long a change of a key waits for another one, which may ask the keychain three times."""


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


def clean(text: str, base_url: str | None = None) -> str:
    """The key in the text, without what was copied with it. Raises `KeyRefused`.

    `base_url`: the endpoint that it is for, empty for Google's; by default that of the settings.
    """
    return key_text.clean(text, gateway=bool(_chosen_base_url() if base_url is None else base_url))


def _chosen_base_url() -> str:
    """With broken settings, Google's: whoever reads a key finds that they are broken on another way."""
    try:
        return settings.load().base_url
    except settings.SettingsInvalid:
        return ""


def current_profile() -> Profile:
    """The one in use. Raises `KeyUnreadable`: with broken settings it is not known whether there is a key."""
    try:
        return profiles.load().current
    except settings.SettingsInvalid as error:
        raise KeyUnreadable(str(error)) from None


def read_key(profile: Profile | None = None) -> StoredKey | None:
    """The key of a profile, by default the one in use; None: it has none. May take `keychain.SECONDS`.

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


@contextlib.contextmanager
def _exclusive() -> Iterator[None]:
    """Keep other changes of keys out: other threads, other hosts, set-up. Raises `settings.SettingsBusy` and `OSError`.

    A lock of its own: a keychain may take seconds, and changes of settings need not wait for that.
    """
    paths.make_private_folder(paths.config_dir())
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(file_lock.locked(paths.config_dir() / ".keys.lock", LOCK_SECONDS))
        except file_lock.LockBusy:
            raise settings.SettingsBusy(
                "Another program is changing a key of Tabtalk. Try again in a moment."
            ) from None
        yield


def store_key(text: str, name: str | None = None) -> Placed:
    """Stores the key of a profile, by default the one in use, in place of any other; the profile need not be there yet.

    Raises `KeyRefused`, `OSError`, `settings.SettingsInvalid`.
    """
    key = clean(text)
    name = profiles.clean_name(name) if name is not None else None
    with _exclusive():
        name = name if name is not None else profiles.load().active
        profiles.check_new_name(name, name)
        file = paths.key_file(name)
        try:
            keychain.store(entry_of(name), key, lambda: _remove_unwanted(name))
            placed = Placed("keychain", "")
        except KeychainUnusable as error:
            paths.write_private(file, key.encode())
            placed = Placed("file", str(error))
        profiles.put(profiles.Profile(name, placed.where))
        if placed.where == "keychain":
            file.unlink(missing_ok=True)
        return placed


def _remove_unwanted(name: str) -> None:
    """Removes an entry that was made too late, unless the key was given again and is in the keychain by now."""
    with _exclusive():
        profile = profiles.load().all.get(name)
        if profile is None or profile.store != "keychain":
            keychain.remove(entry_of(name))


def delete_key(name: str | None = None) -> None:
    """Removes the key of a profile, by default the one in use, wherever it is; having none is fine.

    Raises `KeyUnreadable` when the keychain keeps it, `OSError`, `settings.SettingsInvalid`.
    """
    with _exclusive():
        known = profiles.load()
        profile = known.named(name) if name is not None else known.current
        _forget(profile)
        if profile.store != "none":
            profiles.put(profiles.Profile(profile.name))


def replace_key(profile: Profile) -> None:
    """Puts a profile without a key of ours in the place of the one of its name. Raises as `delete_key` does."""
    with _exclusive():
        known = profiles.load().all.get(profile.name)
        if known:
            _forget(known)
        profiles.put(profile)


def remove_profile(name: str) -> None:
    """With its key. Raises as `delete_key` does."""
    with _exclusive():
        profile = profiles.load().named(name)
        _forget(profile)
        profiles.remove(profile.name)


def rename_profile(old: str, new: str) -> None:
    """Its key moves with it, since the keychain knows it by the profile's name.

    Raises `KeyUnreadable`, `OSError`, `settings.SettingsInvalid`.
    """
    with _exclusive():
        profile = profiles.load().named(old)
        new = profiles.check_new_name(new, old)
        if new == old:
            return
        stored = read_key(profile) if profile.store in ("keychain", "file") else None
        if stored and profile.store == "file":
            paths.write_private(paths.key_file(new), stored.text.encode())
        elif stored:
            try:
                keychain.store(entry_of(new), stored.text, lambda: _remove_unwanted(new))
            except KeychainUnusable as error:
                raise KeyUnreadable(f"The system's keychain did not take the new name: {error}.") from None
        profiles.rename(old, new)
        if stored and paths.key_file(new) != paths.key_file(old):
            _forget(profile)


def entry_of(name: str) -> str:
    """The keychain's name for the key of a profile."""
    return ENTRY if name == profiles.DEFAULT else f"{ENTRY}.{name}"


def _forget(profile: Profile) -> None:
    paths.key_file(profile.name).unlink(missing_ok=True)
    if profile.store == "vertex":
        return
    entry = entry_of(profile.name)
    try:
        keychain.remove(entry)
    except KeychainUnusable as error:
        if profile.store == "keychain":
            raise KeyUnreadable(_still_there([entry], str(error))) from None


def list_entries() -> None:
    """Puts the entries that the settings speak of on the keychain's list: earlier versions kept none. Raises `OSError`."""
    with _exclusive():
        keychain.add_to_list(_known_entries())


def forget_entry(name: str) -> None:
    """Removes the key of a profile from keychain and file, and leaves the settings, which somebody else puts right.

    Raises `KeyUnreadable`, `OSError`.
    """
    with _exclusive():
        _forget(profiles.Profile(name, "keychain"))


# Removing all keys, whatever became of the settings.


def _known_entries() -> set[str]:
    """The entries of the keychain that its list or the settings speak of."""
    try:
        stored = {profile.name for profile in profiles.load().all.values() if profile.store == "keychain"}
    except settings.SettingsInvalid:
        stored = set()
    return keychain.listed() | {entry_of(name) for name in stored}


def _possible_entries() -> list[str]:
    """Those, and where the settings are damaged what can still be read of them."""
    return sorted(_known_entries() | {entry_of(name) for name in _names_in_damaged_settings()})


def delete_all() -> list[str]:
    """Removes the keys of all profiles from files and keychain. Returns a sentence for each that may still be there.

    The settings stay as they are: whoever removes all keys removes those next.
    """
    problems = remove_files()
    known, possible = _known_entries(), _possible_entries()
    kept: dict[str, list[str]] = {}
    """The entries that may still be there, by the reason."""
    # The default entry is tried even where nothing speaks of it: earlier versions kept no list.
    for entry in dict.fromkeys([*possible, ENTRY]):
        try:
            keychain.remove(entry)
        except NoKeychain as error:
            if known:
                kept[str(error)] = sorted(known)
            break
        except TimedOut as error:
            # The next entry would have the same answer, after another wait.
            kept[str(error)] = possible[possible.index(entry) :] if entry in possible else []
            break
        except KeychainUnusable as error:
            if entry in possible:
                kept.setdefault(str(error), []).append(entry)
        except OSError:
            pass  # The list could not be written; the entry is gone.
    return problems + [_still_there(entries, why) for why, entries in kept.items() if entries]


def remove_files() -> list[str]:
    """Removes every file with a key. Returns a sentence for each that stays."""
    problems = []
    for file in sorted(paths.config_dir().glob("api-key*")):
        try:
            file.unlink()
        except OSError as error:
            problems.append(f"The file with a key, {file}, could not be removed: {error.strerror}.")
    return problems


def still_there_unasked() -> list[str]:
    """As `delete_all` returns it, where there is no Python that could ask the keychain; nothing is removed."""
    entries = _possible_entries()
    return [_still_there(entries, "it could not be asked")] if entries else []


def _still_there(entries: list[str], why: str) -> str:
    named = " and ".join(f"{keychain.SERVICE!r} / {entry!r}" for entry in entries)
    return (
        f"{'The key' if len(entries) == 1 else 'Keys'} may still be in the system's keychain ({why}). "
        f"Remove {named} with the keychain's own program."
    )


def _names_in_damaged_settings() -> set[str]:
    """What can still be read as the name of a profile in settings that make no sense; nothing where they do."""
    try:
        profiles.load()
    except settings.SettingsInvalid:
        pass
    else:
        return set()
    try:
        text = paths.settings_file().read_bytes().decode("utf-8", "replace")
    except OSError:
        return set()
    found = re.findall(r"""^\s*\[\s*profiles\s*\.\s*["']?([^"'\]\n]{1,200})""", text, re.MULTILINE)
    found += re.findall(r"""^\s*profile\s*=\s*["']([^"'\n]{1,200})""", text, re.MULTILINE)
    names = {profiles.DEFAULT}
    for name in found:
        try:
            names.add(profiles.clean_name(name))
        except settings.SettingsInvalid:
            continue
    return names


def _read_keychain(name: str) -> str:
    try:
        text = keychain.read(entry_of(name))
    except KeychainUnusable as error:
        raise KeyUnreadable(
            f"The key is in the system's keychain, but {error}. Unlock the keychain, or run set-up again."
        ) from None
    if text is None:
        raise KeyUnreadable("The key is no longer in the system's keychain. Run set-up again and give it anew.")
    return text


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
            return key_text.decode(file.read(4 * key_text.MAX_KEY))
        except UnicodeDecodeError:
            raise KeyUnreadable(f"The file with the key, {path}, does not hold a key. {mend}") from None
