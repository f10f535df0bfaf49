"""Windows' registry and launcher for real, where Wine is to be had (Debian: `wine64`): what `test_windows.py` shows of one that is none."""
# ruff: noqa: N802 (the registry's own names)

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tabtalk.setup import browsers, check_browsers, copies, registration, registry
from tabtalk.setup.changes import Changes
from tabtalk.setup.registration import Record
from tabtalk.way import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.setup.copies import Installed

WINE = next(
    (str(path) for path in map(Path, ("/usr/lib/wine/wine64", "/usr/bin/wine64", "/usr/bin/wine")) if path.exists()), ""
)
SECONDS = 300
HOME = "我的 家"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.skipif(not WINE, reason="no Wine here")]
# On this system the maker makes no launchers; what it asks the system for it has asked before.
AS_ON_WINDOWS = """
import os
import pip._vendor.distlib.compat, pip._vendor.distlib.util, pip._vendor.distlib.resources
os.name = 'nt'
"""


class Done(NamedTuple):
    status: int
    said: bytes


class Wine:
    """A Windows of its own, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.drive = folder / "drive_c"
        self.env = {
            "PATH": os.defpath,
            "HOME": str(folder.parent),
            "WINEPREFIX": str(folder),
            "WINEDEBUG": "-all",
            # Neither .NET nor a browser is asked for.
            "WINEDLLOVERRIDES": "mscoree=;mshtml=",
            "LC_ALL": "C.UTF-8",
        }
        self.run("wineboot", "-i")
        # It stays between one program and the next, until `end`.
        self._serve("-p")

    def run(self, *command: str, input: bytes = b"", cwd: Path | None = None) -> Done:
        # Into a file: what Wine starts beside the program keeps a pipe open, and who reads it waits for that.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [WINE, *command],
                env=self.env,
                input=input,
                cwd=cwd,
                stdout=said,
                stderr=said,
                check=False,
                timeout=SECONDS,
            )
            said.seek(0)
            return Done(done.returncode, said.read())

    def end(self) -> None:
        self._serve("-k")

    def _serve(self, option: str) -> None:
        server = shutil.which("wineserver") or str(Path(WINE).with_name("wineserver"))
        subprocess.run([server, option], env=self.env, check=False, timeout=SECONDS)


class Registry(SimpleNamespace):
    """`winreg`, as far as it is used, by the registry's own program."""

    HKEY_CURRENT_USER = "HKCU"
    REG_SZ = "REG_SZ"

    def __init__(self, wine: Wine) -> None:
        super().__init__()
        self._wine = wine
        self._read: dict[str, str] | None = None

    def CreateKey(self, _root: str, name: str) -> contextlib.AbstractContextManager[str]:
        return contextlib.nullcontext(name)

    def SetValueEx(self, key: str, name: str, _reserved: int, kind: str, value: str) -> None:
        assert name == ""
        self._change("add", f"HKCU\\{key}", "/ve", "/t", kind, "/d", value, "/f")

    def OpenKey(self, _root: str, name: str) -> contextlib.AbstractContextManager[str]:
        if name.lower() not in self._values():
            raise FileNotFoundError(2, name)
        return contextlib.nullcontext(name)

    def QueryValueEx(self, key: str, _name: str) -> tuple[str, str]:
        return self._values()[key.lower()], self.REG_SZ

    def DeleteKey(self, root: str, name: str) -> None:
        self.OpenKey(root, name)
        self._change("delete", f"HKCU\\{name}", "/f")

    def _change(self, *command: str) -> None:
        done = self._wine.run("reg", *command)
        assert done.status == 0, done
        self._read = None

    def _values(self) -> dict[str, str]:
        """Of each key the value that has no name. Read from a file, which has every letter: what is printed has those of a code
        page."""
        if self._read is None:
            file = self._wine.drive / "exported.reg"
            done = self._wine.run("reg", "export", "HKCU\\Software", "C:\\exported.reg", "/y")
            assert done.status == 0, done
            text = file.read_text("utf-16").replace("\r\n", "\n")
            found = re.findall(r'^\[HKEY_CURRENT_USER\\(.+)\]\n@="(.*)"$', text, re.MULTILINE)
            self._read = {key.lower(): value.replace("\\\\", "\\") for key, value in found}
        return self._read


@pytest.fixture
def wine(tmp_path: Path) -> Iterator[Wine]:
    made = Wine(tmp_path / "wine")
    yield made
    made.end()


def test_every_windows_row_is_told_in_a_real_registry_and_nothing_of_ours_is_left(
    wine: Wine, installed: Installed, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "winreg", Registry(wine))  # type: ignore[arg-type]
    monkeypatch.setattr(browsers, "SYSTEM", "win32")
    monkeypatch.setenv("ProgramFiles", str(person / "Programs"))
    for name in ("ProgramFiles(x86)", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    rows = [browser for browser in browsers.BROWSERS if browser.windows.executables]
    for browser in rows:
        program = person / "Programs" / browser.windows.executables[0]
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch()
    keys = {key for browser in rows for key in browsers.registry_keys(browser)}
    other = next(iter(keys)).replace("app.tabtalk.host", "org.example.other")
    chinese = f"C:\\{HOME}\\app.tabtalk.host.json"
    registry.write(other, chinese)
    assert registry.read(other) == chinese
    assert len(rows) > 3

    with Changes(installed.data) as changes:
        written = registration.register(changes, installed, registration.choose(()), None)
        changes.write(installed.record, Record().with_more(written, changes.folders_made).dump())
    assert {registry.read(key) for key in keys} == {str(installed.data / "app.tabtalk.host.json")}
    assert {item.state for item in check_browsers.manifests(installed, None)} == {State.OK}

    registration.unregister(installed, None)
    assert {registry.read(key) for key in keys} == {None}
    assert registry.read(other) == chinese


def test_the_launcher_starts_its_python_from_a_folder_with_blanks_and_chinese_characters_and_passes_the_pipes_on(
    wine: Wine, tmp_path: Path
) -> None:
    home = wine.drive / HOME
    scripts = home / "env-0" / "Scripts"
    scripts.mkdir(parents=True)
    # There is no Python for Wine here. Its shell is in that place, which does what it is told on stdin and says so on stdout.
    shutil.copy(wine.drive / "windows" / "system32" / "cmd.exe", scripts / "python.exe")
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            AS_ON_WINDOWS + copies.LAUNCHER_MAKER,
            str(tmp_path),
            f"C:\\{HOME}\\env-0\\Scripts\\python.exe",
        ],
        input=copies.windows_launcher_program(Path("native_host.py")),
        text=True,
        capture_output=True,
        check=False,
    )
    if "t64.exe" in done.stderr or "No module named 'pip" in done.stderr:
        pytest.skip("this pip carries no launchers")
    assert done.returncode == 0, done.stderr
    shutil.copy(tmp_path / "tabtalk-host.exe", home)
    said = wine.run(
        "./tabtalk-host.exe",
        "chrome-extension://abc/",
        "--parent-window=0",
        input=b"echo through the pipe\r\nexit\r\n",
        cwd=home,
    )
    assert b"\nthrough the pipe" in said.said.replace(b">through", b"\nthrough"), said
    (scripts / "python.exe").unlink()
    gone = wine.run(
        "./tabtalk-host.exe", "chrome-extension://abc/", input=b"echo through the pipe\r\nexit\r\n", cwd=home
    )
    assert b"through the pipe" not in gone.said
