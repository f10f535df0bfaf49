import asyncio
import sys
import threading
import time

import pytest

from tabtalk.sleep import AWAKE, LEAST_S, WALL, SleepClock, woken


class Computer:
    """Two clocks: one stands still while it sleeps."""

    def __init__(self):
        self.awake, self.wall = 1000.0, 5000.0

    def work(self, seconds):
        self.awake += seconds
        self.wall += seconds

    def sleep(self, seconds):
        self.wall += seconds

    def clock(self):
        return SleepClock(awake=lambda: self.awake, wall=lambda: self.wall)


def test_f26_sleep_is_noticed_once_and_with_its_length():
    computer = Computer()
    clock = computer.clock()
    computer.work(1)
    assert clock.slept() == 0.0
    computer.sleep(3600)
    computer.work(0.5)
    assert clock.slept() == 3600
    computer.work(1)
    assert clock.slept() == 0.0


def test_f26_work_however_long_is_no_sleep():
    computer = Computer()
    clock = computer.clock()
    computer.work(100_000)
    assert clock.slept() == 0.0


def test_f26_a_clock_that_drifts_or_is_corrected_is_no_sleep():
    computer = Computer()
    clock = computer.clock()
    for drift in [0.3] * 50 + [-30, LEAST_S - 0.01]:
        computer.work(1)
        computer.sleep(drift)
        assert clock.slept() == 0.0


def test_f26_each_sleep_is_told():
    computer = Computer()
    clock = computer.clock()
    for seconds in (LEAST_S, 600, 30):
        computer.sleep(seconds)
        assert clock.slept() == seconds
        assert clock.slept() == 0.0


async def test_f26_whoever_waits_is_told_when_the_computer_woke(monkeypatch):
    computer = Computer()
    clock = computer.clock()
    looks = 0

    async def passes(seconds):
        nonlocal looks
        looks += 1
        computer.work(seconds)
        if looks == 5:
            computer.sleep(90)

    monkeypatch.setattr(asyncio, "sleep", passes)
    assert await woken(clock) == 90
    assert looks == 5


async def test_f26_a_sleep_before_anybody_waited_is_told_at_once():
    computer = Computer()
    clock = computer.clock()
    computer.sleep(90)
    async with asyncio.timeout(0.5):
        assert await woken(clock, every=60) == 90


async def test_f26_on_this_computer_while_it_is_awake_nothing_is_told():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await woken(SleepClock(), every=0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's clocks")
def test_f26_on_linux_the_clock_that_runs_on_is_the_time_since_the_boot():
    assert AWAKE is time.monotonic
    assert abs(WALL() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 1


def test_f26_both_clocks_count_seconds():
    outer = time.perf_counter()
    before = AWAKE(), WALL()
    inner = time.perf_counter()
    threading.Event().wait(0.2)
    least = time.perf_counter() - inner
    passed = AWAKE() - before[0], WALL() - before[1]
    most = time.perf_counter() - outer
    for seconds in passed:
        assert least - 0.05 < seconds < most + 0.05
