"""`tabtalk/paths.py`: the folders of `platformdirs`, and files that are never anyone else's to read."""

from __future__ import annotations

import importlib
import os
import stat
import sys
from typing import TYPE_CHECKING

import platformdirs
import pytest

from tabtalk import paths

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENTS = [
    {},
    {"XDG_DATA_HOME": "/x/data", "XDG_CONFIG_HOME": "/x/config", "XDG_STATE_HOME": "/x/state"},
    {"XDG_DATA_HOME": "", "XDG_CONFIG_HOME": "relative", "XDG_STATE_HOME": " "},
    {"HOME": "/somewhere else/ünï"},
    {"HOME": "relative"},
    {"HOME": ""},
]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_the_folders_are_those_of_platformdirs(
    environment: dict[str, str], system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    module = importlib.import_module("platformdirs." + {"linux": "unix", "darwin": "macos"}[system])
    theirs = getattr(module, {"linux": "Unix", "darwin": "MacOS"}[system])("tabtalk", appauthor=False)
    assert str(paths.data_dir()) == theirs.user_data_dir
    assert str(paths.config_dir()) == theirs.user_config_dir
    assert str(paths.state_dir()) == theirs.user_state_dir
    assert str(paths.log_dir()) == theirs.user_log_dir


def test_on_this_system_too() -> None:
    assert str(paths.data_dir()) == platformdirs.user_data_dir("tabtalk", appauthor=False)
    assert str(paths.log_dir()) == platformdirs.user_log_dir("tabtalk", appauthor=False)


def test_t17_a_private_file_is_private_from_its_first_moment(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        paths.write_private(tmp_path / "folder" / "file", b"one")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "folder" / "file").stat().st_mode) == 0o600


def test_t17_a_file_that_was_wider_is_replaced_not_reused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    (folder / "file").write_text("old")
    (folder / "file").chmod(0o644)
    elsewhere = (folder / "file").open()
    paths.write_private(folder / "file", b"new")
    with elsewhere:
        assert elsewhere.read() == "old"
    assert (folder / "file").read_bytes() == b"new"
    assert stat.S_IMODE((folder / "file").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_t17_a_symlink_in_its_place_is_replaced_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("theirs")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").symlink_to(target)
    paths.write_private(folder / "file", b"ours")
    assert target.read_text() == "theirs"
    assert not (folder / "file").is_symlink()


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    paths.write_private(tmp_path / "folder" / "file", b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        paths.write_private(tmp_path / "folder" / "file", b"new")
    assert [entry.name for entry in (tmp_path / "folder").iterdir()] == ["file"]
    assert (tmp_path / "folder" / "file").read_bytes() == b"old"


def test_an_installed_host_finds_the_list_of_the_keychains_entries_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever XDG_DATA_HOME the browser was started with."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "of the browser"))
    assert paths.keychain_list() == tmp_path / "of the browser" / "tabtalk" / "keychain-entries.json"
    (tmp_path / "installed" / "host" / "tabtalk").mkdir(parents=True)
    (tmp_path / "installed" / paths.RECORD).touch()
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "installed" / "host" / "tabtalk" / "paths.py"))
    assert paths.keychain_list() == tmp_path / "installed" / "keychain-entries.json"
