"""What a dial meets on its way, over real sockets: proxies, and networks that want a sign-in first."""

import asyncio
import contextlib
import socket
import ssl

import pytest
import trustme

from tabtalk import live, live_socket
from tabtalk.closes import CloseKind
from tabtalk.live_events import Endpoint, LiveClosed
from tabtalk.obstacles import SIGN_IN, SOCKS, UNUSABLE_PROXY
from tabtalk.practice.scenario import Scenario
from tabtalk.practice.server import PracticeServer
from tabtalk.practice.threaded import run_in_thread

PASSWORD = "CANARY-password"
AWAY = "https://nowhere.invalid"
"""Not on this computer, so a proxy is asked for it; and nowhere, so only a proxy could know it."""
PAGE = b"<html>Welcome to the hotel. Your quota of internet needs an API key.</html>"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("https_proxy", "http_proxy", "all_proxy", "wss_proxy", "ws_proxy", "socks_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    live_socket.trust.cache_clear()
    yield
    live_socket.trust.cache_clear()


@contextlib.asynccontextmanager
async def listening(serve, context=None):
    """Serves every connection, and sees all of them off; yields the port."""
    serving = set()

    async def seen_off(reader, writer):
        serving.add(asyncio.current_task())
        with contextlib.suppress(OSError):
            await serve(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async with await asyncio.start_server(seen_off, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]
    if serving:
        await asyncio.wait(serving, timeout=5)


def answering(answer, context=None):
    """A server that answers whatever comes with these bytes, or leaves at once for None."""

    async def serve(reader, writer):
        if answer is not None:
            await reader.read(65536)
            writer.write(answer)
            await writer.drain()

    return listening(serve, context)


def trusted():
    """A server's context and the certificate that vouches for it."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context, authority.cert_pem.bytes().decode()


def http(status, *headers, body=PAGE):
    lines = [f"HTTP/1.1 {status}", *headers, "Content-Type: text/html", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def endpoint(base_url, ca_pem):
    return Endpoint(key="k", model="gemini-3.8-live", instructions="", base_url=base_url, ca_pem=ca_pem)


async def close_of(base_url, ca_pem=""):
    with pytest.raises(LiveClosed) as closed:
        async with live.connect(endpoint(base_url, ca_pem), None):
            pass
    error = closed.value
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert PASSWORD not in repr(error) + str(error) + repr(error.close)
    return error.close


SIGN_INS = {
    "a page": http("200 OK"),
    "a page without end": b"HTTP/1.1 200 OK\r\n\r\n" + PAGE,
    "a redirect": http("302 Found", "Location: http://portal.invalid/login"),
    "a redirect to a secure page": http("307 Temporary Redirect", "Location: https://portal.invalid/login"),
    "a redirect to itself": http("302 Found", "Location: /login"),
    "a redirect nowhere": http("302 Found"),
    "what 511 is made for": http("511 Network Authentication Required"),
    "no HTTP": b"220 mail.invalid ESMTP\r\n",
    "nothing": b"",
    "an upgrade that is none": http("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", body=b""),
}


@pytest.mark.parametrize("answer", SIGN_INS.values(), ids=SIGN_INS)
async def test_f17_a_sign_in_page_is_named_as_what_may_be_in_the_way(answer):
    context, pem = trusted()
    async with answering(answer, context) as port:
        close = await close_of(f"https://127.0.0.1:{port}", pem)
    assert close.kind is CloseKind.NETWORK
    assert SIGN_IN in close.text


@pytest.mark.parametrize(
    "answer", [http("302 Found", "Location: http://portal.invalid/"), None], ids=["page", "leaves"]
)
async def test_f17_a_sign_in_page_that_knows_no_tls_is_named(answer):
    async with answering(answer) as port:
        close = await close_of(f"https://127.0.0.1:{port}")
    assert close.kind in (CloseKind.TLS, CloseKind.NETWORK)
    assert SIGN_IN in close.text


async def test_f17_a_sign_in_page_with_a_certificate_of_its_own_is_named():
    context, _pem = trusted()
    async with answering(http("200 OK"), context) as port:
        close = await close_of(f"https://127.0.0.1:{port}")
    assert close.kind is CloseKind.TLS
    assert "certificate" in close.text
    assert SIGN_IN in close.text


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", CloseKind.KEY),
        ("403 Forbidden", CloseKind.KEY),
        ("404 Not Found", CloseKind.REQUEST),
        ("429 Too Many Requests", CloseKind.QUOTA),
        ("503 Service Unavailable", CloseKind.TRANSIENT),
    ],
)
async def test_f17_what_the_service_itself_refuses_is_no_sign_in_page(status, kind):
    context, pem = trusted()
    async with answering(http(status, body=b"No."), context) as port:
        close = await close_of(f"https://127.0.0.1:{port}", pem)
    assert (close.kind, close.code) == (kind, int(status[:3]))
    assert SIGN_IN not in close.text


PROXY_ANSWERS = {
    "wants a name": (http("407 Proxy Authentication Required"), "wants a name and a password"),
    "forbids": (http("403 Forbidden"), "(HTTP 403)"),
    "cannot": (http("502 Bad Gateway"), "(HTTP 502)"),
    "is no proxy": (b"220 mail.invalid ESMTP\r\n", "does not answer as a proxy does"),
    "is silent and leaves": (None, "does not answer as a proxy does"),
    "lets through to a page": (http("200 OK", body=b"") + PAGE, "or " + SIGN_IN),
}


@pytest.mark.parametrize(("answer", "said"), PROXY_ANSWERS.values(), ids=PROXY_ANSWERS)
async def test_f17_a_proxy_that_is_in_the_way_is_named(monkeypatch, answer, said):
    async with answering(answer) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{PASSWORD}@127.0.0.1:{port}")
        close = await close_of(AWAY)
    assert close.kind is CloseKind.NETWORK
    assert f"the proxy 127.0.0.1:{port}" in close.text
    assert said in close.text
    assert "somebody" not in close.text


async def test_f17_a_proxy_where_nobody_listens_is_named(monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{PASSWORD}@127.0.0.1:{port}")
        close = await close_of(AWAY)
    assert close.kind is CloseKind.NETWORK
    assert close.text.startswith(f"the proxy 127.0.0.1:{port} cannot be reached")


async def test_f17_a_proxy_that_says_nothing_is_named_in_time(monkeypatch):
    monkeypatch.setattr(live_socket, "OPEN_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{PASSWORD}@127.0.0.1:{port}")
        close = await close_of(AWAY)
    assert (close.kind, close.text) == (CloseKind.NETWORK, f"the proxy 127.0.0.1:{port} gave no answer in time")


def test_f17_the_way_there_is_given_up_within_five_seconds():
    assert live_socket.OPEN_TIMEOUT_S < 5


@pytest.mark.parametrize("host", ["proxy.invalid", "two..dots"])
async def test_f17_a_proxy_without_an_address_is_named(monkeypatch, host):
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{PASSWORD}@{host}:3128")
    close = await close_of(AWAY)
    assert close.kind is CloseKind.NETWORK
    assert close.text.startswith(f"the proxy {host}:3128 cannot be reached")


@pytest.mark.parametrize(
    "address",
    [
        f"http://somebody:{PASSWORD}",
        f"http://somebody:{PASSWORD}/word@proxy.invalid:3128",
        f"http://somebody:#{PASSWORD}@proxy.invalid:3128",
        f"http://{PASSWORD}@proxy.invalid",
        f"http://proxy.invalid:{PASSWORD}",
        f"http://proxy.invalid:99999999?{PASSWORD}",
        f"http://[{PASSWORD}",
        f"somebody:{PASSWORD}@proxy.invalid:3128",
        f"ftp://somebody:{PASSWORD}@proxy.invalid",
    ],
)
async def test_f17_a_proxy_address_that_is_none_is_said_to_be_and_never_repeated(monkeypatch, address):
    monkeypatch.setenv("HTTPS_PROXY", address)
    close = await close_of(AWAY)
    assert (close.kind, close.text) == (CloseKind.NETWORK, UNUSABLE_PROXY)


async def test_f17_a_socks_proxy_is_named_as_what_is_in_the_way(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"socks5://somebody:{PASSWORD}@127.0.0.1:9")
    close = await close_of(AWAY)
    assert (close.kind, close.text) == (CloseKind.NETWORK, SOCKS)


async def test_f17_a_service_that_is_slow_behind_a_proxy_is_not_the_proxy_s_fault(monkeypatch):
    """The proxy connected; it is the set-up that nobody confirmed."""

    class NeverConfirms(Scenario):
        async def on_setup(self, setup): ...

    monkeypatch.setattr(live, "SETUP_TIMEOUT_S", 0.5)
    monkeypatch.setattr(live_socket, "is_loopback", lambda _url: False)
    with run_in_thread(PracticeServer(NeverConfirms)) as server:
        async with proxy() as (port, _asked):
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
            close = await close_of(server.base_url, server.ca_pem)
    assert close.kind is CloseKind.TIMEOUT


async def test_f17_a_conversation_goes_through_a_proxy_that_works(monkeypatch):
    monkeypatch.setattr(live_socket, "is_loopback", lambda _url: False)
    with run_in_thread(PracticeServer(Scenario)) as server:
        async with proxy() as (port, asked):
            monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{PASSWORD}@127.0.0.1:{port}")
            async with live.connect(endpoint(server.base_url, server.ca_pem), None) as session:
                await session.send_question("Through?")
                await asyncio.to_thread(server.recorder.wait, lambda r: r.texts)
        assert asked == [server.base_url.removeprefix("https://")]


@contextlib.asynccontextmanager
async def proxy():
    """One that works; yields its port and whom it was asked for."""
    asked = []

    async def pump(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        target = request.split()[1].decode()
        asked.append(target)
        there = await asyncio.open_connection(*target.rsplit(":", 1))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
        await there[1].wait_closed()

    async with listening(serve) as port:
        yield port, asked
