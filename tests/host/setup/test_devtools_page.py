"""A page under control, in the real Chromium, headless."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from headless import needed
from tabtalk.setup.devtools_pipe import DevtoolsError

if TYPE_CHECKING:
    from tabtalk.setup.devtools import Browser
    from tabtalk.setup.devtools_page import Page

pytestmark = needed


def test_evaluate_awaits_promises_and_returns_json(page: Page) -> None:
    assert page.evaluate("Promise.resolve({a: [1, 'zwei', null, true]})") == {"a": [1, "zwei", None, True]}
    assert page.evaluate("undefined") is None


def test_a_javascript_exception_is_an_error_with_its_words(page: Page) -> None:
    with pytest.raises(DevtoolsError, match="no luck"):
        page.evaluate("(() => { throw new Error('no luck') })()")
    with pytest.raises(DevtoolsError, match="rejected 7"):
        page.evaluate("Promise.reject(new Error('rejected 7'))")


def test_wait_returns_the_value_and_its_timeout_says_what_it_saw(page: Page) -> None:
    page.evaluate("void setTimeout(() => { window.late = 'here' }, 100)")
    assert page.wait("window.late") == "here"
    assert page.wait("document.querySelector('h1')") == {}
    with pytest.raises(TimeoutError, match=r"window\.never.*last: 0"):
        page.wait("window.never || 0", timeout=0.2)


def test_find_goes_by_accessible_role_and_name(page: Page) -> None:
    button = page.find("button", "Wait")
    assert button is not None
    assert button.properties["disabled"] is True
    assert page.find("button", "Words") is None
    assert page.find("heading", "Words") is not None


def test_click_hits_also_what_must_be_scrolled_to(page: Page) -> None:
    page.click("button", "Go")
    page.wait("document.title === 'hit'")
    page.click("button", "Far down")
    page.wait("document.title === 'deep'")


@pytest.mark.parametrize("moment", ["mousemove", "mousedown"], ids=["before the press", "before the release"])
def test_click_follows_what_moves_away_from_under_the_pointer_and_hits_nothing_else(page: Page, moment: str) -> None:
    page.evaluate(
        f"void document.addEventListener('{moment}', () => {{ const card = document.createElement('div');"
        " card.style.height = '200px'; card.onclick = () => { window.wrong = true }; document.body.prepend(card) },"
        " {once: true})"
    )
    page.click("button", "Go")
    page.wait("document.title === 'hit'")
    assert page.evaluate("window.wrong") is None


def test_click_says_when_something_else_lies_over_it(page: Page) -> None:
    page.evaluate(
        "void document.body.insertAdjacentHTML('beforeend', '<div id=cover style=\"position:fixed;inset:0\"></div>')"
    )
    with pytest.raises(TimeoutError, match="“Go”: something else"):
        page.click("button", "Go")
    page.evaluate("document.querySelector('#cover').remove()")
    page.click("button", "Go")
    page.wait("document.title === 'hit'")


def test_click_on_what_makes_the_page_go_is_a_click(page: Page) -> None:
    page.evaluate("void (document.querySelector('button').onclick = () => { location.href = 'about:blank' })")
    page.click("button", "Go")
    page.wait("location.href === 'about:blank'")


def test_click_waits_until_the_element_is_enabled(page: Page) -> None:
    with pytest.raises(TimeoutError, match="disabled"):
        page.click("button", "Wait", timeout=0.2)
    page.evaluate(
        "void setTimeout(() => { const b = document.querySelector('[disabled]');"
        " b.disabled = false; b.onclick = () => { document.title = 'enabled' } }, 100)"
    )
    page.click("button", "Wait")
    page.wait("document.title === 'enabled'")


def test_typing_and_keys_arrive_as_keyboard_input(page: Page) -> None:
    page.click("textbox", "Name")
    page.type("Zoë 北京 x")
    page.key("Backspace")
    page.key("Enter")
    assert page.wait("document.title.startsWith('entered') && document.title") == "entered Zoë 北京"
    page.evaluate(
        "void addEventListener('keydown', (e) => { window.chord = [e.key, e.altKey, e.shiftKey, e.ctrlKey] })"
    )
    page.key("Alt+Shift+g")
    assert page.wait("window.chord") == ["g", True, True, False]


def test_errors_collects_exceptions_console_errors_and_refusals(page: Page) -> None:
    assert page.errors == []
    page.evaluate(
        "void setTimeout(() => { console.error('said', 3); console.warn('only a warning');"
        " setTimeout(() => { throw new Error('thrown') }) })"
    )
    page.wait_event("Runtime.exceptionThrown")
    assert page.errors[0] == "console.error: said 3"
    assert "thrown" in page.errors[1]
    assert len(page.errors) == 2


def test_each_event_is_taken_once(page: Page) -> None:
    page.evaluate("console.log('one'), console.log('two')")
    said = [page.wait_event("Runtime.consoleAPICalled")["args"][0]["value"] for _ in range(2)]
    assert said == ["one", "two"]
    with pytest.raises(TimeoutError, match="consoleAPICalled"):
        page.wait_event("Runtime.consoleAPICalled", timeout=0.2)


def test_a_screenshot_is_a_png(page: Page) -> None:
    assert page.screenshot().startswith(b"\x89PNG\r\n")


def test_a_page_that_closes_says_so(browser: Browser, page: Page) -> None:
    browser.send("Target.closeTarget", {"targetId": page.target_id})
    page.wait_closed()
    with pytest.raises(DevtoolsError):
        page.wait("1")
    with pytest.raises(DevtoolsError):
        page.wait_for("button", "Go")


def test_what_waits_for_a_page_that_closes_fails_at_once(browser: Browser, page: Page) -> None:
    closer = threading.Timer(0.3, browser.send, ["Target.closeTarget", {"targetId": page.target_id}])
    closer.start()
    started = time.monotonic()
    with pytest.raises(DevtoolsError, match=r"gone|destroyed|navigated|closed"):
        page.evaluate("new Promise(() => {})", timeout=30)
    closer.join()
    assert time.monotonic() - started < 10
