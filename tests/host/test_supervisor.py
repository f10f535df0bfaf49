import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabtalk.closes import Close, CloseKind
from tabtalk.redial import Redial
from tabtalk.supervisor import HAND_OVER_MARGIN_S, HANDLE_GOOD_S, Leave, Supervisor

LOST = Close(CloseKind.TRANSIENT, 1006, "")
REFUSED = Close(CloseKind.REQUEST, 1008, "Requested entity was not found.")


@pytest.fixture
def supervisor():
    made = Supervisor(Redial(chance=lambda: 0.5), park_after_s=300)
    made.dialled(0)
    made.connected(0)
    return made


def test_f1_it_is_left_at_once_when_nobody_says_anything(supervisor):
    assert supervisor.leave(1) is None
    supervisor.going_away(50, 1)
    assert supervisor.leave(1) is Leave.HAND_OVER


def test_f1_it_is_left_after_the_answer_with_the_handle_that_knows_of_it(supervisor):
    supervisor.said(1)
    supervisor.going_away(50, 2)
    assert supervisor.leave(2) is None
    supervisor.turn_over(3)
    assert supervisor.leave(3) is None, "the handle of before knows nothing of the answer"
    supervisor.resumption("after", 4)
    assert supervisor.leave(4) is Leave.HAND_OVER
    assert supervisor.handle(4) == "after"


def test_f1_a_service_that_falls_silent_is_left_before_its_deadline(supervisor):
    supervisor.said(1)
    supervisor.going_away(50, 2)
    assert supervisor.leave_at == 52 - HAND_OVER_MARGIN_S
    assert supervisor.leave(supervisor.leave_at - 0.1) is None
    assert supervisor.leave(supervisor.leave_at) is Leave.HAND_OVER


def test_f1_the_nearest_deadline_holds(supervisor):
    supervisor.said(0)
    supervisor.going_away(10, 0)
    supervisor.going_away(60, 1)
    assert supervisor.leave_at == 10 - HAND_OVER_MARGIN_S


def test_a_handle_is_taken_only_when_the_session_can_be_resumed(supervisor):
    assert supervisor.handle(0) is None
    supervisor.resumption("first", 1)
    supervisor.resumption(None, 2)
    assert supervisor.handle(2) == "first"


def test_f26_a_handle_that_is_too_old_is_not_tried(supervisor):
    supervisor.resumption("first", 1)
    assert supervisor.handle(1 + HANDLE_GOOD_S) == "first"
    assert supervisor.handle(2 + HANDLE_GOOD_S) is None


@pytest.mark.parametrize("kind", [CloseKind.REQUEST, CloseKind.MODEL])
def test_f3_a_refused_handle_is_dropped_once(supervisor, kind):
    supervisor.resumption("first", 1)
    assert supervisor.lost(LOST, 20) is not None
    supervisor.dialled(21)
    assert supervisor.lost(Close(kind, 1008, ""), 21) is not None
    assert supervisor.handle(21) is None
    supervisor.dialled(22)
    assert supervisor.lost(Close(kind, 1008, ""), 22) is None, "without a handle it is the request that is refused"


def test_a_handle_is_not_taken_to_another_model(supervisor):
    supervisor.resumption("first", 1)
    supervisor.forget()
    assert supervisor.handle(2) is None
    supervisor.dialled(2)
    assert supervisor.lost(REFUSED, 2) is None, "no handle was to blame"


def test_f3_a_session_that_went_on_keeps_its_handle(supervisor):
    supervisor.resumption("first", 1)
    supervisor.lost(LOST, 20)
    supervisor.dialled(21)
    supervisor.connected(21)
    supervisor.lost(REFUSED, 22)
    assert supervisor.handle(22) == "first"


def test_t27_it_parks_when_it_was_quiet_for_long(supervisor):
    supervisor.said(10)
    supervisor.turn_over(20)
    assert supervisor.leave_at == 320
    assert supervisor.leave(319) is None
    assert supervisor.leave(320) is Leave.PARK


def test_t27_whoever_is_heard_here_is_not_left_before_the_service_has_told_of_it(supervisor):
    supervisor.said(10)
    supervisor.turn_over(20)
    supervisor.resumption("handle", 21)
    supervisor.stirred(319)
    assert supervisor.leave(320) is None
    assert supervisor.leave(619) is Leave.PARK
    supervisor.going_away(60, 330)
    assert supervisor.leave(330) is Leave.HAND_OVER, "no turn has begun"


def test_zero_means_that_it_never_parks(supervisor):
    supervisor.park_after_s = 0
    assert supervisor.leave_at == math.inf
    assert supervisor.leave(1e9) is None


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["said", "stirred", "turn_over", "resumption", "going_away", "lost", "connected"]),
        st.floats(0.01, 400),
    ),
    max_size=40,
)


@given(EVENTS)
def test_time_alone_always_leads_out_of_a_connection_that_is_to_be_left(events):
    supervisor = Supervisor(Redial(chance=lambda: 0.5), park_after_s=300)
    supervisor.dialled(0)
    supervisor.connected(0)
    now = 0.0
    for name, after in events:
        now += after
        if name == "going_away":
            supervisor.going_away(after, now)
        elif name == "resumption":
            supervisor.resumption("handle", now)
        elif name == "lost":
            supervisor.lost(LOST, now)
            supervisor.dialled(now)
        else:
            getattr(supervisor, name)(now)
    assert supervisor.leave_at < math.inf
    assert supervisor.leave(max(now, supervisor.leave_at)) is not None
