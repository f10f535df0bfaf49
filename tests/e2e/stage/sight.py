"""What can be read in a picture."""

from __future__ import annotations

import subprocess


def read(jpeg: bytes) -> str:
    """The words that tesseract reads, as one line."""
    done = subprocess.run(
        ["tesseract", "-", "-", "--psm", "3"], input=jpeg, capture_output=True, check=True, timeout=60
    )
    return " ".join(done.stdout.decode().split())
