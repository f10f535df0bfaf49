import math

from tabtalk.pace import BYTES_A_SECOND, FRESH_BYTES, PATIENCE_S, Pace


def talk(pace, seconds, bytes_a_second, waiting=0, begin=0.0):
    """Somebody speaks on a line of that width; how much waits, and how much was dropped, second by second."""
    seen, dropped = [], 0
    for step in range(int(seconds * 50)):
        waiting += 640
        most = pace.most_bytes(waiting, begin + step / 50)
        dropped += max(0, waiting - most)
        waiting = min(waiting, most)
        if bytes_a_second and waiting:
            pace.handed_over(begin + step / 50, begin + step / 50)
        waiting = max(0, waiting - bytes_a_second / 50)
        seen.append((waiting, dropped))
    return seen


def test_f8_a_line_that_keeps_up_drops_nothing():
    assert talk(Pace(), 60, 1.05 * BYTES_A_SECOND)[-1][1] == 0


def test_f8_on_a_line_that_is_too_slow_no_more_than_a_second_waits():
    seen = talk(Pace(), 30, BYTES_A_SECOND / 6)
    after = seen[int((PATIENCE_S + 2) * 50) :]
    assert max(waiting for waiting, _ in after) <= FRESH_BYTES
    assert seen[-1][1] > 0


def test_f6_on_a_line_that_stands_still_all_is_kept():
    pace = Pace()
    slow = talk(pace, 10, BYTES_A_SECOND / 6)
    assert pace.too_slow
    for before in (0.0, slow[-1][0]):
        stood_still = talk(pace if before else Pace(), 20, 0, before, 10)
        assert stood_still[-1][0] - before > 15 * BYTES_A_SECOND


def test_f8_a_stall_costs_no_word():
    pace = Pace()
    stalled = talk(pace, 3, 0)
    assert talk(pace, 10, 2 * BYTES_A_SECOND, stalled[-1][0], 3)[-1] == (0, 0)


def test_f2_what_waited_through_a_gap_goes_out_whole_as_long_as_it_gets_less():
    seen = talk(Pace(), 120, 1.5 * BYTES_A_SECOND, waiting=40 * BYTES_A_SECOND)
    assert seen[-1] == (0, 0)


def test_f8_a_line_that_has_recovered_is_trusted_again():
    pace = Pace()
    slow = talk(pace, 10, BYTES_A_SECOND / 6)
    assert pace.too_slow
    talk(pace, 10, 2 * BYTES_A_SECOND, slow[-1][0], 10)
    assert not pace.too_slow
    assert pace.most_bytes(0, 20) == math.inf


def test_f8_a_line_on_which_sound_waits_has_no_room_for_a_picture():
    pace = Pace()
    assert pace.has_room(0)
    pace.handed_over(1.0, 1.001)
    assert pace.has_room(1.001)
    pace.handed_over(2.0, 2.1)
    assert not pace.has_room(2.5)
    assert pace.has_room(3.2)


def test_f8_sound_that_goes_at_once_ends_what_was_too_slow():
    pace = Pace()
    talk(pace, 10, BYTES_A_SECOND / 6)
    assert pace.too_slow
    pace.flows(10.0)
    assert not pace.too_slow
    assert pace.has_room(10.0)
    assert pace.most_bytes(60 * BYTES_A_SECOND, 10.1) == math.inf
