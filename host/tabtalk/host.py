"""The running host: native messages from the service worker, links from the offscreen document, one conversation at a time."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from typing import TYPE_CHECKING

from tabtalk import keys, models, paths, protocol, settings
from tabtalk import log as logs
from tabtalk.closes import CloseKind
from tabtalk.gate import Gate, GateConnection
from tabtalk.keeper import Keeper
from tabtalk.languages import LANGUAGES
from tabtalk.link import Link
from tabtalk.live_events import LiveClosed
from tabtalk.model_list import ModelList
from tabtalk.protocol import Error, ErrorCode, Message, ProtocolError
from tabtalk.sample import Sampler
from tabtalk.stdio import FramingError, Wire

if TYPE_CHECKING:
    import socket

    from tabtalk.dialer import Dialer
    from tabtalk.live_events import Endpoint
    from tabtalk.tokens import Tokens

log = logging.getLogger(__name__)

IDLE_S = 300.0
"""A warm host that nobody uses leaves after this long."""
MAX_TO_WRITE = 256
MAX_TO_ANSWER = 64
MAX_ACCESS = 6
"""Requests under way that take seconds: a trial, a keychain, a list of the service's."""
GOODBYE_S = 1.0
_ACCESS = (protocol.GetProfiles, protocol.GiveKey, protocol.UseVertex, protocol.ChangeProfile)
_OF_ITS_OWN = (protocol.ListModels, protocol.HearVoice, protocol.Hush)
"""Have nothing to do with keys and profiles, so those do not wait for them. They begin in the order in which they came."""
_SLOW = (*_ACCESS, protocol.CheckLinks, *_OF_ITS_OWN)
_TELLS_ONLY = (protocol.GetProfiles, protocol.CheckLinks, *_OF_ITS_OWN)
_NO_KEY = {CloseKind.UNREADABLE: "unreadable", CloseKind.LOGIN: "login-needed"}


class Host:
    def __init__(self, wire: Wire, listener: socket.socket, tokens: Tokens, dialer: Dialer, version: str) -> None:
        self._wire = wire
        self._listener = listener
        self._tokens = tokens
        self._dialer = dialer
        self._version = version
        self._gate = Gate(tokens, self._on_link)
        self._keeper = Keeper(dialer)
        self._models = ModelList(dialer)
        self._sampler = Sampler(dialer)
        self._to_write: asyncio.Queue[str] = asyncio.Queue(MAX_TO_WRITE)
        self._stirred = asyncio.Event()
        self._access: set[asyncio.Task[None]] = set()
        self._one_access = asyncio.Lock()

    async def run(self) -> None:
        """Returns when the browser is gone, or nobody used the host for `IDLE_S`."""
        incoming: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_TO_ANSWER)
        _read_in_thread(self._wire, incoming)
        async with self._gate.serve(self._listener):
            tasks = [
                asyncio.create_task(self._read_native(incoming), name="native-in"),
                asyncio.create_task(self._write_native(), name="native-out"),
                asyncio.create_task(self._leave_when_idle(), name="idle"),
                asyncio.create_task(self._announce(), name="announce"),
            ]
            await asyncio.wait(tasks[:3], return_when=asyncio.FIRST_COMPLETED)
            for task in (*tasks, *self._access):
                task.cancel()
            await asyncio.gather(*tasks, *self._access, return_exceptions=True)
            await self._keeper.close()

    # Native messages.

    async def _read_native(self, incoming: asyncio.Queue[bytes | None]) -> None:
        while (raw := await incoming.get()) is not None:
            self._stirred.set()
            try:
                message, id, _re = protocol.parse("native-up", raw)
            except ProtocolError as mistake:
                self._write(Error(ErrorCode.BAD_MESSAGE, str(mistake), fatal=False))
                continue
            if isinstance(message, _SLOW):
                self._begin_access(message, id)
            else:
                self._write(await self._answer(message), re=id)
        log.info("the browser closed the port")

    def _begin_access(self, message: Message, id: int | None) -> None:
        """Beside the reading: while a key is tried, a conversation may want a token."""
        if len(self._access) >= MAX_ACCESS:
            self._write(Error(ErrorCode.BAD_MESSAGE, "too many requests of this kind at once", fatal=False), re=id)
            return
        task = asyncio.create_task(self._answer_access(message, id), name="access")
        self._access.add(task)
        task.add_done_callback(self._access.discard)

    async def _answer_access(self, message: Message, id: int | None) -> None:
        async with contextlib.nullcontext() if isinstance(message, _OF_ITS_OWN) else self._one_access:
            self._write(await self._answer(message), re=id)
        if not isinstance(message, _TELLS_ONLY):
            await self._announce()

    async def _answer(self, message: Message) -> Message:
        try:
            if isinstance(message, protocol.MintToken):
                return protocol.Token(self._port, *self._tokens.mint())
            if isinstance(message, protocol.GetSettings):
                return _told(await asyncio.to_thread(settings.load))
            if isinstance(message, protocol.ChangeSettings):
                changed = await asyncio.to_thread(settings.apply_public, message.settings)
                return _told(changed)
            if isinstance(message, _ACCESS):
                from tabtalk import access

                return await asyncio.to_thread(access.answer, message)
            if isinstance(message, protocol.CheckLinks):
                from tabtalk import walk

                return protocol.Links({"list": await asyncio.to_thread(walk.findings)})
            if isinstance(message, protocol.ListModels):
                return await self._models.told()
            if isinstance(message, protocol.HearVoice):
                return await self._sampler.hear(message.voice, message.language)
            if isinstance(message, protocol.Hush):
                self._sampler.stop()
                return protocol.Sample("")
            if isinstance(message, (protocol.GetKept, protocol.DeleteLog)):
                return await asyncio.to_thread(_kept, delete=isinstance(message, protocol.DeleteLog))
            if isinstance(message, protocol.Hello):
                settings.manage(message.managed or {})
                return protocol.HelloBack(self._version, protocol.PROTOCOL_VERSION, self._port, *self._tokens.mint())
        except settings.SettingsInvalid as refused:
            return Error(ErrorCode.SETTINGS_INVALID, str(refused), fatal=False)
        except keys.KeyUnreadable as unreadable:
            return Error(ErrorCode.KEY_UNREADABLE, str(unreadable), fatal=False)
        except OSError as error:
            return Error(ErrorCode.INTERNAL, f"a file could not be written ({type(error).__name__})", fatal=False)
        except Exception as error:
            log.exception("a message could not be answered")
            return Error(ErrorCode.INTERNAL, f"something in the host broke ({type(error).__name__})", fatal=False)
        return Error(ErrorCode.BAD_MESSAGE, f"{message.TYPE} is not for the host", fatal=False)

    @property
    def _port(self) -> int:
        return int(self._listener.getsockname()[1])

    def _write(self, message: Message, *, re: int | None = None) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._to_write.put_nowait(protocol.dump(message, re=re))

    async def _write_native(self) -> None:
        """The one writer. In a thread, for asyncio cannot write to a pipe on Windows."""
        while True:
            try:
                await asyncio.to_thread(self._wire.write, await self._to_write.get())
            except (OSError, FramingError):
                log.info("the browser does not read any more")
                return
            self._to_write.task_done()

    async def _announce(self) -> None:
        """Tells the extension whether there is a key, as soon as that is known."""
        try:
            endpoint: Endpoint = await self._dialer.endpoint()
        except LiveClosed as closed:
            key = _NO_KEY.get(closed.close.kind, "not-set")
            status = protocol.HostStatus(key, practice=False, model="")
        else:
            key = "not-set" if endpoint.practice else "set"
            status = protocol.HostStatus(key, practice=endpoint.practice, model=endpoint.model)
        self._write(status)

    async def _leave_when_idle(self) -> None:
        while True:
            self._stirred.clear()
            try:
                async with asyncio.timeout(IDLE_S):
                    await self._stirred.wait()
            except TimeoutError:
                if not (self._gate.occupied or self._keeper.busy):
                    break
        log.info("nobody used the host")
        self._write(protocol.Goodbye("idle"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self._to_write.join()

    # Links.

    async def _on_link(self, connection: GateConnection) -> None:
        self._stirred.set()
        self._sampler.stop()
        link = Link(connection)
        await link.send(protocol.Welcome(connection.server_token, self._version))
        await self._keeper.serve(link)
        self._stirred.set()


def _told(chosen: settings.Settings) -> protocol.Settings:
    offers = {"models": list(models.MODELS), "voices": list(models.VOICES), "languages": list(LANGUAGES)}
    return protocol.Settings(chosen.public(), offers)


def _kept(*, delete: bool) -> protocol.Kept:
    folder = paths.log_dir()
    if delete:
        logs.erase(folder)
    return protocol.Kept(str(paths.settings_file()), str(folder), logs.size(folder))


def _read_in_thread(wire: Wire, incoming: asyncio.Queue[bytes | None]) -> None:
    """Feeds `incoming`; None is the end. asyncio cannot read a pipe on Windows."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        raw: bytes | None = b""
        while raw is not None:
            try:
                raw = wire.read()
            except FramingError as error:
                log.warning("the native port cannot be followed: %s", error)
                raw = None
            put = incoming.put(raw)
            try:
                # Waits while `incoming` is full, and so does the browser.
                asyncio.run_coroutine_threadsafe(put, loop).result()
            except (RuntimeError, concurrent.futures.CancelledError):
                put.close()
                return  # The host is leaving.

    threading.Thread(target=read, name="native-reader", daemon=True).start()
