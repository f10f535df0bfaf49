"""What the person gives to set-up: the key and another endpoint. All of it is checked before anything is changed."""

from __future__ import annotations

import contextlib
import getpass
import os
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tabtalk import key_text, keys, profiles, settings
from tabtalk.key_text import VARIABLES, KeyRefused
from tabtalk.setup.console import SetupError

if TYPE_CHECKING:
    from argparse import Namespace

    from tabtalk.profiles import Profile

_MAX_KEY_FILE = 64 * 1024


def profile_from(options: Namespace) -> Profile:
    """The one that set-up is for, as it is now: by default the one in use. It need not exist yet. Raises `SetupError`."""
    try:
        known = profiles.load()
    except settings.SettingsInvalid as error:
        raise SetupError(str(error), "correct or delete that file, then run this again.") from None
    if options.profile is None:
        return known.current
    try:
        name = profiles.clean_name(options.profile)
        return known.all.get(name) or profiles.Profile(profiles.check_new_name(name, name))
    except settings.SettingsInvalid as error:
        raise SetupError(str(error), "choose another name, and run this again.") from None


def key_from(options: Namespace, *, stored: bool) -> str | None:
    """The key to store, or None to leave things as they are. Asks on the terminal when it may. Raises `SetupError`."""
    if options.key_from_environment:
        return _from_environment(options.base_url)
    if options.key_file:
        return _clean(_read_key_file(options.key_file), f"The key in {options.key_file}", options.base_url)
    if options.no_key or options.vertex or options.yes or not sys.stdin.isatty():
        return None
    return _ask(options.base_url, stored=stored)


def _ask(base_url: str | None, *, stored: bool) -> str | None:
    print("\nTabtalk talks with Gemini through your own API key. You get one at https://aistudio.google.com/apikey")
    print("It stays on this computer, outside the browser. What you type or paste does not show.")
    without = (
        "keeps the key that is stored" if stored else "goes on without: practice mode, nothing leaves this computer"
    )
    while True:
        try:
            text = getpass.getpass(f"API key (Enter {without}): ")
        except EOFError:
            return None
        if not text.strip():
            return None
        try:
            return keys.clean(text, base_url)
        except KeyRefused as error:
            print(error)
            _drop_typed_ahead()


def _drop_typed_ahead() -> None:
    """Of a text of several lines that was pasted the rest must not be taken for the next answer."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import termios  # Windows has none.

        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def vertex_from(options: Namespace, profile: Profile) -> Profile | None:
    """The profile as it is to be where Vertex AI was asked for. Raises `SetupError`."""
    if options.vertex is None:
        return None
    try:
        return profiles.Profile(profile.name, "vertex", options.vertex, options.location)
    except settings.SettingsInvalid as error:
        raise SetupError(str(error), "correct it and run this again.") from None


def _from_environment(base_url: str | None) -> str:
    for name in VARIABLES:
        if text := os.environ.get(name):
            return _clean(text, f"The key in {name}", base_url)
    raise SetupError(
        f"Neither {' nor '.join(VARIABLES)} is set here.",
        "set one, for this terminal and for whatever starts the browser, and run this again.",
    )


def _read_key_file(name: str) -> str:
    try:
        if name == "-":
            return key_text.decode(sys.stdin.buffer.read(_MAX_KEY_FILE))
        with Path(name).expanduser().open("rb") as file:
            return key_text.decode(file.read(_MAX_KEY_FILE))
    except UnicodeDecodeError:
        raise SetupError(
            f"The key file {name} does not hold text.", "put the key alone into it, as plain text."
        ) from None
    except OSError as error:
        raise SetupError(
            f"The key file {name} cannot be read: {error.strerror}.", "check its name and rights."
        ) from None


def _clean(text: str, what: str, base_url: str | None) -> str:
    try:
        return keys.clean(text, base_url)
    except KeyRefused as error:
        raise SetupError(f"{what} cannot be used. {error}", "put the key alone into it, on one line.") from None


def endpoint_from(options: Namespace) -> dict[str, str]:
    """The settings of another Live endpoint, of those that were given; empty text takes one back. Raises `SetupError`."""
    values = {}
    try:
        if options.base_url is not None:
            values["base_url"] = settings.check("base_url", options.base_url)
        if options.ca_file is not None:
            values["ca_file"] = settings.check("ca_file", _certificates(options.ca_file))
    except settings.SettingsInvalid as error:
        raise SetupError(str(error), "correct it and run this again.") from None
    return values


def _certificates(name: str) -> str:
    if not name:
        return ""
    path = Path(name).expanduser().absolute()
    check_certificates(path)
    return str(path)


def check_certificates(path: Path) -> None:
    """Raises `SetupError` for a file that holds no certificate, or cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise SetupError(
            f"{path} holds no certificate in PEM form.", "name a file that begins -----BEGIN CERTIFICATE-----"
        ) from None
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}.", "check its name and rights.") from None
