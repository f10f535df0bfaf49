"""`--try`: Tabtalk in a browser profile that is thrown away; by itself where there is no display."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tabtalk import paths
from tabtalk.protocol import EXTENSION_ID, EXTENSION_ORIGIN
from tabtalk.setup import browsers, demo_site, environment, installation, registration, system
from tabtalk.setup.console import COMMAND, SetupError, Steps
from tabtalk.setup.devtools import Browser
from tabtalk.setup.devtools_pipe import DevtoolsError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from tabtalk.setup.copies import Installed
    from tabtalk.setup.devtools_page import Page

QUESTION = Path(__file__).with_name("question.wav")
QUESTION_TEXT = "What is this page about?"
ANSWER_SECONDS = 60
_POPUP = f"{EXTENSION_ORIGIN}/popup/popup.html"
_WELCOME = f"{EXTENSION_ORIGIN}/welcome/welcome.html"
_ENTRIES = "[...document.querySelectorAll('[role=log] > *')]"
# The question was heard, and the last thing said is an answer that is complete.
_ANSWERED = f"""{_ENTRIES}.some((entry) => entry.matches('.user'))
    && {_ENTRIES}.at(-1).matches('.model') && {_ENTRIES}.at(-1).getAttribute('aria-busy') !== 'true'"""


def run(installed: Installed, options: Namespace) -> int:
    """The exit status. Raises `SetupError`."""
    if sys.platform == "win32":
        raise SetupError("--try does not run on Windows yet.", f"set Tabtalk up instead: {COMMAND}")
    steps = Steps(7)
    steps.next("A browser to try it in")
    program = _browser(options, steps)
    with _profile(options) as profile:
        options.user_data_dir = profile
        installation.put_in_place(installed, options, [], steps, remember=False)
        steps.next("Opening the browser")
        if has_display():
            return _with_person(installed, program, profile)
        return _alone(installed, program, profile, steps)


def has_display() -> bool:
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _browser(options: Namespace, steps: Steps) -> Path:
    """Installs what is missing where that can be done. Raises `SetupError`."""
    names = tuple(options.browser)
    if system.can_apt():
        if environment.missing_parts():
            system.apt_install("python3-venv", "Python's venv", steps)
        if not names and not browsers.find() and not system.chromium_is_a_snap():
            system.apt_install("chromium", "Chromium", steps)
    programs = [found.executable for found in registration.choose(names) if found.executable]
    if not programs:
        raise SetupError("A browser was used here once, but its program is not found.", registration.how_to_get_one())
    steps.detail(str(programs[0]))
    return programs[0]


@contextlib.contextmanager
def _profile(options: Namespace) -> Iterator[Path]:
    if options.user_data_dir:
        yield options.user_data_dir
        return
    folder = Path(tempfile.mkdtemp(prefix="tabtalk-try-"))
    try:
        _pin(folder)
        yield folder
    finally:
        # The browser's last writes may come while it goes.
        for _ in range(20):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.1)


def _pin(profile: Path) -> None:
    """Puts the button on the toolbar of a profile that no browser has used yet.

    Else it is out of sight, and each time the panel opens the browser first brings it out: 260 ms (seen with Chromium 156).
    """
    preferences = profile / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps({"extensions": {"pinned_extensions": [EXTENSION_ID]}}), encoding="utf-8")


@contextlib.contextmanager
def _opened(installed: Installed, program: Path, profile: Path, arguments: list[str]) -> Iterator[Browser]:
    """A browser with the extension in it. Raises `SetupError`."""
    if system.is_root():
        print("      as root the browser runs without its sandbox (--no-sandbox): visit nothing else in it", flush=True)
    try:
        # Without this the browser keeps its crash reports in the person's own profile.
        variables = {**os.environ, "BREAKPAD_DUMP_LOCATION": str(profile / "crashes")}
        with Browser.launch(program, profile, ["--window-size=1200,900", *arguments], variables) as browser:
            browser.send("Extensions.loadUnpacked", {"path": str(installed.extension)})
            yield browser
    except (DevtoolsError, TimeoutError) as error:
        raise why_not(str(error)) from None


def why_not(said: str) -> SetupError:
    """What the browser's last words mean to the person."""
    if "No usable sandbox" in said:
        mend = f"run: {system.install_command('chromium-sandbox')}; then run this again."
        return SetupError("The browser cannot make the sandbox that it needs.", mend)
    return SetupError(f"The try-out did not get through: {said}", "see docs/TROUBLESHOOTING.md, and --check.")


def _with_person(installed: Installed, program: Path, profile: Path) -> int:
    with demo_site.serve() as address, _opened(installed, program, profile, [address]) as browser:
        if not _welcomed(browser):
            browser.send("Target.createTarget", {"url": _WELCOME})
        print(
            "\nThe browser is open. Allow the microphone on Tabtalk's page, go to the other tab, press Alt+G and ask."
        )
        print("Close the browser, or press Ctrl-C here, to end. The profile is thrown away then.", flush=True)
        with contextlib.suppress(DevtoolsError, KeyboardInterrupt):
            while any(target["type"] == "page" for target in browser.targets()):
                time.sleep(0.5)
    return 0


def _welcomed(browser: Browser) -> bool:
    """The extension opens its own first page where it is new; that takes the front."""
    try:
        target = browser.wait_target(lambda target: target["type"] == "page" and target["url"] == _WELCOME, 5)
        browser.attach(target["targetId"]).wait("document.readyState === 'complete'")
    except (DevtoolsError, TimeoutError):
        return False
    return True


def _alone(installed: Installed, program: Path, profile: Path, steps: Steps) -> int:
    steps.detail("there is no display: it runs without one and asks a question by itself")
    arguments = [
        "--headless=new",
        "--screen-info={1600x1200}",
        "--use-fake-device-for-media-stream",
        # Once: what follows is silence, in which the answer can come.
        f"--use-file-for-fake-audio-capture={QUESTION}%noloop",
    ]
    with demo_site.serve() as address, _opened(installed, program, profile, [*arguments, address]) as browser:
        browser.send("Browser.grantPermissions", {"permissions": ["audioCapture"], "origin": EXTENSION_ORIGIN})
        _welcomed(browser)
        tab = _show(browser, address)
        panel = _open_panel(browser, tab)
        panel.click("button", "Start")
        steps.detail(f"asking aloud: “{QUESTION_TEXT}”")
        panel = _answered(browser, tab, panel)
        conversation = panel.evaluate(f"{_ENTRIES}.map((entry) => entry.innerText)")
        panel.evaluate("scrollTo(0, 0)")
        picture = paths.state_dir() / "try-panel.png"
        paths.write_private(picture, panel.screenshot())
        panel.click("button", "End")
    print("\nThe conversation:")
    for entry in conversation:
        print(f"  {' '.join(entry.split())}")
    print(f"\nA picture of the panel: {picture}")
    print(f"To set Tabtalk up in your own browser: {COMMAND}")
    return 0


def _show(browser: Browser, address: str) -> str:
    """Brings the page to the front; the id of its tab, for the toolbar."""
    target = browser.wait_target(lambda target: target["type"] == "page" and target["url"] == address)
    page = browser.attach(target["targetId"])
    page.send("Page.bringToFront")
    page.wait("document.readyState === 'complete' && document.visibilityState === 'visible'")
    tab = browser.wait_target(lambda target: target["type"] == "tab" and target["url"] == address)
    return str(tab["targetId"])


def _open_panel(browser: Browser, tab: str) -> Page:
    """By the toolbar button, as a person does: this gives the extension the right to see the tab."""
    browser.send("Extensions.triggerAction", {"id": EXTENSION_ID, "targetId": tab})
    return _panel(browser, 10)


def _panel(browser: Browser, seconds: float) -> Page:
    return browser.attach(browser.wait_target(lambda target: bool(target["url"] == _POPUP), seconds)["targetId"])


def _answered(browser: Browser, tab: str, panel: Page) -> Page:
    """The panel, with the answer in it. The browser may close the panel, which changes nothing: it opens again, or is."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            panel.wait(_ANSWERED, max(1, deadline - time.monotonic()))
        except TimeoutError:
            said = panel.evaluate("document.querySelector('[role=alert]')?.textContent || document.body.innerText")
            words = " ".join(said.split())[:400]
            raise SetupError(
                f"No answer came within {ANSWER_SECONDS} s. The panel says: {words}", "see --check."
            ) from None
        except DevtoolsError:
            if time.monotonic() > deadline:
                raise
            try:
                panel = _panel(browser, 2)
            except TimeoutError:
                panel = _open_panel(browser, tab)
        else:
            return panel
