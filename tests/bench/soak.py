"""Minutes of talk: what the extension's process and the host hold, and how long the tasks of the offscreen document's main
thread take, from the first minute to the last.

Each round asks a question by voice and hears the answer, under a trace; then garbage is collected and everything is weighed,
outside the trace. The first minute warms up and does not count: what is kept for a lost line fills by then.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from load import LONG_MS, Tasks, begin_trace, end_trace, extension_process, host_process
from pictures import looking
from stalls import Stalls

from stage.process import wait_until
from tabtalk.practice import sound, wire
from tabtalk.practice.hearing import Hearing, SpeechEnded
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stage.chromium import Chromium
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

QUESTION = "What does this page say about the terns?"
ANSWER = "They fly from the Arctic to Antarctica and back, and see two summers every year."
TONE_HZ = 440.0
ANSWER_S = 3.0
ROUND_S = 12.0
WARM_S = 60.0
MINUTE_S = 60.0
ALLOWED_KB = {"extension's process, memory": 4096.0, "host, memory": 1024.0}
"""How much more the last minute may have than the first, in the median, and still be called flat."""
ALLOWED_HEAP_KB = 256.0
"""The same of each heap."""
ALLOWED_COUNT = 2.0
"""The same of threads, open files, elements and listeners."""
COLLECTIONS = 10
_KB = 1024
_SCROLL_NOW_AND_THEN = "void setInterval(() => scrollTo(0, Math.floor(20 * Math.random()) * innerHeight), 15000)"
_ROW = "| {} | {} | {} | {} | {} | {} |"


class Answers(Scenario):
    """Answers whatever is asked by voice."""

    async def on_setup(self, setup: wire.Setup) -> None:
        self._hearing = Hearing(setup.silence_ms)
        await super().on_setup(setup)

    async def on_audio(self, pcm: bytes, rate_hz: int) -> None:
        for heard in self._hearing.feed(pcm):
            if isinstance(heard, SpeechEnded):
                await self.send(wire.input_transcription(QUESTION))
                await self.answer(sound.tone(TONE_HZ, ANSWER_S), ANSWER)


class Round(NamedTuple):
    at_s: float
    """Since the talk began."""
    held: dict[str, float]
    """Afterwards, by what it is: KB, and counts."""
    tasks: Tasks


class Course(NamedTuple):
    """One of what is held, over the talk."""

    first: float
    """Median of the first minute."""
    last: float
    slope: float
    """A minute, by least squares over all rounds."""
    allowed: float

    @property
    def flat(self) -> bool:
        return self.last - self.first <= self.allowed


class Scales:
    """What the extension's process and the host hold at a moment."""

    def __init__(self, chromium: Chromium) -> None:
        self.process, self._host = extension_process(chromium), host_process(chromium)
        self._chromium = chromium
        self._document = chromium.offscreen()
        self._document.send(
            "Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": True}
        )
        self._heaps = {"offscreen document": self._document.session}
        # One for each thread of the document: the microphone's worker, that of the pictures, the speaker's worklet.
        for _ in range(4):
            attached = self._document.wait_event("Target.attachedToTarget")
            self._heaps[_name(attached["targetInfo"])] = attached["sessionId"]

    def weigh(self) -> dict[str, float]:
        held = {f"{name}, heap": self._heap(session) for name, session in self._heaps.items()}
        counters = self._document.send("Memory.getDOMCounters")
        held |= {
            "offscreen document, nodes": counters["nodes"],
            "offscreen document, listeners": counters["jsEventListeners"],
        }
        for name, pid in (("extension's process", self.process), ("host", self._host)):
            held[f"{name}, memory"] = _own_kb(pid)
            held[f"{name}, threads"] = _count(f"/proc/{pid}/task")
            held[f"{name}, open files"] = _count(f"/proc/{pid}/fd")
        return held

    def _heap(self, session: str) -> float:
        """KB, of the language's objects, the browser's own and buffers, once there is no garbage.

        The least of some collections: while sound flows, two in three find a task at work and leave all that it might still
        need; of the microphone's worker that are 370 KB of chunks that nobody holds.
        """
        return min(self._collected(session) for _ in range(COLLECTIONS))

    def _collected(self, session: str) -> float:
        send = self._chromium.browser.send
        send("HeapProfiler.collectGarbage", {}, session, 60)
        used = send("Runtime.getHeapUsage", {}, session)
        return float(used["usedSize"] + used["embedderHeapUsedSize"] + used["backingStorageSize"]) / _KB


def _name(target: dict[str, str]) -> str:
    if target["type"] == "worklet":
        return "speaker worklet"
    return target["url"].rpartition("/")[2].removesuffix(".js").replace("background", "service worker")


def _own_kb(pid: int) -> float:
    """Its share of anonymous and shared memory. Not of files, which depends on how many others have them open."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return float(sum(int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:"))))


def _count(folder: str) -> float:
    return sum(1 for _ in Path(folder).iterdir())


def talk(stage: Stage, live: ThreadedServer, minutes: float) -> Iterator[Round]:
    with looking(stage, live, "/long", scenario=Answers) as (chromium, page), Stalls(stage.folder) as stalls:
        scales = Scales(chromium)
        page.evaluate(_SCROLL_NOW_AND_THEN)
        began = time.monotonic()
        while (at := time.monotonic() - began) < WARM_S + MINUTE_S * minutes:
            begin_trace(chromium)
            _ask(stage)
            time.sleep(max(0.0, began + at + ROUND_S - time.monotonic()))
            tasks = end_trace(chromium, scales.process, stalls.all)
            yield Round(at, scales.weigh(), tasks)


def _ask(stage: Stage) -> None:
    """A question and its answer. Raises where none comes, for nothing would be measured then."""
    with stage.sound.record() as speaker:
        stage.sound.say(stage.speech.wav(QUESTION))
        began = speaker.wait_sound(hz=TONE_HZ)
        wait_until(lambda: speaker.now() > began + ANSWER_S, "the answer")


def courses(rounds: Sequence[Round]) -> dict[str, Course]:
    first, last = rounds[0].at_s + MINUTE_S, rounds[-1].at_s - MINUTE_S
    found = {}
    for name in rounds[0].held:
        line = [each.held[name] for each in rounds]
        slope = float(np.polyfit([each.at_s / MINUTE_S for each in rounds], line, 1)[0])
        begin = median(each.held[name] for each in rounds if each.at_s < first)
        end = median(each.held[name] for each in rounds if each.at_s > last)
        found[name] = Course(begin, end, slope, _allowed(name))
    return found


def _allowed(name: str) -> float:
    return ALLOWED_KB.get(name, ALLOWED_HEAP_KB if name.endswith("heap") else ALLOWED_COUNT)


def report(stage: Stage, live: ThreadedServer, minutes: float) -> Iterator[str]:
    """A table at the end. Raises `SystemExit(1)` after it where something grew or a task was long."""
    rounds = [each for each in talk(stage, live, minutes) if each.at_s >= WARM_S]
    found = courses(rounds)
    yield _ROW.format("KB, or a number", "first minute", "last minute", "a minute", "allowed", "")
    yield "|---|---|---|---|---|---|"
    for name, course in found.items():
        values = (f"{course.first:.0f}", f"{course.last:.0f}", f"{course.slope:+.1f}", f"+{course.allowed:.0f}")
        yield _ROW.format(name, *values, "flat" if course.flat else "**grows**")
    tasks = [each.tasks for each in rounds]
    worst = max(tasks, key=lambda each: each.longest)
    long = sum(each.long for each in tasks)
    yield ""
    for name in (name for name, course in found.items() if not course.flat):
        yield f"{name}, after each round: {', '.join(f'{each.held[name]:.0f}' for each in rounds)}"
    yield (
        f"Tasks of the offscreen document's main thread over {LONG_MS:.0f} ms: {long} by its own time, "
        f"{sum(each.long_stalled for each in tasks)} more where the machine itself stood still, "
        f"{sum(each.long_clock for each in tasks)} by the clock, of {sum(each.tasks for each in tasks)}; "
        f"the longest {worst.longest:.1f} ms ({worst.source}), "
        f"by the clock {max(each.longest_clock for each in tasks):.1f} ms; the browser's own chores there: "
        f"{max(each.longest_chore for each in tasks):.1f} ms."
    )
    yield f"{len(rounds)} questions, each answered, after {WARM_S:.0f} s that do not count."
    if long or not all(course.flat for course in found.values()):
        raise SystemExit(1)
