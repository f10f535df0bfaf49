"""`setup/microphones.py`, against programs in the place of `pactl`, and against a sound server that runs."""

from __future__ import annotations

import os
import shutil
import subprocess
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


@pytest.fixture(autouse=True)
def runtime(person: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a sound server of this person's would have its socket."""
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(person / "run"))
    (person / "run" / "pulse").mkdir(parents=True)
    return person / "run"


def pactl(person: Path, program: str) -> None:
    (person / "run" / "pulse" / "native").touch()
    (person / "bin" / "pactl").write_text(f"#!/bin/sh\n{program}\n")
    (person / "bin" / "pactl").chmod(0o755)


def test_what_speakers_play_is_no_microphone(person: Path) -> None:
    (person / "listed").write_text(LISTED)
    asked = f"--server unix:{person}/run/pulse/native list short sources"
    pactl(person, f'[ "$*" = "{asked}" ] && /bin/cat {person}/listed')
    assert microphones.count() == 2


def test_none_is_told_from_nobody_knows(person: Path) -> None:
    pactl(person, "exit 0")
    assert microphones.count() == 0
    pactl(person, "echo refused >&2; exit 1")
    assert microphones.count() is None


def test_where_no_server_runs_none_is_started(person: Path) -> None:
    pactl(person, f"/usr/bin/touch {person}/asked")
    (person / "run" / "pulse" / "native").unlink()
    assert microphones.count() is None
    assert not (person / "asked").exists()


def test_a_sound_system_that_hangs_is_left(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphones, "_SECONDS", 0.2)
    pactl(person, "exec /bin/sleep 30")
    assert microphones.count() is None


@pytest.mark.skipif(not (shutil.which("pulseaudio") and shutil.which("pactl")), reason="needs PulseAudio")
def test_a_real_server_is_asked_and_nothing_is_left_behind(
    person: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    (person / "home").mkdir()
    modules = ("module-native-protocol-unix", "module-null-sink", "module-null-source")
    loads = [part for module in modules for part in ("-L", module)]
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", *loads]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            while not (runtime / "pulse" / "native").exists():
                assert server.poll() is None, server.communicate()
            before = sorted(person.rglob("*"))
            # The null source; what the null sink plays is no microphone.
            assert microphones.count() == 1
            assert sorted(person.rglob("*")) == before
        finally:
            server.terminate()
