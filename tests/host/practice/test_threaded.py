from __future__ import annotations

import socket
import threading

import pytest

from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer


def test_stop_ends_the_thread_and_the_listener() -> None:
    before = set(threading.enumerate())
    server = ThreadedServer(PracticeServer())
    port = int(server.base_url.rsplit(":", 1)[1])
    server.stop()
    server.stop()
    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2).close()


def test_a_port_that_is_taken_is_told_to_whoever_starts_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address already in use"):
            ThreadedServer(PracticeServer(port=taken.getsockname()[1]))


def test_call_returns_what_the_work_returned_or_raises_what_it_raised() -> None:
    server = ThreadedServer(PracticeServer())

    async def name() -> str:
        return threading.current_thread().name

    async def fail() -> None:
        raise KeyError("no")

    try:
        assert server.call(name) == "practice-server"
        with pytest.raises(KeyError):
            server.call(fail)
    finally:
        server.stop()
