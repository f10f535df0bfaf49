from __future__ import annotations

import time

import pytest

from tabtalk.practice.resumption import Handles, Memory


def test_a_handle_brings_the_conversation_back() -> None:
    handles = Handles()
    memory = Memory(turns=3)
    handle = handles.give(memory)
    memory.turns = 9
    assert handles.take(handle) == Memory(turns=3, resumed=True)
    assert handles.take(handle) == Memory(turns=3, resumed=True)


def test_an_unknown_handle_brings_nothing() -> None:
    assert Handles().take("nobody gave this out") is None


def test_handles_differ() -> None:
    handles = Handles()
    assert len({handles.give(Memory()) for _ in range(50)}) == 50


def test_the_oldest_handles_make_way() -> None:
    handles = Handles()
    given = [handles.give(Memory()) for _ in range(100)]
    assert handles.take(given[0]) is None
    assert handles.take(given[-1]) is not None


def test_a_handle_is_good_for_two_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    handles = Handles()
    handle = handles.give(Memory())
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 7100)
    assert handles.take(handle) is not None
    monkeypatch.setattr(time, "monotonic", lambda: now + 7300)
    assert handles.take(handle) is None
