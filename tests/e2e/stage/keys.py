"""Key presses as a keyboard makes them, through the window system."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stage.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Keys:
    """`env` names the display."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env

    def _xdotool(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["xdotool", *words], env=self._env, capture_output=True, text=True, check=False, timeout=15
        )

    def windows(self) -> list[str]:
        """The visible browser windows."""
        return self._xdotool("search", "--onlyvisible", "--class", "chrom(ium|e)").stdout.split()

    def name_in_front(self) -> str:
        """The title of the window that has the keyboard; empty when none has."""
        return self._xdotool("getactivewindow", "getwindowname").stdout.strip()

    def focus_browser(self, window: str | None = None) -> str:
        """Gives a browser window the keyboard; returns its id."""
        wanted = window or wait_until(lambda: next(iter(self.windows()), None), "a browser window")

        def focused() -> bool:
            self._xdotool("windowactivate", "--sync", wanted)
            return self._xdotool("getactivewindow").stdout.strip() == wanted

        wait_until(focused, "focus of the browser window")
        return wanted

    def press(self, chord: str, window: str | None = None) -> None:
        """One key with its modifiers, as xdotool writes it: `alt+g`."""
        self.focus_browser(window)
        done = self._xdotool("key", chord)
        if done.returncode:
            raise RuntimeError(f"xdotool key {chord}: {done.stderr}")

    @contextmanager
    def at_once(self) -> Iterator[Callable[[str], None]]:
        """A function that presses a chord without the time that a program takes to start; the window has the keyboard."""
        with subprocess.Popen(["xdotool", "-"], env=self._env, stdin=subprocess.PIPE, text=True, bufsize=1) as typist:
            assert typist.stdin
            keyboard = typist.stdin

            def press(chord: str) -> None:
                keyboard.write(f"key {chord}\n")
                keyboard.flush()

            yield press
