"""A browser under control, by the Chrome DevTools Protocol over `--remote-debugging-pipe`.

The pipe (fd 3 and 4 of the browser) is inherited by nobody else, so no other process can drive the browser, as it could
with a debugging port. Every wait has a timeout in seconds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tabtalk.setup.devtools_page import Page
from tabtalk.setup.devtools_pipe import DevtoolsError, Listener, Pipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tabtalk.setup.devtools_pipe import Json

ARGUMENTS = (
    "--remote-debugging-pipe",
    "--enable-unsafe-extension-debugging",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
STDERR_NAME = "browser-stderr.log"
_POLL_S = 0.05
_GRACE_S = 3.0
# A browser finds its pipe at fd 3 and 4; `Popen` can keep a descriptor but not move it, and running Python between fork
# and exec is unsafe beside threads.
_SHIM = """
import os, sys
for fd, at in zip(map(int, sys.argv[1:3]), (3, 4)):
    os.dup2(fd, at)
    os.close(fd)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """A running browser and the pipe to it. `close()` leaves no process behind."""

    def __init__(self, process: subprocess.Popen[bytes], to_browser: int, from_browser: int, stderr: Path) -> None:
        self._process = process
        self._stderr = stderr
        self.pipe = Pipe(to_browser, from_browser, self._last_words)

    @classmethod
    def launch(
        cls,
        executable: str | os.PathLike[str],
        user_data_dir: str | os.PathLike[str],
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        timeout: float = 30,
    ) -> Browser:
        """Starts a browser and waits until it answers. What it prints goes to `STDERR_NAME` in the user data dir."""
        if sys.platform == "win32":
            raise DevtoolsError("launch: driving a browser is not supported on Windows")
        root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        command = [os.fspath(executable), *ARGUMENTS, *root, f"--user-data-dir={os.fspath(user_data_dir)}", *args]
        stderr = Path(user_data_dir) / STDERR_NAME
        stderr.parent.mkdir(parents=True, exist_ok=True)
        (browser_reads, to_browser), (from_browser, browser_writes) = _high_pipe(), _high_pipe()
        try:
            with stderr.open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _SHIM, str(browser_reads), str(browser_writes), *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(env) if env is not None else None,
                    pass_fds=(browser_reads, browser_writes),
                    start_new_session=True,
                )
        except BaseException:
            os.close(to_browser)
            os.close(from_browser)
            raise
        finally:
            os.close(browser_reads)
            os.close(browser_writes)
        browser = cls(process, to_browser, from_browser, stderr)
        try:
            browser.send("Browser.getVersion", timeout=timeout)
            browser.send("Target.setDiscoverTargets", {"discover": True, "filter": [{}]})
        except BaseException:
            browser.close()
            raise
        return browser

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, method: str, params: Json | None = None, session: str | None = None, timeout: float = 20) -> Json:
        """The result of one command. Raises `DevtoolsError` with the method and the browser's message."""
        return self.pipe.send(method, params, session, timeout)

    def targets(self) -> list[Json]:
        """Every target, `tab` targets and the extension's own pages and workers too."""
        found: list[Json] = self.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
        return found

    def wait_target(self, predicate: Callable[[Json], bool], timeout: float = 20) -> Json:
        """The first target that fits, as soon as there is one. Raises `TimeoutError` with what there was."""
        deadline = time.monotonic() + timeout
        while True:
            targets = self.targets()
            for target in targets:
                if predicate(target):
                    return target
            if time.monotonic() > deadline:
                there = "; ".join(f"{target['type']} {target['url']}" for target in targets)
                raise TimeoutError(f"no such target within {timeout:g} s; there are: {there}")
            time.sleep(_POLL_S)

    def attach(self, target_id: str) -> Page:
        session = self.send("Target.attachToTarget", {"targetId": target_id, "flatten": True})["sessionId"]
        page = Page(self, target_id, session)
        self.pipe.listen(session, Listener(page.note, page.go))
        page.listen()
        return page

    def wait_event(self, name: str, timeout: float = 20) -> Json:
        """Parameters of the oldest event of this name, outside all pages, that was not yet taken."""
        return self.pipe.wait_event(name, timeout)

    def close(self) -> None:
        """Asks the browser to close, then ends by force what is left of it. Safe to call twice."""
        with contextlib.suppress(DevtoolsError):
            self.send("Browser.close", timeout=_GRACE_S)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_S)
        # What the browser started leaves by itself when its pipes close, a native messaging host above all.
        if not _wait_until(lambda: not _group(self.pid), _GRACE_S):
            for pid in _group(self.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            _wait_until(lambda: not _group(self.pid), _GRACE_S)
        self._process.wait()
        self.pipe.close()

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._stderr.read_text(errors="replace").strip().splitlines()
            return f"; it said: {lines[-1]}" if lines else ""
        return ""


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends are clear of 3 and 4, where the browser's ends go."""
    import fcntl

    ends = os.pipe()
    high = fcntl.fcntl(ends[0], fcntl.F_DUPFD_CLOEXEC, 10), fcntl.fcntl(ends[1], fcntl.F_DUPFD_CLOEXEC, 10)
    for end in ends:
        os.close(end)
    return high


def _group(leader: int) -> list[int]:
    """Living processes of the session that the browser leads; a zombie is not one."""
    output = subprocess.run(["ps", "-eo", "pid=,sess=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in output.splitlines())
    return [int(pid) for pid, *groups, stat in rows if str(leader) in groups and not stat.startswith("Z")]


def _wait_until(claim: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True
