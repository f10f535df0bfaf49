"""`setup/microphones.py`, against programs in the place of `pactl`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tabtalk.setup import microphones

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the sound system of Linux")
LISTED = """1\tspk.monitor\tmodule-null-sink.c\ts16le 2ch 44100Hz\tSUSPENDED
2\talsa_input.usb\tmodule-alsa-card.c\ts16le 1ch 48000Hz\tRUNNING
3\tvmic\tmodule-remap-source.c\ts16le 2ch 44100Hz\tSUSPENDED
"""


def pactl(person: Path, program: str) -> None:
    (person / "bin" / "pactl").write_text(f"#!/bin/sh\n{program}\n")
    (person / "bin" / "pactl").chmod(0o755)


def test_what_speakers_play_is_no_microphone(person: Path) -> None:
    (person / "listed").write_text(LISTED)
    pactl(person, f'[ "$*" = "list short sources" ] && /bin/cat {person}/listed')
    assert microphones.count() == 2


def test_none_is_told_from_nobody_knows(person: Path) -> None:
    assert microphones.count() is None
    pactl(person, "exit 0")
    assert microphones.count() == 0
    pactl(person, "echo refused >&2; exit 1")
    assert microphones.count() is None


def test_a_sound_system_that_hangs_is_left(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphones, "_SECONDS", 0.2)
    pactl(person, "exec /bin/sleep 30")
    assert microphones.count() is None
