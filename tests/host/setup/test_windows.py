"""Telling Windows' browsers of the host, against a registry that is none: what is written, read again, and taken back."""
# ruff: noqa: N802 (the registry's own names)

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import pytest

from tabtalk.setup import browsers, check_browsers, copies, manifest, registration, registry
from tabtalk.setup.changes import Changes
from tabtalk.setup.environment import Environment
from tabtalk.setup.registration import Record
from tabtalk.way import State

if TYPE_CHECKING:
    from tabtalk.setup.copies import Installed

CHROME = r"Software\Google\Chrome\NativeMessagingHosts\app.tabtalk.host"
EDGE = r"Software\Microsoft\Edge\NativeMessagingHosts\app.tabtalk.host"
CHROMIUM = r"Software\Chromium\NativeMessagingHosts\app.tabtalk.host"


class Registry(SimpleNamespace):
    """The part of `winreg` that is used, with Windows' rules: names without case, no key below a key that is missing."""

    HKEY_CURRENT_USER = 1
    REG_SZ = 1

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, dict[str, str]] = {}

    def CreateKey(self, root: int, name: str) -> Key:
        assert root == self.HKEY_CURRENT_USER
        self.keys.setdefault(name.lower(), {})
        return Key(self.keys[name.lower()])

    def OpenKey(self, root: int, name: str) -> Key:
        assert root == self.HKEY_CURRENT_USER
        if name.lower() not in self.keys:
            raise FileNotFoundError(2, name)
        return Key(self.keys[name.lower()])

    def SetValueEx(self, key: Key, name: str, reserved: int, kind: int, value: str) -> None:
        assert (reserved, kind) == (0, self.REG_SZ)
        key.values[name] = value

    def QueryValueEx(self, key: Key, name: str) -> tuple[str, int]:
        if name not in key.values:
            raise FileNotFoundError(2, name)
        return key.values[name], self.REG_SZ

    def DeleteKey(self, root: int, name: str) -> None:
        assert root == self.HKEY_CURRENT_USER
        if name.lower() not in self.keys:
            raise FileNotFoundError(2, name)
        del self.keys[name.lower()]


class Key:
    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def windows(person: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A computer with Chrome, Chromium and Edge."""
    made = Registry()
    monkeypatch.setitem(sys.modules, "winreg", made)
    monkeypatch.setattr(browsers, "SYSTEM", "win32")
    monkeypatch.setenv("ProgramFiles", str(person / "Programs"))
    for name in ("ProgramFiles(x86)", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for browser in browsers.BROWSERS:
        if browser.name in {"chrome", "chromium", "edge"}:
            # The row's backslashes are one name to this system: what matters is that folder and row are joined.
            (person / "Programs" / browser.windows.executables[0]).parent.mkdir(parents=True, exist_ok=True)
            (person / "Programs" / browser.windows.executables[0]).touch()
    return made


def register(installed: Installed, *names: str) -> None:
    with Changes(installed.data) as changes:
        written = registration.register(changes, installed, registration.choose(names), None)
        changes.write(installed.record, Record().with_more(written, changes.folders_made).dump())


def test_every_browser_found_is_led_to_one_manifest_beside_the_host(installed: Installed, windows: Registry) -> None:
    register(installed)
    path = str(installed.data / "app.tabtalk.host.json")
    assert windows.keys == {key.lower(): {"": path} for key in (CHROME, CHROMIUM, EDGE)}
    assert json.loads(Path(path).read_bytes())["path"] == str(installed.launcher)
    found = list(check_browsers.manifests(installed, None))
    assert [(item.state, item.subject) for item in found] == [
        (State.OK, "Google Chrome"),
        (State.OK, "Chromium"),
        (State.OK, "Microsoft Edge"),
    ]


def test_t29_only_the_browser_that_was_named_is_told(installed: Installed, windows: Registry) -> None:
    register(installed, "edge")
    assert set(windows.keys) == {EDGE.lower()}
    found = {item.subject: item for item in check_browsers.manifests(installed, None)}
    assert found["Microsoft Edge"].state is State.OK
    assert found["Google Chrome"].state is State.UNKNOWN
    assert "--browser chrome" in found["Google Chrome"].mend


def test_t29_unregistering_leaves_no_key_of_ours_and_those_of_others(installed: Installed, windows: Registry) -> None:
    other = CHROME.replace("app.tabtalk.host", "com.example.other")
    registry.write(other, "C:\\other.json")
    register(installed)
    registration.unregister(installed, None)
    assert set(windows.keys) == {other.lower()}
    assert not (installed.data / "app.tabtalk.host.json").exists()


def test_a_set_up_that_fails_puts_the_keys_back(installed: Installed, windows: Registry) -> None:
    registry.write(CHROME, "C:\\before.json")
    before = {name: dict(values) for name, values in windows.keys.items()}
    with pytest.raises(RuntimeError), Changes(installed.data) as changes:
        registration.register(changes, installed, registration.choose(()), None)
        raise RuntimeError
    assert windows.keys == before


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (lambda registry, _installed: registry.keys.clear(), "No browser knows"),
        (lambda registry, _installed: registry.keys[CHROME.lower()].update({"": "/gone.json"}), "is missing"),
        (lambda _registry, installed: (installed.data / "app.tabtalk.host.json").write_text("{"), "not JSON"),
        (
            lambda _registry, installed: (installed.data / "app.tabtalk.host.json").write_bytes(
                manifest.build(Path("/x"))
            ),
            "leads to /x",
        ),
    ],
)
def test_f19_what_is_wrong_with_a_key_or_its_manifest_is_found(
    plant: Any, says: str, installed: Installed, windows: Registry
) -> None:
    register(installed)
    plant(windows, installed)
    broken = [item for item in check_browsers.manifests(installed, None) if item.state is State.FAILED]
    assert says in broken[0].text


def test_a_browsers_own_key_wins_over_chromes(installed: Installed, windows: Registry) -> None:
    register(installed)
    registry.write(CHROMIUM, "/elsewhere.json")
    found = {item.subject: item.state for item in check_browsers.manifests(installed, None)}
    assert found == {"Google Chrome": State.OK, "Chromium": State.FAILED, "Microsoft Edge": State.OK}
    del windows.keys[CHROMIUM.lower()]
    found = {item.subject: item.state for item in check_browsers.manifests(installed, None)}
    assert found["Chromium"] is State.OK


def test_the_launcher_is_known_by_the_python_in_it(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    environment = Environment(installed.data / "env-0")
    installed.data.mkdir(parents=True)
    installed.launcher.write_bytes(b"MZ...#!" + str(environment.python).encode() + b" -I\n...PK")
    assert copies.is_launcher_of(installed, environment)
    installed.launcher.write_bytes(b"MZ...#!C:\\other\\python.exe -I\n...PK")
    assert not copies.is_launcher_of(installed, environment)
