"""The panel as a person uses it: what it says, and its controls by their accessible names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tabtalk.setup.devtools import Page

_STATUS = "document.querySelector('[role=status]').textContent"
_LOG = "document.querySelector('[role=log]').textContent"
_FAILURE = "document.querySelector('#failure').innerText"


class Panel:
    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, name: str) -> None:
        self.page.click("button", name)

    def choose(self, name: str) -> None:
        self.page.click("radio", name)

    def ask(self, text: str) -> None:
        self.page.click("textbox", "Ask about what you see")
        self.page.type(text)
        self.page.key("Enter")

    def state(self) -> str:
        return str(self.page.evaluate(_STATUS))

    def wait_state(self, words: str, timeout: float = 15) -> None:
        self.page.wait(f"{_STATUS}.toLowerCase().includes({json.dumps(words.lower())})", timeout)

    def wait_said(self, words: str, timeout: float = 15) -> str:
        """The whole conversation, once these words stand in it."""
        return str(self.page.wait(f"{_LOG}.includes({json.dumps(words)}) && {_LOG}", timeout))

    def conversation(self) -> str:
        return str(self.page.evaluate(_LOG))

    def wait_failure(self, words: str, timeout: float = 15) -> str:
        return str(self.page.wait(f"{_FAILURE}.includes({json.dumps(words)}) && {_FAILURE}", timeout))

    def has(self, role: str, name: str) -> bool:
        return self.page.find(role, name) is not None
