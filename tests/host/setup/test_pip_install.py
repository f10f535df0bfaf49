"""`setup/pip_install.py`: what pip's output means, how far it is, and what is kept of a failure."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tabtalk.setup import pip_install

LOG = Path("/somewhere/pip.log")


@pytest.mark.parametrize(
    ("said", "what", "mend"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one", "another one"),
        ("WARNING: Retrying ... NewConnectionError('... Name or service not known')", "network", "HTTPS_PROXY"),
        ("ERROR: HTTPSConnectionPool: Max retries exceeded (Caused by SSLError(CertificateError))", "network", "proxy"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "full", "room"),
        ("ERROR: No matching distribution found for cffi==2.1.1", "not to be had", "another Python"),
        ("ERROR: [Errno 13] Permission denied: '/x'", "cannot be written", "you may write"),
        ("    The user requested (constraint) cffi<2", "constraint", "PIP_CONSTRAINT"),
    ],
)
def test_a_known_failure_becomes_a_sentence_and_names_the_log(said: str, what: str, mend: str) -> None:
    failure = pip_install.explain_failure(["Collecting x==1", said, ""], LOG)
    assert what in failure.what
    assert said in failure.what or not said.startswith("ERROR")
    assert mend in failure.mend
    assert str(LOG) in failure.mend


def test_an_unknown_failure_shows_the_last_lines_and_names_the_log_with_the_rest() -> None:
    said = [
        *(f"Collecting package-{number}==1" for number in range(40)),
        "ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==. These do not:",
        "    google-auth[requests]!=2.24.0,<3.0.0,>=2.47.0 from https://files.example/google_auth-2.63.0.whl",
        "",
    ]
    failure = pip_install.explain_failure(said, LOG)
    assert "These do not:" in failure.what
    assert "google-auth[requests]" in failure.what
    assert "package-39" in failure.what
    assert "package-30" not in failure.what
    assert str(LOG) in failure.mend
    assert "run this again" not in failure.mend


def test_a_failure_without_any_output_is_told_too() -> None:
    assert "nothing" in pip_install.explain_failure([], None).what


def test_a_network_that_is_gone_is_not_taken_for_a_missing_package() -> None:
    said = [
        "ERROR: Could not find a version that satisfies the requirement anyio==4.16.0 (from versions: none)",
        "ERROR: No matching distribution found for anyio==4.16.0",
    ]
    assert "network" in pip_install.explain_failure(said, LOG).what
    retried = "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/anyio/"
    assert "network" in pip_install.explain_failure([retried, *said], LOG).what
    assert "not to be had" in pip_install.explain_failure(["Collecting annotated-types==0.8.0", *said], LOG).what


def test_a_password_in_an_index_address_is_neither_shown_nor_logged(tmp_path: Path) -> None:
    said = ["Looking in indexes: https://me:secret@mirror.example/simple/", "ERROR: it is gone"]
    failure = pip_install.explain_failure(said, LOG)
    assert "secret" not in failure.what
    assert "mirror.example" in failure.what
    assert pip_install.write_log(tmp_path / "log" / "pip.log", said)
    logged = (tmp_path / "log" / "pip.log").read_text("utf-8")
    assert "secret" not in logged
    assert "it is gone" in logged
    assert stat.S_IMODE((tmp_path / "log" / "pip.log").stat().st_mode) == 0o600


def test_a_log_that_cannot_be_written_is_not_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not pip_install.write_log(tmp_path / "file" / "pip.log", [])
    assert "pip.log" not in pip_install.explain_failure(["what is this"], None).mend


def test_progress_counts_the_packages_of_this_system() -> None:
    output: list[str] = []
    lines = [
        "Ignoring pywin32-ctypes: markers 'sys_platform == \"win32\"' don't match your environment\n",
        "Collecting anyio==4.16.0 (from -r requirements.txt (line 4))\n",
        "  Using cached anyio-4.16.0-py3-none-any.whl\n",
        "Collecting cffi==2.1.1; python_version > '3' (from -r requirements.txt (line 5))\n",
        "Installing collected packages: anyio, cffi\n",
    ]
    assert list(pip_install.read_progress(lines, 3, output)) == [
        "downloading packages: 1 of 2",
        "downloading packages: 2 of 2",
        "installing 2 packages",
    ]
    assert len(output) == len(lines)
