"""The host as the browser starts it: a process, and the browser's side of its stdio."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tabtalk import __version__
from tabtalk.protocol import EXTENSION_ORIGIN, PROTOCOL_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = Path(__file__).resolve().parents[4] / "host" / "native_host.py"
ANSWER_S = 15.0


class HostGone(Exception):
    """The process ended, or did not answer."""


class HostBroken(HostGone):
    """Before it answered `hello`."""


class NativeHost:
    """One process. `start` says hello; `ticket` is what opens the first link."""

    ticket: dict[str, Any]

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next = 0
        self.gone = asyncio.Event()
        self.status: dict[str, Any] = {}
        """The last `host-status`."""
        self._reading = asyncio.create_task(self._read(), name="native-host")

    @classmethod
    async def start(cls, env: Mapping[str, str], origin: str = EXTENSION_ORIGIN + "/") -> Self:
        """Raises `HostBroken`."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(HOST), origin),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, **env},
        )
        host = cls(process)
        try:
            host.ticket = await host.request("hello", version=__version__, protocol=PROTOCOL_VERSION)
        except HostGone as error:
            raise HostBroken(str(error)) from error
        return host

    @property
    def pid(self) -> int:
        return self._process.pid

    async def mint(self) -> dict[str, Any]:
        return await self.request("mint-token")

    async def request(self, type: str, **data: Any) -> dict[str, Any]:
        """The reply's data. Raises `HostGone`."""
        self._next += 1
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[self._next] = reply
        body = json.dumps({"type": type, "id": self._next, "data": data}).encode()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(struct.pack("=I", len(body)) + body)
            await self._process.stdin.drain()
            async with asyncio.timeout(ANSWER_S):
                return await reply
        except (TimeoutError, OSError) as error:
            raise HostGone(type) from error
        finally:
            reply.cancel()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                (length,) = struct.unpack("=I", await self._process.stdout.readexactly(4))
                message = json.loads(await self._process.stdout.readexactly(length))
                if message["type"] == "host-status":
                    self.status = message["data"]
                waiting = self._waiting.pop(message.get("re") or 0, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message["data"])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.gone.set()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(HostGone("the host ended"))

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    async def leave(self, timeout: float = 3.0) -> int | None:
        """What the browser does at its end; the exit status, None for a host that did not go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(timeout):
                status = await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
            status = None
        await self._reading
        return status

    # What the system says of it.

    def memory_bytes(self) -> int:
        """Resident."""
        return int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/task"))
