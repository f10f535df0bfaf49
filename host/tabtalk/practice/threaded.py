"""A practice server in a thread of its own, so that its work never holds up the loop of whoever talks to it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

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
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
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

    def call(self, work: Callable[[], Coroutine[Any, Any, _Result]], timeout: float = 20) -> _Result:
        """Runs `work()` in the server's loop and returns its result, or raises what it raised:
        `server.call(lambda: server.connections[-1].send(wire.interrupted()))`."""
        return asyncio.run_coroutine_threadsafe(_called(work), self._loop).result(timeout)

    def drop(self) -> None:
        """Breaks every connection without a close frame."""

        async def drop() -> None:
            for connection in self.connections:
                connection.drop()

        self.call(drop)

    def stop(self) -> None:
        """Closes every connection and ends the thread. May be called twice."""
        with contextlib.suppress(RuntimeError):  # The loop is closed already.
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOP_TIMEOUT_S)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve())
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        async with self.server:
            self._ready.set_result(None)
            await self._stopping.wait()


async def _called(work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    return await work()


@contextlib.contextmanager
def run_in_thread(server: PracticeServer) -> Iterator[ThreadedServer]:
    """For tests. What a scenario raised is raised again at the end of the block."""
    threaded = ThreadedServer(server)
    try:
        yield threaded
    finally:
        threaded.stop()
    if server.failures:
        raise server.failures[0]
