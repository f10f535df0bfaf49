"""The Gemini Live wire: what a client's frame says, and the frames a server sends. Pure.

The real service takes proto-JSON: camelCase and snake_case names, both alphabets of base64, text and binary frames. It
sends camelCase. Frames that it refuses it answers with a close; `WireError` carries that close's code and text.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from tabtalk.practice import jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Frame: TypeAlias = dict[str, Any]

INVALID_ARGUMENT = 1007
POLICY = 1008
INTERNAL = 1011

DEADLINE_TEXT = "Deadline expired before operation could complete."
KEY_TEXT = "API key not valid. Please pass a valid API key."
NO_KEY_TEXT = "Method doesn't allow unregistered callers (callers without established identity)."
TOKEN_TEXT = "Request had invalid authentication credentials. Expected OAuth 2 access token."  # noqa: S105 (no secret)
QUOTA_TEXT = "You exceeded your current quota, please check your plan and billing details."
ACTIVITY_TEXT = "Explicit activity control is not supported when automatic activity detection is enabled."
HANDLE_TEXT = "Requested entity was not found."
ABORTED_TEXT = "The operation was aborted."


class WireError(ValueError):
    """A frame the service would close the connection for, or a setup it would refuse."""

    def __init__(self, text: str, code: int = INVALID_ARGUMENT) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


# What a client says.


@dataclass(frozen=True, slots=True)
class Setup:
    """The first frame, and only the first."""

    raw: Frame
    """As it arrived: casing and all."""
    model: str
    """With its `models/`."""
    modalities: tuple[str, ...]
    instruction: str
    input_transcription: bool
    output_transcription: bool
    resumption: bool
    """Resumption updates were asked for."""
    handle: str | None
    """The conversation to resume."""
    manual_activity: bool
    """The client marks speech itself, with activityStart and activityEnd."""
    silence_ms: int | None
    """How long a pause ends a turn, where the client says so."""


@dataclass(frozen=True, slots=True)
class AudioIn:
    pcm: bytes
    """s16le mono."""
    rate_hz: int


@dataclass(frozen=True, slots=True)
class VideoIn:
    data: bytes
    mime_type: str

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels; None where it is no JPEG."""
        return jpeg.size(self.data)


@dataclass(frozen=True, slots=True)
class TextIn:
    text: str


@dataclass(frozen=True, slots=True)
class ActivityStart:
    pass


@dataclass(frozen=True, slots=True)
class ActivityEnd:
    pass


@dataclass(frozen=True, slots=True)
class AudioStreamEnd:
    """The microphone was turned off; more audio may come later."""


@dataclass(frozen=True, slots=True)
class ClientContent:
    turns: tuple[Frame, ...]
    turn_complete: bool
    sound: bytes = b""
    """Of all its parts: s16le mono 16 kHz."""

    @property
    def text(self) -> str:
        """The words of all user turns."""
        parts = _user_parts(self.turns)
        return " ".join(part["text"] for part in parts if isinstance(part.get("text"), str))


@dataclass(frozen=True, slots=True)
class ToolResponse:
    responses: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class ContextUpdate:
    raw: Frame


Event: TypeAlias = (
    Setup | AudioIn | VideoIn | TextIn | ActivityStart | ActivityEnd | AudioStreamEnd | ClientContent | ToolResponse
    | ContextUpdate
)  # fmt: skip


def parse(frame: str | bytes) -> list[Event]:
    """What one frame says, in the order the service takes it. Raises `WireError`."""
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        raise WireError("Invalid JSON payload received. Unexpected token.") from None
    if not isinstance(message, dict):
        raise WireError("Invalid JSON payload received. The message is not an object.")
    for name in message:
        if _camel(name) not in _MESSAGES:
            raise WireError(f'Invalid JSON payload received. Unknown name "{_shown(name)}": Cannot find field.')
    if len(message) != 1:
        raise WireError("Request contains an invalid argument.")
    [(name, body)] = message.items()
    return _MESSAGES[_camel(name)](_object(body, name))


def _setup(body: Frame) -> list[Event]:
    names = {_camel(name): value for name, value in body.items()}
    for name in body:
        if _camel(name) not in _SETUP_NAMES:
            text = f"Invalid JSON payload received. Unknown name \"{_shown(name)}\" at 'setup': Cannot find field."
            raise WireError(text)
    model = names.get("model")
    if not isinstance(model, str) or not model:
        raise WireError("setup.model: the model is missing.")
    generation = _object(names.get("generationConfig", {}), "setup.generation_config")
    modalities = _pick(generation, "responseModalities") or []
    if not isinstance(modalities, list) or not all(isinstance(modality, str) for modality in modalities):
        raise WireError("setup.generation_config.response_modalities: not a list of names.")
    resumption = names.get("sessionResumption")
    handle = _pick(_object(resumption, "setup.session_resumption"), "handle") if resumption is not None else None
    if handle is not None and not isinstance(handle, str):
        raise WireError("setup.session_resumption.handle: not a string.")
    realtime = _object(names.get("realtimeInputConfig", {}), "setup.realtime_input_config")
    detection = _object(_pick(realtime, "automaticActivityDetection") or {}, "automatic_activity_detection")
    silence = _pick(detection, "silenceDurationMs")
    instruction = names.get("systemInstruction")
    parts = _objects(instruction.get("parts")) if isinstance(instruction, dict) else []
    return [
        Setup(
            raw=body,
            # Vertex AI has the project before it.
            model=f"models/{model.rpartition('models/')[2]}",
            modalities=tuple(modalities),
            instruction="\n".join(part["text"] for part in parts if isinstance(part.get("text"), str)),
            input_transcription=names.get("inputAudioTranscription") is not None,
            output_transcription=names.get("outputAudioTranscription") is not None,
            resumption=resumption is not None,
            handle=handle or None,
            manual_activity=_pick(detection, "disabled") is True,
            silence_ms=silence if isinstance(silence, int) and not isinstance(silence, bool) else None,
        )
    ]


def _realtime_input(body: Frame) -> list[Event]:
    events: list[Event] = []
    for name, value in body.items():
        match _camel(name):
            case "activityStart":
                events.append(ActivityStart())
            case "activityEnd":
                events.append(ActivityEnd())
            case "audioStreamEnd":
                events.extend([AudioStreamEnd()] if value else [])
            case "audio":
                data, mime_type = _blob(value, "realtime_input.audio")
                events.append(AudioIn(data, _rate_hz(mime_type)))
            case "video":
                data, mime_type = _blob(value, "realtime_input.video")
                if not mime_type.startswith("image/"):
                    raise WireError(f"Unsupported mime type for realtime_input.video: {_shown(mime_type)}")
                events.append(VideoIn(data, mime_type))
            case "text":
                if not isinstance(value, str):
                    raise WireError("realtime_input.text: not a string.")
                events.append(TextIn(value))
            case "mediaChunks":
                raise WireError("realtime_input.media_chunks is deprecated. Use audio, video, or text instead.")
            case _:
                text = f"Unknown name \"{_shown(name)}\" at 'realtime_input': Cannot find field."
                raise WireError(f"Invalid JSON payload received. {text}")
    return events


def _client_content(body: Frame) -> list[Event]:
    turns = body.get("turns", [])
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise WireError("client_content.turns: not a list of turns.")
    return [ClientContent(tuple(turns), _pick(body, "turnComplete") is True, b"".join(_sounds(turns)))]


def _user_parts(turns: Iterable[Frame]) -> list[Frame]:
    return [part for turn in turns if turn.get("role") != "model" for part in _objects(turn.get("parts"))]


def _sounds(turns: Iterable[Frame]) -> Iterator[bytes]:
    for part in _user_parts(turns):
        blob = _pick(part, "inlineData")
        if blob is None:
            continue
        data, mime_type = _blob(blob, "client_content.turns.parts.inline_data")
        if mime_type.startswith("audio/"):
            yield _samples(data, mime_type)


def _samples(data: bytes, mime_type: str) -> bytes:
    """The service takes more than a WAV file as the host makes it; this one takes nothing else."""
    try:
        if mime_type != "audio/wav":
            raise WireError(f"Unsupported mime type for inline_data: {_shown(mime_type)}")
        with wave.open(io.BytesIO(data)) as file:
            if file.getparams()[:3] != (1, 2, 16_000):
                raise WireError("inline_data: not mono, 16 bit, 16000 Hz.")
            samples: bytes = file.readframes(file.getnframes())
            return samples
    except (wave.Error, EOFError):
        raise WireError("inline_data: not a WAV file.") from None


def _tool_response(body: Frame) -> list[Event]:
    responses = _pick(body, "functionResponses")
    if not isinstance(responses, list) or not all(isinstance(response, dict) for response in responses):
        raise WireError("tool_response.function_responses: not a list of responses.")
    return [ToolResponse(tuple(responses))]


_MESSAGES: dict[str, Callable[[Frame], list[Event]]] = {
    "setup": _setup,
    "realtimeInput": _realtime_input,
    "clientContent": _client_content,
    "toolResponse": _tool_response,
    "contextUpdate": lambda body: [ContextUpdate(body)],
}

_SETUP_NAMES = frozenset({
    "model", "generationConfig", "systemInstruction", "tools", "sessionResumption", "inputAudioTranscription",
    "outputAudioTranscription", "realtimeInputConfig", "contextWindowCompression", "proactivity", "historyConfig",
    "labels", "avatarConfig", "safetySettings",
})  # fmt: skip


def _camel(name: str) -> str:
    return name if "_" not in name else re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _pick(body: Frame, name: str) -> Any:
    """The field `name` (camelCase) in either casing; None where it is absent."""
    return next((value for key, value in body.items() if _camel(key) == name), None)


def _object(value: Any, name: str) -> Frame:
    if not isinstance(value, dict):
        raise WireError(f"{_shown(name)}: not an object.")
    return value


def _objects(value: Any) -> list[Frame]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _blob(value: Any, name: str) -> tuple[bytes, str]:
    blob = _object(value, name)
    data, mime_type = blob.get("data"), _pick(blob, "mimeType")
    if not isinstance(data, str) or not isinstance(mime_type, str):
        raise WireError(f"{name}: data and mime_type are both needed.")
    try:
        padded = data + "=" * (-len(data) % 4)
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True), mime_type
    except (binascii.Error, ValueError):
        raise WireError(f"Invalid value at '{name}.data' (TYPE_BYTES), Base64 decoding failed.") from None


def _rate_hz(mime_type: str) -> int:
    """The service takes a plain `audio/pcm` for 16 kHz."""
    if not mime_type.startswith("audio/pcm"):
        raise WireError(f"Unsupported mime type for realtime_input.audio: {_shown(mime_type)}")
    found = re.search(r"rate=(\d{4,6})(?!\d)", mime_type)
    return int(found[1]) if found else 16_000


def _shown(name: str) -> str:
    """Someone else's word, short enough for a close reason."""
    return name[:40]


# What the server says.


def setup_complete(session_id: str | None = None) -> Frame:
    return {"setupComplete": {"sessionId": session_id} if session_id else {}}


def content(**fields: Any) -> Frame:
    """`serverContent` with fields in the wire's own names; several may ride in one frame."""
    return {"serverContent": fields}


def audio(pcm: bytes, rate_hz: int = 24_000) -> Frame:
    data = base64.b64encode(pcm).decode("ascii")
    return model_turn({"inlineData": {"mimeType": f"audio/pcm;rate={rate_hz}", "data": data}})


def model_turn(*parts: Frame) -> Frame:
    return content(modelTurn={"role": "model", "parts": list(parts)})


def input_transcription(text: str, *, finished: bool = True) -> Frame:
    return content(inputTranscription={"text": text, "finished": finished})


def output_transcription(text: str, *, finished: bool = False) -> Frame:
    return content(outputTranscription={"text": text, "finished": True} if finished else {"text": text})


def interrupted() -> Frame:
    return content(interrupted=True)


def generation_complete() -> Frame:
    return content(generationComplete=True)


def turn_complete(reason: str | None = None) -> Frame:
    return content(turnComplete=True, **({"turnCompleteReason": reason} if reason else {}))


def usage(prompt: int, response: int) -> Frame:
    counts = {"promptTokenCount": prompt, "responseTokenCount": response, "totalTokenCount": prompt + response}
    return {"usageMetadata": counts}


def go_away(time_left_s: float) -> Frame:
    return {"goAway": {"timeLeft": f"{time_left_s:g}s"}}


def resumption_update(handle: str | None = None) -> Frame:
    """Without a handle: this conversation cannot be resumed just now."""
    return {"sessionResumptionUpdate": {"newHandle": handle, "resumable": True} if handle else {}}


def tool_call(name: str, args: Frame, call_id: str = "call-1") -> Frame:
    return {"toolCall": {"functionCalls": [{"id": call_id, "name": name, "args": args}]}}


def tool_call_cancellation(*call_ids: str) -> Frame:
    return {"toolCallCancellation": {"ids": list(call_ids)}}


def listing(names: Iterable[str]) -> str:
    """What the service says of its models when it is asked: those of these names can talk, and there are others."""
    does = {name: ["generateContent", "bidiGenerateContent"] for name in names}
    does["models/gemini-3.8-pro"] = ["generateContent"]
    rows = [{"name": name, "version": "1", "supportedGenerationMethods": methods} for name, methods in does.items()]
    return json.dumps({"models": rows})


def dump(frame: Frame) -> bytes:
    """The service sends JSON in binary frames."""
    return json.dumps(frame, separators=(",", ":")).encode()
