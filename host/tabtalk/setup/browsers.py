"""The browsers that Tabtalk can live in: one table, and what follows from it.

A browser reads the manifests of native-messaging hosts from `NativeMessagingHosts` in its profile folder (Linux, macOS),
or from the registry, which names the manifest's file (Windows). Nothing here writes.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from tabtalk.protocol import EXTENSION_ORIGIN, HOST_NAME

SYSTEM: str = sys.platform
MANIFEST_FOLDER = "NativeMessagingHosts"
MANIFEST_NAME = f"{HOST_NAME}.json"


class Rows(NamedTuple):
    """Where one browser is on one kind of system."""

    executables: tuple[str, ...]
    """Linux: names on the PATH. macOS: below an Applications folder. Windows: below a Program Files folder."""
    places: tuple[str, ...]
    """Linux: profile folders below the config folder. macOS: below Application Support. Windows: registry keys of HKCU.
    The first is the browser's own, by which it is found; a further one is where it may look besides."""


class Browser(NamedTuple):
    name: str
    """As `--browser` takes it."""
    title: str
    linux: Rows
    macos: Rows
    windows: Rows


def _app(title: str) -> str:
    return f"{title}.app/Contents/MacOS/{title}"


_CHROME_KEY = r"Software\Google\Chrome\NativeMessagingHosts"
_EDGE_KEY = r"Software\Microsoft\Edge\NativeMessagingHosts"

# On Windows all channels of a browser read one key; Vivaldi and Opera read Chrome's.
BROWSERS = (
    Browser(
        "chrome",
        "Google Chrome",
        Rows(("google-chrome", "google-chrome-stable"), ("google-chrome",)),
        Rows((_app("Google Chrome"),), ("Google/Chrome",)),
        Rows((r"Google\Chrome\Application\chrome.exe",), (_CHROME_KEY,)),
    ),
    Browser(
        "chrome-beta",
        "Google Chrome Beta",
        Rows(("google-chrome-beta",), ("google-chrome-beta",)),
        Rows((_app("Google Chrome Beta"),), ("Google/Chrome Beta",)),
        Rows((r"Google\Chrome Beta\Application\chrome.exe",), (_CHROME_KEY,)),
    ),
    Browser(
        "chrome-dev",
        "Google Chrome Dev",
        Rows(("google-chrome-unstable",), ("google-chrome-unstable",)),
        Rows((_app("Google Chrome Dev"),), ("Google/Chrome Dev",)),
        Rows((r"Google\Chrome Dev\Application\chrome.exe",), (_CHROME_KEY,)),
    ),
    Browser(
        "chrome-canary",
        "Google Chrome Canary",
        Rows(("google-chrome-canary",), ("google-chrome-canary",)),
        Rows((_app("Google Chrome Canary"),), ("Google/Chrome Canary",)),
        Rows((r"Google\Chrome SxS\Application\chrome.exe",), (_CHROME_KEY,)),
    ),
    Browser(
        "chromium",
        "Chromium",
        Rows(("chromium", "chromium-browser"), ("chromium",)),
        Rows((_app("Chromium"),), ("Chromium",)),
        Rows((r"Chromium\Application\chrome.exe",), (r"Software\Chromium\NativeMessagingHosts",)),
    ),
    Browser(
        "edge",
        "Microsoft Edge",
        Rows(("microsoft-edge", "microsoft-edge-stable"), ("microsoft-edge",)),
        Rows((_app("Microsoft Edge"),), ("Microsoft Edge",)),
        Rows((r"Microsoft\Edge\Application\msedge.exe",), (_EDGE_KEY,)),
    ),
    Browser(
        "edge-beta",
        "Microsoft Edge Beta",
        Rows(("microsoft-edge-beta",), ("microsoft-edge-beta",)),
        Rows((_app("Microsoft Edge Beta"),), ("Microsoft Edge Beta",)),
        Rows((r"Microsoft\Edge Beta\Application\msedge.exe",), (_EDGE_KEY,)),
    ),
    Browser(
        "edge-dev",
        "Microsoft Edge Dev",
        Rows(("microsoft-edge-dev",), ("microsoft-edge-dev",)),
        Rows((_app("Microsoft Edge Dev"),), ("Microsoft Edge Dev",)),
        Rows((r"Microsoft\Edge Dev\Application\msedge.exe",), (_EDGE_KEY,)),
    ),
    Browser(
        "brave",
        "Brave",
        Rows(("brave-browser", "brave"), ("BraveSoftware/Brave-Browser",)),
        Rows((_app("Brave Browser"),), ("BraveSoftware/Brave-Browser",)),
        Rows(
            (r"BraveSoftware\Brave-Browser\Application\brave.exe",),
            (r"Software\BraveSoftware\Brave-Browser\NativeMessagingHosts", _CHROME_KEY),
        ),
    ),
    Browser(
        "vivaldi",
        "Vivaldi",
        Rows(("vivaldi", "vivaldi-stable"), ("vivaldi",)),
        Rows((_app("Vivaldi"),), ("Vivaldi",)),
        Rows((r"Vivaldi\Application\vivaldi.exe",), (r"Software\Vivaldi\NativeMessagingHosts", _CHROME_KEY)),
    ),
    Browser(
        "opera",
        "Opera",
        Rows(("opera", "opera-stable"), ("opera", "google-chrome")),
        Rows((_app("Opera"),), ("com.operasoftware.Opera", "Google/Chrome")),
        Rows((r"Opera\opera.exe", r"Programs\Opera\opera.exe"), (_CHROME_KEY,)),
    ),
)
NAMES = tuple(browser.name for browser in BROWSERS)


class Found(NamedTuple):
    browser: Browser
    executable: Path | None
    """None: only its profile folder is there."""


def rows(browser: Browser) -> Rows:
    """The rows of this system."""
    return {"win32": browser.windows, "darwin": browser.macos}.get(SYSTEM, browser.linux)


def profiles_root() -> Path:
    """Below it lie the profile folders. Not for Windows, where the registry counts."""
    if SYSTEM == "darwin":
        return Path.home() / "Library" / "Application Support"
    for variable in ("CHROME_CONFIG_HOME", "XDG_CONFIG_HOME"):
        chosen = os.environ.get(variable, "")
        if Path(chosen).is_absolute():
            return Path(chosen)
    return Path.home() / ".config"


def executable(browser: Browser) -> Path | None:
    names = rows(browser).executables
    if SYSTEM == "win32":
        variables = ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA")
        roots = [Path(os.environ[name]) for name in variables if name in os.environ]
    elif SYSTEM == "darwin":
        roots = [Path("/Applications"), Path.home() / "Applications"]
    else:
        return next((Path(found) for name in names if (found := shutil.which(name))), None)
    return next((root / name for root in roots for name in names if (root / name).is_file()), None)


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
    if SYSTEM == "win32":
        return False
    return (profiles_root() / rows(browser).places[0] / "Local State").is_file()


def is_confined(program: Path) -> bool:
    """A snap: the browser's sandbox does not let it start programs such as Tabtalk's host."""
    return program.resolve().name == "snap" or Path("/snap") in program.resolve().parents


def manifest_paths(browser: Browser) -> list[Path]:
    """Where the manifest goes. Not for Windows."""
    return [manifest_in(profiles_root() / place) for place in rows(browser).places]


def manifest_in(user_data_dir: Path) -> Path:
    return user_data_dir / MANIFEST_FOLDER / MANIFEST_NAME


def registry_keys(browser: Browser) -> list[str]:
    """Below HKEY_CURRENT_USER; the default value of each names the manifest's file. For Windows."""
    return [rf"{place}\{HOST_NAME}" for place in browser.windows.places]


def build_manifest(launcher: Path) -> bytes:
    """What the browser reads: which program to start, and for which extension alone."""
    manifest = {
        "name": HOST_NAME,
        "description": "Tabtalk: talk with Gemini about the page in front of you",
        "path": str(launcher),
        "type": "stdio",
        "allowed_origins": [f"{EXTENSION_ORIGIN}/"],
    }
    return json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n"
