"""Whether a run kept the promises, from what both ends saw. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from storm.chunks import CHUNK_S, WIRE_BYTES
from tabtalk import protocol
from tabtalk.state import TRANSITIONS, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storm.extension import Told
    from storm.proxy import Dial
    from storm.service import Heard
    from storm.stage import Outcome

NOTICE_S = 0.2
"""What a host on a busy machine takes to notice that its connection was reset; what it writes meanwhile is lost with it."""
JUST_BEFORE_S = 1.0
"""A question whose connection ended so soon after it may be asked again."""
LINK_BREATH_S = 0.3
"""What was sent so shortly before a link broke may have gone with it."""
MOST_DIALS = 8
MOST_DIALS_A_SECOND = 4
MOST_MEMORY_BYTES = 300 * 1024 * 1024
MOST_GROWTH_BYTES = 60 * 1024 * 1024
_WORD = re.compile(r"\b[au]\d+x")


@dataclass(slots=True)
class Ending:
    """How one connection of the service ended, and how much could have gone with it."""

    heard: Heard
    at: float
    by_fault: bool
    room: int
    """Chunks that were in flight at most."""
    notice_s: float = NOTICE_S
    """So long the host may have gone on without knowing."""


@dataclass(slots=True)
class Verdict:
    seed: int
    violations: list[str]
    faults: Counter[str] = field(default_factory=Counter)
    spoken: int = 0
    arrived: int = 0
    again: int = 0
    """Arrived once more on a later connection, since nothing had been heard of an answer."""
    retold: int = 0
    """Words of the person that were shown twice, since they were spoken into an answer and heard again."""
    told_dropped: int = 0
    in_flight: int = 0
    """Lost with a connection that was broken while they were on their way; of speech, `in_flight_speech`."""
    in_flight_speech: int = 0
    died: int = 0
    """Lost with a host that was killed, or a conversation that failed."""
    unheard: int = 0
    """Silence while the conversation was parked."""
    parked: int = 0
    questions: int = 0
    dials: int = 0
    reconnects: int = 0
    hand_overs: int = 0
    links: int = 0
    hosts: int = 0
    failed: int = 0
    worst_gap_s: float = 0.0
    """Longest time without a chunk at the service while the microphone was open."""
    worst_hand_over_s: float = 0.0
    """The same where the host left the connection by its own will."""


def judge(outcome: Outcome) -> Verdict:
    verdict = Verdict(outcome.script.seed, list(outcome.violations))
    verdict.violations += outcome.diary.mistakes
    verdict.faults.update(fault.kind for _at, fault in outcome.happened)
    endings = [_ending(outcome, heard, _dial_of(heard, outcome.dials)) for heard in outcome.heard]
    for check in (_order, _whole, _questions, _states, _attachments, _turns, _words, _dials, _memory, _gaps):
        verdict.violations += check(outcome, endings, verdict)
    verdict.links, verdict.hosts = len(outcome.diary.links), len(outcome.diary.hosts)
    verdict.failed = len(outcome.pressed)
    return verdict


def _dial_of(heard: Heard, dials: list[Dial]) -> Dial | None:
    return next((dial for dial in dials if dial.service_port == heard.port), None)


def _ending(outcome: Outcome, heard: Heard, dial: Dial | None) -> Ending:
    ends = [at for at in (heard.closing_at, heard.ended_at, dial.ended_at if dial else None) if at is not None]
    at = min(ends) if ends else math.inf
    if any(abs(when - at) < NOTICE_S for when, _what in (*outcome.diary.killed, *outcome.diary.failures)):
        return Ending(heard, at, by_fault=True, room=0)  # `lost_with` has it.
    if dial is None:
        return Ending(heard, at, by_fault=False, room=0)
    on_the_way = dial.under_way_at_end
    if heard.closing_at is not None:
        on_the_way += dial.delivered - dial.delivered_by(heard.closing_at)
    by_fault = dial.cut or heard.closing_at is not None or on_the_way > 0
    notice_s = NOTICE_S + sum(
        max(0.0, began + fault.lasts - at)
        for began, fault in outcome.happened
        if fault.kind == "host-freeze" and began <= at
    )
    room = math.ceil(on_the_way / WIRE_BYTES) + (math.ceil(notice_s / CHUNK_S) if by_fault else 0)
    return Ending(heard, at, by_fault, room, notice_s)


def _order(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    """On one connection nothing comes twice, and nothing before what was said before it."""
    for number, ending in enumerate(endings):
        for (_, one), (_, other) in pairwise(ending.heard.chunks):
            if other.number <= one.number:
                yield f"connection {number}: chunk {other.number} after {one.number}"
                break


def _whole(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    """Every chunk arrived, or its loss has a stated reason."""
    diary = outcome.diary
    arrivals = Counter(chunk.number for ending in endings for _at, chunk in ending.heard.chunks)
    verdict.spoken = outcome.judged
    verdict.arrived = sum(number in arrivals for number in range(outcome.judged))
    verdict.again = sum(arrivals.values()) - len(arrivals)
    verdict.told_dropped = round(
        sum(told.message.seconds for told in diary.told if isinstance(told.message, protocol.Dropped)) / CHUNK_S
    )
    missing = [number for number in range(outcome.judged) if number not in arrivals]
    unheard = {number for number in diary.unheard if diary.spoken[number].part.spoken}
    if unheard:
        yield f"{len(unheard)} chunks of speech did not wake a parked conversation"
    gone = {*diary.overflowed, *diary.unheard}
    for at, count in diary.lost_with:
        had = max((c.number for e in endings for when, c in e.heard.chunks if when <= at), default=-1)
        gone.update(range(had + 1, count))
    verdict.unheard = len(diary.unheard)
    verdict.died = sum(number in gone for number in missing) - verdict.unheard
    left = []
    rooms = [ending.room for ending in endings]
    for number in missing:
        if number in gone:
            continue
        sent_at = diary.spoken[number].sent_at
        for at, ending in enumerate(endings):
            newest = ending.heard.chunks[-1][1].number if ending.heard.chunks else -1
            if rooms[at] and sent_at is not None and number > newest and sent_at <= ending.at + ending.notice_s:
                rooms[at] -= 1
                verdict.in_flight += 1
                verdict.in_flight_speech += diary.spoken[number].part.spoken
                break
        else:
            left.append(number)
    if len(left) > verdict.told_dropped:
        yield f"{len(left)} chunks are lost, and the host told of {verdict.told_dropped}: {_ranges(left)}"


def _ranges(numbers: list[int]) -> str:
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{first}-{last}" for first, last in found[:6])


def _questions(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    diary, script = outcome.diary, outcome.script
    verdict.questions = len(diary.asked)
    slow = sum(fault.lasts for fault in script.faults if fault.kind in ("freeze", "host-freeze", "bandwidth"))
    slow += sum(2 * fault.value for fault in script.faults if fault.kind in ("latency", "jitter"))
    for asked in diary.asked:
        arrived = [(at, end) for end in endings for at, text in end.heard.questions if text == asked.text]
        if not arrived:
            late = asked.sent_at is None or any(at >= asked.at for at, _count in diary.lost_with)
            broken = asked.sent_at is not None and any(
                0 <= at - asked.sent_at <= LINK_BREATH_S for at, link in diary.lost_links if link == asked.link
            )
            if not (broken or (late and any(at >= asked.at for at, _count in diary.lost_with))):
                yield f"{asked.text!r} never arrived"
        for (at, ending), _next in pairwise(arrived):
            if ending.at - at > JUST_BEFORE_S + slow:
                yield f"{asked.text!r} arrived again, {ending.at - at:.2f} s before its connection ended"
            answered = [told.at for told in diary.told if _answers(told, asked.text)]
            if any(when < ending.at for when in answered):
                yield f"{asked.text!r} was asked again after its answer began"


def _answers(told: Told, text: str) -> bool:
    message = told.message
    return isinstance(message, protocol.Transcript) and message.role == "model" and f"[{text}]" in message.text


def _states(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    """On each link, one state follows from the other."""
    verdict.parked = sum(
        isinstance(t.message, protocol.SessionState) and t.message.state == State.PARKED for t in outcome.diary.told
    )
    for link in range(len(outcome.diary.links)):
        told = [t.message for t in outcome.diary.told if t.link == link]
        states = [State(message.state) for message in told if isinstance(message, protocol.SessionState)]
        kept = any(isinstance(message, protocol.Attached) and message.kept for message in told)
        if states and not kept:
            states.insert(0, State.IDLE)
        for one, other in pairwise(states):
            if other not in TRANSITIONS[one].values():
                yield f"link {link}: {other} after {one}"


def _attachments(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    """Each link begins with `attached`, and a session whose host lives is kept."""
    fresh_hosts: set[tuple[int, int]] = set()
    for link, (began, host) in enumerate(outcome.diary.links):
        told = [t for t in outcome.diary.told if t.link == link]
        if not told:
            continue
        first = told[0].message
        conversation = sum(pressed <= began for pressed in outcome.pressed)
        if not isinstance(first, protocol.Attached):
            yield f"link {link} begins with {type(first).__name__}"
        elif first.kept != ((conversation, host) in fresh_hosts) and not outcome.script.may_fail:
            # It may have failed while there was no link to tell it.
            yield f"link {link}: the session is {'' if first.kept else 'not '}kept"
        if sum(isinstance(t.message, protocol.Attached) for t in told) > 1:
            yield f"link {link} is attached twice"
        fresh_hosts.add((conversation, host))


def _turns(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    """Turn numbers only grow while a session lives."""
    newest = {"sound": 0, "words": 0, "end": 0}
    for told in outcome.diary.told:
        message = told.message
        if isinstance(message, protocol.Attached) and not message.kept:
            newest = dict.fromkeys(newest, 0)
        kind = ""
        if isinstance(message, protocol.Media):
            kind = "sound"
        elif isinstance(message, protocol.Transcript) and message.role == "model":
            kind = "words"
        elif isinstance(message, protocol.TurnComplete):
            kind = "end"
        if kind:
            assert isinstance(message, (protocol.Media, protocol.Transcript, protocol.TurnComplete))
            if message.turn < newest[kind]:
                yield f"{kind} of turn {message.turn} after turn {newest[kind]}"
            newest[kind] = max(newest[kind], message.turn)


def _words(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    """Nothing is shown twice, but for what the person said into an answer and the next connection heard again."""
    told = [t.message.text for t in outcome.diary.told if isinstance(t.message, protocol.Transcript)]
    # `[...]` quotes what is answered.
    words = Counter(word for text in told for word in _WORD.findall(re.sub(r"\[.*?\]", "", text)))
    overlapped = {f"u{number}x" for ending in endings for number in ending.heard.overlapped}
    answers = Counter(quoted for text in told for quoted in re.findall(r"to \[(u\d+x)\]", text))
    again = [quoted for quoted, times in answers.items() if times > 1]
    if again:
        yield f"speech that was answered is answered again: {', '.join(again[:6])}"
    double = [word for word, times in words.items() if times > 1]
    verdict.retold = sum(word in overlapped for word in double)
    double = [word for word in double if word not in overlapped]
    if double:
        yield f"shown twice: {', '.join(double[:6])}"


def _dials(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    """No storm, and never two connections at once."""
    dials = outcome.dials
    verdict.dials, verdict.reconnects = len(dials), max(0, len(outcome.heard) - 1)
    for dial in dials:
        if dial.others:
            yield f"dial {dial.number} while {dial.others} other connection was open"
    for at, first in enumerate(dials):
        if sum(first.at <= dial.at < first.at + 1 for dial in dials[at:]) > MOST_DIALS_A_SECOND:
            yield f"more than {MOST_DIALS_A_SECOND} dials in a second"
            break
    verdict.hand_overs = sum(not ending.by_fault for ending in endings[:-1])
    starts = 1 + len(outcome.pressed) + len(outcome.diary.killed)
    if len(dials) - verdict.hand_overs > MOST_DIALS * starts:
        yield f"{len(dials)} dials"
    if not any(fault.kind in ("freeze", "latency", "jitter", "bandwidth") for fault in outcome.script.faults):
        for one, other in pairwise(outcome.heard):
            if one.ended_at is None or other.since < one.ended_at - 0.05:
                yield "the service had two connections at once"


def _memory(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    found = outcome.memory_bytes
    if found and max(found) > MOST_MEMORY_BYTES:
        yield f"the host takes {max(found) >> 20} MiB"
    if found and len(outcome.diary.hosts) == 1 and max(found) - found[0] > MOST_GROWTH_BYTES:
        yield f"the host grew by {(max(found) - found[0]) >> 20} MiB"


def _gaps(outcome: Outcome, endings: list[Ending], verdict: Verdict) -> Iterator[str]:
    arrivals = sorted(at for ending in endings for at, _chunk in ending.heard.chunks)
    presses = [at for at, _count in outcome.diary.lost_with]
    for one, other in pairwise(arrivals):
        if not any(one <= at <= other for at in presses):
            verdict.worst_gap_s = max(verdict.worst_gap_s, other - one)
    for one_end, next_end in pairwise(endings):
        if outcome.script.park_s or one_end.by_fault or not one_end.heard.chunks or not next_end.heard.chunks:
            continue
        gap = next_end.heard.chunks[0][0] - one_end.heard.chunks[-1][0]
        verdict.worst_hand_over_s = max(verdict.worst_hand_over_s, gap)
    yield from ()
