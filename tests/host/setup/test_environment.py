"""`setup/environment.py`: its name, and what is missing. `test_whole.py` makes a real one."""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import sys
from pathlib import Path

import pytest

from tabtalk.setup import environment, system
from tabtalk.setup.changes import Changes
from tabtalk.setup.console import SetupError, Steps
from tabtalk.setup.environment import Environment

LOCK = Path(__file__).parents[3] / "host" / "requirements.txt"


def test_the_name_follows_from_the_lock_and_from_python(monkeypatch: pytest.MonkeyPatch) -> None:
    name = environment.name(b"lock")
    assert re.fullmatch(r"env-[0-9a-f]{12}", name)
    assert environment.name(b"lock") == name
    assert environment.name(b"other") != name
    monkeypatch.setattr(platform, "python_version", lambda: "3.99.0")
    assert environment.name(b"lock") != name


def test_the_lock_pins_every_package_by_hash_and_names_no_index() -> None:
    text = LOCK.read_text("utf-8")
    pinned = re.findall(r"^([a-z0-9-]+)==\S+.* \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE)
    names = [name for name, _ in pinned]
    assert len(names) == len(re.findall(r"^[a-z]", text, re.MULTILINE))
    assert {"google-genai", "keyring", "tomlkit", "truststore", "trustme", "websockets"} <= set(names)
    assert not re.search(r"https?:|--(extra-)?index-url|find-links|trusted-host", text)


def test_the_lock_follows_from_its_input() -> None:
    wanted = re.findall(r"^([a-z0-9-]+)", LOCK.with_suffix(".in").read_text("utf-8"), re.MULTILINE)
    locked = LOCK.read_text("utf-8")
    assert wanted
    for name in wanted:
        assert re.search(rf"^{name}==", locked, re.MULTILINE), name


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_without_venv_the_command_that_mends_it_is_said(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else real(name))
    monkeypatch.setattr(system, "is_root", lambda: True)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    with pytest.raises(SetupError) as stopped, Changes(tmp_path / "data") as changes:
        environment.provide(changes, tmp_path / "data", LOCK, Steps(1))
    assert "venv" in stopped.value.what
    assert "run: apt-get install python3-venv" in stopped.value.mend
    assert list(tmp_path.iterdir()) == []


def test_an_environment_whose_python_is_gone_does_not_work(tmp_path: Path) -> None:
    assert not environment.works(Environment(tmp_path))
    assert environment.works(Environment(Path(sys.prefix)))
    assert environment.find_problems(tmp_path / "bin" / "python", LOCK, ()) == [
        "its Python does not work (FileNotFoundError)"
    ]


def test_what_is_wrong_with_an_environment_is_told_by_its_own_python() -> None:
    assert environment.find_problems(Path(sys.executable), LOCK, ("there_is_no_such_module",)) == [
        "there_is_no_such_module does not load: there_is_no_such_module is missing"
    ]


def test_only_the_first_problems_are_told() -> None:
    assert environment.join_problems(["a", "b"]) == "a; b"
    assert environment.join_problems(["a", "b", "c", "d", "e"]) == "a; b; c; and 2 more"
