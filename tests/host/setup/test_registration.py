"""`setup/registration.py`: which browsers are told, where, and what is taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tabtalk.setup import browsers, manifest, registration, system
from tabtalk.setup.changes import Changes
from tabtalk.setup.console import SetupError
from tabtalk.setup.registration import Record

if TYPE_CHECKING:
    from tabtalk.setup.copies import Installed


def put_program(person: Path, name: str, script: str = "") -> None:
    (person / "bin" / name).write_text(f"#!/bin/sh\n{script}")
    (person / "bin" / name).chmod(0o755)


def register(installed: Installed, *names: str, user_data_dir: Path | None = None) -> list[Path]:
    with Changes(installed.data) as changes:
        found = [] if user_data_dir else registration.choose(names)
        written = registration.register(changes, installed, found, user_data_dir)
        record = Record.read(installed.record).with_more(written, changes.folders_made)
        changes.write(installed.record, record.dump())
    return written


def test_each_browser_found_is_told_and_no_other(installed: Installed, person: Path) -> None:
    for name in ("chromium", "google-chrome", "vivaldi"):
        put_program(person, name)
    written = register(installed)
    assert sorted(path.relative_to(person / "config").parts[0] for path in written) == [
        "chromium",
        "google-chrome",
        "vivaldi",
    ]
    assert sorted((person / "config").rglob("*.json")) == sorted(written)
    for path in written:
        assert json.loads(path.read_bytes())["path"] == str(installed.launcher)


def test_t29_only_the_browser_that_was_named_is_told(installed: Installed, person: Path) -> None:
    for name in ("chromium", "google-chrome"):
        put_program(person, name)
    register(installed, "chromium")
    assert [path.name for path in (person / "config").iterdir()] == ["chromium"]


def test_a_profile_folder_is_told_alone_even_without_a_browser(installed: Installed, person: Path) -> None:
    profile = person / "my profile"
    assert register(installed, user_data_dir=profile) == [profile / "NativeMessagingHosts" / "app.tabtalk.host.json"]
    assert not (person / "config").exists()


def test_no_browser_is_said_with_the_command_that_mends_it(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(person, "apt-get")
    monkeypatch.setattr(system, "is_root", lambda: True)
    with pytest.raises(SetupError) as stopped:
        registration.choose(())
    assert "No browser" in stopped.value.what
    assert "run: apt-get install chromium;" in stopped.value.mend
    assert "--user-data-dir" in stopped.value.mend
    monkeypatch.setattr(system, "is_root", lambda: False)
    assert "run: sudo apt-get install chromium;" in registration.how_to_get_one()


def test_on_ubuntu_nobody_is_sent_to_its_chromium_which_is_a_snap(
    person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(person, "apt-get")
    (person / "os-release").write_text("ID=ubuntu\n")
    monkeypatch.setattr(system, "OS_RELEASE", person / "os-release")
    assert "google.com/chrome" in registration.how_to_get_one()
    assert "apt-get" not in registration.how_to_get_one()


def test_a_browser_that_is_not_here_is_said_with_those_that_are(person: Path) -> None:
    put_program(person, "chromium")
    with pytest.raises(SetupError) as stopped:
        registration.choose(("edge",))
    assert "edge" in stopped.value.what
    assert "--browser chromium" in stopped.value.mend


def test_a_snap_alone_is_refused_with_the_reason(person: Path) -> None:
    (person / "snap").touch(0o755)
    (person / "bin" / "chromium").symlink_to(person / "snap")
    with pytest.raises(SetupError, match="is a Snap"):
        registration.choose(())


@pytest.mark.parametrize(
    ("command", "kind"), [("/snap/bin/chromium", "a Snap"), ("flatpak run org.chromium.Chromium", "a Flatpak")]
)
@pytest.mark.parametrize("names", [(), ("chromium",)])
def test_a_script_that_starts_a_confined_browser_is_refused_with_the_reason(
    names: tuple[str, ...], command: str, kind: str, person: Path
) -> None:
    put_program(person, "chromium-browser", f'exec {command} "$@"\n')
    with pytest.raises(SetupError, match=f"Chromium is {kind}, whose sandbox"):
        registration.choose(names)


def test_a_confined_browser_that_was_named_is_refused_with_those_that_work(person: Path) -> None:
    put_program(person, "chromium-browser", 'exec /snap/bin/chromium "$@"\n')
    put_program(person, "google-chrome")
    assert [found.browser.name for found in registration.choose(())] == ["chrome"]
    for name, what in (("chromium", "Chromium is a Snap"), ("edge", "No browser")):
        with pytest.raises(SetupError, match=what) as stopped:
            registration.choose((name,))
        assert stopped.value.mend == "these are here, use one of them: --browser chrome"


def test_unregistering_finds_every_manifest_and_leaves_those_of_others(installed: Installed, person: Path) -> None:
    put_program(person, "chromium")
    written = register(installed)
    written += register(installed, user_data_dir=person / "one")
    unrecorded = browsers.manifest_in(person / "config" / "microsoft-edge")
    unrecorded.parent.mkdir(parents=True)
    unrecorded.write_bytes(b"not even JSON")
    other = written[0].with_name("com.example.other.json")
    other.write_text('{"name": "com.example.other"}')
    removed, problems = registration.unregister(installed, None)
    assert set(removed) == {*written, unrecorded}
    assert problems == []
    assert other.exists()
    assert not any(path.exists() for path in (*written, unrecorded))


def test_a_profile_that_was_never_recorded_is_found_when_named(installed: Installed, person: Path) -> None:
    path = browsers.manifest_in(person / "p")
    path.parent.mkdir(parents=True)
    path.write_bytes(manifest.build(installed.launcher))
    assert registration.registered(installed, None) == []
    assert registration.registered(installed, person / "p") == [path]


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"manifests": 3, "folders": []}', b"\xff"])
def test_a_record_that_makes_no_sense_counts_as_none(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "record").write_bytes(content)
    assert Record.read(tmp_path / "record") == Record()


def test_a_record_reads_back_and_names_each_thing_once(tmp_path: Path) -> None:
    one, other = (browsers.manifest_in(tmp_path / name) for name in ("a", "c"))
    record = Record().with_more([one], [Path("/b")]).with_more([one, other], [])
    (tmp_path / "record").write_bytes(record.dump())
    assert Record.read(tmp_path / "record") == Record((str(one), str(other)), ("/b",))
    assert Record.is_intact(tmp_path / "record")


@pytest.mark.parametrize(
    "name",
    [
        "/home/you/notes.txt",
        "/home/you/app.tabtalk.host.json",
        "/home/you/NativeMessagingHosts/com.example.json",
        "/home/you/NativeMessagingHosts/../app.tabtalk.host.json",
        "NativeMessagingHosts/app.tabtalk.host.json",
        "app.tabtalk.host.json",
        "",
    ],
)
def test_what_set_up_cannot_have_written_is_not_taken_from_a_record(name: str, tmp_path: Path) -> None:
    (tmp_path / "record").write_bytes(Record((name,), ("../up", "relative"), ("relative",)).dump())
    assert Record.read(tmp_path / "record") == Record()
    assert not Record.is_intact(tmp_path / "record")


def test_a_record_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    manifest_path = str(browsers.manifest_in(tmp_path))
    (tmp_path / "record").write_text(json.dumps({"manifests": [manifest_path], "folders": ["/b"]}))
    assert Record.read(tmp_path / "record") == Record((manifest_path,), ("/b",))
    assert Record.is_intact(tmp_path / "record")
