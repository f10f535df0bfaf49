"""What is said first is what the SDK would say."""

import contextlib
import itertools
import json
import re
import ssl

import pytest
from google import genai
from google.genai import live as sdk
from google.genai import types
from google.oauth2.credentials import Credentials

from tabtalk import live_setup, models
from tabtalk.live_events import GOOGLE_BASE_URL, Endpoint, Vertex

LAB = Vertex("lab-1234", "europe-west4")
LOGIN = Credentials(token="ya29.CANARY", quota_project_id="payer")
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Else each client reads all certificates of the system."""
MODELS = ("gemini-3.8-live", "models/gemini-3.8-live", "gemini-3.1-flash-live-preview", "gemini-9-live")


def endpoint(**chosen):
    return Endpoint(**{"key": "AIzaCANARY", "model": "gemini-3.8-live", "instructions": "Sei s\u00f6 gut.", **chosen})


class Paper:
    def __init__(self):
        self.sent = []

    async def send(self, frame):
        self.sent.append(json.loads(frame))

    async def recv(self, decode=None):
        return b'{"setupComplete": {}}'


def config(at, handle):
    """The same wishes in the SDK's own words."""
    sight = models.sight(at.model, vertex=at.vertex is not None)
    hearing = {"turn_coverage": sight.coverage} if sight.coverage else {}
    if at.push_to_talk:
        hearing["automatic_activity_detection"] = types.AutomaticActivityDetection(disabled=True)
    elif end := models.TURN_ENDS.get(at.patience):
        hearing["automatic_activity_detection"] = types.AutomaticActivityDetection(
            silence_duration_ms=end.silence_ms, end_of_speech_sensitivity=end.sensitivity
        )
    voice = types.VoiceConfig(prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name=at.voice))
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        media_resolution=models.COARSE if at.detail == "coarse" else sight.resolution,
        realtime_input_config=types.RealtimeInputConfig(**hearing) if hearing else None,
        speech_config=types.SpeechConfig(voice_config=voice) if at.voice else None,
        system_instruction=types.Content(parts=[types.Part(text=at.instructions)]),
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        session_resumption=types.SessionResumptionConfig(handle=handle),
        context_window_compression=types.ContextWindowCompressionConfig(
            trigger_tokens=live_setup.COMPRESSION_TRIGGER_TOKENS,
            sliding_window=types.SlidingWindow(target_tokens=live_setup.COMPRESSION_TARGET_TOKENS),
        ),
    )


async def theirs(monkeypatch, at, handle):
    """Address, headers and first frame of the SDK for the same wishes."""
    paper, dialled = Paper(), []

    @contextlib.asynccontextmanager
    async def ws_connect(uri, *, additional_headers, **_options):
        dialled.extend((uri, additional_headers))
        yield paper

    monkeypatch.setattr(sdk, "ws_connect", ws_connect)
    who = {"api_key": at.key, "enterprise": False}
    if at.vertex:
        who = {"enterprise": True, "credentials": LOGIN, "project": at.vertex.project, "location": at.vertex.location}
    version = "v1beta1" if at.vertex else "v1beta"
    options = types.HttpOptions(
        base_url=at.base_url, api_version=version, client_args={"verify": NOBODY}, async_client_args={"ssl": NOBODY}
    )
    client = genai.Client(**who, http_options=options)
    async with client.aio.live.connect(model=at.model, config=config(at, handle)):
        pass
    return *dialled, paper.sent[0]


def spelled(value):
    """With all keys as the service's JSON has them: the SDK writes some as its own models do, and the service takes both."""
    if isinstance(value, dict):
        return {re.sub(r"_(\w)", lambda found: found[1].upper(), key): spelled(each) for key, each in value.items()}
    return [spelled(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("handle", [None, "H"])
@pytest.mark.parametrize("vertex", [None, LAB])
@pytest.mark.parametrize("model", MODELS)
async def test_the_frame_is_the_one_that_the_sdk_writes(monkeypatch, model, vertex, handle):
    patiences, details = ("normal", "short", "patient"), ("fine", "coarse")
    for voice, patience, detail, pushed in itertools.product(("", "Kore"), patiences, details, (False, True)):
        if vertex and model.startswith("models/"):
            continue  # Which the SDK takes for a model of one's own.
        at = endpoint(model=model, vertex=vertex, voice=voice, patience=patience, detail=detail, push_to_talk=pushed)
        ours = json.loads(live_setup.frame(at, handle))
        *_rest, frame = await theirs(monkeypatch, at, handle)
        assert ours == spelled(frame)


@pytest.mark.parametrize("base_url", [GOOGLE_BASE_URL, "https://127.0.0.1:5", "https://gateway.example/a/b/"])
@pytest.mark.parametrize("vertex", [None, LAB])
async def test_address_and_headers_are_those_of_the_sdk(monkeypatch, vertex, base_url):
    at = endpoint(vertex=vertex, base_url=base_url)
    address, headers, _frame = await theirs(monkeypatch, at, None)
    assert live_setup.address(at) == address.replace("//ws/", "/ws/")
    opens = {name: said for name, said in headers.items() if "CANARY" in said or name == "x-goog-user-project"}
    assert live_setup.headers(at, LOGIN if vertex else None) == opens


@pytest.mark.parametrize("location", ["global", "us-central1", "eu", "us"])
def test_each_location_has_an_address_that_is_the_sdks_own_and_the_environment_does_not_change_it(
    location, monkeypatch
):
    at = endpoint(vertex=Vertex("lab-1234", location), base_url=Vertex("lab-1234", location).base_url)
    client = genai.Client(enterprise=True, project="lab-1234", location=location, credentials=LOGIN)
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "https://evil.test")
    assert live_setup.address(at).startswith(client._api_client._websocket_base_url())


def test_t19_the_key_is_in_the_one_header_and_nowhere_else():
    at = endpoint()
    assert "CANARY" not in live_setup.address(at) + live_setup.frame(at, "H")
    assert live_setup.headers(at, None) == {"x-goog-api-key": "AIzaCANARY"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("gemini-3.8-live", "projects/lab-1234/locations/europe-west4/publishers/google/models/gemini-3.8-live"),
        ("publishers/x/models/y", "projects/lab-1234/locations/europe-west4/publishers/x/models/y"),
        ("projects/p/locations/l/publishers/google/models/y", "projects/p/locations/l/publishers/google/models/y"),
    ],
)
def test_a_model_of_vertex_is_named_with_its_project(name, path):
    assert json.loads(live_setup.frame(endpoint(model=name, vertex=LAB), None))["setup"]["model"] == path
