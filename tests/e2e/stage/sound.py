"""Real sound devices that nobody hears: a PulseAudio of its own with a virtual speaker and a virtual microphone."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Self

import numpy as np

from stage.process import Process, wait_until
from stage.speech import RATE_HZ, Samples, loud, tone_level

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MODULES = (
    "module-null-sink sink_name=spk rate=48000 channels=2 sink_properties=device.description=Speaker",
    "module-null-sink sink_name=micsink rate=48000 channels=1",
    # Browsers hide monitor sources; a remapped one counts as a microphone.
    "module-remap-source master=micsink.monitor source_name=vmic source_properties=device.description=Microphone",
)
_CHUNK_BYTES = 480 * 2
LEVEL_S = 0.005
_PROMPT = "--latency-msec=10"
_LISTEN_S = 0.1
"""How often all that was recorded is gone through."""


_DEFAULT = "vmic"


class Sound:
    """`env` is what a program needs to play and record here."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        runtime = folder / "sound"
        runtime.mkdir(mode=0o700)
        socket = runtime / "native"
        self.env = {
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_RUNTIME_PATH": str(runtime),
            "PULSE_STATE_PATH": str(runtime),
            "PULSE_COOKIE": str(runtime / "cookie"),
            "XDG_RUNTIME_DIR": str(runtime),
        }
        self._env = {**env, **self.env}
        self._log = folder / "pulseaudio.log"
        command = [
            "pulseaudio",
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "--disable-shm=yes",
        ]
        command += ["--realtime=yes", "--high-priority=yes", "--log-level=error"]
        for module in (f"module-native-protocol-unix auth-anonymous=1 socket={socket}", *_MODULES):
            command += ["-L", module]
        # Its own variables would send the server looking for a server.
        self._server = Process(command, {k: v for k, v in self._env.items() if k != "PULSE_SERVER"}, self._log)
        self._server.wait_until(socket.exists, "socket")
        for setting in (["set-default-sink", "spk"], ["set-default-source", _DEFAULT]):
            self._pactl(*setting)
        # The room. A virtual microphone that nobody plays to makes its sound two seconds ahead, and what is said just after it
        # was opened comes late or cut; a real one always hears something, though it be silence, and at once.
        self._room = self._quiet("micsink")

    def _pactl(self, *words: str) -> str:
        done = subprocess.run(["pactl", *words], env=self._env, capture_output=True, text=True, check=False, timeout=10)
        if done.returncode:
            raise RuntimeError(f"pactl {' '.join(words)}: {done.stderr}")
        return done.stdout

    def _quiet(self, sink: str) -> Process:
        return Process(["pacat", f"--device={sink}", "--raw", _PROMPT, "/dev/zero"], self._env, self._log)

    @contextlib.contextmanager
    def plugged(self, name: str, rate_hz: int = 48_000) -> Iterator[None]:
        """A second microphone, for as long as this lasts; speak into `{name}sink`."""
        sink, label = f"{name}sink", f"source_properties=device.description={name}"
        modules = (
            ["module-null-sink", f"sink_name={sink}", f"rate={rate_hz}", "channels=1"],
            ["module-remap-source", f"master={sink}.monitor", f"source_name={name}", label],
        )
        with contextlib.ExitStack() as stack:
            for module in modules:
                stack.callback(self._pactl, "unload-module", self._pactl("load-module", *module).strip())
            stack.callback(self._quiet(sink).end)
            yield

    @contextlib.contextmanager
    def unplugged(self) -> Iterator[None]:
        """No microphone, for as long as this lasts."""
        loaded = (line.split("\t") for line in self._pactl("list", "short", "modules").splitlines())
        [(number, name, words)] = [each[:3] for each in loaded if f"source_name={_DEFAULT}" in each[2]]
        self._pactl("unload-module", number)
        try:
            yield
        finally:
            self._pactl("load-module", name, *words.split())
            self._pactl("set-default-source", _DEFAULT)

    @contextlib.contextmanager
    def speaker(self, name: str, rate_hz: int = 48_000, channels: int = 2) -> Iterator[Recording]:
        """A second speaker, for as long as this lasts; what it plays."""
        words = (f"sink_name={name}", f"rate={rate_hz}", f"channels={channels}")
        label = f"sink_properties=device.description={name}"
        module = self._pactl("load-module", "module-null-sink", *words, label).strip()
        try:
            with Recording(f"{name}.monitor", self._env, self._log) as recording:
                yield recording
        finally:
            self._pactl("unload-module", module)

    @contextlib.contextmanager
    def louder(self, name: str, rate_hz: int = 48_000, channels: int = 2) -> Iterator[Recording]:
        """The same, and the default for as long as this lasts."""
        try:
            with self.speaker(name, rate_hz, channels) as recording:
                self._pactl("set-default-sink", name)
                yield recording
        finally:
            self._pactl("set-default-sink", "spk")

    @contextlib.contextmanager
    def default(self, microphone: str) -> Iterator[None]:
        """Another microphone is the default for as long as this lasts."""
        self._pactl("set-default-source", microphone)
        try:
            yield
        finally:
            self._pactl("set-default-source", _DEFAULT)

    def say(self, wav: Path, into: str = "micsink") -> float:
        """Speaks into the microphone and returns when it has been said. Returns `time.monotonic()` of its beginning."""
        started = time.monotonic()
        with self.saying(wav, into) as speaking:
            speaking.popen.wait(120)
        return started

    def saying(self, wav: Path, into: str = "micsink") -> Saying:
        """Begins to speak into the microphone; `end()` cuts it off."""
        # A person does not stutter when the machine is busy: the server has the next words well before it needs them.
        return Saying(["paplay", f"--device={into}", "--latency-msec=2000", str(wav)], self._env, self._log)

    @contextlib.contextmanager
    def fed_back(self, db: float, late_ms: int) -> Iterator[None]:
        """The microphone hears the speaker, through something in between, for as long as this lasts. Speaker and microphone have
        clocks of their own here: after most of a minute the way is no more of one length."""
        way = ["module-loopback", "source=spk.monitor", "sink=micsink", f"latency_msec={late_ms}", "adjust_time=0"]
        module = self._pactl("load-module", *way).strip()
        try:
            self._attenuate(module, db)
            yield
        finally:
            self._pactl("unload-module", module)

    @contextlib.contextmanager
    def aloud(self, db: float) -> Iterator[Recording]:
        """A speaker that the microphone hears, as in a room without headphones, the default for as long as this lasts; what it
        plays. Both have one clock, as those of one sound card."""
        module = self._pactl("load-module", "module-remap-sink", "sink_name=aloud", "master=micsink").strip()
        try:
            self._attenuate(module, db)
            self._pactl("set-default-sink", "aloud")
            with Recording("aloud.monitor", self._env, self._log) as recording:
                yield recording
        finally:
            self._pactl("unload-module", module)
            self._pactl("set-default-sink", "spk")

    def _attenuate(self, module: str, db: float) -> None:
        """What a module plays."""
        inputs = json.loads(self._pactl("--format=json", "list", "sink-inputs"))
        [index] = [each["index"] for each in inputs if str(each["owner_module"]) == module]
        self._pactl("set-sink-input-volume", str(index), f"{db:g}dB")

    def record(self) -> Recording:
        """What the speaker plays, from the moment of the return."""
        return Recording("spk.monitor", self._env, self._log)

    def overhear(self) -> Recording:
        """What is said into the microphone, from the moment of the return."""
        return Recording("micsink.monitor", self._env, self._log)

    def listeners(self, microphone: str = _DEFAULT) -> int:
        """How many programs have a microphone open, and hear it: one that is still opening it is corked."""
        sources = json.loads(self._pactl("--format=json", "list", "sources"))
        [index] = [source["index"] for source in sources if source["name"] == microphone]
        streams = json.loads(self._pactl("--format=json", "list", "source-outputs"))
        return sum(stream["source"] == index and not stream["corked"] for stream in streams)

    def end(self) -> None:
        self._room.end()
        self._server.end()


class Saying(Process):
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Recording:
    """A device's sound as s16le mono at `speech.RATE_HZ`, in memory, each sample with its time."""

    def __init__(self, device: str, env: dict[str, str], log: Path) -> None:
        command = ["parec", f"--device={device}", "--format=s16le", f"--rate={RATE_HZ}", "--channels=1"]
        self._process = Process([*command, _PROMPT, "--raw"], env, log, stdout=subprocess.PIPE)
        self._lock = threading.Lock()
        self._data = bytearray()
        self.started = float("inf")
        """`time.monotonic()` of the first sample: the least delay of any chunk so far counts."""
        self._reader = threading.Thread(target=self._read, name="recording", daemon=True)
        self._reader.start()
        self._process.wait_until(lambda: len(self._data), "first sample of a device")

    def _read(self) -> None:
        pipe = self._process.popen.stdout
        assert pipe
        while chunk := pipe.read(_CHUNK_BYTES):
            now = time.monotonic()
            with self._lock:
                self._data += chunk
                self.started = min(self.started, now - len(self._data) / 2 / RATE_HZ)

    def samples(self, since: float | None = None) -> Samples:
        """-1..1; `since` as `time.monotonic()`."""
        with self._lock:
            data = bytes(self._data[: len(self._data) // 2 * 2])
        first = 0 if since is None else max(0, round((since - self.started) * RATE_HZ))
        return np.frombuffer(data, np.int16)[first:].astype(np.float64) / 32768

    def loud_times(self, since: float | None = None) -> list[tuple[float, float]]:
        """Begin and end (`time.monotonic()`) of each stretch of sound."""
        begin = self.started if since is None else max(since, self.started)
        return [(begin + first, begin + last) for first, last in loud(self.samples(since), RATE_HZ)]

    def wait_sound(self, since: float | None = None, timeout: float = 20, hz: float | None = None) -> float:
        """`time.monotonic()` of the first sound, or of a tone of `hz`, once there is one."""

        def heard() -> float | None:
            stretches = self.loud_times(since)
            if hz is not None:
                stretches = [stretch for stretch in stretches if self.tone(hz, *stretch) > 0.3]
            return stretches[0][0] if stretches else None

        return wait_until(heard, f"sound{f' of {hz:g} Hz' if hz else ''} at the speaker", timeout, _LISTEN_S)

    def wait_silence(self, lasting: float, timeout: float = 20) -> float:
        """`time.monotonic()` at which the last sound ended, once there was none for `lasting` seconds."""

        def ended() -> float | None:
            stretches = self.loud_times()
            last = stretches[-1][1] if stretches else self.started
            return last if self.now() - last >= lasting else None

        return wait_until(ended, f"{lasting:g} s of silence at the speaker", timeout, _LISTEN_S)

    def levels(self, since: float) -> list[tuple[float, float]]:
        """Time and loudness (RMS, 0..1) of each 5 ms."""
        size = round(LEVEL_S * RATE_HZ)
        samples = self.samples(since)
        pieces = samples[: len(samples) // size * size].reshape(-1, size)
        begin = max(since, self.started)
        return [(begin + place * LEVEL_S, float(np.sqrt(np.mean(piece**2)))) for place, piece in enumerate(pieces)]

    def tone(self, hz: float, begin: float, end: float) -> float:
        """The share of the energy between two times that is a tone of `hz`, 0..1."""
        samples = self.samples(begin)[: round((end - begin) * RATE_HZ)]
        return tone_level(samples, hz, RATE_HZ)

    def now(self) -> float:
        """The time of the last sample."""
        with self._lock:
            return self.started + len(self._data) / 2 / RATE_HZ

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self._process.popen.terminate()
        self._reader.join(5)
        self._process.end()
