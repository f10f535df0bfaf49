"""`setup/environment.py`: its name, what pip's words mean, and what is missing. `test_whole.py` makes a real one."""

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


@pytest.mark.parametrize(
    ("said", "what", "mend"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one", "another one"),
        ("WARNING: Retrying ... NewConnectionError('... Name or service not known')", "network", "HTTPS_PROXY"),
        ("ERROR: HTTPSConnectionPool: Max retries exceeded (Caused by SSLError(CertificateError))", "network", "proxy"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "full", "room"),
        ("ERROR: No matching distribution found for cffi==2.1.1", "not to be had", "another Python"),
        ("ERROR: [Errno 13] Permission denied: '/x'", "cannot be written", "you may write"),
        ("ERROR: something new", "could not be installed", "again"),
    ],
)
def test_what_pip_says_becomes_a_sentence(said: str, what: str, mend: str) -> None:
    failure = environment.why_pip_failed(["Collecting x==1", said, ""])
    assert what in failure.what
    assert said in failure.what or not said.startswith("ERROR")
    assert mend in failure.mend


def test_a_network_that_is_gone_is_not_taken_for_a_missing_package() -> None:
    said = [
        "ERROR: Could not find a version that satisfies the requirement anyio==4.16.0 (from versions: none)",
        "ERROR: No matching distribution found for anyio==4.16.0",
    ]
    assert "network" in environment.why_pip_failed(said).what
    retried = "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/anyio/"
    assert "network" in environment.why_pip_failed([retried, *said]).what
    assert "not to be had" in environment.why_pip_failed(["Collecting annotated-types==0.8.0", *said]).what


def test_a_password_in_an_index_address_is_not_repeated() -> None:
    failure = environment.why_pip_failed(["ERROR: https://me:secret@mirror.example/simple/ is gone"])
    assert "secret" not in failure.what
    assert "mirror.example" in failure.what


def test_the_packages_show_as_pip_comes_to_them() -> None:
    said: list[str] = []
    lines = [
        "Collecting anyio==4.16.0 (from -r requirements.txt (line 4))\n",
        "  Using cached anyio-4.16.0-py3-none-any.whl\n",
        "Collecting cffi==2.1.1; python_version > '3' (from -r requirements.txt (line 5))\n",
        "Installing collected packages: anyio, cffi\n",
    ]
    assert list(environment._packages(lines, said)) == ["anyio 4.16.0", "cffi 2.1.1", "writing them"]
    assert len(said) == len(lines)


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
    assert not environment.works(Environment(Path(sys.prefix)), "import there_is_no_such_module")
