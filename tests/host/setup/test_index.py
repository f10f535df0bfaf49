"""Set-up against a package index of another day: newer releases, an older or a newer pip, a failure nobody knows."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

import package_index
from tabtalk import paths
from tabtalk.log import PIP_LOG
from tabtalk.setup import environment, pip_install
from tabtalk.setup.console import SetupError
from tabtalk.setup.environment import Environment
from tabtalk.setup.packages import HOST_MODULES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ROOT = Path(__file__).parents[3]
HOST_LOCK = ROOT / "host" / "requirements.txt"
TESTS_LOCK = ROOT / "tests" / "requirements.txt"


def installed_versions(python: Path) -> dict[str, str]:
    program = (
        "import json; from importlib import metadata;"
        "print(json.dumps({found.metadata['Name']: found.version for found in metadata.distributions()}))"
    )
    done = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    "lock_file", [HOST_LOCK, pytest.param(TESTS_LOCK, marks=pytest.mark.long)], ids=["host", "tests"]
)
def test_newer_releases_on_the_index_change_nothing(
    lock_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    index.mkdir()
    package_index.download(lock_file, index)
    offered = len(list(index.glob("*.whl")))
    package_index.add_newer_releases(index)
    assert len(list(index.glob("*.whl"))) == 2 * offered
    made = Environment(tmp_path / "env")
    environment.make(made)
    with package_index.serve(index) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        shown: list[str] = []
        assert pip_install.install(made.python, lock_file, shown.append, tmp_path / "pip.log") == offered
    assert shown[-1] == f"installing {offered} packages"
    assert environment.find_problems(made.python, lock_file, HOST_MODULES) == []
    versions = installed_versions(made.python)
    assert [version for version in versions.values() if version.endswith(package_index.NEWER)] == []
    assert len(versions.keys() - {"pip", "setuptools"}) == offered
    assert not (tmp_path / "pip.log").exists()


@pytest.mark.long
@pytest.mark.parametrize("version", ["22.3", ""], ids=["22.3", "newest"])
def test_older_and_newer_pips_install_the_lock(version: str, tmp_path: Path) -> None:
    made = Environment(tmp_path / "env")
    environment.make(made)
    wanted = f"pip=={version}" if version else "pip"
    command: list[str | Path] = [
        made.python,
        "-I",
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--upgrade",
        wanted,
    ]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=120)
    pip_install.install(made.python, HOST_LOCK, lambda _text: None, tmp_path / "pip.log")
    assert environment.find_problems(made.python, HOST_LOCK, HOST_MODULES) == []


def test_a_failure_that_nobody_knows_shows_its_last_lines_and_where_the_rest_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As a lock that is not complete: pip's own words for it were cut to their first line once.
    made = Environment(tmp_path / "env")
    environment.make(made)
    lock_file = tmp_path / "requirements.txt"
    lock_file.write_text("idna\n")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    log = paths.log_dir() / PIP_LOG
    with pytest.raises(SetupError) as stopped:
        pip_install.install(made.python, lock_file, print, log)
    assert "These do not:" in stopped.value.what
    assert stopped.value.what.rstrip().splitlines()[-1].strip().startswith("idna")
    assert str(log) in stopped.value.mend
    assert "These do not:" in log.read_text("utf-8")
    assert "Collecting" not in capsys.readouterr().out


def test_settings_of_the_person_that_lead_pip_astray_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Environment(tmp_path / "env")
    environment.make(made)
    lock_file = tmp_path / "requirements.txt"
    lock = HOST_LOCK.read_text("utf-8")
    lock_file.write_text(lock[lock.index("idna==") : lock.index("importlib-metadata==")])
    (tmp_path / "more.txt").write_text("no-such-package-anywhere\n")
    astray = {
        "PIP_TARGET": str(tmp_path / "elsewhere"),
        "PIP_DRY_RUN": "1",
        "PIP_QUIET": "2",
        "PIP_REQUIREMENT": str(tmp_path / "more.txt"),
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PYTHONPATH": os.fspath(tmp_path),
    }
    for name, value in astray.items():
        monkeypatch.setenv(name, value)
    shown: list[str] = []
    pip_install.install(made.python, lock_file, shown.append, tmp_path / "pip.log")
    assert shown == ["downloading packages: 1 of 1", "installing 1 packages"]
    assert "idna" in installed_versions(made.python)
    assert not (tmp_path / "elsewhere").exists()
