"""What has arrived at the Live endpoint, and that nothing more is on its way there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stage.process import wait_until

if TYPE_CHECKING:
    from tabtalk.practice.recorder import Recorder


def wait_quiet(recorder: Recorder, lasting: float = 1.0) -> tuple[int, int]:
    """Bytes of sound and pictures so far, once neither has come for so many seconds."""
    came = (-1, -1)
    since = time.monotonic()

    def quiet() -> tuple[int, int] | None:
        nonlocal came, since
        now = len(recorder.audio), len(recorder.videos)
        if now != came:
            came, since = now, time.monotonic()
        return came if time.monotonic() - since >= lasting else None

    return wait_until(quiet, "nothing arrives any more")


def wait_last_picture(recorder: Recorder) -> int:
    """How many pictures have come, once the one that may be on its way has: a second of sound later."""
    heard, seen = len(recorder.audio), len(recorder.videos)
    recorder.wait(lambda r: len(r.audio) > heard + 32_000)
    assert len(recorder.videos) <= seen + 1
    return len(recorder.videos)
