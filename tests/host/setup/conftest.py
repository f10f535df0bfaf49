"""A person's folders in a temporary place, a set-up that borrows this environment instead of making one, and a browser."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headless import HTML, launch
from tabtalk import paths
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread
from tabtalk.setup import browsers, environment
from tabtalk.setup.copies import Installed
from tabtalk.setup.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.setup.devtools import Browser
    from tabtalk.setup.devtools_page import Page


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


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The real one, without a window."""
    with launch(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Of that browser, in front, with `headless.HTML`."""
    target = browser.send("Target.createTarget", {"url": HTML})["targetId"]
    attached = browser.attach(target)
    attached.wait("document.readyState === 'complete' && document.title === 'start'")
    yield attached
    if not attached.closed:
        browser.send("Target.closeTarget", {"targetId": target})
