"""The only importer of google-genai: reads what is not sound, and writes what is neither sound nor a picture.

The import takes the better part of a second, and the first use of each part of the SDK some more, so a session is dialled and
set up without it, and whoever needs it waits in a thread (`live.py`, docs/adr/0023). Facts about the SDK are for 3.4.0.
"""

from __future__ import annotations

import contextlib
import json
import logging
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import httpx2
from google import genai
from google.auth.credentials import AnonymousCredentials
from google.genai import types
from google.genai.live import AsyncSession

from tabtalk.live_events import (
    GoAway,
    Interrupted,
    LiveEvent,
    Resumption,
    Said,
    Sound,
    ToolCall,
    TurnComplete,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from tabtalk.live_socket import LiveSocket

log = logging.getLogger(__name__)

WAV_MIME = "audio/wav"
"""The one kind of sound that is documented as content for both, the Gemini API and Vertex AI."""
NOT_UNDERSTOOD = (TypeError, ValueError, AttributeError, RecursionError)
"""What the SDK raises for a message that it does not know, or that is not even an object; the socket is still good."""


class Sdk:
    """The SDK's session over a socket that was opened without it. Raises what the socket raises."""

    def __init__(self, socket: LiveSocket, *, vertex: bool) -> None:
        self._paper = _Paper(socket)
        self._session = AsyncSession(
            api_client=_client(vertex=vertex)._api_client,  # noqa: SLF001 (no public name)
            websocket=cast("Any", self._paper),
        )

    async def read(self, frame: bytes) -> list[LiveEvent]:
        """What one message says. Nothing, where the SDK cannot read it."""
        self._paper.frame = frame
        try:
            received = cast("AsyncGenerator[types.LiveServerMessage]", self._session.receive())
            async with contextlib.aclosing(received) as messages:
                return list(_events_in(await anext(messages)))
        except NOT_UNDERSTOOD as error:
            log.warning("skipped a message that the SDK could not read (%s)", type(error).__name__)
            return []

    async def send_question(self, text: str) -> None:
        await self._session.send_realtime_input(text=text)

    async def send_words(self, text: str) -> None:
        said = types.Content(role="user", parts=[types.Part(text=text)])
        await self._session.send_client_content(turns=said, turn_complete=False)

    async def send_piece(self, wav: bytes, words: str) -> None:
        sound = types.Part(inline_data=types.Blob(data=wav, mime_type=WAV_MIME))
        parts = [types.Part(text=words), sound] if words else [sound]
        await self._session.send_client_content(turns=types.Content(role="user", parts=parts), turn_complete=False)

    async def send_question_after_sound(self, text: str) -> None:
        asked = types.Content(role="user", parts=[types.Part(text=text)])
        await self._session.send_client_content(turns=asked, turn_complete=True)

    async def send_audio_end(self) -> None:
        await self._session.send_realtime_input(audio_stream_end=True)

    async def refuse_tool(self, call: ToolCall) -> None:
        refusal = types.FunctionResponse(id=call.id, name=call.name, response={"error": "There are no tools here."})
        await self._session.send_tool_response(function_responses=refusal)


class _Paper:
    """What the SDK takes for its socket: it is handed the frame that it shall read, and what it writes goes out."""

    def __init__(self, socket: LiveSocket) -> None:
        self._socket = socket
        self.frame = b""

    async def recv(self, decode: bool | None = None) -> bytes:
        del decode
        return self.frame

    async def send(self, message: str) -> None:
        await self._socket.send(message)


@lru_cache(maxsize=2)
def _client(*, vertex: bool) -> genai.Client:
    """One that knows no key, trusts nobody and has no transport: it can take nothing anywhere, whatever the environment says."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    who: dict[str, Any] = {"enterprise": False, "api_key": "none"}
    if vertex:
        nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
        who = {"enterprise": True, "credentials": nobody, "project": "none", "location": "none"}
    return genai.Client(
        **who,
        http_options=types.HttpOptions(
            base_url="https://none.invalid/",
            # Given a context, the SDK does not read the system's certificates once more for each of its clients.
            client_args={"verify": context, "transport": httpx2.BaseTransport()},
            async_client_args={"ssl": context, "verify": context, "transport": httpx2.AsyncBaseTransport()},
        ),
    )


def warm(*, vertex: bool) -> None:
    """Pays for what the service's first message would wait for. Blocks."""
    _client(vertex=vertex)
    types.LiveServerMessage.model_validate(json.loads('{"serverContent":{"turnComplete":true}}'))


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
