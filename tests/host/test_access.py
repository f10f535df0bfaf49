"""What the settings page does about keys, against the practice server and a keychain that is none."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import keyring
import pytest
from keyring.backends import fail

from tabtalk import access, keys, live_socket, paths, profiles, protocol, settings
from tabtalk.practice import wire
from tabtalk.practice.scenarios import CloseWith
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"
OTHER = "AIzaOTHER0123456789abcdefghijklmnopqrs"
NONE = "this system has none"


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
        use(server, tmp_path)
        yield server


def use(server: ThreadedServer, folder: Path) -> None:
    (folder / "ca.pem").write_text(server.ca_pem)
    settings.change(base_url=server.base_url, ca_file=str(folder / "ca.pem"))


def give(key: str, profile: str = "default") -> Any:
    return access.answer(protocol.GiveKey(profile, key))


def change(change: str, profile: str, name: str | None = None) -> dict[str, str]:
    """Where the key of each is, with a star at the one in use."""
    shown = access.answer(protocol.ChangeProfile(change, profile, name))
    assert isinstance(shown, protocol.Profiles)
    return {row["name"] + "*" * (row["name"] == shown.active): row["store"] for row in shown.profiles["list"]}


def test_a_key_that_the_service_takes_is_kept_and_told_where_and_why_there(service: ThreadedServer) -> None:
    assert give(f" {KEY}\n") == protocol.Verdict("accepted", "file", "", NONE)
    assert keys.read_key() == keys.StoredKey(KEY, "file")
    assert len(service.recorder.setups) == 1
    assert not service.recorder.texts


def test_a_key_that_it_refuses_leaves_the_one_that_is_there(service: ThreadedServer) -> None:
    give(KEY)
    verdict = give(OTHER)
    assert (verdict.verdict, verdict.kept) == ("refused", "")
    assert "not valid" in verdict.text
    assert paths.key_file().read_text() == KEY


@pytest.mark.parametrize("key", ["", "two words", "x" * 600])
def test_what_cannot_be_a_key_is_not_tried(service: ThreadedServer, key: str) -> None:
    verdict = give(key)
    assert (verdict.verdict, verdict.kept) == ("malformed", "")
    assert not service.recorder.records
    assert not paths.key_file().exists()


def test_out_of_reach_it_is_kept_and_said_to_be_untried() -> None:
    settings.change(base_url="https://127.0.0.1:1")
    verdict = give(KEY)
    assert (verdict.verdict, verdict.kept) == ("unknown", "file")
    assert verdict.text
    assert paths.key_file().read_text() == KEY


def test_a_quota_that_is_used_up_says_that_the_key_is_right(tmp_path: Path) -> None:
    with run_in_thread(PracticeServer(partial(CloseWith, code=1011, reason=wire.QUOTA_TEXT))) as server:
        use(server, tmp_path)
        verdict = give(KEY)
    assert (verdict.verdict, verdict.kept) == ("accepted", "file")
    assert "quota" in verdict.text


def test_t19_no_answer_holds_the_key_whatever_the_service_repeats(tmp_path: Path) -> None:
    for reason in (f"API key {KEY} not valid", f"bad credential x{KEY}x", f"internal {KEY}"):
        with run_in_thread(PracticeServer(partial(CloseWith, code=1007, reason=reason))) as server:
            use(server, tmp_path)
            answers = [give(KEY), access.answer(protocol.GetProfiles())]
        for answer in answers:
            assert KEY not in protocol.dump(answer)


def test_t19_a_disk_that_is_full_says_nothing_of_the_key(
    service: ThreadedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(paths, "write_private", full)
    with pytest.raises(OSError, match="No space") as failed:
        give(KEY)
    assert KEY not in repr(failed.value)


def test_profiles_are_added_chosen_renamed_and_removed_with_their_keys(service: ThreadedServer) -> None:
    give(KEY)
    assert change("add", "work") == {"default*": "file", "work": "none"}
    assert change("choose", "work") == {"default": "file", "work*": "none"}
    give(KEY, "work")
    assert paths.key_file("work").read_text() == KEY
    assert change("rename", "work", "论文") == {"default": "file", "论文*": "file"}
    assert not paths.key_file("work").exists()
    assert keys.read_key() == keys.StoredKey(KEY, "file")
    assert change("remove-key", "论文") == {"default": "file", "论文*": "none"}
    assert keys.read_key() is None
    assert change("remove", "论文") == {"default*": "file"}
    assert change("remove", "default") == {"default*": "none"}
    assert [path.name for path in paths.config_dir().iterdir()] == ["settings.toml"]
    assert len(service.recorder.setups) == 2


@pytest.mark.parametrize(
    ("wish", "profile", "name"),
    [("choose", "gone", None), ("remove", "gone", None), ("rename", "default", None), ("explode", "default", None)],
)
def test_what_cannot_be_done_is_refused(wish: str, profile: str, name: str | None) -> None:
    with pytest.raises(settings.SettingsInvalid):
        change(wish, profile, name)
    with pytest.raises(settings.SettingsInvalid):
        give(KEY, "gone")
    assert profiles.load().all == {"default": profiles.Profile("default")}


@pytest.mark.parametrize("wrapped", ['"{}"', "GEMINI_API_KEY={}", "\ufeff{}\r\n"])
def test_what_was_copied_with_a_key_is_taken_off(service: ThreadedServer, wrapped: str) -> None:
    assert give(wrapped.format(KEY)).verdict == "accepted"
    assert paths.key_file().read_text() == KEY


@pytest.mark.parametrize(
    ("given", "kind"),
    [("sk-proj-abc", "other-service"), ('{"type": "service_account"}', "service-account"), ("two words", "malformed")],
)
def test_what_is_no_key_is_told_as_what_it_is(given: str, kind: str) -> None:
    verdict = give(given)
    assert (verdict.verdict, verdict.why) == ("malformed", kind)
    assert given not in verdict.text
