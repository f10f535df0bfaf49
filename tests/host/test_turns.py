from tabtalk.turns import LATE_S, Turns


def test_an_answer_belongs_to_the_turn_that_is_not_over():
    turns = Turns()
    assert turns.of_answer(0) == (1, False)
    assert turns.complete(1) == 1
    assert turns.of_answer(2) == (2, False)


def test_f11_late_pieces_of_an_interrupted_turn_are_known_as_late():
    turns = Turns()
    assert turns.interrupted(10.0) == 1
    assert turns.of_answer(10.1) == (1, True)
    assert turns.of_answer(10.9) == (1, True)
    assert turns.complete(11.0) == 1
    assert turns.of_answer(11.01) == (2, False)


def test_f12_a_spurious_interruption_does_not_mute_what_follows():
    turns = Turns()
    turns.interrupted(10.0)
    assert turns.of_answer(10.0 + LATE_S) == (2, False)


def test_f12_an_interruption_said_twice_is_one():
    turns = Turns()
    assert turns.interrupted(10.0) == 1
    assert turns.interrupted(10.2) == 1
    assert turns.complete(10.3) == 1
    assert turns.current == 2


def test_f12_turn_complete_said_twice_does_no_harm():
    turns = Turns()
    turns.complete(1)
    turns.complete(1)
    turn, late = turns.of_answer(2)
    assert not late
    assert turn > 1


def test_a_stream_of_late_pieces_stays_late_until_it_pauses():
    turns = Turns()
    turns.interrupted(0.0)
    for tenth in range(50):
        assert turns.of_answer(tenth / 10) == (1, True)
    assert turns.of_answer(4.9 + LATE_S) == (2, False)


def test_f2_an_answer_that_broke_off_with_its_connection_is_a_turn_of_its_own():
    turns = Turns()
    turns.of_answer(0)
    assert turns.broken_off() == 1
    assert turns.of_answer(0.1) == (2, False)
    turns.complete(0.2)
    assert turns.broken_off() is None


def test_f2_nothing_is_late_on_another_connection():
    turns = Turns()
    turns.of_answer(0)
    turns.interrupted(1)
    assert turns.broken_off() is None
    assert turns.of_answer(1.1)[1] is False
