"""The links of the chain from the browser to Gemini: one table. `--check` walks it, and docs/TROUBLESHOOTING.md shows it.

`python -m tabtalk.setup.links FILE` writes the table into that document, between its two marks; a test sees to it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tabtalk.setup.console import COMMAND

if TYPE_CHECKING:
    from tabtalk.way import State

BEGIN = "<!-- The links, from host/tabtalk/setup/links.py: do not edit here. -->"
END = "<!-- The end of the links. -->"
AGAIN = f"run set-up again: {COMMAND}"


class Link(NamedTuple):
    id: str
    """Never changes: `--json` has it."""
    proves: str
    symptom: str
    cause: str
    mend: str
    needs: tuple[str, ...] = ()
    """While one of these is not ok nothing can be told of this one."""


class Finding(NamedTuple):
    link: str
    state: State
    text: str
    mend: str = ""
    """What to do now, with the command where there is one; empty where nothing is to be done."""
    subject: str = ""
    """Which one, where there are several: a browser, a file."""


_HELPER_BROKEN = "“The helper program cannot start”."
_HELPER_MISSING = "“The helper program is not installed”."

LINKS = (
    Link(
        "installed",
        "Host, extension and launcher are there, whole.",
        _HELPER_MISSING,
        "Set-up was never run, was run by another user, or files were deleted.",
        "Run set-up.",
    ),
    Link(
        "python",
        "The Python that the host runs with still works, and is new enough.",
        _HELPER_BROKEN,
        "The Python that set-up was run with was removed or upgraded.",
        "Run set-up again, with a Python that stays.",
        ("installed",),
    ),
    Link(
        "environment",
        "The private environment belongs to the launcher and holds the packages that Tabtalk was tested with.",
        _HELPER_BROKEN,
        "Packages were deleted or changed, or a clean-up tool went through the folder.",
        "Run set-up again. If it still fails, run `--uninstall` first.",
        ("python",),
    ),
    Link(
        "files",
        "Nobody else can change what the browser starts, nor the settings.",
        "None. But whoever can change these files could run programs in your name, or lead the key elsewhere.",
        "Rights were given to a group or to everybody, often with `chmod -R`.",
        "Take them away: `chmod -R go-w` on what is named.",
        ("installed",),
    ),
    Link(
        "versions",
        "The copies of host and extension are of one version.",
        "“Tabtalk and its helper program do not match”.",
        "One of the two was replaced alone.",
        "Run set-up again, then reload Tabtalk on `chrome://extensions`.",
        ("installed",),
    ),
    Link(
        "folders",
        "Settings and log can be written, and there is room on the disk.",
        "Settings do not stay, there is no log, set-up cannot upgrade.",
        "The disk is full or read-only, or the folder belongs to somebody else (`sudo` was used once).",
        "Make room, or take the folder back: `sudo chown -R $USER` on what is named.",
    ),
    Link(
        "settings",
        "`settings.toml` makes sense, and what it names is there.",
        "“A setting cannot be used”.",
        "It was edited by hand, or a certificate file that it names has gone.",
        "Correct the line that is named, or delete it.",
    ),
    Link(
        "browser",
        "There is a browser that may start programs.",
        _HELPER_MISSING,
        "Browsers from a Snap or Flatpak run in a sandbox that does not let them start the host. On Ubuntu `chromium-browser` is a Snap too.",
        "Use a browser from the system's own packages, or Google's.",
    ),
    Link(
        "policy",
        "No policy of a company keeps the browser from starting the host.",
        "“The helper program does not know this copy of Tabtalk”, or “not installed” although it is.",
        "Who manages the browser forbids hosts, or those of a single user.",
        "`chrome://policy` shows it; ask for `app.tabtalk.host` in `NativeMessagingAllowlist`.",
    ),
    Link(
        "manifest",
        "Each browser finds the host's manifest where it looks, understands it, and is led to this installation.",
        f"{_HELPER_MISSING} Or: “The helper program does not know this copy of Tabtalk”.",
        "Set-up was run for another browser or profile, the file was changed, or a second installation took its place. Linux: set-up ran with `XDG_CONFIG_HOME` or `CHROME_CONFIG_HOME`, and the browser is started without it.",
        "Run set-up again, with the same `XDG_CONFIG_HOME` as the browser; with `--browser NAME` or `--user-data-dir DIR` for a browser that it does not find by itself.",
        ("installed",),
    ),
    Link(
        "launch",
        "The program that the manifest names starts as the browser starts it, and stays.",
        f"{_HELPER_BROKEN} Or: {_HELPER_MISSING}",
        "The launcher may not be run (a disk mounted `noexec`, a mode that was changed), or the host breaks at its start.",
        "Run set-up again. If it recurs, report the line that the host said.",
        ("environment",),
    ),
    Link(
        "handshake",
        "The host answers the first message, with nothing else on the pipe.",
        f"{_HELPER_BROKEN} It may take 15 s until the panel says so.",
        "A changed copy, a package that prints, or security software that holds the program up.",
        "Run set-up again; exempt the folder of Tabtalk from the security software.",
        ("launch",),
    ),
    Link(
        "socket",
        "The host listens on 127.0.0.1, and can be reached there.",
        "“The connection to the helper program broke”.",
        "Security software intercepts connections within the computer, or the loopback device is down.",
        "Exempt 127.0.0.1; on Linux: `ip link set lo up`.",
        ("handshake",),
    ),
    Link(
        "token",
        "The host opens the link for the token that it gave, and proves to be the one that was started.",
        "“The connection to the helper program broke”.",
        "Another program answers on the port, or a proxy stands in between.",
        "Exempt 127.0.0.1 from the proxy or the security software.",
        ("socket",),
    ),
    Link(
        "goodbye",
        "The host leaves when the browser does.",
        "Hosts are left running.",
        "A changed copy of the host.",
        "Run set-up again.",
        ("handshake",),
    ),
    Link(
        "keychain",
        "The key can be read from where it is kept; or there is none, and practice mode answers.",
        "“The API key cannot be read”.",
        "The keychain is locked, hangs, or has gone; others may read the file with the key; the variable that it is to come from is not set; or, for Vertex AI, nobody signed in to Google Cloud.",
        "Unlock the keychain, or enter the key again in the settings or in set-up.",
        ("environment", "settings"),
    ),
    Link(
        "endpoint",
        "The service can be reached: name, network, and the proxy where one is set.",
        "“Google cannot be reached”.",
        "No network, a firewall, a proxy that is down or wants a password.",
        "Open a page in the browser. Behind a proxy, set `HTTPS_PROXY`. A gateway: `--base-url URL`.",
        ("keychain",),
    ),
    Link(
        "tls",
        "It is the service that answers: its certificate is trusted.",
        "“Google cannot be reached”, with a certificate in the technical details.",
        "A network that wants a sign-in first, a proxy that opens what is encrypted, or a clock that is wrong.",
        "Sign in to the network; give the company's certificate to the system, or a gateway's with `--ca-file PEM`.",
        ("endpoint",),
    ),
    Link(
        "key",
        "The service accepts the key.",
        "“Google did not accept the API key”.",
        "It is mistyped, deleted, restricted, or of a project without the Gemini API. With Vertex AI: Google's sign-in has expired, or may not use the project.",
        "Check it in Google AI Studio, then enter it again in the settings or in set-up. Vertex AI: `gcloud auth application-default login`.",
        ("tls",),
    ),
    Link(
        "model",
        "The service offers the chosen model to this key.",
        "“Google does not offer this model”.",
        "It is misspelt, retired, or not open to the key.",
        "Clear “Model” on the settings page.",
        ("key",),
    ),
    Link(
        "session",
        "A conversation can begin.",
        "“The limit of your API key is reached”, “Gemini is not available right now”, “Google refused the request”.",
        "The quota is used up, the service has a fault, or a setting does not fit the model.",
        "Wait, or raise the limit in Google AI Studio; clear “Voice” and “Instructions” if the request is refused.",
        ("model",),
    ),
    Link(
        "microphone",
        "The system has a microphone.",
        "“There is no microphone”.",
        "It is not connected, or switched off. The browser's own permission cannot be seen from here.",
        "Connect it, and allow it on Tabtalk's welcome page.",
    ),
)
BY_ID = {link.id: link for link in LINKS}


def markdown() -> str:
    """The table as docs/TROUBLESHOOTING.md shows it, with its marks."""
    rows = ["| link | what it proves | symptom | cause | mend |", "|---|---|---|---|---|"]
    rows += [f"| `{row.id}` | {row.proves} | {row.symptom} | {row.cause} | {row.mend} |" for row in LINKS]
    return "\n".join((BEGIN, "", *rows, "", END))


def in_step(document: str) -> str:
    """The document with this table in its place. Raises `ValueError` without the marks."""
    before, rest = document.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return before + markdown() + after


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(in_step(path.read_text("utf-8")), "utf-8")
