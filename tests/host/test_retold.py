import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabtalk.retold import Retold


def told(shown, *pieces):
    retold = Retold()
    retold.expect(shown)
    return "".join(retold.new_in(piece) if retold.pending else piece for piece in pieces)


@pytest.mark.parametrize(
    ("shown", "pieces", "new"),
    [
        ("What is the", ["What is", " the capital", " of Peru?"], " capital of Peru?"),
        ("What is the", ["what is, the capital?"], " capital?"),
        ("What is", ["What is"], ""),
        ("", ["Hello"], "Hello"),
        ("What is", ["Where", " is it?"], "Where is it?"),
        ("What is", ["What", " was it?"], "What was it?"),
        ("北極", ["北極燕鷗"], "燕鷗"),
        ("Yes.", ["Yes. And then?"], ". And then?"),
    ],
)
def test_f2_only_what_was_not_shown_is_new(shown, pieces, new):
    assert told(shown, *pieces) == new


@given(st.text("ab ", max_size=12), st.lists(st.text("ab ", max_size=5), max_size=6))
def test_f2_nothing_that_was_said_is_lost(shown, pieces):
    def letters(text):
        return "".join(letter for letter in text if letter.isalnum())

    said, new = letters("".join(pieces)), letters(told(shown, *pieces))
    expected = letters(shown)
    if said.startswith(expected):
        assert new == said.removeprefix(expected)
    elif expected.startswith(said):
        assert new == ""
    else:
        assert new == said
