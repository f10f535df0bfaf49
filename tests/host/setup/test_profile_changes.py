"""`--rename-profile` and `--remove-profile`, with the files that they leave. The keychain's part is in `test_keys.py`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tabtalk import paths, profiles
from tabtalk.setup import check_files, cli, installation
from tabtalk.setup.proof import Proof
from tabtalk.way import State

if TYPE_CHECKING:
    from pathlib import Path

    from tabtalk.setup.copies import Installed

KEYS = {"default": "AIzaDEFAULT123456789abcdefghijklmnopqr", "论文 2": "AIzaTHESIS0123456789abcdefghijklmnopqr"}


@pytest.fixture
def two(person: Path, chromium: Path, borrowed: None, gateway: list[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up with a key for each of two profiles, the second in use; the folder with the settings and the keys."""
    monkeypatch.setattr(installation, "prove", lambda _launcher: Proof("0.1.0", 1.0, None))
    for name, key in KEYS.items():
        (person / "key").write_text(key)
        assert cli.main(["--yes", "--key-file", str(person / "key"), "--profile", name, *gateway]) == 0
    return paths.config_dir()


def content(folder: Path) -> dict[str, str]:
    """Blank lines apart, which the settings may gain and lose."""
    return {path.name: path.read_text("utf-8").replace("\n\n", "\n") for path in sorted(folder.iterdir())}


def known() -> tuple[str, dict[str, str]]:
    found = profiles.load()
    return found.active, {name: row.store for name, row in found.all.items()}


def test_a_renamed_profile_keeps_its_key_and_stays_in_use(two: Path) -> None:
    before = content(two)
    assert cli.main(["--rename-profile", "论文 2", "Thesis"]) == 0
    assert known() == ("Thesis", {"default": "file", "Thesis": "file"})
    after = content(two)
    assert set(before) - set(after) == {"api-key.论文 2"}
    assert set(after) - set(before) == {"api-key.Thesis"}
    assert after["api-key.Thesis"] == KEYS["论文 2"]
    assert after["api-key"] == before["api-key"]
    assert paths.key_file("Thesis").stat().st_mode & 0o777 == 0o600
    assert cli.main(["--rename-profile", "Thesis", "论文 2"]) == 0
    assert content(two) == before, "and back: as it was"


def test_a_removed_profile_takes_its_key_with_it_and_another_is_in_use(
    two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(two)
    capsys.readouterr()
    assert cli.main(["--remove-profile", "论文 2"]) == 0
    assert "In use: 'default'" in capsys.readouterr().out
    assert known() == ("default", {"default": "file"})
    assert set(before) - set(content(two)) == {"api-key.论文 2"}
    assert KEYS["论文 2"] not in str(content(two))


def test_what_cannot_be_done_is_told_and_changes_nothing(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(two)
    for arguments, words in (
        (["--rename-profile", "nobody", "x"], "no profile"),
        (["--rename-profile", "default", "论文 2"], "already"),
        (["--rename-profile", "default", "../x"], "letters, digits"),
        (["--remove-profile", "nobody"], "no profile"),
    ):
        assert cli.main(arguments) == 1
        assert words in capsys.readouterr().err
        assert content(two) == before


def test_without_a_set_up_the_command_is_told(person: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--remove-profile", "default"]) == 1
    assert "set it up first" in capsys.readouterr().err
    assert not paths.config_dir().exists()


def test_check_says_that_another_version_is_installed_and_what_to_do_and_calls_it_no_fault(
    installed: Installed,
) -> None:
    manifest, code = installed.extension / "manifest.json", installed.host / "tabtalk" / "__init__.py"
    for path in (manifest, code):
        path.parent.mkdir(parents=True)
    for version, words in (("0.0.9", "a newer Tabtalk is here"), ("99.0.0", "Tabtalk is older")):
        manifest.write_text(json.dumps({"version": version}))
        code.write_text(f'__version__ = "{version}"\n')
        finding = check_files.versions(installed)
        assert finding.state is State.OK
        assert words in finding.text
        assert "install.py" in finding.mend
