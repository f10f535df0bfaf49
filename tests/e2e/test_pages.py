"""The extension's pages in a real Chromium: what is shown, what the controls say to the others, and accessibility."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pages.browser import (
    ORIGIN,
    ROOT,
    allow_microphone,
    close_page,
    extension_browser,
    open_document,
    open_page,
    scheme,
    show,
    tell,
)
from pages.states import DOCUMENTS, HOST_MISSING, HOST_READY, STATES, STATUS, VOICE, entry, off, status
from tabtalk.protocol import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tabtalk.setup.devtools import Browser
    from tabtalk.setup.devtools_page import Page

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DOCUMENT_SIZE = (900, 1500)
NARROW = 360


@pytest.fixture(scope="module")
def pages_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with extension_browser(tmp_path_factory.mktemp("pages")) as browser:
        yield browser


@pytest.fixture
def opened(pages_browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, closes them, and fails the test on any error in one."""
    pages: list[Page] = []

    def open_one(path: str = "popup/popup.html", **how: Any) -> Page:
        pages.append(open_page(pages_browser, path, **how))
        return pages[-1]

    yield open_one
    errors = [error for page in pages for error in page.errors]
    for page in pages:
        page.evaluate("chrome.storage.local.clear()")
        close_page(page)
    assert errors == []


def texts(page: Page, selector: str) -> list[str]:
    found: list[str] = page.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].filter((each) => each.checkVisibility())"
        ".map((each) => each.textContent)"
    )
    return found


def heard(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate("others.heard")
    return found


def asked(page: Page, kind: str) -> list[Any]:
    found: list[Any] = page.evaluate(f"others.asked.filter(({{type}}) => type === '{kind}').map(({{data}}) => data)")
    return found


def violations(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical, as rule and element."""
    page.evaluate(AXE.read_text() + "; null")
    found: list[str] = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then(({violations}) => violations"
        ".filter(({impact}) => impact === 'serious' || impact === 'critical')"
        ".flatMap(({id, nodes}) => nodes.map(({html, failureSummary}) => `${id}: ${html} ${failureSummary}`)))",
        timeout=60,
    )
    return found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "name",
    ["idle", "idle-practice", "idle-host-missing", "starting-voice", "speaking", "paused", "reconnecting", "enlarged",
     "reconnecting-long", "parked", "lost-words", "live-tab-lost", "strip-long", "strip-shown", "pointing", "nothing-to-point-at", "failed-key-rejected", "long"],
)  # fmt: skip
def test_panel_has_no_serious_accessibility_violation(opened: Callable[..., Page], name: str, dark: bool) -> None:
    page = opened(dark=dark, requests=STATES[name].requests)
    show(page, STATES[name])
    assert violations(page) == []


READY = {
    "welcome/welcome.html": "#host[data-mood]",
    "options/options.html": "main[aria-busy=false]",
    "links/links.html": "#links[aria-busy=false]",
}
HOSTS: dict[str, dict[str, Any]] = {
    "good": {},
    "bad": {"check-host": HOST_MISSING, "get-settings": HOST_MISSING},
}


def set_width(page: Page, width: int) -> None:
    metrics = {"width": width, "height": DOCUMENT_SIZE[1], "deviceScaleFactor": 1, "mobile": False}
    page.send("Emulation.setDeviceMetricsOverride", metrics)


@pytest.mark.timeout(400)
def test_in_chinese_no_page_and_no_state_of_the_panel_has_a_serious_accessibility_violation(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """In one of the two schemes each: colours are the same in every language."""
    found: dict[str, list[str]] = {}
    with extension_browser(tmp_path_factory.mktemp("pages-zh"), "zh-CN") as browser:
        for at, (name, state) in enumerate(STATES.items()):
            page = open_page(browser, "popup/popup.html", dark=at % 2 == 1, requests=state.requests)
            show(page, state)
            assert page.evaluate("document.documentElement.lang") == "zh-CN"
            found[name] = violations(page) + page.errors
            close_page(page)
        allow_microphone(browser)
        for at, (name, document) in enumerate(DOCUMENTS.items()):
            page = open_document(browser, document, dark=at % 2 == 1, size=DOCUMENT_SIZE)
            for width in (DOCUMENT_SIZE[0], NARROW):
                set_width(page, width)
                found[f"{name} {width}"] = violations(page) + page.errors
                assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            close_page(page)
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize("requests", HOSTS.values(), ids=HOSTS)
@pytest.mark.parametrize(("path", "ready"), READY.items())
def test_documents_have_no_serious_accessibility_violation(
    opened: Callable[..., Page], path: str, ready: str, requests: dict[str, Any]
) -> None:
    page = opened(path, size=DOCUMENT_SIZE, requests=requests)
    page.wait(f"document.querySelector({json.dumps(ready)})")
    for width in (DOCUMENT_SIZE[0], NARROW):
        set_width(page, width)
        for dark in (False, True):
            scheme(page, dark=dark)
            assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_panel_names_are_as_agreed(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["idle"])
    for name in ("This tab", "Screen or window", "Voice only"):
        page.wait_for("radio", name)
    page.wait_for("button", "Start")
    assert page.find("button", "End") is None
    show(page, STATES["speaking"])
    for role, name in (
        ("button", "End"),
        ("button", "Mute microphone"),
        ("button", "Pause sharing"),
        ("textbox", "Ask about what you see"),
        ("log", "Conversation"),
        ("image", "What Gemini sees"),
    ):
        page.wait_for(role, name)
    assert page.find("button", "Start") is None
    assert texts(page, "[role=status]") == ["Speaking"]
    tell(page, "status", status(muted=True, paused=True))
    page.wait_for("button", "Unmute microphone")
    page.wait_for("button", "Resume sharing")


def test_controls_say_what_the_person_does(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    page.click("button", "Mute microphone")
    page.click("button", "Pause sharing")
    page.click("radio", "Text only")
    page.click("textbox", "Ask about what you see")
    page.type("  Why? ")
    page.key("Shift+Enter")
    page.type("How?")
    page.key("Enter")
    page.click("button", "End")
    assert heard(page) == [
        {"type": "mute", "data": {"muted": True}},
        {"type": "pause", "data": {"paused": True}},
        {"type": "reply", "data": {"reply": "text"}},
        {"type": "ask", "data": {"text": "Why? \nHow?"}},
        {"type": "end", "data": {}},
    ]
    assert page.evaluate("document.getElementById('ask').value") == ""
    page.wait("chrome.storage.local.get().then(({reply}) => reply === 'text')")


def test_start_takes_the_source_that_was_chosen_and_remembers_it(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["idle"])
    page.click("radio", "Voice only")
    page.wait("chrome.storage.local.get().then(({source}) => source === 'voice')")
    page.click("button", "Start")
    page.wait("document.body.dataset.look === 'starting'")
    assert asked(page, "start") == [{"source": "voice"}]
    again = opened()
    show(again, STATES["idle"])
    assert again.wait_for("radio", "Voice only").properties["checked"] == "true"


def test_the_focus_follows_the_conversation(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["idle"])
    page.evaluate("document.getElementById('start').focus()")
    page.key("Enter")
    page.wait("document.activeElement.id === 'ask'")
    tell(page, "status", STATUS)
    page.click("button", "End")
    tell(page, "status", off("ended", since=STATUS["since"] + 1))
    page.wait("document.activeElement.id === 'start'")


def test_everything_can_be_reached_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["speaking"])
    page.evaluate("document.querySelector('[data-action=open-settings]').focus()")
    reached = []
    for _ in range(11):
        page.key("Tab")
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
        reached.append(page.evaluate("(({id, name, dataset}) => id || dataset.action || name)(document.activeElement)"))
    assert reached == ["source", "hear-tab", "point", "enlarge", "log", "ask", "send", "end", "mute", "pause", "reply"]


def test_arrow_keys_walk_past_a_source_without_choosing_it(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    page.evaluate("document.querySelector('input[value=tab]').focus()")
    page.key("ArrowRight")
    page.key("ArrowRight")
    assert page.evaluate("document.activeElement.value") == "voice"
    assert asked(page, "start") == []
    page.key("Space")
    page.wait("others.asked.some(({type}) => type === 'start')")
    assert asked(page, "start") == [{"source": "voice"}]


def test_enter_that_belongs_to_an_input_method_sends_nothing(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    page.evaluate("""(() => {
      ask.value = '为什么';
      ask.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}));
    })()""")
    assert heard(page) == []


def test_a_refused_start_shows_why_and_the_panel_is_ready_again(opened: Callable[..., Page]) -> None:
    page = opened(requests={"start": {"code": "tab-forbidden", "detail": ""}})
    show(page, STATES["idle"])
    page.click("button", "Start")
    page.wait("!document.getElementById('failure').hidden")
    assert texts(page, "[role=alert] h2") == ["The browser does not let anyone see this page"]
    page.wait_for("button", "Start")
    page.click("button", "Choose a screen or window")
    assert asked(page, "start") == [{"source": "tab"}, {"source": "screen"}]
    page.wait_for("button", "Dismiss")
    page.click("button", "Dismiss")
    page.wait("document.getElementById('failure').hidden")


def test_f4_every_failure_is_told_in_full(opened: Callable[..., Page]) -> None:
    page = opened()
    told = set()
    for since, code in enumerate(code.value for code in ErrorCode):
        tell(page, "status", off("failed", since=since, failure={"code": code, "detail": "<b>detail</b>"}))
        words = texts(page, "[role=alert] h2, [role=alert] > p")
        assert len(words) == 3, code
        assert not [word for word in words if "failure_" in word or not word.strip()], code
        assert texts(page, "[role=alert] button") != [], code
        assert page.evaluate("document.querySelector('.detail').textContent") == "<b>detail</b>"
        told.add(words[0])
    assert len(told) == len(ErrorCode)


def test_hostile_text_stays_text(opened: Callable[..., Page]) -> None:
    hostile = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    page = opened()
    tell(page, "status", status(picture=None, source={**STATUS["source"], "title": hostile}))
    tell(page, "transcript", {"reset": True, "entries": [entry(1, role, hostile) for role in ("model",)]})
    assert texts(page, ".entry .words") == [hostile]
    assert hostile in texts(page, "#about")[0]
    assert page.evaluate("document.querySelectorAll('.entry img, .entry script').length") == 0
    assert page.evaluate("document.title") == "Tabtalk"


def test_words_stream_in_and_are_corrected_in_place(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    tell(page, "transcript", {"reset": True, "entries": [entry(1, "user", "What is")]})
    page.evaluate("globalThis.first = document.querySelector('.entry')")
    growing = entry(1, "user", "What is this?", final=False)
    tell(page, "transcript", {"reset": False, "entries": [growing, entry(2, "model", "A", final=False)]})
    assert texts(page, ".entry .words") == ["What is this?", "A"]
    assert page.evaluate("first === document.querySelector('.entry') && first.ariaBusy === 'true'")
    tell(
        page,
        "transcript",
        {"reset": False, "entries": [entry(2, "model", "A cat", cut=True), entry(3, "user", "ok", typed=True)]},
    )
    assert texts(page, ".entry .words") == ["What is this?", "A cat", "ok"]
    assert texts(page, ".entry .mark") == ["interrupted", "typed"]
    assert texts(page, ".entry .speaker") == ["You: ", "Gemini: ", "You: "]
    tell(page, "transcript", {"reset": True, "entries": []})
    assert texts(page, ".entry") == []


def test_words_still_to_be_heard_are_painted_otherwise_and_those_cut_off_are_told(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    painted = "[...CSS.highlights.get('unheard')].map(String)"
    tell(page, "transcript", {"reset": True, "entries": [entry(1, "model", "Terns fly far.", heard=5)]})
    page.evaluate("globalThis.words = document.querySelector('.words').firstChild")
    assert page.evaluate(painted) == [" fly far."]
    tell(page, "transcript", {"reset": False, "entries": [entry(1, "model", "Terns fly far.", heard=9)]})
    assert page.evaluate(painted) == [" far."]
    assert page.evaluate("words === document.querySelector('.words').firstChild"), "nothing to be read out again"
    tell(page, "transcript", {"reset": False, "entries": [entry(1, "model", "Terns fly far.", cut=True, heard=9)]})
    assert page.evaluate(painted) == []
    assert page.evaluate("document.querySelector('.entry').textContent") == (
        "Gemini: Terns flyinterrupted; not heard: far."
    )


def test_the_log_follows_only_who_reads_at_its_end(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    tell(page, "transcript", {"reset": True, "entries": [entry(id, "model", f"Sentence {id}.") for id in range(60)]})
    at_end = "Math.abs(log.scrollHeight - log.scrollTop - log.clientHeight) < 2"
    assert page.evaluate(at_end)
    tell(page, "transcript", {"reset": False, "entries": [entry(60, "model", "More. " * 30)]})
    assert page.evaluate(at_end)
    page.evaluate("log.scrollTop = 40")
    page.wait_for("button", "Latest")
    tell(page, "transcript", {"reset": False, "entries": [entry(61, "model", "Even more. " * 30)]})
    assert page.evaluate("log.scrollTop") == 40
    page.click("button", "Latest")
    page.wait(at_end)


def test_a_log_that_shrinks_keeps_its_end_in_view(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    at_end = "Math.abs(log.scrollHeight - log.scrollTop - log.clientHeight) < 2"
    tell(page, "transcript", {"reset": True, "entries": [entry(id, "model", f"Sentence {id}.") for id in range(60)]})
    tell(page, "status", status(failure={"code": "microphone-lost", "detail": ""}))
    assert page.evaluate(at_end)
    page.screenshot()  # draws, which is when scrolling and sizes are told
    page.evaluate("ask.value = 'a longer question\\n'.repeat(4)")
    page.screenshot()
    page.wait(at_end)


def test_the_panel_keeps_a_bounded_page(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    tell(page, "transcript", {"reset": True, "entries": [entry(id, "user", "x") for id in range(3000)]})
    assert page.evaluate("log.childElementCount") == 500


def test_rendering_the_same_again_touches_nothing(opened: Callable[..., Page]) -> None:
    """A live region must not announce twice, and a growing answer must not redraw the rest."""
    page = opened()
    show(page, STATES["live-microphone-lost"])
    page.evaluate("""(() => {
      globalThis.changes = 0;
      new MutationObserver((records) => changes += records.filter(({type}) => type !== 'attributes').length)
        .observe(document.body, {childList: true, characterData: true, subtree: true});
    })()""")
    same = json.loads(page.evaluate("JSON.stringify(document.querySelector('img').src)"))
    picture = {**STATUS["picture"], "url": same}
    tell(page, "status", status(muted=True, failure={"code": "microphone-lost", "detail": ""}, picture=picture))
    assert page.evaluate("new Promise((done) => setTimeout(() => done(changes)))") == 0


def test_odd_snapshots_do_no_harm(opened: Callable[..., Page]) -> None:
    page = opened()
    odd: Any
    for odd in (
        None,
        1,
        "x",
        [],
        {},
        {"state": "flying"},
        {"state": "live", "picture": {"url": "https://example.org/x"}},
    ):
        tell(page, "status", odd)
        tell(page, "transcript", odd)
        tell(page, "level", odd)
        tell(page, "nonsense", odd)
    tell(page, "status", STATUS | {"picture": None})
    assert texts(page, "[role=status]") == ["Listening"]
    assert page.evaluate("document.images[0].hasAttribute('src')") is False


def test_the_level_moves(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    height = "Number(getComputedStyle(document.querySelector('#level i:nth-child(2)')).getPropertyValue('--height'))"
    tell(page, "level", {"microphone": 0, "speaker": 1})
    silent = page.evaluate(height)
    tell(page, "level", {"microphone": 0.5, "speaker": 0})
    assert page.evaluate(height) > silent + 0.3


def test_a_picture_that_is_shown_can_be_enlarged(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["listening"])
    small = page.evaluate("document.images[0].clientWidth")
    page.click("button", "Enlarge picture")
    page.wait_for("button", "Shrink picture")
    assert page.evaluate("document.images[0].clientWidth") > 2 * small
    tell(page, "status", status(source=VOICE, picture=None))
    assert page.find("image", "What Gemini sees") is None
    assert texts(page, ".frame-missing") == ["Voice only: no pictures"]


def test_what_was_sent_before_is_walked_and_shown_large_with_the_keys(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["strip-long"])
    names = page.evaluate("[...document.querySelectorAll('#strip button')].map(({ariaLabel}) => ariaLabel)")
    assert len(names) == 7, "the newest has its own place"
    assert [name.startswith("Pointed at") for name in names] == [True, True, False, False, False, True, False]
    assert "412 × 187" in names[0]
    page.evaluate("document.querySelector('[data-action=enlarge]').focus()")
    page.key("Tab")
    for key, place in (
        ("ArrowRight", 1),
        ("End", 6),
        ("ArrowRight", 6),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
    ):
        page.key(key)
        assert page.evaluate("document.activeElement.ariaLabel") == names[place]
    page.key("Enter")
    assert texts(page, "#sent figcaption") == [names[1]]
    assert page.evaluate("document.querySelector('#sent img').naturalWidth") == 1440
    page.key("Tab")
    page.key("Shift+Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == names[1], "it is remembered"
    page.key("Enter")
    assert texts(page, "#sent figcaption") == []


def test_the_panel_steps_aside_when_the_person_points(opened: Callable[..., Page]) -> None:
    page = opened()
    show(page, STATES["strip"])
    page.evaluate("globalThis.close = () => { globalThis.closedItself = true }")
    page.click("button", "Point")
    assert asked(page, "point") == [{}]
    assert not page.evaluate("globalThis.closedItself === true")
    tell(page, "status", STATES["pointing"].status)
    page.wait("globalThis.closedItself === true")
    page.wait_for("button", "Cancel")


def test_a_missing_host_shows_the_command(opened: Callable[..., Page]) -> None:
    page = opened(requests={"open-panel": HOST_MISSING})
    show(page, STATES["idle"])
    assert texts(page, "[role=alert] code") == ["python3 host/install.py"]
    page.browser.send("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"], "origin": ORIGIN})
    page.send("Emulation.setFocusEmulationEnabled", {"enabled": True})
    page.click("button", "Copy")
    page.wait_for("button", "Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "python3 host/install.py"


def test_the_panel_says_that_it_practises(opened: Callable[..., Page]) -> None:
    page = opened(requests=STATES["idle-practice"].requests)
    show(page, STATES["practice"])
    assert "Practice: no API key yet." in texts(page, "#practice")[0]
    assert texts(page, "#practice code") == ["python3 host/install.py"]
    assert texts(page, ".entry .speaker") == ["You: ", "Practice: "]


def test_the_panel_without_a_shortcut_says_how_to_set_one(opened: Callable[..., Page]) -> None:
    page = opened(requests={"open-panel": {**HOST_READY, "shortcut": ""}})
    show(page, STATES["idle"])
    page.wait_for("button", "Set a shortcut")
    assert texts(page, "#shortcut") == []


def test_welcome_asks_for_the_microphone_and_sees_it_change(
    opened: Callable[..., Page], pages_browser: Browser
) -> None:
    def set_permission(setting: str) -> None:
        change = {"permission": {"name": "microphone"}, "setting": setting, "origin": ORIGIN}
        pages_browser.send("Browser.setPermission", change)

    set_permission("prompt")
    page = opened("welcome/welcome.html", size=DOCUMENT_SIZE)
    page.wait_for("button", "Allow the microphone")
    assert page.evaluate("document.querySelector('#microphone').dataset.mood") == "open"
    set_permission("denied")
    page.wait("document.querySelector('#microphone').dataset.mood === 'bad'")
    assert page.find("button", "Allow the microphone") is None
    set_permission("granted")
    page.wait("document.querySelector('#microphone').dataset.mood === 'good'")


def test_welcome_lets_go_of_the_microphone_at_once(opened: Callable[..., Page], pages_browser: Browser) -> None:
    change = {"permission": {"name": "microphone"}, "setting": "prompt", "origin": ORIGIN}
    pages_browser.send("Browser.setPermission", change)
    page = opened("welcome/welcome.html", size=DOCUMENT_SIZE)
    page.wait_for("button", "Allow the microphone")
    page.evaluate("""(() => {
      const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => (globalThis.stream = await original(wanted));
    })()""")
    pages_browser.send("Browser.setPermission", {**change, "setting": "granted"})
    page.evaluate("document.querySelector('[data-action=ask-microphone]').click()")
    page.wait("globalThis.stream?.getTracks().length === 1 && stream.getTracks()[0].readyState === 'ended'")


def test_welcome_shows_the_shortcut_that_was_really_assigned(opened: Callable[..., Page]) -> None:
    shortcuts = [{"name": "ask-about-tab", "shortcut": "Ctrl+Shift+9", "description": "x"}]
    page = opened("welcome/welcome.html", size=DOCUMENT_SIZE, requests={"shortcuts": shortcuts})
    page.wait("!document.getElementById('keys').hidden")
    assert texts(page, "#keys kbd") == ["Ctrl", "Shift", "9"]
    assert "Ctrl+Shift+9" in texts(page, "#press-step")[0]


def test_welcome_without_a_shortcut_says_how_to_set_one(opened: Callable[..., Page]) -> None:
    page = opened("welcome/welcome.html", size=DOCUMENT_SIZE, requests={"shortcuts": []})
    page.wait_for("button", "Set a shortcut")
    assert texts(page, "kbd") == []


def test_welcome_checks_the_host_again_once_it_is_there(opened: Callable[..., Page]) -> None:
    page = opened("welcome/welcome.html", size=DOCUMENT_SIZE, requests={"check-host": HOST_MISSING})
    page.wait("!document.getElementById('host-failure').hidden")
    assert texts(page, "#host-failure code") == ["python3 host/install.py"]
    good = {"version": "0.1.0", "key": "set", "practice": False, "model": "gemini-3.8-live"}
    page.evaluate(f"others.requests['check-host'] = {json.dumps(good)}")
    page.click("button", "Check again")
    page.wait("document.getElementById('host-failure').hidden")
    assert texts(page, "#host [role=status]") == ["Ready. Version 0.1.0, model gemini-3.8-live."]


def told(page: Page, name: str) -> str:
    """What became of the last change of a setting."""
    words: str = page.evaluate(f"document.querySelector('[data-setting={name}] .told').textContent")
    return words


def enter(page: Page, text: str) -> None:
    """At once, as an input method does it: whoever types slowly has paused, and what is there by then is saved."""
    page.send("Input.insertText", {"text": text})


def wait_told(page: Page, name: str, mood: str) -> None:
    page.wait(f"document.querySelector('[data-setting={name}] .told').dataset.mood === '{mood}'")


def test_a_setting_saves_itself_and_says_from_when_it_holds(opened: Callable[..., Page]) -> None:
    page = opened("options/options.html", size=DOCUMENT_SIZE)
    page.wait("document.getElementById('voice').value === 'Kore'")
    assert page.evaluate("document.getElementById('voice').options.length") == 31
    page.wait("[...document.querySelectorAll('#model-offered option')].some(({value}) => value === 'gemini-4-live')")
    page.wait("document.querySelector('[data-setting=model]').innerText.includes(\"The list is Google's own\")")
    page.click("radio", "Text only")
    wait_told(page, "reply", "saved")
    page.wait("chrome.storage.local.get().then(({reply}) => reply === 'text')")
    page.click("textbox", "Private sites")
    page.evaluate("""(() => {
      const said = document.querySelector('[data-setting=blocked] .told');
      globalThis.saidOf = [];
      new MutationObserver(() => saidOf.push(said.textContent)).observe(said, {childList: true});
    })()""")
    enter(page, "https://Mail.example/in")
    page.click("textbox", "Exceptions")
    wait_told(page, "blocked", "saved")
    assert page.evaluate("saidOf") == ["Not saved yet", "Saved. Holds at once."]
    assert page.evaluate("document.getElementById('blocked').value") == "mail.example"
    assert asked(page, "change-settings") == [], "each has its owner"
    page.click("textbox", "Instructions")
    enter(page, "Be brief.")
    wait_told(page, "instructions", "saved")
    assert asked(page, "change-settings") == [{"settings": {"instructions": "Be brief."}}]


def test_the_microphone_test_lets_go_when_the_page_is_left_and_says_that_it_may_not_listen(
    opened: Callable[..., Page], pages_browser: Browser
) -> None:
    change = {"permission": {"name": "microphone"}, "setting": "granted", "origin": ORIGIN}
    pages_browser.send("Browser.setPermission", change)
    page = opened("options/options.html", size=DOCUMENT_SIZE)
    page.evaluate("""(() => {
      const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => (globalThis.stream = await original(wanted));
    })()""")
    page.click("button", "Test the microphone")
    page.wait("document.querySelector('.trial meter').value > 0.2")
    assert page.evaluate("stream.getTracks()[0].readyState") == "live"
    opened("welcome/welcome.html", size=DOCUMENT_SIZE)
    page.wait("document.hidden && stream.getTracks()[0].readyState === 'ended'")
    page.send("Page.bringToFront")
    page.wait_for("button", "Test the microphone")
    pages_browser.send("Browser.setPermission", {**change, "setting": "denied"})
    page.wait("document.querySelector('#microphone-check').dataset.mood === 'bad'")
    page.click("button", "Test the microphone")
    page.wait("document.querySelector('.trial [role=status]').textContent.startsWith('Not allowed')")
    page.wait_for("button", "Test the microphone")


def test_ready_instructions_replace_no_text_without_a_way_back(opened: Callable[..., Page]) -> None:
    page = opened("options/options.html", size=DOCUMENT_SIZE)
    page.wait("document.getElementById('voice').value === 'Kore'")
    page.click("textbox", "Instructions")
    page.type("My own words.")
    page.click("button", "Code review")
    page.wait("document.getElementById('instructions').value.includes('code')")
    page.click("button", "Language tutor")
    page.wait("document.getElementById('instructions').value.includes('tutor')")
    page.click("button", "Bring my text back")
    page.wait("document.getElementById('instructions').value === 'My own words.'")


def test_a_setting_that_the_host_refuses_is_not_called_saved_and_stays_as_typed(opened: Callable[..., Page]) -> None:
    refused = {"code": "settings-invalid", "detail": "The setting 'model' must be a model's name."}
    page = opened("options/options.html", size=DOCUMENT_SIZE, requests={"change-settings": refused})
    page.wait("document.getElementById('voice').value === 'Kore'")
    page.click("combobox", "Model")
    page.type(" x")
    page.key("Enter")
    wait_told(page, "model", "bad")
    assert told(page, "model") == "Not saved: A setting cannot be used"
    assert page.evaluate("document.querySelector('.detail').textContent") == refused["detail"]
    page.evaluate("dispatchEvent(new Event('focus'))")
    page.wait("others.asked.filter(({type}) => type === 'change-settings').length > 1")
    assert page.evaluate("document.getElementById('model').value") == "gemini-3.8-live x"


def test_options_without_a_host_still_save_what_is_this_browsers(opened: Callable[..., Page]) -> None:
    page = opened("options/options.html", size=DOCUMENT_SIZE, requests={"get-settings": HOST_MISSING})
    page.wait("!document.getElementById('failure').hidden")
    assert page.evaluate("document.getElementById('voice').matches(':disabled')")
    page.click("radio", "Text only")
    wait_told(page, "reply", "saved")
    assert asked(page, "change-settings") == []


def test_what_an_organization_decided_is_shown_and_locked(opened: Callable[..., Page]) -> None:
    page = opened("options/options.html", size=DOCUMENT_SIZE, managed={"voice": "Kore", "reply": "text"})
    page.wait("document.getElementById('voice').value === 'Kore'")
    for name in ("voice", "reply"):
        page.wait(f"document.querySelector('[data-setting={name}] .locked').checkVisibility()")
        assert page.evaluate(
            f"[...document.querySelectorAll('[data-setting={name}] :is(input, select)')].every((each) => each.disabled)"
        )
    assert page.evaluate("document.querySelector('input[name=reply][value=text]').checked")
    assert page.evaluate("document.getElementById('model').disabled") is False


def test_without_a_host_the_real_pages_say_how_to_get_one(opened: Callable[..., Page]) -> None:
    panel = opened(played=False)
    panel.wait("!document.getElementById('failure').hidden")
    assert texts(panel, "[role=alert] h2") == ["The helper program is not installed"]
    welcome = opened("welcome/welcome.html", size=DOCUMENT_SIZE, played=False)
    welcome.wait("!document.getElementById('host-failure').hidden")
    assert texts(welcome, "#host-failure h2") == ["The helper program is not installed"]
    welcome.wait("!document.getElementById('keys').hidden")
    assert texts(welcome, "#keys kbd") == ["Alt", "G"]
    options = opened("options/options.html", size=DOCUMENT_SIZE, played=False)
    options.wait("!document.getElementById('failure').hidden")
    assert texts(options, "#failure h2") == ["The helper program is not installed"]
    options.wait(
        "document.querySelectorAll('#shortcuts dt').length === Object.keys(chrome.runtime.getManifest().commands).length"
    )


def test_the_panel_comes_back_when_the_offscreen_document_goes(
    opened: Callable[..., Page], pages_browser: Browser
) -> None:
    def offscreen() -> str:
        found: str = pages_browser.wait_target(lambda target: "offscreen.html" in target["url"])["targetId"]
        return found

    panel = opened(played=False)
    panel.wait("!document.getElementById('failure').hidden")
    before = offscreen()
    panel.evaluate("chrome.offscreen.closeDocument()")
    pages_browser.wait_target(lambda target: "offscreen.html" in target["url"] and target["targetId"] != before)
    panel.click("button", "Dismiss")
    panel.click("radio", "Voice only")
    panel.click("button", "Start")
    panel.wait("document.body.dataset.look === 'failed'")
    assert texts(panel, "[role=alert] h2") != []


def test_no_page_asks_for_anything_from_outside() -> None:
    """Fonts, styles, scripts and pictures are all in the extension; a link is for the person to follow."""
    sources = [path for path in (ROOT / "extension").rglob("*") if path.suffix in (".html", ".css")]
    assert sources
    for path in sources:
        words = path.read_text().replace('<a href="https://ai.google.dev/gemini-api/terms"', "")
        assert "http" not in words, Path(path).name
