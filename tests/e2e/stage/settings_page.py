"""The settings page as a person without a mouse uses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from tabtalk.setup.devtools_page import Page

READY = "document.querySelector('main').ariaBusy === 'false'"
FOCUSED = "(({id, name, dataset, textContent}) => id || name || dataset.action || textContent)(document.activeElement)"
MOST_STOPS = 160
MOST_VALUES = 40
START_S = 30
"""For a host that has to start."""


def open_settings(browser: Chromium) -> Page:
    page = browser.extension_page("options/options.html")
    page.wait(READY, START_S)
    return page


def go(page: Page, name: str) -> None:
    """To the control of this id or name, or to a button by its words."""
    for _ in range(MOST_STOPS):
        page.key("Tab")
        if page.evaluate(FOCUSED) == name:
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
    raise AssertionError(f"the Tab key does not lead to {name}")


def pick(page: Page, name: str, value: str, key: str) -> None:
    """Presses an arrow until the control of this name has the value."""
    go(page, name)
    for _ in range(MOST_VALUES):
        if page.evaluate("document.activeElement.value") == value:
            break
        page.key(key)
    assert page.evaluate("document.activeElement.value") == value
    wait_saved(page, name)


def tick(page: Page, name: str) -> None:
    go(page, name)
    page.key("Space")
    wait_saved(page, name)


def choose_device(page: Page, name: str, label: str) -> None:
    option = f"[...document.querySelector('#{name}').options].find(({{text}}) => text === {json.dumps(label)})"
    page.wait(option, START_S)
    pick(page, name, str(page.evaluate(f"{option}.value")), "ArrowDown")


def write(page: Page, name: str, text: str) -> None:
    """In place of what stands there."""
    go(page, name)
    page.key("Control+a")
    page.type(text)
    # Saved as it is: nobody has to leave the field.
    wait_saved(page, name)


def press(page: Page, name: str) -> None:
    go(page, name)
    page.key("Enter")


def wait_saved(page: Page, name: str) -> None:
    page.wait(f"document.querySelector('[data-setting={name}] .told').dataset.mood === 'saved'", START_S)
