"""What can be read in a picture."""

from __future__ import annotations

import io
import subprocess

import numpy as np
from PIL import Image

_NEAR = 60
"""How far JPEG may move each part of a colour."""


WHOLE = (0.0, 0.0, 1.0, 1.0)


def share(jpeg: bytes, colour: tuple[int, int, int], part: tuple[float, float, float, float] = WHOLE) -> float:
    """How much of a picture, or of a part of it (left, top, right, bottom, as shares), has that colour, 0..1."""
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    left, top, right, bottom = part
    box = (
        round(left * image.width),
        round(top * image.height),
        round(right * image.width),
        round(bottom * image.height),
    )
    pixels = np.asarray(image.crop(box)).astype(int)
    return float((abs(pixels - np.array(colour)) < _NEAR).all(axis=2).mean())


def read(jpeg: bytes) -> str:
    """The words that tesseract reads, as one line."""
    done = subprocess.run(
        ["tesseract", "-", "-", "--psm", "3"], input=jpeg, capture_output=True, check=True, timeout=60
    )
    return " ".join(done.stdout.decode().split())
