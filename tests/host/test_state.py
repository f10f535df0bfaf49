import pytest

from tabtalk.state import TRANSITIONS, Event, IllegalTransition, State, next_state

PAIRS = [(state, event) for state in State for event in Event]


@pytest.mark.parametrize(("state", "event"), [pair for pair in PAIRS if pair[1] in TRANSITIONS[pair[0]]])
def test_a_legal_event_leads_where_the_table_says(state, event):
    assert next_state(state, event) is TRANSITIONS[state][event]


@pytest.mark.parametrize(("state", "event"), [pair for pair in PAIRS if pair[1] not in TRANSITIONS[pair[0]]])
def test_an_illegal_event_names_itself_and_the_state(state, event):
    with pytest.raises(IllegalTransition, match=f"{event} in {state}"):
        next_state(state, event)


def reachable(state):
    seen, open_ = set(), [state]
    while open_:
        for following in TRANSITIONS[open_.pop()].values():
            if following not in seen:
                seen.add(following)
                open_.append(following)
    return seen


@pytest.mark.parametrize("state", State)
def test_from_every_state_a_way_leads_back_to_a_conversation(state):
    assert State.LIVE in reachable(state)
