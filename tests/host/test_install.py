"""`install.py`: any Python reads it, and one that is too old says so."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[2] / "host" / "install.py"
OLD = [
    path
    for path in sorted(Path.home().glob(".pyenv/versions/*/bin/python"))
    if tuple(map(int, path.parents[1].name.split(".")[:2])) < (3, 11)
]


def test_it_has_no_syntax_that_python_3_6_does_not_know() -> None:
    ast.parse(INSTALL.read_text("utf-8"), feature_version=(3, 6))


@pytest.mark.skipif(not OLD, reason="no older Python here")
@pytest.mark.parametrize("python", OLD, ids=lambda path: path.parents[1].name)
def test_an_old_python_says_what_to_do(python: Path) -> None:
    done = subprocess.run([python, INSTALL, "--yes"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"needs Python 3.11 or newer; this is Python {python.parents[1].name}" in done.stderr
    assert "What to do: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not OLD, reason="no older Python here")
def test_a_newer_python_on_the_path_is_named(tmp_path: Path) -> None:
    for name, works in (("python3.11", True), ("python3.13", False)):
        (tmp_path / name).write_text("#!/bin/sh\nexit 0\n" if works else "#!/bin/sh\nexit 127\n")
        (tmp_path / name).chmod(0o755)
    command = [str(OLD[0]), "-E", str(INSTALL), "--check"]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=60)
    assert f"run: python3.11 {INSTALL} --check" in done.stderr


def test_it_needs_only_the_standard_library() -> None:
    done = subprocess.run([sys.executable, "-S", "-E", INSTALL, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for flag in (
        "--yes",
        "--browser",
        "--user-data-dir",
        "--key-file",
        "--no-key",
        "--base-url",
        "--ca-file",
        "--check",
    ):
        assert flag in done.stdout
    for flag in ("--json", "--uninstall", "--try"):
        assert flag in done.stdout
