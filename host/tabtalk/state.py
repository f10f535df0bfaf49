"""The states of a conversation. Everything about which state may follow which is in this file.

`extension/lib/state.js` and the table in `docs/ARCHITECTURE.md` hold the same; a contract test compares the three.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    IDLE = "idle"
    STARTING = "starting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    PARKED = "parked"
    """Quiet for long: the service is left, and the session with its handle waits for a word or a press."""
    ENDED = "ended"
    FAILED = "failed"


class Event(StrEnum):
    START = "start"
    """The person asked for a conversation."""
    READY = "ready"
    """Gemini is set up and listens."""
    DROP = "drop"
    """A connection was lost that another try can mend."""
    PARK = "park"
    """Nobody has said anything for long."""
    END = "end"
    """The person ended it."""
    FAIL = "fail"
    """It cannot go on without the person."""


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.IDLE: {Event.START: State.STARTING},
    State.STARTING: {
        Event.READY: State.LIVE,
        Event.DROP: State.RECONNECTING,
        Event.END: State.ENDED,
        Event.FAIL: State.FAILED,
    },
    State.LIVE: {
        Event.DROP: State.RECONNECTING,
        Event.PARK: State.PARKED,
        Event.END: State.ENDED,
        Event.FAIL: State.FAILED,
    },
    State.RECONNECTING: {
        Event.READY: State.LIVE,
        Event.DROP: State.RECONNECTING,
        Event.END: State.ENDED,
        Event.FAIL: State.FAILED,
    },
    State.PARKED: {
        Event.START: State.STARTING,
        Event.DROP: State.RECONNECTING,
        Event.END: State.ENDED,
        Event.FAIL: State.FAILED,
    },
    State.ENDED: {Event.START: State.STARTING},
    State.FAILED: {Event.START: State.STARTING, Event.END: State.ENDED},
}


class IllegalTransition(Exception):
    """An event that its state does not know: a mistake of ours, never of the person's."""


def next_state(state: State, event: Event) -> State:
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransition(f"{event} in {state}") from None
