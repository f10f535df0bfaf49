"""What `--check` finds of the browsers: whether they may start programs, and what each reads of the host. Starts none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tabtalk.setup import browsers, manifest, policies, registration, registry
from tabtalk.setup.console import COMMAND
from tabtalk.setup.links import AGAIN, BY_ID, Finding
from tabtalk.setup.manifest import ManifestBroken
from tabtalk.way import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.setup.copies import Installed

_ANOTHER = "use a browser from the system's own packages, such as Google Chrome from google.com/chrome"


def usable(installed: Installed, user_data_dir: Path | None) -> Iterator[Finding]:
    """Whether there is a browser that may start programs."""
    found = browsers.find()
    confined = browsers.confined_titles(found)
    free = [item.browser.title for item in found if not (item.executable and browsers.why_confined(item.executable))]
    elsewhere = user_data_dir is not None or any(_is_elsewhere(p) for p in registration.expected(installed, None))
    if free:
        yield Finding("browser", State.OK, ", ".join(free))
    elif not confined or elsewhere:
        yield Finding("browser", State.UNKNOWN, "No browser is in the usual places.", registration.how_to_get_one())
    lonely = not free and not elsewhere
    for title, why in confined.items():
        state = State.FAILED if lonely else State.UNKNOWN
        yield Finding("browser", state, f"{title} is {why}: Tabtalk cannot work in it.", _ANOTHER, title)


def allowed() -> Iterator[Finding]:
    """What a company's policy says."""
    if browsers.SYSTEM in ("win32", "darwin"):
        text = "only the browser knows: see chrome://policy for names that begin with NativeMessaging"
        yield Finding("policy", State.UNKNOWN, text)
        return
    forbidden = {item.browser.title: why for item in browsers.find() if (why := policies.forbids(item.browser))}
    for title, why in forbidden.items():
        yield Finding("policy", State.FAILED, f"{title} may not start the host: {why}.", BY_ID["policy"].mend, title)
    if not forbidden:
        yield Finding("policy", State.OK, "none is in the way")


def manifests(installed: Installed, user_data_dir: Path | None) -> Iterator[Finding]:
    """What each browser reads, as it will read it."""
    if browsers.SYSTEM == "win32":
        yield from _by_registry(installed)
        return
    expected = registration.expected(installed, user_data_dir)
    looked_at = list(dict.fromkeys((*expected, *registration.registered(installed, user_data_dir))))
    if not looked_at:
        yield Finding("manifest", State.FAILED, "No browser knows of Tabtalk.", AGAIN)
    for path in looked_at:
        yield _read(path, installed, _subject(path))
    for item in () if user_data_dir else browsers.find():
        own = browsers.manifest_paths(item.browser)[0]
        if own not in looked_at and not (item.executable and browsers.why_confined(item.executable)):
            mend = f"if you want Tabtalk there, run: {COMMAND} --browser {item.browser.name}"
            text = f"Tabtalk is not set up for {item.browser.title}."
            yield Finding("manifest", State.UNKNOWN, text, mend, item.browser.title)


def _by_registry(installed: Installed) -> Iterator[Finding]:
    led = False
    for item in browsers.find():
        named = {key: registry.read(key) for key in browsers.registry_keys(item.browser)}
        key, path = next(((key, path) for key, path in named.items() if path), (next(iter(named)), None))
        if path is None:
            mend = f"run: {COMMAND} --browser {item.browser.name}"
            yield Finding("manifest", State.UNKNOWN, f"HKCU\\{key} is missing.", mend, item.browser.title)
            continue
        led = True
        yield _read(Path(path), installed, item.browser.title)
    if not led:
        yield Finding("manifest", State.FAILED, "No browser knows of Tabtalk.", AGAIN)


def _read(path: Path, installed: Installed, subject: str) -> Finding:
    """Of one manifest."""
    text = ""
    try:
        program = manifest.program_in(path)
    except ManifestBroken as broken:
        text = f"{path} {broken}."
    else:
        if program == installed.launcher:
            loose = browsers.SYSTEM != "win32" and path.stat().st_mode & 0o022
            text = f"{path} may be changed by others." if loose else ""
        elif program.exists():
            text = f"{path} leads to another installation: {program}."
        else:
            text = f"{path} leads to {program}, which is not there."
    if text:
        return Finding("manifest", State.FAILED, text, _mend(path), subject)
    return Finding("manifest", State.OK, str(path), subject=subject)


def _mend(path: Path) -> str:
    return f"run: {COMMAND} --user-data-dir '{path.parents[1]}'" if _is_elsewhere(path) else AGAIN


def _subject(path: Path) -> str:
    """The browser that looks there, or the profile folder."""
    for browser in browsers.BROWSERS:
        if path in browsers.manifest_paths(browser)[:1]:
            return browser.title
    return str(path.parents[1])


def _is_elsewhere(path: Path) -> bool:
    """Not where a browser of the table looks by itself."""
    if browsers.SYSTEM == "win32":
        return False
    return all(path not in browsers.manifest_paths(browser) for browser in browsers.BROWSERS)
