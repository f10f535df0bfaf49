"""The browsers that Tabtalk can live in: one table, and what follows from it.

A browser reads the manifests of native-messaging hosts from `NativeMessagingHosts` in its profile folder (Linux, macOS),
or from the registry, which names the manifest's file (Windows). Nothing here writes.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from tabtalk.protocol import HOST_NAME
from tabtalk.setup import launcher_scripts

SYSTEM: str = sys.platform
ROOT = Path("/")
MANIFEST_FOLDER = "NativeMessagingHosts"
MANIFEST_NAME = f"{HOST_NAME}.json"
CONFIG_VARIABLES = ("CHROME_CONFIG_HOME", "XDG_CONFIG_HOME")
"""Linux: a browser that has one of them in its environment keeps its profile there. The first one wins."""


class Rows(NamedTuple):
    """Where one browser is on one kind of system; all empty where it does not exist."""

    executables: tuple[str, ...]
    """Linux: names on the PATH. macOS: below an Applications folder. Windows: below a Program Files folder."""
    places: tuple[str, ...]
    """Linux: profile folders below the config folder. macOS: below Application Support. Windows: registry keys of HKCU.
    The first is the browser's own, by which it is found; a further one is where it may look besides."""
    source: str
    """Where the places were taken from."""


class Browser(NamedTuple):
    name: str
    """As `--browser` takes it."""
    title: str
    linux: Rows
    macos: Rows
    windows: Rows


class Confined(NamedTuple):
    """A package of Linux that runs a browser in a sandbox, from which it cannot start programs such as the host."""

    id: str
    title: str
    traces: tuple[str, ...]
    """One of them is there when it is installed: below the home folder, or absolute."""
    why: str
    source: str


def _app(title: str) -> str:
    return f"{title}.app/Contents/MacOS/{title}"


_GOOGLE = "developer.chrome.com/docs/extensions/develop/concepts/native-messaging"
_CHROMIUM = "Chromium: chrome/common/chrome_paths.cc, chrome_paths_linux.cc (the profile folder, and NativeMessagingHosts in it)"
_LAUNCH = "Chromium: launch_context_win.cc (Chrome's key; a build with Chromium's own branding reads Chromium's first)"
_MICROSOFT = "learn.microsoft.com/microsoft-edge/extensions/developer-guide/native-messaging"
_KEEPASSXC = "KeePassXC: src/browser/NativeMessageInstaller.cpp"
_CHANNEL = "by analogy with the stable channel: profile folder of its own, same key on Windows"
_FIELD = "several installers of other hosts write there; the maker says nothing"
_NOWHERE = Rows((), (), "not made for this system")

_CHROME_KEY = r"Software\Google\Chrome\NativeMessagingHosts"
_CHROMIUM_KEY = r"Software\Chromium\NativeMessagingHosts"
_EDGE_KEY = r"Software\Microsoft\Edge\NativeMessagingHosts"
_BRAVE_KEY = r"Software\BraveSoftware\Brave-Browser\NativeMessagingHosts"

# On Windows all channels of a browser read one key; Vivaldi and Opera read Chrome's.
BROWSERS = (
    Browser(
        "chrome",
        "Google Chrome",
        Rows(("google-chrome", "google-chrome-stable"), ("google-chrome",), _GOOGLE),
        Rows((_app("Google Chrome"),), ("Google/Chrome",), _GOOGLE),
        Rows((r"Google\Chrome\Application\chrome.exe",), (_CHROME_KEY,), _GOOGLE),
    ),
    Browser(
        "chrome-beta",
        "Google Chrome Beta",
        Rows(("google-chrome-beta",), ("google-chrome-beta",), _CHROMIUM),
        Rows((_app("Google Chrome Beta"),), ("Google/Chrome Beta",), _CHROMIUM),
        Rows((r"Google\Chrome Beta\Application\chrome.exe",), (_CHROME_KEY,), _LAUNCH),
    ),
    Browser(
        "chrome-dev",
        "Google Chrome Dev",
        Rows(("google-chrome-unstable",), ("google-chrome-unstable",), _CHROMIUM),
        Rows((_app("Google Chrome Dev"),), ("Google/Chrome Dev",), _CHROMIUM),
        Rows((r"Google\Chrome Dev\Application\chrome.exe",), (_CHROME_KEY,), _LAUNCH),
    ),
    Browser(
        "chrome-canary",
        "Google Chrome Canary",
        Rows(("google-chrome-canary",), ("google-chrome-canary",), _CHROMIUM),
        Rows((_app("Google Chrome Canary"),), ("Google/Chrome Canary",), _CHROMIUM),
        Rows((r"Google\Chrome SxS\Application\chrome.exe",), (_CHROME_KEY,), _LAUNCH),
    ),
    Browser(
        "chrome-for-testing",
        "Google Chrome for Testing",
        Rows(
            ("google-chrome-for-testing", "chrome-for-testing"),
            ("google-chrome-for-testing", "google-chrome"),
            _GOOGLE + " (from 146 on; before that Chrome's)",
        ),
        Rows(
            (_app("Google Chrome for Testing"),),
            ("Google/ChromeForTesting", "Google/Chrome"),
            _GOOGLE + " (from 146 on; before that Chrome's)",
        ),
        Rows(
            (r"Google\Chrome for Testing\Application\chrome.exe",),
            (r"Software\Google\ChromeForTesting\NativeMessagingHosts", _CHROME_KEY),
            _FIELD,
        ),
    ),
    Browser(
        "chromium",
        "Chromium",
        Rows(("chromium", "chromium-browser"), ("chromium",), _CHROMIUM),
        Rows((_app("Chromium"),), ("Chromium",), _CHROMIUM),
        Rows((r"Chromium\Application\chrome.exe",), (_CHROMIUM_KEY, _CHROME_KEY), _LAUNCH),
    ),
    Browser(
        "edge",
        "Microsoft Edge",
        Rows(("microsoft-edge", "microsoft-edge-stable"), ("microsoft-edge",), _MICROSOFT),
        Rows((_app("Microsoft Edge"),), ("Microsoft Edge",), _MICROSOFT),
        Rows((r"Microsoft\Edge\Application\msedge.exe",), (_EDGE_KEY,), _MICROSOFT),
    ),
    Browser(
        "edge-beta",
        "Microsoft Edge Beta",
        Rows(("microsoft-edge-beta",), ("microsoft-edge-beta",), _MICROSOFT),
        Rows((_app("Microsoft Edge Beta"),), ("Microsoft Edge Beta",), _MICROSOFT),
        Rows((r"Microsoft\Edge Beta\Application\msedge.exe",), (_EDGE_KEY,), _MICROSOFT),
    ),
    Browser(
        "edge-dev",
        "Microsoft Edge Dev",
        Rows(("microsoft-edge-dev",), ("microsoft-edge-dev",), _MICROSOFT),
        Rows((_app("Microsoft Edge Dev"),), ("Microsoft Edge Dev",), _MICROSOFT),
        Rows((r"Microsoft\Edge Dev\Application\msedge.exe",), (_EDGE_KEY,), _MICROSOFT),
    ),
    Browser(
        "edge-canary",
        "Microsoft Edge Canary",
        _NOWHERE,
        Rows((_app("Microsoft Edge Canary"),), ("Microsoft Edge Canary",), _MICROSOFT),
        Rows((r"Microsoft\Edge SxS\Application\msedge.exe",), (_EDGE_KEY,), _MICROSOFT),
    ),
    Browser(
        "brave",
        "Brave",
        Rows(("brave-browser", "brave"), ("BraveSoftware/Brave-Browser",), _KEEPASSXC),
        Rows((_app("Brave Browser"),), ("BraveSoftware/Brave-Browser",), _KEEPASSXC),
        Rows((r"BraveSoftware\Brave-Browser\Application\brave.exe",), (_BRAVE_KEY, _CHROME_KEY), _KEEPASSXC),
    ),
    Browser(
        "brave-beta",
        "Brave Beta",
        Rows(("brave-browser-beta",), ("BraveSoftware/Brave-Browser-Beta",), _CHANNEL),
        Rows((_app("Brave Browser Beta"),), ("BraveSoftware/Brave-Browser-Beta",), _CHANNEL),
        Rows((r"BraveSoftware\Brave-Browser-Beta\Application\brave.exe",), (_BRAVE_KEY, _CHROME_KEY), _CHANNEL),
    ),
    Browser(
        "brave-nightly",
        "Brave Nightly",
        Rows(("brave-browser-nightly",), ("BraveSoftware/Brave-Browser-Nightly",), _CHANNEL),
        Rows((_app("Brave Browser Nightly"),), ("BraveSoftware/Brave-Browser-Nightly",), _CHANNEL),
        Rows((r"BraveSoftware\Brave-Browser-Nightly\Application\brave.exe",), (_BRAVE_KEY, _CHROME_KEY), _CHANNEL),
    ),
    Browser(
        "vivaldi",
        "Vivaldi",
        Rows(("vivaldi", "vivaldi-stable"), ("vivaldi",), _KEEPASSXC),
        Rows((_app("Vivaldi"),), ("Vivaldi",), _KEEPASSXC),
        Rows(
            (r"Vivaldi\Application\vivaldi.exe",), (r"Software\Vivaldi\NativeMessagingHosts", _CHROME_KEY), _KEEPASSXC
        ),
    ),
    Browser(
        "vivaldi-snapshot",
        "Vivaldi Snapshot",
        Rows(("vivaldi-snapshot",), ("vivaldi-snapshot",), _CHANNEL),
        Rows((_app("Vivaldi Snapshot"),), ("Vivaldi Snapshot",), _CHANNEL),
        _NOWHERE,
    ),
    Browser(
        "opera",
        "Opera",
        Rows(("opera", "opera-stable"), ("opera", "google-chrome"), _FIELD),
        Rows((_app("Opera"),), ("com.operasoftware.Opera", "Google/Chrome"), _FIELD),
        Rows((r"Opera\opera.exe", r"Programs\Opera\opera.exe"), (_CHROME_KEY,), _FIELD),
    ),
    Browser(
        "opera-beta",
        "Opera Beta",
        Rows(("opera-beta",), ("opera-beta", "google-chrome"), _CHANNEL),
        _NOWHERE,
        _NOWHERE,
    ),
    Browser(
        "opera-developer",
        "Opera Developer",
        Rows(("opera-developer",), ("opera-developer", "google-chrome"), _CHANNEL),
        _NOWHERE,
        _NOWHERE,
    ),
    Browser(
        "opera-gx",
        "Opera GX",
        _NOWHERE,
        Rows((_app("Opera GX"),), ("com.operasoftware.OperaGX", "Google/Chrome"), _FIELD),
        Rows((r"Opera GX\opera.exe", r"Programs\Opera GX\opera.exe"), (_CHROME_KEY,), _FIELD),
    ),
    Browser(
        "arc",
        "Arc",
        _NOWHERE,
        Rows((_app("Arc"),), ("Arc/User Data",), _FIELD),
        Rows((r"Microsoft\WindowsApps\Arc.exe",), (_CHROME_KEY,), _LAUNCH),
    ),
    Browser(
        "yandex",
        "Yandex Browser",
        Rows(("yandex-browser", "yandex-browser-stable"), ("yandex-browser",), _FIELD),
        Rows((_app("Yandex"),), ("Yandex/YandexBrowser",), _FIELD),
        Rows(
            (r"Yandex\YandexBrowser\Application\browser.exe",),
            (r"Software\Yandex\YandexBrowser\NativeMessagingHosts", _CHROME_KEY),
            _FIELD,
        ),
    ),
    Browser(
        "yandex-beta",
        "Yandex Browser Beta",
        Rows(("yandex-browser-beta",), ("yandex-browser-beta",), _FIELD),
        _NOWHERE,
        _NOWHERE,
    ),
    Browser(
        "thorium",
        "Thorium",
        Rows(("thorium-browser", "thorium"), ("thorium",), _FIELD),
        Rows((_app("Thorium"),), ("Thorium",), _FIELD),
        Rows((r"Thorium\Application\thorium.exe",), (_CHROMIUM_KEY, _CHROME_KEY), _LAUNCH),
    ),
)
NAMES = tuple(browser.name for browser in BROWSERS)

_SNAP = "a Snap, whose sandbox does not let a browser start programs"
_FLATPAK = "a Flatpak, whose sandbox does not let a browser start programs"
_SNAP_SOURCE = "github.com/keepassxreboot/keepassxc/issues/12741, github.com/browserpass/browserpass-native/issues/82"
_FLATPAK_SOURCE = "github.com/brave/brave-browser/issues/17537; docs.flatpak.org, sandbox permissions"


def _flatpak(id: str, title: str) -> Confined:
    apps = (f".local/share/flatpak/app/{id}", f"/var/lib/flatpak/app/{id}")
    return Confined(f"flatpak:{id}", title, apps, _FLATPAK, _FLATPAK_SOURCE)


def _snap(name: str, title: str) -> Confined:
    return Confined(
        f"snap:{name}", title, (f"/snap/bin/{name}", f"/var/lib/snapd/snap/bin/{name}"), _SNAP, _SNAP_SOURCE
    )


CONFINED = (
    _snap("chromium", "Chromium"),
    _snap("brave", "Brave"),
    _snap("opera", "Opera"),
    _snap("vivaldi", "Vivaldi"),
    _flatpak("com.google.Chrome", "Google Chrome"),
    _flatpak("com.google.ChromeDev", "Google Chrome Dev"),
    _flatpak("org.chromium.Chromium", "Chromium"),
    _flatpak("io.github.ungoogled_software.ungoogled_chromium", "Ungoogled Chromium"),
    _flatpak("com.microsoft.Edge", "Microsoft Edge"),
    _flatpak("com.brave.Browser", "Brave"),
    _flatpak("com.vivaldi.Vivaldi", "Vivaldi"),
    _flatpak("com.opera.Opera", "Opera"),
)


class Found(NamedTuple):
    browser: Browser
    executable: Path | None
    """None: only its profile folder is there."""


def rows(browser: Browser) -> Rows:
    """The rows of this system."""
    return {"win32": browser.windows, "darwin": browser.macos}.get(SYSTEM, browser.linux)


def profiles_root() -> Path:
    """Below it lie the profile folders. Not for Windows, where the registry counts."""
    return next(iter(moved_roots().values()), default_profiles_root())


def default_profiles_root() -> Path:
    """Where the profile folders are for a browser that was started without `CONFIG_VARIABLES`."""
    return Path.home() / ("Library/Application Support" if SYSTEM == "darwin" else ".config")


def moved_roots() -> dict[str, Path]:
    """The variables that are set here and move the profile folders, with their values; the first one wins."""
    if SYSTEM in ("win32", "darwin"):
        return {}
    values = {name: Path(os.environ.get(name, "")) for name in CONFIG_VARIABLES}
    return {name: value for name, value in values.items() if value.is_absolute()}


def executable(browser: Browser) -> Path | None:
    names = rows(browser).executables
    if SYSTEM == "win32":
        variables = ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA")
        roots = [Path(os.environ[name]) for name in variables if name in os.environ]
    elif SYSTEM == "darwin":
        roots = [Path("/Applications"), Path.home() / "Applications"]
    else:
        return _program_on_path(names)
    return next((root / name for root in roots for name in names if (root / name).is_file()), None)


def _program_on_path(names: tuple[str, ...]) -> Path | None:
    """The first that is not confined: a script in ~/bin that starts a Flatpak must not hide the browser in /usr/bin."""
    # Each folder separately, because `which` stops at the first match.
    folders = os.get_exec_path()
    programs = [Path(path) for name in names for folder in folders if (path := shutil.which(name, path=folder))]
    return next((program for program in programs if not why_confined(program)), programs[0] if programs else None)


def find(names: tuple[str, ...] = ()) -> list[Found]:
    """The browsers on this machine, of those named if any are named: installed, or used once, by its profile."""
    found = []
    for browser in BROWSERS:
        if names and browser.name not in names:
            continue
        program = executable(browser)
        if program or has_profile(browser):
            found.append(Found(browser, program))
    return found


def has_profile(browser: Browser) -> bool:
    """Has been run here. A profile folder alone proves nothing: other programs, too, put their manifests there."""
    places = rows(browser).places
    if SYSTEM == "win32" or not places:
        return False
    return (profiles_root() / places[0] / "Local State").is_file()


def why_confined(program: Path) -> str:
    """Why the browser that this program starts cannot start the host, as in "Chromium is ..."; empty where it can."""
    if SYSTEM in ("win32", "darwin"):
        return ""
    return {"snap": _SNAP, "flatpak": _FLATPAK}.get(launcher_scripts.find_package_kind(program), "")


def confined_titles(found: list[Found]) -> dict[str, str]:
    """Browsers here that cannot start the host, each once: its title and the reason. Packages, and the programs in `found`."""
    reasons = {item.title: item.why for item in find_confined()}
    reasons |= {item.browser.title: why for item in found if item.executable and (why := why_confined(item.executable))}
    return reasons


def find_confined() -> list[Confined]:
    """Packages on this machine whose browsers cannot start the host."""
    if SYSTEM in ("win32", "darwin"):
        return []
    return [item for item in CONFINED if any(_trace(trace).exists() for trace in item.traces)]


def _trace(name: str) -> Path:
    return ROOT / name.removeprefix("/") if name.startswith("/") else Path.home() / name


def manifest_paths(browser: Browser) -> list[Path]:
    """Where the manifest goes. Not for Windows."""
    return [manifest_in(profiles_root() / place) for place in rows(browser).places]


def manifest_in(user_data_dir: Path) -> Path:
    return user_data_dir / MANIFEST_FOLDER / MANIFEST_NAME


def registry_keys(browser: Browser) -> list[str]:
    """Below HKEY_CURRENT_USER; the default value of each names the manifest's file. For Windows."""
    return [rf"{place}\{HOST_NAME}" for place in browser.windows.places]
