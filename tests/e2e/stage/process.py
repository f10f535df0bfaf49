"""A program that the stage started and will end."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

T = TypeVar("T")
_POLL_S = 0.02


class Process:
    """One child; `end()` returns when it has gone. What it says goes to `log`."""

    def __init__(self, command: list[str], env: Mapping[str, str], log: Path, **options: Any) -> None:
        self.command = command
        self._log = log
        with log.open("ab") as said:
            options = {"stdout": said, "stdin": subprocess.DEVNULL, **options}
            self.popen: subprocess.Popen[bytes] = subprocess.Popen(command, env=dict(env), stderr=said, **options)

    @property
    def pid(self) -> int:
        return self.popen.pid

    def wait_until(self, claim: Callable[[], T | None], what: str, timeout: float = 20) -> T:
        """What `claim` returns once it is truthy. Raises with the program's own words if it ends or takes too long."""

        def alive() -> T | None:
            value = claim()
            if not value and self.popen.poll() is not None:
                raise RuntimeError(f"{self.command[0]} ended: {self._log.read_text(errors='replace')[-2000:]}")
            return value

        return wait_until(alive, f"{self.command[0]}: {what}", timeout)

    def end(self) -> None:
        self.popen.terminate()
        try:
            self.popen.wait(5)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        if self.popen.stdout:
            self.popen.stdout.close()


def wait_until(claim: Callable[[], T | None], what: str, timeout: float = 20, every: float = _POLL_S) -> T:
    """What `claim` returns once it is truthy. Raises `TimeoutError` naming `what`. One that takes long to find out is asked
    less often, or it takes the processor from what it waits for."""
    deadline = time.monotonic() + timeout
    while True:
        value = claim()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout:g} s: {what}")
        time.sleep(every)
