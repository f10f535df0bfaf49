"""What the settings page does about keys and profiles. Everything here blocks: the host calls it in a thread.

A key comes in with `give-key` and goes nowhere but to the service, to be tried, and to where it is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabtalk import keys, profiles, protocol
from tabtalk.closes import CloseKind
from tabtalk.key_text import KeyRefused
from tabtalk.live_events import Vertex
from tabtalk.settings import SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

TAKEN = (CloseKind.MODEL, CloseKind.QUOTA, CloseKind.REQUEST)
"""So ends, if it does not begin, only a dial whose key was taken."""
Request = protocol.GetProfiles | protocol.GiveKey | protocol.UseVertex | protocol.ChangeProfile


def answer(message: Request) -> protocol.Profiles | protocol.Verdict:
    """Raises `settings.SettingsInvalid`, `keys.KeyUnreadable` and `OSError`, none of which repeats a key."""
    if isinstance(message, protocol.GiveKey):
        return _give(message)
    if isinstance(message, protocol.UseVertex):
        return _use_vertex(message)
    if isinstance(message, protocol.ChangeProfile):
        _change(message)
    return _shown()


def _give(message: protocol.GiveKey) -> protocol.Verdict:
    name = profiles.load().named(message.profile).name
    try:
        key = keys.clean(message.key)
    except KeyRefused as error:
        return protocol.Verdict("malformed", "", str(error), error.kind)
    verdict, text = _try(key, None)
    if verdict == "refused":
        return protocol.Verdict(verdict, "", text, "")
    placed = keys.store_key(key, name)
    return protocol.Verdict(verdict, placed.where, text, placed.why)


def _use_vertex(message: protocol.UseVertex) -> protocol.Verdict:
    name = profiles.load().named(message.profile).name
    profile = profiles.Profile(name, "vertex", message.project.strip(), message.location.strip())
    verdict, text = _try("", Vertex(profile.project, profile.location))
    if verdict == "refused":
        return protocol.Verdict(verdict, "", text, "")
    keys.replace_key(profile)
    return protocol.Verdict(verdict, "vertex", text, "")


def _try(key: str, vertex: Vertex | None) -> tuple[str, str]:
    from tabtalk import endpoint, trial

    outcome = trial.dial(endpoint.endpoint_for(key, vertex))
    if outcome.kind in (CloseKind.KEY, CloseKind.LOGIN):
        return "refused", outcome.text
    return "accepted" if outcome.kind in (trial.BEGAN, *TAKEN) else "unknown", outcome.text


def _change(message: protocol.ChangeProfile) -> None:
    changes: dict[str, Callable[[str], object]] = {
        "add": profiles.add,
        "choose": profiles.choose,
        "rename": lambda old: keys.rename_profile(old, message.name or ""),
        "remove": keys.remove_profile,
        "remove-key": keys.delete_key,
    }
    if message.change not in changes:
        raise SettingsInvalid("There is no such change to a profile.")
    changes[message.change](message.profile)


def _shown() -> protocol.Profiles:
    known = profiles.load()
    rows = [
        {"name": row.name, "store": row.store, "project": row.project, "location": row.location}
        for row in known.all.values()
    ]
    return protocol.Profiles(known.active, {"list": rows})
