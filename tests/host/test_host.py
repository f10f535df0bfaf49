"""The host's loop in this process, on pipes instead of a browser. As a process: `test_native_host.py`."""

import asyncio
import json
import os
import struct
import threading

import pytest
from websockets.asyncio.client import connect

from tabtalk import access, host, keys, models, paths, protocol, settings, walk
from tabtalk.closes import Close, CloseKind
from tabtalk.host import Host
from tabtalk.listener import listen
from tabtalk.live_events import LiveClosed
from tabtalk.stdio import Wire
from tabtalk.tokens import Tokens


class NoEndpoint:
    """A dialer where the key cannot be read."""

    async def endpoint(self):
        raise LiveClosed(Close(CloseKind.UNREADABLE, 0, ""))


class Browser:
    """The browser's ends of the two pipes."""

    def __init__(self):
        self.host_in, self.to_host = os.pipe()
        self.from_host, self.host_out = os.pipe()

    def send(self, type, id, **data):
        body = json.dumps({"type": type, "id": id, "data": data}).encode()
        os.write(self.to_host, struct.pack("=I", len(body)) + body)

    def receive(self):
        (length,) = struct.unpack("=I", os.read(self.from_host, 4))
        return json.loads(os.read(self.from_host, length))

    def until(self, type):
        while (message := self.receive())["type"] != type:
            pass
        return message

    def host(self, dialer=None):
        return Host(Wire(self.host_in, self.host_out), listen(), Tokens(), dialer or NoEndpoint(), "0.1.0")


@pytest.fixture
def browser():
    browser = Browser()
    before = set(threading.enumerate())
    yield browser
    os.close(browser.to_host)
    for thread in set(threading.enumerate()) - before:
        thread.join(5)  # The reader, which still uses the pipe.
    for fd in (browser.host_in, browser.from_host, browser.host_out):
        os.close(fd)


async def test_a_host_that_nobody_uses_says_goodbye_and_leaves(browser, monkeypatch):
    monkeypatch.setattr(host, "IDLE_S", 0.2)
    await asyncio.wait_for(browser.host().run(), 5)
    assert browser.until("goodbye")["data"] == {"reason": "idle"}


async def test_more_messages_than_are_kept_are_all_answered_in_their_order(browser, monkeypatch):
    monkeypatch.setattr(host, "MAX_TO_ANSWER", 2)
    running = asyncio.create_task(browser.host().run())
    for number in range(50):
        await asyncio.to_thread(browser.send, "mint-token", number)
    answers = [(await asyncio.to_thread(browser.until, "token"))["re"] for _ in range(50)]
    assert answers == list(range(50))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_while_a_key_is_tried_a_conversation_gets_its_token_and_keys_wait_in_line(browser, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    asked = []

    def answer(message):
        asked.append(type(message).TYPE)
        begun.set()
        assert go_on.wait(10)
        return protocol.Verdict("accepted", "file", "", "")

    monkeypatch.setattr(access, "answer", answer)
    running = asyncio.create_task(browser.host().run())
    for number in range(host.MAX_ACCESS + 1):
        browser.send("give-key", number, profile="default", key="AIzaCANARY")
    assert await asyncio.to_thread(begun.wait, 10)
    refused = await asyncio.to_thread(browser.until, "error")
    assert (refused["re"], refused["data"]["code"]) == (host.MAX_ACCESS, "bad-message")
    browser.send("mint-token", 100)
    assert (await asyncio.to_thread(browser.until, "token"))["re"] == 100
    assert asked == ["give-key"]
    go_on.set()
    answers = [(await asyncio.to_thread(browser.until, "verdict"))["re"] for _ in range(host.MAX_ACCESS)]
    assert answers == list(range(host.MAX_ACCESS))
    # What is known of the key now is told without being asked.
    assert (await asyncio.to_thread(browser.until, "host-status"))["data"]["key"] == "unreadable"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (keys.KeyUnreadable("locked"), "key-unreadable"),
        (settings.SettingsInvalid("no such profile"), "settings-invalid"),
        (OSError(28, "AIzaCANARY"), "internal"),
        (RuntimeError("AIzaCANARY"), "internal"),
    ],
)
async def test_t19_what_cannot_be_done_about_a_key_is_told_without_the_key(browser, monkeypatch, error, code):
    def fail(_message):
        raise error

    monkeypatch.setattr(access, "answer", fail)
    running = asyncio.create_task(browser.host().run())
    browser.send("give-key", 1, profile="default", key="AIzaCANARY")
    said = await asyncio.to_thread(browser.until, "error")
    assert (said["re"], said["data"]["code"]) == (1, code)
    assert "CANARY" not in json.dumps(said)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_host_tells_what_it_finds_of_its_links_and_a_token_does_not_wait_for_that(browser, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    rows = [{"link": "settings", "state": "ok", "code": "", "text": ""}]

    def findings():
        begun.set()
        assert go_on.wait(10)
        return rows

    monkeypatch.setattr(walk, "findings", findings)
    running = asyncio.create_task(browser.host().run())
    browser.send("check-links", 1)
    assert await asyncio.to_thread(begun.wait, 10)
    browser.send("mint-token", 2)
    assert (await asyncio.to_thread(browser.until, "token"))["re"] == 2
    go_on.set()
    told = await asyncio.to_thread(browser.until, "links")
    assert (told["re"], told["data"]["links"]) == (1, {"list": rows})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class Hangs:
    """A dialer that never gets ready."""

    async def endpoint(self):
        await asyncio.Event().wait()


async def test_a_sample_of_a_voice_ends_when_it_is_hushed_and_when_a_conversation_comes(browser, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    running = asyncio.create_task(browser.host(Hangs()).run())
    browser.send("hear-voice", 1, voice="Puck", language="en")
    browser.send("hush", 2)
    answers = [(await asyncio.to_thread(browser.until, "sample")) for _ in range(2)]
    assert sorted((answer["re"], answer["data"]["sound"]) for answer in answers) == [(1, ""), (2, "")]
    browser.send("hear-voice", 3, voice="Puck", language="en")
    browser.send("mint-token", 4)
    ticket = (await asyncio.to_thread(browser.until, "token"))["data"]
    offered = [protocol.SUBPROTOCOL, protocol.TOKEN_SUBPROTOCOL_PREFIX + ticket["token"]]
    url = f"ws://127.0.0.1:{ticket['port']}"
    async with connect(url, origin=protocol.EXTENSION_ORIGIN, subprotocols=offered, proxy=None):
        said = await asyncio.to_thread(browser.until, "sample")
    assert (said["re"], said["data"]) == (3, {"sound": ""})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_without_a_key_the_models_that_are_known_are_listed_and_no_voice_is_heard(browser, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    running = asyncio.create_task(browser.host().run())
    browser.send("list-models", 1)
    listed = await asyncio.to_thread(browser.until, "models")
    assert listed["data"] == {"models": {"list": list(models.MODELS)}, "origin": "known", "code": "key-unreadable"}
    browser.send("hear-voice", 2, voice="Puck", language="en")
    refused = await asyncio.to_thread(browser.until, "error")
    assert (refused["re"], refused["data"]["code"]) == (2, "key-unreadable")
    browser.send("hear-voice", 3, voice="../Puck", language="en")
    refused = await asyncio.to_thread(browser.until, "error")
    assert (refused["re"], refused["data"]["code"]) == (3, "settings-invalid")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_log_is_deleted_and_what_is_kept_is_told(browser, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = paths.log_dir()
    folder.mkdir(parents=True)
    for name in ("host.log", "host.log.1", "host.log.2"):
        (folder / name).write_text("a line\n")
    (folder / "notes.txt").write_text("somebody's own")
    running = asyncio.create_task(browser.host().run())
    browser.send("get-kept", 1)
    kept = (await asyncio.to_thread(browser.until, "kept"))["data"]
    assert kept == {"settings": str(paths.settings_file()), "log": str(folder), "log_bytes": 21}
    browser.send("delete-log", 2)
    assert (await asyncio.to_thread(browser.until, "kept"))["data"]["log_bytes"] == 0
    assert [file.name for file in folder.iterdir()] == ["notes.txt"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
