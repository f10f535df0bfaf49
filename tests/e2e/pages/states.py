"""Every state the panel can be seen in: what the offscreen document said before. For screenshots and page tests."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
SINCE = 1_900_000_000_000
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"

STATUS: Json = {
    "state": "live",
    "activity": "listening",
    "since": SINCE,
    "source": {"kind": "tab", "title": "Attention Is All You Need (paper)", "width": 1440, "height": 900},
    "hearing": True,
    "muted": False,
    "paused": False,
    "reply": "voice",
    "practice": False,
    "model": "gemini-3.8-live",
    "failure": None,
    "picture": {"url": "PICTURE", "width": 1440, "height": 900, "bytes": 183_400, "time": SINCE},
}


def sent(count: int, *, pointed: tuple[int, ...] = ()) -> list[Json]:
    """The last pictures, oldest first."""
    parts = {"width": 412, "height": 187, "bytes": 31_200, "pointed": True}
    return [
        {**STATUS["picture"], "time": SINCE + 4000 * at, "pointed": False, **(parts if at in pointed else {})}
        for at in range(count)
    ]


UNNAMED = {"kind": "tab", "title": "", "width": 1440, "height": 900}
VOICE = {"kind": "voice", "title": "", "width": 0, "height": 0}


def status(**changes: Any) -> Json:
    return {**STATUS, **changes}


def off(state: str, **changes: Any) -> Json:
    """A status without a conversation."""
    return status(**{"state": state, "picture": None, **changes})


def failure(code: str, detail: str = "") -> Json:
    return {"code": code, "detail": detail}


def entry(
    id: int,
    role: str,
    text: str,
    *,
    final: bool = True,
    typed: bool = False,
    cut: bool = False,
    heard: int | None = None,
) -> Json:
    spoken = {} if heard is None else {"heard": heard}
    return {"id": id, "role": role, "text": text, "final": final, "typed": typed, "cut": cut, **spoken}


def note(id: int, key: str, amount: int) -> Json:
    """A remark that counts something."""
    return {**entry(id, "note", key), "amount": amount}


def ago(seconds: float) -> float:
    """A time of this run of the tests, ms since the Unix epoch."""
    return (time.time() - seconds) * 1000


TALK = [
    entry(1, "user", "What is this figure trying to tell me?"),
    entry(
        2,
        "model",
        "It shows the Transformer: the encoder on the left reads the whole sentence at once, the decoder on the right "
        "writes the answer one word at a time.",
    ),
    entry(3, "user", "And the orange boxes?", typed=True),
    entry(
        4,
        "model",
        "Those are attention. Each word looks at all the others and decides which of them mat",
        cut=True,
        heard=58,
    ),
    entry(5, "note", "note_host_restarted"),
    entry(6, "user", "Why is there a mask in the lower one?"),
    entry(7, "model", "So that it cannot look ahead: while it writes word five", final=False, heard=28),
]
SHOWCASE = [
    TALK[0],
    entry(
        2,
        "model",
        "It shows the Transformer: the encoder reads the whole sentence at once, the decoder writes word by word.",
    ),
    TALK[2],
    entry(4, "model", "Those are attention: each word looks at all the others and decides", final=False),
]
TALK_ZH = [
    entry(1, "user", "这张图想说明什么？"),
    entry(2, "model", "这是 Transformer 的结构：左边的编码器一次读完整个句子，右边的解码器逐词写出结果。"),
    entry(3, "user", "橙色的框是什么？", typed=True),
    entry(4, "model", "那是注意力机制。每个词都会看其他所有词，再决定哪些重", cut=True, heard=19),
    entry(5, "note", "note_host_restarted"),
    entry(6, "user", "下面那个为什么要加掩码？"),
    entry(7, "model", "为了不让它偷看后面的词：写第五个词的时候", final=False, heard=11),
]
LONG = [
    entry(1, "user", "Read me everything on this page, please, from the first line to the last one. " * 6),
    entry(2, "model", f"{LONG_WORD} is one word.\n\nAnd https://example.org/{'very-long-path/' * 12} is one address. "),
    *[entry(id, "model" if id % 2 else "user", f"Sentence {id}. " * (id % 7 + 1)) for id in range(3, 40)],
]
HOST_READY = {"shortcut": "Alt+G", "hostStatus": {"key": "set", "practice": False, "model": "gemini-3.8-live"}}
HOST_PRACTICE = {"shortcut": "Alt+G", "hostStatus": {"key": "not-set", "practice": True, "model": "practice"}}


@dataclass(frozen=True)
class PanelState:
    status: Json | None
    entries: list[Json] = field(default_factory=list)
    requests: Json = field(default_factory=dict)
    level: float = 0.3
    script: str = ""
    """Run in the page once all else has arrived."""


def failed(code: str, detail: str = "") -> PanelState:
    return PanelState(off("failed", failure=failure(code, detail)), TALK[:2])


_HEAR_TAB = "document.querySelector('#hear-tab:not(:checked)')?.click()"

STATES: dict[str, PanelState] = {
    "idle": PanelState(off("idle")),
    "idle-no-shortcut": PanelState(off("idle"), requests={"open-panel": {**HOST_READY, "shortcut": ""}}),
    "idle-practice": PanelState(off("idle"), requests={"open-panel": HOST_PRACTICE}),
    "idle-host-missing": PanelState(
        off("idle"),
        requests={"open-panel": {"code": "host-missing", "detail": "Specified native messaging host not found."}},
    ),
    "idle-key-unreadable": PanelState(
        off("idle"),
        requests={
            "open-panel": {"shortcut": "Alt+G", "hostStatus": {"key": "unreadable", "practice": True, "model": ""}}
        },
    ),
    "starting": PanelState(off("starting")),
    "starting-deaf": PanelState(off("starting", hearing=False)),
    "starting-voice": PanelState(off("starting", source=VOICE)),
    "listening-empty": PanelState(status()),
    "listening": PanelState(status(), TALK[:4]),
    "thinking": PanelState(status(activity="thinking"), TALK[:6]),
    "speaking": PanelState(status(activity="speaking"), TALK, level=0.8),
    "showcase": PanelState(status(activity="speaking"), SHOWCASE, level=0.6),
    "muted": PanelState(status(muted=True), TALK[:4]),
    "hears-tab": PanelState(status(hearsTab=True), TALK[:4], script=_HEAR_TAB),
    "hears-tab-muted": PanelState(status(hearsTab=True, muted=True), TALK[:4], script=_HEAR_TAB),
    "hears-tab-push": PanelState(status(hearsTab=True, talk="push-to-talk"), TALK[:4], script=_HEAR_TAB),
    "push-to-talk": PanelState(status(talk="push-to-talk"), TALK[:4]),
    "push-to-talk-held": PanelState(status(talk="push-to-talk", held=True), TALK[:4], level=0.8),
    "push-to-talk-muted": PanelState(status(talk="push-to-talk", muted=True), TALK[:4]),
    "paused": PanelState(status(paused=True), TALK[:4]),
    "reconnecting": PanelState(status(state="reconnecting", failure=failure("link-lost")), TALK[:4]),
    "reconnecting-long": PanelState(
        status(state="reconnecting", since=ago(78), kept=12, failure=failure("no-network")), TALK[:4]
    ),
    "reconnecting-quiet": PanelState(
        status(state="reconnecting", since=ago(9), failure=failure("link-lost")), TALK[:4]
    ),
    "reconnecting-muted": PanelState(
        status(state="reconnecting", since=ago(9), muted=True, failure=failure("link-lost")), TALK[:4]
    ),
    "parked": PanelState(status(state="parked"), TALK[:4]),
    "parked-muted": PanelState(status(state="parked", muted=True, source=VOICE, picture=None), TALK[:4]),
    "lost-words": PanelState(status(), [*TALK[:4], note(5, "note_lost", 12), TALK[5], note(7, "note_lost", 1)]),
    "ended": PanelState(off("ended"), TALK[:4]),
    "voice-only": PanelState(status(source=VOICE, picture=None), TALK[:4]),
    "screen": PanelState(status(source={"kind": "screen", "title": "", "width": 2560, "height": 1440}), TALK[:4]),
    "text-only": PanelState(status(reply="text", activity="thinking"), TALK[:4]),
    "practice": PanelState(
        status(practice=True, model="practice"),
        [
            entry(1, "user", "(practice mode heard 2.1 s of speech)"),
            entry(2, "model", "Practice: I heard 2.1 s of speech and see 1440x900 of what you share."),
        ],
    ),
    "enlarged": PanelState(status(), TALK[:4], script="document.querySelector('[data-action=enlarge]').click()"),
    "strip": PanelState(status(pictures=sent(4, pointed=(2,))), TALK[:4]),
    "strip-long": PanelState(status(activity="speaking", pictures=sent(8, pointed=(1, 5, 6))), TALK, level=0.8),
    "strip-shown": PanelState(
        status(pictures=sent(5, pointed=(3,))), TALK[:4], script="document.querySelector('#strip button').click()"
    ),
    "strip-voice": PanelState(status(source=VOICE, picture=None, pictures=sent(3)), TALK[:4]),
    "just-said": PanelState(status(keepsTab=True), TALK[:4]),
    "nothing-heard": PanelState(status(keepsTab=True, failure=failure("nothing-heard")), TALK[:2]),
    "pointing": PanelState(status(pointing=True, pictures=sent(2)), TALK[:4]),
    "page-blocked": PanelState(status(finding="blocked", source=UNNAMED, picture=None), TALK[:4]),
    "page-gone": PanelState(status(finding="gone", source=UNNAMED, picture=None), TALK[:4]),
    "page-uncovered": PanelState(status(), [*TALK[:4], entry(5, "note", "note_uncovered")]),
    "nothing-to-point-at": PanelState(status(source=VOICE, picture=None, failure=failure("nothing-shared")), TALK[:2]),
    "live-picture-missing": PanelState(status(failure=failure("picture-missing")), TALK[:4]),
    "live-echo-heard": PanelState(status(failure=failure("echo-heard")), TALK[:4]),
    "live-tab-lost": PanelState(
        status(source=VOICE, failure=failure("tab-lost"), picture=None), [*TALK[:4], entry(5, "note", "note_tab_lost")]
    ),
    "live-model-replaced": PanelState(
        status(failure=failure("model-replaced", "gemini-3.1-flash-live-preview → gemini-3.8-live")), TALK[:4]
    ),
    "live-microphone-lost": PanelState(status(muted=True, failure=failure("microphone-lost")), TALK[:4]),
    "long": PanelState(
        status(source={"kind": "tab", "title": LONG_WORD * 3, "width": 1, "height": 1}),
        LONG,
        script="log.scrollTop = 100",
    ),
    **{
        f"failed-{code}": failed(code, detail)
        for code, detail in {
            "key-rejected": "1007 API key not valid. Please pass a valid API key.",
            "quota-exceeded": "1011 You exceeded your current quota.",
            "no-network": "",
            "host-exited": "Native host has exited.",
            "host-broken": "Native host has exited.",
            "version-mismatch": "extension 0.2.0, host 0.1.0",
            "microphone-denied": "NotAllowedError: Permission dismissed",
            "tab-forbidden": "",
            "screen-denied": "",
            "model-missing": "1008 models/x is not found",
            "internal": "TypeError: x is not a function",
        }.items()
    },
}


@dataclass(frozen=True)
class DocumentState:
    """A page in a tab. `ready` and `settled` are true, in JavaScript, once it is there and once `script` has had its effect."""

    path: str
    ready: str
    requests: Json = field(default_factory=dict)
    script: str = "null"
    settled: str = "true"
    part: str = ""
    """The element that a picture shows; the whole page where there is none."""


def welcome(**requests: Any) -> DocumentState:
    return DocumentState(
        "welcome/welcome.html",
        "document.querySelector('#host[data-mood]') && document.querySelector('#shortcut[data-mood]')",
        requests,
    )


def options(part: str = "", script: str = "null", settled: str = "true", **requests: Any) -> DocumentState:
    ready = "document.querySelector('main[aria-busy=false]')"
    asked = {name.replace("_", "-"): answer for name, answer in requests.items()}
    return DocumentState("options/options.html", ready, asked, script, settled, part)


def links(**requests: Any) -> DocumentState:
    return DocumentState("links/links.html", "document.querySelector('#links[aria-busy=false]')", requests)


def profile(name: str, store: str, project: str = "", location: str = "") -> Json:
    return {"name": name, "store": store, "project": project, "location": location}


def key(
    *profiles: Json, verdict: Json | None = None, script: str = "null", settled: str = "true", **requests: Any
) -> DocumentState:
    """The section of the key; the last profile is the one in use."""
    held = {"active": profiles[-1]["name"], "profiles": {"list": list(profiles)}} if profiles else None
    return options("#key", script, settled, get_profiles=held, give_key=verdict, **requests)


def given(*profiles: Json, verdict: str, kept: str = "", text: str = "", why: str = "") -> DocumentState:
    """Somebody has just given a key."""
    enter = "document.getElementById('key-text').value = 'AIza'; document.getElementById('key-form').requestSubmit()"
    told = "document.querySelector('#key-failure:not([hidden]), #key-result:not([data-mood=open], :empty)')"
    answer = {"verdict": verdict, "kept": kept, "text": text, "why": why}
    return key(*profiles, verdict=answer, script=f"{{ {enter} }}", settled=told)


HOST_MISSING = failure("host-missing", "Specified native messaging host not found.")
NO_KEY = {"version": "0.1.0", "key": "not-set", "practice": True, "model": "practice"}
NO_SHORTCUT = [{"name": "ask-about-tab", "shortcut": "", "description": "Ask about this tab"}]
DEFAULT = profile("default", "keychain")
KEPT = {"active": "default", "profiles": {"list": [DEFAULT]}}
_TRY = "document.querySelector('.trial button').click()"
_LEVEL = "document.querySelector('.trial meter').value > 0.2"
_RECORD = "document.querySelector('.trial button + button').click()"
_GONE = (
    "chrome.storage.local.set({%s: {id: 'x', label: 'Jabra Evolve 65'}}).then(() => dispatchEvent(new Event('focus')))"
)
_VOICE = "[data-setting=voice]"
_HEAR = "document.querySelector('.sample button').click()"
_HEARD_WHY = "document.querySelector('.sample[data-state=off] [role=status]:not(:empty)')"
_MICROPHONE = "[data-setting=microphone]"

DOCUMENTS: dict[str, DocumentState] = {
    "welcome": welcome(),
    "welcome-missing": welcome(**{"check-host": HOST_MISSING, "shortcuts": NO_SHORTCUT}),
    "welcome-practice": welcome(**{"check-host": NO_KEY}),
    "options": options(get_profiles=KEPT),
    "links": links(),
    "links-missing": links(**{"check-host": HOST_MISSING}),
    "options-missing": options(get_settings=HOST_MISSING, check_host=HOST_MISSING, get_profiles=HOST_MISSING),
    "key-no-host": options("#key", get_settings=HOST_MISSING, check_host=HOST_MISSING, get_profiles=HOST_MISSING),
    "key-none": key(profile("default", "none"), check_host=NO_KEY),
    "key-kept": key(DEFAULT),
    "key-accepted": given(DEFAULT, verdict="accepted", kept="keychain", text="gemini-3.8-live"),
    "key-unknown": given(profile("default", "file"), verdict="unknown", kept="file", text="Network is unreachable"),
    "key-rejected": given(DEFAULT, verdict="refused", text="1007 API key not valid. Please pass a valid API key."),
    "key-malformed": given(profile("default", "none"), verdict="malformed"),
    "key-service-account": given(
        profile("default", "none"),
        verdict="malformed",
        text="This is the file of a service account, not an API key. Make a Gemini API key at "
        "https://aistudio.google.com/apikey, or use Vertex AI with Google's own sign-in.",
        why="service-account",
    ),
    "key-vertex": key(
        profile("work", "vertex", "terns-and-gulls-4711", "europe-west4"),
        script="document.querySelector('#key details').open = true",
    ),
    "key-profiles": key(profile("default", "none"), profile("Work", "file"), profile("\u8bba\u6587", "keychain")),
    "key-remove": key(
        DEFAULT,
        script="document.getElementById('key-remove').click()",
        settled="document.getElementById('key-dialog').open",
    ),
    "models-away": options(
        "[data-setting=model]",
        settled="document.querySelector('[data-setting=model] .quiet[role=status]').textContent !== ''",
        list_models={"models": {"list": ["gemini-3.8-live"]}, "origin": "known", "code": "no-network"},
    ),
    "voice-refused": options(
        _VOICE, _HEAR, _HEARD_WHY, conversation_state="idle", hear_voice=failure("quota-exceeded")
    ),
    "voice-in-a-talk": options(_VOICE, _HEAR, _HEARD_WHY),
    "microphone-gone": options(
        _MICROPHONE, _GONE % "microphone", "document.getElementById('microphone').value === 'x'"
    ),
    "speaker-gone": options(
        "[data-setting=speaker]", _GONE % "speaker", "document.getElementById('speaker').value === 'x'"
    ),
    "microphone-hearing": options(_MICROPHONE, _TRY, _LEVEL),
    "microphone-recording": options(
        _MICROPHONE,
        f"{{ {_TRY}; const look = () => {_LEVEL} ? {_RECORD} : requestAnimationFrame(look); look() }}",
        "document.querySelector('.trial [aria-disabled=true]') && " + _LEVEL,
    ),
}
