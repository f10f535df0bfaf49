"""A key is tried before it is stored: accepted, rejected, or nobody can say; and it is never printed."""

from __future__ import annotations

import getpass
import json
import socket
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tabtalk import keys, paths, profiles
from tabtalk.key_text import VARIABLES
from tabtalk.practice import wire
from tabtalk.practice.scenarios import CloseWith, RejectKey
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread
from tabtalk.setup import cli, installation
from tabtalk.setup.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"
OLD = "AIzaOLD0123456789"
pytestmark = pytest.mark.usefixtures("borrowed")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "prove", lambda _launcher: Proof("0.1.0", 1.0, None))


@pytest.fixture
def service() -> Iterator[ThreadedServer]:
    with run_in_thread(PracticeServer()) as server:
        yield server


def arguments(person: Path, base_url: str, ca_pem: str) -> list[str]:
    (person / "ca.pem").write_text(ca_pem)
    (person / "key").write_text(KEY)
    return ["--user-data-dir", str(person / "p"), "--base-url", base_url, "--ca-file", str(person / "ca.pem")]


def test_a_key_that_is_accepted_is_stored(
    person: Path, service: ThreadedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(person, service.base_url, service.ca_pem)
    assert cli.main(["--key-file", str(person / "key"), *given]) == 0
    said = capsys.readouterr()
    assert "the service accepts it\n" in said.out
    assert KEY not in said.out + said.err
    assert paths.key_file().read_text() == KEY
    # What tries it says nothing, and leaves at once.
    assert service.call(lambda: _count(service)) == 0


async def _count(service: ThreadedServer) -> int:
    return len(service.connections)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1007, wire.KEY_TEXT),
        (1008, wire.NO_KEY_TEXT),
        (1007, f"API key {KEY} not valid."),
        (1008, "PERMISSION_DENIED: an unusual word for the key: " + KEY[4:]),
    ],
)
def test_t19_a_key_that_is_rejected_is_said_and_what_was_there_stays(
    code: int, reason: str, person: Path, service: ThreadedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(person, service.base_url, service.ca_pem)
    (person / "key").write_text(OLD)
    assert cli.main(["--key-file", str(person / "key"), *given]) == 0
    service.server.scenario = partial(CloseWith, code=code, reason=reason.replace(KEY[4:], KEY))
    (person / "key").write_text(KEY)
    assert cli.main(["--key-file", str(person / "key"), *given]) == 1
    said = capsys.readouterr()
    assert "does not accept this key" in said.err
    assert "aistudio.google.com" in said.err
    assert KEY not in said.out + said.err
    assert paths.key_file().read_text() == OLD


@pytest.mark.parametrize(
    ("code", "reason"), [(1008, "models/x is not found for API version v1beta"), (1011, wire.QUOTA_TEXT)]
)
def test_a_key_that_is_taken_for_another_refusal_is_stored_and_the_refusal_said(
    code: int, reason: str, person: Path, service: ThreadedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    service.server.scenario = partial(CloseWith, code=code, reason=reason)
    given = arguments(person, service.base_url, service.ca_pem)
    assert cli.main(["--key-file", str(person / "key"), *given]) == 0
    assert f"the service accepts it: {reason}" in capsys.readouterr().out
    assert paths.key_file().read_text() == KEY


def test_without_a_network_it_cannot_be_told_and_the_key_is_stored(
    person: Path, service: ThreadedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"https://127.0.0.1:{unused.getsockname()[1]}"
        given = arguments(person, nowhere, service.ca_pem)
        assert cli.main(["--key-file", str(person / "key"), *given]) == 0
    assert "cannot be told now: the service cannot be reached" in capsys.readouterr().out
    assert paths.key_file().read_text() == KEY


def test_a_key_that_was_asked_for_and_is_rejected_is_asked_for_again(
    person: Path, service: ThreadedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(person, service.base_url, service.ca_pem)
    typed = iter([OLD, KEY])

    def asked(_prompt: str) -> str:
        key = next(typed)
        service.server.scenario = RejectKey if key == OLD else service_scenario
        return key

    service_scenario = service.server.scenario
    monkeypatch.setattr(getpass, "getpass", asked)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert cli.main(given) == 0
    said = capsys.readouterr().out
    assert "does not accept this key: API key not valid" in said
    assert OLD not in said
    stored = keys.read_key()
    assert stored is not None
    assert stored.text == KEY


def test_a_profile_gets_a_key_of_its_own_and_is_in_use_from_then_on(
    person: Path, service: ThreadedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(person, service.base_url, service.ca_pem)
    assert cli.main(["--key-file", str(person / "key"), *given]) == 0
    (person / "key").write_text(OLD)
    assert cli.main(["--key-file", str(person / "key"), "--profile", "Work 2", *given]) == 0
    assert "the profile 'Work 2' is in use from now on" in capsys.readouterr().out
    assert (paths.key_file().read_text(), paths.key_file("Work 2").read_text()) == (KEY, OLD)
    stored = keys.read_key()
    assert stored
    assert stored.text == OLD
    assert cli.main(["--no-key", "--profile", "default", *given]) == 0
    stored = keys.read_key()
    assert stored
    assert stored.text == KEY


@pytest.mark.parametrize("name", ["../x", "", "work 2"])
def test_a_profile_that_cannot_be_is_refused_before_anything_is_done(
    name: str, person: Path, service: ThreadedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(person, service.base_url, service.ca_pem)
    assert cli.main(["--no-key", "--profile", "Work 2", *given]) == 0
    before = paths.settings_file().read_bytes()
    assert cli.main(["--key-file", str(person / "key"), "--profile", name, *given]) == 1
    assert "profile" in capsys.readouterr().err
    assert paths.settings_file().read_bytes() == before
    assert not service.recorder.records


def test_the_environment_is_taken_when_it_is_named_tried_and_nothing_is_stored(
    person: Path, service: ThreadedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(person, service.base_url, service.ca_pem)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["--key-from-environment", *given]) == 1
    assert "Neither GOOGLE_API_KEY nor GEMINI_API_KEY is set here" in capsys.readouterr().err
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    assert cli.main(["--key-from-environment", *given]) == 0
    assert len(service.recorder.setups) == 1
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    assert keys.read_key() == keys.StoredKey(KEY, "environment")
    assert not any(KEY in path.read_text() for path in paths.config_dir().iterdir())
    # And a key that is given to Tabtalk takes its place.
    assert cli.main(["--key-file", str(person / "key"), *given]) == 0
    stored = keys.read_key()
    assert stored
    assert stored.where == "file"
    # And the other way round the stored one goes.
    assert cli.main(["--key-from-environment", *given]) == 0
    assert not paths.key_file().exists()


@pytest.fixture
def sign_in(person: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a service account, whose token server cannot be reached."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    said = {"type": "service_account", "client_email": "lab@example.test", "token_uri": "https://127.0.0.1:1/token"}
    path = person / "adc.json"
    path.write_text(json.dumps({**said, "private_key": pem.decode(), "private_key_id": "1"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    return path


def test_vertex_takes_the_place_of_the_key_and_is_what_the_doctor_looks_at(
    person: Path, service: ThreadedServer, sign_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(person, service.base_url, service.ca_pem)
    assert cli.main(["--key-file", str(person / "key"), *given]) == 0
    assert cli.main(["--vertex", "Not A Project", *given]) == 1
    assert "id of a Google Cloud project" in capsys.readouterr().err
    assert paths.key_file().exists()
    assert cli.main(["--vertex", "lab-1234", "--location", "europe-west4", *given]) == 0
    assert "Vertex AI in the project lab-1234 could not be tried now: Google's sign-in" in capsys.readouterr().out
    assert profiles.load().current == profiles.Profile("default", "vertex", "lab-1234", "europe-west4")
    assert not paths.key_file().exists()
    cli.main(["--check", *given])
    said = capsys.readouterr().out
    assert "ok          keychain: Vertex AI, opened by Google's own sign-in" in said
    sign_in.unlink()
    cli.main(["--check", *given])
    said = capsys.readouterr().out
    assert "FAILED      keychain: There is no sign-in to Google Cloud" in said
    assert "gcloud auth application-default login" in said


def test_vertex_without_a_sign_in_changes_nothing(
    person: Path, service: ThreadedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(person / "missing.json"))
    given = arguments(person, service.base_url, service.ca_pem)
    assert cli.main(["--key-file", str(person / "key"), *given]) == 0
    assert cli.main(["--vertex", "lab-1234", *given]) == 1
    assert "gcloud auth application-default login" in capsys.readouterr().err
    assert paths.key_file().read_text() == KEY
    assert profiles.load().current.store == "file"
