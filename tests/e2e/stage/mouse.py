"""A mouse as a hand moves it, through the window system."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

from stage.process import wait_until

if TYPE_CHECKING:
    from tabtalk.setup.devtools_page import Page


class Place(NamedTuple):
    x: float
    y: float


class Mouse:
    """`env` names the display."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env

    def _do(self, *words: object) -> None:
        subprocess.run(["xdotool", *map(str, words)], env=self._env, check=True, capture_output=True, timeout=15)

    def origin(self, page: Page) -> Place:
        """Where on the screen a page in front begins, in pixels: learned from a movement that the page sees."""
        page.evaluate(
            "addEventListener('pointerrawupdate', (event) => globalThis.mouseOrigin ="
            " [event.screenX - event.clientX, event.screenY - event.clientY], true)"
        )
        offset = iter(range(1, 1000))

        def seen() -> list[float] | None:
            self.move(Place(500 + next(offset), 500))
            found: list[float] | None = page.evaluate("globalThis.mouseOrigin ?? null")
            return found

        return Place(*wait_until(seen, "the page sees the mouse"))

    def move(self, to: Place) -> None:
        self._do("mousemove", round(to.x), round(to.y))

    def click(self, at: Place) -> None:
        self._do("mousemove", round(at.x), round(at.y), "click", 1)

    def drag(self, begin: Place, end: Place, steps: int = 8) -> None:
        moves: list[object] = []
        for step in range(1, steps + 1):
            x, y = (a + (b - a) * step / steps for a, b in zip(begin, end, strict=True))
            moves += ["mousemove", round(x), round(y), "sleep", 0.02]
        self._do("mousemove", round(begin.x), round(begin.y), "mousedown", 1, *moves, "mouseup", 1)
