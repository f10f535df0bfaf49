import gc

import pytest

from tabtalk import dialer, endpoint
from tabtalk.closes import CloseKind
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
        threads = []
        monkeypatch.setattr(dialer.threading, "Thread", kept(threads))
        made = dialer.Dialer()
        made.prepare()
        threads[0].join(20)
        assert not threads[0].is_alive()
        return made

    return prepared


def kept(threads):
    real = dialer.threading.Thread

    def make(**arguments):
        threads.append(real(**arguments))
        return threads[-1]

    return make


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
