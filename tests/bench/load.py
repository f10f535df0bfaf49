"""What the extension's process works: processor time of the process and of its threads, and the longest task of a thread."""

from __future__ import annotations

import contextlib
import json
import os
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stalls import within, work

from stage.profile import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stalls import Stall

    from stage.chromium import Chromium

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8", "toplevel"]
_TASK = "RunTask"
_INNER = "ThreadControllerImpl::RunTask"
_CHORES = ("v8/src/heap/", "base/allocator/")
"""Where the browser's own housekeeping comes from: garbage, and memory that it gives back."""
_WORKER = "DedicatedWorker"
LONG_MS = 10.0
_TOLD = 5


class Tasks(NamedTuple):
    """Of a main thread, while it was traced; in ms."""

    tasks: int
    longest: float
    """By the thread's own processor time: what else runs on the machine is not in it. Without the browser's chores, and
    without the moments in which the machine stood still, if those were watched."""
    longest_clock: float
    """By the clock, without the browser's chores."""
    longest_chore: float
    """The browser's own housekeeping, by processor time."""
    long: int
    """How many took more than `LONG_MS` of the thread's own time, both left out as above."""
    long_stalled: int
    """How many more there are, that are as long only because the machine stood still meanwhile."""
    long_clock: int
    """How many took as long by the clock."""
    source: str
    """Which part of the browser the longest came from."""


def extension_process(chromium: Chromium) -> int:
    """The renderer in which the offscreen document, the service worker and their workers live."""
    return _process(chromium, b"--extension-process")


def host_process(chromium: Chromium) -> int:
    return _process(chromium, os.fsencode(HOST))


def _process(chromium: Chromium, word: bytes) -> int:
    """The only one below the browser with this word in its command line."""
    mine = f"--user-data-dir={chromium.user_data_dir}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b" ", b"\0").split(b"\0")
        except OSError:
            continue
        if word in words and _descends(int(folder.name), mine):
            found.append(int(folder.name))
    [process] = found
    return process


def _descends(pid: int, word: bytes) -> bool:
    """From a process with this word in its command line."""
    while pid > 1:
        try:
            if word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return True
            pid = int(_fields(Path(f"/proc/{pid}/stat"))[1])
        except OSError:
            return False
    return False


def process_s(pid: int) -> float:
    """User and system time so far."""
    return _time_s(Path(f"/proc/{pid}/stat"))


def workers_s(pid: int) -> dict[int, float]:
    """The same of each dedicated worker that runs, by its thread."""
    folders = Path(f"/proc/{pid}/task").iterdir()
    found: dict[int, float] = {}
    for each in folders:
        # A thread may end in this very moment.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if _WORKER in (each / "comm").read_text():
                found[int(each.name)] = _time_s(each / "stat")
    return found


def _time_s(stat: Path) -> float:
    fields = _fields(stat)
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _fields(stat: Path) -> list[str]:
    """After the name, in which anything may stand."""
    return stat.read_text().rpartition(")")[2].split()


def begin_trace(chromium: Chromium) -> None:
    categories = {"includedCategories": _TRACED, "excludedCategories": ["*"]}
    chromium.browser.send("Tracing.start", {"transferMode": "ReturnAsStream", "traceConfig": categories})


def end_trace(chromium: Chromium, pid: int, stalls: Callable[[], Sequence[Stall]] = tuple) -> Tasks:
    """Of the main thread of that process since `begin_trace`. `stalls` tells when the machine stood still."""
    chromium.browser.send("Tracing.end")
    stream = chromium.browser.wait_event("Tracing.tracingComplete", 60)["stream"]
    text, ended = "", False
    while not ended:
        part = chromium.browser.send("IO.read", {"handle": stream, "size": 1 << 20}, timeout=30)
        text, ended = text + part["data"], part["eof"]
    events: list[dict[str, Any]] = json.loads(text)["traceEvents"]
    mine = [each for each in events if each["pid"] == each["tid"] == pid and each["ph"] == "X"]
    tasks = [each for each in mine if each["name"] == _TASK]
    chores = [each for each in mine if each["name"] == _INNER and each["args"]["src_file"].startswith(_CHORES)]
    begun = sorted(each["ts"] for each in chores)
    works = [each for each in tasks if not _holds(each, begun)]
    stood = stalls()
    for each in works:
        each["own"] = work(each["dur"], each.get("tdur", 0), within(stood, each["ts"], each["ts"] + each["dur"]))
    slowest = max(works, key=lambda each: float(each["own"]), default=None)
    return Tasks(
        len(tasks),
        _longest(works, "own"),
        _longest(works, "dur"),
        _longest(chores, "tdur"),
        _long(works, "own"),
        _long(works, "tdur") - _long(works, "own"),
        _long(works, "dur"),
        _source(slowest, mine) if slowest else "",
    )


def _holds(task: dict[str, Any], moments: list[float]) -> bool:
    """Whether one of these, in their order, lies within it."""
    at = bisect_left(moments, task["ts"])
    return at < len(moments) and moments[at] <= task["ts"] + task["dur"]


def _source(task: dict[str, Any], events: list[dict[str, Any]]) -> str:
    """Where a task was posted from, and the longest of what is told of its inside."""
    end = task["ts"] + task["dur"]
    within = [each for each in events if each is not task and task["ts"] <= each["ts"] <= end]
    inner: dict[str, Any] = next((each["args"] for each in within if each["name"] == _INNER), {})
    told = [each for each in within if each["name"] not in (_TASK, _INNER)]
    told.sort(key=lambda each: float(each.get("dur", 0)), reverse=True)
    longest = (f"{each['name']} {_script(each)}{each.get('dur', 0) / 1000:.1f} ms" for each in told[:_TOLD])
    return ", ".join([f"{inner.get('src_file', '')} {inner.get('src_func', '')}".strip(), *longest])


def _script(event: dict[str, Any]) -> str:
    data = event.get("args", {}).get("data") or {}
    return f"{data['url'].rpartition('/')[2]}:{data.get('functionName', '')} " if data.get("url") else ""


def _long(tasks: list[dict[str, Any]], field: str) -> int:
    return sum(each.get(field, 0) / 1000 > LONG_MS for each in tasks)


def _longest(tasks: list[dict[str, Any]], field: str) -> float:
    return max((each.get(field, 0) for each in tasks), default=0) / 1000
