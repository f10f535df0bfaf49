"""Set-up as a person runs it: a real environment from the real lock, real failures on the way, and nothing left after."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
INSTALL = Path(__file__).parents[3] / "host" / "install.py"
KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """What the person's shell says. The folders have a name that asks for quoting."""
    folder = tmp_path / "a 'folder' of $HOME"
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DBUS_"))}
    folders = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("DATA", "CONFIG", "STATE")}
    return {**kept, **folders, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def run(
    env: dict[str, str], *arguments: str, stdin: str = "", install: Path = INSTALL
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(install), *arguments]
    return subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, check=False, timeout=500)


def left(env: dict[str, str]) -> list[Path]:
    return sorted(Path(env["XDG_DATA_HOME"]).parent.rglob("*"))


def files_left(env: dict[str, str]) -> list[str]:
    return [path.name for path in left(env) if not path.is_dir()]


def test_from_nothing_to_a_host_that_answers_and_back_to_nothing(env: dict[str, str], tmp_path: Path) -> None:
    data = Path(env["XDG_DATA_HOME"]) / "tabtalk"
    profile = tmp_path / "profile"
    with run_in_thread(PracticeServer()) as service:
        (tmp_path / "ca.pem").write_text(service.ca_pem)
        gateway = ["--base-url", service.base_url, "--ca-file", str(tmp_path / "ca.pem")]
        first = run(env, "--key-file", "-", "--user-data-dir", str(profile), *gateway, stdin=KEY)
        assert first.returncode == 0, first.stderr
        assert "the service accepts it" in first.stdout

        # The checkout may move: the copy checks, and sets up again, by itself.
        checked = run(env, "--check", "--json", install=data / "host" / "install.py")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        report = json.loads(checked.stdout)
        assert report["healthy"]
        # Of the person's own browsers and microphones it says what it sees.
        elsewhere = {"browser", "manifest", "microphone"}
        assert [item for item in report["links"] if item["state"] != "ok" and item["link"] not in elsewhere] == []
    assert re.search(r"all \d\d packages are there", first.stdout)
    assert "with the key" in first.stdout
    assert KEY not in first.stdout + first.stderr

    environments = list(data.glob("env-*"))
    assert len(environments) == 1
    made = environments[0].stat().st_ino
    again = run(env, "--yes", "--user-data-dir", str(profile), install=data / "host" / "install.py")
    assert again.returncode == 0, again.stderr
    assert "is there already" in again.stdout
    assert [folder.stat().st_ino for folder in data.glob("env-*")] == [made]

    # T6, T17: the key is in its file and nowhere else; T29: and nothing is anyone else's to change.
    for path in (*left(env), *profile.rglob("*")):
        if path.is_file() and not path.is_symlink():
            assert (KEY.encode() in path.read_bytes()) == (path.name == "api-key"), path
        if not path.is_symlink():
            assert path.stat().st_mode & 0o022 == 0, path
    # A cold start finds everything compiled.
    assert (environments[0] / "lib").exists()
    assert list(environments[0].rglob("websockets/__pycache__/*.pyc"))
    assert list((data / "host").rglob("__pycache__/native_host*.pyc")) or list((data / "host").rglob("*.pyc"))

    gone = run(env, "--uninstall")
    assert gone.returncode == 0, gone.stderr
    assert left(env) == []
    assert not profile.exists()


def test_t29_uninstalling_ends_the_host_that_runs(env: dict[str, str], tmp_path: Path) -> None:
    data = Path(env["XDG_DATA_HOME"]) / "tabtalk"
    assert run(env, "--yes", "--user-data-dir", str(tmp_path / "profile")).returncode == 0
    origin = "chrome-extension://glkajheednccbbphfajgpkglpfkadndo/"
    with subprocess.Popen(
        [data / "tabtalk-host", origin], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=data
    ) as host:
        assert host.stdin
        assert host.stdout
        try:
            body = json.dumps({"type": "hello", "id": 1, "data": {"version": "0.1.0", "protocol": 1}}).encode()
            host.stdin.write(len(body).to_bytes(4, sys.byteorder) + body)
            host.stdin.flush()
            assert int.from_bytes(host.stdout.read(4), sys.byteorder) > 0
            gone = run(env, "--uninstall")
            assert gone.returncode == 0, gone.stderr
            assert f"process {host.pid}" in gone.stdout
            assert host.wait(10) == -signal.SIGTERM
        finally:
            host.kill()
    assert left(env) == []


def test_without_a_network_it_says_so_and_leaves_only_what_pip_said(env: dict[str, str], tmp_path: Path) -> None:
    # Port 9 of this computer: nobody listens.
    nowhere = {"PIP_INDEX_URL": "https://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    alone = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    done = run({**env, **nowhere, **alone}, "--yes", "--user-data-dir", str(tmp_path / "profile"))
    assert done.returncode == 1
    assert "network" in done.stderr
    assert "What to do: " in done.stderr
    assert "Traceback" not in done.stderr
    assert files_left(env) == ["pip.log"]
    assert not (tmp_path / "profile").exists()
    assert run(env, "--uninstall").returncode == 0
    assert files_left(env) == []


def test_a_changed_package_is_refused_and_leaves_only_what_pip_said(env: dict[str, str], tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for name in ("host", "extension"):
        shutil.copytree(INSTALL.parents[1] / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    # One small package without needs of its own, with a hash that is not its own.
    (checkout / "host" / "requirements.txt").write_text("idna==3.20 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    done = run(env, "--yes", "--user-data-dir", str(tmp_path / "p"), install=checkout / "host" / "install.py")
    assert done.returncode == 1
    assert "not the one that Tabtalk was tested with" in done.stderr
    assert files_left(env) == ["pip.log"]


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Tests that a shell starts in the background ignore it, and whatever they start would inherit that; a handler is not inherited."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle_it_leaves_nothing(number: signal.Signals, env: dict[str, str], tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, INSTALL, "--yes", "--user-data-dir", tmp_path / "profile"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        said = ""
        while "downloading packages" not in said:
            piece = process.stdout.read(1)
            assert piece, said
            said += piece
        began = time.monotonic()
        # As a terminal does: to the whole group.
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - began < 30
    assert "Stopped. Nothing was changed." in errors
    assert "Traceback" not in errors
    assert left(env) == []
    assert not (tmp_path / "profile").exists()


@pytest.mark.e2e
@pytest.mark.skipif(sys.platform == "win32", reason="--try does not run on Windows")
def test_the_try_out_asks_by_itself_and_shows_the_conversation(env: dict[str, str]) -> None:
    without_display = {name: value for name, value in env.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = run(without_display, "--try", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "You: " in done.stdout
    assert "Practice: " in done.stdout
    picture = next(line.split(": ", 1)[1] for line in done.stdout.splitlines() if line.startswith("A picture"))
    assert Path(picture).read_bytes().startswith(b"\x89PNG")
    # The throw-away profile went, and the person's own browser was told nothing.
    profile = next(line.strip() for line in done.stdout.splitlines() if "NativeMessagingHosts" in line)
    assert not Path(profile).parents[1].exists()
    assert list(Path(env["XDG_CONFIG_HOME"]).rglob("*.json")) == []
    assert run(env, "--uninstall").returncode == 0
