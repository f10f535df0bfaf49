"""Vertex AI: the real SDK on the wire to the practice server, with a sign-in whose token comes from a server of our own."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs

import pytest
import trustme

from tabtalk import access, endpoint, google_login, keys, live, live_socket, paths, profiles, protocol, settings, trial
from tabtalk.closes import CloseKind
from tabtalk.live_events import LiveClosed, Said, TurnComplete, Vertex
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import ThreadedServer, run_in_thread
from tabtalk.profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "ya29.CANARY0123456789abcdefghijklmnop"
REFRESH = "1//CANARYREFRESH"
LAB = Profile("default", "vertex", "lab-1234", "us-central1")


class Tokens:
    """Where a sign-in gets its tokens, as oauth2.googleapis.com."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.answer: tuple[int, dict[str, Any]] = (200, {"access_token": TOKEN, "expires_in": 3599})
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                ours.asked.append(parse_qs(body))
                status, said = ours.answer
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", ours.url + "/elsewhere")
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            do_GET = do_POST  # noqa: N815 (the base class's name)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    for name in ("https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    # What would lead elsewhere, or to a key, were it followed.
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("GOOGLE_API_KEY", "AIzaFROMTHEENVIRONMENT")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "another-project")
    live_socket.trust.cache_clear()
    google_login._read.cache_clear()
    yield
    live_socket.trust.cache_clear()
    google_login._read.cache_clear()


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tokens]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusts = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    monkeypatch.setattr(google_login, "_context", lambda: trusts)
    with Tokens(context) as server:
        # A person's sign-in gets its tokens from Google, whatever its file says.
        monkeypatch.setattr("google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", server.url)
        yield server


@pytest.fixture
def signed_in(tokens: Tokens) -> Path:
    """As `gcloud auth application-default login` leaves it."""
    path = google_login.file()
    path.parent.mkdir()
    said = {"type": "authorized_user", "client_id": "id", "client_secret": "secret", "refresh_token": REFRESH}
    path.write_text(json.dumps({**said, "token_uri": "https://evil.test", "quota_project_id": "lab-1234"}))
    return path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ThreadedServer]:
    with run_in_thread(PracticeServer(key=TOKEN)) as server:
        (tmp_path / "ca.pem").write_text(server.ca_pem)
        settings.change(base_url=server.base_url, ca_file=str(tmp_path / "ca.pem"))
        yield server


async def test_a_conversation_goes_to_vertex_with_a_token_and_no_key(
    service: ThreadedServer, signed_in: Path, tokens: Tokens
) -> None:
    profiles.put(LAB)
    found = endpoint.current_endpoint()
    assert (found.key, found.vertex) == ("", Vertex("lab-1234", "us-central1"))
    async with live.connect(found, None) as opened:
        await opened.send_question("What is this?")
        said = ""
        async for event in opened.events():
            if isinstance(event, Said) and event.role == "model":
                said += event.text
            if isinstance(event, TurnComplete):
                break
        assert said
    [record] = service.recorder.records
    assert record.path.lstrip("/") == "ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
    assert record.setup
    model = "projects/lab-1234/locations/us-central1/publishers/google/models/gemini-3.8-live"
    assert record.setup.raw["model"] == model
    assert record.setup.resumption
    assert "TURN_INCLUDES_ONLY_ACTIVITY" in json.dumps(record.setup.raw)
    assert tokens.asked[0]["refresh_token"] == [REFRESH]
    assert str(signed_in) == str(google_login.require())
    # The next one has a token that is still good.
    async with live.connect(found, None):
        pass
    assert len(tokens.asked) == 1


def test_without_a_sign_in_the_command_is_told(tmp_path: Path) -> None:
    profiles.put(LAB)
    with pytest.raises(google_login.LoginNeeded, match="gcloud auth application-default login") as needed:
        endpoint.current_endpoint()
    assert str(tmp_path / "gcloud") in str(needed.value)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"type": "authorized_user"}', '{"type": "service_account"}', "\0"]
)
async def test_a_sign_in_that_makes_no_sense_is_told_with_the_command(signed_in: Path, content: str) -> None:
    signed_in.write_text(content)
    with pytest.raises(LiveClosed) as closed:
        async with live.connect(endpoint.endpoint_for("", Vertex("lab-1234", "global")), None):
            pass
    assert closed.value.close.kind is CloseKind.LOGIN
    assert google_login.COMMAND in closed.value.close.text


@pytest.mark.parametrize("status", [400, 401])
def test_t19_a_sign_in_that_has_expired_is_told_without_what_google_said(
    service: ThreadedServer, signed_in: Path, tokens: Tokens, status: int
) -> None:
    assert signed_in.exists()
    tokens.answer = (status, {"error": "invalid_grant", "error_description": f"Bad {REFRESH}"})
    outcome = trial.dial(endpoint.endpoint_for("", Vertex("lab-1234", "global")))
    assert outcome.kind is CloseKind.LOGIN
    assert "has expired" in outcome.text
    assert google_login.COMMAND in outcome.text
    assert REFRESH not in outcome.text
    assert not service.recorder.records


def test_a_token_that_the_service_refuses_is_a_matter_of_the_sign_in(
    service: ThreadedServer, signed_in: Path, tokens: Tokens
) -> None:
    assert signed_in.exists()
    tokens.answer = (200, {"access_token": "ya29.OTHER-TOKEN-0123", "expires_in": 3599})
    outcome = trial.dial(endpoint.endpoint_for("", Vertex("lab-1234", "global")))
    assert outcome.kind is CloseKind.LOGIN
    assert len(service.recorder.records) == 1


def test_a_redirect_does_not_take_the_sign_in_elsewhere(
    service: ThreadedServer, signed_in: Path, tokens: Tokens
) -> None:
    assert signed_in.exists()
    tokens.answer = (302, {})
    outcome = trial.dial(endpoint.endpoint_for("", Vertex("lab-1234", "global")))
    assert outcome.kind is CloseKind.LOGIN
    assert len({json.dumps(asked) for asked in tokens.asked}) == 1
    assert all(asked for asked in tokens.asked)
    assert not service.recorder.records


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/token", "file:///etc/passwd", "https://127.0.0.1:1/token"])
def test_a_sign_in_that_cannot_be_reached_is_a_matter_of_the_network(
    signed_in: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signed_in.exists()
    monkeypatch.setattr("google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", url)
    outcome = trial.dial(endpoint.endpoint_for("", Vertex("lab-1234", "global")))
    assert outcome.kind is CloseKind.NETWORK


def test_the_settings_page_changes_a_profile_to_vertex_and_the_key_goes(
    service: ThreadedServer, signed_in: Path, tokens: Tokens
) -> None:
    paths.write_private(paths.key_file(), b"AIzaOLD0123456789")
    profiles.put(Profile("default", "file"))
    tokens.answer = (400, {"error": "invalid_grant"})
    refused = access.answer(protocol.UseVertex("default", "lab-1234", "us-central1"))
    assert isinstance(refused, protocol.Verdict)
    assert (refused.verdict, refused.kept) == ("refused", "")
    assert profiles.load().current == Profile("default", "file")

    tokens.answer = (200, {"access_token": TOKEN, "expires_in": 3599})
    assert access.answer(protocol.UseVertex("default", " lab-1234", "us-central1 ")) == protocol.Verdict(
        "accepted", "vertex", "", ""
    )
    assert profiles.load().current == LAB
    assert not paths.key_file().exists()
    assert keys.read_key() is None
    shown = access.answer(protocol.GetProfiles())
    assert isinstance(shown, protocol.Profiles)
    row = {"name": "default", "store": "vertex", "project": "lab-1234", "location": "us-central1"}
    assert shown.profiles == {"list": [row]}
    assert signed_in.exists()
    assert len(service.recorder.setups) == 1


def test_a_new_sign_in_is_seen_by_the_next_conversation(signed_in: Path) -> None:
    before, login = endpoint.marks(), google_login.credentials()
    assert google_login.credentials() is login
    content = signed_in.read_text()
    signed_in.unlink()
    signed_in.write_text(content)
    assert endpoint.marks() != before
    assert google_login.credentials() is not login


def test_nobody_without_vertex_pays_for_the_sign_in() -> None:
    program = (
        "import sys; from tabtalk import endpoint, google_login, dialer, host, access;"
        "print([name for name in sys.modules if name.startswith(('google', 'requests', 'truststore', 'cryptography', 'urllib.request'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
