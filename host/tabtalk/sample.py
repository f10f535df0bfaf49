"""How a voice sounds: one sentence, in a short session of its own, for the settings page.

It is bounded in time and in sound, there is one at a time, and a conversation that begins ends it.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import logging
from typing import TYPE_CHECKING

from tabtalk import instructions, protocol, settings
from tabtalk.closes import ERROR_CODES, CloseKind
from tabtalk.languages import LANGUAGES
from tabtalk.live_events import LiveClosed, Sound, TurnComplete

if TYPE_CHECKING:
    from tabtalk.session import Dialer

log = logging.getLogger(__name__)

TIMEOUT_S = 15.0
"""From the press to the last of the sound."""
MAX_BYTES = 4 * 24_000 * 2
"""Four seconds, which is what a control message can hold."""


class Sampler:
    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._speaking: asyncio.Task[bytes] | None = None

    async def hear(self, voice: str, language: str) -> protocol.Sample | protocol.Error:
        """Without sound when it was stopped. Raises `settings.SettingsInvalid` for what cannot be a voice."""
        settings.check("voice", voice)
        self.stop()
        self._speaking = speaking = asyncio.create_task(self._speak(voice, language), name="sample")
        try:
            await asyncio.wait([speaking])
        finally:
            speaking.cancel()
        if speaking.cancelled():
            return protocol.Sample("")
        try:
            return protocol.Sample(base64.b64encode(speaking.result()).decode("ascii"))
        except LiveClosed as closed:
            log.info("no sample of a voice: %s %s", closed.close.kind, closed.close.code)
            return protocol.Error(closed.close.error_code, "", fatal=False)
        except TimeoutError:
            return protocol.Error(ERROR_CODES[CloseKind.TIMEOUT], "", fatal=False)

    def stop(self) -> None:
        if self._speaking:
            self._speaking.cancel()

    async def _speak(self, voice: str, language: str) -> bytes:
        """s16le mono 24 kHz. Raises `LiveClosed` and `TimeoutError`."""
        name = LANGUAGES.get(language, LANGUAGES["en"])
        async with asyncio.timeout(TIMEOUT_S):
            speed = (await asyncio.to_thread(settings.load)).speed
            told = instructions.sample_instruction(name, speed)
            endpoint = dataclasses.replace(await self._dialer.endpoint(), voice=voice, instructions=told)
            async with self._dialer.dial(endpoint, None) as live:
                await live.send_question(instructions.SAMPLE_SENTENCE)
                said = bytearray()
                async for event in live.events():
                    if isinstance(event, Sound):
                        said += event.pcm
                    if isinstance(event, TurnComplete) or len(said) >= MAX_BYTES:
                        break
                return bytes(said[:MAX_BYTES])
