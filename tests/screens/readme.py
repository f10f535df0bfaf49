"""Makes the pictures of README's five minutes: what set-up says, the browser's page of extensions, the welcome page.

    python tests/screens/readme.py

The panel's picture is made by `screens.py`. What set-up says is from a real one, in a home that is thrown away; only the name
of that home is another.
"""

from __future__ import annotations

import contextlib
import html
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "host"), str(ROOT / "tools"), str(ROOT / "tests" / "e2e")]

from pages.browser import ORIGIN, extension_browser, open_page  # noqa: E402 (found through the line above)
from tabtalk.setup.devtools import Browser  # noqa: E402
from tabtalk.setup.devtools_page import Page  # noqa: E402

IMAGES = ROOT / "docs" / "images"
HOME_SHOWN = "/home/you"
WIDTH = 900
MANAGER = "document.querySelector('extensions-manager').shadowRoot"
TERMINAL = """<!doctype html><title>terminal</title><style>
  body {{ margin: 0; background: #f6f8fa; color: #1f2328; }}
  pre {{ margin: 0; padding: 20px 24px; font: 13px/1.5 monospace; white-space: pre-wrap; overflow-wrap: anywhere; }}
  b {{ color: #0a3069; }}
</style><pre><b>$ python3 host/install.py</b>\n{said}</pre>"""


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    said = set_up()
    with tempfile.TemporaryDirectory() as profile, extension_browser(Path(profile)) as browser:
        terminal = shown(browser, f"data:text/html;charset=utf-8,{quote(TERMINAL.format(said=html.escape(said)))}")
        save(terminal, "set-up.png", "pre")
        extensions(browser)
        browser.send("Browser.grantPermissions", {"permissions": ["audioCapture"], "origin": ORIGIN})
        welcome = open_page(browser, "welcome/welcome.html", size=(WIDTH, 1400))
        welcome.wait("document.querySelectorAll('.check[data-mood=good]').length === 3")
        save(welcome, "welcome.png", "section:nth-of-type(2)")


def set_up() -> str:
    """What a terminal shows of it in the end, without a key: a line of progress that was written over is gone."""
    import pty

    with tempfile.TemporaryDirectory(prefix="readme-") as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DBUS_"))}
        env = kept | {"HOME": home, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        command = [sys.executable, "host/install.py", "--yes", "--browser", "chromium"]
        ours, theirs = pty.openpty()
        with subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=theirs) as process:
            os.close(theirs)
            shown = b""
            with contextlib.suppress(OSError):  # Linux' way of saying that nobody has the other end any more.
                while piece := os.read(ours, 65536):
                    shown += piece
            os.close(ours)
        if process.returncode:
            raise SystemExit(shown.decode())
        lines = shown.decode().replace("\r\n", "\n").split("\n")
        return "\n".join(line.rpartition("\r")[2] for line in lines).replace(home, HOME_SHOWN)


def extensions(browser: Browser) -> None:
    """As it is once Tabtalk is loaded."""
    page = shown(browser, "chrome://extensions", height=360)
    page.wait("globalThis.chrome?.developerPrivate")
    page.evaluate("chrome.developerPrivate.updateProfileConfiguration({inDeveloperMode: true})")
    # Its second row slides in from under the first.
    page.wait(
        f"{MANAGER}.querySelector('extensions-toolbar')?.shadowRoot.querySelector('#loadUnpacked')"
        "?.getBoundingClientRect().top > 60"
    )
    page.wait(
        f"{MANAGER}.querySelector('extensions-item-list')?.shadowRoot.querySelector('extensions-item')?.checkVisibility()"
    )
    (IMAGES / "extensions.png").write_bytes(page.screenshot())


def shown(browser: Browser, url: str, height: int = 1200) -> Page:
    page = browser.attach(browser.send("Target.createTarget", {"url": "about:blank"})["targetId"])
    page.send("Page.bringToFront")
    metrics = {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.send("Emulation.setDeviceMetricsOverride", metrics)
    page.send("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "light"}]})
    page.send("Page.navigate", {"url": url})
    page.wait("document.readyState === 'complete' && document.title !== ''")
    return page


def save(page: Page, name: str, last: str) -> None:
    """From the page's top to the end of the element `last`."""
    height = page.evaluate(f"Math.ceil(document.querySelector('{last}').getBoundingClientRect().bottom)")
    metrics = {"width": WIDTH, "height": height + 20, "deviceScaleFactor": 1, "mobile": False}
    page.send("Emulation.setDeviceMetricsOverride", metrics)
    (IMAGES / name).write_bytes(page.screenshot())


if __name__ == "__main__":
    main()
