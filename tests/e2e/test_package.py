"""The extension as it comes out of the store's zip: the real browser loads it, and the whole way works."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from release import extension, manifest
from stage.chromium import EXTENSION, REPOSITORY
from stage.panel import Panel
from stage.process import wait_until
from stage.sight import read
from stage.speech import match_speech
from stage.web import ARTICLE_HEADING
from tabtalk.practice import sound, wire
from tabtalk.practice.hearing import Hearing, SpeechEnded
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

SPOKEN = "What does this page say about the terns, and where do they fly to every year?"
TONE_HZ = 523.0
PAGES = ("welcome/welcome.html", "options/options.html", "popup/popup.html")


class Answers(Scenario):
    async def on_setup(self, setup: wire.Setup) -> None:
        self._hearing = Hearing(setup.silence_ms)
        await super().on_setup(setup)

    async def on_audio(self, pcm: bytes, rate_hz: int) -> None:
        if any(isinstance(event, SpeechEnded) for event in self._hearing.feed(pcm)):
            await self.send(wire.input_transcription("Where do the terns fly?"))
            await self.answer(sound.tone(TONE_HZ, 1.0), "They fly to Antarctica.")

    async def on_text(self, text: str) -> None:
        await self.answer(sound.tone(TONE_HZ, 0.2), f"You typed: {text}")


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """What the store hands out: the zip's content, with the key that the store puts in again."""
    zipped, folder = tmp_path / "tabtalk.zip", tmp_path / "from the store"
    privacy = (REPOSITORY / "docs" / "PRIVACY.md").read_text("utf-8")
    extension.write_zip(zipped, extension.contents(EXTENSION, privacy), 1_700_000_000)
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    content = manifest.read(folder) | {"key": manifest.read(EXTENSION)["key"]}
    (folder / "manifest.json").write_text(json.dumps(content), "utf-8")
    return folder


@pytest.fixture
def browser(stage: Stage, profile: Profile, live: ThreadedServer, unpacked: Path) -> Iterator[Chromium]:
    profile.use_endpoint(live.base_url, live.ca_pem)
    running = stage.chromium(profile, extension=unpacked)
    yield running
    errors = running.errors()
    running.end()
    assert errors == []


def test_the_zip_of_the_store_hears_sees_and_answers(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    live.server.scenario = Answers
    page = browser.open(stage.web.url("/article"))
    browser.tab(page)
    wav = stage.speech.wav(SPOKEN)
    with stage.sound.record() as speaker:
        stage.keys.press("alt+g")
        panel = Panel(browser)
        panel.wait_hearing()
        stage.sound.say(wav)
        panel.wait_said("They fly to Antarctica.")
        began = speaker.wait_sound(hz=TONE_HZ)
        wait_until(lambda: speaker.now() > began + 0.9, "the tone was played")
        assert speaker.tone(TONE_HZ, began + 0.1, began + 0.8) > 0.8
    assert match_speech(live.recorder.audio, wav).score > 0.8
    assert ARTICLE_HEADING in read(live.recorder.videos[0].jpeg)
    panel.ask("When does the ferry leave?")
    panel.wait_said("You typed: When does the ferry leave?")


def test_every_page_of_it_opens_with_all_that_it_loads(browser: Chromium) -> None:
    for path in PAGES:
        page = browser.extension_page(path)
        # A file that is not there is an error of the page, which the fixture tells of.
        page.wait("document.body.innerText.length > 20")
        assert page.evaluate("[...document.images].every((image) => image.hidden || image.naturalWidth > 0)"), path
