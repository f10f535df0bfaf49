"""The extension's real pages in a real Chromium, with the other side of their messages played by `others.js`."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabtalk import models, settings
from tabtalk.languages import LANGUAGES
from tabtalk.setup.devtools import Browser
from tabtalk.setup.devtools_page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pages.states import DocumentState, PanelState

ROOT = Path(__file__).resolve().parents[3]
EXTENSION = ROOT / "extension"
ORIGIN = "chrome-extension://glkajheednccbbphfajgpkglpfkadndo"
CHROMIUM = os.environ.get("TABTALK_CHROMIUM", "/usr/bin/chromium")
OTHERS = (Path(__file__).parent / "others.js").read_text()

DRAW_PICTURE = (Path(__file__).parent / "picture.js").read_text()
# Transitions at their end; what goes round for ever stays where it is.
SETTLE = "document.getAnimations().forEach((each) => each.effect.getTiming().iterations === Infinity || each.finish())"

PANEL_SIZE = (380, 580)
SETTINGS = settings.Settings().public()
OFFERS = {"models": list(models.MODELS), "voices": list(models.VOICES), "languages": list(LANGUAGES)}
REQUESTS: dict[str, Any] = {
    "open-panel": {"shortcut": "Alt+G", "hostStatus": {"key": "set", "practice": False, "model": "gemini-3.8-live"}},
    "start": None,
    "get-settings": {"settings": {**SETTINGS, "voice": "Kore"}, "offers": OFFERS},
    "check-host": {"version": "0.1.0", "key": "set", "practice": False, "model": "gemini-3.8-live"},
    "conversation-state": "live",
    "list-models": {"models": {"list": [*models.MODELS, "gemini-4-live"]}, "origin": "service", "code": ""},
    "get-kept": {
        "settings": "/home/ada/.config/tabtalk/settings.toml",
        "log": "/home/ada/.local/state/tabtalk/log",
        "log_bytes": 20_480,
    },
    "shortcuts": [
        {"name": "_execute_action", "shortcut": "", "description": ""},
        {"name": "ask-about-tab", "shortcut": "Alt+G", "description": "Ask about this tab"},
        {"name": "push-to-talk", "shortcut": "Alt+Shift+H", "description": "Push-to-talk: be heard, or no more"},
        {"name": "toggle-microphone", "shortcut": "", "description": "Mute or unmute the microphone"},
        {"name": "end-session", "shortcut": "", "description": "End the conversation"},
    ],
}


@contextmanager
def extension_browser(profile: Path, lang: str = "en") -> Iterator[Browser]:
    arguments = [
        "--headless=new",
        "--hide-scrollbars",
        "--use-fake-device-for-media-stream",
        f"--load-extension={EXTENSION}",
        f"--lang={lang}",
    ]
    with Browser.launch(
        CHROMIUM, profile, arguments, env={**os.environ, "LANGUAGE": lang.replace("-", "_")}
    ) as browser:
        # The first run's page comes on its own time, and to the front.
        welcome = browser.wait_target(lambda target: target["url"] == f"{ORIGIN}/welcome/welcome.html")
        browser.send("Target.closeTarget", {"targetId": welcome["targetId"]})
        yield browser


def open_page(
    browser: Browser,
    path: str,
    *,
    dark: bool = False,
    size: tuple[int, int] = PANEL_SIZE,
    scale: float = 1,
    requests: dict[str, Any] | None = None,
    managed: dict[str, Any] | None = None,
    played: bool = True,
) -> Page:
    """A page of the extension in a tab of its own.

    The other contexts are played, `requests` overriding REQUESTS, and an organisation that decided `managed`; or not
    `played`, and the page meets the real ones.
    """
    target = browser.send("Target.createTarget", {"url": "about:blank"})["targetId"]
    page = browser.attach(target)
    script = OTHERS.replace("/* REQUESTS */ {}", json.dumps({**REQUESTS, **(requests or {})}))
    script = script.replace("/* MANAGED */ {}", json.dumps(managed or {}))
    page.send("Page.bringToFront")
    if played:
        page.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": scale, "mobile": False}
    page.send("Emulation.setDeviceMetricsOverride", metrics)
    scheme(page, dark=dark)
    page.send("Page.navigate", {"url": f"{ORIGIN}/{path}"})
    page.wait(f"location.href.startsWith('{ORIGIN}') && document.readyState === 'complete' && document.title !== ''")
    return page


def open_document(browser: Browser, state: DocumentState, *, dark: bool = False, size: tuple[int, int]) -> Page:
    """Brings a page into a state. The next one begins with no settings of this browser's."""
    page = open_page(browser, state.path, dark=dark, size=size, requests=state.requests)
    page.wait(state.ready)
    page.evaluate(f"void ({state.script})" if not state.script.startswith("{") else f"{state.script} null")
    page.wait(state.settled)
    page.evaluate("chrome.storage.local.clear()")
    return page


def allow_microphone(browser: Browser) -> None:
    browser.send("Browser.grantPermissions", {"permissions": ["audioCapture"], "origin": ORIGIN})


def scheme(page: Page, *, dark: bool) -> None:
    features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    page.send("Emulation.setEmulatedMedia", {"features": features})


def close_page(page: Page) -> None:
    page.browser.send("Target.closeTarget", {"targetId": page.target_id})


def tell(page: Page, kind: str, data: object) -> None:
    """Speaks to the panel as the offscreen document does."""
    page.wait("others.connected()")
    page.evaluate(f"others.tell({json.dumps(kind)}, {json.dumps(data)})")


def show(page: Page, state: PanelState) -> None:
    """Brings the panel into a state, its picture decoded."""
    tell(page, "transcript", {"reset": True, "entries": state.entries})
    if state.status is not None:
        status = dict(state.status)
        sent = [{**picture, "url": page.evaluate(DRAW_PICTURE)} for picture in status.get("pictures", ())]
        status["pictures"] = sent
        if status["picture"]:
            status["picture"] = sent[-1] if sent else {**status["picture"], "url": page.evaluate(DRAW_PICTURE)}
        tell(page, "status", status)
    tell(page, "level", {"microphone": state.level, "speaker": state.level})
    page.evaluate(state.script or "null")
    page.evaluate(SETTLE)
    page.wait("[...document.images].every((image) => !image.src || image.complete)")
