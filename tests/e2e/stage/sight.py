"""What can be read in a picture."""

from __future__ import annotations

import functools
import io
import os
import re
import subprocess
from collections import Counter

import numpy as np
from PIL import Image

VISIBLE = """(() => {
  const seen = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let at = 0;
    for (const word of node.data.split(/(?<= )/)) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at += word.length);
      const { left, top, right, bottom } = range.getBoundingClientRect();
      if (left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight) seen.push(word);
    }
  }
  return seen.join(' ');
})()"""
"""The words of a page that are whole in the view."""
_NEAR = 60
"""How far JPEG may move each part of a colour."""

WHOLE = (0.0, 0.0, 1.0, 1.0)
_once = functools.lru_cache(maxsize=256)
"""The newest picture is asked again and again until there is a newer one; to look at it takes long."""


@_once
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


@_once
def read(jpeg: bytes, *, zoom: int = 1) -> str:
    """The words that tesseract reads, as one line. It was made for paper: screen text it reads best at twice its size."""
    if zoom > 1:
        picture = Image.open(io.BytesIO(jpeg))
        scanned = io.BytesIO()
        picture.resize((picture.width * zoom, picture.height * zoom), Image.Resampling.LANCZOS).save(scanned, "png")
        jpeg = scanned.getvalue()
    # Its own threads wait for each other more than they work.
    env = os.environ | {"OMP_THREAD_LIMIT": "1"}
    command = ["tesseract", "-", "-", "--psm", "3"]
    done = subprocess.run(command, input=jpeg, env=env, capture_output=True, check=True, timeout=120)
    return " ".join(done.stdout.decode().split())


def recall(text: str, seen: str) -> float:
    """The share of the words of `text` that stand in `seen`, each as often as it does."""
    wanted, found = (Counter(re.findall(r"[a-z]+", each.lower())) for each in (text, seen))
    return sum((wanted & found).values()) / sum(wanted.values())


@_once
def has_bars(jpeg: bytes) -> bool:
    """Whether an edge of the picture is black, as where a source of another shape was fitted into it."""
    picture = Image.open(io.BytesIO(jpeg)).convert("L")
    width, height = picture.size
    edges = [(0, 0, width, 2), (0, height - 2, width, height), (0, 0, 2, height), (width - 2, 0, width, height)]
    return any(np.asarray(picture.crop(edge)).max() < 40 for edge in edges)
