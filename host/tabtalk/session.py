"""One conversation: what the extension sends goes to Gemini, what Gemini says to the extension, and a lost connection is
dialled again.

It outlives its links, and its connections to Gemini: what waits for either is kept, in the uplink and the downlink.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from tabtalk import models, protocol, shown
from tabtalk.closes import Close, CloseKind
from tabtalk.dialogue import Dialogue
from tabtalk.downlink import Downlink
from tabtalk.history import History
from tabtalk.live_events import Endpoint, GoAway, LiveClosed, Resumption, ToolCall, TurnComplete
from tabtalk.protocol import Error, ErrorCode, Media, Message
from tabtalk.redial import Redial
from tabtalk.shown import Shown
from tabtalk.sleep import SleepClock, woken
from tabtalk.stand_in import StandIn
from tabtalk.state import Event, State, next_state
from tabtalk.supervisor import Leave, Supervisor
from tabtalk.turns import Turns
from tabtalk.uplink import Uplink

if TYPE_CHECKING:
    from tabtalk.link import Link
    from tabtalk.live import Live

log = logging.getLogger(__name__)


class Dialer(Protocol):
    """What a session needs of `dialer.Dialer`. Both raise `LiveClosed`."""

    async def endpoint(self) -> Endpoint: ...

    def dial(self, endpoint: Endpoint, handle: str | None) -> AbstractAsyncContextManager[Live]: ...


MAX_QUESTION_CHARS = 8000


class Session:
    """`run` is the conversation's life; `attach`, `take` and `uplink.hear` are its links'."""

    def __init__(self, dialer: Dialer, start: protocol.StartSession) -> None:
        self.name = start.conversation
        """As the extension calls it; None where it does not want it back."""
        self.downlink = Downlink()
        self._push_to_talk = start.talk == "push-to-talk"
        self._dialer = dialer
        self._endpoint: Endpoint | None = None
        self._history = History(start.history)
        redial = Redial()
        redial.ever_live = bool(start.handle)  # With the host before this one.
        self._supervisor = Supervisor(redial)
        self._stand_in = StandIn()
        if start.handle:
            self._supervisor.resumption(start.handle, time.monotonic())
        turns = Turns()
        shared = Shown(start.source, start.title, start.site or "")
        self.uplink = Uplink(self.downlink, self._supervisor, turns, shared, push_to_talk=self._push_to_talk)
        self._dialogue = Dialogue(self.downlink, self.uplink.outbox, self._supervisor, turns, self._history)
        self._changed = asyncio.Event()
        """The supervisor knows something new."""
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._state = State.IDLE
        self._reason: ErrorCode | None = None
        self._sound = b""
        """What the question that comes next is about."""

    # The extension's side.

    async def attach(self, link: Link, *, kept: bool) -> None:
        """What is said goes over this link from now on, and all that was said while there was none."""
        first: list[Message] = [protocol.Attached(kept=kept, received=self.uplink.received)]
        if kept:
            first.append(self._state_message())
        await self.downlink.attach(link, first)

    async def take(self, message: Message | Media) -> None:
        if isinstance(message, Media):
            if message.kind == protocol.SOUND_UP:
                self._sound = message.payload
            else:
                if message.turn:
                    self._wake.set()
                await self.uplink.take(message)
        elif isinstance(message, protocol.Ping):
            await self.downlink.send(protocol.Pong(message.time))
        elif isinstance(message, protocol.Ask):
            await self._take_question(message.text.strip())
        elif isinstance(message, protocol.Wake):
            self._wake.set()
        elif isinstance(message, protocol.NetworkChanged) and message.online:
            self._hurry.set()
        elif isinstance(message, protocol.Pointed):
            if not self._endpoint or self._takes_words:
                self.uplink.put_words(shown.pointed_words(message))
        elif isinstance(message, protocol.CaptureChanged):
            self.uplink.share(Shown(message.source, message.title, message.site or ""), paused=message.paused)

    async def _take_question(self, text: str) -> None:
        sound, self._sound = self._sound, b""
        if not text or len(text) > MAX_QUESTION_CHARS:
            await self._refuse(f"a question has 1 to {MAX_QUESTION_CHARS} characters")
        elif sound and self._endpoint and not self._takes_words:
            await self.downlink.send(Error(ErrorCode.SOUND_REFUSED, self._endpoint.model, fatal=False))
        elif not self.uplink.put_question(text, sound):
            await self._refuse("too many questions wait already")
        else:
            self._history.add("user", text)
            self._wake.set()

    async def _refuse(self, why: str) -> None:
        await self.downlink.send(Error(ErrorCode.BAD_MESSAGE, why, fatal=False))

    # The connection to Gemini.

    async def run(self) -> None:
        """Returns when the conversation failed for good; is cancelled when it ends."""
        try:
            await self._supervise()
        except Exception:
            log.exception("a conversation broke")
            await self.downlink.send(Error(ErrorCode.INTERNAL, "Something in the host broke.", fatal=True))
        finally:
            self.uplink.close()

    async def _supervise(self) -> None:
        await self._enter(Event.START)
        while True:
            ended = await self._one_connection()
            if ended is Leave.PARK:
                await self._park()
                continue
            now = time.monotonic()
            close = ended if isinstance(ended, Close) else _MOVED
            delay = self._supervisor.moved(now) if close.code == _MOVED.code else self._supervisor.lost(close, now)
            if delay is None and self._endpoint and self._stand_in.takes_over(self._endpoint.model, close):
                if self._state is State.LIVE:
                    await self._enter(Event.DROP, close.error_code)
                continue
            if delay is None:
                await self.downlink.send(Error(close.error_code, self._without_key(close.text), fatal=True))
                await self._enter(Event.FAIL, close.error_code)
                return
            await self._enter(Event.DROP, close.error_code)
            await self._pause(delay)

    async def _park(self) -> None:
        await self._enter(Event.PARK)
        await self._wake.wait()
        await self._enter(Event.START)

    async def _pause(self, delay: float) -> None:
        """Shorter when the network comes back meanwhile."""
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._hurry.wait()

    def _without_key(self, said: str) -> str:
        """A service may repeat what it was given, and not every key looks like one."""
        key = self._endpoint.key if self._endpoint else ""
        return said.replace(key, "(key)") if key else said

    async def _one_connection(self) -> Close | Leave:
        """Runs one connection to its end and says what that was."""
        ended: Close | Leave
        try:
            chosen = await self._dialer.endpoint()
            model = self._stand_in.model(chosen.model)
            if self._endpoint and self._endpoint.model != model:
                self._supervisor.forget()
            self._endpoint = dataclasses.replace(chosen, model=model, push_to_talk=self._push_to_talk)
            self._supervisor.park_after_s = self._endpoint.park_after_s
            now = time.monotonic()
            handle = self._supervisor.handle(now)
            self._supervisor.dialled(now)
            seeded = self._endpoint
            if handle is None:
                self.uplink.begin_anew()
                seeded = dataclasses.replace(seeded, instructions=seeded.instructions + self._history.seed())
            async with self._dialer.dial(seeded, handle) as live:
                self._supervisor.connected(time.monotonic())
                await self._enter(Event.READY)
                if news := self._stand_in.news():
                    await self.downlink.send(news)
                ended = await self._talk(live)
                # What comes from here on, while the connection is closed, wakes.
                self._wake.clear()
                if ended is Leave.PARK and self.uplink.outbox.has_question:
                    # It was asked in the moment in which the connection was left, and whoever asked waits.
                    ended = Leave.HAND_OVER
                await self._dialogue.break_off()
        except LiveClosed as closed:
            ended = closed.close
        log.info("connection ended: %s", ended.name if isinstance(ended, Leave) else f"{ended.kind} {ended.code}")
        return ended

    async def _talk(self, live: Live) -> Close | Leave:
        """Both directions, until the connection ends or is left. It returns rather than raises, so that the socket, where
        it is still open, is closed as by choice and not as by a fault."""
        live.hand_sound_to(self._dialogue.play)
        ended: list[LiveClosed | _Left] = []
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.uplink.send(live, takes_words=self._takes_words), name="outbox-to-live")
                group.create_task(self._receive(live, group), name="live-to-link")
                group.create_task(self._leave(), name="leave")
                group.create_task(_leave_on_waking(), name="sleep")
                group.create_task(self.uplink.tell_dropped(), name="dropped")
        except* (LiveClosed, _Left) as closed:
            ended = _leaves(closed)
        finally:
            live.hand_sound_to(None)
        first = ended[0]
        return first.close if isinstance(first, LiveClosed) else first.why

    @property
    def _takes_words(self) -> bool:
        return (
            self._endpoint is not None
            and models.sight(self._endpoint.model, vertex=self._endpoint.vertex is not None).words
        )

    async def _leave(self) -> None:
        """A timer, not a check between messages: after `goAway` the service may fall silent."""
        while True:
            now = time.monotonic()
            why = self._supervisor.leave(now)
            if why is not None:
                raise _Left(why)
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(self._supervisor.leave_at - now, _LONGEST_REST_S)):
                    await self._changed.wait()

    # What Gemini says.

    async def _receive(self, live: Live, group: asyncio.TaskGroup) -> None:
        async for event in live.events():
            now = time.monotonic()
            if isinstance(event, ToolCall):
                # Beside the listening, and gone with its connection: another session knows nothing of the call.
                group.create_task(live.refuse_tool(event), name="tool")
            elif isinstance(event, GoAway):
                self._supervisor.going_away(event.seconds, now)
                self._changed.set()
            elif isinstance(event, Resumption):
                if self._supervisor.resumption(event.handle, now):
                    self.uplink.outbox.known()
                    self._changed.set()
                await self.downlink.send(protocol.Resumption(self._supervisor.handle(now) or ""))
            else:
                await self._dialogue.take(event, now)
                if isinstance(event, TurnComplete):
                    self._changed.set()
                    self.uplink.fill()  # What had to wait for the end of the answer.

    # The state.

    async def _enter(self, event: Event, reason: ErrorCode | None = None) -> None:
        self._state = next_state(self._state, event)
        self._reason = reason
        log.info("state %s", self._state)
        await self.downlink.send(self._state_message())

    def _state_message(self) -> protocol.SessionState:
        return protocol.SessionState(
            self._state,
            practice=self._endpoint.practice if self._endpoint else False,
            model=self._endpoint.model if self._endpoint else "",
            reason=self._reason,
        )


class _Left(Exception):
    """The connection is good, and left all the same."""

    def __init__(self, why: Leave) -> None:
        super().__init__(why.value)
        self.why = why


_MOVED = Close(CloseKind.TRANSIENT, -1, "left for another connection")
_LONGEST_REST_S = 3600.0


async def _leave_on_waking() -> None:
    """The computer slept: the other end has long gone, and its socket would keep us waiting for nothing."""
    await woken(SleepClock())
    raise LiveClosed(_MOVED)


def _leaves(group: BaseExceptionGroup[LiveClosed | _Left]) -> list[LiveClosed | _Left]:
    found: list[LiveClosed | _Left] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
