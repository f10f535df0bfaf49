import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabtalk.retold import Retold


def told(shown, *pieces):
    retold = Retold()
    retold.expect(shown)
    new = ""
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        new += retold.new_in(piece, finished=last) if retold.pending else piece
    return new


@pytest.mark.parametrize(
    ("shown", "pieces", "new"),
    [
        ("What is the", ["What is", " the capital", " of Peru?"], " capital of Peru?"),
        ("What is the", ["what is, the capital?"], " capital?"),
        ("What is", ["What is"], ""),
        ("Good. What is", ["What", " is it?"], " it?"),
        ("so that is that", ["that is that", " then"], " then"),
        ("", ["Hello"], "Hello"),
        ("What is", ["Where", " is it?"], "Where is it?"),
        ("What is", ["What", " was it?"], "What was it?"),
        ("北極燕", ["燕鷗"], "鷗"),
        ("Yes.", ["Yes. And then?"], ". And then?"),
        ("a b", ["b"], ""),
    ],
)
def test_f2_only_what_was_not_shown_is_new(shown, pieces, new):
    assert told(shown, *pieces) == new


def letters(text):
    return "".join(letter for letter in text if letter.isalnum())


WORDS = st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=6).map(" ".join)


@given(WORDS, st.lists(WORDS.map(lambda text: text + " "), min_size=1, max_size=4))
def test_f2_nothing_that_was_said_is_lost(shown, pieces):
    said, new = letters("".join(pieces)), letters(told(shown, *pieces))
    assert said.endswith(new)
    assert said.removesuffix(new) in letters(shown)


@given(WORDS.filter(bool), WORDS)
def test_f2_a_whole_question_that_comes_again_is_not_shown_again(shown, rest):
    assert letters(rest).endswith(letters(told(shown, shown, " " + rest)))


def test_f2_two_utterances_that_come_again_are_both_known():
    retold = Retold()
    retold.expect("Look here. And there")
    assert [retold.new_in(piece, finished=True) for piece in ("Look here.", "And there too.")] == ["", " too."]


def test_f2_less_than_was_shown_is_nothing_new():
    retold = Retold()
    retold.expect("Look here now")
    assert retold.new_in("Look here", finished=True) == ""
    assert retold.rest() == ""
