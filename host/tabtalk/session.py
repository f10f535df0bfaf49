"""One conversation: link to Gemini, Gemini to link, and the supervision that dials again when a connection is lost.

It lives as long as its link. What came from the extension and did not reach Gemini yet waits in the outbox, also across
connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from tabtalk import protocol
from tabtalk.closes import Close, CloseKind
from tabtalk.live_events import (
    Endpoint,
    GoAway,
    Interrupted,
    LiveClosed,
    LiveEvent,
    Resumption,
    Said,
    Sound,
    ToolCall,
    TurnComplete,
)
from tabtalk.outbox import Audio, AudioEnd, Item, Outbox, Question, Video
from tabtalk.protocol import Error, ErrorCode, Media, Message
from tabtalk.redial import Redial
from tabtalk.state import Event, State, next_state
from tabtalk.turns import Turns

if TYPE_CHECKING:
    from tabtalk.link import Link
    from tabtalk.live import Live

log = logging.getLogger(__name__)


class Dialer(Protocol):
    """What a session needs of `dialer.Dialer`. Both raise `LiveClosed`."""

    async def endpoint(self) -> Endpoint: ...

    def dial(self, endpoint: Endpoint, handle: str | None) -> AbstractAsyncContextManager[Live]: ...


START_TIMEOUT_S = 10.0
HAND_OVER_MARGIN_S = 2.0
"""How long before the service's own deadline the next connection is opened."""
MAX_QUESTION_CHARS = 8000


class Session:
    def __init__(self, link: Link, dialer: Dialer) -> None:
        self._link = link
        self._dialer = dialer
        self._endpoint: Endpoint | None = None
        self._outbox = Outbox()
        self._filled = asyncio.Event()
        self._started = asyncio.Event()
        self._turns = Turns()
        self._in_turn = False
        self._settled = asyncio.Event()
        """Nobody is in the middle of saying something, and the handle knows all that was said."""
        self._settled.set()
        self._handle: str | None = None
        self._state = State.IDLE

    async def run(self) -> None:
        """Returns when the extension ends the conversation or leaves, or when it failed for good."""
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read_link(), name="link-to-outbox")
            talking = group.create_task(self._supervise(), name="supervise")
            await asyncio.wait((reading, talking), return_when=asyncio.FIRST_COMPLETED)
            reading.cancel()
            talking.cancel()

    # The extension's side.

    async def _read_link(self) -> None:
        async for message in self._link.received():
            if isinstance(message, Media):
                await self._take_media(message)
            elif isinstance(message, protocol.Ping):
                await self._link.send(protocol.Pong(message.time))
            elif isinstance(message, protocol.EndSession):
                return
            else:
                await self._take_control(message)

    async def _take_media(self, media: Media) -> None:
        if media.kind == protocol.AUDIO_UP:
            self._outbox.put_audio(media.payload)
        else:
            replaced = self._outbox.put_video(media.sequence, media.payload)
            if replaced is not None:
                await self._link.send(protocol.FrameAck(replaced))
        self._filled.set()

    async def _take_control(self, message: Message) -> None:
        if isinstance(message, protocol.StartSession):
            self._started.set()
        elif isinstance(message, protocol.Ask):
            text = message.text.strip()
            if not text or len(text) > MAX_QUESTION_CHARS:
                await self._refuse(f"a question has 1 to {MAX_QUESTION_CHARS} characters")
            elif not self._outbox.put_question(text):
                await self._refuse("too many questions wait already")
        elif isinstance(message, protocol.CaptureChanged) and message.paused:
            self._outbox.put_audio_end()
        self._filled.set()

    async def _refuse(self, why: str) -> None:
        await self._link.send(Error(ErrorCode.BAD_MESSAGE, why, fatal=False))

    # Gemini's side.

    async def _supervise(self) -> None:
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._started.wait()
        except TimeoutError:
            log.info("nobody started a conversation on the link")
            return
        redial = Redial()
        await self._enter(Event.START)
        while True:
            resumed = self._handle
            close = await self._one_connection(redial)
            if resumed is not None and close.kind in (CloseKind.REQUEST, CloseKind.MODEL) and self._handle == resumed:
                # A handle that is not taken any more is no reason to stop: a fresh session is.
                self._handle = None
                close = Close(CloseKind.TRANSIENT, close.code, close.text)
            delay = redial.lost(close, time.monotonic())
            if delay is None:
                await self._link.send(Error(close.error_code, self._without_key(close.text), fatal=True))
                await self._enter(Event.FAIL, close.error_code)
                return
            await self._enter(Event.DROP, close.error_code)
            await asyncio.sleep(delay if close.code != _HANDED_OVER.code else 0)

    def _without_key(self, said: str) -> str:
        """A service may repeat what it was given, and not every key looks like one."""
        key = self._endpoint.key if self._endpoint else ""
        return said.replace(key, "(key)") if key else said

    async def _one_connection(self, redial: Redial) -> Close:
        """Runs one connection to its end and says what that was."""
        try:
            self._endpoint = await self._dialer.endpoint()
            async with self._dialer.dial(self._endpoint, self._handle) as live:
                redial.live(time.monotonic())
                await self._enter(Event.READY)
                close = await self._talk(live)
        except LiveClosed as closed:
            close = closed.close
        self._in_turn = False
        self._settled.set()
        lost = self._turns.broken_off()
        if lost is not None:
            await self._link.send(protocol.Interrupted(lost))
        log.info("connection ended: %s %d", close.kind, close.code)
        return close

    async def _talk(self, live: Live) -> Close:
        """Both directions, until the connection ends. It returns rather than raises, so that the socket, where it is
        still open, is closed as by choice and not as by a fault."""
        ended: list[LiveClosed] = []
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send(live), name="outbox-to-live")
                group.create_task(self._receive(live, group), name="live-to-link")
        except* LiveClosed as closed:
            ended = _leaves(closed)
        return ended[0].close

    async def _send(self, live: Live) -> None:
        while True:
            item = self._outbox.take()
            if item is None:
                self._filled.clear()
                await self._filled.wait()
                continue
            if isinstance(item, Question):
                self._unsettle()
            try:
                await _send_item(live, item)
            except (LiveClosed, asyncio.CancelledError):
                self._outbox.put_back(item)
                raise
            if isinstance(item, Video):
                await self._link.send(protocol.FrameAck(item.sequence))

    async def _receive(self, live: Live, group: asyncio.TaskGroup) -> None:
        async for event in live.events():
            if isinstance(event, GoAway):
                group.create_task(self._hand_over(event.seconds), name="hand-over")
            elif isinstance(event, Resumption):
                self._handle = event.handle or self._handle
                if event.handle and not self._in_turn:
                    self._settled.set()
            elif isinstance(event, ToolCall):
                await live.refuse_tool(event)
            else:
                await self._pass_on(event, time.monotonic())

    async def _pass_on(self, event: LiveEvent, now: float) -> None:
        if isinstance(event, Sound):
            turn, late = self._turns.of_answer(now)
            if not late:
                self._unsettle()
                await self._link.send_sound(event.pcm, turn)
        elif isinstance(event, Said):
            if event.role == "user":
                self._unsettle()
            turn = self._turns.of_answer(now)[0] if event.role == "model" else self._turns.current
            await self._link.send(protocol.Transcript(event.role, event.text, event.finished, turn))
        elif isinstance(event, Interrupted):
            await self._link.send(protocol.Interrupted(self._turns.interrupted(now)))
        elif isinstance(event, TurnComplete):
            self._in_turn = False
            await self._link.send(protocol.TurnComplete(self._turns.complete(now)))

    def _unsettle(self) -> None:
        self._in_turn = True
        self._settled.clear()

    async def _hand_over(self, seconds: float) -> None:
        """The service is about to close: a good moment to go is after an answer, with the handle that knows of it, which
        comes later than its end; the deadline is the last.

        A timer, not a check between messages: after `goAway` the service may fall silent.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds - HAND_OVER_MARGIN_S)):
                await self._settled.wait()
        raise LiveClosed(_HANDED_OVER)

    async def _enter(self, event: Event, reason: ErrorCode | None = None) -> None:
        self._state = next_state(self._state, event)
        log.info("state %s", self._state)
        await self._link.send(
            protocol.SessionState(
                self._state,
                practice=self._endpoint.practice if self._endpoint else False,
                model=self._endpoint.model if self._endpoint else "",
                reason=reason,
            )
        )


_HANDED_OVER = Close(CloseKind.TRANSIENT, -1, "the service asked for a new connection")


async def _send_item(live: Live, item: Item) -> None:
    if isinstance(item, Audio):
        await live.send_audio(item.pcm)
    elif isinstance(item, Video):
        await live.send_video(item.jpeg)
    elif isinstance(item, Question):
        await live.send_question(item.text)
    elif isinstance(item, AudioEnd):
        await live.send_audio_end()


def _leaves(group: BaseExceptionGroup[LiveClosed]) -> list[LiveClosed]:
    found: list[LiveClosed] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
