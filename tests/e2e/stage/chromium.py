"""Chromium on the stage with the extension in it: real devices, real clicks, nothing muted."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stage.keys import Keys
from stage.process import wait_until
from tabtalk.protocol import EXTENSION_ID, EXTENSION_ORIGIN
from tabtalk.setup.devtools import Browser
from tabtalk.setup.devtools_page import Page
from tabtalk.setup.devtools_pipe import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stage.profile import Profile

REPOSITORY = Path(__file__).resolve().parents[3]
WINDOW = (1280, 900)
BROWSER_FAULTS = ("javascript: A VideoFrame was garbage collected without being closed.",)
"""Errors of the browser's own making. Where the stream of a track's frames passes to a worker, or ends, in the moment in which a
frame comes, Chromium makes a VideoFrame in the page that no script ever gets (seen with Chromium 156: one in about 150 transfers,
also with a page that does nothing else). One that our worker leaves open is told as `worker: A VideoFrame ...` and fails the test."""
_PANEL_SETTLES_S = 1.3
"""For so long after a capture began the extension opens a panel again that was closed."""


def executable() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise RuntimeError("no Chromium-family browser on this machine")


class Chromium:
    """A browser with the extension, on a profile; `end()` leaves no process behind.

    The microphone is allowed unless `microphone=False`. Attached targets of the extension are kept in `attached`, so that
    a test can fail on their errors.
    """

    def __init__(
        self,
        profile: Profile,
        env: dict[str, str],
        args: Sequence[str] = (),
        *,
        extension: Path,
        microphone: bool = True,
    ) -> None:
        self.attached: list[Page] = []
        self.user_data_dir = profile.user_data_dir
        self._extension = extension
        self._keys = Keys(env)
        self.expected: list[str] = []
        """Parts of errors that a test provokes."""
        self.browser = Browser.launch(
            executable(),
            profile.user_data_dir,
            [
                f"--window-size={WINDOW[0]},{WINDOW[1]}",
                "--window-position=40,40",
                "--password-store=basic",
                "--hide-crash-restore-bubble",
                "--disable-search-engine-choice-screen",
                *args,
            ],
            env=env,
        )
        try:
            self.load()
            self.service_worker()
            # The first run's page comes on its own time; in the middle of a test it would take the panel's focus.
            welcome = self.browser.wait_target(lambda target: str(target["url"]).endswith("/welcome/welcome.html"))
            self.browser.send("Target.closeTarget", {"targetId": welcome["targetId"]})
            # It would hear of the leave that is given next.
            wait_until(lambda: not self._is_there(welcome["targetId"]), "the first run's page is closed")
            if microphone:
                self.allow_microphone()
        except BaseException:
            self.end()
            raise

    def allow_microphone(self, origin: str = EXTENSION_ORIGIN) -> None:
        self.browser.send("Browser.grantPermissions", {"permissions": ["audioCapture"], "origin": origin})

    def open(self, url: str) -> Page:
        """A new tab in front, loaded."""
        target = self.browser.send("Target.createTarget", {"url": url})["targetId"]
        page = self.attach(target)
        page.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
        return page

    def wait_page(self, path: str) -> Page:
        """A page that the browser opened by itself, in front, as soon as it has something to show."""
        target = self.browser.wait_target(lambda target: target["type"] == "page" and target["url"].endswith(path))
        page = self.attach(target["targetId"])
        page.wait("document.querySelector('h1')")
        return page

    def load(self) -> None:
        """The extension; once more, as an update does it, in the middle of whatever goes on."""
        # Unlike `--load-extension` this says why one does not load; that opens a dialog instead.
        loaded = self.browser.send("Extensions.loadUnpacked", {"path": str(self._extension)})["id"]
        assert loaded == EXTENSION_ID, loaded

    def tab(self, page: Page) -> str:
        """The id of the `tab` target around a page; brings it to the front."""
        self.browser.send("Target.activateTarget", {"targetId": page.target_id})

        def front() -> str | None:
            targets = self.browser.targets()
            url = next(target["url"] for target in targets if target["targetId"] == page.target_id)
            for target in targets:
                if target["type"] == "tab" and target["url"] == url and target["embedderData"]["tabActive"]:
                    return str(target["targetId"])
            return None

        return wait_until(front, "the tab in front")

    def click_toolbar(self, page: Page) -> None:
        """A click on the extension's toolbar button while `page` is in front."""
        tab = self.tab(page)
        wait_until(lambda: self._has_keyboard(page), "the keyboard in the window of the page", 30)
        self.browser.send("Extensions.triggerAction", {"id": EXTENSION_ID, "targetId": tab})

    def _has_keyboard(self, page: Page) -> bool:
        """The window manager gives it to a window in its own time; a panel that was opened before that closes then."""
        title = next(target["title"] for target in self.browser.targets() if target["targetId"] == page.target_id)
        name = self._keys.name_in_front()
        return name != "" and title in name

    def open_panel(self, page: Page) -> Page:
        """Clicks the toolbar button and returns the panel."""
        self.click_toolbar(page)
        return self.panel()

    def panel(self, timeout: float = 20) -> Page:
        """The popup, as soon as it is there."""
        return self._extension_page("page", "/popup/", timeout)

    def offscreen(self, timeout: float = 20) -> Page:
        """The offscreen document, as soon as it is there."""
        return self._extension_page(None, "/offscreen/", timeout)

    def service_worker(self, timeout: float = 20) -> Page:
        return self._extension_page("service_worker", "/background.js", timeout)

    def extension_page(self, path: str) -> Page:
        """Opens a page of the extension in a tab: `options/options.html`."""
        return self.open(f"{EXTENSION_ORIGIN}/{path}")

    def _extension_page(self, kind: str | None, path: str, timeout: float) -> Page:
        def fits(target: dict[str, Any]) -> bool:
            right_kind = target["type"] == kind if kind else target["type"] != "tab"
            return right_kind and str(target["url"]).startswith(EXTENSION_ORIGIN + path)

        return self.attach(self.browser.wait_target(fits, timeout)["targetId"])

    def attach(self, target_id: str) -> Page:
        for page in self.attached:
            if page.target_id == target_id and not page.closed:
                return page
        page = self.browser.attach(target_id)
        self.attached.append(page)
        return page

    def _is_there(self, target_id: str) -> bool:
        return any(target["targetId"] == target_id for target in self.browser.targets())

    def panel_is_open(self) -> bool:
        return any(target["url"].startswith(f"{EXTENSION_ORIGIN}/popup/") for target in self.browser.targets())

    def close_panel(self) -> None:
        """As a press of Escape closes it, and again where the beginning of a capture makes the extension open it again."""
        closed = time.monotonic()

        def stays_closed() -> bool:
            nonlocal closed
            for target in self.browser.targets():
                if target["type"] == "page" and target["url"].startswith(f"{EXTENSION_ORIGIN}/popup/"):
                    with contextlib.suppress(DevtoolsError):  # It has closed by itself meanwhile.
                        self.browser.send("Target.closeTarget", {"targetId": target["targetId"]})
                    closed = time.monotonic()
            return time.monotonic() - closed > _PANEL_SETTLES_S

        wait_until(stays_closed, "the panel stays closed", 20)

    def errors(self) -> list[str]:
        """Errors of every target that was attached, oldest first for each, without the expected ones."""
        found = [error for page in self.attached for error in page.errors]
        return [error for error in found if not any(part in error for part in (*BROWSER_FAULTS, *self.expected))]

    def end(self) -> None:
        self.browser.close()
