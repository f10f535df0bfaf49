"""What a model is asked for goes on the wire as the service spells it."""

import pytest

from tabtalk import live, models
from tabtalk.live_events import Endpoint
from tabtalk.settings import DEFAULT_MODEL


def asked(model):
    return live._config(Endpoint(key="k", model=model, instructions=""), None).model_dump(
        mode="json", exclude_none=True
    )


@pytest.mark.parametrize("model", [DEFAULT_MODEL, "gemini-3.8-live-extended-thinking", "models/gemini-3.8-live"])
def test_where_the_model_takes_it_only_what_came_with_speech_is_billed_and_pictures_are_read_closely(model):
    config = asked(model)
    assert config["realtime_input_config"] == {"turn_coverage": "TURN_INCLUDES_ONLY_ACTIVITY"}
    assert config["media_resolution"] == "MEDIA_RESOLUTION_HIGH"


def test_a_model_that_would_not_answer_what_is_typed_keeps_its_own_coverage():
    assert "realtime_input_config" not in asked("gemini-3.1-flash-live-preview")


@pytest.mark.parametrize("model", ["gemini-2.5-flash-native-audio-latest", "gemini-9-live", ""])
def test_an_unknown_model_is_asked_for_nothing_that_it_may_refuse(model):
    config = asked(model)
    assert "realtime_input_config" not in config
    assert config["media_resolution"] == "MEDIA_RESOLUTION_MEDIUM"
    assert models.sight(model) == models.Sight()
