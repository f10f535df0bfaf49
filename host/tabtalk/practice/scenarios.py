"""Ready scenarios for the tests: the ways in which the real service misbehaves. Use `functools.partial` for arguments:
`PracticeServer(partial(CloseWith, code=1011, reason=wire.QUOTA_TEXT))`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tabtalk.practice import sound, wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from tabtalk.practice.connection import Connection


class CloseWith(Scenario):
    """Closes instead of completing the setup."""

    def __init__(self, connection: Connection, code: int, reason: str = "") -> None:
        super().__init__(connection)
        self._code, self._reason = code, reason

    async def on_setup(self, setup: wire.Setup) -> None:  # noqa: ARG002
        await self.close(self._code, self._reason)


class RejectKey(CloseWith):
    """Whatever the key, it is refused the way the service refuses one."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, wire.INVALID_ARGUMENT, wire.KEY_TEXT)


class NoSetupComplete(Scenario):
    """Accepts and then says nothing. The SDK alone would wait for ever."""

    async def on_setup(self, setup: wire.Setup) -> None: ...


@lru_cache(maxsize=2)
def _speech(seconds: float) -> bytes:
    return sound.speech_like(seconds)


class Burst(Scenario):
    """Answers a typed question with `seconds` of speech at once and leaves the turn open, as the service does while a
    long answer plays; `interrupt()` or `complete_turn()` ends it."""

    def __init__(self, connection: Connection, seconds: float = 20) -> None:
        super().__init__(connection)
        self.pcm = _speech(seconds)
        """24 kHz, s16le mono: what is sent."""

    async def on_text(self, text: str) -> None:  # noqa: ARG002
        await self.burst()

    async def burst(self) -> None:
        await self.send(wire.output_transcription("Practice: a long answer, all at once."))
        await self.play(self.pcm)


class GoAway(Scenario):
    """Gives a resumption handle, and `warn()` says that the connection ends in `time_left_s`; then it is silent, and
    closes by the deadline."""

    def __init__(self, connection: Connection, time_left_s: float = 1.5, *, at_once: bool = True) -> None:
        super().__init__(connection)
        self._time_left_s, self._at_once = time_left_s, at_once

    async def on_setup(self, setup: wire.Setup) -> None:
        await super().on_setup(setup)
        await self.connection.send_handle()
        if self._at_once:
            await self.warn()

    async def warn(self) -> None:
        self.connection.start(self.connection.expire(self._time_left_s))
