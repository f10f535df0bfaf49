"""A page under control, or whatever else of a browser has a session: what it shows, says and is told, by its roles and names."""

from __future__ import annotations

import base64
import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tabtalk.setup.devtools_pipe import EVENTS_KEPT, DevtoolsError

if TYPE_CHECKING:
    from tabtalk.setup.devtools import Browser
    from tabtalk.setup.devtools_pipe import Json

_REST_S = 0.1
_MOST_MOVES = 20
_MOST_MISSES = 5
_ONE_ANSWER_S = 5.0
_POLL_S = 0.05
# Called on an element. A press elsewhere is kept from what it would hit; a label's press is that of its control, and what
# lies in a shadow tree is seen from outside as its host.
_WATCH_CLICK = """function () {
  const reaches = (at) => at === this || at.control === this || at === this.getRootNode().host;
  const kinds = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
  let missed = false;
  let seen = false;
  const take = (event) => {
    const down = event.type === 'pointerdown';
    seen ||= down;
    // What a press took away, such as the page that it left, needs no release.
    if (down || (event.type === 'pointerup' && this.isConnected)) missed ||= !event.composedPath().some(reaches);
    if (!missed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const kind of kinds) addEventListener(kind, take, true);
  return {
    end: () => {
      for (const kind of kinds) removeEventListener(kind, take, true);
      return missed || !seen;
    },
  };
}"""
_MODIFIERS = {"alt": 1, "control": 2, "ctrl": 2, "meta": 4, "shift": 8}
_KEY_CODES = {
    "Backspace": 8, "Tab": 9, "Enter": 13, "Escape": 27, "Space": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Delete": 46,
}  # fmt: skip
_KEY_TEXTS = {"Enter": "\r", "Space": " "}


class Node(NamedTuple):
    """One element as assistive technology sees it."""

    id: int
    """`backendNodeId`."""
    role: str
    name: str
    properties: dict[str, Any]
    """Accessibility properties such as `disabled`, `checked`, `focused`, `pressed`."""


class Page:
    """One attached target: a page, the extension's popup or offscreen document, or a worker."""

    def __init__(self, browser: Browser, target_id: str, session: str) -> None:
        self.browser = browser
        self.target_id = target_id
        self.session = session
        self.closed = False
        """The target has gone; every command fails from here on."""
        self.errors: list[str] = []
        """Uncaught exceptions, console errors and the browser's own complaints (CSP, failed loads), oldest first."""
        self._events: deque[tuple[str, Json]] = deque(maxlen=EVENTS_KEPT)

    def listen(self) -> None:
        self.send("Runtime.enable")
        for domain in ("Log.enable", "Page.enable"):
            with contextlib.suppress(DevtoolsError):  # a worker has no Page, a tab target neither
                self.send(domain)

    def send(self, method: str, params: Json | None = None, timeout: float = 20) -> Json:
        return self.browser.send(method, params, self.session, timeout)

    def evaluate(self, expression: str, timeout: float = 20) -> Any:
        """The value of a JavaScript expression, promises awaited, as JSON. Raises `DevtoolsError` if it throws."""
        answer = self.send(
            "Runtime.evaluate",
            {"expression": expression, "awaitPromise": True, "returnByValue": True, "userGesture": True},
            timeout,
        )
        if "exceptionDetails" in answer:
            raise DevtoolsError(f"Runtime.evaluate: {_exception_text(answer['exceptionDetails'])} in: {expression}")
        return answer["result"].get("value")

    def wait(self, expression: str, timeout: float = 20) -> Any:
        """The first value of an expression that JavaScript finds true, as JSON: an element is there, but as `{}`.

        Raises `TimeoutError` with the expression and its last value.
        """
        asked = f"(async () => {{ const value = await ({expression}); return [Boolean(value), value] }})()"
        deadline = time.monotonic() + timeout
        last: Any = None
        while True:
            try:
                found, last = self.evaluate(asked, max(0.1, min(_ONE_ANSWER_S, deadline - time.monotonic())))
            except DevtoolsError as error:  # a page that is just being replaced has no context for a moment
                last = error
                if self.closed:
                    raise
            else:
                if found:
                    return last
            if time.monotonic() > deadline:
                raise TimeoutError(f"not true within {timeout:g} s: {expression}; last: {last!r}")
            time.sleep(_POLL_S)

    def wait_event(self, name: str, timeout: float = 20) -> Json:
        """Parameters of the oldest event of this name, in this target, that was not yet taken."""
        return self.browser.pipe.take(self._events, name, timeout)

    def wait_closed(self, timeout: float = 20) -> None:
        """Returns when the target has gone."""
        self.browser.pipe.wait(lambda: self.closed, f"{self.target_id} closed", timeout)

    def find(self, role: str, name: str, timeout: float = _ONE_ANSWER_S) -> Node | None:
        """The element with this accessible role and exact name, if it is there now.

        Of a document that is just being replaced the browser never answers: that is a `DevtoolsError` after `timeout`.
        """
        document = self.send("Runtime.evaluate", {"expression": "document"}, timeout)["result"]["objectId"]
        query = {"objectId": document, "role": role, "accessibleName": name}
        for node in self.send("Accessibility.queryAXTree", query, timeout)["nodes"]:
            if not node.get("ignored") and "backendDOMNodeId" in node:
                properties = {found["name"]: found["value"].get("value") for found in node.get("properties", ())}
                return Node(node["backendDOMNodeId"], role, name, properties)
        return None

    def wait_for(self, role: str, name: str, timeout: float = 20) -> Node:
        """As `find`, as soon as it is there and not disabled."""
        deadline = time.monotonic() + timeout
        while True:
            node = None
            try:
                node = self.find(role, name, max(0.1, min(_ONE_ANSWER_S, deadline - time.monotonic())))
            except DevtoolsError:  # as in `wait`
                if self.closed:
                    raise
            if node and not node.properties.get("disabled"):
                return node
            if time.monotonic() > deadline:
                raise TimeoutError(f"{role} “{name}”: {'disabled' if node else 'not there'} after {timeout:g} s")
            time.sleep(_POLL_S)

    def click(self, role: str, name: str, timeout: float = 20) -> None:
        """A mouse click at the centre of an element, once it is there and enabled.

        What moved away under the pointer is clicked where it went, and what lay in its place is not clicked. Raises
        `TimeoutError` if it cannot be hit.
        """
        for _ in range(_MOST_MISSES):
            node = self.wait_for(role, name, timeout)
            self.send("DOM.scrollIntoViewIfNeeded", {"backendNodeId": node.id})
            at = self._resting_place(node)
            target = self.send("DOM.resolveNode", {"backendNodeId": node.id})["object"]["objectId"]
            watch = self._call(target, _WATCH_CLICK, by_value=False)["objectId"]
            self.send("Input.dispatchMouseEvent", {"type": "mouseMoved", **at})
            button: Json = {"button": "left", "clickCount": 1, **at}
            self.send("Input.dispatchMouseEvent", {"type": "mousePressed", **button})
            try:
                self.send("Input.dispatchMouseEvent", {"type": "mouseReleased", **button})
                missed = self._call(watch, "function () { return this.end(); }")["value"]
            except DevtoolsError:  # The click made the page go.
                return
            if not missed:
                return
        raise TimeoutError(f"{role} “{name}”: something else is where it is")

    def _call(self, target: str, function: str, *, by_value: bool = True) -> Json:
        """What a JavaScript function returns whose `this` is the object `target`, as a `RemoteObject`."""
        asked = {"objectId": target, "functionDeclaration": function, "returnByValue": by_value}
        return cast("Json", self.send("Runtime.callFunctionOn", asked)["result"])

    def _resting_place(self, node: Node) -> Json:
        """The centre of an element that does not move any more: a page that was just opened still finds its size."""
        last: Json = {}
        for _ in range(_MOST_MOVES):
            quad = self.send("DOM.getContentQuads", {"backendNodeId": node.id})["quads"][0]
            at = {"x": sum(quad[0::2]) / 4, "y": sum(quad[1::2]) / 4}
            if at == last:
                break
            last = at
            time.sleep(_REST_S)
        return last

    def type(self, text: str) -> None:
        """Types into what has the focus, one key event pair a character."""
        for letter in text:
            self.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": letter, "key": letter})
            self.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": letter})

    def key(self, chord: str) -> None:
        """Presses one key with its modifiers: `Enter`, `Escape`, `Shift+Tab`, `Control+a`."""
        *held, name = chord.split("+")
        modifiers = sum(_MODIFIERS[key.lower()] for key in held)
        code = _KEY_CODES.get(name) or ord(name.upper())
        event: Json = {
            "key": " " if name == "Space" else name,
            "code": name if name in _KEY_CODES else f"Key{name.upper()}",
            "windowsVirtualKeyCode": code,
            "modifiers": modifiers,
        }
        text = _KEY_TEXTS.get(name, "" if name in _KEY_CODES or modifiers & ~_MODIFIERS["shift"] else name)
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.send("Input.dispatchKeyEvent", {**event, **down})
        self.send("Input.dispatchKeyEvent", {**event, "type": "keyUp"})

    def screenshot(self) -> bytes:
        """What is visible, as PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", {"format": "png"})["data"])

    def go(self) -> None:
        """The target has gone. For the pipe's reader, as `note`."""
        self.closed = True

    def note(self, method: str, params: Json) -> None:
        """Takes one event in. For the pipe's reader, which has the lock: nothing may be sent from here."""
        self._events.append((method, params))
        if method == "Runtime.exceptionThrown":
            self.errors.append(_exception_text(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            words = (str(argument.get("value", argument.get("description", ""))) for argument in params["args"])
            self.errors.append(f"console.{params['type']}: {' '.join(words)}")
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            entry = params["entry"]
            self.errors.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}".rstrip())


def _exception_text(details: Json) -> str:
    exception = details.get("exception", {})
    return str(exception.get("description") or exception.get("value") or details.get("text", "unknown exception"))
