"""The practice answer: a chime, the person's own words back, and in writing what reached the other side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tabtalk.practice import sound, wire
from tabtalk.practice.hearing import Heard, Hearing, SpeechEnded, SpeechStarted
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.practice.connection import Connection

PACE = 1.8
"""How many times faster than it plays an answer is sent; the service, too, is ahead of the speaker."""
_CHUNK_MS = 100
_ECHO = 0.35
"""While an answer plays, a voice must be this loud, against the one it answers: the person's own words come back out of
the loudspeaker, and what the echo canceller leaves of them must not interrupt."""
LEAST = 400.0
"""Mean absolute sample: what any voice must pass while an answer plays, for the chime has an echo too."""
_HINT = "Add your own Gemini key with `host/install.py` to talk for real."
_TAIL_S = 0.3
"""What the way to the loudspeaker takes: so long after the answer its echo may still come."""
_LONGEST_QUOTE = 200
_HINT_EVERY = 3
"""Turns."""


class Answerer(Scenario):
    """Hears, sees and answers on one connection; speech or a typed question stops the answer that is being given."""

    def __init__(self, connection: Connection, pace: float = PACE, *, patient: bool = True) -> None:
        super().__init__(connection)
        self._pace, self._patient = pace, patient
        self._hearing = Hearing()
        self._manual: bytearray | None = None
        self._picture: tuple[int, int] | None = None
        self._sound_s = 0.0
        """Of what the next question is about."""
        self._answer: asyncio.Task[None] | None = None

    async def on_setup(self, setup: wire.Setup) -> None:
        self._hearing = Hearing(setup.silence_ms)
        await super().on_setup(setup)

    async def on_audio(self, pcm: bytes, rate_hz: int) -> None:
        if rate_hz != sound.IN_RATE_HZ:
            raise wire.WireError(f"The practice server takes {sound.IN_RATE_HZ} Hz only.")
        if not self.connection.setup.manual_activity:
            await self._heard(self._hearing.feed(pcm))
        elif self._manual is not None and sound.seconds(self._manual, sound.IN_RATE_HZ) < 10:
            self._manual += pcm

    async def on_video(self, video: wire.VideoIn) -> None:
        self._picture = video.size

    async def on_sound(self, pcm: bytes) -> None:
        self._sound_s += sound.seconds(pcm, sound.IN_RATE_HZ)

    async def on_text(self, text: str) -> None:
        await self._stop()
        quoted = " ".join(text.split())[:_LONGEST_QUOTE]
        heard, self._sound_s = self._sound_s, 0.0
        done = f'you asked "{quoted}", I heard {heard:.0f} s of the tab' if heard else f'you typed "{quoted}"'
        self._begin(f"Practice: {done}, and I {self._seen()}.", b"", at_least=LEAST)

    async def on_audio_stream_end(self) -> None:
        await self._heard(self._hearing.end())

    async def on_activity_start(self) -> None:
        self._manual = bytearray()
        await self._stop()

    async def on_activity_end(self) -> None:
        if self._manual is None:
            return
        said, self._manual = bytes(self._manual), None
        await self._reply(SpeechEnded(sound.seconds(said, sound.IN_RATE_HZ), said, 0))

    async def _heard(self, heard: list[Heard]) -> None:
        for event in heard:
            match event:
                case SpeechStarted():
                    await self._stop()
                case SpeechEnded():
                    await self._reply(event)

    async def _reply(self, speech: SpeechEnded) -> None:
        if self.connection.setup.input_transcription:
            await self.send(wire.input_transcription(f"(practice mode heard {speech.seconds:.1f} s of speech)"))
        text = f"Practice: I heard {speech.seconds:.1f} s of speech and {self._seen()}."
        self._begin(text, speech.pcm, at_least=max(LEAST, _ECHO * speech.level))

    def _seen(self) -> str:
        if self._picture is None:
            return "see no picture"
        return "see {}x{} of what you share".format(*self._picture)

    def _begin(self, text: str, said: bytes, *, at_least: float) -> None:
        memory = self.connection.memory
        if memory.resumed:
            memory.resumed = False
            turns = "1 turn" if memory.turns == 1 else f"{memory.turns} turns"
            text += f" The connection was renewed; this is the same conversation, after {turns}."
        if memory.turns % _HINT_EVERY == 0:
            text += f" {_HINT}"
        self._hearing.at_least = at_least
        self._answer = self.connection.start(self._give(text, said))

    async def _give(self, text: str, said: bytes) -> None:
        words = _pieces(text) if self.connection.setup.output_transcription else iter(())
        ahead_s = 0.0
        for pcm in _sounds(said):
            await self.send(wire.audio(pcm))
            if (piece := next(words, None)) is not None:
                await self.send(wire.output_transcription(piece))
            length_s = sound.seconds(pcm, sound.OUT_RATE_HZ)
            await asyncio.sleep(length_s / self._pace)
            ahead_s += length_s - length_s / self._pace
        for piece in words:
            await self.send(wire.output_transcription(piece))
        await self.send(wire.generation_complete())
        # The service completes a turn only when it has been heard; until then it can still be interrupted.
        if self._patient:
            await asyncio.sleep(ahead_s + _TAIL_S)
        self._answer = None
        await self._complete()

    async def _stop(self) -> None:
        """The person has the word: an answer that is being given ends here."""
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        answer.cancel()
        await asyncio.wait([answer])
        await self.send(wire.interrupted())
        await self._complete()

    async def _complete(self) -> None:
        self._hearing.at_least = 0
        self.connection.memory.turns += 1
        await self.send(wire.turn_complete() | wire.usage(0, 0))
        await self.connection.send_handle()


def _sounds(said: bytes) -> Iterator[bytes]:
    yield from sound.chunks(sound.chime(), _CHUNK_MS)
    yield from sound.upsampled(said, _CHUNK_MS)


def _pieces(text: str, words: int = 4) -> Iterator[str]:
    """A text as the service transcribes: a few words at a time, each piece with the space that goes before it."""
    parts = text.split(" ")
    for at in range(0, len(parts), words):
        yield ("" if at == 0 else " ") + " ".join(parts[at : at + words])
