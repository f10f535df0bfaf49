"""Draws the toolbar icons: `extension/icons/<state>.svg` to PNG at every size the browser asks for, in a real Chromium."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "host"))

from tabtalk.setup.devtools import Browser  # noqa: E402 (the host is not installed here)

ICONS = ROOT / "extension" / "icons"
SIZES = {"idle": (16, 32, 48, 128)}
TOOLBAR_SIZES = (16, 32)
CHROMIUM = os.environ.get("TABTALK_CHROMIUM", "/usr/bin/chromium")


def main() -> None:
    with tempfile.TemporaryDirectory() as profile, Browser.launch(CHROMIUM, profile, ["--headless=new"]) as browser:
        page = browser.attach(browser.wait_target(lambda target: target["type"] == "page")["targetId"])
        page.send("Emulation.setDefaultBackgroundColorOverride", {"color": {"r": 0, "g": 0, "b": 0, "a": 0}})
        for svg in sorted(ICONS.glob("*.svg")):
            source = base64.b64encode(svg.read_bytes()).decode()
            for size in SIZES.get(svg.stem, TOOLBAR_SIZES):
                image = f"<img width={size} height={size} style=position:fixed;inset:0 src=data:image/svg+xml;base64,{source}>"
                page.send("Page.navigate", {"url": f"data:text/html,{quote(image)}"})
                page.wait(f"document.images[0]?.naturalWidth > 0 && document.images[0].width === {size}")
                clip = {"x": 0, "y": 0, "width": size, "height": size, "scale": 1}
                shot = page.send("Page.captureScreenshot", {"format": "png", "clip": clip})
                (ICONS / f"{svg.stem}-{size}.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
