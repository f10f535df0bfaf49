from __future__ import annotations

import threading

import pytest

from tabtalk.practice import wire
from tabtalk.practice.recorder import Recorder


def test_arrivals_in_order_over_all_connections() -> None:
    recorder = Recorder()
    first, second = recorder.opened("/a"), recorder.opened("/b")
    recorder.arrived(first, wire.AudioIn(b"\1\0", 16_000))
    recorder.arrived(second, wire.TextIn("hi"))
    recorder.arrived(first, wire.AudioIn(b"\2\0", 16_000))
    recorder.arrived(second, wire.VideoIn(b"no picture", "image/jpeg"))
    assert recorder.audio == first.audio == b"\1\0\2\0"
    assert [words.text for words in recorder.texts] == ["hi"]
    assert [(picture.width, picture.height) for picture in second.videos] == [(0, 0)]
    assert (first.number, second.number) == (0, 1)
    times = [arrival.at for arrival in first.arrivals]
    assert times == sorted(times)


def test_wait_returns_when_it_has_come_from_another_thread() -> None:
    recorder = Recorder()

    def arrive() -> None:
        record = recorder.opened("/")
        recorder.arrived(record, wire.TextIn("now"))

    thread = threading.Timer(0.05, arrive)
    thread.start()
    assert recorder.wait(lambda r: r.texts, timeout=5).texts[0].text == "now"
    thread.join()


def test_wait_tells_what_had_arrived_when_it_gives_up() -> None:
    recorder = Recorder()
    record = recorder.opened("/")
    recorder.arrived(record, wire.TextIn("hi"))
    recorder.closed(record, 1006)
    with pytest.raises(TimeoutError, match=r"#0: setup no, 0 audio, 0 video, 1 text, closed 1006"):
        recorder.wait(lambda r: r.videos, timeout=0.01)


def test_sent_frames_are_found_by_their_field() -> None:
    recorder = Recorder()
    record = recorder.opened("/")
    recorder.sent(record, wire.setup_complete())
    recorder.sent(record, wire.interrupted())
    assert [sent.frame for sent in record.sent_with("interrupted")] == [wire.interrupted()]
    assert len(record.sent_with("setupComplete")) == 1


def test_practice_mode_keeps_nothing() -> None:
    recorder = Recorder(keeps=False)
    record = recorder.opened("/")
    recorder.arrived(record, wire.AudioIn(b"\1\0", 16_000))
    recorder.sent(record, wire.interrupted())
    assert recorder.records == []
    assert record.arrivals == []
    assert record.sent == []


def test_what_comes_while_somebody_looks_at_what_came_is_taken() -> None:
    recorder = Recorder()
    record = recorder.opened("/")

    def look_long(looked_at: Recorder) -> bool:
        arrival = threading.Thread(target=recorder.arrived, args=(record, wire.TextIn("meanwhile")), daemon=True)
        arrival.start()
        arrival.join(5)
        return not arrival.is_alive() and bool(looked_at.texts)

    recorder.wait(look_long, timeout=5)
