"""The one session there is. It runs on for a while when its link is lost, for the next link to take it up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from tabtalk import protocol
from tabtalk.protocol import Error, ErrorCode, Media, Message
from tabtalk.session import Dialer, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tabtalk.link import Link

log = logging.getLogger(__name__)

START_TIMEOUT_S = 10.0
KEPT_S = 30.0
"""How long a session waits for another link."""


class Keeper:
    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._session: Session | None = None
        self._running: asyncio.Task[None] | None = None
        self._serving = asyncio.Lock()
        self._letting_go: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> bool:
        return self._running is not None and not self._running.done()

    async def serve(self, link: Link) -> None:
        """Runs one link to its end. A conversation that was not ended waits for the next one."""
        messages = link.received()
        start = await self._await_start(link, messages)
        if start is None:
            log.info("nobody started a conversation on the link")
            return
        async with self._serving:
            session, kept = await self._session_for(start)
            await session.attach(link, kept=kept)
            if not kept or self._running is None:
                self._running = asyncio.create_task(session.run(), name="session")
            link.hand_sound_to(session.uplink.hear)
            ended = await _converse(session, self._running, messages)
            link.hand_sound_to(None)
            session.downlink.detach(link)
            if ended or session.name is None or not self.busy:
                await self.close()
            else:
                self._letting_go = asyncio.get_running_loop().call_later(KEPT_S, self._let_go)

    async def close(self) -> None:
        """Ends the session, with its connection to the service: that counts connections."""
        self._stay()
        session, self._session = self._running, None
        if session:
            session.cancel()
            await asyncio.gather(session, return_exceptions=True)
        self._running = None

    async def _await_start(self, link: Link, messages: AsyncIterator[Message | Media]) -> protocol.StartSession | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT_S):
                async for message in messages:
                    if isinstance(message, protocol.StartSession):
                        return message
                    if isinstance(message, protocol.Ping):
                        await link.send(protocol.Pong(message.time))
                    else:
                        await link.send(Error(ErrorCode.BAD_MESSAGE, "start-session comes first", fatal=False))
        return None

    async def _session_for(self, start: protocol.StartSession) -> tuple[Session, bool]:
        """The session that waits, if it is this conversation's, else a new one; and which of the two."""
        self._stay()
        if self._session and self.busy and start.conversation and start.conversation == self._session.name:
            return self._session, True
        await self.close()
        self._session = Session(self._dialer, start)
        return self._session, False

    def _stay(self) -> None:
        if self._letting_go:
            self._letting_go.cancel()
            self._letting_go = None

    def _let_go(self) -> None:
        log.info("nobody came back for the conversation")
        self._letting_go = None
        if self._running:
            self._running.cancel()


async def _converse(session: Session, running: asyncio.Task[None], messages: AsyncIterator[Message | Media]) -> bool:
    """Until the link or the session ends. Whether the person ended the conversation."""
    reading = asyncio.create_task(_read(session, messages), name="link-in")
    try:
        await asyncio.wait((reading, running), return_when=asyncio.FIRST_COMPLETED)
    finally:
        reading.cancel()
        (outcome,) = await asyncio.gather(reading, return_exceptions=True)
    if isinstance(outcome, Exception):
        log.error("a link broke", exc_info=outcome)
    return outcome is True


async def _read(session: Session, messages: AsyncIterator[Message | Media]) -> bool:
    """Whether the person ended the conversation, rather than the link by itself."""
    async for message in messages:
        if isinstance(message, protocol.EndSession):
            return True
        await session.take(message)
    return False
