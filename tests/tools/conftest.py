"""A working copy that is committed, to plant faults in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from release.history import SHIPPED

ROOT = Path(__file__).parents[2]
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc")


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "core.autocrlf=false"]
    moment = {"GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000"}
    subprocess.run(["git", *who, *arguments], cwd=folder, env={**os.environ, **moment}, check=True, capture_output=True)


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is here now, as one commit; to be cloned, not changed."""
    folder = tmp_path_factory.mktemp("committed") / "tabtalk"
    folder.mkdir()
    for name in (*SHIPPED, ".gitignore", "docs/PRIVACY.md"):
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=_NOT_COPIED)
        else:
            shutil.copy(ROOT / name, target)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    return folder


@pytest.fixture
def checkout(committed: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "-q", str(committed), "checkout")
    return tmp_path / "checkout"
