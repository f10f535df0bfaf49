"""`--uninstall` after damage: no foreign file is touched, no key is left without being named, what stays is listed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest

import file_keychain
from tabtalk import keys, paths, profiles
from tabtalk.setup import browsers, cli, installation, processes, registration, removal
from tabtalk.setup.changes import one_setup
from tabtalk.setup.copies import Installed
from tabtalk.setup.proof import Proof

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the folders are those of Unix"),
]
KEYS = {"default": "AIzaDEFAULT123456789abcdefghijklmnopqr", "论文 2": "AIzaTHESIS0123456789abcdefghijklmnopqr"}
ENTRIES = {"tabtalk/gemini-api-key": KEYS["default"], "tabtalk/gemini-api-key.论文 2": KEYS["论文 2"]}
Damage = Callable[[Installed], object]


@pytest.fixture
def keychain(person: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with the entries of a keychain that the host's own Python finds."""
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    configuration = person / "config" / "python_keyring" / "keyringrc.cfg"
    configuration.parent.mkdir(parents=True)
    folder = Path(file_keychain.__file__).parent
    configuration.write_text(file_keychain.CONFIGURATION.format(folder=folder))
    entries = person / "keychain.json"
    entries.write_text(json.dumps({"another/program": "its secret"}))
    monkeypatch.setenv("TABTALK_TEST_KEYCHAIN", str(entries))
    return entries


@pytest.fixture
def ready(
    installed: Installed,
    chromium: Path,
    borrowed: None,
    keychain: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Installed]:
    """Set up for Chromium with two profiles, whose keys are in the keychain."""
    del chromium, borrowed
    monkeypatch.setattr(installation, "prove", lambda _launcher: Proof("0.1.0", 1.0, None))
    assert cli.main(["--yes"]) == 0
    before = keyring.get_keyring()
    keyring.set_keyring(file_keychain.FileKeychain())  # type: ignore[no-untyped-call]
    for name, key in KEYS.items():
        keys.store_key(key, name)
    assert read(keychain) == {"another/program": "its secret", **ENTRIES}
    yield installed
    keyring.set_keyring(before)


def read(keychain: Path) -> dict[str, str]:
    return dict(json.loads(keychain.read_text("utf-8")))


def left(person: Path) -> set[str]:
    """The files that are left of Tabtalk, those of the test itself apart."""
    ours = {"bin", "keychain.json", "gateway.pem", "foreign"}
    return {
        str(path.relative_to(person))
        for path in person.rglob("*")
        if path.is_file() and path.relative_to(person).parts[0] not in ours and "python_keyring" not in path.parts
    }


def test_keys_files_and_manifests_go_and_nothing_else(
    ready: Installed, person: Path, keychain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--uninstall"]) == 0
    assert "Nothing of Tabtalk is left" in capsys.readouterr().out
    assert read(keychain) == {"another/program": "its secret"}
    assert left(person) == set()
    assert not ready.data.exists()


# The record of set-up.


@pytest.fixture
def foreign(person: Path) -> list[Path]:
    """Files and a folder of others, that a damaged record may name."""
    names = (
        "notes.txt",
        "no-name.json",
        "NativeMessagingHosts/com.example.json",
        "x/app.tabtalk.host.json",
        "y/empty/",
    )
    files = [person / "foreign" / name for name in names]
    for file, name in zip(files, names, strict=True):
        file.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            file.mkdir()
        else:
            file.write_text('{"a": 1}' if "json" in name else "mine")
    return files


@pytest.mark.parametrize(
    "pattern",
    ["{}", "{parent}/../{parent_name}/{name}", "foreign/{name}", "{name}", ""],
    ids=["absolute", "dotted", "relative", "bare", "empty"],
)
def test_a_file_that_the_record_names_and_that_is_not_ours_is_not_touched(
    pattern: str, ready: Installed, person: Path, foreign: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(person)
    record = json.loads(ready.record.read_bytes())
    named = [pattern.format(p, parent=p.parent, parent_name=p.parent.name, name=p.name) for p in foreign]
    record["manifests"] += named
    record["folders"] += named
    ready.record.write_text(json.dumps(record))
    if pattern == "{name}":
        cli.main(["--check"])
    assert cli.main(["--uninstall"]) == 0
    assert all(path.exists() for path in foreign)
    assert left(person) == set()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"manifests": 3, "folders": []}',
        b'{"manifests": ["/x"], "folders": [',
        b'{"manifests": [], "folders": [], "settings": ["/a\\u0000b", "/\\ud800"]}',
        None,
    ],
)
def test_a_damaged_record_is_said_and_the_rest_goes(
    content: bytes | None, ready: Installed, person: Path, keychain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = person / "profile of my own"
    assert cli.main(["--yes", "--user-data-dir", str(profile)]) == 0
    if content is None:
        ready.record.unlink()
        ready.record.mkdir()
    else:
        ready.record.write_bytes(content)
    capsys.readouterr()
    assert cli.main(["--uninstall"]) == 0
    said = capsys.readouterr().err
    assert f"{ready.record} is damaged" in said
    assert "--user-data-dir" in said
    assert left(person) == {"profile of my own/NativeMessagingHosts/app.tabtalk.host.json"}
    assert read(keychain) == {"another/program": "its secret"}
    # As it said.
    assert cli.main(["--uninstall", "--user-data-dir", str(profile)]) == 0
    assert left(person) == set()


def test_a_manifest_of_our_name_that_another_program_wrote_stays(ready: Installed, person: Path) -> None:
    del ready
    path = browsers.manifest_in(person / "config" / "microsoft-edge")
    path.parent.mkdir(parents=True)
    path.write_text('{"name": "com.example.other"}')
    assert cli.main(["--uninstall"]) == 0
    assert left(person) == {str(path.relative_to(person))}


# The settings.


def cut(_installed: Installed) -> None:
    text = paths.settings_file().read_text("utf-8")
    paths.settings_file().write_text(text + "[profiles.x\nstore = ", "utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        lambda _: paths.settings_file().write_bytes(b"\xff\x00"),
        lambda _: paths.settings_file().unlink(),
        lambda _: shutil.rmtree(paths.config_dir()),
    ],
    ids=["cut", "binary", "deleted", "folder deleted"],
)
def test_damaged_settings_leave_no_key_behind(damage: Damage, ready: Installed, person: Path, keychain: Path) -> None:
    damage(ready)
    assert cli.main(["--uninstall"]) == 0
    assert read(keychain) == {"another/program": "its secret"}
    assert left(person) == set()


def test_settings_and_keys_that_an_earlier_set_up_put_elsewhere_are_named(
    ready: Installed,
    person: Path,
    keychain: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # A key in a file is a reason, too, where the settings were deleted.
    paths.write_private(paths.key_file("third"), b"AIzaTHIRD")
    shutil.copytree(person / "config" / "python_keyring", person / "other config" / "python_keyring")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(person / "other config"))
    assert cli.main(["--yes", "--user-data-dir", str(person / "p")]) == 0
    capsys.readouterr()
    assert cli.main(["--uninstall"]) == 1
    said = capsys.readouterr().err
    assert f"{person / 'config' / 'tabtalk'} has settings of Tabtalk, and may have a key" in said
    assert f"env XDG_CONFIG_HOME={person / 'config'} " in said
    assert read(keychain) == {"another/program": "its secret"}
    assert left(person) == {"config/tabtalk/settings.toml", "config/tabtalk/api-key.third"}
    assert not ready.data.exists()
    # As it said; only that the entries, which are gone, cannot be looked for any more.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(person / "config"))
    cli.main(["--uninstall"])
    assert left(person) == set()


# The keychain.


@pytest.mark.parametrize(
    ("state", "damage"),
    [
        ("locked", None),
        ("locked", cut),
        ("hangs", lambda _: paths.settings_file().unlink()),
        ("gone", lambda _: paths.settings_file().unlink()),
    ],
    ids=["locked", "locked, settings cut", "hangs, settings deleted", "gone, settings deleted"],
)
def test_keys_that_the_keychain_does_not_give_up_are_named(
    *,
    state: str,
    damage: Damage | None,
    ready: Installed,
    person: Path,
    keychain: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if damage:
        damage(ready)
    if state == "gone":
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    else:
        keychain.write_text(state)
    assert cli.main(["--uninstall"]) == 1
    said = capsys.readouterr()
    assert "Not removed: " in said.err
    for entry in ENTRIES:
        service, _, name = entry.partition("/")
        assert f"{service!r} / {name!r}" in said.err
    assert not any(key in said.err + said.out for key in KEYS.values())
    assert "All else of Tabtalk is gone" in said.out
    assert left(person) == set()


def test_keys_are_named_where_the_environment_is_broken(
    ready: Installed, person: Path, keychain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ready.data / "env-000000000000").unlink()
    paths.settings_file().unlink()
    paths.write_private(paths.key_file("third"), b"AIzaTHIRD")
    assert cli.main(["--uninstall"]) == 1
    assert "'tabtalk' / 'gemini-api-key.论文 2'" in capsys.readouterr().err
    assert left(person) == set()
    assert ENTRIES.items() <= read(keychain).items()


def test_an_earlier_version_that_answers_otherwise_is_understood(
    ready: Installed, keychain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Before there was a list of entries, and before the answer named what is left.
    paths.keychain_list().unlink()
    inside = ready.host / "tabtalk" / "setup" / "inside.py"
    inside.write_text(
        'import json\nprint(json.dumps({"ok": False, "error": "The key may still be in the keychain."}))\n'
    )
    assert cli.main(["--uninstall"]) == 1
    assert "'tabtalk' / 'gemini-api-key.论文 2'" in capsys.readouterr().err
    del keychain


# What cannot be removed, and who is in the way.


def test_what_cannot_be_removed_is_listed_and_the_rest_goes(
    ready: Installed, person: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stuck = ready.data / "extension" / "manifest.json"
    unlink = os.unlink

    def refuse(path: object, *arguments: object, **named: object) -> None:
        if str(path) == "manifest.json" or str(path) == str(stuck):
            raise PermissionError(1, "Operation not permitted", str(path))
        unlink(path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "unlink", refuse)
    assert cli.main(["--uninstall"]) == 1
    said = capsys.readouterr()
    assert said.err.strip() == f"Not removed: {stuck} could not be removed: Operation not permitted."
    assert left(person) == {str(stuck.relative_to(person))}


def test_the_keys_go_first_and_the_settings_last(
    ready: Installed, keychain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is stopped in the middle has no key left in a place that nothing names any more."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(registration, "unregister", stop)
    assert cli.main(["--uninstall"]) == 130
    assert read(keychain) == {"another/program": "its secret"}
    assert profiles.load().all.keys() == KEYS.keys()
    assert ready.native_host.is_file()


def test_a_removal_waits_for_no_set_up_but_says_that_one_runs(
    ready: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with one_setup(ready.data):
            holding.set()
            done.wait(30)

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert holding.wait(10)
        assert cli.main(["--uninstall"]) == 1
        assert "Another set-up of Tabtalk is running" in capsys.readouterr().err
        assert ready.native_host.is_file()
    finally:
        done.set()
        other.join()
    assert cli.main(["--uninstall"]) == 0


def test_on_windows_the_running_host_is_found_by_its_command_line(
    installed: Installed, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The query is PowerShell's; here a program of its name says what was asked, and answers with a process."""
    with subprocess.Popen(["/bin/sleep", "60"]) as host:
        powershell = person / "bin" / "powershell"
        powershell.write_text(f'#!/bin/sh\nprintf "%s" "$4" > "{person}/query"\nprintf "{host.pid}\\r\\n"\n')
        powershell.chmod(0o755)
        monkeypatch.setattr(processes, "SYSTEM", "win32")
        try:
            assert processes.find_hosts(installed) == [host.pid]
            assert str(installed.launcher) in (person / "query").read_text()
            powershell.write_text(f'#!/bin/sh\nkill -0 {host.pid} 2>/dev/null && printf "{host.pid}\\r\\n"\n')
            removal._end_hosts(installed)
            assert host.wait(10) == -signal.SIGTERM
        finally:
            host.kill()
