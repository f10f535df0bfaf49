"""The only importer of google-genai: one Live session, typed.

Importing this module takes the better part of a second and the first use of each part of the SDK some more, so the host
imports it in a thread and calls `warm()` there. Facts about the SDK are for 3.4.0.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import socket
import ssl
import urllib.parse
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import httpx2
import truststore
import websockets.asyncio.client
import websockets.exceptions
from google import genai
from google.genai import errors, types
from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

from tabtalk import google_login, liveness, models
from tabtalk.closes import Close, CloseKind, classify
from tabtalk.live_events import (
    Endpoint,
    GoAway,
    Interrupted,
    LiveClosed,
    LiveEvent,
    Resumption,
    Said,
    Sound,
    ToolCall,
    TurnComplete,
)
from tabtalk.obstacles import obstacle

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from google.auth.credentials import Credentials
    from google.genai.live import AsyncSession
    from websockets.typing import Data

log = logging.getLogger(__name__)

API_VERSION = "v1beta"
"""The SDK's own default became v1, on which Live was never documented."""
VERTEX_VERSION = "v1beta1"
OPEN_TIMEOUT_S = 4.5
"""For DNS, TCP, TLS and the upgrade; the person waits for this one."""
SETUP_TIMEOUT_S = 9.0
"""For all of that and `setupComplete`. The SDK itself would wait for ever."""
CLOSE_TIMEOUT_S = 1.0
UNSENT_BYTES = 4 * 1024
"""How much may wait in the system to be sent. The rest waits in the outbox, which knows what is stale."""
WRITE_LIMIT_BYTES = 2 * 1024
"""And how much in this process, before whoever sends has to wait."""
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
COMPRESSION_TRIGGER_TOKENS = 40_000
COMPRESSION_TARGET_TOKENS = 16_000
"""A sliding window keeps a conversation going without end, and, since all of it is billed again with each turn, cheap."""
AUDIO_MIME = "audio/pcm;rate=16000"
JPEG_MIME = "image/jpeg"
_NOT_UNDERSTOOD = (TypeError, ValueError, AttributeError, RecursionError)
"""What the SDK raises for a message that it does not know, or that is not even an object; the socket is still good."""

# A redirect would take the key, which is in a header, to wherever it points.
websockets.asyncio.client.MAX_REDIRECTS = 1


class FellSilent(ConnectionError):
    def __init__(self) -> None:
        super().__init__("the service fell silent")


class _Connection(ClientConnection):
    """The library's, with another idea of death: not one late pong, but that nothing at all comes."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._life = liveness.Liveness(liveness.PING_EVERY_S, liveness.SILENCE_S)
        self._silence: FellSilent | None = None
        self._given_back: Data | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Else the system takes in minutes of pictures, and on a slow line a ping behind them comes too late.
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            opened: socket.socket = transport.get_extra_info("socket")
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        # TLS has a buffer of its own beneath the one that the library bounds: 64 KiB, and no public name (CPython 3.11).
        beneath = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
        if isinstance(beneath, asyncio.WriteTransport):
            beneath.set_write_buffer_limits(high=WRITE_LIMIT_BYTES)

    def data_received(self, data: bytes) -> None:
        self._life.heard()
        super().data_received(data)

    def give_back(self, frame: Data) -> None:
        """It is what `recv` returns next."""
        self._given_back = frame

    async def recv(self, decode: bool | None = None) -> Data:  # type: ignore[override]
        frame, self._given_back = self._given_back, None
        return await super().recv(decode) if frame is None else frame

    async def keepalive(self) -> None:
        """The library's task for pings, from the handshake to the end of the connection."""
        wait: float | None = liveness.PING_EVERY_S
        while wait is not None:
            await asyncio.sleep(wait)
            if self.state is not State.OPEN:
                # Goodbye was said, and that is all there was to wait for.
                break
            if not self.transport.is_reading():
                # Whoever reads is behind, and the library lets the service wait: the silence is ours.
                self._life.heard()
            wait = self._life.look(self.loop.time())
            if wait is None:
                self._silence = FellSilent()
            else:
                # Not `ping()`, which waits while pictures fill the buffer: this only puts it behind them.
                self.protocol.send_ping(b"")
                self.send_data()
        # Not `close()`, which waits until all is sent that nobody takes.
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        # Without the reason the library would let a sender that waits believe that all went out.
        super().connection_lost(exc or self._silence)


class Live:
    """One open Live session. `send_*` raise `LiveClosed` when it is over; one reader at a time.

    Sound and pictures go past the SDK, which takes them through a dozen models and dictionaries, fifty times a second: they
    are written as it writes them, and what holds nothing but sound is read without it (docs/adr/0021).
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._socket = cast("_Connection", session._ws)  # noqa: SLF001 (ours, but the SDK has no public name for it)

    async def send_audio(self, pcm: bytes) -> None:
        """s16le mono 16 kHz"""
        await self._write(_medium("audio", AUDIO_MIME, pcm))

    async def send_video(self, jpeg: bytes) -> None:
        await self._write(_medium("video", JPEG_MIME, jpeg))

    async def send_question(self, text: str) -> None:
        await self._send(text=text)

    async def send_words(self, text: str) -> None:
        """Nothing that the person said, and nothing to answer."""
        said = types.Content(role="user", parts=[types.Part(text=text)])
        with _closing():
            await self._session.send_client_content(turns=said, turn_complete=False)

    async def send_audio_end(self) -> None:
        """The microphone is closed for now; what was heard so far is a whole."""
        await self._send(audio_stream_end=True)

    async def refuse_tool(self, call: ToolCall) -> None:
        """A model that waits for an answer hears nothing meanwhile, so even an unknown tool gets one."""
        with _closing():
            await self._session.send_tool_response(
                function_responses=types.FunctionResponse(
                    id=call.id, name=call.name, response={"error": "There are no tools here."}
                )
            )

    async def _send(self, **one: Any) -> None:
        with _closing():
            await self._session.send_realtime_input(**one)

    async def _write(self, frame: bytes) -> None:
        with _closing():
            await self._socket.send(frame, text=True)

    async def events(self) -> AsyncIterator[LiveEvent]:
        """Everything the service says, until it raises `LiveClosed`."""
        while True:
            with _closing():
                frame = await self._socket.recv(decode=False)
            sound = _sound_in(frame)
            if sound is not None:
                yield Sound(sound)
                continue
            self._socket.give_back(frame)
            try:
                with _closing():
                    received = cast("AsyncGenerator[types.LiveServerMessage]", self._session.receive())
                    async with contextlib.aclosing(received) as messages:
                        message = await anext(messages)
                for event in _events_in(message):
                    yield event
            except _NOT_UNDERSTOOD as error:
                log.warning("skipped a message that the SDK could not read (%s)", type(error).__name__)


@contextlib.asynccontextmanager
async def connect(endpoint: Endpoint, handle: str | None) -> AsyncIterator[Live]:
    """Opens a session and waits until it is set up. Raises `LiveClosed`, and nothing else, when that fails.

    `handle` resumes an earlier session of the same endpoint; the old connection must be closed before.
    """
    async with contextlib.AsyncExitStack() as stack:
        try:
            with _signed_in(endpoint), _closing(), _on_the_way(endpoint):
                async with asyncio.timeout(SETUP_TIMEOUT_S):
                    login = await asyncio.to_thread(_fresh_login) if endpoint.vertex else None
                    client = _client(endpoint, login)
                    session = await stack.enter_async_context(
                        client.aio.live.connect(model=endpoint.model, config=_config(endpoint, handle))
                    )
        except _NOT_UNDERSTOOD:
            raise LiveClosed(Close(CloseKind.TRANSIENT, 0, "the service's answer cannot be read")) from None
        if session.setup_complete is None:
            raise LiveClosed(Close(CloseKind.TRANSIENT, 0, "the service did not confirm the set-up"))
        try:
            yield Live(session)
        finally:
            # Left by an error or a cancellation, the SDK would tell the service of an internal error of ours. The library
            # waits without end while a peer that reads nothing keeps its buffer full; asked again, by the SDK, it aborts.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await session.close()


def prepare(endpoint: Endpoint) -> None:
    """Does ahead what a dial would wait for: client and certificates, and the schema of the set-up message. Blocks."""
    _client(endpoint, google_login.credentials() if endpoint.vertex else None)
    config = _config(endpoint, None)
    # The SDK's converter asks for this very model when it writes the set-up message.
    types.LiveConnectParameters(model=endpoint.model, config=config).model_dump(exclude_none=True)


def warm() -> None:
    """Pays for what the service's first message would wait for, while the connection is being made. Blocks."""
    types.LiveServerMessage.model_validate(json.loads('{"serverContent":{"turnComplete":true}}'))


@lru_cache(maxsize=1)
def _client(endpoint: Endpoint, login: Credentials | None = None) -> genai.Client:
    """Everything is said outright, so that no environment variable can lead the key or the session elsewhere."""
    context = _ssl_context(endpoint.ca_pem)
    options: dict[str, Any] = {
        "ssl": context,
        "verify": context,
        "transport": httpx2.AsyncBaseTransport(),
        "open_timeout": OPEN_TIMEOUT_S,
        "close_timeout": CLOSE_TIMEOUT_S,
        "create_connection": _Connection,
        "ping_interval": liveness.PING_EVERY_S,
        "compression": None,
        "write_limit": WRITE_LIMIT_BYTES,
        "max_size": MAX_MESSAGE_BYTES,
    }
    if _is_loopback(endpoint.base_url):
        options["proxy"] = None
    who: dict[str, Any] = {"api_key": endpoint.key, "enterprise": False}
    if endpoint.vertex:
        where = endpoint.vertex
        who = {"enterprise": True, "credentials": login, "project": where.project, "location": where.location}
    return genai.Client(
        **who,
        http_options=types.HttpOptions(
            base_url=endpoint.base_url,
            api_version=VERTEX_VERSION if endpoint.vertex else API_VERSION,
            # The key goes to the Live socket and nowhere else: a transport that is none lets no HTTP request out. And given one
            # context, the SDK does not read the system's certificates once more for each of its clients.
            client_args={"verify": context, "transport": httpx2.BaseTransport()},
            async_client_args=options,
        ),
    )


def _fresh_login() -> Credentials:
    """Blocks, for the network. Raises as `google_login.freshen` does."""
    login = google_login.credentials()
    google_login.freshen(login)
    return login


@contextlib.contextmanager
def _signed_in(endpoint: Endpoint) -> Iterator[None]:
    """What is wrong with Google's sign-in becomes `LiveClosed`; so does the service's word for it, which is that for a key."""
    try:
        yield
    except google_login.LoginNeeded as error:
        raise LiveClosed(Close(CloseKind.LOGIN, 0, str(error))) from None
    except google_login.LoginUnreachable as error:
        raise LiveClosed(Close(CloseKind.NETWORK, 0, str(error))) from None
    except LiveClosed as closed:
        if endpoint.vertex and closed.close.kind is CloseKind.KEY:
            raise LiveClosed(Close(CloseKind.LOGIN, closed.close.code, closed.close.text)) from None
        raise


def _ssl_context(ca_pem: str) -> ssl.SSLContext:
    if not ca_pem:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context(cadata=ca_pem)


def _is_loopback(url: str) -> bool:
    return urllib.parse.urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


def _config(endpoint: Endpoint, handle: str | None) -> types.LiveConnectConfig:
    speech = None
    if endpoint.voice:
        speech = types.SpeechConfig(
            voice_config=types.VoiceConfig(prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name=endpoint.voice))
        )
    sight = models.sight(endpoint.model, vertex=endpoint.vertex is not None)
    resolution = models.COARSE if endpoint.detail == "coarse" else sight.resolution
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        media_resolution=types.MediaResolution(resolution),
        realtime_input_config=_hearing(endpoint.patience, sight),
        speech_config=speech,
        system_instruction=types.Content(parts=[types.Part(text=endpoint.instructions)]),
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        session_resumption=types.SessionResumptionConfig(handle=handle),
        context_window_compression=types.ContextWindowCompressionConfig(
            trigger_tokens=COMPRESSION_TRIGGER_TOKENS,
            sliding_window=types.SlidingWindow(target_tokens=COMPRESSION_TARGET_TOKENS),
        ),
    )


def _hearing(patience: str, sight: models.Sight) -> types.RealtimeInputConfig | None:
    asked: dict[str, Any] = {}
    if sight.coverage:
        asked["turn_coverage"] = types.TurnCoverage(sight.coverage)
    if end := models.TURN_ENDS.get(patience):
        asked["automatic_activity_detection"] = types.AutomaticActivityDetection(
            silence_duration_ms=end.silence_ms, end_of_speech_sensitivity=types.EndSensitivity(end.sensitivity)
        )
    return types.RealtimeInputConfig(**asked) if asked else None


def _medium(kind: str, mime_type: str, data: bytes) -> bytes:
    """The frame that the SDK would send."""
    head = f'{{"realtime_input": {{"{kind}": {{"data": "'.encode()
    return b"".join((head, base64.urlsafe_b64encode(data), f'", "mime_type": "{mime_type}"}}}}}}'.encode()))


def _sound_in(frame: Data) -> bytes | None:
    """The sound, s16le mono 24 kHz, where that is all a frame holds; None where it is anything else, and for the SDK."""
    try:
        message = json.loads(frame)
        content = message.pop("serverContent")
        turn = content.pop("modelTurn")
        (part,) = turn["parts"]
        blob = part.pop("inlineData")
        if message or content or part or not blob["mimeType"].startswith("audio/"):
            return None
        return base64.b64decode(blob["data"], validate=True) or None
    except (*_NOT_UNDERSTOOD, LookupError):
        return None


def _events_in(message: types.LiveServerMessage) -> Iterator[LiveEvent]:
    """Every part of one message, in the order in which it matters: `interrupted` before what it cuts off."""
    content = message.server_content
    if content is not None:
        if content.interrupted:
            yield Interrupted()
        if content.input_transcription is not None:
            yield from _said("user", content.input_transcription)
        for part in (content.model_turn.parts if content.model_turn else None) or ():
            data = part.inline_data
            if data is not None and data.data and (data.mime_type or "").startswith("audio/"):
                yield Sound(data.data)
        if content.output_transcription is not None:
            yield from _said("model", content.output_transcription)
        if content.turn_complete:
            yield TurnComplete()
    update = message.session_resumption_update
    if update is not None:
        yield Resumption(update.new_handle if update.resumable else None)
    if message.go_away is not None:
        yield GoAway(_seconds(message.go_away.time_left))
    for call in (message.tool_call.function_calls if message.tool_call else None) or ():
        yield ToolCall(call.id or "", call.name or "")


def _said(role: str, transcription: types.Transcription) -> Iterator[Said]:
    if transcription.text or transcription.finished:
        yield Said(role, transcription.text or "", bool(transcription.finished))


def _seconds(duration: str | None) -> float:
    """A protobuf duration such as `9.5s`."""
    try:
        return float((duration or "0").removesuffix("s"))
    except ValueError:
        return 0.0


@contextlib.contextmanager
def _on_the_way(endpoint: Endpoint) -> Iterator[None]:
    """What did not even get to the service becomes `LiveClosed` with what was in the way."""
    try:
        yield
    except Exception as error:
        said = obstacle(error, endpoint.base_url, direct=_is_loopback(endpoint.base_url))
        if said is None:
            raise
        status = error.response.status_code if isinstance(error, websockets.exceptions.InvalidStatus) else 0
        kind = CloseKind.TLS if isinstance(error, ssl.SSLError) else CloseKind.NETWORK
        raise LiveClosed(Close(kind, status, said)) from None


@contextlib.contextmanager
def _closing() -> Iterator[None]:
    """Three families of errors for one fact, that the connection is no more, become `LiveClosed`."""
    try:
        yield
    except errors.APIError as error:
        _tell_silence(error.__context__)
        # For a WebSocket the SDK puts the close code and the reason here.
        raise LiveClosed(classify(error.code or 0, str(error.message or error.details or ""))) from None
    except websockets.exceptions.InvalidStatus as error:
        said = (error.response.body or b"")[:2000].decode(errors="replace")
        raise LiveClosed(classify(error.response.status_code, said)) from None
    except websockets.exceptions.ConnectionClosed as error:
        _tell_silence(error)
        frame = error.rcvd
        raise LiveClosed(classify(frame.code if frame else 1006, frame.reason if frame else "")) from None
    except TimeoutError:
        raise LiveClosed(Close(CloseKind.TIMEOUT, 0, "no answer in time")) from None
    except (OSError, websockets.exceptions.WebSocketException) as error:
        raise LiveClosed(Close(CloseKind.NETWORK, 0, type(error).__name__)) from None


def _tell_silence(closed: BaseException | None) -> None:
    if closed is not None and isinstance(closed.__cause__, FellSilent):
        raise LiveClosed(Close(CloseKind.TRANSIENT, 0, str(closed.__cause__))) from None
