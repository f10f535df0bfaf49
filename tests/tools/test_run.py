"""`tests/run.py`: what it says when the checks cannot even start."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("checks_of_tabtalk", ROOT / "tests" / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_could_not_be_installed_stands_last_and_no_check_starts(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise run.Failure("The disk is full.\nWhat to do: make some 300 MB of room, then run this again.")

    monkeypatch.setattr(run, "install_system", lambda **_: None)
    monkeypatch.setattr(run, "install_python", fail)
    monkeypatch.setattr(sys, "argv", ["run.py", "--fast"])
    assert run.main() == 1
    *_, what, mend, _, _, closing, counts = capsys.readouterr().out.splitlines()
    assert what == "python packages: The disk is full."
    assert mend.startswith("What to do: ")
    assert closing.startswith("The checks were not started")
    assert counts == "0 passed, 1 failed"


def test_a_step_that_does_not_exist_is_refused_with_those_that_do(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", "--only", "nothing"])
    with pytest.raises(SystemExit):
        run.main()
    assert "there are ruff, format" in capsys.readouterr().err
