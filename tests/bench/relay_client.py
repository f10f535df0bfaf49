"""Who talks through a relay, in a process of its own: sends what a microphone and a screen yield, and notes when.

Takes its task as JSON in its first argument and prints what it noted. It starts the relay, and so reads its processor time and
memory: of the host, that is what the browser does.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import ssl
import struct
import subprocess
import sys
import time
import zlib
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "host"))

CHUNK_BYTES = 640
"""20 ms of 16 kHz s16le."""
CHUNK_S = 0.02
PICTURE_EVERY = 50
"""Chunks: a second."""
LEAD_S = 2.0
"""Before anything is measured: first uses, imports, the rise of a connection's window."""
DRAIN_S = 0.5


class Straight:
    """No relay: the SDK in this very process."""

    def __init__(self, where) -> None:
        self.pid = os.getpid()
        self._where = where

    @asynccontextmanager
    async def opened(self):
        from google import genai
        from google.genai import types

        client = genai.Client(
            api_key=self._where["key"],
            http_options=types.HttpOptions(
                base_url=self._where["base_url"],
                api_version="v1beta",
                async_client_args={"ssl": ssl.create_default_context(cadata=self._where["ca_pem"])},
            ),
        )
        config = {"response_modalities": ["AUDIO"]}
        async with client.aio.live.connect(model=self._where["model"], config=config) as self._session:
            self._blob = types.Blob
            yield

    async def send_sound(self, pcm: bytes) -> None:
        await self._session.send_realtime_input(audio=self._blob(data=pcm, mime_type="audio/pcm;rate=16000"))

    async def send_picture(self, jpeg: bytes) -> None:
        await self._session.send_realtime_input(video=self._blob(data=jpeg, mime_type="image/jpeg"))

    async def sounds(self):
        while True:
            async for message in self._session.receive():
                turn = message.server_content and message.server_content.model_turn
                for part in (turn and turn.parts) or ():
                    yield part.inline_data.data


class Tabtalk:
    """The real host, over the real wire."""

    def __init__(self, where) -> None:
        self._where = where
        self._heard_at = 0.0

    @asynccontextmanager
    async def opened(self):
        from websockets.asyncio.client import connect

        from tabtalk import protocol

        self._protocol = protocol
        self._numbers = {kind: itertools.count() for kind in (protocol.AUDIO_UP, protocol.VIDEO_UP)}
        home = self._configure()
        command = [sys.executable, "-I", ROOT / "host" / "native_host.py", protocol.EXTENSION_ORIGIN + "/"]
        names = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "HOME")
        with subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(names, str(home))},
        ) as host:
            self.pid = host.pid
            hello = protocol.dump(protocol.Hello("0.1.0", protocol.PROTOCOL_VERSION), id=1).encode()
            host.stdin.write(struct.pack("=I", len(hello)) + hello)
            host.stdin.flush()
            (length,) = struct.unpack("=I", host.stdout.read(4))
            answer = protocol.parse("native-down", host.stdout.read(length)).message
            async with connect(
                f"ws://127.0.0.1:{answer.port}",
                origin=protocol.EXTENSION_ORIGIN,
                subprotocols=[protocol.SUBPROTOCOL, protocol.TOKEN_SUBPROTOCOL_PREFIX + answer.token],
                compression=None,
                proxy=None,
            ) as self._link:
                await self._until(lambda said: isinstance(said, protocol.Welcome))
                await self._tell(protocol.StartSession("voice", ""))
                await self._until(lambda said: isinstance(said, protocol.SessionState) and said.state == "live")
                pinging = asyncio.create_task(self._ping())
                yield
                pinging.cancel()
            host.stdin.close()

    def _configure(self) -> Path:
        """Settings and key as set-up leaves them."""
        home = Path(self._where["home"])
        folder = home / "tabtalk"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "ca.pem").write_text(self._where["ca_pem"])
        (folder / "settings.toml").write_text(
            f'[gemini]\nbase_url = "{self._where["base_url"]}"\nca_file = "{folder / "ca.pem"}"\n[key]\nstore = "file"\n'
        )
        key = folder / "api-key"
        key.touch(mode=0o600)
        key.write_text(self._where["key"])
        return home

    async def _until(self, is_it) -> None:
        async for frame in self._link:
            if is_it(self._protocol.parse("link-down", frame).message):
                return
        raise ConnectionError("the host closed the link")

    async def _tell(self, message) -> None:
        await self._link.send(self._protocol.dump(message))

    async def _ping(self) -> None:
        """As the extension does (`link.js`)."""
        while True:
            if time.monotonic() - self._heard_at >= 0.5:
                await self._tell(self._protocol.Ping(time.time() * 1000))
            await asyncio.sleep(1)

    async def send_sound(self, pcm: bytes) -> None:
        await self._send(self._protocol.AUDIO_UP, pcm)

    async def send_picture(self, jpeg: bytes) -> None:
        await self._send(self._protocol.VIDEO_UP, jpeg)

    async def _send(self, kind: int, payload: bytes) -> None:
        number, now = next(self._numbers[kind]), time.time() * 1000
        await self._link.send(self._protocol.dump_media(kind, payload, turn=0, sequence=number, time=now))

    async def sounds(self):
        async for frame in self._link:
            self._heard_at = time.monotonic()
            if isinstance(frame, bytes):
                yield frame[self._protocol.HEADER_BYTES :]


class _Rival:
    """A relay of `rivals/`."""

    NAME: str

    def __init__(self, where) -> None:
        self._where = where

    @asynccontextmanager
    async def opened(self):
        from websockets.asyncio.client import connect

        command = [
            sys.executable,
            str(ROOT / "tests" / "bench" / "rivals" / f"{self.NAME}.py"),
            json.dumps(self._where),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as relay:
            self.pid = relay.pid
            try:
                # Compression offered, as by a browser.
                async with connect(f"ws://127.0.0.1:{int(relay.stdout.readline())}", proxy=None) as self._socket:
                    await self._socket.send(json.dumps({"setup": {"response_modalities": ["AUDIO"]}}))
                    await self._socket.recv()
                    yield
            finally:
                relay.terminate()


class Tutorial(_Rival):
    NAME = "tutorial"

    async def send_sound(self, pcm: bytes) -> None:
        await self._send("audio/pcm", pcm)

    async def send_picture(self, jpeg: bytes) -> None:
        await self._send("image/jpeg", jpeg)

    async def _send(self, mime_type: str, payload: bytes) -> None:
        chunk = {"mime_type": mime_type, "data": base64.b64encode(payload).decode()}
        await self._socket.send(json.dumps({"realtime_input": {"media_chunks": [chunk]}}))

    async def sounds(self):
        async for message in self._socket:
            yield base64.b64decode(json.loads(message)["audio"])


class Queues(_Rival):
    NAME = "queues"

    async def send_sound(self, pcm: bytes) -> None:
        await self._socket.send(pcm)

    async def send_picture(self, jpeg: bytes) -> None:
        await self._socket.send(json.dumps({"type": "image", "data": base64.b64encode(jpeg).decode()}))

    async def sounds(self):
        async for message in self._socket:
            if isinstance(message, bytes):
                yield message


RELAYS = {"straight": Straight, "tabtalk": Tabtalk, "tutorial": Tutorial, "queues": Queues}


def cpu_s(pid: int) -> float:
    """Of all of its threads, its own and the system's on its behalf."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def talk(relay, sound: bytes, jpeg: bytes, seconds: float, times: int):
    """What was sent and received, and when, after the lead; and what it cost. `times` as many chunks and pictures as in a talk."""
    every = CHUNK_S / times
    chunks = [sound[at : at + CHUNK_BYTES] for at in range(0, len(sound) - CHUNK_BYTES + 1, CHUNK_BYTES)]
    sent: list[tuple[float, int]] = []
    received: list[float] = []

    async def listen() -> None:
        async for _pcm in relay.sounds():
            received.append(time.monotonic())  # noqa: PERF401 (as each comes)

    async with relay.opened():
        listening = asyncio.create_task(listen())
        began, spent, measured_at = time.monotonic(), 0.0, 0.0
        lead = int(LEAD_S / every)
        for number in range(lead + int(seconds / every)):
            await asyncio.sleep(began + number * every - time.monotonic())
            if number == lead:
                spent, measured_at = cpu_s(relay.pid), time.monotonic()
            # Before the picture: a chunk that is due waits for whatever stands before it.
            due, pcm = time.monotonic(), chunks[number % len(chunks)]
            if number % PICTURE_EVERY == 0:
                await relay.send_picture(jpeg)
            await relay.send_sound(pcm)
            sent.append((due, zlib.crc32(pcm)))
        spent, lasted, memory = cpu_s(relay.pid) - spent, time.monotonic() - measured_at, memory_mb(relay.pid)
        await asyncio.sleep(DRAIN_S)
        listening.cancel()
    return {"sent": sent, "received": received, "lead": lead, "cpu": 60 * spent / lasted, "memory": memory}


def main() -> None:
    task = json.loads(sys.argv[1])
    relay = RELAYS[task["relay"]](task["where"])
    sound, jpeg = Path(task["sound"]).read_bytes(), Path(task["jpeg"]).read_bytes()
    print(json.dumps(asyncio.run(talk(relay, sound, jpeg, task["seconds"], task["times"]))))


if __name__ == "__main__":
    main()
