"""What waits to go to Gemini, in order, and what went and may have to go again. Pure: no clock, no I/O.

The rules when it is full: audio drops its oldest, and counts it; of pictures only the newest waits, unless a question
stands between two, for then the older belongs to the question; questions are refused. On a slow line the voice goes first.

A session that is resumed knows what it knew when its handle was made, and nothing that was sent after that. So what was
sent is kept until a handle knows of it or an answer to it begins, and goes to the next connection from its beginning:
a question is heard whole or not at all.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

MAX_AUDIO_BYTES = 60 * 16_000 * 2
"""One minute of 16 kHz s16le: the extension keeps half a minute while a session starts, and sends it in one burst."""
MAX_QUESTIONS = 16
BEHIND_BYTES = 6_400
"""A fifth of a second: with more in line the voice comes late, and what is left of the line is for it."""
MAX_SENT_BYTES = 40 * 16_000 * 2
"""A frozen connection is noticed within 20 s, and the question may have begun before."""
PAUSE_BYTES = 16_000
"""Half a second: a pause that parts what is said."""
OVERLAP_BYTES = 32_000
"""A second: what was under way while a handle came back is not in it."""
CROSSING_BYTES = 64_000
"""Two seconds: speech that goes on while an answer begins is not what is answered."""
QUIET = b"\x00\xff"
"""The upper bytes of samples within 256 of 0, of 32768. There nobody speaks; a microphone with noise suppression is quieter
still when nobody does."""
LEAD_IN_BYTES = 9_600
"""What goes again begins this long before the first sound in it: 0.3 s."""
PIECE_BYTES = 64_000
"""Two seconds: no more than a picture, so that the voice never waits longer for it."""


class Audio(NamedTuple):  # Made fifty times a second.
    pcm: bytes
    """Empty: the press is over."""
    press: int = 0
    """That it was said in; 0 where nobody has to press."""


@dataclass(frozen=True, slots=True)
class Video:
    sequence: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    sound: bytes = b""
    """What it is about, of the tab: s16le mono 16 kHz. It goes ahead in pieces."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Of the sound of the question that is first in line."""

    pcm: bytes
    whole_bytes: int
    """Of the first piece, how long all are together; of the others 0."""


@dataclass(frozen=True, slots=True)
class Words:
    """About the picture just before, for the model alone; nothing to answer."""

    text: str


@dataclass(frozen=True, slots=True)
class AudioEnd:
    """The microphone is closed for now."""


Item = Audio | Video | Question | Piece | Words | AudioEnd


class Outbox:
    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._audio_bytes = 0
        self._questions = 0
        self._piece_at = 0
        """How much went of the sound of the question that is first in line."""
        self.dropped_audio_bytes = 0
        self._pressed = 0
        """The press of the newest sound, until it is over."""
        self._begins = False
        self._sent: deque[Item] = deque()
        self._sent_bytes = 0
        self._pause_bytes = 0
        """How long nobody has spoken."""
        self._utterance_bytes = 0
        """How long somebody has spoken, or may have, since a pause."""

    def __len__(self) -> int:
        return len(self._items)

    def put_audio(self, pcm: bytes, press: int = 0) -> None:
        """Without sound: the press is over."""
        if not pcm and not (press and press == self._pressed):
            return  # It would count for nothing, and so without end.
        self._pressed = press if pcm else 0
        self._items.append(Audio(pcm, press))
        self._audio_bytes += len(pcm)
        while self._audio_bytes > MAX_AUDIO_BYTES:
            self._drop_oldest_audio()

    def put_video(self, sequence: int, jpeg: bytes) -> int | None:
        """The sequence number of the picture that this one replaced, if any: it will never be sent."""
        replaced = _take_replaced(self._items)
        self._items.append(Video(sequence, jpeg))
        return replaced.sequence if replaced else None

    def put_question(self, text: str, sound: bytes = b"") -> bool:
        """False when too many wait already, or one about a sound."""
        if self._questions >= MAX_QUESTIONS or (sound and any(_has_sound(item) for item in self._items)):
            return False
        self._items.append(Question(text, sound))
        self._questions += 1
        return True

    def put_words(self, text: str) -> None:
        """The picture that waits before them stays theirs. Those that wait already give way, with their picture."""
        self._items = deque(_newest_videos([item for item in self._items if not isinstance(item, Words)]))
        self._items.append(Words(text))

    def put_audio_end(self) -> None:
        if not (self._items and isinstance(self._items[-1], AudioEnd)):
            self._items.append(AudioEnd())

    @property
    def audio_bytes(self) -> int:
        return self._audio_bytes

    @property
    def has_question(self) -> bool:
        """One waits that was never sent, or goes again."""
        return self._questions > 0

    def keep_newest(self, most_bytes: float) -> None:
        """Gives up the oldest audio beyond so much, and counts it."""
        while self._audio_bytes > most_bytes:
            self._drop_oldest_audio()

    def begin(self) -> None:
        """A connection is there: the picture that came first goes first, however much is to be said."""
        self._begins = True

    def take(self, *, voice_only: bool = False) -> Item | None:
        """The next in line. A picture that no question needs waits until little audio does, with `voice_only` for better
        times. Audio goes between the pieces of a sound."""
        if not self._items:
            return None
        if piece := self._piece():
            return piece
        if not self._begins and self._is_idle_picture(0):
            if self._audio_bytes > BEHIND_BYTES or (voice_only and self._audio_bytes):
                self._let_audio_pass()
            elif voice_only:
                return None
        self._begins = False
        item = self._items.popleft()
        if isinstance(item, Audio):
            self._audio_bytes -= len(item.pcm)
        elif isinstance(item, Question):
            self._questions -= 1
            self._piece_at = 0
        return item

    def passed(self, pcm: bytes) -> None:
        """Sound of no press that went out with nothing in line: as if put, taken and sent."""
        self._begins = False
        self._sent_audio(Audio(pcm))

    def put_back(self, item: Item) -> None:
        """First in line again: it was taken, and the connection ended before it was sent."""
        if isinstance(item, Piece):
            self._piece_at = 0  # Another connection is told all of it.
            return
        self._items.appendleft(item)
        if isinstance(item, Audio):
            self._audio_bytes += len(item.pcm)
        elif isinstance(item, Question):
            self._questions += 1

    # What went, and may have to go again.

    def sent(self, item: Item) -> None:
        """It was taken and went out."""
        if isinstance(item, Piece):
            return  # The question has it all.
        if isinstance(item, Audio):
            self._sent_audio(item)
            return
        if isinstance(item, Video):
            _take_replaced(self._sent)
        elif _has_sound(item):
            # Who asks again wants one answer, and a minute of sound is large.
            self._sent = deque(each for each in self._sent if not _has_sound(each))
        self._sent.append(item)

    def _sent_audio(self, item: Audio) -> None:
        self._sent.append(item)
        size = len(item.pcm)
        self._sent_bytes += size
        if self._sent_bytes > MAX_SENT_BYTES:
            self._shorten_sent(MAX_SENT_BYTES)
        quiet = not item.pcm[1::2].strip(QUIET)  # `_is_quiet` without the call: this is for each chunk that goes.
        # A press that is over parts what is said as a pause does.
        self._pause_bytes = self._pause_bytes + (size or PAUSE_BYTES) if quiet else 0
        self._utterance_bytes = 0 if self._pause_bytes >= PAUSE_BYTES else self._utterance_bytes + size

    def heard_out(self) -> None:
        """The service says that an utterance is over; what goes from now on is another."""
        self._utterance_bytes = 0

    def known(self) -> None:
        """A handle knows of all that went, but for what is being said right now, and questions that wait for an answer."""
        self._forget(self._utterance_bytes + OVERLAP_BYTES, but=(Audio, Question))

    def answered(self) -> None:
        """All that went is being answered, but for what is being said right now."""
        self._forget(min(self._utterance_bytes, CROSSING_BYTES), but=(Audio,))

    def _forget(self, most_bytes: int, *, but: tuple[type[Item], ...]) -> None:
        self._sent = deque(item for item in self._sent if isinstance(item, but))
        self._shorten_sent(most_bytes)

    def rewind(self) -> bool:
        """What went and is not settled goes again, before what waits; silence at its beginning does not. Whether a
        question may be in it."""
        again = _without_lead(self._sent)
        waiting = self._items
        self._items = deque(_newest_videos([*again, *waiting]))
        self._audio_bytes = sum(len(item.pcm) for item in self._items if isinstance(item, Audio))
        self._questions = sum(isinstance(item, Question) for item in self._items)
        self._sent.clear()
        self._sent_bytes = self._utterance_bytes = self._piece_at = 0
        while self._audio_bytes > MAX_AUDIO_BYTES:
            self._drop_oldest_audio()
        return any(isinstance(item, (Audio, Question)) for item in again)

    def _shorten_sent(self, most_bytes: int) -> None:
        """Drops the oldest audio, and pictures before it, beyond so much; questions stay."""
        stay: list[Item] = []
        while self._sent_bytes > most_bytes:
            oldest = self._sent.popleft()
            if isinstance(oldest, Audio):
                self._sent_bytes -= len(oldest.pcm)
            elif isinstance(oldest, Question):
                stay.append(oldest)
        self._sent.extendleft(reversed(stay))

    def _piece(self) -> Piece | None:
        """The next of the sound that is first in line, if there is any. What came of the microphone goes before it."""
        first = self._items[0]
        if not isinstance(first, Question) or self._piece_at >= len(first.sound):
            return None
        for place, item in enumerate(self._items):
            if isinstance(item, (Audio, AudioEnd)):
                del self._items[place]
                self._items.appendleft(item)
                return None
        piece = Piece(
            first.sound[self._piece_at : self._piece_at + PIECE_BYTES], 0 if self._piece_at else len(first.sound)
        )
        self._piece_at += len(piece.pcm)
        return piece

    def _is_idle_picture(self, place: int) -> bool:
        """No question after it needs it."""
        if not isinstance(self._items[place], Video):
            return False
        following = next((item for item in list(self._items)[place + 1 :] if not isinstance(item, Audio)), None)
        return not isinstance(following, (Question, Words))

    def _let_audio_pass(self) -> None:
        if len(self._items) > 1 and isinstance(self._items[1], Audio):
            self._items[0], self._items[1] = self._items[1], self._items[0]

    def _drop_oldest_audio(self) -> None:
        for item in self._items:
            if isinstance(item, Audio):
                self._items.remove(item)
                self._audio_bytes -= len(item.pcm)
                self.dropped_audio_bytes += len(item.pcm)
                return


def _take_replaced(items: deque[Item]) -> Video | None:
    """Takes out the picture that another at the end replaces; one that belongs to a question or to words stays."""
    for place, item in enumerate(reversed(items), 1):
        if isinstance(item, Video):
            del items[-place]
            return item
        if isinstance(item, (Question, Words)):
            return None
    return None


def _newest_videos(items: list[Item]) -> list[Item]:
    """Without the pictures that a newer one replaces, as in `put_video`."""
    kept: list[Item] = []
    newer = False
    for item in reversed(items):
        if isinstance(item, Video) and newer:
            continue
        newer = isinstance(item, Video) or (newer and not isinstance(item, (Question, Words)))
        kept.append(item)
    return kept[::-1]


def _without_lead(items: deque[Item]) -> list[Item]:
    """Without the audio that comes before somebody speaks, but for a short lead-in."""
    kept = list(items)
    lead = []
    for item in kept:
        if isinstance(item, Question) or (isinstance(item, Audio) and not _is_quiet(item.pcm)):
            break
        lead.append(item)
    loud = kept[len(lead) :]
    if not any(isinstance(item, (Audio, Question)) for item in loud):
        return [item for item in lead if not isinstance(item, Audio)]
    room = LEAD_IN_BYTES
    for item in reversed(lead):
        if isinstance(item, Audio):
            room -= len(item.pcm)
        if room >= 0 or not isinstance(item, Audio):
            loud.insert(0, item)
    return loud


def _has_sound(item: Item) -> bool:
    return isinstance(item, Question) and bool(item.sound)


def _is_quiet(pcm: bytes) -> bool:
    # A fourteenth of what it costs to look at numbers.
    return not pcm[1::2].strip(QUIET)
