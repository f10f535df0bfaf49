"""Whether a conversation can begin, against the practice server and against nobody."""

import socket
import sys
from functools import partial

import pytest

from tabtalk import live, live_socket, trial
from tabtalk.closes import CloseKind
from tabtalk.live_events import Endpoint
from tabtalk.practice import wire
from tabtalk.practice.scenarios import CloseWith, NoSetupComplete, RejectKey
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread

KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    live_socket.trust.cache_clear()
    yield
    live_socket.trust.cache_clear()


def endpoint(server):
    return Endpoint(key=KEY, model="gemini-3.8-live", instructions="", base_url=server.base_url, ca_pem=server.ca_pem)


def test_a_conversation_that_begins_is_ended_at_once_and_nothing_was_said():
    with run_in_thread(PracticeServer()) as server:
        outcome = trial.dial(endpoint(server))
        assert (outcome.kind, outcome.text) == (trial.BEGAN, "")
        assert f"https://{outcome.where}" == server.base_url
        server.recorder.wait(lambda r: r.setups)
        assert not server.recorder.texts


@pytest.mark.parametrize(
    ("scenario", "kind"),
    [
        (RejectKey, CloseKind.KEY),
        (partial(CloseWith, code=1011, reason=wire.QUOTA_TEXT), CloseKind.QUOTA),
        (partial(CloseWith, code=1011, reason="Internal error"), CloseKind.TRANSIENT),
    ],
)
def test_what_keeps_it_from_beginning_is_told(scenario, kind):
    with run_in_thread(PracticeServer(scenario)) as server:
        assert trial.dial(endpoint(server)).kind == kind


def test_t19_a_service_that_repeats_the_key_is_not_quoted():
    with run_in_thread(PracticeServer(partial(CloseWith, code=1007, reason=f"bad credential: x{KEY}x"))) as server:
        outcome = trial.dial(endpoint(server))
    assert "x(key)x" in outcome.text
    assert outcome.kind == CloseKind.KEY


@pytest.mark.skipif(sys.platform != "linux", reason="what a full backlog does is each system's own")
def test_a_service_that_is_slow_is_told_from_one_that_is_out_of_reach(monkeypatch):
    monkeypatch.setattr(live, "SETUP_TIMEOUT_S", 0.5)
    with run_in_thread(PracticeServer(NoSetupComplete)) as server:
        assert trial.dial(endpoint(server)).kind == CloseKind.TIMEOUT
    monkeypatch.setattr(live_socket, "OPEN_TIMEOUT_S", 0.3)
    monkeypatch.setattr(trial, "_SECONDS", 0.3)
    live_socket.trust.cache_clear()
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # Whoever comes after the first ones is not answered at all.
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        away = Endpoint(key=KEY, model="gemini-3.8-live", instructions="", base_url=f"https://127.0.0.1:{port}")
        assert trial.dial(away).kind == CloseKind.NETWORK
        for one in waiting:
            one.close()
