import inspect

from hypothesis import given
from hypothesis import strategies as st

from tabtalk.liveness import PING_EVERY_S, SILENCE_S, Liveness

times = st.lists(st.floats(0, 200), max_size=60).map(sorted)
late = st.floats(0, 0.5)
"""By how much a timer may wake too late."""


def watch(life, heard, late, until):
    """Looks when it is time to, as a connection does; returns when the other side was found dead, or None."""
    now, heard = PING_EVERY_S, list(heard)
    while now <= until:
        while heard and heard[0] <= now:
            life.heard()
            heard.pop(0)
        wait = life.look(now)
        if wait is None:
            return now
        assert 0 < wait <= PING_EVERY_S
        now += wait + late
    return None


@given(times, late)
def test_f9_nobody_is_dead_who_was_heard_within_the_silence(heard, late):
    died = watch(Liveness(), heard, late, until=400)
    assert not any(died - SILENCE_S < at <= died for at in heard)


@given(times, late)
def test_f6_whoever_falls_silent_is_found_dead_within_nineteen_seconds(heard, late):
    died = watch(Liveness(), heard, late, until=400)
    last = max([0, *(at for at in heard if at <= died)])
    assert died - last <= 19 + late


@given(st.floats(0.1, 12), late)
def test_f9_pongs_twelve_seconds_late_are_not_death(after, late):
    """Every ping is answered, and each answer is late by the same time."""
    pings, heard, life, now = [], 0, Liveness(), PING_EVERY_S
    while now < 300:
        answered = sum(at + after <= now for at in pings)
        if answered > heard:
            heard = answered
            life.heard()
        pings.append(now)
        wait = life.look(now)
        assert wait is not None
        now += wait + late
    assert heard > 80


def test_f9_one_late_pong_is_enough():
    life = Liveness()
    assert life.look(0) == PING_EVERY_S
    assert life.look(14.5) == 0.5
    life.heard()
    assert life.look(15) == PING_EVERY_S
    assert life.look(29.9) is not None
    assert life.look(30) is None


def test_f6_pictures_that_go_out_are_no_sign_of_life():
    """There is nothing to tell it that something was sent."""
    public = [name for name, _ in inspect.getmembers(Liveness, inspect.isfunction) if not name.startswith("_")]
    assert public == ["heard", "look"]


def test_f6_the_limits_add_up_to_less_than_twenty_seconds():
    assert PING_EVERY_S + SILENCE_S < 20
    assert SILENCE_S > 12
