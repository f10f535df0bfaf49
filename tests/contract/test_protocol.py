"""The two halves of the wire, its documentation and the manifest say the same."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tabtalk import __version__, protocol
from tabtalk.protocol import ErrorCode
from tabtalk.state import TRANSITIONS, Event, State

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")
ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


class Frame(NamedTuple):
    kind: int
    turn: int
    sequence: int
    time: float
    payload: bytes
    hex: str
    """The whole frame, as it stands on the wire."""


FRAMES = (
    Frame(1, 0, 0, 0.0, b"", "01000000" + "00000000" + "0000000000000000"),
    Frame(1, 0, 7, 1.0, b"\x01\x02\xff\x7f", "01000000" + "07000000" + "000000000000f03f" + "0102ff7f"),
    Frame(1, 65535, 8, 1.0, b"", "0100ffff" + "08000000" + "000000000000f03f"),
    Frame(
        2, 0, 4294967295, 1790000000123.25, b"\xff\xd8\xff\xd9", "02000000ffffffff" + "00b4c706450c7a42" + "ffd8ffd9"
    ),
    Frame(3, 65535, 256, -0.5, b"\x00\x80", "0300ffff" + "00010000" + "000000000000e0bf" + "0080"),
    Frame(4, 0, 2, 1.0, b"\x01\x02", "04000000" + "02000000" + "000000000000f03f" + "0102"),
)


@pytest.fixture(scope="module")
def javascript() -> Any:
    """What `half.mjs` says."""
    assert NODE, "the contract needs Node to ask the JavaScript half"
    asked = {"frames": [{**frame._asdict(), "payload": frame.payload.hex()} for frame in FRAMES]}
    answer = subprocess.run(
        [NODE, str(Path(__file__).with_name("half.mjs"))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def section(document: str, heading: str) -> str:
    """The text under a heading, up to the next one of any level."""
    text = (ROOT / "docs" / document).read_text("utf-8")
    assert f"\n{heading}\n" in text, f"{document} has no heading {heading!r}"
    return re.split(r"\n#+ ", text.split(f"\n{heading}\n", 1)[1], maxsplit=1)[0]


def table(text: str) -> list[list[str]]:
    """Cells of the rows of a Markdown table, without its head."""
    return [[cell.strip() for cell in row.split("|")] for row in ROW.findall(text)[2:]]


def test_both_halves_know_the_same_messages_with_the_same_fields(javascript: Any) -> None:
    python = {
        channel: {name: protocol.field_kinds(kind) for name, kind in kinds.items()}
        for channel, kinds in protocol.MESSAGES.items()
    }
    assert javascript["messages"] == python


def test_both_halves_know_the_same_error_codes_in_the_same_order(javascript: Any) -> None:
    assert javascript["error_codes"] == [code.value for code in ErrorCode]


def test_both_halves_have_the_same_constants(javascript: Any) -> None:
    names = [name for name in javascript["constants"] if name != "MEDIA"]
    assert {name: getattr(protocol, name) for name in names} == {name: javascript["constants"][name] for name in names}
    assert javascript["constants"]["MEDIA"] == {
        name: getattr(protocol, name) for name in ("AUDIO_UP", "VIDEO_UP", "AUDIO_DOWN", "SOUND_UP")
    }


@pytest.mark.parametrize("at", range(len(FRAMES)))
def test_media_frames_are_the_same_bytes_in_both_halves(javascript: Any, at: int) -> None:
    frame, theirs = FRAMES[at], javascript["media"][at]
    ours = protocol.dump_media(frame.kind, frame.payload, turn=frame.turn, sequence=frame.sequence, time=frame.time)
    assert ours.hex() == frame.hex
    assert theirs["encoded"] == frame.hex
    assert theirs["decoded"] == {
        "kind": frame.kind,
        "turn": frame.turn,
        "sequence": frame.sequence,
        "time": frame.time,
        "payload": frame.payload.hex(),
    }
    if frame.kind != protocol.AUDIO_DOWN:
        assert protocol.parse_media(bytes.fromhex(theirs["encoded"])) == protocol.Media(*frame[:5])


def test_the_extension_id_follows_from_the_key_in_the_manifest() -> None:
    import base64

    manifest = json.loads((ROOT / "extension" / "manifest.json").read_text("utf-8"))
    digest = hashlib.sha256(base64.b64decode(manifest["key"])).hexdigest()[:32]
    assert "".join(chr(ord("a") + int(digit, 16)) for digit in digest) == protocol.EXTENSION_ID


def test_every_part_has_the_same_version() -> None:
    manifest = json.loads((ROOT / "extension" / "manifest.json").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert manifest["version"] == project["project"]["version"] == __version__
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_state_table_is_the_same_in_both_halves(javascript: Any) -> None:
    assert javascript["transitions"] == {
        state.value: {event.value: after.value for event, after in row.items()} for state, row in TRANSITIONS.items()
    }
    assert set(TRANSITIONS) == set(State)


def test_the_state_table_stands_in_the_architecture() -> None:
    text = section("ARCHITECTURE.md", "## States")
    rows = ROW.findall(text)
    events = [cell.strip() for cell in rows[0].split("|")][1:]
    assert events == [event.value for event in Event]
    documented = {
        state: {event: after for event, after in zip(events, cells, strict=True) if after}
        for state, *cells in table(text)
    }
    assert documented == {
        state.value: {event.value: after.value for event, after in row.items()} for state, row in TRANSITIONS.items()
    }


@pytest.mark.parametrize("channel", protocol.MESSAGES)
def test_every_message_is_documented_with_its_fields(channel: str) -> None:
    documented = {
        name.strip("`"): dict(re.findall(r"`(\w+)` ([a-z]+\??)", fields))
        for name, fields, _meaning in table(section("PROTOCOL.md", f"### `{channel}`"))
    }
    assert documented == {name: protocol.field_kinds(kind) for name, kind in protocol.MESSAGES[channel].items()}


def test_every_error_code_is_documented_with_its_mend() -> None:
    rows = table(section("PROTOCOL.md", "## Errors"))
    assert [code.strip("`") for code, _meaning, _mend in rows] == [code.value for code in ErrorCode]
    assert all(meaning and mend for _code, meaning, mend in rows)


def test_every_error_code_has_its_place_in_the_troubleshooting() -> None:
    text = (ROOT / "docs" / "TROUBLESHOOTING.md").read_text("utf-8")
    assert re.findall(r"(?m)^### .*\(`([a-z-]+)`\)$", text) == [code.value for code in ErrorCode]


def test_the_limits_are_documented() -> None:
    text = (ROOT / "docs" / "PROTOCOL.md").read_text("utf-8")
    assert f"{protocol.MAX_CONTROL_BYTES // 1024} KiB" in text
    assert f"{protocol.MAX_MEDIA_BYTES // 1024 // 1024} MiB" in text
    assert f"{protocol.MAX_SOUND_BYTES} bytes" in text
    assert protocol.SUBPROTOCOL in text
    assert protocol.HOST_NAME in text
