"""Readies the way to Gemini in a thread while the conversation starts, and dials.

The SDK's import and first use, the key and the practice server all take time that nobody should wait for twice. The SDK is the
longest and the last that is needed, so its import lets a first dial go ahead (docs/adr/0023).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

from tabtalk.closes import Close, CloseKind
from tabtalk.live_events import LiveClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tabtalk.live import Live
    from tabtalk.live_events import Endpoint

log = logging.getLogger(__name__)

GIVE_WAY_S = 1.0
"""How long the import waits for the first dial to be through: of two threads, each would have half of the processor."""


class Dialer:
    def __init__(self) -> None:
        self._ready: Future[Endpoint] = Future()
        self._marks: tuple[int, ...] = ()
        self._dialled = threading.Event()

    def prepare(self) -> None:
        """Begins, in a thread of its own."""
        ready: Future[Endpoint] = Future()
        self._ready = ready
        # A daemon: the host must be able to leave in the middle of an import.
        threading.Thread(target=self._prepare, args=(ready,), name="dialer", daemon=True).start()

    def _prepare(self, ready: Future[Endpoint]) -> None:
        began = time.monotonic()
        # The SDK's import makes objects by the hundred thousand and hardly any garbage; to look for it takes a tenth longer.
        gc.disable()
        try:
            # Here and not at the top: these imports are what the thread is for.
            from tabtalk import endpoint, live

            self._marks = endpoint.marks()
            found = endpoint.current_endpoint()
            live.prepare(found)
        except Exception as error:
            log.warning("no endpoint", exc_info=error)
            ready.set_exception(error)
        else:
            log.info("ready to dial after %.0f ms", 1000 * (time.monotonic() - began))
            ready.set_result(found)
            self._dialled.wait(GIVE_WAY_S)
            self._import(found)
        finally:
            # What was imported stays: no later collection, which would hold up audio, walks through it.
            gc.freeze()
            gc.enable()

    def _import(self, found: Endpoint) -> None:
        from tabtalk import live

        try:
            live.warm(found)
        except Exception as error:
            # Whoever needs the SDK says so to the person.
            log.warning("the SDK cannot be imported", exc_info=error)

    async def endpoint(self) -> Endpoint:
        """The endpoint to dial. Looks again when the settings or the key changed. Raises `LiveClosed`."""
        if self._ready.done():
            from tabtalk import endpoint

            if self._ready.exception() is not None or endpoint.marks() != self._marks:
                self.prepare()
        try:
            return await asyncio.shield(asyncio.wrap_future(self._ready))
        except Exception as error:  # noqa: BLE001 (it was logged; here it becomes a reason)
            raise LiveClosed(_why(error)) from None

    @contextlib.asynccontextmanager
    async def dial(self, endpoint: Endpoint, handle: str | None) -> AsyncIterator[Live]:
        """A Live session, resuming the one that the handle names. Raises `LiveClosed`."""
        from tabtalk import live

        async with contextlib.AsyncExitStack() as stack:
            try:
                opened = await stack.enter_async_context(live.connect(endpoint, handle))
            finally:
                self._dialled.set()
            yield opened


def _why(error: Exception) -> Close:
    from tabtalk.google_login import LoginNeeded
    from tabtalk.keys import KeyUnreadable
    from tabtalk.settings import SettingsInvalid

    if isinstance(error, LoginNeeded):
        return Close(CloseKind.LOGIN, 0, str(error))
    if isinstance(error, KeyUnreadable):
        return Close(CloseKind.UNREADABLE, 0, str(error))
    if isinstance(error, SettingsInvalid):
        return Close(CloseKind.SETTINGS, 0, str(error))
    return Close(CloseKind.SETTINGS, 0, type(error).__name__)
