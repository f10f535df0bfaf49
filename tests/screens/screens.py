"""Takes a picture of every state of every page, in both colour schemes and both languages, from the real pages.

    python tests/screens/screens.py [name ...]

`docs/images/panel.png` is the picture that the README shows; the rest go to `tests/output/screens/`, with contact sheets
where ImageMagick is there to make them.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "host"), str(ROOT / "tools"), str(ROOT / "tests" / "e2e")]

from pages.browser import allow_microphone, close_page, extension_browser, open_document, open_page, show  # noqa: E402 (found through the line above)
from pages.states import DOCUMENTS, STATES, TALK_ZH, PanelState  # noqa: E402
from tabtalk.setup.devtools import Browser  # noqa: E402
from tabtalk.setup.devtools_page import Page  # noqa: E402

OUTPUT = ROOT / "tests" / "output" / "screens"
README_PICTURE = ROOT / "docs" / "images" / "panel.png"
SHEET = ("-tile", "4x", "-geometry", "+10+10", "-background", "#888")
SIZE = (900, 1500)


def main(names: list[str]) -> None:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    for lang in ("en", "zh-CN"):
        with tempfile.TemporaryDirectory() as profile, extension_browser(Path(profile), lang) as browser:
            panels(browser, lang, names)
            documents(browser, lang, names)
            if lang == "en" and not names:
                readme_picture(browser)
    contact_sheets()


def panels(browser: Browser, lang: str, names: list[str]) -> None:
    for name, state in STATES.items():
        if names and name not in names:
            continue
        for dark in (False, True):
            page = open_page(browser, "popup/popup.html", dark=dark, requests=state.requests)
            show(page, in_language(state, lang))
            save(page, OUTPUT / f"{lang}-{'dark' if dark else 'light'}-{name}.png")
            close_page(page)


def documents(browser: Browser, lang: str, names: list[str]) -> None:
    allow_microphone(browser)
    for name, state in DOCUMENTS.items():
        if names and name not in names:
            continue
        for dark in (False, True):
            page = open_document(browser, state, dark=dark, size=SIZE)
            # The whole page, however long it is.
            height = page.evaluate("Math.ceil(document.documentElement.scrollHeight)")
            page.send(
                "Emulation.setDeviceMetricsOverride",
                {"width": SIZE[0], "height": height, "deviceScaleFactor": 1, "mobile": False},
            )
            path = OUTPUT / f"page-{lang}-{'dark' if dark else 'light'}-{name}.png"
            path.write_bytes(picture_of(page, state.part) if state.part else page.screenshot())
            close_page(page)


def picture_of(page: Page, part: str) -> bytes:
    """An element, with a margin."""
    left, top, width, height = page.evaluate(
        f"(({{x, y, width, height}}) => [x, y, width, height])(document.querySelector('{part}').getBoundingClientRect())"
    )
    clip = {"x": left - 12, "y": top - 12, "width": width + 24, "height": height + 24, "scale": 1}
    picture: str = page.send("Page.captureScreenshot", {"format": "png", "clip": clip})["data"]
    return base64.b64decode(picture)


def readme_picture(browser: Browser) -> None:
    """Twice the pixels: the README is read on good screens."""
    page = open_page(browser, "popup/popup.html", scale=2)
    show(page, STATES["showcase"])
    page.evaluate("document.activeElement.blur()")
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    save(page, README_PICTURE)
    close_page(page)


def in_language(state: PanelState, lang: str) -> PanelState:
    """A conversation in the language of the page; what is shown for its length stays as it is."""
    if lang == "en" or len(state.entries) > len(TALK_ZH) or "Practice" in str(state.entries):
        return state
    entries = [mine if mine["role"] == "note" else other for mine, other in zip(state.entries, TALK_ZH, strict=False)]
    return PanelState(state.status, entries, state.requests, state.level, state.script)


def save(page: Page, path: Path) -> None:
    path.write_bytes(page.screenshot())


def contact_sheets() -> None:
    montage = shutil.which("montage")
    if not montage:
        return
    kinds = [f"{lang}-{scheme}" for lang in ("en", "zh-CN") for scheme in ("light", "dark")]
    for prefix in [*kinds, *(f"page-{kind}" for kind in kinds)]:
        pictures = [str(path) for path in sorted(OUTPUT.glob(f"{prefix}-*.png"))]
        for number in range(0, len(pictures), 8):
            sheet = OUTPUT / f"sheet-{prefix}-{number // 8}.png"
            subprocess.run([montage, *pictures[number : number + 8], *SHEET, str(sheet)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
