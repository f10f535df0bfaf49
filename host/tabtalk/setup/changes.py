"""What one run of set-up changes on disk: kept when all of it succeeds, undone when any of it fails."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tabtalk import paths
from tabtalk.file_lock import LockBusy, locked
from tabtalk.setup.console import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STAGE_PREFIX = ".stage-"
LOCK_NAME = ".set-up.lock"


class Changes:
    """A context. Left by an exception, Ctrl-C too, it undoes every change, newest first.

    Only one run at a time: entering raises `SetupError` while another is inside, or when the data folder cannot be had.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._undo = ExitStack()
        self._lock = ExitStack()
        self.folders_made: list[Path] = []
        """Folders of others, such as a browser's, that were not there before; outermost first."""
        self._settled: dict[Path, bytes | None] = {}
        self.stage = data
        """A folder beside what is installed, for what is not complete yet; gone afterwards."""

    def __enter__(self) -> Self:
        try:
            self.folder(self._data.parent)
            if not self._data.exists():
                self._undo.callback(_remove_if_empty, self._data)
            paths.make_private_folder(self._data)
            self._lock.enter_context(one_setup(self._data))
            # The lock file is in the data folder, which must be empty to be removed.
            self._undo.callback(self._lock.close)
            # What a killed run left behind; nobody else is inside.
            for leftover in self._data.glob(f"{STAGE_PREFIX}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            self.stage = Path(tempfile.mkdtemp(prefix=STAGE_PREFIX, dir=self._data))
            self._undo.callback(shutil.rmtree, self.stage, ignore_errors=True)
            (self.stage / "attic").mkdir()
        except OSError as error:
            self._undo.close()
            self._lock.close()
            raise unwritable(self._data, error) from None
        except BaseException:
            self._undo.close()
            self._lock.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with _uninterrupted():
            if kind is None:
                self._undo.pop_all()
                shutil.rmtree(self.stage, ignore_errors=True)
            else:
                self._undo.close()
            self._lock.close()

    def on_failure(self, undo: Callable[[], object]) -> None:
        self._undo.callback(undo)

    def folder(self, folder: Path) -> None:
        """Makes a folder outside of ours, and its parents, where they are missing."""
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir(mode=0o700)
            self._undo.callback(_remove_if_empty, parent)
            self.folders_made.append(parent)

    def claim(self, folder: Path) -> None:
        """A folder of ours that others will fill: where it is new, all that is in it goes on failure."""
        self.folder(folder.parent)
        if not folder.exists():
            self._undo.callback(shutil.rmtree, folder, ignore_errors=True)

    def put(self, staged: Path, target: Path) -> None:
        """Moves what is ready in the stage to where it belongs; what was there before comes back on failure."""
        before = self.stage / "attic" / target.name
        if target.exists() or target.is_symlink():
            target.rename(before)
            self._undo.callback(before.rename, target)
        try:
            staged.rename(target)
        finally:
            self._undo.callback(_remove, target)

    def write(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        """Replaces a file's content in one step."""
        self.folder(path.parent)
        self.keep(path)
        _replace(path, content, mode)

    def keep(self, path: Path) -> None:
        """Remembers a small file that somebody else is about to change or to make."""
        before = _read(path)
        mode = path.stat().st_mode & 0o777 if before is not None else 0
        self._undo.callback(self._put_back, path, before, mode)

    def settle(self, path: Path) -> None:
        """Says that this run is done with a file that it keeps: what others change in it from now on is not undone."""
        self._settled[path] = _read(path)

    def was_changed(self, path: Path) -> bool:
        """Whether somebody else changed the file after this run was done with it."""
        return path in self._settled and _read(path) != self._settled[path]

    def _put_back(self, path: Path, before: bytes | None, mode: int) -> None:
        if self.was_changed(path):
            return
        if before is None:
            path.unlink(missing_ok=True)
        else:
            _replace(path, before, mode)


def unwritable(path: Path, error: OSError) -> SetupError:
    reason = error.strerror or type(error).__name__
    where = error.filename or path
    return SetupError(
        f"{where} cannot be written: {reason}.",
        f"make room on the disk and make sure that you own {path} and may write there; then run set-up again. Another "
        "place for what set-up installs can be chosen with XDG_DATA_HOME.",
    )


def _read(path: Path) -> bytes | None:
    """None where there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(path: Path, content: bytes, mode: int) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _remove(target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target, ignore_errors=True)
    else:
        target.unlink(missing_ok=True)


@contextlib.contextmanager
def one_setup(data: Path) -> Iterator[None]:
    """Keep a second set-up, or a removal, out of the data folder. Raises `SetupError` while another one is inside."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(data / LOCK_NAME, 0))
        except LockBusy:
            raise SetupError(
                "Another set-up of Tabtalk is running.", "wait until it has ended, then run this again."
            ) from None
        yield


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C must not stop the undoing of what the first one stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
