"""What waits to go to Gemini, in order. Pure: no clock, no I/O.

The rules when it is full: audio drops its oldest, and counts it; of pictures only the newest waits, unless a question
stands between two, for then the older belongs to the question; questions are refused.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

MAX_AUDIO_BYTES = 60 * 16_000 * 2
"""One minute of 16 kHz s16le: the extension keeps half a minute while a session starts, and sends it in one burst."""
MAX_QUESTIONS = 16


@dataclass(frozen=True, slots=True)
class Audio:
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Video:
    sequence: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Question:
    text: str


@dataclass(frozen=True, slots=True)
class AudioEnd:
    """The microphone is closed for now."""


Item = Audio | Video | Question | AudioEnd


class Outbox:
    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._audio_bytes = 0
        self._questions = 0
        self.dropped_audio_bytes = 0

    def __len__(self) -> int:
        return len(self._items)

    def put_audio(self, pcm: bytes) -> None:
        if not pcm:
            return  # It would count for nothing, and so without end.
        self._items.append(Audio(pcm))
        self._audio_bytes += len(pcm)
        while self._audio_bytes > MAX_AUDIO_BYTES:
            self._drop_oldest_audio()

    def put_video(self, sequence: int, jpeg: bytes) -> int | None:
        """The sequence number of the picture that this one replaced, if any: it will never be sent."""
        replaced = self._waiting_video()
        if replaced is not None:
            self._items.remove(replaced)
        self._items.append(Video(sequence, jpeg))
        return replaced.sequence if replaced else None

    def put_question(self, text: str) -> bool:
        """False when too many wait already."""
        if self._questions >= MAX_QUESTIONS:
            return False
        self._items.append(Question(text))
        self._questions += 1
        return True

    def put_audio_end(self) -> None:
        if not (self._items and isinstance(self._items[-1], AudioEnd)):
            self._items.append(AudioEnd())

    def take(self) -> Item | None:
        if not self._items:
            return None
        item = self._items.popleft()
        if isinstance(item, Audio):
            self._audio_bytes -= len(item.pcm)
        elif isinstance(item, Question):
            self._questions -= 1
        return item

    def put_back(self, item: Item) -> None:
        """First in line again: it was taken, and the connection ended before it was sent."""
        self._items.appendleft(item)
        if isinstance(item, Audio):
            self._audio_bytes += len(item.pcm)
        elif isinstance(item, Question):
            self._questions += 1

    def _waiting_video(self) -> Video | None:
        for item in reversed(self._items):
            if isinstance(item, Video):
                return item
            if isinstance(item, Question):
                return None
        return None

    def _drop_oldest_audio(self) -> None:
        for item in self._items:
            if isinstance(item, Audio):
                self._items.remove(item)
                self._audio_bytes -= len(item.pcm)
                self.dropped_audio_bytes += len(item.pcm)
                return
