"""`setup/proof.py`: a host that works passes, and each way of not working is told apart."""

from __future__ import annotations

import shlex
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
    found = proof.prove(launcher(tmp_path, HELLO + ANSWER + STATUS + LEAVE))
    assert found.version == "9"
    assert found.status is not None
    assert found.status.key == "set"


def test_a_host_that_says_nothing_of_its_key_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "STATUS_SECONDS", 0.2)
    assert proof.prove(launcher(tmp_path, HELLO + ANSWER + LEAVE)).status is None


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("raise SystemExit('no module named x')", "ended before it answered. It said: no module named x"),
        ("print('hello there, this is not a message'); import sys; sys.stdin.read()", "something else"),
        (HELLO + "os.write(1, struct.pack('=I', 4) + b'nope')\n" + LEAVE, "makes no sense"),
        (HELLO + "data['port'] = 'x'\n" + ANSWER + LEAVE, "makes no sense: hello: port"),
        (HELLO + "listener.close()\n" + ANSWER + LEAVE, "cannot be reached at 127.0.0.1:"),
        (HELLO + ANSWER + STATUS + LEAVE + "sys.exit(3)", "ended with status 3"),
        (HELLO + ANSWER + STATUS + "import threading; threading.Event().wait()", "did not leave"),
        ("import threading; threading.Event().wait()", "did not answer within"),
        (HELLO + ANSWER.replace("1", "2") + LEAVE, "did not answer within"),
    ],
)
def test_each_way_of_not_working_is_told_apart(
    program: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Shorter than a real wait, longer than a Python takes to start here.
    monkeypatch.setattr(proof, "HELLO_SECONDS", 3.0)
    monkeypatch.setattr(proof, "LEAVE_SECONDS", 0.5)
    with pytest.raises(ProofFailed) as failed:
        proof.prove(launcher(tmp_path, program))
    assert says in str(failed.value)


def test_a_launcher_that_is_no_program_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProofFailed, match="does not start"):
        proof.prove(tmp_path / "missing")


def test_the_length_is_of_bytes() -> None:
    assert proof.frame('{"a":"ü"}') == (10).to_bytes(4, sys.byteorder) + '{"a":"ü"}'.encode()
