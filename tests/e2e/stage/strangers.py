"""Those who should not get in: another extension, a squatter on the port. Made on the spot, in a folder of the test."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from websockets.asyncio.server import ServerConnection, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

from contextlib import contextmanager

from tabtalk.protocol import EXTENSION_ID, EXTENSION_ORIGIN, HOST_NAME, SUBPROTOCOL

_RULE = {
    "id": 1,
    "action": {
        "type": "modifyHeaders",
        "requestHeaders": [{"header": "Origin", "operation": "set", "value": EXTENSION_ORIGIN}],
    },
    "condition": {"urlFilter": "|ws://127.0.0.1", "resourceTypes": ["websocket"]},
}
_WORKER = f"""
globalThis.forge = () => chrome.declarativeNetRequest.updateSessionRules({{addRules: [{json.dumps(_RULE)}]}});
globalThis.native = () => new Promise((done) => {{
  const port = chrome.runtime.connectNative('{HOST_NAME}');
  port.onMessage.addListener((message) => done('answered ' + message.type));
  port.onDisconnect.addListener(() => done(chrome.runtime.lastError?.message ?? 'closed'));
  port.postMessage({{type: 'hello', id: 1, data: {{version: '0', protocol: 1}}}});
}});
globalThis.knock = (message) => new Promise((done) => {{
  chrome.runtime.sendMessage('{EXTENSION_ID}', message, (answer) =>
    done(chrome.runtime.lastError?.message ?? JSON.stringify(answer) ?? 'no answer'));
}});
globalThis.dial = (port, protocols) => new Promise((done) => {{
  const socket = new WebSocket('ws://127.0.0.1:' + port, protocols);
  socket.onopen = () => done('open');
  socket.onclose = (event) => done('closed ' + event.code);
}});
"""


def make_extension(folder: Path) -> Path:
    """Another extension, with all it takes to forge our Origin."""
    folder.mkdir()
    manifest = {
        "manifest_version": 3,
        "name": "Stranger",
        "version": "1",
        "permissions": ["declarativeNetRequestWithHostAccess", "nativeMessaging"],
        "host_permissions": ["http://127.0.0.1/*", "ws://127.0.0.1/*"],
        "background": {"service_worker": "worker.js"},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "worker.js").write_text(_WORKER)
    return folder


class Squatter:
    """Takes any token and proves nothing; keeps all that it is sent."""

    def __init__(self, first_message: str | None) -> None:
        self.first_message = first_message
        self.port = 0
        self.visits = 0
        self.received: list[str | bytes] = []

    async def serve(self, socket: ServerConnection) -> None:
        self.visits += 1
        if self.first_message is not None:
            await socket.send(self.first_message)
        async for frame in socket:
            self.received.append(frame)


@contextmanager
def _running(squatter: Squatter) -> Iterator[Squatter]:
    loop = asyncio.new_event_loop()
    ready, done = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with serve(squatter.serve, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL], compression=None) as server:  # type: ignore[list-item]
            squatter.port = next(iter(server.sockets)).getsockname()[1]
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield squatter
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
        loop.close()


def squatting(first_message: str | None) -> AbstractContextManager[Squatter]:
    return _running(Squatter(first_message))


FAKE_HOST = """
import json, struct, sys
def read():
    (length,) = struct.unpack("=I", sys.stdin.buffer.read(4))
    return json.loads(sys.stdin.buffer.read(length))
def write(message):
    body = json.dumps(message).encode()
    sys.stdout.buffer.write(struct.pack("=I", len(body)) + body)
    sys.stdout.buffer.flush()
while True:
    message = read()
    data = {"port": int(sys.argv[1]), "token": "T" * 43, "server_token": "S" * 43}
    if message["type"] == "hello":
        write({"type": "hello", "re": message["id"], "data": {"version": "0.1.0", "protocol": 1, **data}})
    elif message["type"] == "mint-token":
        write({"type": "token", "re": message["id"], "data": data})
"""
