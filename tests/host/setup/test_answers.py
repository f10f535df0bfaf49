"""`setup/answers.py`: what the person gives, refused before anything is changed."""

from __future__ import annotations

import getpass
import io
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tabtalk.setup import answers
from tabtalk.setup.console import SetupError

if TYPE_CHECKING:
    from pathlib import Path

KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"


def options(**given: Any) -> Namespace:
    return Namespace(
        **{
            "key_file": None, "key_from_environment": False, "no_key": False, "yes": False, "profile": None, "vertex": None, "location": "us-central1",
            "base_url": None, "ca_file": None,
        }
        | given
    )  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person types, in order."""
    lines: list[str] = []
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: lines.pop(0))
    return lines


def test_the_key_is_asked_for_hidden_and_with_where_to_get_one(
    typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    typed += [f" {KEY} "]
    assert answers.key_from(options(), stored=False) == KEY
    said = capsys.readouterr().out
    assert "aistudio.google.com/apikey" in said
    assert KEY not in said


def test_enter_goes_on_without_a_key(typed: list[str]) -> None:
    typed += [""]
    assert answers.key_from(options(), stored=False) is None


def test_what_is_no_key_is_asked_again(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    typed += ["two words", KEY]
    assert answers.key_from(options(), stored=False) == KEY
    assert "copy it again" in capsys.readouterr().out


@pytest.mark.parametrize("given", [{"yes": True}, {"no_key": True}])
def test_nothing_is_asked_when_nothing_may_be(typed: list[str], given: dict[str, bool]) -> None:
    assert answers.key_from(options(**given), stored=True) is None
    assert typed == []


def test_nothing_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("not asked"))
    assert answers.key_from(options(), stored=False) is None


def test_the_key_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"\n{KEY}\n")
    assert answers.key_from(options(key_file=str(tmp_path / "key"), yes=True), stored=False) == KEY


def test_the_key_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{KEY}\n".encode())))
    assert answers.key_from(options(key_file="-"), stored=False) == KEY


@pytest.mark.parametrize("content", [b"", b"two words", b"\xff\xfe\x00", b"x" * 100_000])
def test_a_file_without_a_key_is_refused_without_repeating_it(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(SetupError) as stopped:
        answers.key_from(options(key_file=str(tmp_path / "key")), stored=False)
    assert "two words" not in stopped.value.what
    assert len(stopped.value.what) < 400


def test_a_key_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="No such file"):
        answers.key_from(options(key_file=str(tmp_path / "key")), stored=False)


def test_another_endpoint_is_taken_with_its_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.chdir(tmp_path)
    given = options(base_url="https://127.0.0.1:8443", ca_file="ca.pem")
    assert answers.endpoint_from(given) == {"base_url": "https://127.0.0.1:8443", "ca_file": str(tmp_path / "ca.pem")}


def test_what_is_not_given_stays_and_empty_takes_it_back() -> None:
    assert answers.endpoint_from(options()) == {}
    assert answers.endpoint_from(options(base_url="", ca_file="")) == {"base_url": "", "ca_file": ""}


@pytest.mark.parametrize("url", ["http://x", "ws://x", "x", "https://a:b@x"])
def test_an_endpoint_that_is_not_https_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="base_url"):
        answers.endpoint_from(options(base_url=url))


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_file_without_a_certificate_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(SetupError, match="PEM"):
        answers.endpoint_from(options(ca_file=str(tmp_path / "ca.pem")))


def test_a_certificate_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        answers.endpoint_from(options(ca_file=str(tmp_path / "ca.pem")))
