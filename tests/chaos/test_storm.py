"""The chaos suite itself: that a script follows from its seed, that the proxy does what it says, and that the judge sees
each promise that is broken."""

import asyncio
import contextlib
import random
import socket

import pytest

from storm import chunks, script, stage
from storm.chunks import Chunk, Part
from storm.extension import Asked, Diary, Spoken, Told
from storm.judge import judge
from storm.proxy import Dial, Proxy, open_sockets_to
from storm.script import Fault, Script
from storm.service import Heard
from storm.stage import Outcome
from tabtalk import protocol

# The script.


def test_the_same_seed_writes_the_same_script():
    assert [str(script.write(seed)) for seed in range(50)] == [str(script.write(seed)) for seed in range(50)]
    assert len({str(script.write(seed)) for seed in range(50)}) == 50


def test_two_hundred_seeds_hold_every_kind_of_fault_many_times():
    kinds = [fault.kind for seed in range(200) for fault in script.write(seed).faults]
    assert {kind: kinds.count(kind) for kind in script.KINDS if kinds.count(kind) < 5} == {}


# The chunks.


@pytest.mark.parametrize("part", list(Part))
@pytest.mark.parametrize("number", [0, 1, 63, 64, 70_000, 2**24 - 1])
def test_a_chunk_tells_what_it_is(number, part):
    pcm = chunks.make(number, part, 77)
    assert len(pcm) == chunks.CHUNK_BYTES
    assert list(chunks.read(pcm + pcm, 77)) == [Chunk(number, part)] * 2


def test_a_chunk_that_was_changed_or_is_of_another_run_is_none():
    pcm = chunks.make(5, Part.MIDDLE, 77)
    for broken in (pcm[:-2], pcm[:-2] + b"\0\1", chunks.make(5, Part.MIDDLE, 78)):
        with pytest.raises(ValueError, match="chunk"):
            list(chunks.read(broken, 77))


# The proxy.


@pytest.fixture
async def echo():
    async def serve(reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname()[1], random.Random(1)) as proxy:
        yield proxy
    server.close()


async def ask(proxy, data=b"hello"):
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(data)
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_bytes_pass_and_are_counted(echo):
    assert await ask(echo, b"x" * 300_000) == b"x" * 300_000
    (dial,) = echo.dials
    assert (dial.from_host, dial.delivered) == (300_000, 300_000)


async def test_latency_delays_and_keeps_the_order(echo):
    echo.now.latency_s, echo.now.jitter_s, echo.now.slice_bytes = 0.05, 0.05, 7
    loop = asyncio.get_running_loop()
    began = loop.time()
    data = bytes(range(256)) * 20
    assert await ask(echo, data) == data
    assert loop.time() - began > 0.02


async def test_bandwidth_holds_back(echo):
    echo.now.up_bytes_s = 20_000
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await ask(echo, b"x" * 10_000) == b"x" * 10_000
    assert loop.time() - began > 0.4


async def test_a_cut_is_a_reset_and_what_was_under_way_is_known(echo):
    reader, writer = await asyncio.open_connection("127.0.0.1", echo.port)
    writer.write(b"one")
    assert await reader.read(3) == b"one"
    echo.freeze()
    writer.write(b"x" * 1000)
    await writer.drain()
    echo.cut()
    with pytest.raises(ConnectionResetError):
        await reader.read()
    assert 999 <= echo.dials[0].under_way_at_end <= 2000, "what was received and not acknowledged may count twice"
    writer.close()


async def test_frozen_nothing_passes_and_thawed_everything_does(echo):
    echo.freeze()
    asking = asyncio.create_task(ask(echo))
    done, _ = await asyncio.wait({asking}, timeout=0.2)
    assert not done
    echo.thaw()
    assert await asking == b"hello"


async def test_refused_and_vanished(echo):
    echo.now.refuses = True
    with pytest.raises(ConnectionError):
        assert await ask(echo) == b"", "a reset may come before the first byte is asked for"
        raise ConnectionResetError
    assert echo.dials[0].refused
    echo.vanish()
    with pytest.raises(ConnectionRefusedError):
        await ask(echo)
    echo.now.refuses = False
    echo.appear()
    assert await ask(echo) == b"hello"


async def test_a_second_connection_of_the_same_host_is_seen(echo):
    _, first = await asyncio.open_connection("127.0.0.1", echo.port)
    assert open_sockets_to(echo.port) == 1
    assert await ask(echo) == b"hello"
    first.close()
    await first.wait_closed()
    assert await ask(echo) == b"hello"
    assert [dial.others for dial in echo.dials] == [0, 1, 0]


# The judge.

PLAIN = Script(1, 3.0, (), (), (), 1.0, 2_000)


def good():
    """A run in which all went well: two connections, the first cut, the second of them heard the last question again."""
    outcome = Outcome(PLAIN, zero=0.0, calm_at=3.0, judged=100)
    diary = outcome.diary = Diary()
    diary.spoken = [Spoken(n * 0.02, Part.PAUSE, sent_at=n * 0.02, host=0) for n in range(110)]
    diary.hosts, diary.links = [0.0], [(0.0, 0)]
    said = [
        protocol.Attached(kept=False, received=-1),
        *(protocol.SessionState(s, practice=False, model="") for s in ("starting", "live", "reconnecting", "live")),
        protocol.Transcript("user", " u7x", finished=True, turn=1),
        protocol.Transcript("model", " a0x to [q]", finished=False, turn=1),
        protocol.TurnComplete(1),
        protocol.Transcript("model", " a1x", finished=False, turn=2),
    ]
    diary.told = [Told(1.0 + at / 100, 0, message) for at, message in enumerate(said)]
    diary.asked = [Asked("q", 0.5, 0.5, 0)]
    first = Heard(1000, None, "", 0.0, chunks=[(n * 0.02, Chunk(n, Part.PAUSE)) for n in range(50)], ended_at=1.0)
    first.questions = [(0.5, "q")]
    second = Heard(1001, "h", "", 1.5, ended_at=3.0)
    second.chunks = [(1.5 + n * 0.001, Chunk(n, Part.PAUSE)) for n in range(50, 110)]
    outcome.heard = [first, second]
    outcome.dials = [dial(0, 0.0, 1.0, 1000), dial(1, 1.5, 3.0, 1001)]
    return outcome


def dial(number, at, ended_at, port, others=0):
    closed = socket.socket()
    closed.close()
    return Dial(number, at, closed, others, service_port=port, ended_at=ended_at)


def lose(outcome, *numbers):
    for heard in outcome.heard:
        heard.chunks = [(at, chunk) for at, chunk in heard.chunks if chunk.number not in numbers]


def tell(outcome, *messages, link=0):
    outcome.diary.told += [Told(2.0, link, message) for message in messages]


def cut(outcome, *, under_way):
    outcome.dials[0].cut, outcome.dials[0].under_way_at_end = True, under_way


def end_first(outcome, at):
    outcome.heard[0].ended_at = at


def tell_answer(outcome, at):
    outcome.diary.told[6].at = at


def state(name):
    return protocol.SessionState(name, practice=False, model="")


def sound(turn):
    return protocol.Media(protocol.AUDIO_DOWN, turn, 1, 0.0, b"")


BROKEN = {
    "lost without a word": lambda o: lose(o, 20),
    "lost at a hand-over": lambda o: lose(o, 49),
    "lost and too little told": lambda o: (lose(o, 20, 21, 22), tell(o, protocol.Dropped(0.04))),
    "more lost than was in flight": lambda o: (
        lose(o, *range(30, 50)),
        cut(o, under_way=2_000),
    ),
    "twice on one connection": lambda o: o.heard[0].chunks.append((1.0, Chunk(49, Part.PAUSE))),
    "out of order": lambda o: o.heard[1].chunks.reverse(),
    "a question lost": lambda o: o.heard[0].questions.clear(),
    "a question twice on one connection": lambda o: o.heard[1].questions.extend([(1.6, "q"), (1.7, "q")]),
    "asked again after its answer began": lambda o: (
        o.heard[1].questions.append((1.6, "q")),
        tell_answer(o, 0.9),
    ),
    "a state that does not follow": lambda o: tell(o, state("parked"), state("live")),
    "failed without a reason": lambda o: o.violations.append("failed with no-network"),
    "attached missing": lambda o: o.diary.told.pop(0),
    "attached twice": lambda o: tell(o, protocol.Attached(kept=True, received=1)),
    "not kept": lambda o: (
        o.diary.links.append((2.0, 0)),
        tell(o, protocol.Attached(kept=False, received=-1), link=1),
    ),
    "a turn that shrinks": lambda o: tell(o, sound(3), sound(2)),
    "words of a turn that was over": lambda o: tell(o, protocol.Transcript("model", " a9x", finished=False, turn=1)),
    "words twice": lambda o: tell(o, protocol.Transcript("model", " a1x", finished=False, turn=2)),
    "the person's words twice": lambda o: tell(o, protocol.Transcript("user", " u7x", finished=True, turn=2)),
    "speech answered twice": lambda o: tell(
        o,
        *(protocol.Transcript("model", f" a{n}x to [u7x]", finished=False, turn=n) for n in (7, 8)),
    ),
    "two connections at the host": lambda o: o.dials.append(dial(2, 2.0, 2.1, 0, others=1)),
    "two connections at the service": lambda o: end_first(o, 2.0),
    "a storm in a second": lambda o: o.dials.extend(dial(n, 1.5, 1.6, 0) for n in range(2, 8)),
    "a storm": lambda o: o.dials.extend(dial(n, float(n), float(n), 0) for n in range(2, 12)),
    "a host that is too large": lambda o: o.memory_bytes.append(400 << 20),
    "a host that grows": lambda o: o.memory_bytes.extend([60 << 20, 160 << 20]),
    "something the host must not say": lambda o: o.diary.mistakes.append("a frame that no host sends"),
}


def test_a_run_in_which_all_went_well_is_not_blamed():
    verdict = judge(good())
    assert verdict.violations == []
    assert (verdict.spoken, verdict.arrived, verdict.again) == (100, 100, 0)


@pytest.mark.parametrize("breaks", BROKEN.values(), ids=BROKEN)
def test_a_broken_promise_is_seen(breaks):
    outcome = good()
    breaks(outcome)
    assert judge(outcome).violations


ALLOWED = {
    "told as dropped": lambda o: (lose(o, 20, 21), tell(o, protocol.Dropped(0.04))),
    "in flight when it was cut": lambda o: (
        lose(o, 48, 49),
        cut(o, under_way=2_000),
    ),
    "died with its host": lambda o: (lose(o, *range(45, 60)), o.diary.lost_with.append((0.9, 60))),
    "asked again after a cut": lambda o: (
        o.heard[1].questions.append((1.6, "q")),
        end_first(o, 0.8),
        tell_answer(o, 1.7),
    ),
    "heard again by the next connection": lambda o: o.heard[1].chunks.insert(0, (1.49, Chunk(49, Part.PAUSE))),
}


@pytest.mark.parametrize("allows", ALLOWED.values(), ids=ALLOWED)
def test_what_has_a_reason_is_not_blamed(allows):
    outcome = good()
    allows(outcome)
    assert judge(outcome).violations == []


def test_a_run_with_no_fault_at_all_breaks_nothing_and_says_so():
    quiet = Script(4, 1.0, (), ((0.1, 0.4),), ((0.2, "question 4.0"),), 0.3, 2_000)
    verdict = judge(asyncio.run(stage.play(quiet)))
    assert verdict.violations == []
    assert verdict.arrived == verdict.spoken > 40
    assert verdict.dials == verdict.links == verdict.hosts == 1


def test_a_host_that_says_nothing_is_blamed(monkeypatch):
    """The service answers nothing: the run must not pass."""
    monkeypatch.setattr(stage, "ANSWER_S", 1.0)
    monkeypatch.setattr("storm.service.Talk.on_text", lambda self, text: asyncio.sleep(0))
    verdict = judge(asyncio.run(stage.play(Script(5, 0.5, (Fault(0.1, "cut"),), (), (), 0.3, 2_000))))
    assert "a new question is not answered any more" in verdict.violations
