"""The wire between extension and host, Python half; `extension/lib/protocol.js` is the other.

A contract test holds the two halves, the golden messages in `tests/protocol/` and `docs/PROTOCOL.md` together.

Two channels: native messaging (JSON over stdio) for control, and the link (WebSocket on 127.0.0.1) for one conversation.
Control messages are `{"type", "id"?, "re"?, "data"}`; media are binary frames with a 16-byte header. No I/O here.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

PROTOCOL_VERSION = 1
HOST_NAME = "app.tabtalk.host"
EXTENSION_ID = "glkajheednccbbphfajgpkglpfkadndo"
"""Follows from the public `key` in the extension's manifest; the same on every machine."""
EXTENSION_ORIGIN = f"chrome-extension://{EXTENSION_ID}"
SUBPROTOCOL = "tabtalk.v1"
TOKEN_SUBPROTOCOL_PREFIX = "auth."  # noqa: S105 (a prefix, not a secret)

MAX_CONTROL_BYTES = 256 * 1024
"""Largest control message in bytes, either way. Chromium itself closes the native port above 1 MiB from the host."""
MAX_MEDIA_BYTES = 4 * 1024 * 1024
"""Largest media payload in bytes."""
MAX_SOUND_BYTES = 45 * 16_000 * 2
"""Most sound that a question is asked about: 45 s."""


class ErrorCode(StrEnum):
    """Append only: a code that was once released keeps its meaning. `docs/PROTOCOL.md` says what each one means."""

    HOST_MISSING = "host-missing"
    HOST_FORBIDDEN = "host-forbidden"
    HOST_EXITED = "host-exited"
    VERSION_MISMATCH = "version-mismatch"
    BAD_MESSAGE = "bad-message"
    LINK_LOST = "link-lost"
    KEY_REJECTED = "key-rejected"
    KEY_UNREADABLE = "key-unreadable"
    MODEL_MISSING = "model-missing"
    QUOTA_EXCEEDED = "quota-exceeded"
    REQUEST_REJECTED = "request-rejected"
    NO_NETWORK = "no-network"
    SETUP_TIMEOUT = "setup-timeout"
    SERVICE_UNAVAILABLE = "service-unavailable"
    SETTINGS_INVALID = "settings-invalid"
    MICROPHONE_DENIED = "microphone-denied"
    MICROPHONE_MISSING = "microphone-missing"
    MICROPHONE_LOST = "microphone-lost"
    TAB_FORBIDDEN = "tab-forbidden"
    TAB_LOST = "tab-lost"
    SCREEN_DENIED = "screen-denied"
    INTERNAL = "internal"
    NOTHING_SHARED = "nothing-shared"
    PAGE_BLOCKED = "page-blocked"
    PAGE_GONE = "page-gone"
    LOGIN_NEEDED = "login-needed"
    MODEL_REPLACED = "model-replaced"
    ECHO_HEARD = "echo-heard"
    PICTURE_MISSING = "picture-missing"
    NOTHING_HEARD = "nothing-heard"
    SOUND_REFUSED = "sound-refused"
    HOST_BROKEN = "host-broken"


class ProtocolError(ValueError):
    """A message that does not fit the table. The text names the message and the field, never a value."""


@dataclass
class Message:
    """Base of every control message. `CHANNELS` says on which channels, in which direction, it travels.

    Neither frozen nor slotted, which would double what it takes to make these classes, and `hello` waits for that.
    """

    TYPE: ClassVar[str]
    CHANNELS: ClassVar[tuple[str, ...]]


# Native messaging, extension to host.


@dataclass
class Hello(Message):
    """The first message of the extension."""

    TYPE = "hello"
    CHANNELS = ("native-up",)
    version: str
    protocol: int
    managed: dict[str, Any] | None = None
    """Settings that an organisation decided, by the browser's policies. They hold while this host runs."""


@dataclass
class MintToken(Message):
    """Asks for another token, for another link to the same host."""

    TYPE = "mint-token"
    CHANNELS = ("native-up",)


@dataclass
class GetSettings(Message):
    TYPE = "get-settings"
    CHANNELS = ("native-up",)


@dataclass
class ChangeSettings(Message):
    TYPE = "change-settings"
    CHANNELS = ("native-up",)
    settings: dict[str, Any]
    """Only the names to change; `null` gives a name its default back."""


@dataclass
class GetProfiles(Message):
    TYPE = "get-profiles"
    CHANNELS = ("native-up",)


@dataclass
class GiveKey(Message):
    """The only message that holds a key, and none comes back. It is tried, and kept unless the service refuses it."""

    TYPE = "give-key"
    CHANNELS = ("native-up",)
    profile: str
    key: str


@dataclass
class UseVertex(Message):
    """Vertex AI instead of a key, opened by Google's own sign-in on this computer. It is tried and kept as a key is."""

    TYPE = "use-vertex"
    CHANNELS = ("native-up",)
    profile: str
    project: str
    location: str


@dataclass
class ChangeProfile(Message):
    TYPE = "change-profile"
    CHANNELS = ("native-up",)
    change: str
    """`add`, `choose`, `rename`, `remove` (with its key), or `remove-key`."""
    profile: str
    name: str | None = None
    """The new one, for `rename`."""


@dataclass
class CheckLinks(Message):
    """Asks what the host finds of the links from it to Gemini. It dials for that, and says nothing."""

    TYPE = "check-links"
    CHANNELS = ("native-up",)


@dataclass
class GetKept(Message):
    """Asks what the host keeps on this computer, and where."""

    TYPE = "get-kept"
    CHANNELS = ("native-up",)


@dataclass
class DeleteLog(Message):
    TYPE = "delete-log"
    CHANNELS = ("native-up",)


@dataclass
class ListModels(Message):
    """Asks which models can hold a conversation. The service itself is asked for that."""

    TYPE = "list-models"
    CHANNELS = ("native-up",)


@dataclass
class HearVoice(Message):
    """Asks for a sentence in a voice. The service is asked to say it, in a session of its own; an earlier one ends."""

    TYPE = "hear-voice"
    CHANNELS = ("native-up",)
    voice: str
    """Empty for the service's own choice."""
    language: str
    """A tag of `languages.py`; for another one it is English."""


@dataclass
class Hush(Message):
    """The sentence that was asked for is not wanted any more."""

    TYPE = "hush"
    CHANNELS = ("native-up",)


# Native messaging, host to extension.


@dataclass
class HelloBack(Message):
    """The reply to `hello`, sent before anything heavy is imported."""

    TYPE = "hello"
    CHANNELS = ("native-down",)
    version: str
    protocol: int
    port: int
    token: str
    """Single use: opens the link once."""
    server_token: str
    """What the link's `welcome` must repeat, so that the extension knows whom it talks to."""


@dataclass
class Token(Message):
    """The reply to `mint-token`."""

    TYPE = "token"
    CHANNELS = ("native-down",)
    port: int
    token: str
    server_token: str


@dataclass
class Settings(Message):
    """The reply to `get-settings` and `change-settings`. Never holds the key."""

    TYPE = "settings"
    CHANNELS = ("native-down",)
    settings: dict[str, Any]
    offers: dict[str, Any] | None = None
    """`{"models", "voices", "languages"}`: what there is to choose from; a model may be another one."""


@dataclass
class HostStatus(Message):
    TYPE = "host-status"
    CHANNELS = ("native-down",)
    key: str
    """`set`, `not-set`, `unreadable`, or `login-needed`, which is for Vertex AI."""
    practice: bool
    model: str


@dataclass
class Profiles(Message):
    """The reply to `get-profiles` and `change-profile`."""

    TYPE = "profiles"
    CHANNELS = ("native-down",)
    active: str
    profiles: dict[str, Any]
    """`{"list": [{"name", "store", "project", "location"}]}`; `store` is one of `profiles.STORES`."""


@dataclass
class Verdict(Message):
    """The reply to `give-key` and `use-vertex`. Never holds the key."""

    TYPE = "verdict"
    CHANNELS = ("native-down",)
    verdict: str
    """`accepted`, `refused`, `unknown` (the service could not say), or `malformed`: it cannot be a key."""
    kept: str
    """Where: `keychain`, `file` or `vertex`; empty where it was not kept."""
    text: str
    """What the service said, or what was in the way; empty when there is nothing to say."""
    why: str
    """Why not in the keychain; of `malformed`, what it was taken for: one of `key_text.Kind`."""


@dataclass
class Links(Message):
    """The reply to `check-links`. Never holds the key."""

    TYPE = "links"
    CHANNELS = ("native-down",)
    links: dict[str, Any]
    """`{"list": [{"link", "state", "code", "text"}]}`, in order: names of `setup.links`, states of `way.State`. With the
    one that failed, which is the last, an `ErrorCode`."""


@dataclass
class Kept(Message):
    """The reply to `get-kept` and `delete-log`."""

    TYPE = "kept"
    CHANNELS = ("native-down",)
    settings: str
    """The file with the settings."""
    log: str
    """The folder with the log."""
    log_bytes: int


@dataclass
class Models(Message):
    """The reply to `list-models`."""

    TYPE = "models"
    CHANNELS = ("native-down",)
    models: dict[str, Any]
    """`{"list": [name]}`, to choose from."""
    origin: str
    """`service`: its own list; `practice`: the practice server's; `known`: what this version knows."""
    code: str
    """An `ErrorCode`: why it is not the service's own; empty where the service would not say more, or did."""


@dataclass
class Sample(Message):
    """The reply to `hear-voice` and `hush`."""

    TYPE = "sample"
    CHANNELS = ("native-down",)
    sound: str
    """s16le mono 24 kHz in base64, four seconds at most; empty where it was stopped."""


@dataclass
class Goodbye(Message):
    """The host leaves by its own will; not a crash."""

    TYPE = "goodbye"
    CHANNELS = ("native-down",)
    reason: str


# The link, extension to host.


@dataclass
class StartSession(Message):
    TYPE = "start-session"
    CHANNELS = ("link-up",)
    source: str
    """`tab`, `screen` or `voice`."""
    title: str
    site: str | None = None
    """The name of the host in its address."""
    talk: str | None = None
    """`hands-free`, which it is where nothing is said, or `push-to-talk`: each chunk of sound belongs to a press."""
    conversation: str | None = None
    """A name that the extension made up. A session of that name that still runs is taken up again."""
    handle: str | None = None
    """The last `resumption` of this conversation, for a host that does not know it."""
    history: dict[str, Any] | None = None
    """`{"turns": [{"role", "text"}]}`: what was said last, oldest first, for a service that does not know it."""


@dataclass
class Wake(Message):
    """A conversation that is parked goes on: the person speaks, or pressed."""

    TYPE = "wake"
    CHANNELS = ("link-up",)


@dataclass
class NetworkChanged(Message):
    """The browser's word for it; it may be wrong either way."""

    TYPE = "network-changed"
    CHANNELS = ("link-up",)
    online: bool


@dataclass
class Ask(Message):
    """A typed question. The picture and the sound that belong to it were sent just before."""

    TYPE = "ask"
    CHANNELS = ("link-up",)
    text: str


@dataclass
class CaptureChanged(Message):
    TYPE = "capture-changed"
    CHANNELS = ("link-up",)
    source: str
    title: str
    muted: bool
    paused: bool
    site: str | None = None


@dataclass
class Pointed(Message):
    """The person pointed at a part of what is shared, and the picture that was sent just before shows that part alone.

    All in fractions of the whole, from its left and from its top.
    """

    TYPE = "pointed"
    CHANNELS = ("link-up",)
    x: float
    y: float
    width: float
    height: float


@dataclass
class Ping(Message):
    """The browser has no WebSocket ping of its own."""

    TYPE = "ping"
    CHANNELS = ("link-up",)
    time: float


@dataclass
class EndSession(Message):
    TYPE = "end-session"
    CHANNELS = ("link-up",)


# The link, host to extension.


@dataclass
class Welcome(Message):
    """First message on the link: the host proves itself. The extension sends nothing before it has checked this."""

    TYPE = "welcome"
    CHANNELS = ("link-down",)
    server_token: str
    version: str


@dataclass
class Attached(Message):
    """The reply to `start-session`, before anything else of the session."""

    TYPE = "attached"
    CHANNELS = ("link-down",)
    kept: bool
    """The session that ran before goes on: its turn numbers hold, and nothing has to be told anew."""
    received: int
    """Sequence number of the last audio frame that arrived on an earlier link; -1 for none. Later ones are to be sent again."""


@dataclass
class Resumption(Message):
    """What resumes the session on another connection, another host's too; empty when there is nothing any more."""

    TYPE = "resumption"
    CHANNELS = ("link-down",)
    handle: str


@dataclass
class Dropped(Message):
    """Speech that waited too long for a connection and was given up."""

    TYPE = "dropped"
    CHANNELS = ("link-down",)
    seconds: float


@dataclass
class SessionState(Message):
    TYPE = "session-state"
    CHANNELS = ("link-down",)
    state: str
    """A name of `state.State`."""
    practice: bool
    model: str
    reason: str | None = None
    """An `ErrorCode` when the state is `reconnecting` or `failed`."""


@dataclass
class Transcript(Message):
    """A piece of what was said; pieces of one role and turn belong together."""

    TYPE = "transcript"
    CHANNELS = ("link-down",)
    role: str
    """`user` or `model`."""
    text: str
    finished: bool
    turn: int


@dataclass
class Interrupted(Message):
    """The person spoke, or the answer broke off with its connection: stop playing at once."""

    TYPE = "interrupted"
    CHANNELS = ("link-down",)
    turn: int


@dataclass
class TurnComplete(Message):
    TYPE = "turn-complete"
    CHANNELS = ("link-down",)
    turn: int


@dataclass
class Speech(Message):
    """Somebody began to speak; a picture of that moment belongs to it."""

    TYPE = "speech"
    CHANNELS = ("link-down",)
    time: float
    """Milliseconds since the Unix epoch."""


@dataclass
class FrameAck(Message):
    """The picture with this sequence number went out to Gemini, or was replaced by a newer one."""

    TYPE = "frame-ack"
    CHANNELS = ("link-down",)
    sequence: int


@dataclass
class Pong(Message):
    TYPE = "pong"
    CHANNELS = ("link-down",)
    time: float


@dataclass
class Error(Message):
    TYPE = "error"
    CHANNELS = ("native-down", "link-down")
    code: str
    text: str
    fatal: bool


_ALL: tuple[type[Message], ...] = (
    Hello, MintToken, GetSettings, ChangeSettings, GetProfiles, GiveKey, UseVertex, ChangeProfile,
    CheckLinks, GetKept, DeleteLog, ListModels, HearVoice, Hush,
    HelloBack, Token, Settings, HostStatus, Profiles, Verdict, Links, Kept, Models, Sample, Goodbye,
    StartSession, Ask, CaptureChanged, Pointed, Wake, NetworkChanged, Ping, EndSession,
    Welcome, Attached, Resumption, Dropped, SessionState, Transcript, Interrupted, TurnComplete, Speech, FrameAck,
    Pong,
    Error,
)  # fmt: skip

MESSAGES: dict[str, dict[str, type[Message]]] = {
    channel: {kind.TYPE: kind for kind in _ALL if channel in kind.CHANNELS}
    for channel in ("native-up", "native-down", "link-up", "link-down")
}

_KINDS = {
    "str": "string",
    "int": "int",
    "float": "number",
    "bool": "bool",
    "dict[str, Any]": "object",
    "str | None": "string?",
    "dict[str, Any] | None": "object?",
}
_CHECKS: dict[str, Any] = {
    "string": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300,
    "bool": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
}


def field_kinds(kind: type[Message]) -> dict[str, str]:
    """Field names of a message with the kinds that `protocol.js` uses for them."""
    return {field.name: _KINDS[str(field.type)] for field in fields(kind)}


class Envelope(NamedTuple):
    message: Message
    id: int | None = None
    """Set on a request."""
    re: int | None = None
    """Set on a reply: the `id` it answers."""


def parse(channel: str, raw: bytes | str) -> Envelope:
    """One control message from its JSON; unknown fields are ignored. Raises `ProtocolError`."""
    if len(raw) > MAX_CONTROL_BYTES:
        raise ProtocolError(f"{channel}: over {MAX_CONTROL_BYTES} bytes")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise ProtocolError(f"{channel}: not JSON") from None
    if not isinstance(value, dict):
        raise ProtocolError(f"{channel}: not an object")
    name = value.get("type")
    kind = MESSAGES[channel].get(name) if isinstance(name, str) else None
    if kind is None:
        raise ProtocolError(f"{channel}: unknown type")
    data = value.get("data")
    if not isinstance(data, dict):
        raise ProtocolError(f"{name}: no data")
    taken = {}
    for field, spec in field_kinds(kind).items():
        found = data.get(field)
        if found is None and spec.endswith("?"):
            continue
        if found is None:
            raise ProtocolError(f"{name}: {field} is missing")
        if not _CHECKS[spec.removesuffix("?")](found):
            raise ProtocolError(f"{name}: {field} is not {spec}")
        taken[field] = found
    numbers = {}
    for key in ("id", "re"):
        number = value.get(key)
        if key in value and not _CHECKS["int"](number):
            raise ProtocolError(f"{name}: {key} is not an integer")
        numbers[key] = number
    return Envelope(kind(**taken), **numbers)


def dump(message: Message, *, id: int | None = None, re: int | None = None) -> str:
    """The JSON text of one control message."""
    data = {field.name: getattr(message, field.name) for field in fields(message)}
    envelope: dict[str, Any] = {"type": message.TYPE, "data": {k: v for k, v in data.items() if v is not None}}
    if id is not None:
        envelope["id"] = id
    if re is not None:
        envelope["re"] = re
    return json.dumps(envelope, separators=(",", ":"))


AUDIO_UP, VIDEO_UP, AUDIO_DOWN, SOUND_UP = 1, 2, 3, 4
_HEADER = struct.Struct("<BBHId")
HEADER_BYTES = _HEADER.size


class Media(NamedTuple):
    """One binary frame: audio and sound are s16le mono (16 kHz up, 24 kHz down), video is one JPEG."""

    kind: int
    turn: int
    """Of audio up: the press that it was said in, 0 where nobody has to press. Without sound it says that the press is over."""
    sequence: int
    time: float
    """Milliseconds since the Unix epoch: when it was captured, or, on the way down, sent."""
    payload: bytes


def parse_media(frame: bytes) -> Media:
    """Raises `ProtocolError` for a frame that is too short, too long, or of no kind that travels up."""
    if len(frame) < HEADER_BYTES:
        raise ProtocolError("media: shorter than its header")
    if len(frame) > HEADER_BYTES + MAX_MEDIA_BYTES:
        raise ProtocolError("media: too long")
    kind, _flags, turn, sequence, time = _HEADER.unpack_from(frame)
    if kind not in (AUDIO_UP, VIDEO_UP, SOUND_UP):
        raise ProtocolError("media: unknown kind")
    if kind != VIDEO_UP and len(frame) % 2:
        raise ProtocolError("media: half a sample")
    if kind == SOUND_UP and not 0 < len(frame) - HEADER_BYTES <= MAX_SOUND_BYTES:
        raise ProtocolError(f"media: sound of {MAX_SOUND_BYTES} bytes at most, and not without any")
    return Media(kind, turn, sequence, time, frame[HEADER_BYTES:])


def parse_audio_up(frame: bytes) -> tuple[int, float, bytes] | None:
    """Sequence, time and payload of `AUDIO_UP` that no press has and that is not empty; None for all else, be it wrong or not. The
    same as `parse_media`, for what comes fifty times a second."""
    size = len(frame)
    if size % 2 or not HEADER_BYTES < size <= HEADER_BYTES + MAX_MEDIA_BYTES:
        return None
    kind, _flags, turn, sequence, time = _HEADER.unpack_from(frame)
    return None if turn or kind != AUDIO_UP else (sequence, time, frame[HEADER_BYTES:])


def dump_media(kind: int, payload: bytes, *, turn: int, sequence: int, time: float) -> bytes:
    return _HEADER.pack(kind, 0, turn & 0xFFFF, sequence & 0xFFFFFFFF, time) + payload
