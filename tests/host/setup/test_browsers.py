"""`setup/browsers.py`: the table's rows, and what follows from them."""

from __future__ import annotations

import json
from pathlib import Path, PureWindowsPath

import pytest

from tabtalk.setup import browsers
from tabtalk.setup.browsers import BROWSERS, Browser

BY_NAME = {browser.name: browser for browser in BROWSERS}


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("chrome", "google-chrome"),
        ("chrome-beta", "google-chrome-beta"),
        ("chrome-dev", "google-chrome-unstable"),
        ("chromium", "chromium"),
        ("edge", "microsoft-edge"),
        ("brave", "BraveSoftware/Brave-Browser"),
        ("vivaldi", "vivaldi"),
        ("opera", "opera"),
    ],
)
def test_linux_reads_manifests_below_the_config_folder(name: str, place: str, person: Path) -> None:
    assert browsers.manifest_paths(BY_NAME[name])[0] == (
        person / "config" / place / "NativeMessagingHosts" / "app.tabtalk.host.json"
    )


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("chrome", "Google/Chrome"),
        ("chrome-canary", "Google/Chrome Canary"),
        ("chromium", "Chromium"),
        ("edge", "Microsoft Edge"),
        ("brave", "BraveSoftware/Brave-Browser"),
        ("vivaldi", "Vivaldi"),
        ("opera", "com.operasoftware.Opera"),
    ],
)
def test_macos_reads_manifests_below_application_support(
    name: str, place: str, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsers, "SYSTEM", "darwin")
    assert browsers.manifest_paths(BY_NAME[name])[0] == (
        person / "home/Library/Application Support" / place / "NativeMessagingHosts/app.tabtalk.host.json"
    )


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("chrome", r"Software\Google\Chrome\NativeMessagingHosts\app.tabtalk.host"),
        ("chromium", r"Software\Chromium\NativeMessagingHosts\app.tabtalk.host"),
        ("edge", r"Software\Microsoft\Edge\NativeMessagingHosts\app.tabtalk.host"),
        ("opera", r"Software\Google\Chrome\NativeMessagingHosts\app.tabtalk.host"),
    ],
)
def test_windows_names_the_manifest_in_the_registry(name: str, key: str) -> None:
    assert key in browsers.registry_keys(BY_NAME[name])


@pytest.mark.parametrize("browser", BROWSERS, ids=lambda browser: browser.name)
def test_every_row_is_complete(browser: Browser) -> None:
    for rows in (browser.linux, browser.macos, browser.windows):
        assert rows.executables
        assert rows.places
    for place in (*browser.linux.places, *browser.macos.places):
        assert not Path(place).is_absolute()
        assert ".." not in Path(place).parts
    assert all("/" not in name for name in browser.linux.executables)
    assert all(".app/Contents/MacOS/" in name for name in browser.macos.executables)
    assert all(PureWindowsPath(name).suffix == ".exe" for name in browser.windows.executables)
    assert all(key.startswith("Software\\") and key.endswith("NativeMessagingHosts") for key in browser.windows.places)


def test_names_and_own_places_are_unique() -> None:
    assert len(set(browsers.NAMES)) == len(BROWSERS)
    for system in ("linux", "macos"):
        own = [getattr(browser, system).places[0] for browser in BROWSERS]
        assert len(set(own)) == len(own)


def test_t13_the_manifest_lets_in_one_extension_alone(tmp_path: Path) -> None:
    launcher = tmp_path / 'with "quotes" and ünï' / "tabtalk-host"
    assert json.loads(browsers.build_manifest(launcher)) == {
        "name": "app.tabtalk.host",
        "description": "Tabtalk: talk with Gemini about the page in front of you",
        "path": str(launcher),
        "type": "stdio",
        "allowed_origins": ["chrome-extension://glkajheednccbbphfajgpkglpfkadndo/"],
    }


def test_a_program_on_the_path_is_found(person: Path, chromium: Path) -> None:
    del person
    (found,) = browsers.find()
    assert (found.browser.name, found.executable) == ("chromium", chromium)
    assert browsers.find(("chrome",)) == []


def test_a_profile_that_was_used_is_found_without_its_program(person: Path) -> None:
    profile = person / "config" / "BraveSoftware" / "Brave-Browser"
    profile.mkdir(parents=True)
    (profile / "Local State").write_text("{}")
    (found,) = browsers.find()
    assert (found.browser.name, found.executable) == ("brave", None)


def test_t29_a_folder_that_only_holds_manifests_of_others_is_no_browser(person: Path) -> None:
    (person / "config" / "google-chrome" / "NativeMessagingHosts").mkdir(parents=True)
    assert browsers.find() == []


def test_chromes_own_variable_moves_the_profiles(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROME_CONFIG_HOME", str(person / "elsewhere"))
    assert browsers.profiles_root() == person / "elsewhere"


def test_macos_and_windows_programs_are_found_by_their_folders(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = person / "home/Applications/Brave Browser.app/Contents/MacOS/Brave Browser"
    app.parent.mkdir(parents=True)
    app.touch()
    monkeypatch.setattr(browsers, "SYSTEM", "darwin")
    assert browsers.executable(BY_NAME["brave"]) == app
    monkeypatch.setattr(browsers, "SYSTEM", "win32")
    monkeypatch.setenv("ProgramFiles", str(person / "Programs"))
    # The row's backslashes are one name to this system: what matters is that the folder and the row are joined.
    exe = person / "Programs" / BY_NAME["edge"].windows.executables[0]
    exe.parent.mkdir(parents=True)
    exe.touch()
    assert browsers.executable(BY_NAME["edge"]) == exe
    assert browsers.executable(BY_NAME["chrome"]) is None


def test_a_snap_is_known_as_one(person: Path) -> None:
    snap = person / "snap"
    snap.touch()
    (person / "bin" / "chromium").symlink_to(snap)
    assert browsers.is_confined(person / "bin" / "chromium")
    assert not browsers.is_confined(snap.with_name("chromium"))
