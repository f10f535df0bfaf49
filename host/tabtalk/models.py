"""What the Live models can be asked for, as far as it is documented or was reported; the values are the wire's own.

A wrong value ends a session before it begins (close code 1007), so a model that is not known here is asked for nothing
beyond what all take.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sight:
    """How pictures are taken in."""

    resolution: str = "MEDIA_RESOLUTION_MEDIUM"
    coverage: str | None = None
    """Which pictures are part of a turn, and so are billed; None for the model's own default."""
    words: bool = False
    """Takes client content in the middle of a session; others end it for that."""


_SIGHTS = {
    # By default every picture that was sent is part of the next turn; here only what came with speech.
    "gemini-3.8-live": Sight("MEDIA_RESOLUTION_HIGH", "TURN_INCLUDES_ONLY_ACTIVITY", words=True),
    "gemini-3.8-live-extended-thinking": Sight("MEDIA_RESOLUTION_HIGH", "TURN_INCLUDES_ONLY_ACTIVITY", words=True),
    # The same coverage is reported to keep this one from answering what is typed.
    "gemini-3.1-flash-live-preview": Sight("MEDIA_RESOLUTION_HIGH"),
}


_VERTEX_SIGHTS = {
    # It is reported to refuse the coverage that is this model's default elsewhere, not this one.
    "gemini-3.8-live": Sight("MEDIA_RESOLUTION_HIGH", "TURN_INCLUDES_ONLY_ACTIVITY", words=True),
}
"""Vertex AI offers some of the same models under the same names, and others: `gemini-live-2.5-flash-native-audio`."""

MODELS = tuple(_SIGHTS)
"""To choose from where the service cannot be asked; it may know more."""
VERTEX_MODELS = (*_VERTEX_SIGHTS, "gemini-live-2.5-flash-native-audio")
"""Vertex AI lists its models without a word on which of them can talk."""
VOICES = (
    "Achernar", "Achird", "Algenib", "Algieba", "Alnilam", "Aoede", "Autonoe", "Callirrhoe", "Charon", "Despina",
    "Enceladus", "Erinome", "Fenrir", "Gacrux", "Iapetus", "Kore", "Laomedeia", "Leda", "Orus", "Puck",
    "Pulcherrima", "Rasalgethi", "Sadachbia", "Sadaltager", "Schedar", "Sulafat", "Umbriel", "Vindemiatrix", "Zephyr",
    "Zubenelgenubi",
)  # fmt: skip
COARSE = "MEDIA_RESOLUTION_LOW"
"""A quarter of the tokens of a picture; fine print is lost."""


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """When the service takes a pause for the end of what was said."""

    silence_ms: int
    sensitivity: str


TURN_ENDS = {
    "short": TurnEnd(400, "END_SENSITIVITY_HIGH"),
    "patient": TurnEnd(2000, "END_SENSITIVITY_LOW"),
}
"""By the setting `patience`; what is not here is left to the service, which waits some 800 ms. All models take these."""


def sight(model: str, *, vertex: bool = False) -> Sight:
    """`model` is a name with or without its `models/`."""
    return (_VERTEX_SIGHTS if vertex else _SIGHTS).get(model.rpartition("/")[2], Sight())
