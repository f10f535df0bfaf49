"""One run: the host as a process, the practice server, the network in between, the extension, and what the script does to
them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from websockets.exceptions import ConnectionClosed

from storm.chunks import CHUNK_S, Part
from storm.extension import MOST_UNACKNOWLEDGED, Diary, Extension
from storm.home import KEY, Home
from storm.proxy import Proxy
from storm.service import Service
from tabtalk import protocol
from tabtalk.practice import wire
from tabtalk.practice.server import PracticeServer
from tabtalk.state import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from storm.proxy import Dial
    from storm.script import Fault, Script
    from storm.service import Heard

LIVE_S = 25.0
"""Until a conversation is live (again) after all faults have stopped: the longest pause between two dials, and the dial."""
SETTLE_S = 12.0
ANSWER_S = 10.0
PICTURE_S = 6.0
GONE_S = 4.0
REFUSE_S = 6.0


_STEADY = (State.LIVE, State.PARKED, State.FAILED)


@dataclass(slots=True)
class Outcome:
    """What both ends saw of one run."""

    script: Script
    zero: float = 0.0
    """When the conversation was first live."""
    pressed: list[float] = field(default_factory=list)
    """When the conversation was started (again)."""
    calm_at: float = 0.0
    """From here on nothing goes wrong any more."""
    judged: int = 0
    """So many chunks had been said when the run began to settle; those after them are nobody's business."""
    diary: Diary = field(default_factory=Diary)
    heard: list[Heard] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    dials: list[Dial] = field(default_factory=list)
    happened: list[tuple[float, Fault]] = field(default_factory=list)
    memory_bytes: list[int] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """What was seen while it ran; the judge adds its own."""
    log: str = ""


class Stage:
    """Everything that one conversation needs, open; `extension`, `proxy`, `service` and `server` are for the test."""

    def __init__(
        self, folder: Path, service: Service, server: PracticeServer, proxy: Proxy, park_s: float = 0.0
    ) -> None:
        self.home = Home(folder)
        self.service = service
        self.server = server
        self.proxy = proxy
        self.home.use(f"https://127.0.0.1:{proxy.port}", server.ca_pem, park_s=park_s)
        self.speaks: Callable[[float], bool] = lambda _moment: False
        self.extension = Extension(self.home.env, service.mark, self._part)

    def _part(self, moment: float) -> Part:
        if not self.speaks(moment):
            return Part.PAUSE
        if not self.speaks(moment - CHUNK_S):
            return Part.FIRST
        return Part.MIDDLE if self.speaks(moment + CHUNK_S) else Part.LAST

    async def until(self, predicate: Callable[[], object], seconds: float) -> bool:
        """Whether it came true by then; looked at whenever the host says something, and ten times a second."""
        changed = self.extension.changed
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not predicate():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.1), changed:
                            await changed.wait()
                return True
        return bool(predicate())

    def answered(self, text: str) -> bool:
        """Whether a whole answer to this question was told."""
        told = [told.message for told in self.extension.diary.told]
        for at, message in enumerate(told):
            if isinstance(message, protocol.Transcript) and message.role == "model" and f"[{text}]" in message.text:
                turn = message.turn
                return any(isinstance(later, protocol.TurnComplete) and later.turn == turn for later in told[at:])
        return False


@contextlib.asynccontextmanager
async def open_stage(
    seed: int,
    *,
    gives_handles: bool = True,
    lifetime_s: float = 3600.0,
    notice_s: float = 50.0,
    park_s: float = 0.0,
) -> AsyncIterator[Stage]:
    """Each connection lasts `lifetime_s`, and is told so `notice_s` before its end."""
    service = Service(seed, gives_handles)
    server = PracticeServer(service.scenario, key=KEY, lifetime_s=lifetime_s, notice_s=notice_s, records=False)
    with tempfile.TemporaryDirectory(prefix="tabtalk-chaos-") as folder:
        async with server, Proxy(int(server.base_url.rpartition(":")[2]), random.Random(seed)) as proxy:
            stage = Stage(Path(folder), service, server, proxy, park_s)
            try:
                yield stage
            finally:
                await stage.extension.end()
                await stage.extension.leave()
                service.faults += [f"the service broke: {error!r}" for error in server.failures]


async def play(script: Script) -> Outcome:
    outcome = Outcome(script)
    async with open_stage(script.seed, gives_handles=script.gives_handles, park_s=script.park_s) as stage:
        await _Run(stage, script, outcome).play()
        outcome.diary = stage.extension.diary
        outcome.heard = stage.service.heard
        outcome.words = stage.service.words
        outcome.dials = stage.proxy.dials
        with contextlib.suppress(OSError):
            outcome.log = stage.home.log.read_text("utf-8")
    outcome.violations += stage.service.faults
    return outcome


class _Run:
    def __init__(self, stage: Stage, script: Script, outcome: Outcome) -> None:
        self._stage = stage
        self._script = script
        self._outcome = outcome
        self._extension = stage.extension
        self._faults: list[asyncio.Task[None]] = []

    async def play(self) -> None:
        stage, script, outcome = self._stage, self._script, self._outcome
        for fault in script.faults:
            if fault.at < 0:
                self._begin(fault)
        self._extension.start(script.picture_every_s, script.picture_bytes)
        for at, text in script.questions:
            if at < 0:
                await self._extension.ask(text)
        if not await self._steady():
            return
        outcome.zero = time.monotonic()
        stage.speaks = self._speaks
        events: list[tuple[float, Fault | str]] = [entry for entry in script.questions if entry[0] >= 0]
        events += [(fault.at, fault) for fault in script.faults if fault.at >= 0]
        for at, event in sorted(events, key=lambda event: event[0]):
            await asyncio.sleep(max(0.0, outcome.zero + at - time.monotonic()))
            if isinstance(event, str):
                if self._extension.state is not State.FAILED:
                    await self._extension.ask(event)
            else:
                self._begin(event)
            self._weigh()
        await asyncio.sleep(max(0.0, outcome.zero + script.talk_s - time.monotonic()))
        await asyncio.gather(*self._faults)
        outcome.calm_at = time.monotonic()
        if await self._steady():
            await self._settle()
        self._weigh()
        await self._depart()

    def _speaks(self, moment: float) -> bool:
        at = moment - self._outcome.zero
        return any(begins <= at < begins + lasts for begins, lasts in self._script.utterances)

    async def _steady(self) -> bool:
        """Live; where it failed for a good reason, the person presses again."""
        extension = self._extension
        for _press in range(2):
            if not await self._stage.until(lambda: extension.state in _STEADY, LIVE_S):
                self._outcome.violations.append(f"stays {extension.state} for {LIVE_S:.0f} s")
                return False
            if extension.state is not State.FAILED:
                return True
            reason = extension.diary.failures[-1][1]
            if reason not in self._script.may_fail:
                self._outcome.violations.append(f"failed with {reason}, for which there was no reason")
            await asyncio.gather(*self._faults)
            await extension.end()
            self._outcome.pressed.append(time.monotonic())
            extension.start(self._script.picture_every_s, self._script.picture_bytes)
        self._outcome.violations.append("failed again after the person pressed again")
        return False

    async def _settle(self) -> None:
        """What waits arrives, and a new question is answered."""
        stage, diary = self._stage, self._extension.diary
        spoken = self._outcome.judged = len(diary.spoken)

        def caught_up() -> bool:
            talk = stage.service.current
            if self._extension.state is State.PARKED:
                return True
            return bool(talk and talk.heard.chunks and talk.heard.chunks[-1][1].number >= spoken)

        if not await stage.until(caught_up, SETTLE_S):
            self._outcome.violations.append(f"what was said {SETTLE_S:.0f} s ago does not arrive")
        seen = diary.pictures_sent
        if not self._script.park_s and not await stage.until(
            lambda: diary.pictures_sent > seen + MOST_UNACKNOWLEDGED, PICTURE_S
        ):
            self._outcome.violations.append("pictures do not flow any more")
        final = f"question {self._script.seed}.final"
        await self._extension.ask(final)
        if not await stage.until(lambda: stage.answered(final), ANSWER_S):
            self._outcome.violations.append("a new question is not answered any more")

    async def _depart(self) -> None:
        await self._extension.end()
        if not await self._stage.until(lambda: not self._stage.proxy.open, GONE_S):
            self._outcome.violations.append(f"a connection to the service is open {GONE_S:.0f} s after the end")
        status = await self._extension.leave()
        if status != 0:
            self._outcome.violations.append(f"the host's exit status is {status}")

    def _weigh(self) -> None:
        host = self._extension.host
        if host and not host.gone.is_set():
            with contextlib.suppress(OSError):
                self._outcome.memory_bytes.append(host.memory_bytes())

    # Faults.

    def _begin(self, fault: Fault) -> None:
        self._outcome.happened.append((time.monotonic(), fault))
        self._faults.append(asyncio.create_task(self._do(fault), name=fault.kind))

    async def _do(self, fault: Fault) -> None:
        undo = await self._undoing(fault)
        if undo is not None:
            await asyncio.sleep(fault.lasts)
            undo()

    async def _undoing(self, fault: Fault) -> Callable[[], None] | None:
        """Does it; what ends it, for a fault that lasts."""
        proxy, now, service, extension = self._stage.proxy, self._stage.proxy.now, self._stage.service, self._extension
        match fault.kind:
            case "latency":
                now.latency_s = fault.value
                return lambda: setattr(now, "latency_s", 0.0)
            case "jitter":
                now.jitter_s = fault.value
                return lambda: setattr(now, "jitter_s", 0.0)
            case "bandwidth":
                now.up_bytes_s = now.down_bytes_s = fault.value
                return now.widen
            case "slicer":
                now.slice_bytes = max(1, int(fault.value))
                return lambda: setattr(now, "slice_bytes", 0)
            case "freeze":
                proxy.freeze()
                return proxy.thaw
            case "refuse":
                now.refuses = True
                proxy.cut()
                return lambda: setattr(now, "refuses", False)
            case "vanish":
                proxy.vanish()
                proxy.cut()
                return proxy.appear
            case "host-freeze":
                if host := extension.host:
                    host.signal(signal.SIGSTOP)
                    return lambda: host.signal(signal.SIGCONT)
            case "cut":
                proxy.cut()
            case "refuse-handle":
                service.refuses_handle = True
                proxy.cut()
            case "silent-setup":
                service.upcoming.append(fault.lasts)
                proxy.cut()
            case "setup-close":
                service.upcoming.append(wire.WireError("The service is currently unavailable.", wire.INTERNAL))
                proxy.cut()
            case "refuse-all":
                service.refuses = wire.WireError(fault.text, fault.code)
                proxy.cut()
                if not await self._stage.until(lambda: extension.state is State.FAILED, REFUSE_S):
                    self._outcome.violations.append(f"refused with {fault.text!r}, and it is not told")
                service.refuses = None
            case "link-cut":
                extension.cut_link()
            case "host-kill":
                extension.kill_host()
            case "network-word":
                await extension.say_network(online=False)
                await extension.say_network(online=True)
            case _:
                await self._misbehave(fault)
        return None

    async def _misbehave(self, fault: Fault) -> None:
        """What the service does of itself, if there is a connection."""
        talk = self._stage.service.current
        if talk is None:
            return
        with contextlib.suppress(ConnectionClosed):
            match fault.kind:
                case "close":
                    await talk.end(fault.code, fault.text)
                case "go-away":
                    await talk.go_away(fault.value, fault.code, fault.text)
                case "drop":
                    talk.drop()
                case "no-handle":
                    await talk.send(wire.resumption_update())
                case "double-complete":
                    await talk.complete_turn()
                    await talk.complete_turn()
                case "spurious-interrupt":
                    await talk.interrupt()
                case "burst":
                    await talk.burst(fault.value)
                case "late-pongs":
                    talk.delay_pongs(fault.value)
                case "unknown":
                    await talk.say_unknown()
                case _:
                    raise ValueError(fault.kind)
