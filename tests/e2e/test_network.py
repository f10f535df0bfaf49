"""The network between the computer and Gemini, gone for twenty seconds in the middle of a question, with all that is real."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from stage.panel import Panel
from stage.process import wait_until
from stage.profile import KEY_CANARY
from stage.speech import match_speech
from storm.proxy import Proxy
from tabtalk.practice import wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

FIRST_HALF = "I look at this page and wonder whether the terns that it describes"
SECOND_HALF = "really fly from one pole to the other, and how long that takes them."
GONE_S = 20.0


class Resumable(Scenario):
    async def on_setup(self, setup: wire.Setup) -> None:
        await super().on_setup(setup)
        await self.connection.send_handle()


class Network:
    """A proxy in a thread with a loop of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, proxy: Proxy) -> None:
        self._loop = loop
        self._proxy = proxy
        self.port = proxy.port

    @property
    def dials(self) -> int:
        return len(self._proxy.dials)

    def do(self, *faults: Callable[[Proxy], None]) -> None:
        async def all_of_them() -> None:
            for fault in faults:
                fault(self._proxy)

        asyncio.run_coroutine_threadsafe(all_of_them(), self._loop).result(10)


@contextmanager
def network(port: int) -> Iterator[Network]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    proxy = Proxy(port, random.Random(0))
    asyncio.run_coroutine_threadsafe(proxy.__aenter__(), loop).result(10)
    try:
        yield Network(loop, proxy)
    finally:
        asyncio.run_coroutine_threadsafe(proxy.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.mark.parametrize(
    ("goes", "comes_back"),
    [((Proxy.vanish, Proxy.cut), (Proxy.appear,)), ((Proxy.freeze,), (Proxy.thaw,))],
    ids=["refused", "silent"],
)
def test_f7_a_question_in_the_middle_of_which_the_network_goes_arrives_whole_when_it_is_back(
    stage: Stage,
    profile: Profile,
    live: ThreadedServer,
    goes: tuple[Callable[[Proxy], None], ...],
    comes_back: tuple[Callable[[Proxy], None], ...],
) -> None:
    live.server.scenario = Resumable
    address = urlsplit(live.base_url)
    assert address.port
    first, second = stage.speech.wav(FIRST_HALF), stage.speech.wav(SECOND_HALF)
    with network(address.port) as between:
        profile.use_endpoint(f"https://127.0.0.1:{between.port}", live.ca_pem, KEY_CANARY)
        chromium = stage.chromium(profile)
        try:
            page = chromium.open(stage.web.url("/article"))
            chromium.tab(page)
            stage.keys.press("alt+g")
            panel = Panel(chromium)
            panel.wait_state("listening")
            live.recorder.wait(lambda r: r.chunks)
            stage.sound.say(first)
            between.do(*goes)
            stage.sound.say(second)
            # What follows is the fault's own duration.
            threading.Event().wait(GONE_S)
            assert "reconnecting" in panel.state().lower()
            between.do(*comes_back)
            panel.wait_state("listening", 20)
            assert between.dials <= 8
            wait_until(
                lambda: all(
                    match_speech(live.recorder.records[-1].audio, half).score > 0.75 for half in (first, second)
                ),
                "both halves on the connection that lives",
                20,
            )
            heard = [match_speech(live.recorder.records[-1].audio, half) for half in (first, second)]
            assert heard[0].offset_s < heard[1].offset_s
            assert heard[0].first > 0.8, "from the first word"
            assert live.recorder.setups[-1].handle is not None
            assert chromium.errors() == []
        finally:
            chromium.end()
