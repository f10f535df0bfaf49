"""What a model is asked for goes on the wire as the service spells it."""

import json

import pytest

from tabtalk import live_setup, models, settings
from tabtalk.languages import LANGUAGES
from tabtalk.live_events import Endpoint
from tabtalk.settings import DEFAULT_MODEL


def asked(model, **chosen):
    frame = live_setup.frame(Endpoint(key="k", model=model, instructions="", **chosen), None)
    return json.loads(frame)["setup"]


@pytest.mark.parametrize("model", [DEFAULT_MODEL, "gemini-3.8-live-extended-thinking", "models/gemini-3.8-live"])
def test_where_the_model_takes_it_only_what_came_with_speech_is_billed_and_pictures_are_read_closely(model):
    config = asked(model)
    assert config["realtimeInputConfig"] == {"turnCoverage": "TURN_INCLUDES_ONLY_ACTIVITY"}
    assert config["generationConfig"]["mediaResolution"] == "MEDIA_RESOLUTION_HIGH"


def test_a_model_that_would_not_answer_what_is_typed_keeps_its_own_coverage():
    assert "realtimeInputConfig" not in asked("gemini-3.1-flash-live-preview")


@pytest.mark.parametrize("model", ["gemini-2.5-flash-native-audio-latest", "gemini-9-live", ""])
def test_an_unknown_model_is_asked_for_nothing_that_it_may_refuse(model):
    config = asked(model)
    assert "realtimeInputConfig" not in config
    assert config["generationConfig"]["mediaResolution"] == "MEDIA_RESOLUTION_MEDIUM"
    assert models.sight(model) == models.Sight()


def test_a_pause_ends_a_turn_sooner_or_later_where_that_was_chosen():
    short = asked("gemini-9-live", patience="short")["realtimeInputConfig"]["automaticActivityDetection"]
    patient = asked(DEFAULT_MODEL, patience="patient")["realtimeInputConfig"]
    assert short["endOfSpeechSensitivity"] == "END_SENSITIVITY_HIGH"
    assert patient["automaticActivityDetection"]["endOfSpeechSensitivity"] == "END_SENSITIVITY_LOW"
    assert short["silenceDurationMs"] < 800 < patient["automaticActivityDetection"]["silenceDurationMs"]
    assert patient["turnCoverage"] == "TURN_INCLUDES_ONLY_ACTIVITY"


def test_pictures_are_read_coarsely_where_that_was_chosen():
    assert asked(DEFAULT_MODEL, detail="coarse")["generationConfig"]["mediaResolution"] == "MEDIA_RESOLUTION_LOW"


def test_what_is_offered_can_be_set():
    for model in models.MODELS:
        settings.check("model", model)
    for voice in models.VOICES:
        settings.check("voice", voice)
    for language in LANGUAGES:
        settings.check("language", language)
    assert DEFAULT_MODEL in models.MODELS
    assert len(set(models.VOICES)) == 30
