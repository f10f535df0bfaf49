"""What a server does on one connection. `Scenario` does the least the protocol asks for; the answerer and the tests
build on it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from tabtalk.practice import sound, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from tabtalk.practice.connection import Connection


class Scenario:
    """One connection's behaviour. The callbacks run one after another, in the server's loop; while one waits, nothing
    more is read. Longer work goes through `connection.start`.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def on_setup(self, setup: wire.Setup) -> None:  # noqa: ARG002
        await self.send(wire.setup_complete())

    async def on_audio(self, pcm: bytes, rate_hz: int) -> None:
        """`pcm` is s16le mono."""

    async def on_video(self, video: wire.VideoIn) -> None: ...

    async def on_text(self, text: str) -> None:
        """A typed question, sent as realtime input or as a complete client turn."""

    async def on_sound(self, pcm: bytes) -> None:
        """Of what is shared, and not said by the person: s16le mono 16 kHz. What is asked next is about it."""

    async def on_activity_start(self) -> None: ...

    async def on_activity_end(self) -> None: ...

    async def on_audio_stream_end(self) -> None: ...

    async def on_tool_response(self, response: wire.ToolResponse) -> None: ...

    async def on_end(self) -> None:
        """The connection is gone."""

    async def send(self, frame: wire.Frame) -> None:
        await self.connection.send(frame)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self.connection.close(code, reason)

    async def play(self, pcm: bytes, *, pace: float | None = None, chunk_ms: int = 100) -> None:
        """Sends 24 kHz sound in chunks: `pace` times as fast as it plays, or all at once."""
        for chunk in sound.chunks(pcm, chunk_ms):
            await self.send(wire.audio(chunk))
            if pace:
                await asyncio.sleep(sound.seconds(chunk, sound.OUT_RATE_HZ) / pace)

    async def answer(self, pcm: bytes, text: str, *, pace: float | None = None) -> None:
        """One whole turn."""
        await self.send(wire.output_transcription(text))
        await self.play(pcm, pace=pace)
        await self.complete_turn()

    async def complete_turn(self) -> None:
        await self.send(wire.generation_complete())
        await self.send(wire.turn_complete())

    async def interrupt(self) -> None:
        """As the service does when the person speaks into an answer."""
        await self.send(wire.interrupted())
        await self.send(wire.turn_complete())


ScenarioFactory: TypeAlias = "Callable[[Connection], Scenario]"


def in_turn(*factories: ScenarioFactory) -> ScenarioFactory:
    """The first connection gets the first scenario, the second the second; the last serves all that follow."""
    waiting = list(factories)

    def make(connection: Connection) -> Scenario:
        factory = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return factory(connection)

    return make
