"""A real browser without a window, and what a page of it has."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tabtalk.setup.devtools import Browser

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needed = [pytest.mark.e2e, pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium-family browser")]
HTML = """data:text/html,<title>start</title><h1>Words</h1>
<button onclick="document.title='hit'">Go</button><button disabled>Wait</button>
<div style="height:3000px"></div><button onclick="document.title='deep'">Far down</button>
<input aria-label="Name" onkeydown="if(event.key==='Enter')document.title='entered '+this.value">"""


def launch(folder: Path) -> Browser:
    assert CHROMIUM
    return Browser.launch(CHROMIUM, folder, ["--headless=new", "about:blank"])
