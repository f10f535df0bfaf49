"""What happens in one run, all of it from one seed: what is said when, and what goes wrong when. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tabtalk.practice import wire
from tabtalk.protocol import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable

TALK_S = (2.4, 4.0)
"""Seconds of talk with faults, from the first `live`; scaled: what takes minutes in life takes one of these."""
MOST_LOSSES = 4
"""Connections lost in one run: a host that gives up after eight in ten seconds is right to do so."""

CLOSES: tuple[tuple[int, str], ...] = (
    (wire.INTERNAL, wire.DEADLINE_TEXT),
    (wire.INTERNAL, "Internal error encountered."),
    (wire.INTERNAL, "The service is currently unavailable."),
    (wire.POLICY, wire.ABORTED_TEXT),
    (1001, "going away"),
    (1000, ""),
)
"""As the service words them; each of these another connection mends."""

_START_FAILURES = {ErrorCode.NO_NETWORK, ErrorCode.SERVICE_UNAVAILABLE, ErrorCode.SETUP_TIMEOUT}


@dataclass(frozen=True, slots=True)
class Fault:
    at: float
    """Seconds from the first `live`; below 0 before the start of the conversation."""
    kind: str
    lasts: float = 0.0
    value: float = 0.0
    code: int = 0
    text: str = ""

    def __str__(self) -> str:
        more = [f"for {self.lasts:.2f} s"] if self.lasts else []
        more += [f"{self.value:g}"] if self.value else []
        more += [f"{self.code} {self.text!r}"] if self.code else []
        return f"{self.at:5.2f} {self.kind} {' '.join(more)}".rstrip()


@dataclass(frozen=True, slots=True)
class Script:
    seed: int
    talk_s: float
    faults: tuple[Fault, ...]
    utterances: tuple[tuple[float, float], ...]
    """(when, for how long) somebody speaks; in between the microphone hears silence."""
    questions: tuple[tuple[float, str], ...]
    picture_every_s: float
    picture_bytes: int
    gives_handles: bool = True
    park_s: float = 0.0
    """After so much quiet the host leaves the service until somebody speaks; 0: never."""
    may_fail: frozenset[ErrorCode] = field(default=frozenset())
    """Reasons for which the conversation may end in `failed`: something here is not to be mended by dialling again."""

    def __str__(self) -> str:
        pictures = f"pictures of {self.picture_bytes} bytes every {self.picture_every_s:.2f} s"
        handles = "with" if self.gives_handles else "without"
        lines = [f"seed {self.seed}: talk {self.talk_s:.2f} s, {pictures}, {handles} handles"]
        if self.park_s:
            lines.append(f"  parks after {self.park_s:.2f} s")
        lines += [f"  {at:5.2f} asks {text!r}" for at, text in self.questions]
        lines += [f"  {at:5.2f} speaks for {lasts:.2f} s" for at, lasts in self.utterances]
        lines += [f"  {fault}" for fault in self.faults]
        if self.may_fail:
            lines.append(f"  may fail: {', '.join(sorted(self.may_fail))}")
        return "\n".join(lines)


def write(seed: int) -> Script:
    """The same for the same seed."""
    chance = random.Random(seed)
    talk_s = chance.uniform(*TALK_S)
    faults: list[Fault] = []
    losses = 0
    may_fail: set[ErrorCode] = set()
    for _ in range(chance.randint(1, 5)):
        name = chance.choices(list(_KINDS), [weight for weight, _costs, _make in _KINDS.values()])[0]
        _weight, costs, make = _KINDS[name]
        if losses + costs > MOST_LOSSES:
            continue
        losses += costs
        faults.append(make(chance, chance.uniform(0.1, talk_s - 0.2)))
    if chance.random() < 0.12:
        faults.append(Fault(-0.1, chance.choice(("refuse", "vanish", "setup-close")), lasts=chance.uniform(0.1, 0.9)))
        may_fail |= _START_FAILURES
    elif chance.random() < 0.14:
        fatal, reason = chance.choice(_FATAL)
        faults.append(Fault(chance.uniform(0.3, talk_s - 0.2), "refuse-all", lasts=0.5, code=fatal[0], text=fatal[1]))
        may_fail.add(reason)
    utterances, at = [], chance.uniform(0.0, 0.4)
    while at < talk_s:
        lasts = chance.uniform(0.2, 0.9)
        utterances.append((at, lasts))
        at += lasts + chance.uniform(0.3, 1.0)
    asked = sorted(chance.uniform(-0.3, talk_s) for _ in range(chance.randint(1, 3)))
    return Script(
        seed=seed,
        talk_s=talk_s,
        faults=tuple(sorted(faults, key=lambda fault: fault.at)),
        utterances=tuple(utterances),
        questions=tuple((at, f"question {seed}.{n}") for n, at in enumerate(asked)),
        picture_every_s=chance.choice((0.2, 0.35, 0.6)),
        picture_bytes=chance.choice((2_000, 20_000, 90_000)),
        gives_handles=chance.random() < 0.85,
        park_s=chance.choice((0.24, 0.42)) if chance.random() < 0.2 else 0.0,
        may_fail=frozenset(may_fail),
    )


_FATAL: tuple[tuple[tuple[int, str], ErrorCode], ...] = (
    ((wire.INVALID_ARGUMENT, wire.KEY_TEXT), ErrorCode.KEY_REJECTED),
    ((wire.INTERNAL, wire.QUOTA_TEXT), ErrorCode.QUOTA_EXCEEDED),
    ((wire.POLICY, wire.NO_KEY_TEXT), ErrorCode.KEY_REJECTED),
)


def _lasting(
    kind: str, shortest: float, longest: float, least: float = 0.0, most: float = 0.0
) -> Callable[[random.Random, float], Fault]:
    def make(chance: random.Random, at: float) -> Fault:
        return Fault(at, kind, lasts=chance.uniform(shortest, longest), value=round(chance.uniform(least, most), 3))

    return make


def _close(chance: random.Random, at: float) -> Fault:
    code, text = chance.choice(CLOSES)
    return Fault(at, "close", code=code, text=text)


def _go_away(chance: random.Random, at: float) -> Fault:
    # Shorter than the host's margin, at it and over it.
    code, text = chance.choice(((wire.INTERNAL, wire.DEADLINE_TEXT), (wire.POLICY, wire.ABORTED_TEXT)))
    return Fault(at, "go-away", value=chance.choice((0.0, 0.5, 1.5, 2.3, 3.0)), code=code, text=text)


_KINDS: dict[str, tuple[float, int, Callable[[random.Random, float], Fault]]] = {
    # name: (weight, connections it may cost, maker)
    "latency": (3, 0, _lasting("latency", 0.5, 2.5, 0.05, 0.6)),
    "jitter": (2, 0, _lasting("jitter", 0.5, 2.5, 0.05, 0.3)),
    "bandwidth": (2, 0, _lasting("bandwidth", 0.5, 1.5, 30_000, 120_000)),
    "freeze": (3, 0, _lasting("freeze", 0.2, 1.4)),
    "slicer": (2, 0, _lasting("slicer", 0.3, 1.5, 1, 64)),
    "cut": (5, 1, _lasting("cut", 0, 0)),
    "drop": (2, 1, _lasting("drop", 0, 0)),
    "refuse": (2, 2, _lasting("refuse", 0.2, 1.2)),
    "vanish": (2, 2, _lasting("vanish", 0.2, 1.2)),
    "close": (4, 1, _close),
    "go-away": (5, 1, _go_away),
    "refuse-handle": (2, 2, _lasting("refuse-handle", 0, 0)),
    "silent-setup": (1, 2, _lasting("silent-setup", 0.3, 1.0)),
    "setup-close": (1, 2, _lasting("setup-close", 0, 0)),
    "no-handle": (2, 0, _lasting("no-handle", 0, 0)),
    "double-complete": (2, 0, _lasting("double-complete", 0, 0)),
    "spurious-interrupt": (2, 0, _lasting("spurious-interrupt", 0, 0)),
    "late-pongs": (2, 0, _lasting("late-pongs", 0, 0, 1.0, 4.0)),
    "burst": (2, 0, _lasting("burst", 0, 0, 2, 20)),
    "unknown": (2, 0, _lasting("unknown", 0, 0)),
    "link-cut": (4, 0, _lasting("link-cut", 0, 0)),
    "host-freeze": (1, 0, _lasting("host-freeze", 0.3, 1.2)),
    "host-kill": (2, 0, _lasting("host-kill", 0, 0)),
    "network-word": (1, 0, _lasting("network-word", 0, 0)),
}

KINDS = (*_KINDS, "refuse-all")
