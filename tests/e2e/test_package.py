"""Every page of the extension as it comes out of the store's zip. That it hears, sees and answers, all the other tests here
show: the stage has no other (`stage/packaged.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.theatre import Stage

PAGES = ("welcome/welcome.html", "options/options.html", "links/links.html", "popup/popup.html")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_with_all_that_it_loads(browser: Chromium, path: str) -> None:
    page = browser.extension_page(path)
    # A file that is not there is an error of the page, which the fixture tells of.
    page.wait("document.body.innerText.length > 20")
    assert page.evaluate("[...document.images].every((image) => image.hidden || image.naturalWidth > 0)")


def test_nothing_is_loaded_but_what_was_in_the_zip(stage: Stage, browser: Chromium) -> None:
    shown = browser.service_worker().evaluate("fetch(chrome.runtime.getURL('manifest.json')).then((it) => it.text())")
    assert shown == (stage.extension / "manifest.json").read_text("utf-8")
    assert not list(stage.extension.rglob("*.md"))
