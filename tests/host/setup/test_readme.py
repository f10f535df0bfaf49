"""README.md followed word for word in an empty home: its commands are read from it, and do what it says."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of Unix")
ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = [block.strip() for block in re.findall(r"^```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)]
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
TRY, SET_UP, CHANGE = "python3 host/install.py --try --yes", "python3 host/install.py", "python3 tests/run.py"
OPTIONS = re.findall(r"`(--[a-z-]+)", README)
SECONDS = 600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """“In this folder”: Tabtalk as it is cloned."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        target = tmp_path / "tabtalk" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    return tmp_path / "tabtalk"


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A home with nothing in it, and no folder anywhere else."""
    home = tmp_path / "home"
    home.mkdir()
    theirs = ("XDG_", "DBUS_", "PYTHON", "DISPLAY", "WAYLAND_", "CHROME_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    env = {
        **kept,
        "HOME": str(home),
        # `python3` is the one that runs this.
        "PATH": os.pathsep.join([str(Path(sys.base_prefix) / "bin"), os.environ["PATH"]]),
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR") or str(Path.home() / ".cache" / "pip"),
        # pip asks rustc for its version, and where that is rustup's it makes a folder of its own.
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME") or str(Path.home() / ".rustup"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    # Chromium makes a socket in it, whose name may have 107 characters in all.
    with tempfile.TemporaryDirectory(prefix="readme-") as temporary:
        yield env | {"TMPDIR": temporary}


def typed(command: str, folder: Path, env: dict[str, str], *, enter_at: str = "") -> str:
    """What a terminal shows of a command that succeeds; Enter is pressed once, when `enter_at` shows."""
    import pty  # Windows has none.

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["sh", "-c", command], cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        shown, until, waiting = b"", time.monotonic() + SECONDS, bool(enter_at)
        try:
            while time.monotonic() < until:
                if select.select([ours], [], [], 1)[0]:
                    try:
                        piece = os.read(ours, 65536)
                    except OSError:  # Linux' way of saying that nobody has the other end any more.
                        break
                    if not piece:
                        break
                    shown += piece
                if waiting and enter_at.encode() in shown:
                    os.write(ours, b"\n")
                    waiting = False
            status = process.wait(10)
        finally:
            process.kill()
            os.close(ours)
    text = shown.decode("utf-8", "replace").replace("\r\n", "\n")
    assert status == 0, text
    assert not waiting, f"{enter_at} was not shown: {text}"
    return text


def left(env: dict[str, str]) -> list[Path]:
    return sorted(path for name in ("HOME", "TMPDIR") for path in Path(env[name]).rglob("*"))


def test_every_command_of_the_readme_is_followed_here() -> None:
    assert COMMANDS == [TRY, SET_UP, CHANGE]
    assert (ROOT / CHANGE.split()[1]).is_file()


def test_every_option_of_the_readme_is_one() -> None:
    done = subprocess.run(
        [sys.executable, "host/install.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    known = set(re.findall(r"--[a-z-]+", done.stdout))
    assert len(OPTIONS) > 8
    assert set(OPTIONS) - known == set()


@pytest.mark.slow
@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.skipif(not shutil.which("chromium"), reason="it needs a browser to find")
def test_using_it_as_the_readme_says(folder: Path, env: dict[str, str]) -> None:
    before = left(env)
    # “press Enter to begin without one”
    said = typed(SET_UP, folder, env, enter_at="API key (Enter ")
    *_, developer_mode, load, last = said.strip().splitlines()
    assert "chrome://extensions" in developer_mode
    assert "Developer mode" in developer_mode
    assert "Load unpacked" in load
    assert "Alt+G" in last
    extension = Path(load.rpartition(" choose ")[2])
    assert (extension / "manifest.json").is_file()
    assert env["HOME"] in str(extension)

    checked = typed(f"{SET_UP} --check", folder, env)
    assert not re.findall(r"^FAILED.*", checked, re.MULTILINE)
    assert re.search(r"^ok +handshake", checked, re.MULTILINE)
    typed(f"{SET_UP} --yes", folder, env)
    typed(f"{SET_UP} --uninstall", folder, env)
    assert left(env) == before


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.skipif(not shutil.which("chromium"), reason="it needs a browser to open")
def test_trying_it_as_the_readme_says(folder: Path, env: dict[str, str]) -> None:
    # “Where there is no screen it does the same unseen: it asks a spoken question by itself, prints the conversation, and says
    # where it saved a picture of the panel. Without a key, practice mode answers.”
    said = typed(TRY, folder, env)
    assert re.search(r"^ *You: \S", said, re.MULTILINE)
    assert re.search(r"^ *Practice: \S", said, re.MULTILINE)
    picture = re.search(r"^A picture.*: (/\S+)$", said, re.MULTILINE)
    assert picture
    assert Path(picture[1]).read_bytes().startswith(b"\x89PNG")
    # “The program stays until `--uninstall`.”
    assert (Path(env["HOME"]) / ".local/share/tabtalk/tabtalk-host").is_file()
    typed(f"{SET_UP} --uninstall", folder, env)
    # The browser has folders of its own.
    assert [path for path in left(env) if "tabtalk" in path.name] == []
