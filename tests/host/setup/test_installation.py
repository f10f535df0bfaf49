"""`setup/installation.py`: the whole of a set-up but for making the environment, which is borrowed."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import file_keychain
from tabtalk import __version__, paths, settings
from tabtalk.setup import browsers, cli, copies, installation, manifest
from tabtalk.setup.copies import Installed
from tabtalk.setup.proof import Proof, ProofFailed

KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"
pytestmark = pytest.mark.usefixtures("borrowed")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set-up believes in the host without starting it, where the host is not the subject."""
    monkeypatch.setattr(installation, "prove", lambda _launcher: Proof("0.1.0", 1.0, None))


def files(person: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(person)): path.read_bytes() if path.is_file() else b"/"
        for path in sorted(person.rglob("*"))
        if path.is_relative_to(person / "bin") is False and "__pycache__" not in path.parts
    }


@pytest.mark.usefixtures("chromium")
def test_it_ends_with_how_to_load_the_extension(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--yes"]) == 0
    said = capsys.readouterr().out
    steps = [line[:5] for line in said.splitlines() if line.startswith("[")]
    assert steps == ["[1/5]", "[2/5]", "[3/5]", "[4/5]", "[5/5]"]
    assert "practice mode" in said
    last = said.splitlines()[-3:]
    assert "chrome://extensions" in last[0]
    assert "Developer mode" in last[0]
    assert "Load unpacked" in last[1]
    assert str(installed.extension) in last[1]
    assert "Alt+G" in last[2]
    assert (installed.extension / "manifest.json").is_file()


@pytest.mark.usefixtures("chromium", "quick")
def test_a_moved_configuration_folder_is_said_before_how_to_load_the_extension(
    person: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--yes", "--browser", "chromium"]) == 0
    *_, note, lost, mend, empty, done, first, _second, _third = capsys.readouterr().out.splitlines()
    assert note == f"Note: set-up ran with XDG_CONFIG_HOME={person / 'config'}."
    assert "finds neither Tabtalk nor its settings" in lost
    assert mend.endswith("run: env -u XDG_CONFIG_HOME python3 host/install.py --browser chromium")
    assert empty == ""
    assert done.startswith("Tabtalk ")
    assert "chrome://extensions" in first
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert cli.main(["--yes"]) == 0
    assert "Note: " not in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("chromium")
def test_it_passes_its_own_check_and_running_it_again_changes_nothing(
    installed: Installed, person: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--yes"]) == 0
    before = files(person)
    assert cli.main(["--check"]) == 0
    assert cli.main(["--yes"]) == 0
    after = files(person)
    logs = [name for name in after if name.startswith("state/")]
    assert {name: content for name, content in after.items() if name not in logs} == {
        name: content for name, content in before.items() if name not in logs
    }
    capsys.readouterr()
    assert cli.main(["--check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["healthy"]
    assert str(installed.data) in found["links"][0]["text"]


@pytest.mark.usefixtures("chromium", "quick")
def test_t29_nothing_of_ours_can_be_changed_by_others(installed: Installed, person: Path) -> None:
    os.umask(0)
    assert cli.main(["--yes"]) == 0
    for top in (installed.data, paths.config_dir().parent / "chromium"):
        for path in (top, *top.rglob("*")):
            if not path.is_symlink():
                assert path.stat().st_mode & 0o022 == 0, path
                assert path.stat().st_uid == os.getuid()
    assert stat.S_IMODE(installed.data.stat().st_mode) == 0o700
    manifest = json.loads((person / "config/chromium/NativeMessagingHosts/app.tabtalk.host.json").read_bytes())
    assert Path(manifest["path"]).is_absolute()


@pytest.mark.usefixtures("chromium")
def test_a_key_from_standard_input_is_stored_and_seen_by_the_host(
    person: Path, gateway: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{KEY}\n".encode())))
    assert cli.main(["--key-file", "-", *gateway]) == 0
    said = capsys.readouterr()
    assert "with the key" in said.out
    assert "not in the system's keychain: this system has none" in said.out
    assert KEY not in said.out + said.err
    assert [name for name, content in files(person).items() if KEY.encode() in content] == ["config/tabtalk/api-key"]
    assert cli.main(["--yes"]) == 0
    assert cli.main(["--no-key"]) == 0
    assert paths.key_file().read_text() == KEY
    assert cli.main(["--check"]) == 0
    assert f"the key is in {paths.key_file()}" in capsys.readouterr().out


@pytest.mark.usefixtures("quick")
def test_another_endpoint_is_kept_in_the_settings(person: Path) -> None:
    profile = person / "profile"
    assert cli.main(["--yes", "--user-data-dir", str(profile), "--base-url", "https://gateway.example"]) == 0
    assert settings.load().base_url == "https://gateway.example"
    assert (profile / "NativeMessagingHosts" / "app.tabtalk.host.json").is_file()
    assert not (person / "config" / "chromium").exists()
    assert cli.main(["--yes", "--user-data-dir", str(profile), "--base-url", ""]) == 0
    assert settings.load().base_url == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--yes"], "No browser that Tabtalk can live in"),
        (["--yes", "--browser", "edge"], "No browser that Tabtalk can live in was found (edge)"),
        (["--user-data-dir", "p", "--key-file", "missing"], "cannot be read"),
        (["--user-data-dir", "p", "--yes", "--base-url", "http://x"], "base_url"),
        (["--user-data-dir", "p", "--yes", "--ca-file", "missing"], "cannot be read"),
    ],
)
def test_what_cannot_work_stops_before_anything_is_made(
    arguments: list[str], says: str, person: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 1
    said = capsys.readouterr().err
    assert says in said
    assert "What to do: " in said
    assert files(person) == {}


def test_a_folder_that_cannot_be_written_is_said(
    person: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/proc/nobody-writes-here")
    assert cli.main(["--yes", "--user-data-dir", str(person / "p")]) == 1
    said = capsys.readouterr().err
    assert "cannot be written" in said
    assert "What to do: " in said
    assert files(person) == {}


def test_broken_settings_are_said_and_left_alone(person: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths.write_private(paths.settings_file(), b"[gemini\n")
    before = files(person)
    assert cli.main(["--yes", "--user-data-dir", str(person / "p")]) == 1
    assert str(paths.settings_file()) in capsys.readouterr().err
    assert files(person) == before


def no_proof(_launcher: Path) -> object:
    paths.log_dir().mkdir(parents=True, exist_ok=True)
    raise ProofFailed("handshake", "the host did not answer.")


def interrupted(_launcher: Path) -> object:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize(("failure", "status"), [(no_proof, 1), (interrupted, 130)])
def test_a_set_up_that_does_not_prove_itself_leaves_nothing(
    failure: object, status: int, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (person / "key").write_text(KEY)
    monkeypatch.setattr(installation, "prove", failure)
    assert cli.main(["--key-file", str(person / "key"), "--base-url", "https://gateway.example"]) == status
    # The borrowed environment is a link that the fixture made.
    left = [name for name in files(person) if "env-" not in name]
    assert left in (["key"], ["data", "data/tabtalk", "key"])


@pytest.mark.usefixtures("chromium")
def test_an_upgrade_that_does_not_prove_itself_leaves_what_worked(
    installed: Installed, person: Path, gateway: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (person / "key").write_text(KEY)
    assert cli.main(["--key-file", str(person / "key"), *gateway]) == 0
    (installed.host / "native_host.py").write_text((installed.host / "native_host.py").read_text() + "# as it was\n")
    before = files(person)
    with monkeypatch.context() as patch:
        patch.setattr(installation, "prove", no_proof)
        (person / "key").write_text("AIzaANOTHER")
        assert cli.main(["--key-file", str(person / "key"), *gateway, "--base-url", f"{gateway[1]}/other"]) == 1
    (person / "key").write_text(KEY)
    assert files(person) == before
    assert cli.main(["--check"]) == 0


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("how", [["--yes"], ["--try", "--yes"]])
def test_an_older_set_up_leaves_a_newer_installation_alone(
    how: list[str], installed: Installed, person: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((installed.extension / "manifest.json").read_text("utf-8"))
    (installed.extension / "manifest.json").write_text(json.dumps(content | {"version": "0.1000.0"}))
    before = files(person)
    assert cli.main(how) == 1
    said = capsys.readouterr().err
    assert "Tabtalk 0.1000.0 is installed here, which is newer than this" in said
    assert f"use the newer one: python3 {installed.host / 'install.py'}; or remove it first" in said
    assert files(person) == before
    assert cli.main(["--uninstall"]) == 0


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("content", ["", "[]", '{"version": 9}', '{"version": "new"}', '{"version": "0.0.9"}'])
def test_an_older_or_damaged_installation_is_replaced(content: str, installed: Installed) -> None:
    (installed.extension / "manifest.json").write_text(content)
    assert cli.main(["--yes"]) == 0
    assert installed.version == copies.parsed(__version__)


def test_a_checkout_that_is_not_whole_is_said(
    person: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (person / "checkout" / "host").mkdir(parents=True)
    (person / "checkout" / "host" / "native_host.py").touch()
    monkeypatch.setattr(copies, "SOURCE", person / "checkout")
    assert cli.main(["--yes", "--user-data-dir", str(person / "p")]) == 1
    assert f"{person / 'checkout' / 'extension' / 'manifest.json'} is missing" in capsys.readouterr().err
    assert not (person / "p").exists()


@pytest.mark.usefixtures("chromium", "quick")
def test_environments_of_earlier_versions_go_once_the_new_one_works(installed: Installed) -> None:
    (installed.data / "env-0123456789ab" / "bin").mkdir(parents=True)
    assert cli.main(["--yes"]) == 0
    assert [folder.name for folder in installed.data.glob("env-*")] == ["env-000000000000"]


def test_a_reader_that_leaves_is_no_complaint(person: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        command = [sys.executable, str(copies.SOURCE / "host" / "install.py"), "--check"]
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, "")
    assert files(person) == {}


# What `--uninstall` leaves.


@pytest.fixture
def ready(installed: Installed, chromium: Path, borrowed: None, quick: None) -> Installed:
    del chromium, borrowed, quick
    assert cli.main(["--yes"]) == 0
    return installed


def test_t29_uninstalling_leaves_nothing(
    ready: Installed, person: Path, gateway: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (person / "key").write_text(KEY)
    profile = person / "profile"
    assert cli.main(["--key-file", str(person / "key"), "--user-data-dir", str(profile), *gateway]) == 0
    (person / "gateway.pem").unlink()
    (ready.data / "env-000000000000").unlink()
    (person / "key").unlink()
    assert cli.main(["--uninstall"]) == 0
    assert "Nothing of Tabtalk is left" in capsys.readouterr().out
    assert files(person) == {}


@pytest.mark.usefixtures("ready")
def test_uninstalling_leaves_what_is_of_others(person: Path) -> None:
    (person / "config" / "chromium" / "Default").mkdir()
    (person / "data" / "other").touch()
    assert cli.main(["--uninstall"]) == 0
    left = [name for name in files(person) if "env-" not in name]
    assert left == ["config", "config/chromium", "config/chromium/Default", "data", "data/other"]


def test_uninstalling_where_nothing_is_says_so_and_is_no_failure(person: Path) -> None:
    assert cli.main(["--uninstall"]) == 0
    assert files(person) == {}


def test_a_key_that_stays_in_the_keychain_is_said(ready: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    paths.write_private(paths.settings_file(), b'[key]\nstore = "keychain"\n')
    assert cli.main(["--uninstall"]) == 1
    said = capsys.readouterr()
    assert "may still be in the system's keychain" in said.err
    assert "All else of Tabtalk is gone" in said.out
    assert not ready.data.exists()


def test_every_browser_of_the_table_is_cleared(ready: Installed, person: Path) -> None:
    for browser in browsers.BROWSERS:
        for path in browsers.manifest_paths(browser):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(manifest.build(ready.launcher))
    assert cli.main(["--uninstall"]) == 0
    assert list(person.rglob("*.json")) == []


@pytest.mark.usefixtures("chromium", "gateway")
def test_a_set_up_that_fails_after_the_key_was_stored_leaves_settings_and_keychain_as_they_were(
    person: Path, gateway: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    configuration = person / "config" / "python_keyring" / "keyringrc.cfg"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(file_keychain.CONFIGURATION.format(folder=Path(file_keychain.__file__).parent))
    entries = person / "entries.json"
    entries.write_text("{}")
    monkeypatch.setenv("TABTALK_TEST_KEYCHAIN", str(entries))
    (person / "key").write_text(KEY)

    def fail(_launcher: Path) -> None:
        assert KEY in entries.read_text()
        raise ProofFailed("launch", "it does not start.")

    with monkeypatch.context() as patch:
        patch.setattr(installation, "prove", lambda _launcher: Proof("0.1.0", 1.0, None))
        assert cli.main(["--yes"]) == 0
    settings.change(voice="Puck")
    before = files(person)
    monkeypatch.setattr(installation, "prove", fail)
    assert cli.main(["--key-file", str(person / "key"), *gateway]) == 1
    after = files(person)
    # The entry is gone; that it was there once stays on the list until the next removal of a key.
    assert {name: content for name, content in after.items() if name != "data/tabtalk/keychain-entries.json"} == before
