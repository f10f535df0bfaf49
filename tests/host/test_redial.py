import pytest

from tabtalk.closes import Close, CloseKind
from tabtalk.redial import LONGEST_DELAY_S, STEADY_S, TRIES_AFTER_LIVE, Redial

LOST = Close(CloseKind.TRANSIENT, 1006, "")


def dials(redial, close, now=0.0):
    delays = []
    while (delay := redial.lost(close, now)) is not None:
        delays.append(delay)
    return delays


def test_delays_double_up_to_the_longest():
    redial = Redial(chance=lambda: 0.5)
    redial.live(0)
    assert dials(redial, LOST) == [0.5, 1, 2, 4, 5, 5, 5, 5, 5, 5]


@pytest.mark.parametrize(("chance", "factor"), [(0.0, 0.8), (1.0, 1.2)])
def test_delays_are_spread_by_a_fifth(chance, factor):
    redial = Redial(chance=lambda: chance)
    redial.live(0)
    assert redial.lost(LOST, 0) == pytest.approx(0.5 * factor)


@pytest.mark.parametrize("kind", [CloseKind.KEY, CloseKind.MODEL, CloseKind.QUOTA, CloseKind.REQUEST])
def test_f4_what_a_retry_cannot_mend_is_not_retried(kind):
    redial = Redial()
    redial.live(0)
    assert redial.lost(Close(kind, 1007, ""), 0) is None


@pytest.mark.parametrize("kind", [CloseKind.NETWORK, CloseKind.TLS])
def test_f17_a_start_without_a_network_fails_soon(kind):
    redial = Redial()
    assert sum(dials(redial, Close(kind, 0, ""))) < 1


def test_f5_a_set_up_that_takes_too_long_is_not_waited_for_twice():
    assert dials(Redial(), Close(CloseKind.TIMEOUT, 0, "")) == []


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("lasts", [0.0, 0.2, 3.0])
def test_t27_a_service_that_closes_at_once_is_dialled_eight_times_a_minute_at_most(chance, lasts):
    redial = Redial(chance=lambda: chance)
    now, times = 0.0, []
    while True:
        times.append(now)
        redial.dialled(now)
        redial.live(now)
        now += lasts
        delay = redial.lost(LOST, now)
        if delay is None:
            break
        now += delay
    assert len(times) == TRIES_AFTER_LIVE + 1
    assert max(sum(at <= other < at + 60 for other in times) for at in times) <= 8


def test_f7_without_a_network_the_tries_do_not_wait_for_the_minute_to_end():
    redial = Redial(chance=lambda: 1.0)
    redial.ever_live = True
    now = 0.0
    while (delay := redial.lost(Close(CloseKind.NETWORK, 0, ""), now)) is not None:
        assert delay <= 1.2 * LONGEST_DELAY_S + 0.01
        now += delay
        redial.dialled(now)
    assert now < 60


def test_t27_a_service_that_always_wants_to_be_left_at_once_is_not_stormed():
    redial = Redial()
    now, times = 0.0, []
    while now < 300:
        times.append(now)
        redial.dialled(now)
        redial.live(now)
        now += 0.1
        now += redial.moved(now)
    assert max(sum(at <= other < at + 60 for other in times) for at in times) <= 8


def test_a_move_that_the_service_asked_for_in_time_does_not_wait():
    redial = Redial()
    for at in range(100):
        redial.dialled(float(at))
        redial.live(float(at))
        assert redial.moved(at + 1.0) == 0


def test_a_connection_that_held_clears_the_count():
    redial = Redial(chance=lambda: 0.5)
    redial.live(0)
    for _ in range(TRIES_AFTER_LIVE):
        redial.lost(LOST, 1)
    assert redial.lost(LOST, 1) is None
    redial.live(10)
    assert redial.lost(LOST, 10 + STEADY_S) == 0.5


def test_no_delay_is_longer_than_the_longest_and_its_spread():
    redial = Redial(chance=lambda: 1.0)
    redial.live(0)
    assert max(dials(redial, LOST)) <= LONGEST_DELAY_S * 1.2 + 1e-9
