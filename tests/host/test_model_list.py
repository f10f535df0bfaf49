"""The list of models is asked of the practice server on the wire, and of servers that mean no good."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from tabtalk import live_socket, model_list, models, protocol
from tabtalk.closes import Close, CloseKind
from tabtalk.live_events import Endpoint, LiveClosed, Vertex
from tabtalk.model_list import ModelList, ask, names_in
from tabtalk.practice.server import HOST, PracticeServer, _certificate
from tabtalk.practice.threaded import ThreadedServer, run_in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "AIzaCANARY0123456789abcdefghijklmnopqrs"


@pytest.fixture(autouse=True)
def _other_certificates() -> Iterator[None]:
    live_socket.trust.cache_clear()
    yield
    live_socket.trust.cache_clear()


@pytest.fixture
def service() -> Iterator[ThreadedServer]:
    with run_in_thread(PracticeServer(key=KEY)) as server:
        yield server


def of(server: ThreadedServer, **changes: Any) -> Endpoint:
    endpoint = Endpoint(
        key=KEY, model="gemini-3.8-live", instructions="", base_url=server.base_url, ca_pem=server.ca_pem
    )
    return dataclasses.replace(endpoint, **changes)


class Asker:
    def __init__(self, endpoint: Endpoint | LiveClosed) -> None:
        self.found = endpoint

    async def endpoint(self) -> Endpoint:
        if isinstance(self.found, LiveClosed):
            raise self.found
        return self.found


def row(name: Any, *does: str) -> dict[str, Any]:
    return {"name": name, "supportedGenerationMethods": list(does)}


async def test_only_models_that_can_talk_are_listed(service: ThreadedServer) -> None:
    assert "gemini-3.8-pro" in service.server.listing
    assert await ask(of(service)) == list(models.MODELS)


async def test_the_endpoint_of_the_settings_is_asked_once_in_a_while(service: ThreadedServer) -> None:
    asker = Asker(of(service))
    listed = ModelList(asker)
    told = await listed.told()
    assert told == protocol.Models({"list": list(models.MODELS)}, "service", "")
    assert await listed.told() == told
    assert service.server.listings == 1
    asker.found = of(service, practice=True, base_url=service.base_url + "/")
    assert (await listed.told()).origin == "practice"
    assert service.server.listings == 2, "another endpoint has another list"


async def test_two_pages_that_open_at_once_ask_once(service: ThreadedServer) -> None:
    listed = ModelList(Asker(of(service)))
    one, other = await asyncio.gather(listed.told(), listed.told())
    assert one == other
    assert service.server.listings == 1


async def test_vertex_says_nothing_of_its_models_and_is_not_asked() -> None:
    vertex = Endpoint(
        key="", model="m", instructions="", vertex=Vertex("lab", "global"), base_url="https://none.invalid"
    )
    told = await ModelList(Asker(vertex)).told()
    assert told == protocol.Models({"list": list(models.VERTEX_MODELS)}, "known", "")


async def test_without_an_answer_there_is_the_list_that_is_known_and_the_reason(service: ThreadedServer) -> None:
    for endpoint, code in (
        (LiveClosed(Close(CloseKind.UNREADABLE, 0, "locked")), "key-unreadable"),
        (of(service, key="wrong"), "key-rejected"),
        (of(service, base_url="https://127.0.0.1:1"), "no-network"),
        (of(service, base_url=f"{service.base_url}/elsewhere"), "request-rejected"),
    ):
        told = await ModelList(Asker(endpoint)).told()
        assert told == protocol.Models({"list": list(models.MODELS)}, "known", code)


async def test_a_service_that_cannot_show_who_it_is_gets_no_key(service: ThreadedServer) -> None:
    told = await ModelList(Asker(of(service, ca_pem=_certificate()[1]))).told()
    assert (told.origin, told.code) == ("known", "no-network")
    assert service.server.listings == 0


@pytest.mark.parametrize(
    "listing",
    ["", "{", "[]", "null", '{"models": 7}', '{"models": [1, null, "x"]}', '{"models": []}', "[" * 100_000,
     json.dumps({"models": [row("models/x", "generateContent")]})],
)  # fmt: skip
async def test_an_answer_that_makes_no_sense_is_no_list(service: ThreadedServer, listing: str) -> None:
    service.server.listing = listing
    told = await ModelList(Asker(of(service))).told()
    assert told == protocol.Models({"list": list(models.MODELS)}, "known", "service-unavailable")


async def test_an_answer_without_end_is_given_up(service: ThreadedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_list, "MAX_BYTES", 1000)
    service.server.listing += " " * 2000
    with pytest.raises(LiveClosed) as closed:
        await ask(of(service))
    assert closed.value.close.text == "the list is too long"


async def test_a_service_that_never_answers_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_list, "TIMEOUT_S", 0.5)
    context, ca_pem = _certificate()
    gone = asyncio.Event()

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A header that never ends: no single read is slow."""
        writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        try:
            while not _reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        finally:
            gone.set()
            writer.transport.abort()

    async with await asyncio.start_server(drip, HOST, 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        endpoint = Endpoint(key=KEY, model="m", instructions="", base_url=f"https://{HOST}:{port}", ca_pem=ca_pem)
        async with asyncio.timeout(20):
            told = await ModelList(Asker(endpoint)).told()
            assert told.code == "setup-timeout"
            await gone.wait()


async def test_a_redirect_does_not_get_the_key() -> None:
    context, ca_pem = _certificate()
    asked = []

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /evil\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(redirect, HOST, 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        endpoint = Endpoint(key=KEY, model="m", instructions="", base_url=f"https://{HOST}:{port}", ca_pem=ca_pem)
        with pytest.raises(LiveClosed):
            await ask(endpoint)
    assert len(asked) == 1
    assert KEY not in asked[0].splitlines()[0], "never in the address"


async def test_t19_no_answer_and_no_line_of_the_log_holds_the_key(
    service: ThreadedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.server._key = "another"
    with pytest.raises(LiveClosed) as closed:
        await ask(of(service))
    told = await ModelList(Asker(of(service))).told()
    assert told.code == "key-rejected"
    for said in (repr(closed.value), closed.value.close.text, protocol.dump(told), caplog.text):
        assert KEY not in said


def test_of_a_strangers_list_only_names_that_a_setting_could_hold_are_taken() -> None:
    live = "bidiGenerateContent"
    rows = [
        row("models/gemini-9-live", live, "generateContent"),
        row("models/gemini-9-live", live),
        row("models/gemini-9-live-translate-preview", live),
        row("models/gemini-9-transcribe-live", live),
        row("models/<b>x</b>", live),
        row("models/a b", live),
        row("models/" + "x" * 200, live),
        row("tunedModels/x", live),
        row("models/../x", live),
        row(7, live),
        {"name": "models/no-methods"},
        {"name": "models/odd", "supportedGenerationMethods": live},
        *[row(f"models/m{number}", live) for number in range(200)],
    ]
    names = names_in(json.dumps({"models": rows}).encode())
    assert names[:2] == ["gemini-9-live", "m0"]
    assert len(names) == model_list.MAX_MODELS
