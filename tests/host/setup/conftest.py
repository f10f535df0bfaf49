"""A person's folders in a temporary place, and a set-up that borrows this environment instead of making one."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tabtalk import paths
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread
from tabtalk.setup import browsers, environment
from tabtalk.setup.copies import Installed
from tabtalk.setup.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Holds `home`, `data`, `config` and `state`, none of which exists yet, and `bin`, the only folder of the PATH."""
    for name in ("DATA", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.delenv("CHROME_CONFIG_HOME", raising=False)
    monkeypatch.setattr(browsers, "ROOT", tmp_path / "root")
    (tmp_path / "bin").mkdir()
    mask = os.umask(0o022)
    terminated = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, terminated)
    os.umask(mask)


@pytest.fixture
def chromium(person: Path) -> Path:
    """A browser on the PATH; nobody starts it."""
    program = person / "bin" / "chromium"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def installed(person: Path) -> Installed:
    """Where things will be; nothing is there yet."""
    assert paths.data_dir() == person / "data" / "tabtalk"
    return Installed(paths.data_dir())


@pytest.fixture
def gateway(person: Path) -> Iterator[list[str]]:
    """The arguments that lead set-up to a service on this computer, which takes every key."""
    with run_in_thread(PracticeServer()) as server:
        pem = person / "gateway.pem"
        pem.write_text(server.ca_pem)
        yield ["--base-url", server.base_url, "--ca-file", str(pem)]


@pytest.fixture
def borrowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set-up takes the environment of the tests: the rest of it is real."""

    def provide(changes: object, data: Path, lock_file: Path, steps: object) -> Environment:
        del changes, lock_file, steps
        folder = data / "env-000000000000"
        if not folder.is_symlink():
            folder.symlink_to(sys.prefix)
        return Environment(folder)

    monkeypatch.setattr(environment, "provide", provide)
