import secrets

import pytest

from tabtalk import tokens
from tabtalk.tokens import MAX_FAILURES, MAX_OUTSTANDING, TOKEN_LIFE_S, Tokens


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def issued(clock):
    return Tokens(clock)


def test_a_token_opens_once(issued):
    made = issued.mint()
    assert issued.redeem(made.token) == made


def test_t7_a_used_token_does_not_open_again(issued):
    made = issued.mint()
    issued.redeem(made.token)
    assert issued.redeem(made.token) is None


def test_t7_an_old_token_does_not_open(issued, clock):
    made = issued.mint()
    clock.now += TOKEN_LIFE_S
    assert issued.redeem(made.token) is None


def test_t7_tokens_of_another_launch_do_not_open(issued):
    assert issued.redeem(Tokens().mint().token) is None


def wrong_tokens(right):
    return [
        "A" * len(right),
        right + "A",
        right[:-1],
        "",
        "é" * len(right),
        "\udcff" * 4,
        ("B" if right[0] != "B" else "C") + right[1:],
        right.swapcase(),
    ]


@pytest.mark.parametrize("which", range(8))
def test_t5_a_wrong_token_does_not_open(issued, which):
    made = issued.mint()
    assert issued.redeem(wrong_tokens(made.token)[which]) is None
    assert issued.redeem(made.token) == made


def test_t5_a_thousand_guesses_open_nothing_and_void_what_was_minted(issued):
    made = issued.mint()
    assert all(issued.redeem(secrets.token_urlsafe(32)) is None for _ in range(1000))
    assert issued.redeem(made.token) is None
    assert issued.redeem(issued.mint().token) is not None


def test_t5_failures_count_in_a_row_only(issued):
    for _ in range(3):
        for _ in range(MAX_FAILURES - 1):
            issued.redeem("wrong")
        assert issued.redeem(issued.mint().token) is not None


def test_t5_tokens_come_from_the_system_s_own_source(issued, monkeypatch):
    drawn = iter(["a" * 43, "b" * 43])
    asked = []
    monkeypatch.setattr(tokens.secrets, "token_urlsafe", lambda size: asked.append(size) or next(drawn))
    assert issued.mint() == ("a" * 43, "b" * 43)
    assert asked == [32, 32]


def test_the_oldest_make_room(issued):
    made = [issued.mint() for _ in range(MAX_OUTSTANDING + 1)]
    assert issued.redeem(made[0].token) is None
    assert all(issued.redeem(one.token) == one for one in made[1:])


def test_t6_credentials_do_not_show_in_a_repr(issued):
    made = issued.mint()
    assert made.token not in repr(made)
    assert made.server_token not in f"{made}"
