"""Single faults at their own pace, each to its end: for the rows that need the whole host and a network of ours.

Each is a coroutine without arguments that returns a line of figures, and raises AssertionError.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from storm.chunks import CHUNK_S, Part
from storm.proxy import SLOW_READ_BYTES, SOCKET_BUFFER_BYTES
from storm.stage import Stage, open_stage
from tabtalk import protocol
from tabtalk.practice import wire
from tabtalk.practice.sound import OUT_RATE_HZ
from tabtalk.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

UNAVAILABLE = wire.WireError("The service is currently unavailable.", wire.INTERNAL)
BUSY_S = 0.3
"""What a machine that does other things as well adds to how old something is when it arrives."""
PATH_BYTES = 2 * SOCKET_BUFFER_BYTES + SLOW_READ_BYTES
"""What the path holds of itself: out of the host's hands."""
SLOW_S, MEASURED_S = 24.0, 10.0
"""What is on its way when the line becomes slow has to get through first."""
KEY_REFUSED = wire.WireError(wire.KEY_TEXT)


def play(scenario: Callable[[], Coroutine[None, None, str]]) -> str:
    return asyncio.run(scenario())


async def begin(stage: Stage, *, picture_every_s: float = 1.0, picture_bytes: int = 20_000) -> float:
    """When it was live."""
    stage.extension.start(picture_every_s, picture_bytes)
    assert await stage.until(lambda: stage.extension.state is State.LIVE, 20), f"not live: {stage.extension.state}"
    return time.monotonic()


async def ask(stage: Stage, text: str, seconds: float = 10) -> None:
    await stage.extension.ask(text)
    assert await stage.until(lambda: stage.answered(text), seconds), f"no answer to {text!r} within {seconds} s"


def entered(stage: Stage, since: float = 0.0) -> list[tuple[float, str]]:
    """The states that the host told since then."""
    told = [(t.at, t.message) for t in stage.extension.diary.told if t.at >= since]
    return [(at, message.state) for at, message in told if isinstance(message, protocol.SessionState)]


def arrivals(stage: Stage) -> list[tuple[float, int]]:
    return [(at, chunk.number) for heard in stage.service.heard for at, chunk in heard.chunks]


def missing(stage: Stage, numbers: Iterable[int]) -> list[int]:
    arrived = {number for _at, number in arrivals(stage)}
    return [number for number in numbers if number not in arrived]


def said_between(stage: Stage, begin: float, end: float) -> list[int]:
    return [number for number, spoken in enumerate(stage.extension.diary.spoken) if begin <= spoken.at < end]


def told_dropped(stage: Stage) -> int:
    """Chunks."""
    told = [t.message for t in stage.extension.diary.told]
    return round(sum(message.seconds for message in told if isinstance(message, protocol.Dropped)) / CHUNK_S)


async def silent_drop(*, pictures: bool) -> str:
    """Every packet vanishes for 22 s, with nobody told."""
    async with open_stage(7) as stage:
        await begin(stage, picture_every_s=0.5 if pictures else 1000.0, picture_bytes=90_000)
        stage.speaks = lambda _moment: True
        await ask(stage, "before")
        frozen_at = time.monotonic()
        stage.proxy.freeze()
        noticed = await stage.until(lambda: stage.extension.state is not State.LIVE, 20)
        noticed_s = time.monotonic() - frozen_at
        assert noticed, "not noticed within 20 s"
        await asyncio.sleep(max(0.0, 22 - noticed_s))
        thawed_at = time.monotonic()
        stage.proxy.thaw()
        assert await stage.until(lambda: stage.extension.state is State.LIVE, 10), "not live within 10 s of the return"
        back_s = time.monotonic() - thawed_at
        await ask(stage, "after")
        lost = missing(stage, said_between(stage, frozen_at - 1, thawed_at))
        assert not lost, f"{len(lost)} chunks lost, {told_dropped(stage)} told as dropped"
        assert not any(dial.others for dial in stage.proxy.dials), "two connections at once"
        return f"noticed after {noticed_s:.1f} s, live {back_s:.1f} s after the return, nothing lost"


async def slow_uplink(kilobits: float, *, picture_bytes: int, carries_voice: bool = True) -> str:
    """A line that does not carry it all. What arrives of the voice is fresh, and so are the pictures.

    On one that cannot even carry the voice (as base64 it needs some 390 kbit/s) the outbox holds a second of it, and what
    buffers and path hold besides is seconds old at that rate; but it does not get older, and what is given up is told.
    """
    async with open_stage(8) as stage:
        await begin(stage, picture_every_s=1.0, picture_bytes=picture_bytes)
        stage.proxy.now.up_bytes_s = kilobits * 1000 / 8
        slow_at = time.monotonic()
        await asyncio.sleep(SLOW_S)
        spoken = stage.extension.diary.spoken
        measured = [(at, number) for at, number in arrivals(stage) if at > slow_at + SLOW_S - MEASURED_S]
        ages = [at - spoken[number].at for at, number in measured]
        pictures = [shown for heard in stage.service.heard for at, shown in heard.pictures if at > slow_at]
        sent = stage.extension.diary.pictures_sent
        told = (
            f"{kilobits:g} kbit/s: {len(ages)} of {round(MEASURED_S / CHUNK_S)} chunks, the oldest {max(ages, default=99):.2f} s old; "
            f"{len(pictures)} pictures of {sent}; dropped {told_dropped(stage)}"
        )
        assert entered(stage, slow_at) == [], f"left live: {entered(stage, slow_at)}; {told}"
        assert ages, told
        on_the_way_s = PATH_BYTES / stage.proxy.now.up_bytes_s
        # Where there is room for one for a moment, a picture goes, as base64, and the voice is behind it.
        picture_s = picture_bytes * 4 / 3 / stage.proxy.now.up_bytes_s
        stage.proxy.now.widen()
        if carries_voice:
            assert max(ages) <= 1.0 + on_the_way_s + BUSY_S, f"the voice comes late; {told}"
        else:
            half = len(ages) // 2
            assert max(ages[half:]) <= max(ages[:half]) + 2.0 + picture_s, f"it gets later and later; {told}"
            assert max(ages) <= 1.0 + 2.5 * on_the_way_s + picture_s, f"the voice comes late; {told}"
            assert told_dropped(stage) > 0, told
        assert pictures == sorted(set(pictures)), told
        await ask(stage, "after", 20)
        return told


async def far_away() -> str:
    """800 ms there and back, give or take 400, and pongs 12 s late: slow, and not dead."""
    async with open_stage(9) as stage:
        stage.service.pongs_late_s = 12.0
        stage.proxy.now.latency_s, stage.proxy.now.jitter_s = 0.4, 0.2
        live_at = await begin(stage)
        await asyncio.sleep(30)
        await ask(stage, "still there")
        assert entered(stage, live_at + 0.1) == [], f"a false alarm: {entered(stage, live_at)}"
        assert len(stage.proxy.dials) == 1
        lost = missing(stage, range(len(stage.extension.diary.spoken) - 100))
        assert not lost, f"{len(lost)} chunks lost"
        return f"30 s on one connection, {len(arrivals(stage))} chunks"


async def downlink_burst() -> str:
    """Twenty seconds of answer at once, five times over."""
    async with open_stage(10) as stage:
        await begin(stage)
        await ask(stage, "before")
        host, diary = stage.extension.host, stage.extension.diary
        assert host is not None
        before = host.memory_bytes()
        for _time in range(5):
            first = len(diary.told)
            talk = stage.service.current
            assert talk is not None
            sent_at = time.monotonic()
            pcm = await talk.burst(20)

            def sounds(first: int = first) -> list[protocol.Media]:
                return [t.message for t in diary.told[first:] if isinstance(t.message, protocol.Media)]

            assert await stage.until(lambda: sum(len(s.payload) for s in sounds()) >= len(pcm), 10), "sound is missing"  # noqa: B023
            took_s = time.monotonic() - sent_at
            got = sounds()
            assert b"".join(sound.payload for sound in got) == pcm, "the sound was changed, or out of order"
            assert len({sound.turn for sound in got}) == 1
            assert all(other.sequence == one.sequence + 1 for one, other in pairwise(got))
        grew = host.memory_bytes() - before
        assert grew < 30 << 20, f"the host grew by {grew >> 20} MiB"
        return f"{len(pcm) / 2 / OUT_RATE_HZ:.0f} s of sound in {took_s:.2f} s, five times; the host grew by {grew >> 10} KiB"


async def closes_at_once(*, after_setup: bool) -> str:
    """A service that throws everybody out, for a whole minute as it is."""
    async with open_stage(27) as stage:
        await begin(stage)
        if after_setup:
            stage.service.throws_out = UNAVAILABLE
        else:
            stage.service.refuses = UNAVAILABLE
        first = len(stage.proxy.dials)
        stage.proxy.cut()
        await asyncio.sleep(60)
        dials = len(stage.proxy.dials) - first
        stage.service.throws_out = stage.service.refuses = None
        state = stage.extension.state
        assert 2 <= dials <= 8, f"{dials} dials in a minute"
        # Let in, it is live for a moment each time.
        assert after_setup or state is not State.LIVE, f"{state} with a service that refuses"
        return f"{dials} dials in 60 s, then {state}"


async def key_rejected() -> str:
    """Nobody asks twice with a key that is not good: neither at the start nor in the middle."""
    async with open_stage(28) as stage:
        stage.service.refuses = KEY_REFUSED
        stage.extension.start(1.0, 2_000)
        assert await stage.until(lambda: stage.extension.state is State.FAILED, 20)
        await asyncio.sleep(6)
        assert stage.extension.diary.failures[-1][1] == "key-rejected"
        at_start = len(stage.proxy.dials)
        assert at_start == 1, f"{at_start} dials"
        stage.service.refuses = None
        await stage.extension.end()
        await begin(stage)
        stage.service.refuses = KEY_REFUSED
        before = len(stage.proxy.dials)
        stage.proxy.cut()
        assert await stage.until(lambda: stage.extension.state is State.FAILED, 20)
        await asyncio.sleep(6)
        later = len(stage.proxy.dials) - before
        assert later == 1, f"{later} dials"
        return f"{at_start} dial at the start, {later} in the middle"


async def cut_in_mid_question(*, frozen: bool) -> str:
    """The network is gone for 20 s while somebody asks; the question arrives whole."""
    async with open_stage(3) as stage:
        live_at = await begin(stage)
        begins, ends = live_at + 1.0, live_at + 5.0
        stage.speaks = lambda moment: begins <= moment < ends
        await asyncio.sleep(begins + 1.5 - time.monotonic())
        if frozen:
            stage.proxy.freeze()
        else:
            stage.proxy.vanish()
            stage.proxy.cut()
        await asyncio.sleep(20)
        stage.proxy.thaw()
        stage.proxy.appear()
        back_at = time.monotonic()
        await stage.extension.say_network(online=True)
        assert await stage.until(lambda: stage.extension.state is State.LIVE, 10), "not live again"
        question = [n for n, spoken in enumerate(stage.extension.diary.spoken) if spoken.part.spoken]
        assert stage.extension.diary.spoken[question[-1]].part is Part.LAST
        answer = f"u{question[-1]}x"
        assert await stage.until(lambda: stage.answered(answer), 10), "the question is not answered"
        answered_s = time.monotonic() - back_at
        last = [chunk.number for _at, chunk in stage.service.heard[-1].chunks if chunk.part.spoken]
        assert last == question, f"of {len(question)} chunks the answering connection heard {len(last)}"
        texts = [t.message.text for t in stage.extension.diary.told if isinstance(t.message, protocol.Transcript)]
        words = Counter(word for text in texts if "[" not in text for word in text.split())
        assert max(words.values()) == 1, f"shown twice: {words.most_common(3)}"
        return f"{len(question)} chunks of the question on one connection, answered {answered_s:.1f} s after the return"


async def long_talk(seconds: float = 60.0, lifetime_s: float = 4.0, notice_s: float = 2.6) -> str:
    """An hour, scaled: one connection after the other, each ended by `goAway`, while somebody talks and is answered."""
    async with open_stage(32, lifetime_s=lifetime_s, notice_s=notice_s) as stage:
        live_at = await begin(stage)
        stage.speaks = lambda moment: (moment - live_at) % 2.1 < 1.1
        host = stage.extension.host
        assert host is not None
        weighed: list[tuple[float, int, int, int]] = []
        while (at := time.monotonic() - live_at) < seconds:
            weighed.append((at, host.memory_bytes(), host.open_files(), host.threads()))
            await asyncio.sleep(1)
        judged = len(stage.extension.diary.spoken)
        stage.speaks = lambda _moment: False
        assert await stage.until(lambda: bool(arrivals(stage)) and arrivals(stage)[-1][1] >= judged, 10)
        lost = missing(stage, range(judged))
        heard = [heard for heard in stage.service.heard if heard.chunks]
        gaps = [other.chunks[0][0] - one.chunks[-1][0] for one, other in pairwise(heard)]
        doubled = [n for h in heard for (_, n), (_, m) in pairwise(h.chunks) if m.number <= n.number]
        steady = [entry for entry in weighed if entry[0] > seconds / 3]
        slope = _slope([(at, float(memory)) for at, memory, _files, _threads in steady])
        # An hour stands for `seconds`.
        per_ten_minutes = slope * seconds / 6
        told = (
            f"{len(heard) - 1} hand-overs in {seconds:.0f} s, {judged} chunks, {len(lost)} lost, longest gap "
            f"{max(gaps):.2f} s, memory {per_ten_minutes / 1e6:+.2f} MB in ten scaled minutes "
            f"({steady[0][1] / 1e6:.0f} to {steady[-1][1] / 1e6:.0f} MB), files {min(e[2] for e in steady)}-"
            f"{max(e[2] for e in steady)}, threads {min(e[3] for e in steady)}-{max(e[3] for e in steady)}"
        )
        assert len(heard) - 1 >= seconds / lifetime_s, told
        assert not lost, told
        assert not doubled, told
        assert max(gaps) <= 1.0, told
        assert per_ten_minutes < 1e6, told
        files, threads = [e[2] for e in steady], [e[3] for e in steady]
        assert max(files) - min(files) <= 3, told
        assert max(threads) - min(threads) <= 2, told
        assert not any(dial.others for dial in stage.proxy.dials), f"two connections at once; {told}"
        assert not stage.extension.diary.failures, told
        return told


def _slope(points: list[tuple[float, float]]) -> float:
    """Least squares."""
    mean_x = sum(x for x, _y in points) / len(points)
    mean_y = sum(y for _x, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _y in points)
