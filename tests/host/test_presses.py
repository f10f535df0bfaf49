import pytest

from tabtalk.presses import Presses, Signal

START, END = Signal.START, Signal.END
OVER = "over"


@pytest.mark.parametrize(
    ("chunks", "told"),
    [
        pytest.param([0, 0], [[], []], id="hands-free"),
        pytest.param([(0, OVER)], [[]], id="nothing is over where nobody presses"),
        pytest.param([1, 1, (1, OVER)], [[START], [], [END]], id="one press"),
        pytest.param([1, (1, OVER), 2, (2, OVER)], [[START], [END], [START], [END]], id="one after the other"),
        pytest.param([1, 2, (2, OVER)], [[START], [END, START], [END]], id="the end of the first was lost"),
        pytest.param([(1, OVER), 2], [[], [START]], id="over before this connection was there"),
        pytest.param([7, 7], [[START], []], id="begun on another connection"),
        pytest.param([1, (1, OVER), (1, OVER)], [[START], [END], []], id="over twice"),
        pytest.param([2, (1, OVER), 2], [[START], [END], [START]], id="another is over"),
        pytest.param([65535, 1], [[START], [END, START]], id="round"),
    ],
)
def test_what_goes_ahead_of_each_chunk(chunks, told):
    presses = Presses()
    found = []
    for chunk in chunks:
        press, over = (chunk[0], True) if isinstance(chunk, tuple) else (chunk, False)
        found.append(presses.before(press, over=over))
    assert found == told
