"""The practice server with something longer to say: what its ears take for a voice stops it, were it its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stage.speech import MICROPHONE_HZ, Samples, read_wav, resample
from tabtalk.practice.answerer import LEAST, Answerer

if TYPE_CHECKING:
    from pathlib import Path

    from tabtalk.practice.hearing import SpeechEnded

_PEAK = 0.9


class Teller(Answerer):
    """Tells what it is told to, and answers nobody."""

    @property
    def hears(self) -> bool:
        """It has heard a voice begin, and not end."""
        return self._hearing.speaking

    async def tell(self, words: str, said: bytes) -> None:
        """`said` as `story` makes it. Over it, what is louder than `LEAST` counts as a voice."""
        self._begin(words, said, at_least=LEAST)

    async def _reply(self, speech: SpeechEnded) -> None: ...


def story(wav: Path) -> bytes:
    """A spoken file as 16 kHz s16le, as loud as it can be."""
    samples: Samples = resample(*read_wav(wav), MICROPHONE_HZ)
    return bytes((samples * (_PEAK * 32767 / np.abs(samples).max())).astype("<i2"))
