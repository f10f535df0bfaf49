"""Faults that need the whole host: a process, the SDK, sockets, and a network that fails.

They mostly wait, so those that were chosen are begun together; each test then asks for its own. `-s` shows the figures.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest

from storm import faults

AT_ONCE = 5


@pytest.fixture(scope="module")
def outcome(request):
    """What became of this module's scenarios, by test: raises what they raised."""
    chosen = [item for item in request.session.items if item.module is request.module]
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as pool:
        jobs = {item.name: pool.submit(faults.play, item.callspec.params["scenario"]) for item in chosen}
        yield lambda name: jobs[name].result()
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def played(outcome, request):
    def played():
        print(outcome(request.node.name))

    return played


def scenario(**cases):
    return pytest.mark.parametrize("scenario", list(cases.values()), ids=list(cases))


@scenario(an_hour_in_a_minute=faults.long_talk)
def test_f32_f1_line_2_hand_over_after_hand_over_nothing_is_lost_and_nothing_grows(played, scenario):
    played()


@scenario(
    after_the_setup=partial(faults.closes_at_once, after_setup=True),
    at_the_setup=partial(faults.closes_at_once, after_setup=False),
)
def test_t27_line_5_an_endpoint_that_closes_at_once_for_a_minute_sees_8_dials_at_most(played, scenario):
    played()


@scenario(in_mid_talk=faults.key_rejected)
def test_t27_f4_line_5_a_rejected_key_sees_one_dial(played, scenario):
    played()


@scenario(
    voice_only=partial(faults.silent_drop, pictures=False),
    with_pictures=partial(faults.silent_drop, pictures=True),
)
def test_f7_f6_line_4_packets_that_vanish_are_noticed_and_it_recovers_by_itself(played, scenario):
    played()


@scenario(
    cut=partial(faults.cut_in_mid_question, frozen=False),
    frozen=partial(faults.cut_in_mid_question, frozen=True),
)
def test_f7_line_3_a_question_arrives_whole_after_20_s_without_a_network(played, scenario):
    played()


@scenario(latency_and_late_pongs=faults.far_away)
def test_f9_a_service_that_is_far_away_is_not_taken_for_dead(played, scenario):
    played()


@scenario(
    of_2000_kbit=partial(faults.slow_uplink, 2000, picture_bytes=90_000),
    of_512_kbit=partial(faults.slow_uplink, 512, picture_bytes=20_000),
    of_64_kbit=partial(faults.slow_uplink, 64, picture_bytes=20_000, carries_voice=False),
)
def test_f8_on_a_slow_line_the_voice_keeps_real_time(played, scenario):
    played()


@scenario(five_times=faults.downlink_burst)
def test_f10_an_answer_that_comes_all_at_once_is_passed_on_whole(played, scenario):
    played()
