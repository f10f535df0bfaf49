from __future__ import annotations

import contextlib
import gc
import socket
import ssl
import threading
from urllib.parse import urlsplit

import pytest

from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread


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


def test_a_server_that_ends_while_somebody_comes_leaves_no_connection_open() -> None:
    for _ in range(5):
        arrived = threading.Event()
        with contextlib.ExitStack() as visit:
            with run_in_thread(PracticeServer()) as server:
                visitor = threading.Thread(target=_visit, args=(server.base_url, server.ca_pem, arrived, visit))
                visitor.start()
                assert arrived.wait(20)
            visitor.join()
    # What was left open is told as it is collected, and fails the test.
    gc.collect()


def _visit(base_url: str, ca_pem: str, arrived: threading.Event, visit: contextlib.ExitStack) -> None:
    """Comes, and stays until the end of the visit."""
    address = urlsplit(base_url)
    context = ssl.create_default_context(cadata=ca_pem)
    raw = visit.enter_context(socket.create_connection((address.hostname, address.port)))
    arrived.set()
    with contextlib.suppress(OSError):
        visit.enter_context(context.wrap_socket(raw, server_hostname=address.hostname))
