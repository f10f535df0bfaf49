"""One Live session, typed: dialled and set up without the SDK, whose import then need not be waited for.

Sound, pictures and presses go past the SDK for good, which takes them through a dozen models and dictionaries, fifty times a
second: they are written as it writes them, and what holds nothing but sound is read without it (docs/adr/0021). All else is the SDK's,
and whoever needs it first waits until it is imported (docs/adr/0023).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING

from tabtalk import google_login, live_setup, live_socket
from tabtalk.closes import Close, CloseKind
from tabtalk.direct import TEXT
from tabtalk.live_events import LiveClosed, Sound
from tabtalk.presses import Signal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from google.auth.credentials import Credentials
    from websockets.typing import Data

    from tabtalk.live_events import Endpoint, LiveEvent, ToolCall
    from tabtalk.live_sdk import Sdk
    from tabtalk.live_socket import LiveSocket

SETUP_TIMEOUT_S = 9.0
"""From the first packet to `setupComplete`."""
_AUDIO = b'{"realtime_input": {"audio": {"data": "', b'", "mime_type": "audio/pcm;rate=16000"}}}'
_VIDEO = b'{"realtime_input": {"video": {"data": "', b'", "mime_type": "image/jpeg"}}}'
"""What stands around a medium in the frame that the SDK would send."""
_SIGNALS = {signal: f'{{"realtime_input": {{"{signal.value}": {{}}}}}}'.encode() for signal in Signal}
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_read_json = json.JSONDecoder().raw_decode
"""What `json.loads` does, without a look at what stands around."""
_WAV_HEADER = struct.Struct("<4sI8sIHHIIHH4sI")
_NOT_UNDERSTOOD = (TypeError, ValueError, RecursionError, LookupError, AttributeError)


class Live:
    """One open Live session. `send_*` raise `LiveClosed` when it is over; one reader at a time."""

    def __init__(self, socket: LiveSocket, *, vertex: bool = False) -> None:
        self._socket = socket
        self._vertex = vertex
        self._sdk: Sdk | None = None

    async def send_audio(self, pcm: bytes) -> None:
        """s16le mono 16 kHz"""
        await self._write(_medium(_AUDIO, pcm))

    def put_audio(self, pcm: bytes) -> bool:
        """As `send_audio`, at once. False: it would have to wait, and nothing was done."""
        # `_medium` without the call.
        return self._socket.put(TEXT, b2a_base64(pcm, newline=False).translate(_URLSAFE).join(_AUDIO))

    async def send_signal(self, signal: Signal) -> None:
        """Where a press begins or ends. No sound waits for the SDK's import."""
        await self._write(_SIGNALS[signal])

    async def send_video(self, jpeg: bytes) -> None:
        await self._write(_medium(_VIDEO, jpeg))

    async def send_question(self, text: str) -> None:
        sdk = await self._loaded()
        with live_socket.closing():
            await sdk.send_question(text)

    async def send_words(self, text: str) -> None:
        """Nothing that the person said, and nothing to answer."""
        sdk = await self._loaded()
        with live_socket.closing():
            await sdk.send_words(text)

    async def send_piece(self, pcm: bytes, words: str) -> None:
        """Of a sound that nobody in the conversation made, s16le mono 16 kHz, after these words about it, if any. It wants no
        answer before `send_question_after_sound`."""
        sdk = await self._loaded()
        with live_socket.closing():
            await sdk.send_piece(_wav(pcm), words)

    async def send_question_after_sound(self, text: str) -> None:
        """Between what is sent as sound is and what is sent as a question is the service keeps no order (docs/adr/0032)."""
        sdk = await self._loaded()
        with live_socket.closing():
            await sdk.send_question_after_sound(text)

    async def send_audio_end(self) -> None:
        """The microphone is closed for now; what was heard so far is a whole."""
        sdk = await self._loaded()
        with live_socket.closing():
            await sdk.send_audio_end()

    async def refuse_tool(self, call: ToolCall) -> None:
        """A model that waits for an answer hears nothing meanwhile, so even an unknown tool gets one."""
        sdk = await self._loaded()
        with live_socket.closing():
            await sdk.refuse_tool(call)

    def hand_sound_to(self, play: Callable[[bytes], bool] | None) -> None:
        """What holds nothing but sound goes there, if nothing is left to read before it; what is refused there is an event."""

        if play is None:
            self._socket.taker = None
            return

        def take(frame: bytes) -> bool:
            sound = _sound_in(frame)
            return sound is not None and play(sound)

        self._socket.taker = take

    async def _write(self, frame: bytes) -> None:
        with live_socket.closing():
            await self._socket.send(frame, text=True)

    async def events(self) -> AsyncIterator[LiveEvent]:
        """Everything the service says, until it raises `LiveClosed`."""
        while True:
            with live_socket.closing():
                frame = await self._socket.recv(decode=False)
            sound = _sound_in(frame)
            if sound is not None:
                yield Sound(sound)
                continue
            sdk = await self._loaded()
            for event in await sdk.read(frame):
                yield event

    async def _loaded(self) -> Sdk:
        if self._sdk is None:
            try:
                self._sdk = await asyncio.to_thread(_sdk, self._socket, self._vertex)
            except ImportError as error:
                raise LiveClosed(Close(CloseKind.SETTINGS, 0, type(error).__name__)) from None
        return self._sdk


def _sdk(socket: LiveSocket, vertex: bool) -> Sdk:
    # Here and not at the top: it takes longer than all else. Where another thread is at it, this one waits for that.
    from tabtalk import live_sdk

    return live_sdk.Sdk(socket, vertex=vertex)


@contextlib.asynccontextmanager
async def connect(endpoint: Endpoint, handle: str | None) -> AsyncIterator[Live]:
    """Opens a session and waits until it is set up. Raises `LiveClosed`, and nothing else, when that fails.

    `handle` resumes an earlier session of the same endpoint; the old connection must be closed before.
    """
    async with contextlib.AsyncExitStack() as stack:
        with _signed_in(endpoint), live_socket.closing(), live_socket.on_the_way(endpoint):
            async with asyncio.timeout(SETUP_TIMEOUT_S):
                login = await asyncio.to_thread(_fresh_login) if endpoint.vertex else None
                address, headers = live_setup.address(endpoint), live_setup.headers(endpoint, login)
                socket = await stack.enter_async_context(live_socket.dial(address, headers, endpoint.ca_pem))
                await socket.send(live_setup.frame(endpoint, handle))
                _check_confirmed(await socket.recv(decode=False))
        yield Live(socket, vertex=endpoint.vertex is not None)


def _check_confirmed(frame: Data) -> None:
    try:
        confirmed = json.loads(frame).get("setupComplete")
    except _NOT_UNDERSTOOD:
        raise LiveClosed(Close(CloseKind.TRANSIENT, 0, "the service's answer cannot be read")) from None
    if not isinstance(confirmed, dict):
        raise LiveClosed(Close(CloseKind.TRANSIENT, 0, "the service did not confirm the set-up"))


def prepare(endpoint: Endpoint) -> None:
    """Does ahead what a dial would wait for. Blocks."""
    live_socket.trust(endpoint.ca_pem)
    if endpoint.vertex:
        google_login.credentials()


def warm(endpoint: Endpoint) -> None:
    """Imports the SDK and pays for what the service's first message would wait for. Blocks."""
    from tabtalk import live_sdk

    live_sdk.warm(vertex=endpoint.vertex is not None)


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


def _medium(around: tuple[bytes, bytes], data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_URLSAFE).join(around)


def _wav(pcm: bytes) -> bytes:
    """s16le mono 16 kHz, as a file."""
    return (
        _WAV_HEADER.pack(b"RIFF", 36 + len(pcm), b"WAVEfmt ", 16, 1, 1, 16_000, 32_000, 2, 16, b"data", len(pcm)) + pcm
    )


def _sound_in(frame: Data) -> bytes | None:
    """The sound, s16le mono 24 kHz, where that is all a frame holds; None where it is anything else, and for the SDK."""
    try:
        text = frame if isinstance(frame, str) else str(frame, "utf-8")
        message, end = _read_json(text)
        content = message.pop("serverContent")
        turn = content.pop("modelTurn")
        (part,) = turn["parts"]
        blob = part.pop("inlineData")
        if message or content or part or not blob["mimeType"].startswith("audio/") or text[end:].strip():
            return None
        return a2b_base64(blob["data"], strict_mode=True) or None
    except _NOT_UNDERSTOOD:
        return None
