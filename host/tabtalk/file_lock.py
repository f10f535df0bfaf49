"""A lock between processes, and between the threads of one, held on a file. Linux, macOS and Windows.

Standard library only: set-up uses it before any package is installed. The lock file exists only while somebody holds or
waits for the lock. The system releases it when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL_SECONDS = 0.02
_WINDOWS = os.name == "nt"


class LockBusy(Exception):
    """Somebody else held the lock for the whole time that was allowed for waiting."""


class _Held(threading.local):
    """The locks of this thread, and how often it entered each: the same thread may enter a lock again."""

    def __init__(self) -> None:
        self.depth: dict[str, int] = {}


_held = _Held()


@contextlib.contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock on `path`, whose folder must exist; wait for it at most `seconds`.

    Raises `LockBusy`, and `OSError` where the lock file cannot be made.
    """
    name = os.path.realpath(path)
    if name in _held.depth:
        _held.depth[name] += 1
        try:
            yield
        finally:
            _held.depth[name] -= 1
        return
    descriptor = _acquire(path, time.monotonic() + seconds)
    _held.depth[name] = 1
    try:
        yield
    finally:
        del _held.depth[name]
        _release(path, descriptor)


def _acquire(path: Path, deadline: float) -> int:
    while True:
        busy: Exception = LockBusy()
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except PermissionError as error:
            if not _WINDOWS:
                raise
            # So Windows answers while the file is being removed.
            busy = error
        else:
            try:
                if _try_lock(descriptor) and _is_still(path, descriptor):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
        if time.monotonic() >= deadline:
            raise busy
        time.sleep(_POLL_SECONDS)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whoever held the lock may have removed the file meanwhile; then this lock is on a file that nobody else sees."""
    if _WINDOWS:
        # A file that is open is not removed there.
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _release(path: Path, descriptor: int) -> None:
    if _WINDOWS:
        # Windows does not remove a file that is open: close first. Where somebody waits with it open, it stays for them.
        os.close(descriptor)
        with contextlib.suppress(OSError):
            path.unlink()
        return
    with contextlib.suppress(OSError):
        path.unlink()
    os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # Some network file systems have no locks. Settings that can be saved without are better than none.
            return True
        return True
