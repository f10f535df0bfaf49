"""Which Live endpoint a conversation talks to: Gemini with the person's key, or the practice server where there is none."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabtalk import google_login, keys, paths, settings
from tabtalk.instructions import system_instruction
from tabtalk.live_events import GOOGLE_BASE_URL, Endpoint, Vertex

if TYPE_CHECKING:
    from tabtalk.practice.embedded import Embedded


def current_endpoint() -> Endpoint:
    """Blocks: asks the keychain, or starts the practice server.

    Raises `keys.KeyUnreadable` (`google_login.LoginNeeded` for Vertex AI), `settings.SettingsInvalid`, or `OSError` where the practice server cannot listen.
    """
    profile = keys.current_profile()
    if profile.store == "vertex":
        google_login.require()
        return endpoint_for("", Vertex(profile.project, profile.location))
    stored = keys.read_key(profile)
    if stored is not None:
        return endpoint_for(stored.text)
    chosen = settings.load()
    practice = _practice_server()
    return Endpoint(
        key=practice.key,
        base_url=practice.base_url,
        ca_pem=practice.ca_pem,
        practice=True,
        **_wishes(chosen),
    )


def endpoint_for(key: str, vertex: Vertex | None = None) -> Endpoint:
    """The endpoint of the settings with this key, stored or not, or for Vertex AI. Raises `settings.SettingsInvalid`."""
    chosen = settings.load()
    return Endpoint(
        key=key,
        voice=chosen.voice,
        base_url=chosen.base_url or (vertex.base_url if vertex else GOOGLE_BASE_URL),
        vertex=vertex,
        ca_pem=_certificates(chosen.ca_file) if chosen.ca_file else "",
        **_wishes(chosen),
    )


def _wishes(chosen: settings.Settings) -> dict[str, Any]:
    """What holds whoever answers."""
    return {
        "model": chosen.model,
        "instructions": system_instruction(chosen.instructions, chosen.language, chosen.speed),
        "patience": chosen.patience,
        "detail": chosen.detail,
        "park_after_s": 60 * float(chosen.park_minutes),
    }


def marks() -> tuple[int, ...]:
    """Changes when the settings, the key or Google's sign-in do: set-up writes the settings anew whenever it stores a key."""
    files = (paths.settings_file(), google_login.file(), *sorted(paths.config_dir().glob("api-key*")))
    return (*map(_modified, files), settings.mark())


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=1)
def _practice_server() -> Embedded:
    from tabtalk.practice.embedded import start_embedded

    return start_embedded()


def _certificates(file: str) -> str:
    try:
        return Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeError):
        raise settings.SettingsInvalid(
            "The certificate file named in the settings cannot be read. Run set-up again with --ca-file."
        ) from None
