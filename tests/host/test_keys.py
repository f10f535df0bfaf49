"""`tabtalk/keys.py`: where the key goes, who can read it, and what happens when the keychain misbehaves."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

import file_keychain
from tabtalk import keychain, keys, paths, profiles, settings
from tabtalk.key_text import KeyRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Use = Callable[[KeyringBackend], None]

KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("GEMINI_API_KEY", "AIzaFROMTHEENVIRONMENT")
    monkeypatch.setenv("GOOGLE_API_KEY", "AIzaFROMTHEENVIRONMENT")


class Memory(KeyringBackend):
    """A keychain that works."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


class Failing(Memory):
    """A keychain that raises, with the key in what it says."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError(f"locked, and I was given {KEY}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"locked, and I was given {password}")


class Hanging(Memory):
    """A keychain that waits for somebody to unlock it, until the test lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()
        self.made: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait(60)
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.unlocked.wait(60)
        self.made.append(password)
        super().set_password(service, username, password)


@pytest.fixture
def use() -> Iterator[Use]:
    before = keyring.get_keyring()

    def choose(backend: KeyringBackend) -> None:
        keyring.set_keyring(backend)

    yield choose
    current = keyring.get_keyring()
    if isinstance(current, Hanging):
        current.unlocked.set()
    keyring.set_keyring(before)


def test_without_a_key_there_is_none_and_the_environment_is_not_asked() -> None:
    assert keys.read_key() is None


def test_a_working_keychain_takes_the_key_and_no_file_is_written(use: Use) -> None:
    memory = Memory()
    use(memory)
    assert keys.store_key(f"  {KEY}\n") == keys.Placed("keychain", "")
    assert memory.entries == {("tabtalk", "gemini-api-key"): KEY}
    assert keys.read_key() == keys.StoredKey(KEY, "keychain")
    assert not paths.key_file().exists()
    assert KEY not in paths.settings_file().read_text("utf-8")


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
def test_without_a_keychain_the_key_goes_to_a_file_of_its_owner(use: Use, backend: type[KeyringBackend]) -> None:
    use(backend())
    assert keys.store_key(KEY) == keys.Placed("file", "this system has none")
    assert keys.read_key() == keys.StoredKey(KEY, "file")
    assert stat.S_IMODE(paths.key_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.config_dir().stat().st_mode) == 0o700


def test_f29_a_keychain_that_hangs_is_left_after_its_time_and_named(
    use: Use,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keychain, "SECONDS", 0.3)
    use(Hanging())
    began = time.monotonic()
    placed = keys.store_key(KEY)
    assert time.monotonic() - began < 3
    assert placed.where == "file"
    assert "did not answer" in placed.why


def test_f29_the_time_is_three_seconds() -> None:
    assert keychain.SECONDS == 3


def test_f29_a_key_in_a_hanging_keychain_is_unreadable_not_absent(
    use: Use,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keychain, "SECONDS", 0.3)
    profiles.put(profiles.Profile("default", "keychain"))
    use(Hanging())
    with pytest.raises(keys.KeyUnreadable, match="did not answer"):
        keys.read_key()


def test_f29_a_keychain_that_raises_is_named_without_what_it_said(use: Use) -> None:
    use(Failing())
    placed = keys.store_key(KEY)
    assert placed.where == "file"
    assert placed.why == "it failed (RuntimeError)"
    profiles.put(profiles.Profile("default", "keychain"))
    with pytest.raises(keys.KeyUnreadable) as unreadable:
        keys.read_key()
    assert KEY not in str(unreadable.value)


def test_f29_a_locked_keychain_is_called_that(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_self: object, _service: str, _username: str, _password: str) -> None:
        raise KeyringLocked("Failed to unlock the collection!")

    monkeypatch.setattr(Memory, "set_password", locked)
    use(Memory())
    assert keys.store_key(KEY) == keys.Placed("file", "it is locked")


def test_a_key_taken_out_of_the_keychain_is_unreadable_not_absent(use: Use) -> None:
    memory = Memory()
    use(memory)
    keys.store_key(KEY)
    memory.entries.clear()
    with pytest.raises(keys.KeyUnreadable, match="no longer"):
        keys.read_key()


def test_moving_into_the_keychain_removes_the_file(use: Use) -> None:
    use(fail.Keyring())  # type: ignore[no-untyped-call]
    keys.store_key(KEY)
    use(Memory())
    keys.store_key(KEY)
    assert not paths.key_file().exists()


def test_deleting_leaves_none_anywhere(use: Use) -> None:
    memory = Memory()
    use(memory)
    keys.store_key(KEY)
    paths.write_private(paths.key_file(), b"old")
    keys.delete_key()
    assert memory.entries == {}
    assert not paths.key_file().exists()
    assert keys.read_key() is None
    keys.delete_key()


def test_a_key_that_the_keychain_keeps_is_said_to_be_there(use: Use) -> None:
    profiles.put(profiles.Profile("default", "keychain"))
    use(Failing())
    with pytest.raises(keys.KeyUnreadable, match="may still be in"):
        keys.delete_key()


@pytest.fixture
def stored(use: Use) -> Path:
    use(fail.Keyring())  # type: ignore[no-untyped-call]
    keys.store_key(KEY)
    return paths.key_file()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o620, 0o602, 0o700])
def test_t17_a_wider_mode_is_refused_and_says_why(stored: Path, mode: int) -> None:
    stored.chmod(mode)
    with pytest.raises(keys.KeyUnreadable, match="chmod 600"):
        keys.read_key()


def test_t17_a_symlink_is_refused_and_says_why(stored: Path) -> None:
    elsewhere = stored.with_name("elsewhere")
    stored.rename(elsewhere)
    stored.symlink_to(elsewhere)
    with pytest.raises(keys.KeyUnreadable, match="symbolic link"):
        keys.read_key()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_t17_another_owner_is_refused_and_says_why(stored: Path) -> None:
    os.chown(stored, 65534, -1)
    with pytest.raises(keys.KeyUnreadable, match="another user"):
        keys.read_key()


def test_t17_a_pipe_in_its_place_is_refused_and_does_not_hang(stored: Path) -> None:
    stored.unlink()
    os.mkfifo(stored, 0o600)
    with pytest.raises(keys.KeyUnreadable, match="not an ordinary file"):
        keys.read_key()


def test_a_file_that_is_gone_is_unreadable_not_absent(stored: Path) -> None:
    stored.unlink()
    with pytest.raises(keys.KeyUnreadable, match="is gone"):
        keys.read_key()


@pytest.mark.parametrize("content", [b"", b"two words", b"\xff\xfe", b"x" * 5000])
def test_a_file_that_holds_no_key_is_unreadable(stored: Path, content: bytes) -> None:
    paths.write_private(stored, content)
    with pytest.raises(keys.KeyUnreadable):
        keys.read_key()


@pytest.mark.parametrize("text", ["", " \n", "two words", "tab\tinside", "ключ", "x" * 513, "nul\0inside", "\x1b[2J"])
def test_what_cannot_be_a_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(KeyRefused) as refused:
        keys.store_key(text)
    assert not text.strip() or text not in str(refused.value)
    assert not paths.config_dir().exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the keychain of Linux is behind D-Bus")
@pytest.mark.parametrize("bus", [None, "unix:path=/nowhere/bus"])
def test_f29_without_a_bus_the_key_goes_into_a_file_and_that_is_said(bus: str | None, tmp_path: Path) -> None:
    """As on a server, over ssh or in a container: the real keyring with its real choice of backends."""
    program = (
        "import sys, json; from tabtalk import keys; placed = keys.store_key(sys.stdin.read());"
        "print(json.dumps([placed.where, placed.why, keys.read_key().where]))"
    )
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DBUS_", "PYTHON_KEYRING", "XDG_"))
    }
    folders = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_RUNTIME_DIR": str(tmp_path)}
    env = {**kept, **folders, "PYTHONPATH": ":".join(sys.path)}
    if bus:
        env["DBUS_SESSION_BUS_ADDRESS"] = bus
    env.pop("DISPLAY", None)
    done = subprocess.run(
        [sys.executable, "-c", program], input=KEY, env=env, capture_output=True, text=True, check=True, timeout=60
    )
    where, why, again = json.loads(done.stdout)
    assert (where, again) == ("file", "file")
    assert why == "this system has none"
    assert KEY not in done.stderr
    assert stat.S_IMODE((tmp_path / "config" / "tabtalk" / "api-key").stat().st_mode) == 0o600


def test_t19_the_key_hides_in_its_repr() -> None:
    key = keys.StoredKey(KEY, "file")
    assert KEY not in f"{key} {key!r} {[key]}"


def test_broken_settings_make_the_key_unreadable_not_absent() -> None:
    paths.write_private(paths.settings_file(), b"[key]\nstore = 3\n")
    with pytest.raises(keys.KeyUnreadable, match="store"):
        keys.read_key()


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_t17_the_system_sees_the_key_only_in_files_made_0600(tmp_path: Path) -> None:
    """No call opens, makes or widens a file of the config folder with more than its owner's rights, even at umask 0."""
    trace = tmp_path / "trace"
    program = (
        "import os, sys; os.umask(0); from tabtalk import keys;"
        "from keyring.backends import fail; import keyring; keyring.set_keyring(fail.Keyring());"
        "keys.store_key(sys.stdin.read())"
    )
    calls = "open,openat,creat,chmod,fchmod,fchmodat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat"
    env = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    command = [
        "strace",
        "-f",
        "-qq",
        "-s",
        "300",
        "-e",
        f"trace={calls}",
        "-o",
        str(trace),
        sys.executable,
        "-c",
        program,
    ]
    subprocess.run(command, input=KEY, text=True, env=env, check=True, timeout=60)
    ours = [line for line in trace.read_text().splitlines() if str(tmp_path / "config" / "tabtalk") in line]
    # The lock file holds nothing; its mode is looked at all the same.
    made = [line for line in ours if "O_CREAT" in line and ".lock" not in line]
    assert all(re.search(r", 0600\)", line) for line in ours if "O_CREAT" in line)
    assert made
    assert any("api-key" in line for line in made)
    for line in made:
        assert "O_EXCL" in line
        assert re.search(r", 0600\)", line)
    for line in ours:
        for mode in re.findall(r"(?:chmod|fchmodat|mkdir|mkdirat)\(.*, (0[0-7]+)\)", line):
            assert int(mode, 8) & 0o077 == 0, line
    assert KEY not in trace.read_text()


def test_the_key_of_each_profile_is_an_entry_of_its_own(use: Use) -> None:
    memory = Memory()
    use(memory)
    keys.store_key(KEY)
    keys.store_key("AIzaOTHER", "work")
    assert memory.entries == {("tabtalk", "gemini-api-key"): KEY, ("tabtalk", "gemini-api-key.work"): "AIzaOTHER"}
    assert keys.read_key() == keys.StoredKey(KEY, "keychain")
    profiles.choose("work")
    assert keys.read_key() == keys.StoredKey("AIzaOTHER", "keychain")
    keys.rename_profile("work", "Lab 1")
    assert memory.entries == {("tabtalk", "gemini-api-key"): KEY, ("tabtalk", "gemini-api-key.Lab 1"): "AIzaOTHER"}
    assert keys.delete_all() == []
    assert memory.entries == {}
    assert not paths.keychain_list().exists()


def test_f29_a_profile_that_the_keychain_does_not_rename_keeps_its_name(use: Use) -> None:
    profiles.put(profiles.Profile("default", "keychain"))
    use(Failing())
    with pytest.raises(keys.KeyUnreadable):
        keys.rename_profile("default", "work")
    assert [*profiles.load().all] == ["default"]


def test_f29_each_profile_of_a_keychain_that_fails_goes_to_a_file_of_its_own_and_says_so(use: Use) -> None:
    use(Failing())
    assert keys.store_key("AIzaOTHER", "work") == keys.Placed("file", "it failed (RuntimeError)")
    assert stat.S_IMODE(paths.key_file("work").stat().st_mode) == 0o600
    assert not paths.key_file().exists()


def test_removing_all_goes_on_where_one_cannot_be_removed(use: Use) -> None:
    use(fail.Keyring())  # type: ignore[no-untyped-call]
    keys.store_key(KEY, "work")
    profiles.put(profiles.Profile("default", "keychain"))
    use(Failing())
    (problem,) = keys.delete_all()
    assert "may still be in the system's keychain (it failed (RuntimeError))" in problem
    assert "'tabtalk' / 'gemini-api-key'" in problem
    assert not paths.key_file("work").exists()


@pytest.mark.parametrize("name", ["../evil", "a/b", "..", "", "x" * 41])
def test_a_name_leads_to_no_other_file(use: Use, name: str) -> None:
    use(fail.Keyring())  # type: ignore[no-untyped-call]
    with pytest.raises(settings.SettingsInvalid):
        keys.store_key(KEY, name)
    assert not paths.config_dir().exists()


def test_the_environment_counts_only_when_the_person_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "AIzaGOOGLE")
    monkeypatch.setenv("GEMINI_API_KEY", "AIzaGEMINI")
    assert keys.read_key() is None
    profiles.put(profiles.Profile("default", "environment"))
    assert keys.read_key() == keys.StoredKey("AIzaGOOGLE", "environment")
    monkeypatch.setenv("GOOGLE_API_KEY", "")
    assert keys.read_key() == keys.StoredKey("AIzaGEMINI", "environment")
    monkeypatch.delenv("GEMINI_API_KEY")
    with pytest.raises(keys.KeyUnreadable, match="neither GOOGLE_API_KEY nor GEMINI_API_KEY is set"):
        keys.read_key()


@pytest.fixture
def two_in_the_keychain(use: Use) -> Memory:
    memory = Memory()
    use(memory)
    keys.store_key(KEY)
    keys.store_key("AIzaOTHER", "work")
    return memory


@pytest.mark.parametrize(
    "damage",
    [
        lambda: paths.settings_file().write_text("[profiles.work\nstore = "),
        lambda: paths.settings_file().write_bytes(b"\xff\x00\xfe"),
        lambda: paths.settings_file().write_text("profiles = 3\n"),
        lambda: paths.settings_file().unlink(),
        lambda: shutil.rmtree(paths.config_dir()),
        lambda: paths.keychain_list().unlink(),
        lambda: paths.keychain_list().write_text("not JSON"),
        lambda: paths.keychain_list().write_text('{"a": 1}'),
    ],
    ids=["cut", "binary", "senseless", "settings gone", "folder gone", "list gone", "list damaged", "list senseless"],
)
def test_whatever_is_damaged_all_keys_are_removed_from_the_keychain(
    two_in_the_keychain: Memory, damage: Callable[[], object]
) -> None:
    damage()
    assert keys.delete_all() == []
    assert two_in_the_keychain.entries == {}


def test_names_are_read_out_of_damaged_settings_where_an_earlier_version_kept_no_list(
    two_in_the_keychain: Memory,
) -> None:
    keys.store_key("AIzaTHIRD", "论文 2")
    paths.keychain_list().unlink()
    paths.settings_file().write_text(paths.settings_file().read_text("utf-8") + "\nstore = [", "utf-8")
    assert keys.delete_all() == []
    assert two_in_the_keychain.entries == {}


@pytest.mark.usefixtures("two_in_the_keychain")
def test_keys_in_a_keychain_that_hangs_are_all_named_after_one_wait(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    paths.settings_file().write_text("damaged [")
    monkeypatch.setattr(keychain, "SECONDS", 0.3)
    use(Hanging())
    began = time.monotonic()
    (problem,) = keys.delete_all()
    assert time.monotonic() - began < 3
    assert "Remove 'tabtalk' / 'gemini-api-key' and 'tabtalk' / 'gemini-api-key.work'" in problem


def test_damaged_settings_on_a_system_without_a_keychain_name_none(use: Use) -> None:
    use(fail.Keyring())  # type: ignore[no-untyped-call]
    keys.store_key(KEY, "work")
    paths.settings_file().write_text("[profiles.work]\nstore = [")
    assert keys.delete_all() == []
    assert not paths.key_file("work").exists()


@pytest.mark.usefixtures("two_in_the_keychain")
def test_keys_are_named_where_no_python_can_ask_the_keychain() -> None:
    shutil.rmtree(paths.config_dir())
    (problem,) = keys.still_there_unasked()
    assert "'gemini-api-key.work'" in problem
    assert KEY not in problem


def test_the_list_of_entries_holds_no_key(two_in_the_keychain: Memory) -> None:
    assert len(two_in_the_keychain.entries) == 2
    text = paths.keychain_list().read_text("utf-8")
    assert json.loads(text) == ["gemini-api-key", "gemini-api-key.work"]
    assert stat.S_IMODE(paths.keychain_list().stat().st_mode) == 0o600


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_f29_a_keychain_that_is_unlocked_after_the_time_does_not_keep_the_key_as_well(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keychain, "SECONDS", 0.3)
    hanging = Hanging()
    use(hanging)
    assert keys.store_key(KEY).where == "file"
    assert keychain.listed() == {"gemini-api-key"}, "it may still be made"
    hanging.unlocked.set()
    wait_until(lambda: bool(hanging.made) and not hanging.entries)
    assert keys.read_key() == keys.StoredKey(KEY, "file")
    wait_until(lambda: not keychain.listed())


def test_f29_a_key_given_again_meanwhile_is_not_removed_by_the_late_one(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keychain, "SECONDS", 0.3)
    hanging = Hanging()
    use(hanging)
    keys.store_key(KEY)
    threading.Timer(0.2, hanging.unlocked.set).start()
    monkeypatch.setattr(keychain, "SECONDS", 10.0)
    # The same one, as a person does it.
    assert keys.store_key(KEY).where == "keychain"
    late = [thread for thread in threading.enumerate() if thread.name == "keychain"]
    for thread in late:
        thread.join(20)
    assert hanging.made == [KEY, KEY]
    assert hanging.entries == {("tabtalk", "gemini-api-key"): KEY}
    assert keys.read_key() == keys.StoredKey(KEY, "keychain")
    assert not paths.key_file().exists()


ANOTHER_HOST = """
import sys
from keyring.backend import KeyringBackend
import file_keychain, keyring
keyring.set_keyring(file_keychain.FileKeychain())
from tabtalk import keys
print(keys.store_key(sys.stdin.read()).where)
"""


def test_f29_a_key_that_another_host_stored_meanwhile_is_not_removed_by_the_late_one(
    use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(file_keychain.FileKeychain):
        unlocked = threading.Event()

        def set_password(self, service: str, username: str, password: str) -> None:
            self.unlocked.wait(60)
            super().set_password(service, username, password)

    entries = tmp_path / "entries.json"
    entries.write_text("{}")
    monkeypatch.setenv("TABTALK_TEST_KEYCHAIN", str(entries))
    monkeypatch.setattr(keychain, "SECONDS", 0.3)
    use(Late())  # type: ignore[no-untyped-call]
    assert keys.store_key(KEY).where == "file"
    env = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER_HOST], input=KEY, env=env, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "keychain"
    late = [thread for thread in threading.enumerate() if thread.name == "keychain"]
    Late.unlocked.set()
    for thread in late:
        thread.join(20)
    assert json.loads(entries.read_text()) == {"tabtalk/gemini-api-key": KEY}
    assert keys.read_key() == keys.StoredKey(KEY, "keychain")


def test_one_entry_that_cannot_be_removed_keeps_no_other(two_in_the_keychain: Memory, use: Use) -> None:
    class Refusing(Memory):
        def delete_password(self, service: str, username: str) -> None:
            if username == "gemini-api-key":
                raise RuntimeError("not this one")
            super().delete_password(service, username)

    refusing = Refusing()
    refusing.entries = dict(two_in_the_keychain.entries)
    use(refusing)
    (problem,) = keys.delete_all()
    assert "'tabtalk' / 'gemini-api-key'" in problem
    assert "gemini-api-key.work" not in problem
    assert refusing.entries == {("tabtalk", "gemini-api-key"): KEY}


def test_entries_of_an_earlier_version_are_put_on_the_list(two_in_the_keychain: Memory) -> None:
    paths.keychain_list().unlink()
    keys.list_entries()
    assert keychain.listed() == {"gemini-api-key", "gemini-api-key.work"}
    shutil.rmtree(paths.config_dir())
    assert keys.delete_all() == []
    assert two_in_the_keychain.entries == {}


def test_an_old_key_stays_on_the_list_where_a_locked_keychain_kept_it(two_in_the_keychain: Memory, use: Use) -> None:
    del two_in_the_keychain
    use(Failing())
    assert keys.store_key("AIzaNEW", "work").where == "file"
    assert "gemini-api-key.work" in keychain.listed()


def test_a_change_of_settings_does_not_wait_for_a_keychain(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Hanging()
    use(hanging)
    monkeypatch.setattr(keychain, "SECONDS", 10.0)
    with ThreadPoolExecutor(1) as pool:
        storing = pool.submit(keys.store_key, KEY)
        wait_until(lambda: keychain.listed() != set())
        assert settings.change(voice="Puck").voice == "Puck"
        assert not storing.done()
        hanging.unlocked.set()
        assert storing.result().where == "keychain"
    assert settings.load().voice == "Puck"


def test_another_change_of_a_key_waits_its_turn(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use(fail.Keyring())  # type: ignore[no-untyped-call]
    monkeypatch.setattr(keys, "LOCK_SECONDS", 0.1)
    with keys._exclusive(), ThreadPoolExecutor(1) as pool, pytest.raises(settings.SettingsBusy, match="a key"):
        pool.submit(keys.store_key, KEY).result()
    assert keys.read_key() is None


def test_what_the_keychain_half_kept_is_taken_out_again(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    use(memory)
    monkeypatch.setattr(Memory, "get_password", lambda *_: "something else")
    assert keys.store_key(KEY) == keys.Placed("file", "the keychain did not keep it")
    assert memory.entries == {}


@pytest.mark.parametrize("text", [f'"{KEY}"', f"GEMINI_API_KEY={KEY}\r\n", f"\ufeff{KEY}"])
def test_a_key_is_unwrapped_wherever_it_comes_from(use: Use, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    use(fail.Keyring())  # type: ignore[no-untyped-call]
    keys.store_key(text)
    assert paths.key_file().read_text() == KEY
    # A file that a person edited, and the environment.
    paths.write_private(paths.key_file(), text.encode())
    assert keys.read_key() == keys.StoredKey(KEY, "file")
    monkeypatch.setenv("GOOGLE_API_KEY", text)
    profiles.put(profiles.Profile("default", "environment"))
    assert keys.read_key() == keys.StoredKey(KEY, "environment")


def test_a_key_for_another_service_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "sk-proj-abcdef")
    profiles.put(profiles.Profile("default", "environment"))
    with pytest.raises(keys.KeyUnreadable, match="an OpenAI key"):
        keys.read_key()
    settings.change(base_url="https://gateway.example")
    assert keys.read_key() == keys.StoredKey("sk-proj-abcdef", "environment")
