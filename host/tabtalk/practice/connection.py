"""One connection of the practice server: setup first and once, then the scenario hears what arrives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed

from tabtalk.practice import wire
from tabtalk.practice.resumption import Handles, Memory

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from websockets.asyncio.server import ServerConnection

    from tabtalk.practice.recorder import Record, Recorder
    from tabtalk.practice.scenario import Scenario, ScenarioFactory

_log = logging.getLogger(__name__)

_PATH = re.compile(
    r"/+ws/+google\.(?:ai\.generativelanguage\.(v\w+)\.GenerativeService\.|cloud\.aiplatform\.(v\w+)\.LlmBidiService/)"
    r"BidiGenerateContent(?:\?.*)?"
)
_LIVE_MODEL = re.compile(r"models/[\w.-]*(?:live|native-audio)[\w.-]*", re.ASCII)
_SETUP_TIMEOUT_S = 10.0
_LONGEST_REASON = 123
"""Bytes: what a close frame can carry."""


def api_version(path: str) -> str | None:
    """The version a request path names, however many slashes it has; None where it is not the Live endpoint."""
    found = _PATH.fullmatch(path)
    return found[1] or found[2] if found else None


def is_vertex(path: str) -> bool:
    """Whether it is the path of Vertex AI."""
    return "google.cloud.aiplatform." in path


@dataclass(slots=True)
class Terms:
    """What a server holds every connection to."""

    lifetime_s: float
    """After so long comes goAway, with `notice_s` left."""
    notice_s: float
    models: frozenset[str] | None
    """Names with `models/`; None takes whatever is named like a Live model."""
    handles: Handles = field(default_factory=Handles)


class Connection:
    setup: wire.Setup
    """Set before there is a scenario."""

    def __init__(self, socket: ServerConnection, terms: Terms, recorder: Recorder) -> None:
        self._socket = socket
        self._terms = terms
        self._recorder = recorder
        self._path = socket.request.path if socket.request else ""
        self._tasks: set[asyncio.Task[None]] = set()
        self.record: Record = recorder.opened(self._path.partition("?")[0])
        self.memory = Memory()
        self.scenario: Scenario | None = None
        self.failure: Exception | None = None
        """What a scenario raised, if it did."""

    async def run(self, factory: ScenarioFactory, refusal: wire.WireError | None) -> None:
        """Serves until either side closes. `refusal` answers the setup, as the service does with a wrong key."""
        try:
            setup = await self._first_frame()
            if refusal is not None:
                raise refusal
            self._check(setup)
            self.scenario = factory(self)
            await self.scenario.on_setup(setup)
            self.start(self._age())
            async for frame in self._socket:
                for event in wire.parse(frame):
                    self._recorder.arrived(self.record, event)
                    await self._tell(self.scenario, event)
        except wire.WireError as error:
            await self.close(error.code, error.text)
        except TimeoutError:
            await self.close(wire.INTERNAL, wire.DEADLINE_TEXT)
        except ConnectionClosed:
            pass
        except Exception as error:  # noqa: BLE001  (whatever goes wrong here, the server goes on)
            await self._fail(error)
        finally:
            await self._ended()

    async def send(self, frame: wire.Frame) -> None:
        """Raises `ConnectionClosed` when the client is gone."""
        self._recorder.sent(self.record, frame)
        await self._socket.send(wire.dump(frame))

    async def send_raw(self, frame: str | bytes) -> None:
        """A frame as it is: broken JSON, messages of the future."""
        await self._socket.send(frame)

    async def send_handle(self) -> None:
        """A handle to resume the conversation as it stands now, if the setup asked for handles."""
        if self.setup.resumption:
            await self.send(wire.resumption_update(self._terms.handles.give(self.memory)))

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._socket.close(code, reason.encode(errors="replace")[:_LONGEST_REASON].decode(errors="ignore"))

    def drop(self) -> None:
        """Ends the connection without a word, as a broken network does: the client sees 1006."""
        self._socket.transport.abort()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs beside the callbacks, until it ends or the connection does."""
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A task that is cancelled before its first step never came to own `work`.
        task.add_done_callback(lambda _done: work.close())
        return task

    async def expire(self, time_left_s: float) -> None:
        """Warns, then ends the connection by its deadline."""
        await self.send(wire.go_away(time_left_s))
        await asyncio.sleep(time_left_s)
        await self.close(wire.INTERNAL, wire.DEADLINE_TEXT)

    async def _age(self) -> None:
        await asyncio.sleep(self._terms.lifetime_s - self._terms.notice_s)
        await self.expire(self._terms.notice_s)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ConnectionClosed:
            pass
        except Exception as error:  # noqa: BLE001  (whatever goes wrong here, the server goes on)
            await self._fail(error)

    async def _fail(self, error: Exception) -> None:
        _log.error("a connection failed: %s", type(error).__name__)
        self.failure = error
        await self.close(wire.INTERNAL, "Internal error encountered.")

    async def _first_frame(self) -> wire.Setup:
        async with asyncio.timeout(_SETUP_TIMEOUT_S):
            events = wire.parse(await self._socket.recv())
        for event in events:
            self._recorder.arrived(self.record, event)
        if len(events) != 1 or not isinstance(events[0], wire.Setup):
            raise wire.WireError("Request contains an invalid argument.")
        return events[0]

    def _check(self, setup: wire.Setup) -> None:
        known = self._terms.models
        if not (setup.model in known if known is not None else _LIVE_MODEL.fullmatch(setup.model)):
            version = api_version(self._path)
            text = f"{setup.model[:60]} is not found for API version {version}, or is not supported for "
            raise wire.WireError(f"{text}bidiGenerateContent.", wire.POLICY)
        if "TEXT" in setup.modalities:
            raise wire.WireError(
                "The requested combination of response modalities (TEXT) is not supported by the model"
            )
        if setup.handle is not None:
            memory = self._terms.handles.take(setup.handle)
            if memory is None:
                raise wire.WireError(wire.HANDLE_TEXT, wire.POLICY)
            self.memory = memory
        self.setup = setup

    async def _tell(self, scenario: Scenario, event: wire.Event) -> None:
        match event:
            case wire.Setup():
                raise wire.WireError("Request contains an invalid argument.")
            case wire.AudioIn(pcm, rate_hz):
                await scenario.on_audio(pcm, rate_hz)
            case wire.VideoIn():
                await scenario.on_video(event)
            case wire.TextIn(text):
                await scenario.on_text(text)
            case wire.ClientContent():
                if event.sound:
                    await scenario.on_sound(event.sound)
                if event.turn_complete:
                    await scenario.on_text(event.text)
            case wire.ActivityStart() | wire.ActivityEnd() if not self.setup.manual_activity:
                raise wire.WireError(wire.ACTIVITY_TEXT)
            case wire.ActivityStart():
                await scenario.on_activity_start()
            case wire.ActivityEnd():
                await scenario.on_activity_end()
            case wire.AudioStreamEnd():
                await scenario.on_audio_stream_end()
            case wire.ToolResponse():
                await scenario.on_tool_response(event)
            case wire.ContextUpdate():
                pass

    async def _ended(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self.scenario is not None:
            with contextlib.suppress(ConnectionClosed):
                await self.scenario.on_end()
        self._recorder.closed(self.record, self._socket.close_code)
