"""`tabtalk/file_lock.py`: one holder at a time, over processes and threads, and nothing left of it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tabtalk.file_lock import LockBusy, locked

HOST = Path(__file__).parents[2] / "host"
COUNT_UP = """
import sys
from pathlib import Path
from tabtalk.file_lock import locked

folder = Path(sys.argv[1])
for _ in range(20):
    with locked(folder / "lock", 30):
        counter = folder / "counter"
        counter.write_text(str(int(counter.read_text()) + 1))
"""
HOLD = """
import sys
from pathlib import Path
from tabtalk.file_lock import locked

with locked(Path(sys.argv[1]), 0):
    print("held", flush=True)
    sys.stdin.read()
"""


def start(program: str, argument: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, str(argument)]
    return subprocess.Popen(
        command, cwd=HOST, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(HOST)}
    )


def test_processes_take_turns(tmp_path: Path) -> None:
    (tmp_path / "counter").write_text("0")
    processes = [start(COUNT_UP, tmp_path) for _ in range(5)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert (tmp_path / "counter").read_text() == "100"
    assert [path.name for path in tmp_path.iterdir()] == ["counter"], "the lock file is gone"


def test_threads_take_turns(tmp_path: Path) -> None:
    inside = 0
    most = 0

    def enter(_number: int) -> None:
        nonlocal inside, most
        with locked(tmp_path / "lock", 30):
            inside += 1
            most = max(most, inside)
            threading.Event().wait(0.001)
            inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(40)))
    assert most == 1


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    with start(HOLD, tmp_path / "lock") as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        with pytest.raises(LockBusy), locked(tmp_path / "lock", 0.2):
            pass
        assert time.monotonic() - began >= 0.2
        holder.kill()
    # The system releases what a killed process held, and the file that it left is no obstacle.
    with locked(tmp_path / "lock", 0):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_same_thread_may_enter_again_and_holds_it_until_it_left_as_often(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path, 0):
        with locked(path, 0):
            pass
        with ThreadPoolExecutor(1) as pool, pytest.raises(LockBusy):
            pool.submit(lambda: locked(path, 0).__enter__()).result()
    with locked(path, 0):
        pass


def test_an_error_inside_releases_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), locked(tmp_path / "lock", 0):
        raise ValueError("inside")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), locked(tmp_path / "missing" / "lock", 0):
        pass
