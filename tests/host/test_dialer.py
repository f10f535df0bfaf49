import asyncio
import contextlib
import gc
import threading

import pytest

from tabtalk import dialer, endpoint, live
from tabtalk.closes import Close, CloseKind
from tabtalk.live_events import Endpoint, LiveClosed
from tabtalk.settings import SettingsInvalid

ENDPOINT = Endpoint(key="AIzaCANARY0123456789", model="m", instructions="", base_url="https://127.0.0.1:9", ca_pem="")


@pytest.fixture
def collected():
    """Settles what an earlier import left and thaws what the dialer froze, so that no other test sees it."""
    gc.collect()
    yield
    gc.unfreeze()
    assert gc.isenabled()


@pytest.fixture
def prepare(monkeypatch, collected):
    """A dialer whose endpoint is what `find` returns; its thread has ended."""

    def prepared(find):
        monkeypatch.setattr(endpoint, "current_endpoint", find)
        monkeypatch.setattr(endpoint, "marks", lambda: (1,))
        made = dialer.Dialer()
        made.prepare()
        for thread in threading.enumerate():
            if thread.name == "dialer":
                thread.join(20)
                assert not thread.is_alive()
        return made

    return prepared


async def test_what_was_imported_is_never_walked_through_again(prepare):
    during = []

    def find():
        during.append(gc.isenabled())
        return ENDPOINT

    before = gc.get_freeze_count()
    ready = prepare(find)
    assert (during, gc.isenabled()) == ([False], True)
    assert gc.get_freeze_count() > before + 10_000
    assert await ready.endpoint() == ENDPOINT


async def test_without_an_endpoint_it_says_why_and_garbage_is_collected_all_the_same(prepare):
    def find():
        raise SettingsInvalid("The settings cannot be read.")

    failed = prepare(find)
    assert gc.isenabled()
    # Asked again it looks again, and finds the same.
    with pytest.raises(LiveClosed) as closed:
        await failed.endpoint()
    assert closed.value.close.kind is CloseKind.SETTINGS
    assert "cannot be read" in closed.value.close.text


async def test_the_import_lets_the_first_dial_go_ahead(monkeypatch, collected):
    monkeypatch.setattr(dialer, "GIVE_WAY_S", 60)
    order = []
    warmed = threading.Event()

    @contextlib.asynccontextmanager
    async def connect(*_asked):
        order.append("dialled")
        yield "a session"

    def warm(_endpoint):
        order.append("imported")
        warmed.set()

    monkeypatch.setattr(endpoint, "current_endpoint", lambda: ENDPOINT)
    monkeypatch.setattr(endpoint, "marks", lambda: (1,))
    monkeypatch.setattr(live, "connect", connect)
    monkeypatch.setattr(live, "warm", warm)
    made = dialer.Dialer()
    made.prepare()
    async with made.dial(await made.endpoint(), None) as session:
        assert session == "a session"
        assert await asyncio.to_thread(warmed.wait, 20)
    assert order == ["dialled", "imported"]


@pytest.mark.parametrize("fails", [False, True])
async def test_a_dial_that_fails_or_none_at_all_does_not_keep_the_import_waiting(monkeypatch, collected, fails):
    monkeypatch.setattr(dialer, "GIVE_WAY_S", 60 if fails else 0.01)
    warmed = threading.Event()

    @contextlib.asynccontextmanager
    async def connect(*_asked):
        raise LiveClosed(Close(CloseKind.NETWORK, 0, ""))
        yield

    monkeypatch.setattr(endpoint, "current_endpoint", lambda: ENDPOINT)
    monkeypatch.setattr(endpoint, "marks", lambda: (1,))
    monkeypatch.setattr(live, "connect", connect)
    monkeypatch.setattr(live, "warm", lambda _endpoint: warmed.set())
    made = dialer.Dialer()
    made.prepare()
    if fails:
        with pytest.raises(LiveClosed):
            async with made.dial(await made.endpoint(), None):
                pass
    assert await asyncio.to_thread(warmed.wait, 20)
