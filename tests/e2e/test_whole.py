"""A conversation is whole wherever the person looks: the panel closed and opened again, a page left, another window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stage.panel import Panel
from stage.process import wait_until
from stage.sight import read
from stage.web import ARTICLE_HEADING, SECOND_HEADING
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer


class Repeats(Scenario):
    async def on_text(self, text: str) -> None:
        await self.answer(b"", f"You said {text}.")


def start(stage: Stage, browser: Chromium, live: ThreadedServer) -> Panel:
    live.server.scenario = Repeats
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.press("Start")
    panel.wait_state("listening")
    panel.ask("first")
    panel.wait_said("You said first.")
    return panel


def test_a_panel_that_was_closed_shows_all_when_it_opens_again(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel = start(stage, browser, live)
    browser.close_panel()
    heard = len(live.recorder.audio)
    live.call(lambda: live.connections[-1].scenario.answer(b"", "Said while nobody looked."))  # type: ignore[union-attr]
    live.recorder.wait(lambda r: len(r.audio) > heard + 32_000)
    page = browser.open(stage.web.url("/second"))
    browser.click_toolbar(page)
    panel.wait_said("Said while nobody looked.")
    assert "You said first." in panel.conversation()
    panel.wait_state("listening")
    panel.ask("second")
    panel.wait_said("You said second.")
    assert len(live.recorder.records) == 1


def test_a_page_that_is_left_is_followed(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel = start(stage, browser, live)
    live.recorder.wait(lambda r: r.videos and ARTICLE_HEADING in read(r.videos[-1].jpeg))
    browser.close_panel()
    page = next(page for page in browser.attached if "/article" in page.evaluate("location.href"))
    page.evaluate(f"location.href = {stage.web.url('/second')!r}")
    live.recorder.wait(lambda r: SECOND_HEADING in read(r.videos[-1].jpeg), 15)
    browser.click_toolbar(page)
    assert "You said first." in panel.wait_said("You said first.")
    assert len(live.recorder.records) == 1


def test_a_second_window_shows_the_same_conversation(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel = start(stage, browser, live)
    browser.close_panel()
    target = browser.browser.send("Target.createTarget", {"url": stage.web.url("/second"), "newWindow": True})
    page = browser.attach(target["targetId"])
    page.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
    browser.click_toolbar(page)
    panel.wait_said("You said first.")
    panel.ask("from the other window")
    panel.wait_said("You said from the other window.")
    assert len(live.recorder.records) == 1


def test_a_window_of_another_size_is_captured_at_its_own_size(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    start(stage, browser, live)
    page = next(page for page in browser.attached if "/article" in page.evaluate("location.href"))
    window = browser.browser.send("Browser.getWindowForTarget", {"targetId": page.target_id})["windowId"]
    browser.browser.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"width": 1000, "height": 700}})

    def size() -> list[int]:
        found: list[int] = page.evaluate("[innerWidth * devicePixelRatio, innerHeight * devicePixelRatio]")
        return found

    wait_until(lambda: size()[0] < 1020, "the window is smaller")
    live.recorder.wait(lambda r: r.videos)
    page.evaluate("document.querySelector('h1').textContent += ' now'")

    def fits() -> bool:
        picture = live.recorder.videos[-1]
        width, height = size()
        right_size = abs(picture.width - width) <= 2 and abs(picture.height - height) <= 2
        return right_size and ARTICLE_HEADING in read(picture.jpeg)

    wait_until(fits, "a picture of the new size", every=0.3)


def test_f27_a_tab_that_is_closed_leaves_a_conversation_by_voice(
    stage: Stage, browser: Chromium, live: ThreadedServer
) -> None:
    panel = start(stage, browser, live)
    other = browser.open(stage.web.url("/second"))
    page = next(page for page in browser.attached if "/article" in page.evaluate("location.href"))
    browser.browser.send("Target.closeTarget", {"targetId": page.target_id})
    browser.attached.remove(page)
    browser.click_toolbar(other)
    panel.wait_failure("What you shared is gone")
    panel.ask("still there?")
    panel.wait_said("You said still there?.")
    seen = len(live.recorder.videos)
    panel.choose("This tab")
    live.recorder.wait(lambda r: len(r.videos) > seen and SECOND_HEADING in read(r.videos[-1].jpeg), 15)
