"""Where a Live session is dialled and what is said first: pure, and without the SDK, which takes longer to import than to dial.

The frame is the one that google-genai writes (a test compares them), its keys as the service's JSON spells them
(https://ai.google.dev/api/live, and https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/multimodal-live).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tabtalk import models

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

    from tabtalk.live_events import Endpoint

SERVICE = "google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
"""Not v1, on which Live was never documented."""
VERTEX_SERVICE = "google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
COMPRESSION_TRIGGER_TOKENS = 40_000
COMPRESSION_TARGET_TOKENS = 16_000
"""A sliding window keeps a conversation going without end, and, since all of it is billed again with each turn, cheap."""


def address(endpoint: Endpoint) -> str:
    parts = urlsplit(endpoint.base_url)
    service = VERTEX_SERVICE if endpoint.vertex else SERVICE
    return f"wss://{parts.netloc}{parts.path.rstrip('/')}/ws/{service}"


def headers(endpoint: Endpoint, login: Credentials | None) -> dict[str, str]:
    """What opens the service. `login`, with a token, for Vertex AI."""
    if login is None:
        return {"x-goog-api-key": endpoint.key}
    opens = {"Authorization": f"Bearer {login.token}"}
    payer = getattr(login, "quota_project_id", None)
    return {**opens, "x-goog-user-project": payer} if payer else opens


def frame(endpoint: Endpoint, handle: str | None) -> str:
    """The first message. `handle` resumes an earlier session of the same endpoint."""
    sight = models.sight(endpoint.model, vertex=endpoint.vertex is not None)
    generation: dict[str, Any] = {
        "responseModalities": ["AUDIO"],
        "mediaResolution": models.COARSE if endpoint.detail == "coarse" else sight.resolution,
    }
    if endpoint.voice:
        generation["speechConfig"] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": endpoint.voice}}}
    setup: dict[str, Any] = {
        "model": _model(endpoint),
        "generationConfig": generation,
        "systemInstruction": {"parts": [{"text": endpoint.instructions}]},
        "sessionResumption": {"handle": handle} if handle else {},
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        "contextWindowCompression": {
            "triggerTokens": COMPRESSION_TRIGGER_TOKENS,
            "slidingWindow": {"targetTokens": COMPRESSION_TARGET_TOKENS},
        },
    }
    if hearing := _hearing(endpoint, sight):
        setup["realtimeInputConfig"] = hearing
    return json.dumps({"setup": setup})


def _hearing(endpoint: Endpoint, sight: models.Sight) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if sight.coverage:
        asked["turnCoverage"] = sight.coverage
    if endpoint.push_to_talk:
        asked["automaticActivityDetection"] = {"disabled": True}
    elif end := models.TURN_ENDS.get(endpoint.patience):
        asked["automaticActivityDetection"] = {
            "silenceDurationMs": end.silence_ms,
            "endOfSpeechSensitivity": end.sensitivity,
        }
    return asked


def _model(endpoint: Endpoint) -> str:
    name = endpoint.model.removeprefix("models/")
    where = endpoint.vertex
    if where is None:
        return f"models/{name}"
    if name.startswith("projects/"):
        return name
    published = name if name.startswith("publishers/") else f"publishers/google/models/{name}"
    return f"projects/{where.project}/locations/{where.location}/{published}"
