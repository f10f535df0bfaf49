"""`setup/changes.py`: all of it, or nothing."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tabtalk.setup.changes import Changes
from tabtalk.setup.console import SetupError


def tree(folder: Path) -> dict[str, str]:
    """Every path below with what it holds."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else "/" for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "share" / "tabtalk"


def change_much(changes: Changes, data: Path, elsewhere: Path) -> None:
    staged = changes.stage / "host"
    staged.mkdir()
    (staged / "file").write_text("new")
    changes.put(staged, data / "host")
    changes.write(data / "launcher", b"new", 0o755)
    changes.write(elsewhere / "browser" / "hosts" / "manifest.json", b"new")
    changes.claim(elsewhere / "state" / "tabtalk")
    (elsewhere / "state" / "tabtalk" / "log").mkdir(parents=True)
    changes.keep(elsewhere / "settings")
    (elsewhere / "settings").write_text("new")


def test_success_keeps_everything_and_leaves_no_stage(data: Path, tmp_path: Path) -> None:
    with Changes(data) as changes:
        change_much(changes, data, tmp_path)
    assert tree(tmp_path) == {
        "browser": "/",
        "browser/hosts": "/",
        "browser/hosts/manifest.json": "new",
        "settings": "new",
        "share": "/",
        "share/tabtalk": "/",
        "share/tabtalk/host": "/",
        "share/tabtalk/host/file": "new",
        "share/tabtalk/launcher": "new",
        "state": "/",
        "state/tabtalk": "/",
        "state/tabtalk/log": "/",
    }
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert os.access(data / "launcher", os.X_OK)
    assert changes.folders_made == [
        tmp_path / "share",
        tmp_path / "browser",
        tmp_path / "browser" / "hosts",
        tmp_path / "state",
    ]


@pytest.mark.parametrize("failure", [SetupError("no"), KeyboardInterrupt(), OSError(28, "full")])
def test_a_first_set_up_that_fails_leaves_nothing(data: Path, tmp_path: Path, failure: BaseException) -> None:
    with pytest.raises(type(failure)), Changes(data) as changes:
        change_much(changes, data, tmp_path)
        raise failure
    assert tree(tmp_path) == {}


def test_an_upgrade_that_fails_leaves_what_was_there(data: Path, tmp_path: Path) -> None:
    (data / "host").mkdir(parents=True)
    (data / "host" / "file").write_text("old")
    (data / "launcher").write_text("old")
    (tmp_path / "settings").write_text("old")
    (tmp_path / "settings").chmod(0o640)
    before = tree(tmp_path)
    with pytest.raises(SetupError), Changes(data) as changes:
        change_much(changes, data, tmp_path)
        raise SetupError("no")
    assert tree(tmp_path) == before
    assert stat.S_IMODE((tmp_path / "settings").stat().st_mode) == 0o640


def test_what_others_change_meanwhile_is_not_undone(data: Path, tmp_path: Path) -> None:
    for name in ("settings", "other"):
        (tmp_path / name).write_text("before")
    with pytest.raises(SetupError), Changes(data) as changes:
        for name in ("settings", "other", "new"):
            changes.keep(tmp_path / name)
            (tmp_path / name).write_text("of this set-up")
            changes.settle(tmp_path / name)
        # As the host of a browser that is running does.
        (tmp_path / "settings").write_text("of this set-up, and of a browser")
        raise SetupError("no")
    assert (tmp_path / "settings").read_text() == "of this set-up, and of a browser"
    assert (tmp_path / "other").read_text() == "before"
    assert not (tmp_path / "new").exists()


def test_what_is_to_be_undone_besides_is_undone_in_order(data: Path) -> None:
    undone: list[int] = []
    with pytest.raises(SetupError), Changes(data) as changes:
        changes.on_failure(lambda: undone.append(1))
        changes.on_failure(lambda: undone.append(2))
        raise SetupError("no")
    assert undone == [2, 1]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "share").write_text("a file")
    with pytest.raises(SetupError) as stopped, Changes(tmp_path / "share" / "below" / "tabtalk"):
        pass
    assert str(tmp_path / "share") in stopped.value.what
    assert "XDG_DATA_HOME" in stopped.value.mend
    assert tree(tmp_path) == {"share": "a file"}


def test_two_at_a_time_are_refused(data: Path) -> None:
    with Changes(data) as changes:
        program = f"""
import sys
from pathlib import Path
from tabtalk.setup.changes import Changes
from tabtalk.setup.console import SetupError
try:
    with Changes(Path({str(data)!r})):
        pass
except SetupError as error:
    print(error.what)
"""
        env = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
        assert "Another set-up" in done.stdout
        assert changes.stage.is_dir()
    with Changes(data):
        pass


def test_what_a_killed_run_left_is_cleared(data: Path) -> None:
    (data / ".stage-dead" / "env").mkdir(parents=True)
    with Changes(data):
        pass
    assert tree(data) == {}
