"""Notices that the computer slept: every system has a clock that stands still meanwhile, and one that runs on."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_S = 2.0
"""Less is the imprecision of clocks, or a correction of one."""


def _clocks() -> tuple[Callable[[], float], Callable[[], float]]:
    """The clock that stops during sleep and the one that does not, in seconds."""
    if sys.platform == "win32":
        # Here `time.monotonic()` runs on (learn.microsoft.com: GetTickCount64 includes sleep, this one does not).
        from ctypes import byref, c_ulonglong, windll

        def working() -> float:
            ticks = c_ulonglong()
            windll.kernel32.QueryUnbiasedInterruptTime(byref(ticks))
            return ticks.value / 10_000_000

        return working, time.monotonic
    if sys.platform == "darwin":
        return time.monotonic, lambda: time.clock_gettime(time.CLOCK_MONOTONIC_RAW)
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.monotonic, lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
    # It can be set, and then it looks as if the computer had slept: one redial too many.
    return time.monotonic, time.time


AWAKE, WALL = _clocks()


class SleepClock:
    def __init__(self, awake: Callable[[], float] = AWAKE, wall: Callable[[], float] = WALL) -> None:
        self._awake = awake
        self._wall = wall
        self._apart = wall() - awake()

    def slept(self) -> float:
        """Seconds slept since this was last asked; 0.0 for less than `LEAST_S`."""
        before, self._apart = self._apart, self._wall() - self._awake()
        slept = self._apart - before
        return slept if slept >= LEAST_S else 0.0


async def woken(clock: SleepClock, every: float = 1.0) -> float:
    """Returns when the computer has slept and woken, with the seconds that it slept. Looks every so many seconds."""
    while not (slept := clock.slept()):  # noqa: ASYNC110  (no system tells a program without a window)
        await asyncio.sleep(every)
    return slept
