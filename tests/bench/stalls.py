"""Moments in which the whole machine stood still, as a virtual one does when its own host takes its processors away for some ms.

The kernel counts such a moment as the work of whatever ran then, by the clock of a thread, too; so it can only be seen from
outside. Run as `stalls.py PROCESSOR PARENT` this is a watcher, before which no other process is let in on that processor: it
sleeps for a moment at a time and tells when it overslept. One alone may have waited for the kernel's own work there; so what
counts is when all overslept at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Self

    Stall = tuple[float, float]
    """When it began and ended, in microseconds of the monotonic clock, which is that of the browser's traces."""

NAP_NS = 2_000_000
LATE_NS = 2_000_000
"""From here on it is told. A machine that does not stand still wakes a watcher within 0.1 ms."""
_PRIORITY = 50
_NS_PER_US = 1000


class Stalls:
    """While it is entered the machine is watched, which takes 2 % of each processor. For root, who may go before others."""

    def __init__(self, folder: Path) -> None:
        self._told = {processor: folder / f"stalls-{processor}" for processor in sorted(os.sched_getaffinity(0))}
        self._watchers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        for processor, told in self._told.items():
            command = [sys.executable, __file__, str(processor), str(os.getpid())]
            with told.open("wb") as into:
                self._watchers.append(subprocess.Popen(command, stdout=into))
        return self

    def __exit__(self, *_: object) -> None:
        for watcher in self._watchers:
            watcher.terminate()
            watcher.wait()

    def all(self) -> list[Stall]:
        """So far. Raises `RuntimeError` where somebody does not watch."""
        if any(watcher.poll() is not None for watcher in self._watchers):
            raise RuntimeError("the machine is not watched: that takes root, or the right to SCHED_FIFO")
        return common([_read(told) for told in self._told.values()])


def _read(told: Path) -> list[Stall]:
    lines = (line.split() for line in told.read_text().splitlines(keepends=True) if line.endswith("\n"))
    return [(float(begin), float(end)) for begin, end in lines]


def common(watched: Iterable[list[Stall]]) -> list[Stall]:
    """When each of these stood still. Those of one do not overlap."""
    first, *others = watched
    for other in others:
        both = ((max(a, c), min(b, d)) for a, b in first for c, d in other)
        first = [(begin, end) for begin, end in both if begin < end]
    return first


def work(clock: float, own: float, stood: float) -> float:
    """What is left of the thread's own time of a task that took so long by the clock, and while which the machine stood still
    for so long. What it waited for a processor may have been that, and is not in its own time."""
    return own - min(own, max(0.0, stood - (clock - own)))


def within(stalls: Iterable[Stall], begin: float, end: float) -> float:
    """How much of that time lies in one of them."""
    return sum(max(0.0, min(last, end) - max(first, begin)) for first, last in stalls)


def watch(processor: int, parent: int) -> None:
    """Until it is ended, or who began it is gone."""
    os.sched_setaffinity(0, {processor})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    slept = time.monotonic_ns()
    while os.getppid() == parent:
        time.sleep(NAP_NS / 1e9)
        now = time.monotonic_ns()
        if now > slept + NAP_NS + LATE_NS:
            print((slept + NAP_NS) / _NS_PER_US, now / _NS_PER_US, flush=True)
        slept = now


if __name__ == "__main__":
    watch(int(sys.argv[1]), int(sys.argv[2]))
