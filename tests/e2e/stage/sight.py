"""What can be read in a picture."""

from __future__ import annotations

import io
import subprocess

import numpy as np
from PIL import Image

_NEAR = 60
"""How far JPEG may move each part of a colour."""


def share(jpeg: bytes, colour: tuple[int, int, int]) -> float:
    """How much of the picture has that colour, 0..1."""
    pixels = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")).astype(int)
    return float((abs(pixels - np.array(colour)) < _NEAR).all(axis=2).mean())


def read(jpeg: bytes) -> str:
    """The words that tesseract reads, as one line."""
    done = subprocess.run(
        ["tesseract", "-", "-", "--psm", "3"], input=jpeg, capture_output=True, check=True, timeout=60
    )
    return " ".join(done.stdout.decode().split())
