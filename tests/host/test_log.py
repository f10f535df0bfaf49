import logging
import logging.handlers
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tabtalk import log


@pytest.fixture
def started(tmp_path, monkeypatch):
    """The log of a started host; whatever it changed in `logging` is put back."""
    listeners = []

    class Listener(logging.handlers.QueueListener):
        def start(self):
            listeners.append(self)
            super().start()

    monkeypatch.setattr(logging.handlers, "QueueListener", Listener)
    names = ["tabtalk", "py.warnings", *log._CHATTY]
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).propagate) for name in names}
    last_resort = logging.lastResort
    log.start(tmp_path / "log")

    def read():
        listeners[0].stop()
        file = tmp_path / "log" / "host.log"
        return file.read_text() if file.exists() else ""

    yield read
    logging.lastResort = last_resort
    logging.raiseExceptions = True
    logging.captureWarnings(capture=False)
    for listener in listeners:
        if listener._thread is not None:
            listener.stop()
        for handler in listener.handlers:
            handler.close()
    for name, (level, propagate) in before.items():
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate = propagate
        logger.filters.clear()
        logger.handlers.clear()


def test_what_we_log_is_in_the_file(started):
    logging.getLogger("tabtalk.session").info("state %s", "live")
    assert "INFO tabtalk.session: state live" in started()


def test_t6_libraries_do_not_log_headers_even_when_their_level_is_lowered(started):
    for name in ("websockets.client", "websockets.server", "google_genai.live"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).debug("> x-goog-api-key: AIzaCANARY")
        logging.getLogger(name).info("> x-goog-api-key: AIzaCANARY")
    assert "CANARY" not in started()


def test_t19_the_text_of_an_exception_is_not_logged(started):
    try:
        raise ValueError("input_value='what the person said'")
    except ValueError:
        logging.getLogger("tabtalk.host").exception("a conversation broke")
    text = started()
    assert "a conversation broke" in text
    assert "ValueError at test_log.py" in text
    assert "person said" not in text


def test_what_broke_in_a_group_of_tasks_is_named_with_its_place(started):
    def breaks():
        raise KeyError("what the person said")

    try:
        try:
            breaks()
        except KeyError as error:
            raise ExceptionGroup("tasks", [ExceptionGroup("more", [error])]) from None
    except ExceptionGroup:
        logging.getLogger("tabtalk.host").exception("a conversation broke")
    text = started()
    assert "KeyError at test_log.py" in text
    assert "in breaks" in text
    assert "person said" not in text


def test_t19_what_a_library_logs_does_not_reach_stderr(tmp_path):
    # In a process of its own: here the test runner listens too.
    program = """
import logging, pathlib, sys
from tabtalk import log
log.start(pathlib.Path(sys.argv[1]))
for name in ("asyncio", "websockets.server", "google_genai"):
    logging.getLogger(name).error("never retrieved", exc_info=ValueError("what the person said"))
"""
    host = Path(log.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], cwd=host, capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk")
def test_f30_a_disk_that_fills_up_drops_what_is_logged_and_says_nothing(tmp_path):
    program = """
import logging, pathlib, sys, threading
from tabtalk import log
log.start(pathlib.Path(sys.argv[1]))
ours = logging.getLogger("tabtalk.session")
before = threading.active_count()
for number in range(3000):
    ours.info("state %d %s", number, "x" * 80)
    if number % 500 == 0:
        while not ours.parent.handlers[0].queue.empty():
            pass
while not ours.parent.handlers[0].queue.empty():
    pass
assert threading.active_count() == before, "the log's thread has gone"
"""
    folder = tmp_path / "log"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a disk")
    try:
        host = Path(log.__file__).parents[1]
        command = [sys.executable, "-c", program, folder]
        done = subprocess.run(command, cwd=host, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert "state 0 " in (folder / "host.log").read_text()
        assert "state 2999 " not in (folder / "host.log").read_text()
    finally:
        subprocess.run(["umount", folder], check=True)


def test_f30_a_folder_that_cannot_be_made_is_no_reason_to_stop(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(logging, "lastResort", logging.lastResort)
    ours = logging.getLogger("tabtalk")
    before = (ours.level, ours.propagate)
    log.start(blocked / "log")
    logging.getLogger("tabtalk.session").warning("heard by nobody")
    logging.captureWarnings(capture=False)
    logging.raiseExceptions = True
    ours.handlers.clear()
    ours.level, ours.propagate = before
    for name in log._CHATTY:
        logging.getLogger(name).filters.clear()
        logging.getLogger(name).propagate = True


def test_after_the_log_was_erased_it_begins_anew(started, tmp_path):
    folder = tmp_path / "log"
    logging.getLogger("tabtalk.host").info("before")
    deadline = time.monotonic() + 30
    while not log.size(folder) and time.monotonic() < deadline:
        pass  # Another thread writes it.
    assert log.size(folder) > 0
    (folder / log.PIP_LOG).write_text("what pip said in a set-up that failed")
    log.erase(folder)
    assert not (folder / log.PIP_LOG).exists()
    assert log.size(folder) == 0
    logging.getLogger("tabtalk.host").info("after")
    text = started()
    assert "after" in text
    assert "before" not in text
