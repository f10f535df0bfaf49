"""`--check`: walks the links from the browser to Gemini in order, and says which is broken. Changes nothing.

The links stand in `links.py`; what is found of each comes from `check_files.py`, `check_browsers.py` and `check_host.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from tabtalk import __version__
from tabtalk.setup import check_browsers, check_files, check_host, microphones, proof
from tabtalk.setup.links import BY_ID, Finding
from tabtalk.way import WAY, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tabtalk.setup.copies import Installed

FORMAT = 1
"""Of `--json`. Names are only ever added; this number says if that could not be kept."""
WORDS = {State.OK: "ok", State.FAILED: "FAILED", State.UNKNOWN: "cannot tell"}


class _Step(NamedTuple):
    """Links that are looked at together."""

    links: tuple[str, ...]
    look: Callable[[], Iterable[Finding]]


def _steps(installed: Installed, user_data_dir: Path | None) -> tuple[_Step, ...]:
    """In the order of `LINKS`. What needs the Python comes after `installed`, and so there is one."""

    def python() -> Path:
        found = check_files.python_of(installed)
        if found is None:
            raise LookupError(installed.launcher)
        return found

    return (
        _Step(("installed",), lambda: [check_files.installed_whole(installed)]),
        _Step(("python",), lambda: [check_files.python(python())]),
        _Step(("environment",), lambda: [check_files.packages(installed, python())]),
        _Step(("files",), lambda: [check_files.files(installed)]),
        _Step(("versions",), lambda: [check_files.versions(installed)]),
        _Step(("folders",), lambda: check_files.folders(installed)),
        _Step(("settings",), lambda: [check_files.chosen_settings()]),
        _Step(("browser",), lambda: check_browsers.usable(installed, user_data_dir)),
        _Step(("policy",), check_browsers.allowed),
        _Step(("manifest",), lambda: check_browsers.manifests(installed, user_data_dir)),
        _Step(proof.LINKS, lambda: check_host.at_work(installed)),
        _Step(("keychain",), lambda: [check_host.keychain(installed, python())]),
        _Step(WAY, lambda: check_host.way_to_gemini(installed, python())),
        _Step(("microphone",), lambda: [_microphone()]),
    )


def findings(installed: Installed, user_data_dir: Path | None) -> Iterator[Finding]:
    """At least one for each link, in order, as they are found."""
    states: dict[str, State] = {}
    first: dict[str, str] = {}
    for step in _steps(installed, user_data_dir):
        needs = [need for link in step.links for need in BY_ID[link].needs if need not in step.links]
        if all(states[need] is State.OK for need in needs):
            for finding in _looked_at(step):
                states[finding.link] = max(states.get(finding.link, State.OK), finding.state, key=_WORSE.index)
                yield finding
        for link in step.links:
            if link not in states:
                before = next(other for other in (*needs, *step.links) if states[other] is not State.OK)
                states[link] = State.UNKNOWN
                first[link] = first.get(before, before)
                yield Finding(link, State.UNKNOWN, f"not looked at: first mend {first[link]!r}")


_WORSE = (State.OK, State.UNKNOWN, State.FAILED)


def _looked_at(step: _Step) -> Iterator[Finding]:
    try:
        yield from step.look()
    except OSError as error:
        # A folder that cannot even be listed, a file that went meanwhile: the walk goes on.
        text = f"{error.filename or 'A file'} cannot be looked at: {error.strerror or type(error).__name__}."
        yield Finding(step.links[0], State.FAILED, text, BY_ID[step.links[0]].mend)


def _microphone() -> Finding:
    seen = microphones.count()
    if seen:
        return Finding("microphone", State.OK, f"{seen} of the system's; the browser asks before it uses one")
    text = "the system lists none" if seen == 0 else "only the browser knows"
    return Finding("microphone", State.UNKNOWN, text, BY_ID["microphone"].mend)


def report(installed: Installed, user_data_dir: Path | None, *, as_json: bool) -> int:
    """Prints the findings; the exit status: 1 when a link is broken."""
    found = []
    for finding in findings(installed, user_data_dir):
        found.append(finding)
        if not as_json:
            about = f" ({finding.subject})" if finding.subject else ""
            print(f"{WORDS[finding.state]:<12}{finding.link}{about}: {finding.text}", flush=True)
            if finding.mend:
                print(f"{'':<12}What to do: {finding.mend}", flush=True)
    healthy = all(finding.state is not State.FAILED for finding in found)
    if as_json:
        links = [finding._asdict() for finding in found]
        print(json.dumps({"format": FORMAT, "version": __version__, "healthy": healthy, "links": links}, indent=2))
    elif not healthy:
        first = next(finding.link for finding in found if finding.state is State.FAILED)
        print(f"\nThe first broken link is {first!r}: {BY_ID[first].proves}")
    return 0 if healthy else 1
