"""`setup/browsers.py`: the table's rows, and what follows from them."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest

from tabtalk.setup import browsers
from tabtalk.setup.browsers import BROWSERS, Browser

BY_NAME = {browser.name: browser for browser in BROWSERS}


CHROME = r"Software\Google\Chrome\NativeMessagingHosts"
CHROMIUM = r"Software\Chromium\NativeMessagingHosts"
EDGE = r"Software\Microsoft\Edge\NativeMessagingHosts"
BRAVE = r"Software\BraveSoftware\Brave-Browser\NativeMessagingHosts"

# The browser; on Linux below the config folder; on macOS below Application Support; on Windows below HKEY_CURRENT_USER.
TABLE: tuple[tuple[str, list[str], list[str], list[str]], ...] = (
    ("chrome", ["google-chrome"], ["Google/Chrome"], [CHROME]),
    ("chrome-beta", ["google-chrome-beta"], ["Google/Chrome Beta"], [CHROME]),
    ("chrome-dev", ["google-chrome-unstable"], ["Google/Chrome Dev"], [CHROME]),
    ("chrome-canary", ["google-chrome-canary"], ["Google/Chrome Canary"], [CHROME]),
    (
        "chrome-for-testing",
        ["google-chrome-for-testing", "google-chrome"],
        ["Google/ChromeForTesting", "Google/Chrome"],
        [r"Software\Google\ChromeForTesting\NativeMessagingHosts", CHROME],
    ),
    ("chromium", ["chromium"], ["Chromium"], [CHROMIUM, CHROME]),
    ("edge", ["microsoft-edge"], ["Microsoft Edge"], [EDGE]),
    ("edge-beta", ["microsoft-edge-beta"], ["Microsoft Edge Beta"], [EDGE]),
    ("edge-dev", ["microsoft-edge-dev"], ["Microsoft Edge Dev"], [EDGE]),
    ("edge-canary", [], ["Microsoft Edge Canary"], [EDGE]),
    ("brave", ["BraveSoftware/Brave-Browser"], ["BraveSoftware/Brave-Browser"], [BRAVE, CHROME]),
    ("brave-beta", ["BraveSoftware/Brave-Browser-Beta"], ["BraveSoftware/Brave-Browser-Beta"], [BRAVE, CHROME]),
    (
        "brave-nightly",
        ["BraveSoftware/Brave-Browser-Nightly"],
        ["BraveSoftware/Brave-Browser-Nightly"],
        [BRAVE, CHROME],
    ),
    ("vivaldi", ["vivaldi"], ["Vivaldi"], [r"Software\Vivaldi\NativeMessagingHosts", CHROME]),
    ("vivaldi-snapshot", ["vivaldi-snapshot"], ["Vivaldi Snapshot"], []),
    ("opera", ["opera", "google-chrome"], ["com.operasoftware.Opera", "Google/Chrome"], [CHROME]),
    ("opera-beta", ["opera-beta", "google-chrome"], [], []),
    ("opera-developer", ["opera-developer", "google-chrome"], [], []),
    ("opera-gx", [], ["com.operasoftware.OperaGX", "Google/Chrome"], [CHROME]),
    ("arc", [], ["Arc/User Data"], [CHROME]),
    (
        "yandex",
        ["yandex-browser"],
        ["Yandex/YandexBrowser"],
        [r"Software\Yandex\YandexBrowser\NativeMessagingHosts", CHROME],
    ),
    ("yandex-beta", ["yandex-browser-beta"], [], []),
    ("thorium", ["thorium"], ["Thorium"], [CHROMIUM, CHROME]),
)


def test_the_table_has_no_other_rows() -> None:
    assert [row[0] for row in TABLE] == list(browsers.NAMES)


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_each_browser_is_told_where_it_looks(
    row: tuple[str, list[str], list[str], list[str]], person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, linux, macos, windows = row
    browser = BY_NAME[name]
    manifest = "NativeMessagingHosts/app.tabtalk.host.json"
    assert browsers.manifest_paths(browser) == [person / "config" / place / manifest for place in linux]
    monkeypatch.setattr(browsers, "SYSTEM", "darwin")
    support = person / "home" / "Library" / "Application Support"
    assert browsers.manifest_paths(browser) == [support / place / manifest for place in macos]
    monkeypatch.setattr(browsers, "SYSTEM", "win32")
    assert browsers.registry_keys(browser) == [rf"{key}\app.tabtalk.host" for key in windows]


@pytest.mark.parametrize("browser", BROWSERS, ids=lambda browser: browser.name)
def test_every_row_is_complete(browser: Browser) -> None:
    assert any(rows.places for rows in (browser.linux, browser.macos, browser.windows))
    for rows in (browser.linux, browser.macos, browser.windows):
        assert bool(rows.executables) == bool(rows.places)
        assert rows.source
    for place in (*browser.linux.places, *browser.macos.places):
        assert not Path(place).is_absolute()
        assert ".." not in Path(place).parts
    assert all("/" not in name for name in browser.linux.executables)
    assert all(".app/Contents/MacOS/" in name for name in browser.macos.executables)
    assert all(PureWindowsPath(name).suffix == ".exe" for name in browser.windows.executables)
    assert all(key.startswith("Software\\") and key.endswith("NativeMessagingHosts") for key in browser.windows.places)


@pytest.mark.parametrize("item", browsers.CONFINED, ids=lambda item: item.id)
def test_a_package_that_shuts_its_browser_in_is_known(
    item: browsers.Confined, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert item.source
    assert browsers.find_confined() == []
    # As if the root of the disk were the home folder, for the traces that are not in it.
    monkeypatch.setattr(browsers, "ROOT", person / "root")
    trace = item.traces[-1]
    (person / "root" / trace.removeprefix("/")).mkdir(parents=True)
    assert browsers.find_confined() == [item]
    monkeypatch.setattr(browsers, "SYSTEM", "darwin")
    assert browsers.find_confined() == []


def test_names_and_own_places_are_unique() -> None:
    assert len(set(browsers.NAMES)) == len(BROWSERS)
    for system in ("linux", "macos"):
        own = [getattr(browser, system).places[0] for browser in BROWSERS if getattr(browser, system).places]
        assert len(set(own)) == len(own)


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


def put_script(person: Path, name: str, command: str) -> Path:
    program = person / "bin" / name
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o755)
    return program


def test_a_snap_is_known_as_one(person: Path) -> None:
    snap = person / "snap"
    snap.touch()
    (person / "bin" / "chromium").symlink_to(snap)
    assert browsers.why_confined(person / "bin" / "chromium").startswith("a Snap, ")
    assert browsers.why_confined(snap.with_name("chromium")) == ""


def test_a_script_that_starts_a_snap_or_a_flatpak_is_known_as_one(
    person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snap = put_script(person, "chromium-browser", "/snap/bin/chromium")
    flatpak = put_script(person, "google-chrome", "flatpak run com.google.Chrome")
    assert browsers.why_confined(snap).startswith("a Snap, ")
    assert browsers.why_confined(flatpak).startswith("a Flatpak, ")
    monkeypatch.setattr(browsers, "SYSTEM", "darwin")
    assert browsers.why_confined(snap) == ""


def test_a_confined_browser_is_named_once(person: Path) -> None:
    put_script(person, "chromium-browser", "/snap/bin/chromium")
    (person / "root/snap/bin").mkdir(parents=True)
    (person / "root/snap/bin/chromium").touch()
    (person / "home/.local/share/flatpak/app/org.chromium.Chromium").mkdir(parents=True)
    assert list(browsers.confined_titles(browsers.find())) == ["Chromium"]


def test_a_script_that_starts_a_flatpak_does_not_hide_the_browser_behind_it(
    person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = put_script(person, "chromium", "flatpak run org.chromium.Chromium")
    assert browsers.executable(BY_NAME["chromium"]) == first
    other_name = put_script(person, "chromium-browser", "/usr/lib/chromium/chromium")
    assert browsers.executable(BY_NAME["chromium"]) == other_name
    other_name.unlink()
    (person / "usr-bin").mkdir()
    same_name = person / "usr-bin" / "chromium"
    same_name.touch(0o755)
    monkeypatch.setenv("PATH", f"{person / 'bin'}:{person / 'usr-bin'}")
    assert browsers.executable(BY_NAME["chromium"]) == same_name
