"""What the extension's process works: processor time of the process and of its threads, and the longest task of a thread."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from stage.chromium import Chromium

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_TRACED = ["disabled-by-default-devtools.timeline", "__metadata"]
_TASK = "RunTask"
_WORKER = "DedicatedWorker"


class Tasks(NamedTuple):
    """Of a main thread, while it was traced; in ms."""

    tasks: int
    longest: float
    """By the thread's own processor time: what else runs on the machine is not in it."""
    longest_clock: float
    """By the clock."""


def extension_process(chromium: Chromium) -> int:
    """The renderer in which the offscreen document, the service worker and their workers live."""
    mine = f"--user-data-dir={chromium.user_data_dir}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b" ", b"\0").split(b"\0")
        except OSError:
            continue
        if b"--extension-process" in words and _descends(int(folder.name), mine):
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
    return {int(each.name): _time_s(each / "stat") for each in folders if _WORKER in (each / "comm").read_text()}


def _time_s(stat: Path) -> float:
    fields = _fields(stat)
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _fields(stat: Path) -> list[str]:
    """After the name, in which anything may stand."""
    return stat.read_text().rpartition(")")[2].split()


def begin_trace(chromium: Chromium) -> None:
    categories = {"includedCategories": _TRACED, "excludedCategories": ["*"]}
    chromium.browser.send("Tracing.start", {"transferMode": "ReturnAsStream", "traceConfig": categories})


def end_trace(chromium: Chromium, pid: int) -> Tasks:
    """Of the main thread of that process since `begin_trace`."""
    chromium.browser.send("Tracing.end")
    stream = chromium.browser.wait_event("Tracing.tracingComplete", 60)["stream"]
    text, ended = "", False
    while not ended:
        part = chromium.browser.send("IO.read", {"handle": stream, "size": 1 << 20}, timeout=30)
        text, ended = text + part["data"], part["eof"]
    events: list[dict[str, Any]] = json.loads(text)["traceEvents"]
    tasks = [each for each in events if each["name"] == _TASK and each["pid"] == each["tid"] == pid]
    return Tasks(
        len(tasks),
        max(each["tdur"] for each in tasks) / 1000,
        max(each["dur"] for each in tasks) / 1000,
    )
