"""Moments in which the machine itself stood still, as a virtual one does when its own host takes a processor away for some ms.

The kernel counts such a moment as the work of whatever ran then, by the clock of a thread, too; so it can only be seen from
outside. Run as `stalls.py PROCESSOR` this is a watcher, before which nothing else is let in on that processor: it sleeps for a
moment at a time and tells when it overslept.
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

NAP_NS = 2_000_000
LATE_NS = 2_000_000
"""From here on it is told. A machine that does not stand still wakes it within 0.1 ms."""
_PRIORITY = 50
_NS_PER_US = 1000


class Stalls:
    """Those of every processor, while it is entered. For root, who may go before others; takes 2 % of each processor."""

    def __init__(self, folder: Path) -> None:
        self._told = [folder / f"stalls-{processor}" for processor in sorted(os.sched_getaffinity(0))]

    def __enter__(self) -> Self:
        self._watchers = []
        for told in self._told:
            command = [sys.executable, __file__, told.name.rpartition("-")[2]]
            with told.open("wb") as into:
                self._watchers.append(subprocess.Popen(command, stdout=into))
        return self

    def __exit__(self, *_: object) -> None:
        for watcher in self._watchers:
            watcher.terminate()
            watcher.wait()

    def all(self) -> list[tuple[float, float]]:
        """So far: when each began and ended, in microseconds of the monotonic clock, which is that of the browser's traces."""
        lines = [line for told in self._told for line in told.read_text().splitlines(keepends=True)]
        return [(float(begin), float(end)) for begin, end in (line.split() for line in lines if line.endswith("\n"))]


def covered(stalls: Iterable[tuple[float, float]], begin: float, end: float) -> float:
    """How much of that time lies in one of them or in several."""
    total, at = 0.0, begin
    for first, last in sorted(stalls):
        since, until = max(first, at), min(last, end)
        if since < until:
            total += until - since
            at = until
    return total


def watch(processor: int) -> None:
    """Until it is ended, or who began it is gone."""
    os.sched_setaffinity(0, {processor})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    parent, slept = os.getppid(), time.monotonic_ns()
    while os.getppid() == parent:
        time.sleep(NAP_NS / 1e9)
        now = time.monotonic_ns()
        if now > slept + NAP_NS + LATE_NS:
            print((slept + NAP_NS) / _NS_PER_US, now / _NS_PER_US, flush=True)
        slept = now


if __name__ == "__main__":
    watch(int(sys.argv[1]))
