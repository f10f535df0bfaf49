"""`setup/copies.py`: the launcher, and whose the files are."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tabtalk.setup import copies
from tabtalk.setup.copies import Installed

NASTY = [
    "plain",
    "with space",
    "it's",
    'a "quote"',
    "dollar $HOME `id` $(id)",
    "back\\slash",
    "ünï 漢字",
    "new\nline",
    "-dash",
    "*?",
]


@pytest.mark.parametrize("name", NASTY)
def test_the_launcher_finds_its_way_whatever_the_folder_is_called(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    python = folder / "python"
    python.write_text('#!/bin/sh\nfor argument in "$@"; do printf "%s\\0" "$argument"; done\n')
    python.chmod(0o755)
    launcher = tmp_path / "launcher"
    launcher.write_bytes(copies.launcher_script(python, folder / "native_host.py"))
    launcher.chmod(0o755)
    said = subprocess.run([launcher, "chrome-extension://x/", "two words"], capture_output=True, check=True).stdout
    assert said.decode().split("\0")[:-1] == [
        "-I",
        str(folder / "native_host.py"),
        "chrome-extension://x/",
        "two words",
    ]


def test_the_launcher_becomes_the_host_and_does_not_stay_beside_it(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho $$\n")
    python.chmod(0o755)
    launcher = tmp_path / "launcher"
    launcher.write_bytes(copies.launcher_script(python, tmp_path / "x"))
    launcher.chmod(0o755)
    with subprocess.Popen([launcher], stdout=subprocess.PIPE, text=True) as process:
        said, _ = process.communicate()
    assert int(said) == process.pid


def test_windows_gets_a_program_that_runs_the_host() -> None:
    program = copies.windows_launcher_program(Path("a'b") / "native_host.py")
    seen: list[object] = []
    fake = "import types, sys; sys.modules['runpy'] = types.SimpleNamespace(run_path=lambda *a, **k: seen.append((a, k)))\n"
    exec(fake + program, {"seen": seen})
    import sys

    del sys.modules["runpy"]
    assert seen == [((str(Path("a'b") / "native_host.py"),), {"run_name": "__main__"})]


def test_t29_a_loose_checkout_becomes_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "host" / "deep").mkdir(parents=True)
    (tmp_path / "host" / "deep" / "file").touch()
    for path in (tmp_path / "host", *(tmp_path / "host").rglob("*")):
        path.chmod(0o777)
    copies.make_private(tmp_path / "host")
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "host", *(tmp_path / "host").rglob("*"))
    }
    assert modes == {"host": 0o700, "deep": 0o700, "file": 0o600}


def test_t29_what_others_could_change_is_found(tmp_path: Path) -> None:
    installed = Installed(tmp_path / "data" / "tabtalk")
    for folder in (installed.host, installed.extension, installed.data / "env-0" / "bin"):
        folder.mkdir(parents=True)
    installed.launcher.touch(0o755)
    (installed.data / "env-0" / "bin" / "python").touch()
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o022)
    assert copies.loose_parts(installed) == []
    for path in (installed.launcher, installed.host, installed.data / "env-0" / "bin" / "python", tmp_path / "data"):
        mode = path.stat().st_mode
        path.chmod(mode | 0o002)
        assert copies.loose_parts(installed) == [path]
        path.chmod(mode)
