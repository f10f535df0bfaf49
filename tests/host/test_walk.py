"""The host's part of the walk along the links, against the practice server and a keychain that is none."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import keyring
import pytest
from keyring.backends import fail

from tabtalk import keys, live_socket, paths, settings, walk
from tabtalk.practice import wire
from tabtalk.practice.scenarios import CloseWith
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread
from tabtalk.setup.links import LINKS
from tabtalk.way import WAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    live_socket.trust.cache_clear()
    yield
    live_socket.trust.cache_clear()
    keyring.set_keyring(before)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ThreadedServer]:
    with run_in_thread(PracticeServer(key=KEY)) as server:
        (tmp_path / "ca.pem").write_text(server.ca_pem)
        settings.change(base_url=server.base_url, ca_file=str(tmp_path / "ca.pem"))
        keys.store_key(KEY)
        yield server


def walked() -> dict[str, str]:
    """The state of each link, or the code of what broke it."""
    found = walk.findings()
    assert KEY not in str(found)
    return {row["link"]: row["code"] or row["state"] for row in found}


def test_all_is_well_in_the_order_of_the_table_and_nothing_was_asked_of_gemini(service: ThreadedServer) -> None:
    assert walked() == dict.fromkeys(("settings", "keychain", *WAY), "ok")
    order = [link.id for link in LINKS]
    assert sorted(walked(), key=order.index) == [*walked()]
    assert not service.recorder.texts


@pytest.mark.parametrize(
    ("code", "reason", "link", "told"),
    [
        (1007, wire.KEY_TEXT, "key", "key-rejected"),
        (1008, "models/x is not found for API version v1beta", "model", "model-missing"),
        (1011, wire.QUOTA_TEXT, "session", "quota-exceeded"),
    ],
)
def test_what_the_service_refuses_is_the_last_link(
    service: ThreadedServer, code: int, reason: str, link: str, told: str
) -> None:
    service.server.scenario = partial(CloseWith, code=code, reason=reason)
    found = walked()
    assert [*found.items()][-1] == (link, told)
    assert set([*found.values()][:-1]) == {"ok"}


def test_a_service_that_is_not_there_breaks_the_endpoint(service: ThreadedServer) -> None:
    settings.change(base_url="https://127.0.0.1:1")
    assert walked() == {"settings": "ok", "keychain": "ok", "endpoint": "no-network"}


def test_a_service_that_is_another_breaks_tls(service: ThreadedServer) -> None:
    settings.change(ca_file="")
    assert [*walked().items()][-1] == ("tls", "no-network")


def test_a_key_that_others_may_read_is_not_dialled_with(service: ThreadedServer) -> None:
    paths.key_file().chmod(0o644)
    assert walked() == {"settings": "ok", "keychain": "key-unreadable"}
    assert not service.recorder.records


def test_settings_that_make_no_sense_end_it(service: ThreadedServer) -> None:
    paths.settings_file().write_text("model = [")
    assert walked() == {"settings": "settings-invalid"}


def test_what_is_told_is_bounded(service: ThreadedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def lengthy(*_: Any) -> Any:
        raise keys.KeyUnreadable("x" * 5000)

    monkeypatch.setattr(keys, "read_key", lengthy)
    assert len(walk.findings()[-1]["text"]) == walk.MAX_TEXT
