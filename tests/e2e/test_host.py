"""The host from the browser's side: killed, missing, broken; and what the service refuses (F4, F17, F18, F19, F23, F24)."""

from __future__ import annotations

import os
import shlex
import signal
import time
import venv
from functools import partial
from typing import TYPE_CHECKING

import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.profile import HOST
from tabtalk import settings
from tabtalk.practice import scenarios, sound, wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer


class Talks(Scenario):
    async def on_text(self, text: str) -> None:
        await self.send(wire.output_transcription(f"About {text}: a long story."))
        await self.play(sound.tone(440, 8.0))


def start(stage: Stage, browser: Chromium) -> Panel:
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.press("Start")
    return panel


def start_again(panel: Panel) -> None:
    """By whichever button the panel offers."""

    def offered() -> str | None:
        return next((name for name in ("Start", "Try again") if panel.has("button", name)), None)

    # Asked once: a panel that has just opened again has neither for a moment.
    panel.press(wait_until(offered, "a way to start again"))
    panel.wait_state("listening")


def test_f18_a_host_that_is_killed_in_mid_sentence_is_back_within_three_seconds(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    live.server.scenario = Talks
    panel = start(stage, browser)
    panel.wait_state("listening")

    def linked(times: int) -> bool:
        return len(live.recorder.records) == times and bool(live.recorder.records[-1].chunks)

    def noted(times: int) -> bool:
        return panel.conversation().count("The helper program was restarted") == times

    for round_ in range(3):
        with stage.sound.record() as speaker:
            panel.ask(f"round {round_}")
            panel.wait_said(f"About round {round_}")
            speaker.wait_sound(hz=440)
            [host] = profile.hosts()
            killed = time.monotonic()
            os.kill(host, signal.SIGKILL)
            wait_until(partial(linked, round_ + 2), "it is back")
            back = live.recorder.records[-1].chunks[0].at
            assert back - killed < 3
            panel.wait_state("listening")
            assert speaker.wait_silence(lasting=0.3) - killed < 1.5, "the half answer does not play on"
        wait_until(partial(noted, round_ + 1), "another note")
        assert f"About round {round_}" in panel.conversation()
    assert len(profile.hosts()) == 1


def test_f18_the_panel_says_that_it_reconnects(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    live.server.scenario = Talks
    panel = start(stage, browser)
    panel.wait_state("listening")
    [host] = profile.hosts()
    # One that is back within half a second is not missed, and nothing is said of it.
    with profile.hosts_held():
        os.kill(host, signal.SIGKILL)
        panel.wait_state("reconnecting")
    panel.wait_state("listening")


def test_f23_a_host_that_is_frozen_is_noticed_and_replaced(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    live.server.scenario = Talks
    panel = start(stage, browser)
    panel.wait_state("listening")
    [host] = profile.hosts()
    os.kill(host, signal.SIGSTOP)
    frozen = time.monotonic()
    try:
        panel.wait_state("reconnecting")
        assert time.monotonic() - frozen < 7
        live.recorder.wait(lambda r: len(r.records) == 2 and r.records[-1].chunks, 20)
        panel.wait_state("listening")
    finally:
        for pid in {host} & set(profile.hosts()):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(profile.hosts()) == 1, "one host")


def test_f21_with_the_browser_goes_the_host(stage: Stage, profile: Profile, live: ThreadedServer) -> None:
    profile.use_endpoint(live.base_url, live.ca_pem)
    chromium = stage.chromium(profile)
    try:
        panel = start(stage, chromium)
        panel.wait_state("listening")
        assert len(profile.hosts()) == 1
        os.kill(chromium.browser.pid, signal.SIGKILL)
        wait_until(lambda: not profile.hosts(), "the host is gone", 5)
        wait_until(lambda: stage.sound.listeners() == 0, "the microphone is closed", 5)
        live.recorder.wait(lambda r: r.records[-1].closed_at is not None)
    finally:
        chromium.end()


def assert_names_set_up(panel: Panel, shown: str) -> None:
    assert "host/install.py" in shown
    # The accessibility tree follows the text a moment later.
    wait_until(lambda: panel.has("button", "Copy"), "the button that copies the command")
    assert not panel.has("button", "Try again"), "to try again alone does not help"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (None, "The helper program is not installed"),
        ("exit 1", "The helper program cannot start"),
        ("echo this is not a message; sleep 1", "The helper program cannot start"),
        ("exec /nonexistent/python", "The helper program cannot start"),
    ],
    ids=["no manifest", "ends at once", "speaks garbage", "wrong path"],
)
def test_f19_a_host_that_cannot_be_had_is_told_with_what_mends_it(
    request: pytest.FixtureRequest, stage: Stage, profile: Profile, command: str | None, words: str
) -> None:
    # Before there is a browser: the first run's page looks for the host, too, and one that runs is used.
    if command is None:
        profile.unregister()
    else:
        profile.register_command(command)
    browser: Chromium = request.getfixturevalue("browser")
    browser.expected += ["Native host has exited", "native messaging host", "Error when communicating"]
    panel = start(stage, browser)
    # The panel has looked for the host when it opened, and may say so while the start is still under way.
    panel.wait_state("stopped by a problem")
    shown = panel.wait_failure(words)
    assert_names_set_up(panel, shown)
    # Nothing is tried again by itself: a host that never spoke is not started in a loop.
    wait_until(lambda: not profile.hosts(), "no host")
    profile.register()
    start_again(panel)


@pytest.mark.parametrize("damaged", [False, True], ids=["missing", "damaged"])
def test_f19_a_host_that_cannot_load_its_packages_is_mended_by_set_up(
    request: pytest.FixtureRequest, stage: Stage, profile: Profile, damaged: bool
) -> None:
    """Missing: a newer Python took the place of the one that set-up used. The host notices damaged ones after `hello`."""
    environment = profile.folder / "env"
    venv.create(environment, with_pip=False, symlinks=True)
    if damaged:
        (packages,) = environment.glob("lib/python3.*/site-packages")
        (packages / "websockets").mkdir()
        (packages / "websockets" / "__init__.py").write_text("raise ImportError('half of it')\n")
    command = shlex.join([str(environment / "bin" / "python"), "-I", str(HOST)])
    profile.register_command(f'exec {command} "$@"')
    browser: Chromium = request.getfixturevalue("browser")
    browser.expected += ["Native host has exited", "native messaging host", "cannot load its packages"]
    panel = start(stage, browser)
    panel.wait_state("stopped by a problem")
    assert_names_set_up(panel, panel.wait_failure("The helper program cannot start"))
    wait_until(lambda: not profile.hosts(), "no host")
    profile.register()
    start_again(panel)


def test_f19_a_manifest_for_another_extension_is_told(
    request: pytest.FixtureRequest, stage: Stage, profile: Profile
) -> None:
    text = profile.manifest_file.read_text()
    profile.manifest_file.write_text(text.replace("glkajheednccbbphfajgpkglpfkadndo", "a" * 32))
    browser: Chromium = request.getfixturevalue("browser")
    browser.expected += ["forbidden"]
    panel = start(stage, browser)
    panel.wait_failure("does not know this copy of Tabtalk")


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (scenarios.RejectKey, "Google did not accept the API key"),
        (partial(scenarios.CloseWith, code=1011, reason=wire.QUOTA_TEXT), "The limit of your API key is reached"),
        (partial(scenarios.CloseWith, code=1007, reason="Unknown name"), "Google refused the request"),
        (
            partial(scenarios.CloseWith, code=1008, reason="models/x is not found for API version v1beta"),
            "Google does not offer this model",
        ),
    ],
    ids=["key", "quota", "request", "model"],
)
def test_f4_what_the_service_refuses_is_told_once(
    stage: Stage, browser: Chromium, live: ThreadedServer, scenario: type[Scenario], words: str
) -> None:
    live.server.scenario = scenario
    panel = start(stage, browser)
    panel.wait_failure(words)
    panel.wait_state("stopped")
    assert len(live.recorder.records) == 1
    wait_until(lambda: stage.sound.listeners() == 0, "the microphone is closed")
    live.server.scenario = Scenario
    start_again(panel)


def test_where_the_chosen_model_is_gone_the_default_answers_and_the_panel_says_so_once(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    settings.change(profile.settings_file, model="gemini-gone-live")
    live.server._terms.models = frozenset({"models/gemini-3.8-live"})
    panel = start(stage, browser)
    assert "choose another model in the settings" in panel.wait_failure("Another model answers", 30)
    panel.wait_state("listening", 30)
    panel.press("Dismiss")
    panel.ask("Who are you?")
    panel.wait_said('you typed "Who are you?"', 30)
    assert [setup.model for setup in live.recorder.setups] == ["models/gemini-gone-live", "models/gemini-3.8-live"]
    assert settings.load(profile.settings_file).model == "gemini-gone-live"


def test_f17_without_a_network_the_panel_says_so_within_five_seconds(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    live.stop()
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    wait_until(profile.hosts, "a host")
    began = time.monotonic()
    panel.press("Start")
    panel.wait_failure("Google cannot be reached")
    assert time.monotonic() - began < 5
    assert len(profile.hosts()) == 1, "the host stays up"


def test_t25_a_tab_on_which_nobody_pressed_anything_cannot_be_captured(stage: Stage, browser: Chromium) -> None:
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    Panel(browser).wait_state("ready")
    browser.offscreen()  # The panel, which asks for it, closes when another page opens.
    browser.open(stage.web.url("/second"))
    ask = "chrome.runtime.sendMessage({target: 'background', type: 'grant-tab', data: {tabId: %d}})"
    tabs = browser.service_worker().evaluate("chrome.tabs.query({}).then((tabs) => tabs.map(({id}) => id))")
    answers = [browser.offscreen().evaluate(ask % tab) for tab in tabs]
    assert sum(answer["ok"] for answer in answers) == 1, "the one on which the toolbar button was clicked"
    assert {answer["code"] for answer in answers if not answer["ok"]} <= {"tab-forbidden", "page-blocked"}


def test_without_leave_for_the_microphone_the_way_to_give_it_is_shown(
    stage: Stage, profile: Profile, live: ThreadedServer
) -> None:
    profile.use_endpoint(live.base_url, live.ca_pem)
    chromium = stage.chromium(profile, microphone=False)
    try:
        panel = start(stage, chromium)
        panel.wait_failure("Tabtalk may not use the microphone")
        assert live.recorder.records == [] or not live.recorder.audio
    finally:
        chromium.end()
