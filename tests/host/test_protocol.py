"""The Python half of the wire: golden messages, hostile ones, and whatever a fuzzer thinks of."""

from __future__ import annotations

import contextlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tabtalk import protocol
from tabtalk.protocol import ProtocolError

GOLDEN = Path(__file__).parents[1] / "protocol"
CHANNELS = sorted(protocol.MESSAGES)
GOOD = sorted(path for channel in CHANNELS for path in (GOLDEN / channel).rglob("*.json"))
BAD = sorted((GOLDEN / "bad").rglob("*.json"))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=50),
    "string?": st.none() | st.text(max_size=50),
    "int": st.integers(0, 2**53),
    "number": st.floats(-1e15, 1e15),
    "bool": st.booleans(),
    "object": st.dictionaries(st.text(max_size=10), st.text(max_size=10) | st.none(), max_size=4),
    "object?": st.none() | st.dictionaries(st.text(max_size=10), st.text(max_size=10) | st.none(), max_size=4),
}
KINDS = [(channel, kind) for channel in CHANNELS for kind in protocol.MESSAGES[channel].values()]


def name(path: Path) -> str:
    return str(path.relative_to(GOLDEN).with_suffix(""))


@pytest.mark.parametrize("path", GOOD, ids=name)
def test_a_golden_message_is_understood_and_said_the_same(path: Path) -> None:
    channel, type, _case = path.relative_to(GOLDEN).parts
    golden = json.loads(path.read_text("utf-8"))
    message, id, re = protocol.parse(channel, path.read_bytes())
    assert type == message.TYPE
    assert {field.name for field in fields(message)} >= set(golden["data"])
    assert json.loads(protocol.dump(message, id=id, re=re)) == golden


def test_every_message_has_a_golden_one() -> None:
    told = {(path.parent.parent.name, path.parent.name) for path in GOOD}
    assert told == {(channel, kind.TYPE) for channel, kind in KINDS}


@pytest.mark.parametrize("path", BAD, ids=name)
def test_t15_a_message_that_does_not_fit_is_refused(path: Path) -> None:
    with pytest.raises(ProtocolError):
        protocol.parse(path.parent.name, path.read_bytes())


def test_unknown_fields_are_ignored_so_that_a_newer_peer_is_understood() -> None:
    message, _id, _re = protocol.parse("link-up", '{"type": "ask", "data": {"text": "x", "mood": 1}, "later": true}')
    assert message == protocol.Ask("x")


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe", b"{", b"[" * 100_000, b'{"type": "ask", "data": {"text": NaN}}', b'"' + b"a" * 300_000 + b'"'],
    ids=["empty", "not UTF-8", "cut off", "deep", "NaN", "long"],
)
def test_t15_what_is_not_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        protocol.parse("link-up", raw)


def test_t15_the_size_of_a_message_counts_in_bytes() -> None:
    around = len('{"type":"ask","data":{"text":""}}')
    fits = protocol.dump(protocol.Ask("a" * (protocol.MAX_CONTROL_BYTES - around)))
    assert len(fits) == protocol.MAX_CONTROL_BYTES
    assert protocol.parse("link-up", fits)
    with pytest.raises(ProtocolError, match="over"):
        protocol.parse("link-up", fits.encode() + b" ")


def test_t19_a_refusal_names_the_field_and_never_its_value() -> None:
    with pytest.raises(ProtocolError) as refused:
        protocol.parse("native-up", '{"type": "hello", "data": {"version": "AIzaCANARY", "protocol": "AIzaCANARY"}}')
    assert "protocol" in str(refused.value)
    assert "CANARY" not in str(refused.value)


@pytest.mark.parametrize("time", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_t15_a_number_is_finite(time: str) -> None:
    with pytest.raises(ProtocolError, match="time"):
        protocol.parse("link-up", f'{{"type": "ping", "data": {{"time": {time}}}}}')


@given(st.sampled_from(CHANNELS), st.binary(max_size=200) | st.text(max_size=200))
def test_t15_any_bytes_are_a_message_or_a_refusal(channel: str, raw: bytes | str) -> None:
    with contextlib.suppress(ProtocolError):
        protocol.parse(channel, raw)


@given(st.sampled_from(KINDS), JSON, JSON, JSON)
def test_t15_any_json_is_a_message_or_a_refusal(
    kind: tuple[str, type[protocol.Message]], data: Any, id: Any, re: Any
) -> None:
    channel, message = kind
    for envelope in (
        data,
        {"type": message.TYPE, "data": data},
        {"type": message.TYPE, "id": id, "re": re, "data": data},
    ):
        with contextlib.suppress(ProtocolError):
            parsed = protocol.parse(channel, json.dumps(envelope))
            assert isinstance(parsed.message, message)


@given(st.data())
def test_every_message_survives_the_wire(data: st.DataObject) -> None:
    channel, kind = data.draw(st.sampled_from(KINDS))
    made = kind(**{field: data.draw(VALUES[spec]) for field, spec in protocol.field_kinds(kind).items()})
    id = data.draw(st.none() | st.integers(0, 2**53))
    re = data.draw(st.none() | st.integers(0, 2**53))
    assert protocol.parse(channel, protocol.dump(made, id=id, re=re)) == protocol.Envelope(made, id, re)


@given(
    st.sampled_from([protocol.AUDIO_UP, protocol.VIDEO_UP, protocol.SOUND_UP]),
    st.binary(min_size=1, max_size=200),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.floats(allow_nan=False),
)
def test_media_survive_the_wire(kind: int, half: bytes, turn: int, sequence: int, time: float) -> None:
    payload = half * 2
    frame = protocol.dump_media(kind, payload, turn=turn, sequence=sequence, time=time)
    assert protocol.parse_media(frame) == protocol.Media(kind, turn, sequence, time, payload)


@given(
    kind=st.sampled_from([protocol.AUDIO_UP, protocol.VIDEO_UP, protocol.SOUND_UP, protocol.AUDIO_DOWN]),
    payload=st.binary(max_size=6),
    turn=st.sampled_from([0, 1, 0xFFFF]),
    sequence=st.integers(0, 0xFFFFFFFF),
    time=st.floats(allow_nan=False),
    length=st.integers(0, 30),
)
@example(kind=protocol.AUDIO_UP, payload=b"\x01\x02", turn=0, sequence=7, time=1.5, length=30)
@example(kind=protocol.AUDIO_UP, payload=b"\x01\x02", turn=3, sequence=7, time=1.5, length=30)
@example(kind=protocol.AUDIO_UP, payload=b"", turn=0, sequence=7, time=1.5, length=30)
def test_sound_of_no_press_is_read_alike_in_both_ways(
    *, kind: int, payload: bytes, turn: int, sequence: int, time: float, length: int
) -> None:
    frame = protocol.dump_media(kind, payload, turn=turn, sequence=sequence, time=time)[:length]
    try:
        media = protocol.parse_media(frame)
    except ProtocolError:
        assert protocol.parse_audio_up(frame) is None
        return
    told = media.kind == protocol.AUDIO_UP and not media.turn and media.payload
    assert protocol.parse_audio_up(frame) == ((media.sequence, media.time, media.payload) if told else None)


def test_t11_sound_of_no_press_that_is_too_long_is_left_to_be_refused() -> None:
    longest = protocol.dump_media(protocol.AUDIO_UP, bytes(protocol.MAX_MEDIA_BYTES), turn=0, sequence=1, time=0)
    assert protocol.parse_audio_up(longest)
    assert protocol.parse_audio_up(longest + bytes(2)) is None


@given(st.binary(max_size=64))
def test_t15_any_bytes_are_media_or_a_refusal(frame: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        media = protocol.parse_media(frame)
        assert media.kind in (protocol.AUDIO_UP, protocol.VIDEO_UP, protocol.SOUND_UP)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b"", "shorter"),
        (b"\x01" + bytes(14), "shorter"),
        (b"\x00" + bytes(15), "kind"),
        (b"\x03" + bytes(15), "kind"),
        (b"\x01" + bytes(16), "half a sample"),
        (b"\x04" + bytes(18), "half a sample"),
        (b"\x04" + bytes(15), "not without any"),
        (b"\x04" + bytes(15 + protocol.MAX_SOUND_BYTES + 2), "1440000 bytes at most"),
        (b"\x02" + bytes(15 + protocol.MAX_MEDIA_BYTES + 1), "too long"),
    ],
    ids=[
        "empty",
        "short header",
        "kind 0",
        "downward kind",
        "odd audio",
        "odd sound",
        "no sound",
        "long sound",
        "over the limit",
    ],
)
def test_t11_media_that_do_not_fit_are_refused(frame: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        protocol.parse_media(frame)


def test_the_longest_sound_fits() -> None:
    frame = protocol.dump_media(protocol.SOUND_UP, bytes(protocol.MAX_SOUND_BYTES), turn=0, sequence=1, time=0)
    assert len(protocol.parse_media(frame).payload) == protocol.MAX_SOUND_BYTES


def test_the_largest_picture_fits() -> None:
    frame = protocol.dump_media(protocol.VIDEO_UP, bytes(protocol.MAX_MEDIA_BYTES), turn=0, sequence=1, time=0)
    assert len(protocol.parse_media(frame).payload) == protocol.MAX_MEDIA_BYTES


def test_sequence_and_turn_wrap_around() -> None:
    frame = protocol.dump_media(protocol.VIDEO_UP, b"", turn=0x1_0001, sequence=0x1_0000_0002, time=0)
    assert protocol.parse_media(frame)[1:3] == (1, 2)
