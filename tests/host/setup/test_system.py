"""`setup/system.py`: the system's own packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tabtalk.setup import system
from tabtalk.setup.console import SetupError, Steps


def put_apt(person: Path, program: str) -> None:
    (person / "bin" / "apt-get").write_text(f"#!/bin/sh\n{program}\n")
    (person / "bin" / "apt-get").chmod(0o755)


def test_apt_installs_what_is_missing_and_says_so(person: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_apt(person, f'echo "$DEBIAN_FRONTEND $@" >> "{person}/asked"')
    system.apt_install("chromium", "Chromium", Steps(1))
    assert "Installing Chromium (needed once)" in capsys.readouterr().out
    assert (person / "asked").read_text().splitlines() == [
        "noninteractive update -q",
        "noninteractive install -q -y --no-install-recommends chromium",
    ]


def test_an_index_out_of_reach_does_not_stop_an_install_that_works(person: Path) -> None:
    put_apt(person, 'test "$1" = install')
    system.apt_install("chromium", "Chromium", Steps(1))


def test_an_install_that_fails_is_said_with_apts_own_reason(person: Path) -> None:
    put_apt(person, "echo 'E: Unable to locate package chromium'; exit 100")
    with pytest.raises(SetupError) as stopped:
        system.apt_install("chromium", "Chromium", Steps(1))
    assert "Unable to locate package" in stopped.value.what
    assert "apt-get install chromium" in stopped.value.mend


@pytest.mark.parametrize(
    ("release", "debian", "snap"),
    [
        ('ID=debian\nVERSION_ID="12"\n', True, False),
        ("ID=ubuntu\nID_LIKE=debian\n", True, True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', True, False),
        ('ID=fedora\nID_LIKE="rhel"\n', False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_debian_and_its_kin_are_known_and_whose_chromium_is_a_snap(
    release: str | None, debian: bool, snap: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "OS_RELEASE", tmp_path / "os-release")
    if release is not None:
        (tmp_path / "os-release").write_text(release)
    assert system._is_debian() is debian
    assert system.chromium_is_a_snap() is snap


def test_where_no_package_manager_is_known_no_command_is_made_up(person: Path) -> None:
    del person
    assert system.install_command("chromium") == ""
