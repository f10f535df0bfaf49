"""The host's part of the walk along the links: what it finds of its settings, its key and the way to Gemini.

The extension finds the links up to here by itself. Everything here blocks: the host calls it in a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabtalk.closes import ERROR_CODES, CloseKind
from tabtalk.google_login import LoginNeeded
from tabtalk.keys import KeyUnreadable
from tabtalk.protocol import ErrorCode
from tabtalk.settings import SettingsInvalid
from tabtalk.way import State, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TEXT = 300


def findings() -> list[dict[str, str]]:
    """For `links` of the protocol, in order; the last is the broken link, if one is. The key is in none of them."""
    return list(_walk())


def _walk() -> Iterator[dict[str, str]]:
    from tabtalk import endpoint, profiles, settings, trial

    try:
        settings.load()
        profiles.load()
        found = endpoint.current_endpoint()
    except SettingsInvalid as error:
        yield _row("settings", State.FAILED, str(error), ErrorCode.SETTINGS_INVALID)
        return
    except KeyUnreadable as error:
        yield _row("settings", State.OK)
        code = ErrorCode.LOGIN_NEEDED if isinstance(error, LoginNeeded) else ErrorCode.KEY_UNREADABLE
        yield _row("keychain", State.FAILED, str(error), code)
        return
    yield _row("settings", State.OK)
    yield _row("keychain", State.OK)
    outcome = trial.dial(found)
    for link, state in steps(outcome.kind):
        if state is State.FAILED:
            yield _row(link, state, outcome.text or outcome.where, ERROR_CODES[CloseKind(outcome.kind)])
        else:
            yield _row(link, state, {"endpoint": outcome.where, "model": outcome.model}.get(link, ""))


def _row(link: str, state: State, text: str = "", code: str = "") -> dict[str, str]:
    return {"link": link, "state": state.value, "code": code, "text": text[:MAX_TEXT]}
