"""The host as the browser starts it: a process, its stdio, and what it leaves behind."""

import contextlib
import json
import os
import re
import struct
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.sync.client import connect

from tabtalk.practice import scenarios
from tabtalk.practice.scenario import Scenario
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread
from tabtalk.protocol import EXTENSION_ORIGIN, MAX_CONTROL_BYTES

HOST = Path(__file__).parents[2] / "host" / "native_host.py"
CANARY = "AIzaCANARY0123456789abcdefghijklmnopqrs"
LOOKS = 5


class Process:
    """A host and the browser's side of its stdio."""

    def __init__(self, home, *, origin=EXTENSION_ORIGIN + "/", env=(), stderr=subprocess.PIPE, python=sys.executable):
        variables = {"XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home, "XDG_DATA_HOME": home, "HOME": home}
        arguments = [python, "-I", HOST, *([origin] if origin is not None else [])]
        if stderr is None:
            arguments = ["sh", "-c", 'exec "$0" "$@" 2>&-', *arguments]
        self.process = subprocess.Popen(
            [str(part) for part in arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **{name: str(value) for name, value in variables.items()}, **dict(env)},
        )

    def send_raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, type, id=None, **data):
        body = json.dumps({"type": type, "data": data} | ({} if id is None else {"id": id})).encode()
        self.send_raw(struct.pack("=I", len(body)) + body)

    def receive(self):
        """The next message; None at the end."""
        head = self.process.stdout.read(4)
        if not head:
            return None
        (length,) = struct.unpack("=I", head)
        return json.loads(self.process.stdout.read(length))

    def until(self, type):
        while (message := self.receive()) is not None:
            if message["type"] == type:
                return message
        raise AssertionError(f"the host ended without {type}")

    def hello(self, **more):
        self.send("hello", id=1, version="0.1.0", protocol=1, **more)
        answer = self.until("hello")
        assert answer["re"] == 1
        return answer["data"]

    def link(self, credentials):
        return connect(
            f"ws://127.0.0.1:{credentials['port']}",
            origin=EXTENSION_ORIGIN,
            subprotocols=["tabtalk.v1", "auth." + credentials["token"]],
            proxy=None,
        )

    def leave(self):
        """What the browser does; returns the exit status."""
        self.process.stdin.close()
        return self.process.wait(5)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def start(tmp_path):
    started = []

    def start(**more):
        started.append(Process(tmp_path, **more))
        return started[-1]

    yield start
    for process in started:
        process.close()


def configure(home, server, key=CANARY):
    """Settings and key as set-up leaves them."""
    folder = home / "tabtalk"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "ca.pem").write_text(server.ca_pem)
    (folder / "settings.toml").write_text(
        f'[gemini]\nbase_url = "{server.base_url}"\nca_file = "{folder / "ca.pem"}"\n[key]\nstore = "file"\n'
    )
    with os.fdopen(os.open(folder / "api-key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key)


def open_files(pid):
    return os.listdir(f"/proc/{pid}/fd")


def test_hello_is_answered_before_the_sdk_is_imported(start):
    # The import begins just after the answer: whoever looks late sees it, but not each time.
    for _ in range(LOOKS):
        process = start()
        answer = process.hello()
        maps = Path(f"/proc/{process.process.pid}/maps")
        imported = maps.exists() and "pydantic_core" in maps.read_text()
        assert set(answer) == {"version", "protocol", "port", "token", "server_token"}
        assert process.leave() == 0
        if not imported:
            return
    raise AssertionError("never seen without")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sessions of this kind")
def test_the_host_has_a_session_and_so_a_share_of_the_processor_of_its_own(start):
    host = start()
    host.hello()
    assert os.getsid(host.process.pid) == host.process.pid


def test_eof_ends_the_host_even_in_the_middle_of_the_import(start):
    process = start()
    process.hello()
    began = time.monotonic()
    assert process.leave() == 0
    assert time.monotonic() - began < 2, "the browser kills after two seconds"


@pytest.fixture
def bare_python(tmp_path):
    """The Python of an environment without packages, as one that a newer Python has taken the place of."""
    folder = tmp_path / "env"
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def test_a_host_whose_packages_are_not_found_answers_hello_with_host_broken(start, bare_python):
    process = start(python=bare_python)
    process.send("hello", id=1, version="0.1.0", protocol=1)
    answer = process.receive()
    version = ".".join(map(str, sys.version_info[:3]))
    assert answer == {
        "type": "error",
        "re": 1,
        "data": {
            "code": "host-broken",
            "text": f"The host cannot load its packages: websockets is missing for Python {version}.",
            "fatal": True,
        },
    }
    assert process.receive() is None
    assert process.process.wait(5) == 5
    assert b"Run set-up again" in process.process.stderr.read()


@pytest.mark.parametrize("fault", ["raise ImportError('half of it')", "raise OSError('half of it')", "half of ("])
def test_a_host_whose_packages_are_damaged_reports_host_broken_after_hello(start, bare_python, fault):
    (packages,) = bare_python.parents[1].rglob("site-packages")
    (packages / "websockets").mkdir()
    (packages / "websockets" / "__init__.py").write_text(f"{fault}\n")
    process = start(python=bare_python)
    process.hello()
    told = process.until("error")
    assert "re" not in told
    assert (told["data"]["code"], told["data"]["fatal"]) == ("host-broken", True)
    assert told["data"]["text"].startswith("The host cannot load its packages: ")
    assert process.receive() is None
    assert process.process.wait(5) == 5
    assert b"Traceback" in process.process.stderr.read()


@pytest.mark.parametrize("origin", [None, "", "chrome-extension://" + "a" * 32 + "/", "https://evil.test/", "--help"])
def test_t13_another_caller_is_turned_away_without_a_listener(start, origin):
    process = start(origin=origin)
    output, error = process.process.communicate(timeout=10)
    assert process.process.returncode != 0
    assert output == b""
    assert b"Tabtalk extension" in error


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_t15_any_bytes_on_stdin_end_in_an_error_or_a_clean_exit(start, data):
    process = start()
    output, error = process.process.communicate(data, timeout=20)
    assert process.process.returncode in {0, 4}
    assert b"Traceback" not in error
    assert b'"type":"hello"' not in output


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"type":"hello"}',
        b'{"type":["hello"],"data":{}}',
        b'{"type":"hello","data":{"version":1,"protocol":1}}',
        b'{"type":"hello","id":"1","data":{"version":"0","protocol":1}}',
        b'{"type":"mint-token","data":{}}',
        b'{"type":"start-session","data":{"source":"tab","title":""}}',
        b"[" * 50_000,
        b'{"type":"hello","data":{"version":"0","protocol":1e400}}',
    ],
)
def test_t15_a_message_that_does_not_fit_is_an_error_and_hello_still_works(start, body):
    process = start()
    process.send_raw(struct.pack("=I", len(body)) + body)
    refused = process.receive()
    assert refused["type"] == "error"
    assert refused["data"]["code"] == "bad-message"
    assert process.hello()["port"] > 0


def test_t15_a_length_over_the_limit_ends_the_host_with_a_reason(start):
    process = start()
    process.hello()
    process.send_raw(struct.pack("=I", MAX_CONTROL_BYTES + 1))
    assert process.process.wait(5) == 0


def test_t16_what_a_library_prints_does_not_reach_the_browser(start, tmp_path):
    # PYTHON* is not for the host: it runs isolated.
    process = start(env={"PYTHONSTARTUP": "/nonexistent", "PYTHONPATH": str(tmp_path), "PYTHONVERBOSE": "1"})
    process.hello()
    process.until("host-status")
    assert process.leave() == 0


def test_t7_each_token_opens_one_link_and_another_can_be_minted(start):
    process = start()
    credentials = process.hello()
    with process.link(credentials) as link:
        assert json.loads(link.recv(5))["data"]["server_token"] == credentials["server_token"]
    process.send("mint-token", id=2)
    minted = process.until("token")
    assert minted["re"] == 2
    assert minted["data"]["token"] != credentials["token"]
    with process.link(minted["data"]) as link:
        assert json.loads(link.recv(5))["data"]["server_token"] == minted["data"]["server_token"]


def test_without_a_key_the_practice_server_answers(start):
    process = start()
    with process.link(process.hello()) as link:
        link.send('{"type":"start-session","data":{"source":"voice","title":""}}')
        state = {}
        while state.get("state") != "live":
            message = json.loads(link.recv(10))
            state = message["data"] if message["type"] == "session-state" else state
        assert state["practice"] is True
    assert process.until("host-status")["data"] == {"key": "not-set", "practice": True, "model": "gemini-3.8-live"}


def test_t18_the_stored_key_and_no_other_is_used(start, tmp_path):
    with run_in_thread(PracticeServer(Scenario, key=CANARY)) as server:
        configure(tmp_path, server)
        env = {
            "GOOGLE_API_KEY": "wrong",
            "GEMINI_API_KEY": "wrong too",
            "GOOGLE_GEMINI_BASE_URL": "https://127.0.0.1:9",
            "GOOGLE_GENAI_USE_VERTEXAI": "true",
        }
        process = start(env=env)
        with process.link(process.hello()) as link:
            link.send('{"type":"start-session","data":{"source":"voice","title":""}}')
            server.recorder.wait(lambda r: r.setups)
        assert process.until("host-status")["data"]["key"] == "set"


def test_a_key_that_cannot_be_read_is_told_and_never_replaced_by_practice(start, tmp_path):
    with run_in_thread(PracticeServer(Scenario, key=CANARY)) as server:
        configure(tmp_path, server)
        (tmp_path / "tabtalk" / "api-key").chmod(0o644)
        process = start()
        with process.link(process.hello()) as link:
            link.send('{"type":"start-session","data":{"source":"voice","title":""}}')
            seen = [json.loads(frame) for frame in link]
        assert seen[-1]["data"]["reason"] == "key-unreadable"
        assert process.until("host-status")["data"]["key"] == "unreadable"


def test_t6_t19_key_and_tokens_are_nowhere_but_in_the_request(start, tmp_path):
    with run_in_thread(PracticeServer(scenarios.RejectKey)) as server:
        configure(tmp_path, server)
        process = start(env={"WEBSOCKETS_LOG_LEVEL": "DEBUG", "GOOGLE_SDK_PYTHON_LOGGING_SCOPE": "google"})
        credentials = process.hello()
        pid = process.process.pid
        seen = b""
        if Path("/proc").exists():
            seen += Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        with process.link(credentials) as link:
            link.send('{"type":"start-session","data":{"source":"voice","title":"a title CANARYTITLE"}}')
            link.send('{"type":"ask","data":{"text":"CANARYWORDS"}}')
            seen += b"".join(frame.encode() for frame in link)
        process.process.stdin.close()
        seen += process.process.stdout.read() + process.process.stderr.read()
        process.process.wait(5)
    for file in tmp_path.rglob("*"):
        if file.is_file() and file.name != "api-key":
            seen += file.read_bytes()
    assert b"key-rejected" in seen
    for secret in ("CANARY", credentials["token"], credentials["server_token"]):
        assert secret.encode() not in seen.replace(json.dumps(credentials["server_token"]).encode(), b""), (
            "the welcome is the one place for the server's token"
        )


def test_what_an_organisation_decided_comes_with_the_hello(start, tmp_path):
    process = start()
    process.hello(managed={"voice": "Leda", "base_url": "https://evil.example"})
    process.send("change-settings", id=5, settings={"voice": "Kore"})
    assert process.until("error")["data"]["code"] == "settings-invalid"
    process.send("get-settings", id=6)
    told = process.until("settings")["data"]
    assert told["settings"]["voice"] == "Leda"
    process.hello(managed={})
    process.send("change-settings", id=7, settings={"voice": "Kore"})
    assert process.until("settings")["data"]["settings"]["voice"] == "Kore"
    assert "Leda" in told["offers"]["voices"]


def test_settings_are_shown_and_changed_without_the_key(start, tmp_path):
    process = start()
    process.hello()
    process.send("change-settings", id=5, settings={"voice": "Kore"})
    assert process.until("settings")["data"]["settings"]["voice"] == "Kore"
    process.send("get-settings", id=6)
    assert process.until("settings")["data"]["settings"] == {
        "model": "gemini-3.8-live",
        "voice": "Kore",
        "instructions": "",
        "language": "",
        "speed": "normal",
        "patience": "normal",
        "detail": "fine",
        "park_minutes": "5",
    }
    process.send("change-settings", id=7, settings={"base_url": "https://evil.test"})
    refused = process.until("error")
    assert refused["re"] == 7
    assert refused["data"]["code"] == "settings-invalid"
    assert "evil" not in (tmp_path / "tabtalk" / "settings.toml").read_text()


def test_t26_nothing_is_written_but_the_log(start, tmp_path):
    process = start()
    with process.link(process.hello()) as link:
        link.send('{"type":"start-session","data":{"source":"voice","title":""}}')
        link.send('{"type":"ask","data":{"text":"SPOKENWORDS"}}')
        frame = ""
        while not (isinstance(frame, str) and "turn-complete" in frame):
            frame = link.recv(10)
    assert process.leave() == 0
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [file.name for file in written] == ["host.log"]
    text = written[0].read_text()
    assert "state live" in text
    assert not re.search("SPOKENWORDS|Practice", text)


def test_f25_a_browser_that_does_not_read_any_more_ends_the_host(start):
    process = start()
    process.hello()
    process.process.stdout.close()
    process.process.stdout = open(os.devnull, "rb")  # noqa: SIM115 (closed with the process)
    process.send("mint-token", id=2)
    assert process.process.wait(10) == 0


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 64 KiB, of which all but a little is taken."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    try:
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("may not mount a disk")
    except FileNotFoundError:
        pytest.skip("cannot mount a disk")
    try:
        (folder / "taken").write_bytes(bytes(64 * 1024 - 16 * 1024))
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("left", ["a little", "nothing"])
def test_f30_a_conversation_goes_on_when_the_disk_of_the_log_is_full(start, small_disk, left):
    if left == "nothing":
        with contextlib.suppress(OSError), (small_disk / "more").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
    process = start(env={"XDG_STATE_HOME": str(small_disk)})
    with process.link(process.hello()) as link:
        link.send('{"type":"start-session","data":{"source":"voice","title":""}}')
        state = {}
        while state.get("state") != "live":
            message = json.loads(link.recv(10))
            state = message["data"] if message["type"] == "session-state" else state
        link.send('{"type":"end-session","data":{}}')
    assert process.leave() == 0


def test_f31_a_gate_that_cannot_listen_is_told(start, tmp_path):
    blocked = (
        "import sys, socket\n"
        "def refuse(*_): raise OSError(98, 'Address already in use')\n"
        f"socket.socket.bind = refuse; sys.argv = ['native_host.py', '{EXTENSION_ORIGIN}/']\n"
        f"import runpy; runpy.run_path({str(HOST)!r}, run_name='__main__')\n"
    )
    body = b'{"type":"hello","id":1,"data":{"version":"0.1.0","protocol":1}}'
    done = subprocess.run(
        [sys.executable, "-c", blocked],
        input=struct.pack("=I", len(body)) + body,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 3
    assert b"127.0.0.1" in done.stdout
    assert b'"re":1' in done.stdout


def test_t15_half_a_letter_in_a_setting_is_refused_and_the_host_goes_on(start):
    process = start()
    process.hello()
    process.send("change-settings", id=2, settings={"instructions": "half \ud83d"})
    assert process.until("error")["data"]["code"] == "settings-invalid"
    process.send("mint-token", id=3)
    assert process.until("token")["re"] == 3
    assert process.leave() == 0


def test_f25_a_host_without_stderr_works(start):
    process = start(stderr=None)
    process.hello()
    process.send("mint-token", id=2)
    assert process.until("token")["re"] == 2
    assert process.leave() == 0


def test_f25_a_host_whose_stderr_nobody_reads_ends_as_any_other(start):
    read, write = os.pipe()
    os.close(read)
    process = start(origin="chrome-extension://somebody/", stderr=write)
    os.close(write)
    assert process.process.wait(5) == 2
