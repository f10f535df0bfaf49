"""The host's log: a rotating file under the state folder, written by a thread of its own.

Never in it, at any level: audio, pictures, words, tokens, keys. Exceptions are logged by type and place, not by their
text, which may quote any of these; and the libraries that log headers and frames are held at warnings.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import logging.handlers
import queue
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

MAX_BYTES = 512 * 1024
BACKUPS = 2
MAX_WAITING = 1000
_NAME = "host.log"
PIP_LOG = "pip.log"
"""What pip said in a set-up that failed."""
_CHATTY = (
    "websockets", "websockets.client", "websockets.server",
    "google_genai", "google_genai.live", "google_genai._api_client", "google.auth",
    "httpx2", "httpcore2", "urllib3", "keyring", "asyncio",
)  # fmt: skip


class _PlaceOnly(logging.Formatter):
    def formatException(  # noqa: N802 (the base class's name)
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        error = ei[1]
        return " and ".join(_place(one) for one in _leaves(error)) if error else "nothing"


def _place(error: BaseException) -> str:
    places = [f"{Path(f.filename).name}:{f.lineno} in {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__name__} at " + " < ".join(reversed(places))


def _leaves(error: BaseException) -> list[BaseException]:
    """What a task group collected: the group itself says nothing of where."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]


class _DropsWhenFull(logging.handlers.QueueHandler):
    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):  # A log that lags behind must not slow a conversation.
            self.queue.put_nowait(record)

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        # The base class would format here, on the caller's time; another handler may have, with the exception's text.
        plain = copy.copy(record)
        plain.exc_text = None
        return plain


class _File(logging.handlers.RotatingFileHandler):
    """Opened by its first record, and again by the first after `let_go`."""

    def let_go(self) -> None:
        if self.stream:
            self.stream.close()
            self.stream = None  # As the base class has it before the first record.


_open: list[_File] = []
"""The one of this process, where there is one."""


def size(folder: Path) -> int:
    """Bytes."""
    return sum(file.stat().st_size for file in _files(folder))


def erase(folder: Path) -> None:
    """What was logged before. Raises `OSError`, as where another program holds a file on Windows."""
    with contextlib.ExitStack() as held:
        for open_file in _open:
            open_file.acquire()
            held.callback(open_file.release)
            open_file.let_go()
        for file in _files(folder):
            file.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    """The host's logs, and what set-up kept of pip (`pip.log`)."""
    return [file for file in (*folder.glob(f"{_NAME}*"), folder / PIP_LOG) if file.is_file()]


def start(folder: Path) -> None:
    """Opens the log. A folder that cannot be written is no reason to stop: then there is none."""
    logging.raiseExceptions = False
    # What nobody takes would go to stderr, exceptions with their text.
    logging.lastResort = None
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").propagate = False
    for name in _CHATTY:
        library = logging.getLogger(name)
        library.setLevel(logging.WARNING)
        # A level can be lowered by anybody; a filter stays.
        library.addFilter(lambda record: record.levelno >= logging.WARNING)
        library.propagate = False
    ours = logging.getLogger("tabtalk")
    ours.propagate = False
    ours.setLevel(logging.INFO)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = _File(folder / _NAME, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True)
    except OSError:
        ours.addHandler(logging.NullHandler())
        return
    _open[:] = [file]
    file.setFormatter(_PlaceOnly("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(MAX_WAITING)
    ours.addHandler(_DropsWhenFull(waiting))
    logging.handlers.QueueListener(waiting, file).start()
