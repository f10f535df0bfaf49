"""What `--check` finds of the host at work, and of the way from it to Gemini."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabtalk import paths
from tabtalk.closes import CloseKind
from tabtalk.profiles import DEFAULT
from tabtalk.setup import proof
from tabtalk.setup.console import COMMAND
from tabtalk.setup.links import AGAIN, BY_ID, Finding, State
from tabtalk.setup.proof import ProofFailed, prove
from tabtalk.setup.request import RequestFailed, request
from tabtalk.trial import BEGAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tabtalk.setup.copies import Installed

WAY = ("endpoint", "tls", "key", "model", "session")
"""In the order in which a dial meets them."""
_BROKEN_AT = {
    CloseKind.NETWORK: "endpoint",
    CloseKind.TLS: "tls",
    CloseKind.KEY: "key",
    CloseKind.LOGIN: "key",
    CloseKind.MODEL: "model",
    CloseKind.QUOTA: "session",
    CloseKind.REQUEST: "session",
    CloseKind.TRANSIENT: "session",
    CloseKind.TIMEOUT: "session",
}
"""Where a dial that ended so was stopped. What the service says only after it took the key and the model proves those."""
_SAYS_NOTHING_OF_THE_KEY = (CloseKind.TRANSIENT, CloseKind.TIMEOUT)


def at_work(installed: Installed) -> Iterator[Finding]:
    """From its start as the browser starts it to its leaving."""
    try:
        done = prove(installed.launcher)
    except ProofFailed as error:
        broken = proof.LINKS.index(error.link)
        for link in proof.LINKS[:broken]:
            yield Finding(link, State.OK, "as it should")
        yield Finding(error.link, State.FAILED, f"Started as a browser does it, {error}", BY_ID[error.link].mend)
        return
    said = {"launch": str(installed.launcher), "handshake": f"answered {done.milliseconds:.0f} ms after its start"}
    for link in proof.LINKS:
        yield Finding(link, State.OK, said.get(link, "as it should"))


def keychain(installed: Installed, python: Path) -> Finding:
    try:
        state = request(installed, python, "key-state")
    except RequestFailed as error:
        return Finding("keychain", State.FAILED, str(error), f"run: {COMMAND}, and give the key again")
    words = {
        "keychain": "the key is in the system's keychain",
        "file": f"the key is in {paths.key_file(state['profile'])}, readable by you alone",
        "environment": "the key comes from the environment",
        "vertex": "Vertex AI, opened by Google's own sign-in on this computer",
        "none": f"no key: practice mode. To talk with Gemini run: {COMMAND}",
    }
    of_profile = "" if state["profile"] == DEFAULT else f"profile {state['profile']!r}: "
    return Finding("keychain", State.OK, of_profile + words[state["where"]])


def way_to_gemini(installed: Installed, python: Path) -> Iterator[Finding]:
    """One dial, and what it says of each link of the way."""
    try:
        outcome = request(installed, python, "dial")
    except RequestFailed as error:
        yield Finding("endpoint", State.UNKNOWN, str(error), AGAIN)
        return
    kind, practice = outcome["kind"], " (practice mode, on this computer)" if outcome["practice"] else ""
    said = {"endpoint": outcome["where"] + practice, "model": outcome["model"], "key": "accepted"}
    broken = WAY.index(_BROKEN_AT[CloseKind(kind)]) if kind != BEGAN else len(WAY)
    for number, link in enumerate(WAY[: broken + 1]):
        if number == broken:
            text = f"{outcome['where']}: {outcome['text'] or 'the conversation did not begin'}"
            yield Finding(link, State.FAILED, text, BY_ID[link].mend)
        elif link in ("key", "model") and kind in _SAYS_NOTHING_OF_THE_KEY:
            yield Finding(link, State.UNKNOWN, "the service did not come to it")
        else:
            yield Finding(link, State.OK, said.get(link, "as it should"))
