"""The panel as a person uses it: what it says, and its controls by their accessible names."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, TypeVar

from tabtalk.setup.devtools_pipe import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stage.chromium import Chromium
    from tabtalk.setup.devtools_page import Page

_STATUS = "document.querySelector('[role=status]').textContent"
_ABOUT = "document.querySelector('#about').textContent"
_LOG = "document.querySelector('[role=log]').textContent"
_FAILURE = "document.querySelector('#failure').innerText"

_ONE_LOOK_S = 2.0
_EFFECT_S = 6.0
_INSTEAD = {
    "End": "Start",
    "Mute microphone": "Unmute microphone",
    "Unmute microphone": "Mute microphone",
    "Pause sharing": "Resume sharing",
    "Resume sharing": "Pause sharing",
}
"""The button that is there once another was pressed."""

T = TypeVar("T")


class Panel:
    """Whatever panel is open: the browser closes it when a tab's capture begins, and Tabtalk opens it again."""

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium

    @property
    def page(self) -> Page:
        return self._chromium.panel()

    def is_open(self) -> bool:
        return self._chromium.panel_is_open()

    def _do(self, act: Callable[[Page], T], timeout: float = 20) -> T:
        deadline = time.monotonic() + timeout
        while True:
            try:
                return act(self._chromium.panel(max(0.1, deadline - time.monotonic())))
            except (DevtoolsError, TimeoutError):
                # A panel that is being closed has its elements no more, though it is still there for a moment.
                if time.monotonic() > deadline:
                    raise

    def press(self, name: str) -> None:
        """A press that the closing panel swallowed is seen to have had no effect, and done again."""
        instead = _INSTEAD.get(name)
        if instead is None:
            self._click("button", name)
            return

        pressed = False

        def press(page: Page) -> None:
            nonlocal pressed
            try:
                page.click("button", name, _ONE_LOOK_S)
            except TimeoutError:
                if pressed:  # And it is not there any more.
                    return
                raise
            pressed = True
            page.wait_for("button", instead, _EFFECT_S)

        self._do(press)

    def tick(self, name: str) -> None:
        """A box that is not ticked yet, until it is."""
        ticked = f"document.evaluate('//label[.={json.dumps(name)}]/input', document).iterateNext()?.checked"

        def tick(page: Page) -> None:
            if not page.evaluate(ticked):
                page.click("checkbox", name, _ONE_LOOK_S)
            page.wait(ticked, _EFFECT_S)

        self._do(tick)

    def choose(self, name: str) -> None:
        self._click("radio", name)

    def _click(self, role: str, name: str) -> None:
        self._do(lambda page: page.click(role, name, _ONE_LOOK_S))

    def ask(self, text: str) -> None:
        """Typed and sent, until it stands in the conversation: a panel that is being closed takes no more keys."""
        asked = f"{_LOG}.split({json.dumps(text)}).length - 1"
        before: int | None = None

        def ask(page: Page) -> None:
            nonlocal before
            page.click("textbox", "Ask about what you see", _ONE_LOOK_S)
            there = int(page.evaluate(asked))
            before = there if before is None else before
            if there > before:
                return
            page.key("Control+a")
            page.type(text)
            page.key("Enter")
            page.wait(f"{asked} > {before}", _EFFECT_S)

        self._do(ask)

    def wait(self, expression: str, timeout: float = 20) -> object:
        return self._do(lambda page: page.wait(expression, min(timeout, _ONE_LOOK_S)), timeout)

    def state(self) -> str:
        return str(self._do(lambda page: page.evaluate(_STATUS)))

    def wait_state(self, words: str, timeout: float = 20) -> None:
        self.wait(f"{_STATUS}.toLowerCase().includes({json.dumps(words.lower())})", timeout)

    def wait_hearing(self, timeout: float = 20) -> None:
        """Until it tells the person to speak."""
        self.wait(f"/speak now|listening/i.test({_STATUS} + {_ABOUT})", timeout)

    def wait_said(self, words: str, timeout: float = 20) -> str:
        """The whole conversation, once these words stand in it."""
        return str(self.wait(f"{_LOG}.includes({json.dumps(words)}) && {_LOG}", timeout))

    def conversation(self) -> str:
        return str(self._do(lambda page: page.evaluate(_LOG)))

    def failure(self) -> str:
        """What the card says; '' while there is none."""
        return str(self._do(lambda page: page.evaluate(_FAILURE)))

    def wait_failure(self, words: str, timeout: float = 20) -> str:
        return str(self.wait(f"{_FAILURE}.includes({json.dumps(words)}) && {_FAILURE}", timeout))

    def has(self, role: str, name: str) -> bool:
        return self._do(lambda page: page.find(role, name)) is not None
