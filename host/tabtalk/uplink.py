"""What the extension gives, on its way to Gemini: sound, pictures, questions, and word of what is shared.

It outlives the connections: what waits is kept, and so is what may have to go again (`outbox.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from typing import TYPE_CHECKING

from tabtalk import protocol, shown
from tabtalk.live_events import LiveClosed
from tabtalk.outbox import Audio, AudioEnd, Item, Outbox, Piece, Question, Video, Words
from tabtalk.pace import BYTES_A_SECOND, Pace
from tabtalk.presses import Presses
from tabtalk.voice import Voice

if TYPE_CHECKING:
    from tabtalk.downlink import Downlink
    from tabtalk.live import Live
    from tabtalk.protocol import Media
    from tabtalk.shown import Shown
    from tabtalk.supervisor import Supervisor
    from tabtalk.turns import Turns

TELL_DROPPED_S = 10.0
"""Not with every word."""


class Uplink:
    def __init__(
        self, downlink: Downlink, supervisor: Supervisor, turns: Turns, shared: Shown, *, push_to_talk: bool
    ) -> None:
        self.outbox = Outbox()
        self.received = -1
        """The sequence number of the newest sound."""
        self._downlink = downlink
        self._supervisor = supervisor
        self._turns = turns
        self._push_to_talk = push_to_talk
        self._filled = asyncio.Event()
        self._live: Live | None = None
        """The connection, while there is one."""
        self._straight: Live | None = None
        """The same, while there is nothing to send or to tell, so that sound may go there at once."""
        self._pace = Pace()
        self._presses = Presses()
        """Those that the connection was told of."""
        self._shared = self._known_shared = shared
        """What is shared, and what the model knows of that: what there was when it began, and what it was told."""
        self._voice: Voice | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._told_dropped_bytes = 0

    def close(self) -> None:
        if self._voice:
            self._voice.close()

    # The extension's side.

    def hear(self, sequence: int, time_ms: float, pcm: bytes) -> bool:
        """Sound of no press, and some, goes to Gemini at once if nothing stands before it, and no task is woken. False: nothing was
        done, `take` it."""
        live = self._straight
        if live is None or not live.put_audio(pcm):
            return False
        self.received = sequence
        self._pace.flows(time.monotonic())
        self.outbox.passed(pcm)
        voice = self._voice or self._begin_to_listen()
        if time_ms >= voice.rest_until:
            voice.hear(pcm, time_ms)
            voice.listen()
        return True

    async def take(self, media: Media) -> None:
        """Sound of the microphone, or a picture."""
        if media.kind == protocol.VIDEO_UP:
            replaced = self.outbox.put_video(media.sequence, media.payload)
            self.fill()
            if replaced is not None:
                await self._downlink.send(protocol.FrameAck(replaced))
            return
        self.received = media.sequence
        self.outbox.put_audio(media.payload, media.turn)
        if self._live:
            if not self._push_to_talk:  # There the press tells.
                (self._voice or self._begin_to_listen()).hear(media.payload, media.time)
            self.outbox.keep_newest(self._pace.most_bytes(self.outbox.audio_bytes, time.monotonic()))
        self.fill()

    def put_question(self, text: str, sound: bytes) -> bool:
        """False when too many wait already."""
        if not self.outbox.put_question(text, sound):
            return False
        self.fill()
        return True

    def put_words(self, text: str) -> None:
        self.outbox.put_words(text)
        self.fill()

    def share(self, shared: Shown, *, paused: bool) -> None:
        """Something else is shared, or nothing for now."""
        if paused and not self._push_to_talk:
            self.outbox.put_audio_end()
        self._shared = shared
        self.fill()

    def fill(self) -> None:
        """There is something to send, or perhaps to tell."""
        self._straight = None
        self._filled.set()

    # Gemini's side.

    def begin_anew(self) -> None:
        """The next connection knows nothing of the one before, and begins with what is shared now."""
        self._known_shared = self._shared

    async def send(self, live: Live, *, takes_words: bool) -> None:
        """All that comes, until the connection ends, which it raises."""
        self.outbox.begin()
        self._pace = Pace()
        self._presses = Presses()
        self._live = live
        try:
            while True:
                await self._tell_shared(live, takes_words=takes_words)
                item = self.outbox.take(voice_only=not self._pace.has_room(time.monotonic()))
                await (self._send_item(live, item) if item is not None else self._rest(live))
        finally:
            self._live = None

    async def tell_dropped(self) -> None:
        """Tells the person, as long as there is a connection, what never went."""
        while True:
            lost = self.outbox.dropped_audio_bytes - self._told_dropped_bytes
            if lost:
                self._told_dropped_bytes += lost
                await self._downlink.send(protocol.Dropped(lost / BYTES_A_SECOND))
            await asyncio.sleep(TELL_DROPPED_S)

    async def _rest(self, live: Live) -> None:
        """Until there is something to send again, but for sound that goes straight."""
        self._filled.clear()
        if self._voice:
            self._voice.listen()
        # With a press there is more to it; and what there is to tell, and a picture that waits for better times, get their
        # turn with each sound that comes.
        if not self._push_to_talk and not self.outbox and self._shared == self._known_shared:
            self._straight = live
        try:
            await self._filled.wait()
        finally:
            self._straight = None

    async def _send_item(self, live: Live, item: Item) -> None:
        began = time.monotonic()
        if isinstance(item, Question):
            self._supervisor.said(began)
        elif isinstance(item, Audio) and item.press:
            self._supervisor.stirred(began)
        try:
            if isinstance(item, Audio):
                for signal in self._presses.before(item.press, over=not item.pcm):
                    await live.send_signal(signal)
            await _send(live, item)
        except (LiveClosed, asyncio.CancelledError):
            self.outbox.put_back(item)
            raise
        self.outbox.sent(item)
        if isinstance(item, Audio):
            self._pace.handed_over(began, time.monotonic())
        if isinstance(item, Video):
            await self._downlink.send(protocol.FrameAck(item.sequence))

    async def _tell_shared(self, live: Live, *, takes_words: bool) -> None:
        """Not into an answer, which client content may break off (ai.google.dev/api/live)."""
        if self._shared == self._known_shared or self._turns.answering:
            return
        tells = self._shared.is_news_after(self._known_shared)
        self._known_shared = self._shared
        if tells and takes_words:
            await live.send_words(self._shared.words(secrets.token_hex(8)))

    # When somebody begins to speak.

    def _begin_to_listen(self) -> Voice:
        loop = asyncio.get_running_loop()

        def tell(moment: float) -> None:
            with contextlib.suppress(RuntimeError):  # The host has just ended.
                loop.call_soon_threadsafe(self._tell_speech, moment)

        self._voice = Voice(tell)
        return self._voice

    def _tell_speech(self, moment: float) -> None:
        self._supervisor.stirred(time.monotonic())
        telling = asyncio.ensure_future(self._downlink.send(protocol.Speech(moment)))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)


async def _send(live: Live, item: Item) -> None:
    if isinstance(item, Audio):
        if item.pcm:
            await live.send_audio(item.pcm)
    elif isinstance(item, Video):
        await live.send_video(item.jpeg)
    elif isinstance(item, Piece):
        words = shown.sound_words(item.whole_bytes / BYTES_A_SECOND) if item.whole_bytes else ""
        await live.send_piece(item.pcm, words)
        # It may not have had to wait for the line; who brings the voice has its turn all the same.
        await asyncio.sleep(0)
    elif isinstance(item, Question):
        await (live.send_question_after_sound(item.text) if item.sound else live.send_question(item.text))
    elif isinstance(item, Words):
        await live.send_words(item.text)
    elif isinstance(item, AudioEnd):
        await live.send_audio_end()
