"""Fixtures of the end-to-end tests. Everything in this folder is marked `e2e`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from stage.profile import KEY_CANARY, Profile
from stage.theatre import Stage
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage.chromium import Chromium

HERE = Path(__file__).parent


def pytest_configure() -> None:
    signal.signal(signal.SIGTERM, _end)


def _end(_signal: int, _frame: object) -> NoReturn:
    # Else the display, the sound server and the browser would outlive the tests.
    pytest.exit("ended from outside", 128 + signal.SIGTERM)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    built = Stage(tmp_path_factory.mktemp("stage"))
    yield built
    built.end()


@pytest.fixture
def live() -> Iterator[ThreadedServer]:
    """A Live endpoint that records what arrives; set `live.server.scenario` before the conversation starts."""
    with run_in_thread(PracticeServer(key=KEY_CANARY)) as server:
        yield server


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """Registered host, no key: practice mode."""
    return Profile(tmp_path / "profile")


@pytest.fixture
def browser(stage: Stage, profile: Profile, live: ThreadedServer) -> Iterator[Chromium]:
    """Chromium with the extension, a key, and `live` as the endpoint. Errors in the extension's attached pages and workers
    fail the test, but for those that hold one of `browser.expected`."""
    profile.use_endpoint(live.base_url, live.ca_pem)
    running = stage.chromium(profile)
    yield running
    errors = running.errors()
    running.end()
    assert errors == []
