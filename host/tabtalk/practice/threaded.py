"""A practice server in a thread of its own, so that its work never holds up the loop of whoever talks to it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tabtalk.practice.connection import Connection
from tabtalk.practice.recorder import Recorder
from tabtalk.practice.server import PracticeServer

_START_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 10.0

_Result = TypeVar("_Result")


class ThreadedServer:
    """Starts on construction and returns when it listens; raises what kept it from listening."""

    def __init__(self, server: PracticeServer) -> None:
        self.server = server
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._run, name="practice-server", daemon=True)
        self._thread.start()
        self._ready.result(_START_TIMEOUT_S)

    @property
    def base_url(self) -> str:
        return self.server.base_url

    @property
    def ca_pem(self) -> str:
        return self.server.ca_pem

    @property
    def recorder(self) -> Recorder:
        return self.server.recorder

    @property
    def connections(self) -> list[Connection]:
        return list(self.server.connections)

    def call(self, work: Callable[[], Coroutine[Any, Any, _Result]], timeout: float = 10) -> _Result:
        """Runs `work()` in the server's loop and returns its result, or raises what it raised:
        `server.call(lambda: server.connections[-1].send(wire.interrupted()))`."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(_called(work), self._loop).result(timeout)

    def drop(self) -> None:
        """Breaks every connection without a close frame."""

        async def drop() -> None:
            for connection in self.connections:
                connection.drop()

        self.call(drop)

    def stop(self) -> None:
        """Closes every connection and ends the thread. May be called twice."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOP_TIMEOUT_S)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  (whoever waits for the start is told)
            if not self._ready.done():
                self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        async with self.server:
            self._ready.set_result(None)
            await self._stopping.wait()


async def _called(work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    return await work()


@contextmanager
def run_in_thread(server: PracticeServer) -> Iterator[ThreadedServer]:
    """For tests. What a scenario raised is raised again at the end of the block."""
    threaded = ThreadedServer(server)
    try:
        yield threaded
    finally:
        threaded.stop()
    if server.failures:
        raise server.failures[0]
