"""The part of set-up that needs the private environment: keychain, settings, Gemini. One request on stdin, one answer on stdout.

Set-up runs it with the environment's Python; the key travels in the pipe, never in an argument. Run as a program.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tabtalk import google_login, keys, profiles, settings
from tabtalk.key_text import KeyRefused
from tabtalk.live_events import Vertex
from tabtalk.setup import packages

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCK_FILE = Path(__file__).resolve().parents[2] / "requirements.txt"


def _store_key(key: str, profile: str) -> dict[str, str]:
    return keys.store_key(key, profile)._asdict()


def _delete_key(profile: str) -> dict[str, str]:
    keys.delete_key(profile)
    return {}


def _forget_entry(profile: str) -> dict[str, str]:
    keys.forget_entry(profile)
    return {}


def _list_entries() -> dict[str, str]:
    keys.list_entries()
    return {}


def _delete_all_keys() -> dict[str, Any]:
    """`left`: a sentence for each key that may still be somewhere."""
    return {"left": keys.delete_all()}


def _use_environment(profile: str) -> dict[str, str]:
    keys.replace_key(profiles.Profile(profile, "environment"))
    return {}


def _choose_profile(profile: str) -> dict[str, str]:
    """Makes it where there is none of that name."""
    if profile not in profiles.load().all:
        profiles.add(profile)
    profiles.choose(profile)
    return {}


def _rename_profile(old: str, new: str) -> dict[str, str]:
    keys.rename_profile(profiles.clean_name(old), new)
    return {"active": profiles.load().active}


def _remove_profile(profile: str) -> dict[str, str]:
    keys.remove_profile(profiles.clean_name(profile))
    return {"active": profiles.load().active}


def _key_state() -> dict[str, str]:
    """`profile`: the name of the one in use; `where`: its `Profile.store`. Raises where the key cannot be had from there."""
    profile = keys.current_profile()
    if profile.store == "vertex":
        google_login.require()
    keys.read_key(profile)
    return {"profile": profile.name, "where": profile.store}


def _wrong_packages() -> dict[str, Any]:
    """`wrong`: a sentence for each package that is not as the lock file has it."""
    return {"wrong": packages.find_problems(_LOCK_FILE.read_text("utf-8"), packages.HOST_MODULES)}


def _use_vertex(profile: str, project: str, location: str) -> dict[str, str]:
    keys.replace_key(profiles.Profile(profile, "vertex", project, location))
    return {}


def _dial(key: str = "", project: str = "", location: str = "") -> dict[str, Any]:
    """Opens a conversation with the given key, in the given project of Vertex AI, or with what is stored, and ends it at once: see `trial.py`."""
    from tabtalk import endpoint, trial

    if project:
        return trial.dial(endpoint.endpoint_for("", Vertex(project, location)))._asdict()
    return trial.dial(endpoint.endpoint_for(key) if key else endpoint.current_endpoint())._asdict()


def _change_settings(**values: str) -> dict[str, str]:
    settings.change(None, **values)
    return {}


REQUESTS: dict[str, Callable[..., dict[str, Any]]] = {
    "wrong-packages": _wrong_packages,
    "dial": _dial,
    "store-key": _store_key,
    "delete-key": _delete_key,
    "forget-entry": _forget_entry,
    "list-entries": _list_entries,
    "delete-all-keys": _delete_all_keys,
    "use-environment": _use_environment,
    "use-vertex": _use_vertex,
    "choose-profile": _choose_profile,
    "rename-profile": _rename_profile,
    "remove-profile": _remove_profile,
    "key-state": _key_state,
    "change-settings": _change_settings,
}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """`{"ok": True, ...}`, or `{"ok": False, "error": sentence}`."""
    try:
        return {"ok": True, **REQUESTS[request["do"]](**request.get("with", {}))}
    except (KeyRefused, keys.KeyUnreadable, settings.SettingsInvalid) as error:
        return {"ok": False, "error": str(error)}
    except OSError as error:
        return {"ok": False, "error": f"{error.filename or 'A file'} cannot be used: {error.strerror}."}


if __name__ == "__main__":
    print(json.dumps(answer(json.load(sys.stdin))), flush=True)
    # A keychain that hangs must not hold the process.
    os._exit(0)
