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
    assert dials(redial, LOST) == [0.5, 1, 2, 4, 5, 5, 5]


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


def test_f17_a_start_without_a_network_fails_soon():
    redial = Redial()
    assert sum(dials(redial, Close(CloseKind.NETWORK, 0, ""))) < 1


def test_f5_a_set_up_that_takes_too_long_is_not_waited_for_twice():
    assert dials(Redial(), Close(CloseKind.TIMEOUT, 0, "")) == []


def test_t27_a_service_that_closes_at_once_is_not_dialled_for_ever():
    redial = Redial(chance=lambda: 0.0)
    tries = 0
    while redial.lost(LOST, now=float(tries)) is not None:
        tries += 1
        redial.live(float(tries))
    assert tries + 1 <= 8


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
