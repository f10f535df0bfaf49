"""What `--check` finds of the browsers: whether they may start programs, and what each reads of the host. Starts none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tabtalk import paths
from tabtalk.setup import browsers, config_home, manifest, policies, registration, registry
from tabtalk.setup.console import COMMAND
from tabtalk.setup.links import AGAIN, BY_ID, Finding
from tabtalk.setup.manifest import ManifestBroken
from tabtalk.way import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabtalk.setup.browsers import Browser
    from tabtalk.setup.config_home import ProfilePlace
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
    found = {item.browser.name: item for item in browsers.find()}
    recorded = registration.Record.read(installed.record).manifests
    for browser in () if user_data_dir else browsers.BROWSERS:
        item = found.get(browser.name)
        if item and item.executable and browsers.why_confined(item.executable):
            continue
        places = config_home.profile_places(browser, recorded)
        if finding := _moved(browser, places, looked_at, is_found=item is not None):
            yield finding
        elif item and not _is_told(browser, places, looked_at):
            mend = f"if you want Tabtalk there, run: {COMMAND} --browser {browser.name}"
            text = f"Tabtalk is not set up for {browser.title}."
            yield Finding("manifest", State.UNKNOWN, text, mend, browser.title)


def _is_told(browser: Browser, places: list[ProfilePlace], looked_at: list[Path]) -> bool:
    """Whether a manifest is where the browser would look if it was started from here, or beside a profile that it has."""
    own = browsers.manifest_paths(browser)[0]
    return own in looked_at or any(place.has_profile and place.manifest in looked_at for place in places)


def _moved(browser: Browser, places: list[ProfilePlace], looked_at: list[Path], *, is_found: bool) -> Finding | None:
    """Whether a variable such as XDG_CONFIG_HOME was set for set-up and not for the browser, or the other way round.

    `Local State` shows in which folder the browser was started. The manifest must be in that one.
    """
    title = browser.title
    used = [place for place in places if place.has_profile]
    told = [place for place in places if place.has_manifest]
    untold = [place for place in used if not place.has_manifest]
    if not told or any(place.manifest in looked_at for place in untold):
        # The other rows say it: not set up, or a manifest that is missing.
        return None
    if not used:
        return _unused(browser, places[0], told) if is_found else None
    if not untold:
        return _other_settings(browser, used)
    # Beside a profile, if one is there.
    first, second = untold[0], min(told, key=lambda place: not place.has_profile)
    there = f"{title} looks there only if it is started {config_home.environment_of(second)}."
    command = config_home.command_for(first, f"--browser {browser.name}")
    if not second.has_profile:
        text = f"{title} has its profile in {first.folder}, but Tabtalk's manifest is in {second.folder}. {there}"
        return Finding("manifest", State.FAILED, text, f"run: {command}", title)
    text = (
        f"{title} has profiles in {first.folder} and {second.folder}; only the second has Tabtalk's manifest. {there}"
    )
    return Finding("manifest", State.UNKNOWN, text, f"if you use the first profile, run: {command}", title)


def _unused(browser: Browser, default: ProfilePlace, told: list[ProfilePlace]) -> Finding | None:
    """Of a browser without a profile: whether it looks where the manifest is depends on how it will be started."""
    if default in told and any(place.is_used_here for place in told):
        return None
    arguments = f"--browser {browser.name}"
    environment = config_home.environment_of(told[0])
    text = (
        f"Tabtalk's manifest is in {told[0].folder}. {browser.title} looks there only if it is started {environment}."
    )
    if default in told:
        mend = f"if you start {browser.title} with what is set here, run: {COMMAND} {arguments}"
    else:
        variable = config_home.variable_for(told[0])
        mend = f"set {variable} for the whole login session, or run: {config_home.command_for(default, arguments)}"
    return Finding("manifest", State.UNKNOWN, text, mend, browser.title)


def _other_settings(browser: Browser, used: list[ProfilePlace]) -> Finding | None:
    """The manifest is right, but the browser's host reads other settings than this check has read."""
    here, theirs = paths.config_dir(), used[0].root / paths.NAME
    if any(config_home.is_same(place.root / paths.NAME, here) for place in used):
        return None
    # Without settings in it, a folder that is not the default one may be from --user-data-dir.
    if not (theirs.is_dir() or (here.is_dir() and used[0].is_default)):
        return None
    text = (
        f"{browser.title} has its profile in {used[0].folder}. Its host reads the settings in {theirs}, but this check has "
        f"read those in {here}."
    )
    mend = f"to check those settings, run: {config_home.command_for(used[0], '--check')}"
    return Finding("manifest", State.UNKNOWN, text, mend, browser.title)


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
