"""How long the person waits at the start: from the press to `hello`, and to the first sound of theirs at the endpoint."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from stage.process import wait_until
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

_IMPORT = "import time; began = time.perf_counter(); from google import genai; print(time.perf_counter() - began)"
_TAP = """(() => {
  globalThis.hellos = [];
  const connect = chrome.runtime.connectNative.bind(chrome.runtime);
  chrome.runtime.connectNative = (name) => {
    const port = connect(name);
    port.onMessage.addListener((message) => { if (message.type === 'hello') hellos.push(Date.now() / 1000) });
    return port;
  };
})()"""


class Start(NamedTuple):
    """Seconds from the key press."""

    hello: float | None
    """None where the host was running already."""
    sound: float
    """First microphone sample at the endpoint."""


def sdk_import() -> float:
    """Seconds that `from google import genai` takes in a process of its own."""
    done = subprocess.run([sys.executable, "-I", "-c", _IMPORT], capture_output=True, check=True, timeout=60)
    return float(done.stdout)


class Starts:
    """Conversations started by Alt+G in one browser, each measured and ended."""

    def __init__(self, stage: Stage, chromium: Chromium, profile: Profile, live: ThreadedServer) -> None:
        self._stage, self._chromium, self._profile, self._live = stage, chromium, profile, live
        live.server.scenario = Scenario
        self._page = chromium.open(stage.web.url("/article"))
        chromium.tab(self._page)
        chromium.service_worker().evaluate(_TAP)

    def cold(self) -> Start:
        """With no host running."""
        for pid in self._profile.hosts():
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self._profile.hosts(), "the host is gone")
        return self._start(cold=True)

    def warm(self) -> Start:
        """With a host that is ready, as after the panel was opened."""
        return self._start(cold=False)

    def _start(self, *, cold: bool) -> Start:
        worker = self._chromium.service_worker()
        worker.evaluate("hellos.length = 0")
        conversations = len(self._live.recorder.records)
        self._stage.keys.focus_browser()
        with self._stage.keys.at_once() as press:
            pressed, pressed_clock = time.monotonic(), time.time()
            press("alt+g")
            self._live.recorder.wait(lambda r: len(r.records) > conversations and r.records[-1].chunks, 20)
        sound = self._live.recorder.records[-1].chunks[0].at - pressed
        hello = worker.evaluate("hellos[0]")
        self._end()
        return Start(hello - pressed_clock if cold and hello else None, sound)

    def _end(self) -> None:
        end = "chrome.runtime.sendMessage({target: 'offscreen', type: 'end', data: {}})"
        self._chromium.service_worker().evaluate(end)
        self._live.recorder.wait(lambda r: r.records[-1].closed_at is not None)
        self._chromium.close_panel()
