"""The service of one run: it recognises what was said, answers it, and misbehaves as the script wants."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from websockets.frames import Frame, Opcode

from storm import chunks
from storm.chunks import Chunk, Part
from tabtalk.practice import sound, wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from tabtalk.practice.connection import Connection

PIECES = 4
"""Of each answer."""
PIECE_S = 0.1
PACE_S = 0.06
WORDS_EVERY = 8
"""Chunks: how often the service tells what it hears."""
OVERLAP_CHUNKS = 30
"""The half second of sound that the host sends again even though a handle came after it, and what was under way."""
FUTURE = (
    b'{"newThing2027":{"a":1}}',
    b"{not json",
    b'{"serverContent":{"modelTurn":{"parts":[{}]}}}',
    b'{"serverContent":{}}',
    b'{"error":{"code":500,"message":"x"}}',
    b'{"voiceActivity":{"type":"ACTIVITY_START","audioOffset":"1.5s"}}',
    b"[]",
)
"""What no version of the SDK that we know can read, or what means nothing to us."""


@dataclass(slots=True)
class Heard:
    """One set-up connection, as the service had it."""

    port: int
    """Of the other end: the proxy's."""
    handle: str | None
    instruction: str
    since: float
    chunks: list[tuple[float, Chunk]] = field(default_factory=list)
    questions: list[tuple[float, str]] = field(default_factory=list)
    pictures: list[tuple[float, int]] = field(default_factory=list)
    """(when, which)"""
    settled: list[tuple[float, int]] = field(default_factory=list)
    """(when, the newest chunk by then): a handle was given that knows of all up to here."""
    overlapped: set[int] = field(default_factory=set)
    """Chunks that were spoken into an answer, or just before a handle was given: they may be heard again, and shown again."""
    closing_at: float | None = None
    """When the service began to close; what arrives later is lost."""
    ended_at: float | None = None


@dataclass(slots=True)
class Service:
    """`scenario` is what a `PracticeServer` takes."""

    mark: int
    gives_handles: bool = True
    heard: list[Heard] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    """Everything it said of an answer, in order; each of them once."""
    upcoming: deque[wire.WireError | float] = field(default_factory=deque)
    """What the next set-ups come to: a close, or silence of so many seconds and then a close."""
    refuses: wire.WireError | None = None
    """Every set-up is refused."""
    throws_out: wire.WireError | None = None
    """Every connection is set up and closed at once."""
    pongs_late_s: float = 0.0
    refuses_handle: bool = False
    """The next handle."""
    faults: list[str] = field(default_factory=list)
    """What arrived and cannot have been sent."""
    current: Talk | None = None

    def scenario(self, connection: Connection) -> Talk:
        return Talk(connection, self)


class Talk(Scenario):
    """One connection: answers each typed question and each utterance; a new one stops the answer that is being given."""

    def __init__(self, connection: Connection, service: Service) -> None:
        super().__init__(connection)
        self._service = service
        self._answer: asyncio.Task[None] | None = None
        self.heard = Heard(_port(connection), None, "", time.monotonic())

    async def on_setup(self, setup: wire.Setup) -> None:
        self.heard.handle, self.heard.instruction = setup.handle, setup.instruction
        if self._service.refuses is not None:
            raise self._service.refuses
        if setup.handle is not None and self._service.refuses_handle:
            self._service.refuses_handle = False
            raise wire.WireError(wire.HANDLE_TEXT, wire.POLICY)
        if self._service.upcoming:
            coming = self._service.upcoming.popleft()
            if isinstance(coming, wire.WireError):
                raise coming
            await asyncio.sleep(coming)
            raise wire.WireError(wire.DEADLINE_TEXT, wire.INTERNAL)
        self._service.heard.append(self.heard)
        self._service.current = self
        if self._service.pongs_late_s:
            _delay_pongs(self.connection, self._service.pongs_late_s)
        await super().on_setup(setup)
        if self._service.throws_out is not None:
            await self.end(self._service.throws_out.code, self._service.throws_out.text)
            return
        await self.give_handle()

    async def on_audio(self, pcm: bytes, rate_hz: int) -> None:
        if rate_hz != sound.IN_RATE_HZ:
            self._service.faults.append(f"sound at {rate_hz} Hz")
        try:
            found = list(chunks.read(pcm, self._service.mark))
        except ValueError as error:
            self._service.faults.append(str(error))
            return
        for chunk in found:
            self.heard.chunks.append((time.monotonic(), chunk))
            if self._answer is not None:
                self.heard.overlapped.add(chunk.number)
            await self._listen(chunk)

    async def on_video(self, video: wire.VideoIn) -> None:
        self.heard.pictures.append((time.monotonic(), chunks.read_picture(video.data)))

    async def on_text(self, text: str) -> None:
        self.heard.questions.append((time.monotonic(), text))
        await self._stop()
        self._begin(text)

    async def on_end(self) -> None:
        self.heard.ended_at = time.monotonic()
        if self._service.current is self:
            self._service.current = None

    async def _listen(self, chunk: Chunk) -> None:
        if chunk.part is Part.FIRST:
            await self._stop()
        last = chunk.part is Part.LAST
        if last or (chunk.part is Part.MIDDLE and chunk.number % WORDS_EVERY == 0):
            await self.send(wire.input_transcription(f" u{chunk.number}x", finished=last))
        if last:
            await self._stop()
            self._begin(f"u{chunk.number}x")

    def _begin(self, to: str) -> None:
        self._overlap()
        self._answer = self.connection.start(self._give(to))

    async def _give(self, to: str) -> None:
        for n in range(PIECES):
            word = f" a{len(self._service.words)}x"
            self._service.words.append(word)
            await self.send(wire.output_transcription(f"{word} to [{to}]" if n == 0 else word))
            await self.send(wire.audio(sound.tone(440, PIECE_S)))
            await asyncio.sleep(PACE_S)
        self._answer = None
        await self.complete_turn()
        await self.give_handle()

    async def _stop(self) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        answer.cancel()
        await asyncio.wait([answer])
        await self.interrupt()
        await self.give_handle()

    # What the script wants.

    async def give_handle(self) -> None:
        if not self._service.gives_handles:
            await self.send(wire.resumption_update())
            return
        if self.heard.chunks:
            self.heard.settled.append((time.monotonic(), self.heard.chunks[-1][1].number))
            self._overlap()
        await self.connection.send_handle()

    def _overlap(self) -> None:
        self.heard.overlapped.update(chunk.number for _at, chunk in self.heard.chunks[-OVERLAP_CHUNKS:])

    async def end(self, code: int, reason: str) -> None:
        if self.heard.ended_at is not None:
            return  # The host has left already.
        self.heard.closing_at = time.monotonic()
        await self.close(code, reason)

    def drop(self) -> None:
        self.heard.closing_at = time.monotonic()
        self.connection.drop()

    async def go_away(self, seconds: float, code: int, reason: str) -> None:
        """Warns, is silent, and closes by the deadline."""
        await self.send(wire.go_away(seconds))
        await asyncio.sleep(seconds)
        await self.end(code, reason)

    async def burst(self, seconds: float) -> bytes:
        """A whole answer, sent all at once; its sound, of which no stretch repeats."""
        length = int(seconds * sound.OUT_RATE_HZ) * 2
        pcm = random.Random(length).randbytes(length)
        await self.send(wire.output_transcription(self._word()))
        await self.play(pcm, chunk_ms=200)
        await self.complete_turn()
        return pcm

    def delay_pongs(self, seconds: float) -> None:
        _delay_pongs(self.connection, seconds)

    async def say_unknown(self) -> None:
        for frame in FUTURE:
            await self.connection.send_raw(frame)

    def _word(self) -> str:
        word = f" a{len(self._service.words)}x"
        self._service.words.append(word)
        return word


def _port(connection: Connection) -> int:
    address = connection._socket.remote_address
    return int(address[1]) if address else 0


def _delay_pongs(connection: Connection, seconds: float) -> None:
    """The library answers pings by itself; the real service takes its time."""
    socket = connection._socket
    protocol = socket.protocol
    at_once = protocol.send_frame

    def late(frame: Frame) -> None:
        at_once(frame)
        socket.send_data()

    def send_frame(frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            asyncio.get_running_loop().call_later(seconds, late, frame)
        else:
            at_once(frame)

    protocol.send_frame = send_frame  # type: ignore[method-assign]
