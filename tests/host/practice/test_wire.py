"""The frames are those that google-genai 3.4.0 was seen to send, and their canonical forms."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import wave
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabtalk.practice import wire


def only(frame: Any) -> wire.Event:
    [event] = wire.parse(json.dumps(frame))
    return event


SDK_SETUP: dict[str, Any] = {
    "model": "models/gemini-3.8-live",
    "generationConfig": {
        "responseModalities": ["AUDIO"],
        "speechConfig": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}},
    },
    "systemInstruction": {"parts": [{"text": "Be kind."}, {"text": "Be brief."}], "role": "user"},
    "sessionResumption": {"handle": "H"},
    "inputAudioTranscription": {},
    "outputAudioTranscription": {},
    "realtimeInputConfig": {"automatic_activity_detection": {"disabled": False, "silence_duration_ms": 100}},
    "contextWindowCompression": {"trigger_tokens": 104857, "sliding_window": {"target_tokens": 52428}},
}


def test_setup_of_the_sdk() -> None:
    setup = only({"setup": SDK_SETUP})
    assert setup == wire.Setup(
        raw=SDK_SETUP,
        model="models/gemini-3.8-live",
        modalities=("AUDIO",),
        instruction="Be kind.\nBe brief.",
        input_transcription=True,
        output_transcription=True,
        resumption=True,
        handle="H",
        manual_activity=False,
        silence_ms=100,
    )


def test_setup_in_snake_case_and_without_anything_optional() -> None:
    setup = only({"setup": {"model": "m", "session_resumption": {}, "output_audio_transcription": {}}})
    assert isinstance(setup, wire.Setup)
    assert (setup.model, setup.resumption, setup.handle) == ("models/m", True, None)
    assert (setup.output_transcription, setup.input_transcription, setup.modalities) == (True, False, ())


def test_setup_with_activity_marked_by_the_client() -> None:
    setup = only({"setup": {"model": "m", "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}})
    assert isinstance(setup, wire.Setup)
    assert setup.manual_activity


@pytest.mark.parametrize("data", ["_9j_", "/9j/"], ids=["url-safe", "standard"])
@pytest.mark.parametrize("outer", ["realtime_input", "realtimeInput"])
@pytest.mark.parametrize("mime", ["mime_type", "mimeType"])
def test_blobs_in_both_alphabets_and_both_casings(data: str, outer: str, mime: str) -> None:
    assert only({outer: {"video": {"data": data, mime: "image/jpeg"}}}) == wire.VideoIn(b"\xff\xd8\xff", "image/jpeg")


@pytest.mark.parametrize("data", ["AAE", "AAE="], ids=["without padding", "with padding"])
def test_padding_of_base64_may_be_left_out(data: str) -> None:
    event = only({"realtime_input": {"audio": {"data": data, "mime_type": "audio/pcm;rate=16000"}}})
    assert event == wire.AudioIn(b"\x00\x01", 16_000)


@pytest.mark.parametrize(
    ("mime_type", "rate_hz"), [("audio/pcm", 16_000), ("audio/pcm;rate=24000", 24_000), ("audio/pcm; rate=8000", 8000)]
)
def test_rate_of_audio(mime_type: str, rate_hz: int) -> None:
    event = only({"realtimeInput": {"audio": {"data": "AAA=", "mimeType": mime_type}}})
    assert event == wire.AudioIn(b"\x00\x00", rate_hz)


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        ({"realtime_input": {"text": "hello"}}, wire.TextIn("hello")),
        ({"realtime_input": {"activityStart": {}}}, wire.ActivityStart()),
        ({"realtimeInput": {"activity_end": {}}}, wire.ActivityEnd()),
        ({"realtime_input": {"audioStreamEnd": True}}, wire.AudioStreamEnd()),
        ({"client_content": {"turnComplete": True}}, wire.ClientContent((), True)),
        ({"tool_response": {"functionResponses": [{"id": "1"}]}}, wire.ToolResponse(({"id": "1"},))),
        ({"contextUpdate": {"tools": {"tools": []}}}, wire.ContextUpdate({"tools": {"tools": []}})),
    ],
)
def test_other_frames(frame: Any, event: wire.Event) -> None:
    assert only(frame) == event


def test_client_content_reads_the_words_of_the_user_only() -> None:
    turns = [
        {"role": "user", "parts": [{"text": "What"}, {"inlineData": {"data": "", "mimeType": "image/jpeg"}}]},
        {"role": "model", "parts": [{"text": "No."}]},
        {"role": "user", "parts": [{"text": "is this?"}]},
    ]
    event = only({"client_content": {"turns": turns, "turn_complete": True}})
    assert isinstance(event, wire.ClientContent)
    assert (event.text, event.turn_complete) == ("What is this?", True)


def wav(pcm: bytes, rate_hz: int = 16_000) -> str:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(pcm)
    return base64.b64encode(written.getvalue()).decode()


def sounds(*blobs: Any) -> Any:
    return {"client_content": {"turns": [{"role": "user", "parts": [{"inlineData": blob} for blob in blobs]}]}}


def test_client_content_may_be_sound() -> None:
    event = only(sounds({"data": wav(b"abcd"), "mimeType": "audio/wav"}, {"data": wav(b"ef"), "mimeType": "audio/wav"}))
    assert isinstance(event, wire.ClientContent)
    assert event.sound == b"abcdef"


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        ({"data": wav(b"abcd"), "mimeType": "audio/mp3"}, "Unsupported mime type"),
        ({"data": wav(b"abcd", 44_100), "mimeType": "audio/wav"}, "16000 Hz"),
        ({"data": "AAAA", "mimeType": "audio/wav"}, "not a WAV file"),
        ({"data": "", "mimeType": "audio/wav"}, "not a WAV file"),
        ({"data": "?", "mimeType": "audio/wav"}, "Base64"),
        ("sound", "not an object"),
    ],
)
def test_sound_that_cannot_be_read_is_refused(blob: Any, why: str) -> None:
    with pytest.raises(wire.WireError, match=why):
        only(sounds(blob))


def test_several_fields_in_one_frame_come_in_their_order() -> None:
    jpeg, pcm = {"data": "_9j_", "mimeType": "image/jpeg"}, {"data": "AAA=", "mimeType": "audio/pcm;rate=16000"}
    events = wire.parse(json.dumps({"realtimeInput": {"video": jpeg, "audio": pcm}}))
    assert [type(event) for event in events] == [wire.VideoIn, wire.AudioIn]


def test_a_binary_frame_is_json_too() -> None:
    assert wire.parse(b'{"realtimeInput":{"text":"hi"}}') == [wire.TextIn("hi")]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ("{not json", "Invalid JSON payload"),
        (b"\xff\xfe\x00", "Invalid JSON payload"),
        ("[" * 100_000, "Invalid JSON payload"),
        ("[]", "not an object"),
        ("{}", "invalid argument"),
        ('{"newThing":{}}', 'Unknown name "newThing"'),
        ('{"setup":{"model":"m"},"realtimeInput":{"text":"a"}}', "invalid argument"),
        ('{"setup":{}}', "model is missing"),
        ('{"setup":{"model":7}}', "model is missing"),
        ('{"setup":{"model":"m","colour":"red"}}', "Unknown name \"colour\" at 'setup': Cannot find field."),
        ('{"setup":{"model":"m","sessionResumption":{"handle":3}}}', "handle"),
        ('{"setup":{"model":"m","generationConfig":{"responseModalities":"AUDIO"}}}', "modalities"),
        ('{"realtimeInput":7}', "not an object"),
        ('{"realtimeInput":{"audio":{"data":"AA=="}}}', "mime_type"),
        ('{"realtimeInput":{"audio":{"data":"A","mimeType":"audio/pcm"}}}', "Base64"),
        ('{"realtimeInput":{"audio":{"data":"A*==","mimeType":"audio/pcm"}}}', "Base64"),
        ('{"realtimeInput":{"audio":{"data":"AAA=","mimeType":"audio/ogg"}}}', "mime type"),
        ('{"realtimeInput":{"video":{"data":"AAA=","mimeType":"video/mp4"}}}', "mime type"),
        ('{"realtimeInput":{"text":7}}', "not a string"),
        ('{"realtimeInput":{"smell":7}}', "realtime_input"),
        (
            '{"realtime_input":{"mediaChunks":[]}}',
            "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.",
        ),
        ('{"clientContent":{"turns":"hi"}}', "turns"),
        ('{"toolResponse":{}}', "function_responses"),
    ],
)
def test_refuses(frame: str | bytes, text: str) -> None:
    with pytest.raises(wire.WireError) as refused:
        wire.parse(frame)
    assert refused.value.code == 1007
    assert text in refused.value.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "setup",
        "realtime_input",
        "clientContent",
        "tool_response",
        "contextUpdate",
        "model",
        "audio",
        "video",
        "text",
        "turns",
        "parts",
        "data",
        "mimeType",
        "functionResponses",
        "sessionResumption",
        "handle",
        "systemInstruction",
        "generationConfig",
        "realtimeInputConfig",
    ]
)
NEAR = st.recursive(JSON, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=8)


@given(st.binary() | st.text() | NEAR.map(json.dumps) | st.dictionaries(NAMES, NEAR, max_size=1).map(json.dumps))
def test_whatever_arrives_is_read_or_refused(frame: str | bytes) -> None:
    events: list[wire.Event] = []
    with contextlib.suppress(wire.WireError):
        events = wire.parse(frame)
    for event in events:
        if isinstance(event, wire.ClientContent):
            assert isinstance(event.text, str)
        if isinstance(event, wire.VideoIn):
            assert event.size is None


def test_frames_of_the_server() -> None:
    assert wire.setup_complete() == {"setupComplete": {}}
    assert wire.setup_complete("abc") == {"setupComplete": {"sessionId": "abc"}}
    assert wire.go_away(9.5) == {"goAway": {"timeLeft": "9.5s"}}
    assert wire.go_away(50) == {"goAway": {"timeLeft": "50s"}}
    assert wire.resumption_update("H") == {"sessionResumptionUpdate": {"newHandle": "H", "resumable": True}}
    assert wire.resumption_update() == {"sessionResumptionUpdate": {}}
    assert wire.turn_complete("NEED_MORE_INPUT") == {
        "serverContent": {"turnComplete": True, "turnCompleteReason": "NEED_MORE_INPUT"}
    }
    [part] = wire.audio(b"\xff\xd8\xff\xfb")["serverContent"]["modelTurn"]["parts"]
    assert part["inlineData"]["mimeType"] == "audio/pcm;rate=24000"
    assert base64.b64decode(part["inlineData"]["data"], validate=True) == b"\xff\xd8\xff\xfb"
    assert wire.dump(wire.interrupted()) == b'{"serverContent":{"interrupted":true}}'
