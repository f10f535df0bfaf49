"""`setup/proof.py`: a host that works passes, and each way of not working is told apart."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tabtalk.setup import copies, proof
from tabtalk.setup.proof import ProofFailed

NATIVE_HOST = Path(__file__).parents[3] / "host" / "native_host.py"
HELLO = """
import json, os, socket, struct, sys
def read(): return json.loads(sys.stdin.buffer.read(struct.unpack("=I", sys.stdin.buffer.read(4))[0]))
def write(message):
    body = json.dumps(message).encode()
    os.write(1, struct.pack("=I", len(body)) + body)
listener = socket.create_server(("127.0.0.1", 0))
asked = read()
assert asked["type"] == "hello" and asked["id"] == 1 and asked["data"]["protocol"] == 1, asked
assert sys.argv[1] == "chrome-extension://glkajheednccbbphfajgpkglpfkadndo/", sys.argv
assert os.getcwd() == os.path.dirname(os.path.abspath(sys.argv[0])), os.getcwd()
data = {"version": "9", "protocol": 1, "port": listener.getsockname()[1], "token": "t", "server_token": "s"}
"""
ANSWER = "write({'type': 'hello', 're': 1, 'data': data})\n"
LET_IN = """
link, _ = listener.accept()
asked = link.recv(4096).decode()
assert "Sec-WebSocket-Protocol: tabtalk.v1, auth.t\\r\\n" in asked, asked
assert "Origin: chrome-extension://glkajheednccbbphfajgpkglpfkadndo\\r\\n" in asked, asked
welcome = json.dumps({"type": "welcome", "data": {"server_token": shown, "version": "9"}}).encode()
link.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\n\\r\\n" + b"\\x81" + bytes([len(welcome)]) + welcome)
"""
WELCOME = "shown = 's'\n" + LET_IN
STATUS = "write({'type': 'host-status', 'data': {'key': 'set', 'practice': False, 'model': 'm'}})\n"
LEAVE = "sys.stdin.buffer.read()\n"


def launcher(folder: Path, program: str) -> Path:
    (folder / "host.py").write_text(program)
    path = folder / "launcher"
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(folder / "host.py"))} "$@"\n')
    path.chmod(0o755)
    return path


def test_the_real_host_passes(tmp_path: Path, person: Path) -> None:
    del person
    path = tmp_path / "tabtalk-host"
    path.write_bytes(copies.launcher_script(Path(sys.executable), NATIVE_HOST))
    path.chmod(0o755)
    found = proof.prove(path)
    assert found.version == "0.1.0"
    assert found.milliseconds > 0
    assert found.status is not None
    assert (found.status.key, found.status.practice) == ("not-set", True)


def test_a_host_that_does_what_it_should_passes(tmp_path: Path) -> None:
    found = proof.prove(launcher(tmp_path, HELLO + ANSWER + WELCOME + STATUS + LEAVE))
    assert found.version == "9"
    assert found.status is not None
    assert found.status.key == "set"


def test_a_host_that_says_nothing_of_its_key_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "STATUS_SECONDS", 0.2)
    assert proof.prove(launcher(tmp_path, HELLO + ANSWER + WELCOME + LEAVE)).status is None


REFUSED = "link, _ = listener.accept(); link.recv(4096); link.sendall(b'HTTP/1.1 401 Unauthorized\\r\\n\\r\\n')\n"
GARBAGE = "link, _ = listener.accept(); link.recv(4096); link.sendall(b'220 mail ESMTP\\r\\n\\r\\n')\n"
BROKEN_OFF = "link, _ = listener.accept(); link.recv(4096); link.close()\n"
BROKEN = "write({'type': 'error', 're': 1, 'data': {'code': 'host-broken', 'text': 'No websockets.', 'fatal': True}})\n"
FAILURE = "write({'type': 'error', 're': 1, 'data': {'code': 'internal', 'text': 'No 127.0.0.1.', 'fatal': True}})\n"


@pytest.mark.parametrize(
    ("program", "link", "says"),
    [
        ("raise SystemExit('no module named x')", "launch", "ended before it answered. It said: no module named x"),
        (
            "print('hello there, this is not a message', flush=True); import sys; sys.stdin.read()",
            "handshake",
            "something else",
        ),
        (HELLO + "os.write(1, struct.pack('=I', 4) + b'nope')\n" + LEAVE, "handshake", "makes no sense"),
        (HELLO + "data['port'] = 'x'\n" + ANSWER + LEAVE, "handshake", "makes no sense: hello: port"),
        (HELLO + "listener.close()\n" + ANSWER + LEAVE, "socket", "cannot be reached at 127.0.0.1:"),
        (HELLO + BROKEN, "launch", "No websockets."),
        (HELLO + FAILURE + LEAVE, "socket", "No 127.0.0.1."),
        (HELLO + ANSWER + REFUSED + LEAVE, "token", "refused the link: HTTP/1.1 401"),
        (HELLO + ANSWER + GARBAGE + LEAVE, "token", "refused the link: 220 mail"),
        (HELLO + ANSWER + BROKEN_OFF + LEAVE, "token", "broke off the link"),
        (HELLO + ANSWER + "shown = 'another'\n" + LET_IN + LEAVE, "token", "something else than the host"),
        (HELLO + ANSWER + WELCOME + STATUS + LEAVE + "sys.exit(3)", "goodbye", "ended with status 3"),
        (HELLO + ANSWER + WELCOME + STATUS + "import threading; threading.Event().wait()", "goodbye", "did not leave"),
        ("import threading; threading.Event().wait()", "handshake", "did not answer within"),
        (HELLO + ANSWER.replace("1", "2") + LEAVE, "handshake", "did not answer within"),
    ],
)
def test_f19_each_way_of_not_working_is_told_apart(
    program: str, link: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only what never comes is not waited for as long as a real host's.
    if says == "did not answer within":
        monkeypatch.setattr(proof, "HELLO_SECONDS", 3.0)
    monkeypatch.setattr(proof, "LEAVE_SECONDS", 0.5)
    with pytest.raises(ProofFailed) as failed:
        proof.prove(launcher(tmp_path, program))
    assert failed.value.link == link
    assert says in str(failed.value)


def test_a_launcher_that_is_no_program_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProofFailed, match="does not start"):
        proof.prove(tmp_path / "missing")


def test_the_length_is_of_bytes() -> None:
    assert proof.frame('{"a":"ü"}') == (10).to_bytes(4, sys.byteorder) + '{"a":"ü"}'.encode()


def test_f31_a_computer_whose_loopback_is_down_is_told(
    tmp_path: Path, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a network of its own, where nobody brought `lo` up, as after `ip link set lo down`."""
    del person
    monkeypatch.setenv("PATH", os.defpath)
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network of its own to be had")
    path = tmp_path / "tabtalk-host"
    host = copies.launcher_script(Path(sys.executable), NATIVE_HOST)
    path.write_bytes(host.replace(b"exec ", b"exec unshare -n "))
    path.chmod(0o755)
    with pytest.raises(ProofFailed) as failed:
        proof.prove(path)
    assert failed.value.link == "socket"
    assert "127.0.0.1" in str(failed.value)
