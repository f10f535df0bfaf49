"""The Chrome DevTools Protocol over two descriptors: commands and their answers, and events. Synchronous, standard library only.

One thread reads; any thread may send. Every wait has a timeout in seconds.
"""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
T = TypeVar("T")

EVENTS_KEPT = 10_000
"""Of each target; then the oldest go."""
_READ_BYTES = 1 << 20
_END_S = 3.0


class DevtoolsError(Exception):
    """The browser refused a command, did not start, or has gone. The text names the command."""


class Listener(NamedTuple):
    """Who is told of a session, with the pipe's lock held."""

    note: Callable[[str, Json], None]
    """Of an event: its name and its parameters."""
    go: Callable[[], None]
    """The session is over."""


class Pipe:
    """To a browser and from it. `last_words` is asked what it said before it went."""

    def __init__(self, to_browser: int, from_browser: int, last_words: Callable[[], str]) -> None:
        self._to_browser = to_browser
        self._last_words = last_words
        self._write_lock = threading.Lock()
        self._news = threading.Condition()
        self._replies: dict[int, Json] = {}
        self._waiting: set[int] = set()
        self._listeners: dict[str, Listener] = {}
        self._detached: set[str] = set()
        self._events: deque[tuple[str, Json]] = deque(maxlen=EVENTS_KEPT)
        self._last_id = 0
        self._gone = False
        self._reader = threading.Thread(target=self._read, args=(from_browser,), name="devtools-reader", daemon=True)
        self._reader.start()

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

    def listen(self, session: str, listener: Listener) -> None:
        """To what comes of this session from here on."""
        with self._news:
            self._listeners[session] = listener

    def wait_event(self, name: str, timeout: float = 20) -> Json:
        """Parameters of the oldest event of this name, outside all pages, that was not yet taken."""
        return self.take(self._events, name, timeout)

    def take(self, events: deque[tuple[str, Json]], name: str, timeout: float) -> Json:
        """Parameters of the oldest of these events with this name, which is taken out, as soon as there is one."""

        def first() -> tuple[str, Json] | None:
            return next((event for event in events if event[0] == name), None)

        event = self.wait(first, name, timeout)
        events.remove(event)
        return event[1]

    def wait(self, claim: Callable[[], T | None], name: str, timeout: float) -> T:
        """What `claim` returns once it is truthy; asked again whenever the browser says something."""
        with self._news:
            self._news.wait_for(lambda: claim() or self._gone, timeout)
            value = claim()
            if not value:
                why = "the browser has gone" if self._gone else f"not within {timeout:g} s"
                raise TimeoutError(f"{name}: {why}")
            return value

    def close(self) -> None:
        """Safe to call twice; what has not come by now does not come."""
        with self._write_lock:
            if self._to_browser >= 0:
                os.close(self._to_browser)
                self._to_browser = -1
        self._reader.join(_END_S)

    def _write(self, data: bytes, method: str) -> None:
        try:
            with self._write_lock:
                if self._to_browser < 0:
                    raise BrokenPipeError
                while data:
                    data = data[os.write(self._to_browser, data) :]
        except BrokenPipeError:
            raise DevtoolsError(f"{method}: the browser has gone{self._last_words()}") from None

    def _read(self, from_browser: int) -> None:
        with open(from_browser, "rb", buffering=0) as pipe:
            rest = b""
            while chunk := pipe.read(_READ_BYTES):
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
                    listener = self._listeners.pop(message["params"]["sessionId"], None)
                    if listener:
                        listener.go()
            elif session in self._listeners:
                self._listeners[session].note(message["method"], message["params"])
            self._news.notify_all()
