"""Framing and the claim on stdio."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tabtalk.protocol import MAX_CONTROL_BYTES
from tabtalk.stdio import FramingError, Wire

HOST = Path(__file__).parents[2] / "host"


def framed(body: bytes) -> bytes:
    return struct.pack("=I", len(body)) + body


class Pipe:
    """A wire whose browser side the test holds."""

    def __init__(self) -> None:
        self.host_in, self.browser_out = os.pipe()
        self.browser_in, self.host_out = os.pipe()
        self.wire = Wire(self.host_in, self.host_out)

    def close_browser(self) -> None:
        if self.browser_out >= 0:
            os.close(self.browser_out)
        self.browser_out = -1

    def close(self) -> None:
        self.close_browser()
        for fd in (self.host_in, self.browser_in, self.host_out):
            os.close(fd)


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    pipe.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=4), st.data())
def test_t15_messages_split_at_any_byte_arrive_whole(bodies, data):
    pipe = Pipe()
    try:
        stream = b"".join(framed(body) for body in bodies)
        cut = data.draw(st.integers(0, len(stream)))
        os.write(pipe.browser_out, stream[:cut])
        got = []
        # The reader is in the middle of a message when the rest comes, as it would be with a slow browser.
        import threading

        reader = threading.Thread(target=lambda: got.extend(iter(pipe.wire.read, None)))
        reader.start()
        os.write(pipe.browser_out, stream[cut:])
        pipe.close_browser()
        reader.join(5)
        assert got == bodies
    finally:
        pipe.close()


@pytest.mark.parametrize("length", [0, MAX_CONTROL_BYTES + 1, 2**32 - 1])
def test_t15_a_length_out_of_bounds_is_refused_before_anything_is_allocated(pipe, length):
    os.write(pipe.browser_out, struct.pack("=I", length))
    with pytest.raises(FramingError, match=str(length)):
        pipe.wire.read()


@pytest.mark.parametrize("stream", [b"\x01", b"\x05\x00\x00\x00", b"\x05\x00\x00\x00ab"])
def test_t15_an_end_inside_a_message_is_an_error(pipe, stream):
    os.write(pipe.browser_out, stream)
    pipe.close_browser()
    with pytest.raises(FramingError):
        pipe.wire.read()


def test_an_end_between_messages_is_the_end(pipe):
    os.write(pipe.browser_out, framed(b"{}"))
    pipe.close_browser()
    assert pipe.wire.read() == b"{}"
    assert pipe.wire.read() is None


def test_the_length_counts_bytes_not_letters(pipe):
    pipe.wire.write('{"text":"é漢"}')
    body = '{"text":"é漢"}'.encode()
    assert os.read(pipe.browser_in, 100) == framed(body)


def test_a_message_over_the_limit_is_not_sent(pipe):
    with pytest.raises(FramingError):
        pipe.wire.write("x" * (MAX_CONTROL_BYTES + 1))


CLAIM = """
import ctypes, os, subprocess, sys
from tabtalk import stdio
wire = stdio.claim()
print("stray print")
sys.stdout.flush()
os.write(1, b"stray write")
libc = ctypes.CDLL(None)
libc.printf(b"stray printf")
libc.fflush(None)
subprocess.run(["echo", "stray child"])
assert os.read(0, 10) == b""
wire.write("{}")
assert wire.read() == b"hello"
"""


@pytest.mark.skipif(sys.platform == "win32", reason="printf and echo are those of a POSIX system")
def test_t16_nothing_stray_reaches_the_wire():
    done = subprocess.run(
        [sys.executable, "-c", CLAIM], input=framed(b"hello"), capture_output=True, cwd=HOST, timeout=20, check=True
    )
    assert done.stdout == framed(b"{}")
    for stray in (b"stray print", b"stray write", b"stray printf", b"stray child"):
        assert stray in done.stderr
