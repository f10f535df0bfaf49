"""A browser under control: the Chrome DevTools Protocol over `--remote-debugging-pipe`, synchronous, standard library only.

The pipe (fd 3 and 4 of the browser) is inherited by nobody else, so no other process can drive the browser, as it could
with a debugging port. One thread reads; any thread may send. Every wait has a timeout in seconds.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Json = dict[str, Any]
T = TypeVar("T")

ARGUMENTS = (
    "--remote-debugging-pipe",
    "--enable-unsafe-extension-debugging",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
STDERR_NAME = "browser-stderr.log"
_EVENTS_KEPT = 10_000
_REST_S = 0.1
_MOST_MOVES = 20
_MOST_MISSES = 5
_ONE_ANSWER_S = 5.0
_POLL_S = 0.05
_GRACE_S = 3.0
# A browser finds its pipe at fd 3 and 4; `Popen` can keep a descriptor but not move it, and running Python between fork
# and exec is unsafe beside threads.
_SHIM = """
import os, sys
for fd, at in zip(map(int, sys.argv[1:3]), (3, 4)):
    os.dup2(fd, at)
    os.close(fd)
os.execvp(sys.argv[3], sys.argv[3:])
"""
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


class DevtoolsError(Exception):
    """The browser refused a command, did not start, or has gone. The text names the command."""


class Node(NamedTuple):
    """One element as assistive technology sees it."""

    id: int
    """`backendNodeId`."""
    role: str
    name: str
    properties: dict[str, Any]
    """Accessibility properties such as `disabled`, `checked`, `focused`, `pressed`."""


class Browser:
    """A running browser and the pipe to it. `close()` leaves no process behind."""

    def __init__(self, process: subprocess.Popen[bytes], to_browser: int, from_browser: int, stderr: Path) -> None:
        self._process = process
        self._to_browser = to_browser
        self._stderr = stderr
        self._write_lock = threading.Lock()
        self._news = threading.Condition()
        self._replies: dict[int, Json] = {}
        self._waiting: set[int] = set()
        self._pages: dict[str, Page] = {}
        self._detached: set[str] = set()
        self._events: deque[tuple[str, Json]] = deque(maxlen=_EVENTS_KEPT)
        self._last_id = 0
        self._gone = False
        self._reader = threading.Thread(target=self._read, args=(from_browser,), name="devtools-reader", daemon=True)
        self._reader.start()

    @classmethod
    def launch(
        cls,
        executable: str | os.PathLike[str],
        user_data_dir: str | os.PathLike[str],
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        timeout: float = 30,
    ) -> Browser:
        """Starts a browser and waits until it answers. What it prints goes to `STDERR_NAME` in the user data dir."""
        if sys.platform == "win32":
            raise DevtoolsError("launch: driving a browser is not supported on Windows")
        root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        command = [os.fspath(executable), *ARGUMENTS, *root, f"--user-data-dir={os.fspath(user_data_dir)}", *args]
        stderr = Path(user_data_dir) / STDERR_NAME
        stderr.parent.mkdir(parents=True, exist_ok=True)
        (browser_reads, to_browser), (from_browser, browser_writes) = _high_pipe(), _high_pipe()
        try:
            with stderr.open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _SHIM, str(browser_reads), str(browser_writes), *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(env) if env is not None else None,
                    pass_fds=(browser_reads, browser_writes),
                    start_new_session=True,
                )
        except BaseException:
            os.close(to_browser)
            os.close(from_browser)
            raise
        finally:
            os.close(browser_reads)
            os.close(browser_writes)
        browser = cls(process, to_browser, from_browser, stderr)
        try:
            browser.send("Browser.getVersion", timeout=timeout)
            browser.send("Target.setDiscoverTargets", {"discover": True, "filter": [{}]})
        except BaseException:
            browser.close()
            raise
        return browser

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, method: str, params: Json | None = None, session: str | None = None, timeout: float = 20) -> Json:
        """The result of one command. Raises `DevtoolsError` with the method and the browser's message."""
        with self._news:
            self._last_id += 1
            number = self._last_id
            self._waiting.add(number)
        command: Json = {"id": number, "method": method, "params": params or {}}
        if session is not None:
            command["sessionId"] = session
        try:
            self._write(json.dumps(command).encode() + b"\0", method)
            with self._news:
                answered = self._news.wait_for(
                    lambda: number in self._replies or self._gone or session in self._detached, timeout
                )
                reply = self._replies.pop(number, None)
                if reply is None and not self._gone:
                    why = "the target has gone" if answered else f"no answer within {timeout:g} s"
                    raise DevtoolsError(f"{method}: {why}")
        finally:
            with self._news:
                self._waiting.discard(number)
        if reply is None:
            raise DevtoolsError(f"{method}: the browser has gone{self._last_words()}")
        if "error" in reply:
            error = reply["error"]
            raise DevtoolsError(f"{method}: {error.get('message', 'unknown error')} {error.get('data', '')}".rstrip())
        result: Json = reply["result"]
        return result

    def targets(self) -> list[Json]:
        """Every target, `tab` targets and the extension's own pages and workers too."""
        found: list[Json] = self.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
        return found

    def wait_target(self, predicate: Callable[[Json], bool], timeout: float = 20) -> Json:
        """The first target that fits, as soon as there is one. Raises `TimeoutError` with what there was."""
        deadline = time.monotonic() + timeout
        while True:
            targets = self.targets()
            for target in targets:
                if predicate(target):
                    return target
            if time.monotonic() > deadline:
                there = "; ".join(f"{target['type']} {target['url']}" for target in targets)
                raise TimeoutError(f"no such target within {timeout:g} s; there are: {there}")
            time.sleep(_POLL_S)

    def attach(self, target_id: str) -> Page:
        session = self.send("Target.attachToTarget", {"targetId": target_id, "flatten": True})["sessionId"]
        page = Page(self, target_id, session)
        with self._news:
            self._pages[session] = page
        page.listen()
        return page

    def wait_event(self, name: str, timeout: float = 20) -> Json:
        """Parameters of the oldest event of this name, outside all pages, that was not yet taken."""
        return self._take(self._events, name, timeout)

    def close(self) -> None:
        """Asks the browser to close, then ends by force what is left of it. Safe to call twice."""
        with contextlib.suppress(DevtoolsError):
            self.send("Browser.close", timeout=_GRACE_S)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_S)
        # What the browser started leaves by itself when its pipes close, a native messaging host above all.
        if not _wait_until(lambda: not _group(self.pid), _GRACE_S):
            for pid in _group(self.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            _wait_until(lambda: not _group(self.pid), _GRACE_S)
        self._process.wait()
        with self._write_lock:
            if self._to_browser >= 0:
                os.close(self._to_browser)
                self._to_browser = -1
        self._reader.join(_GRACE_S)

    def _write(self, data: bytes, method: str) -> None:
        try:
            with self._write_lock:
                if self._to_browser < 0:
                    raise BrokenPipeError
                while data:
                    data = data[os.write(self._to_browser, data) :]
        except BrokenPipeError:
            raise DevtoolsError(f"{method}: the browser has gone{self._last_words()}") from None

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._stderr.read_text(errors="replace").strip().splitlines()
            return f"; it said: {lines[-1]}" if lines else ""
        return ""

    def _read(self, from_browser: int) -> None:
        with open(from_browser, "rb", buffering=0) as pipe:
            rest = b""
            while chunk := pipe.read(1 << 20):
                *messages, rest = (rest + chunk).split(b"\0")
                for message in messages:
                    self._deliver(json.loads(message))
        with self._news:
            self._gone = True
            self._news.notify_all()

    def _deliver(self, message: Json) -> None:
        with self._news:
            number, session = message.get("id"), message.get("sessionId")
            if number is not None:
                if number in self._waiting:
                    self._replies[number] = message
            elif session is None:
                self._events.append((message["method"], message["params"]))
                if message["method"] == "Target.detachedFromTarget":
                    # A command that was under way is never answered then.
                    self._detached.add(message["params"]["sessionId"])
                    page = self._pages.pop(message["params"]["sessionId"], None)
                    if page:
                        page.closed = True
            elif session in self._pages:
                self._pages[session].note(message["method"], message["params"])
            self._news.notify_all()

    def _take(self, events: deque[tuple[str, Json]], name: str, timeout: float) -> Json:
        def first() -> tuple[str, Json] | None:
            return next((event for event in events if event[0] == name), None)

        event = self._wait(first, name, timeout)
        events.remove(event)
        return event[1]

    def _wait(self, claim: Callable[[], T | None], name: str, timeout: float) -> T:
        """What `claim` returns once it is truthy; asked again whenever the browser says something."""
        with self._news:
            self._news.wait_for(lambda: claim() or self._gone, timeout)
            value = claim()
            if not value:
                why = "the browser has gone" if self._gone else f"not within {timeout:g} s"
                raise TimeoutError(f"{name}: {why}")
            return value


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
        self._events: deque[tuple[str, Json]] = deque(maxlen=_EVENTS_KEPT)

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
        return self.browser._take(self._events, name, timeout)  # noqa: SLF001 (one module, one lock)

    def wait_closed(self, timeout: float = 20) -> None:
        """Returns when the target has gone."""
        self.browser._wait(lambda: self.closed, f"{self.target_id} closed", timeout)  # noqa: SLF001

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

    def note(self, method: str, params: Json) -> None:
        """Takes one event in; called by the reader with the lock held."""
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


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends are clear of 3 and 4, where the browser's ends go."""
    import fcntl

    ends = os.pipe()
    high = fcntl.fcntl(ends[0], fcntl.F_DUPFD_CLOEXEC, 10), fcntl.fcntl(ends[1], fcntl.F_DUPFD_CLOEXEC, 10)
    for end in ends:
        os.close(end)
    return high


def _group(leader: int) -> list[int]:
    """Living processes of the session that the browser leads; a zombie is not one."""
    output = subprocess.run(["ps", "-eo", "pid=,sess=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in output.splitlines())
    return [int(pid) for pid, *groups, stat in rows if str(leader) in groups and not stat.startswith("Z")]


def _wait_until(claim: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True
