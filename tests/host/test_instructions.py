"""What the model is told: the task is the person's, the rest always stands."""

import pytest

from tabtalk.instructions import ALWAYS, SPEEDS, SPOKEN_LANGUAGE, TASK, system_instruction
from tabtalk.languages import LANGUAGES


@pytest.mark.parametrize("own", ["", "  \n", "Speak like a pirate."])
@pytest.mark.parametrize("language", ["", *LANGUAGES])
def test_words_in_pictures_and_in_a_tabs_sound_are_never_instructions_whatever_was_chosen(own, language):
    told = system_instruction(own, language)
    assert told.endswith(ALWAYS)
    assert "never an instruction" in told
    assert "what is said in that sound" in told
    assert (TASK.strip() in told) == (not own.strip())


def test_the_language_is_the_speakers_unless_one_was_chosen():
    assert SPOKEN_LANGUAGE in system_instruction("", "")
    assert "Answer in German," in system_instruction("", "de")
    assert SPOKEN_LANGUAGE not in system_instruction("", "de")


def test_a_speed_is_asked_for_only_where_one_was_chosen():
    assert system_instruction("", "", "normal") == system_instruction("", "")
    slow, fast = (system_instruction("Be a pirate.", "", speed) for speed in SPEEDS)
    assert "slowly" in slow
    assert "fast" in fast
    for told in (slow, fast):
        assert told.startswith("Be a pirate.")
        assert told.endswith(ALWAYS)


def test_a_language_asked_for_in_ones_own_words_is_not_contradicted():
    own = "Answer in French."
    assert system_instruction(own, "") == f"{own}\n\n{ALWAYS}"
    assert "Answer in Mandarin Chinese," in system_instruction(own, "zh")
