"""What `--check` finds of the host at work, and of the way from it to Gemini."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabtalk import paths
from tabtalk.profiles import DEFAULT
from tabtalk.setup import proof
from tabtalk.setup.console import COMMAND
from tabtalk.setup.links import AGAIN, BY_ID, Finding
from tabtalk.setup.proof import ProofFailed, prove
from tabtalk.setup.request import RequestFailed, request
from tabtalk.way import State, steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tabtalk.setup.copies import Installed


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
    practice = " (practice mode, on this computer)" if outcome["practice"] else ""
    said = {"endpoint": outcome["where"] + practice, "model": outcome["model"], "key": "accepted"}
    for link, state in steps(outcome["kind"]):
        if state is State.FAILED:
            text = f"{outcome['where']}: {outcome['text'] or 'the conversation did not begin'}"
            yield Finding(link, state, text, BY_ID[link].mend)
        elif state is State.UNKNOWN:
            yield Finding(link, state, "the service did not come to it")
        else:
            yield Finding(link, state, said.get(link, "as it should"))
