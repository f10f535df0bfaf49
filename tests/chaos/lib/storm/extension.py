"""The extension of one run: what its offscreen document owes the host, without a browser.

It speaks all the time, shows pictures, asks what is typed, keeps what it says while nobody listens, finds the host again
when the link is lost, and writes down all that the host says.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storm import chunks
from storm.link import Link, LinkLost
from storm.native import HostBroken, HostGone, NativeHost
from tabtalk import protocol
from tabtalk.protocol import Media, Message
from tabtalk.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from storm.chunks import Part

KEPT_CHUNKS = 1500
"""Half a minute."""
SENT_CHUNKS = 1800
PREROLL_CHUNKS = 100
MOST_UNACKNOWLEDGED = 2
RETRY_S = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0)
HISTORY_TURNS = 20


@dataclass(slots=True)
class Spoken:
    at: float
    part: Part
    sent_at: float | None = None
    """When it first went over a link."""
    host: int = -1
    """The number of the host that it went to last."""


@dataclass(slots=True)
class Asked:
    text: str
    at: float
    sent_at: float | None = None
    link: int = -1


@dataclass(slots=True)
class Told:
    """Something the host said."""

    at: float
    link: int
    message: Message | Media


@dataclass(slots=True)
class Diary:
    """What the extension did and what it was told, for the judge."""

    spoken: list[Spoken] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    overflowed: list[int] = field(default_factory=list)
    """Chunks that were kept for longer than anything is kept."""
    unheard: list[int] = field(default_factory=list)
    """Chunks that were listened to here while the conversation was parked, and are older than what led to the word."""
    lost_with: list[tuple[float, int]] = field(default_factory=list)
    """(when, how many chunks there were) a host died, or the conversation failed: what it had and did not pass on is lost."""
    links: list[tuple[float, int]] = field(default_factory=list)
    """(when, which host) of each link."""
    lost_links: list[tuple[float, int]] = field(default_factory=list)
    """(when, which link)"""
    hosts: list[float] = field(default_factory=list)
    killed: list[tuple[float, int]] = field(default_factory=list)
    """(when, which host)"""
    failures: list[tuple[float, str]] = field(default_factory=list)
    """(when, reason)"""
    most_unacknowledged: int = 0
    pictures_sent: int = 0
    mistakes: list[str] = field(default_factory=list)
    """What the host said and must not say."""


class Extension:
    def __init__(self, env: Mapping[str, str], mark: int, part_at: Callable[[float], Part]) -> None:
        """`part_at`: whether somebody speaks at a moment (`time.monotonic()`)."""
        self.diary = Diary()
        self.host: NativeHost | None = None
        self.state = State.IDLE
        self.handle = ""
        self.changed = asyncio.Condition()
        """Notified whenever the host said something, or a link was lost."""
        self._env = env
        self._mark = mark
        self._part_at = part_at
        self._link: Link | None = None
        self._name = ""
        self._history: deque[dict[str, str]] = deque(maxlen=HISTORY_TURNS)
        self._flowing = False
        self._kept: deque[int] = deque()
        self._sent: deque[int] = deque(maxlen=SENT_CHUNKS)
        self._questions: deque[Asked] = deque()
        self._unacknowledged: list[int] = []
        self._talking: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._showing: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()

    # What the person does.

    def start(self, picture_every_s: float, picture_bytes: int) -> None:
        """The click: microphone at once, then the host."""
        self._name = str(uuid.uuid4())
        self.handle = ""
        self._history.clear()
        self.state = State.STARTING
        self._hearing = asyncio.create_task(self._hear(), name="microphone")
        self._talking = asyncio.create_task(self._talk(), name="link")
        self._showing = asyncio.create_task(self._show(picture_every_s, picture_bytes), name="pictures")

    async def ask(self, text: str) -> None:
        asked = Asked(text, time.monotonic())
        self.diary.asked.append(asked)
        self._questions.append(asked)
        if self.state is State.PARKED and self._link:
            await self._link.send(protocol.Wake())
        await self._send_questions()

    async def end(self) -> None:
        """The conversation, or what a failure left of it."""
        for task in (self._hearing, self._showing):
            if task:
                task.cancel()
        if self._link:
            await self._link.send(protocol.EndSession())
            await self._link.close()
        if self._talking:
            self._talking.cancel()
        await asyncio.gather(
            *(task for task in (self._hearing, self._showing, self._talking) if task), return_exceptions=True
        )
        self._link = None

    async def leave(self) -> int | None:
        """The browser goes; the host's exit status."""
        return await self.host.leave() if self.host else 0

    def cut_link(self) -> None:
        if self._link:
            self._link.abort()

    def kill_host(self) -> None:
        if self.host:
            self.diary.killed.append((time.monotonic(), len(self.diary.hosts) - 1))
            self.host.kill()

    async def say_network(self, *, online: bool) -> None:
        if self._link:
            await self._link.send(protocol.NetworkChanged(online))

    # The microphone and the pictures.

    async def _hear(self) -> None:
        began = time.monotonic()
        count = 0
        while True:
            at = began + count * chunks.CHUNK_S
            if (wait := at - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            count += 1
            number = len(self.diary.spoken)
            self.diary.spoken.append(Spoken(at, self._part_at(at)))
            async with self._sending:
                if self._flowing:
                    await self._send_chunk(number)
                else:
                    self._keep([number])
                    await self._listen(number)

    def _keep(self, numbers: list[int], *, first: bool = False) -> None:
        if first:
            self._kept.extendleft(reversed(numbers))
        else:
            self._kept.extend(numbers)
        while len(self._kept) > KEPT_CHUNKS:
            oldest = self._kept.popleft()
            self.diary.overflowed.append(oldest)

    async def _listen(self, number: int) -> None:
        """Parked, the first word wakes."""
        if self.state is not State.PARKED:
            return
        while len(self._kept) > PREROLL_CHUNKS:
            self.diary.unheard.append(self._kept.popleft())
        if self.diary.spoken[number].part.spoken and self._link:
            await self._link.send(protocol.Wake())

    async def _send_chunk(self, number: int) -> None:
        spoken = self.diary.spoken[number]
        link = self._link
        pcm = chunks.make(number, spoken.part, self._mark)
        if link is None or not await link.send_media(protocol.AUDIO_UP, pcm, number):
            self._keep([number])
            return
        spoken.sent_at = spoken.sent_at or time.monotonic()
        spoken.host = len(self.diary.hosts) - 1
        self._sent.append(number)

    async def _show(self, every_s: float, size: int) -> None:
        while True:
            await asyncio.sleep(every_s)
            if self._flowing and len(self._unacknowledged) < MOST_UNACKNOWLEDGED:
                await self._send_picture(size)

    async def _send_picture(self, size: int) -> None:
        number = self.diary.pictures_sent
        if self._link and await self._link.send_media(protocol.VIDEO_UP, chunks.make_picture(number, size), number):
            self.diary.pictures_sent += 1
            self._unacknowledged.append(number)
            self.diary.most_unacknowledged = max(self.diary.most_unacknowledged, len(self._unacknowledged))

    async def _send_questions(self) -> None:
        while self._flowing and self._questions and self._link:
            asked = self._questions.popleft()
            asked.sent_at, asked.link = time.monotonic(), len(self.diary.links) - 1
            await self._link.send(protocol.Ask(asked.text))

    # The host.

    async def _talk(self) -> None:
        """One link after the other, until the conversation failed."""
        tries = 0
        while True:
            reason = "host-exited"
            try:
                link = await self._connect()
            except (LinkLost, HostGone) as error:
                link = None
                if isinstance(error, HostBroken):
                    reason = "host-broken"
            if link is not None:
                if await self._converse(link):
                    tries = 0
                await link.close()
                if self.state is State.FAILED:
                    return
            self._hold()
            self._link = None
            self.diary.lost_links.append((time.monotonic(), len(self.diary.links) - 1))
            async with self.changed:
                self.state = State.RECONNECTING
                self.changed.notify_all()
            if tries >= len(RETRY_S):
                await self._fail(reason)
                return
            await asyncio.sleep(RETRY_S[tries])
            tries += 1

    async def _connect(self) -> Link:
        if self.host is None or self.host.gone.is_set():
            self.host = await NativeHost.start(self._env)
            self.diary.hosts.append(time.monotonic())
            ticket = self.host.ticket
        else:
            ticket = await self.host.mint()
        return await Link.open(ticket)

    async def _converse(self, link: Link) -> bool:
        """Until the link is lost or the conversation failed. Whether it was live meanwhile."""
        self._link = link
        self.diary.links.append((time.monotonic(), len(self.diary.hosts) - 1))
        turns = {"turns": list(self._history)} if self._history else None
        await link.send(
            protocol.StartSession("tab", "chaos", conversation=self._name, handle=self.handle or None, history=turns)
        )
        was_live = False
        try:
            async for message in link.received():
                self.diary.told.append(Told(time.monotonic(), len(self.diary.links) - 1, message))
                await self._take(message)
                was_live |= self.state is State.LIVE
                async with self.changed:
                    self.changed.notify_all()
                if self.state is State.FAILED:
                    break
        except ValueError as mistake:
            self.diary.mistakes.append(str(mistake))
        return was_live

    async def _take(self, message: Message | Media) -> None:
        if isinstance(message, protocol.Attached):
            await self._on_attached(message)
        elif isinstance(message, protocol.SessionState):
            await self._on_state(message)
        elif isinstance(message, protocol.FrameAck):
            self._unacknowledged = [number for number in self._unacknowledged if number > message.sequence]
        elif isinstance(message, protocol.Resumption):
            self.handle = message.handle
        elif isinstance(message, protocol.Transcript):
            self._history.append({"role": message.role, "text": message.text})
        elif isinstance(message, protocol.Error):
            if message.fatal:
                await self._fail(message.code)
            elif message.code == protocol.ErrorCode.BAD_MESSAGE:
                self.diary.mistakes.append(f"the host did not understand: {message.text}")

    async def _on_attached(self, attached: protocol.Attached) -> None:
        again = [number for number in self._sent if number > attached.received]
        attached_at = self.diary.told[-1].at
        if attached.kept:
            self._keep(again, first=True)
        else:
            # What the last host had and did not pass on died with it.
            self.diary.lost_with += [(attached_at, max(again) + 1)] if again else []
        self._sent.clear()

    async def _on_state(self, told: protocol.SessionState) -> None:
        self.state = State(told.state)
        if self.state is State.FAILED:
            await self._fail(told.reason or "no reason")
        elif self.state is State.LIVE:
            await self._flow()
        else:
            self._hold()

    async def _flow(self) -> None:
        async with self._sending:
            self._flowing = True
            while self._kept and self._link:
                before = len(self._kept)
                await self._send_chunk(self._kept.popleft())
                if len(self._kept) == before:
                    break  # The link has just gone.
        await self._send_questions()

    def _hold(self) -> None:
        self._flowing = False
        self._unacknowledged.clear()

    async def _fail(self, reason: str) -> None:
        """All that is captured stops; what was said and did not get through is told with the failure."""
        if self.state is State.FAILED and self.diary.failures and self.diary.failures[-1][1] == reason:
            return
        self._hold()
        for task in (self._hearing, self._showing):
            if task:
                task.cancel()
        self.diary.failures.append((time.monotonic(), reason))
        self.diary.lost_with.append((time.monotonic(), len(self.diary.spoken)))
        self._kept.clear()
        self._sent.clear()
        self._questions.clear()
        async with self.changed:
            self.state = State.FAILED
            self.changed.notify_all()
