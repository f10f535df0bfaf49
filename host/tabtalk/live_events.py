"""What a Live session says, and what it takes to open one: the seam between `live.py` and the rest, without the SDK."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tabtalk.closes import Close

GOOGLE_BASE_URL = "https://generativelanguage.googleapis.com/"


@dataclass(frozen=True, slots=True)
class Vertex:
    """A project of Google Cloud, opened by Google's own sign-in on this computer (`google_login.py`) instead of a key."""

    project: str
    location: str

    @property
    def base_url(self) -> str:
        where = {
            "global": "aiplatform",
            "us": "aiplatform.us.rep",
            "eu": "aiplatform.eu.rep",
        }
        return f"https://{where.get(self.location, f'{self.location}-aiplatform')}.googleapis.com/"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to, with which key, and as what."""

    key: str = field(repr=False)
    """Empty for Vertex AI."""
    model: str
    instructions: str
    voice: str = ""
    """A prebuilt voice's name; empty for the service's own choice."""
    patience: str = "normal"
    """`models.TURN_ENDS`"""
    push_to_talk: bool = False
    """What is said is told by presses, and not by the service's own ear."""
    detail: str = "fine"
    """`coarse` asks for pictures to be taken in by `models.COARSE`."""
    base_url: str = GOOGLE_BASE_URL
    ca_pem: str = ""
    """Certificates to trust instead of the system's, in PEM."""
    vertex: Vertex | None = None
    practice: bool = False
    park_after_s: float = 300.0
    """Without a word for so long the connection is left until there is one; 0: never."""


@dataclass(frozen=True, slots=True)
class Sound:
    pcm: bytes
    """s16le mono 24 kHz"""


@dataclass(frozen=True, slots=True)
class Said:
    role: str
    """`user` or `model`"""
    text: str
    finished: bool


@dataclass(frozen=True, slots=True)
class Interrupted:
    pass


@dataclass(frozen=True, slots=True)
class TurnComplete:
    pass


@dataclass(frozen=True, slots=True)
class Resumption:
    handle: str | None
    """None while the session cannot be resumed."""


@dataclass(frozen=True, slots=True)
class GoAway:
    seconds: float
    """Until the service closes the connection."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. Tabtalk declares none, so each one is refused."""

    id: str
    name: str


LiveEvent = Sound | Said | Interrupted | TurnComplete | Resumption | GoAway | ToolCall


class LiveClosed(Exception):
    """The connection could not be made or ended. Its text is only the kind: what the service said stays in `close`."""

    def __init__(self, close: Close) -> None:
        super().__init__(f"{close.kind} {close.code}")
        self.close = close
