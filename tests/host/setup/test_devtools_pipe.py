"""The protocol over two pipes, of which the test has the browser's ends."""

from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tabtalk.setup.devtools_pipe import DevtoolsError, Listener, Pipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.setup.devtools_pipe import Json

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="driving a browser is not supported on Windows")


class Far:
    """A browser that says and hears what the test wants. `pipe` leads to it."""

    def __init__(self) -> None:
        hears, to_browser = os.pipe()
        from_browser, self._says = os.pipe()
        self._hears = os.fdopen(hears, "rb")
        self._rest = b""
        self.pipe = Pipe(to_browser, from_browser, lambda: "; it said: oh")

    def next(self) -> Json:
        while b"\0" not in self._rest:
            self._rest += os.read(self._hears.fileno(), 4096)
        message, _, self._rest = self._rest.partition(b"\0")
        command: Json = json.loads(message)
        return command

    def say(self, *messages: Json, piece: int = 1 << 16) -> None:
        data = b"".join(json.dumps(message, ensure_ascii=False).encode() + b"\0" for message in messages)
        for at in range(0, len(data), piece):
            os.write(self._says, data[at : at + piece])

    def go(self) -> None:
        if self._says >= 0:
            os.close(self._says)
            self._hears.close()
            self._says = -1


@pytest.fixture
def far() -> Iterator[Far]:
    far = Far()
    yield far
    far.go()
    far.pipe.close()


def test_an_answer_goes_to_who_asked_in_whatever_order_and_pieces_it_comes(far: Far) -> None:
    with ThreadPoolExecutor() as threads:
        asked = {name: threads.submit(far.pipe.send, name) for name in ("One.ask", "Two.ask", "Three.ask")}
        commands = [far.next() for _ in asked]
        answers = [{"id": each["id"], "result": {"to": each["method"], "in": "北京"}} for each in reversed(commands)]
        far.say(*answers, piece=3)
        assert {name: answer.result(10) for name, answer in asked.items()} == {
            name: {"to": name, "in": "北京"} for name in asked
        }


def test_a_refusal_is_an_error_with_the_command_and_the_browsers_words(far: Far) -> None:
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(far.pipe.send, "Page.fly", {"to": "Mars"})
        command = far.next()
        assert command["params"] == {"to": "Mars"}
        far.say({"id": command["id"], "error": {"message": "No wings", "data": "none at all"}})
        with pytest.raises(DevtoolsError, match=r"^Page\.fly: No wings none at all$"):
            asked.result(10)


def test_an_answer_that_comes_too_late_is_nobody_elses(far: Far) -> None:
    with pytest.raises(DevtoolsError, match=r"^Slow\.ask: no answer within 0\.05 s$"):
        far.pipe.send("Slow.ask", timeout=0.05)
    slow = far.next()
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(far.pipe.send, "Quick.ask")
        quick = far.next()
        far.say({"id": slow["id"], "result": {"to": "slow"}}, {"id": quick["id"], "result": {"to": "quick"}})
        assert asked.result(10) == {"to": "quick"}
    assert not far.pipe._replies, "nor kept"


def test_events_of_a_session_go_to_its_listener_and_others_wait_each_to_be_taken_once(far: Far) -> None:
    noted: list[tuple[str, Json]] = []
    far.pipe.listen("mine", Listener(lambda name, params: noted.append((name, params)), lambda: None))
    far.say(
        {"method": "Said", "params": {"what": 1}},
        {"method": "Said", "params": {"what": 2}, "sessionId": "mine"},
        {"method": "Said", "params": {"what": 3}, "sessionId": "of nobody"},
        {"method": "Said", "params": {"what": 4}},
    )
    assert [far.pipe.wait_event("Said", 10)["what"] for _ in range(2)] == [1, 4]
    assert noted == [("Said", {"what": 2})]
    with pytest.raises(TimeoutError, match=r"^Said: not within 0\.05 s$"):
        far.pipe.wait_event("Said", 0.05)


def test_a_session_that_ends_fails_what_it_was_asked_and_tells_its_listener(far: Far) -> None:
    over = threading.Event()
    far.pipe.listen("mine", Listener(lambda name, params: None, over.set))
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(far.pipe.send, "Page.wait", None, "mine", 30)
        other = threads.submit(far.pipe.send, "Page.other", None, "yours", 30)
        commands = {each["sessionId"]: each["id"] for each in (far.next(), far.next())}
        far.say({"method": "Target.detachedFromTarget", "params": {"sessionId": "mine"}})
        with pytest.raises(DevtoolsError, match=r"^Page\.wait: the target has gone$"):
            asked.result(10)
        assert over.is_set()
        far.say({"id": commands["yours"], "result": {}})
        assert other.result(10) == {}


def test_a_browser_that_goes_fails_all_that_waits_with_its_last_words(far: Far) -> None:
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(far.pipe.send, "Page.ask", timeout=30)
        waits = threads.submit(far.pipe.wait_event, "Never", 30)
        far.next()
        far.go()
        with pytest.raises(DevtoolsError, match=r"^Page\.ask: the browser has gone; it said: oh$"):
            asked.result(10)
        with pytest.raises(TimeoutError, match=r"^Never: the browser has gone$"):
            waits.result(10)
    with pytest.raises(DevtoolsError, match=r"^Page\.ask: the browser has gone; it said: oh$"):
        far.pipe.send("Page.ask")
