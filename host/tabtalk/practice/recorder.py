"""What arrived at a practice server, in order, with the time of each arrival. Read it from any thread.

Only the tests record; practice mode keeps nothing of what a person says or shows.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from tabtalk.practice import wire

if TYPE_CHECKING:
    from collections.abc import Callable


class Chunk(NamedTuple):
    at: float
    """`time.monotonic()`, as every `at` here."""
    pcm: bytes
    rate_hz: int


class Picture(NamedTuple):
    at: float
    jpeg: bytes
    width: int
    """0 where it is no JPEG, as `height`."""
    height: int


class Words(NamedTuple):
    at: float
    text: str


class Arrival(NamedTuple):
    at: float
    event: wire.Event


class Sent(NamedTuple):
    at: float
    frame: wire.Frame


class Record:
    """One connection, from its first frame to its close."""

    def __init__(self, number: int, path: str) -> None:
        self.number = number
        """From 0, in the order they came."""
        self.path = path
        self.opened_at = time.monotonic()
        self.closed_at: float | None = None
        self.close_code: int | None = None
        """Of the connection's end, whoever ended it; None while it is open."""
        self.arrivals: list[Arrival] = []
        self.sent: list[Sent] = []

    @property
    def setup(self) -> wire.Setup | None:
        return next((arrival.event for arrival in self.arrivals if isinstance(arrival.event, wire.Setup)), None)

    @property
    def chunks(self) -> list[Chunk]:
        return [Chunk(at, event.pcm, event.rate_hz) for at, event in self.arrivals if isinstance(event, wire.AudioIn)]

    @property
    def audio(self) -> bytes:
        """All that was said, without a gap: s16le mono."""
        return b"".join(chunk.pcm for chunk in self.chunks)

    @property
    def videos(self) -> list[Picture]:
        return [
            Picture(at, event.data, *(event.size or (0, 0)))
            for at, event in self.arrivals
            if isinstance(event, wire.VideoIn)
        ]

    @property
    def texts(self) -> list[Words]:
        """Typed questions, whichever way they were sent; not what wants no answer."""
        return [
            Words(at, event.text)
            for at, event in self.arrivals
            if isinstance(event, wire.TextIn) or (isinstance(event, wire.ClientContent) and event.turn_complete)
            if event.text
        ]

    @property
    def told(self) -> list[Words]:
        """What the model is to know, and not to answer."""
        return [
            Words(at, event.text)
            for at, event in self.arrivals
            if isinstance(event, wire.ClientContent) and not event.turn_complete and event.text
        ]

    @property
    def sound(self) -> bytes:
        """What questions were about, without a gap: s16le mono 16 kHz."""
        return b"".join(event.sound for _at, event in self.arrivals if isinstance(event, wire.ClientContent))

    def sent_with(self, field: str) -> list[Sent]:
        """The frames sent that carry `field`, at the top or in serverContent: `setupComplete`, `modelTurn`, ..."""
        return [sent for sent in self.sent if field in sent.frame or field in sent.frame.get("serverContent", {})]


class Recorder:
    """All connections of one server."""

    def __init__(self, *, keeps: bool = True) -> None:
        self._keeps = keeps
        self._changed = threading.Condition()
        self._count = 0
        self._changes = 0
        self.records: list[Record] = []

    def opened(self, path: str) -> Record:
        with self._changed:
            record = Record(self._count, path)
            self._count += 1
            if self._keeps:
                self.records.append(record)
            self._tell()
        return record

    def closed(self, record: Record, code: int | None) -> None:
        with self._changed:
            # Whoever sees that it is closed, without the lock, sees the code as well.
            record.close_code = code
            record.closed_at = time.monotonic()
            self._tell()

    def arrived(self, record: Record, event: wire.Event) -> None:
        self._add(record.arrivals, Arrival(time.monotonic(), event))

    def sent(self, record: Record, frame: wire.Frame) -> None:
        self._add(record.sent, Sent(time.monotonic(), frame))

    def _add(self, to: list[Arrival] | list[Sent], entry: Arrival | Sent) -> None:
        if not self._keeps:
            return
        with self._changed:
            to.append(entry)  # type: ignore[arg-type]
            self._tell()

    def _tell(self) -> None:
        """Call with the lock held."""
        self._changes += 1
        self._changed.notify_all()

    def wait(self, predicate: Callable[[Recorder], object], timeout: float = 20) -> Recorder:
        """Returns when `predicate(self)` is true; call it from a thread other than the server's.

        Raises TimeoutError telling what had arrived by then.
        """
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                seen = self._changes
            # Without the lock: whoever looks long at a picture would keep the server from taking what comes next.
            if predicate(self):
                return self
            left = deadline - time.monotonic()
            with self._changed:
                if left <= 0 or not self._changed.wait_for(lambda seen=seen: self._changes != seen, left):  # type: ignore[misc]
                    raise TimeoutError(f"not within {timeout} s; arrived: {self}")

    def __str__(self) -> str:
        with self._changed:
            return "; ".join(
                f"#{record.number}: setup {'yes' if record.setup else 'no'}, {len(record.chunks)} audio, "
                f"{len(record.videos)} video, {len(record.texts)} text, closed {record.close_code}"
                for record in self.records
            )

    @property
    def setups(self) -> list[wire.Setup]:
        return [record.setup for record in self._snapshot() if record.setup]

    @property
    def chunks(self) -> list[Chunk]:
        return [chunk for record in self._snapshot() for chunk in record.chunks]

    @property
    def audio(self) -> bytes:
        return b"".join(chunk.pcm for chunk in self.chunks)

    @property
    def sound(self) -> bytes:
        return b"".join(record.sound for record in self._snapshot())

    @property
    def videos(self) -> list[Picture]:
        return [picture for record in self._snapshot() for picture in record.videos]

    @property
    def texts(self) -> list[Words]:
        return [words for record in self._snapshot() for words in record.texts]

    @property
    def told(self) -> list[Words]:
        return [words for record in self._snapshot() for words in record.told]

    def _snapshot(self) -> list[Record]:
        with self._changed:
            return list(self.records)
