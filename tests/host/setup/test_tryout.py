"""`setup/tryout.py`: what it needs and what it says; `test_whole.py` runs it in the real browser."""

from __future__ import annotations

import json
import sys
import urllib.request
import wave
from argparse import Namespace
from pathlib import Path

import pytest

from tabtalk.protocol import EXTENSION_ID
from tabtalk.setup import demo_site, environment, system, tryout
from tabtalk.setup.console import SetupError, Steps


def test_the_question_is_speech_that_the_browser_takes() -> None:
    with wave.open(str(tryout.QUESTION)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getframerate() in (16000, 48000)
        length_s = file.getnframes() / file.getframerate()
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    assert 2 < length_s < 6
    assert max(abs(sample) for sample in samples) > 8000


def test_the_page_is_served_to_this_computer_while_it_is_needed() -> None:
    with demo_site.serve() as address:
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=5) as answer:
            page = answer.read().decode()
        assert "<h1>" in page
        assert "http" not in page
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=5)


@pytest.mark.parametrize(
    ("variables", "display"),
    [({}, False), ({"DISPLAY": ":1"}, True), ({"WAYLAND_DISPLAY": "w"}, True), ({"DISPLAY": ""}, False)],
)
def test_a_display_is_known(variables: dict[str, str], display: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    assert tryout.has_display() is display


def test_what_is_missing_is_installed_where_that_can_be_done(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chromium = person / "bin" / "chromium"
    installs = f'#!/bin/sh\necho "$@" >> "{person}/asked"\nprintf "" > "{chromium}"\n/bin/chmod 755 "{chromium}"\n'
    (person / "bin" / "apt-get").write_text(installs)
    (person / "bin" / "apt-get").chmod(0o755)
    monkeypatch.setattr(system, "is_root", lambda: True)
    monkeypatch.setattr(system, "_is_debian", lambda: True)
    monkeypatch.setattr(environment, "missing_parts", lambda: ["ensurepip"])
    assert tryout._browser(Namespace(browser=[]), Steps(7)) == chromium
    installed = [line.split()[-1] for line in (person / "asked").read_text().splitlines() if line.startswith("install")]
    assert installed[0] == "python3-venv"
    # The first apt-get made the browser too, so it is not asked for again.
    assert "chromium" not in installed


def test_what_is_missing_is_only_said_where_it_is_not_ours_to_install(
    person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (person / "bin" / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> "{person}/asked"\n')
    (person / "bin" / "apt-get").chmod(0o755)
    monkeypatch.setattr(system, "is_root", lambda: False)
    with pytest.raises(SetupError) as stopped:
        tryout._browser(Namespace(browser=[]), Steps(7))
    assert "sudo apt-get install chromium" in stopped.value.mend
    assert not (person / "asked").exists()


def test_the_throw_away_profile_goes_and_a_chosen_one_stays(person: Path) -> None:
    with tryout._profile(Namespace(user_data_dir=None)) as profile:
        pinned = json.loads((profile / "Default" / "Preferences").read_text("utf-8"))["extensions"]["pinned_extensions"]
        assert pinned == [EXTENSION_ID]
    assert not profile.exists()
    with tryout._profile(Namespace(user_data_dir=person / "mine")) as profile:
        profile.mkdir()
    assert profile == person / "mine"
    assert list(profile.iterdir()) == []


def test_a_browser_without_its_sandbox_is_said_with_what_mends_it(person: Path) -> None:
    (person / "bin" / "apt-get").touch(0o755)
    failure = tryout.why_not("Browser.getVersion: the browser has gone; it said: No usable sandbox! If this is ...")
    assert "apt-get install chromium-sandbox" in failure.mend
    assert "it said: something" in tryout.why_not("it said: something").what
