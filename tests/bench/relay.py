"""What the host adds between the extension and Gemini, and what it costs, beside a straight connection and two other relays.

A client, a relay and an endpoint, each a process, on this machine: 20 ms of unbroken speech every 20 ms, a picture of 80 KB every
second right before one of them, 40 ms of answer for each 40 ms heard. In turn, round by round.
"""

from __future__ import annotations

import io
import json
import secrets
import subprocess
import sys
import tempfile
import wave
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image
from relay_client import RELAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
MODEL = "gemini-3.8-live"
PICTURE_BYTES = 80_000
RATE_HZ = 16_000
SPEECH = (
    "what does this page say about the opening hours and how would I get there from the station on a sunday when the trams "
    "run every twenty minutes and is there anything to eat nearby that stays open late because we arrive after nine and the "
    "children will be hungry by then so please read me the part about the garden and the prices for a family of four"
)
NAMES = {
    "straight": "none: the SDK in the client's process",
    "tabtalk": "Tabtalk's host",
    "tutorial": "the tutorial's shape: JSON and base64 on both hops",
    "queues": "the shape of Google's example: queues, pictures as JSON",
}
HEAD = """| relay | up p50 / p99 ms | over none | down p50 / p99 ms | over none | CPU s a minute | memory MB |
|---|---|---|---|---|---|---|"""


TIMES = (1, 2, 4)
"""By which chunks and pictures grow."""


class Talk(NamedTuple):
    """Milliseconds; seconds of processor time a minute; MB."""

    up_p50: float
    up_p99: float
    down_p50: float
    down_p99: float
    cpu: float
    memory: float


class Limit(NamedTuple):
    name: str
    measured: float
    most: float

    def __str__(self) -> str:
        verdict = "reached" if self.measured <= self.most else "MISSED"
        return f"{self.name}: {self.measured:.2f}, {self.most:.2f} allowed: {verdict}"


def measure(rounds: int, seconds: float) -> str:
    """A table in Markdown, and the limits below it."""
    medians = {relay: talk for (relay, _), talk in _medians(rounds, seconds, [(relay, 1) for relay in RELAYS]).items()}
    return "\n".join([HEAD, *(_row(relay, medians) for relay in RELAYS), "", *map(str, _limits(medians))])


def growth(rounds: int, seconds: float) -> str:
    """A table in Markdown: Tabtalk's host and the straight connection, with so many times the chunks and pictures a second."""
    relays = ("straight", "tabtalk")
    medians = _medians(rounds, seconds, [(relay, times) for times in TIMES for relay in relays])
    lines = [f"| rate {HEAD}".replace("\n", "\n|---")]
    for times in TIMES:
        talks = {relay: medians[relay, times] for relay in relays}
        lines += [f"| {times}x {_row(relay, talks)}" for relay in relays]
    return "\n".join(lines)


def _medians(rounds: int, seconds: float, kinds: list[tuple[str, int]]) -> dict[tuple[str, int], Talk]:
    """Of each relay at so many times the usual rate."""
    with tempfile.TemporaryDirectory() as folder:
        sound, jpeg = Path(folder) / "said.pcm", Path(folder) / "seen.jpg"
        sound.write_bytes(speech(Path(folder)))
        jpeg.write_bytes(picture())
        task = {"sound": str(sound), "jpeg": str(jpeg), "seconds": seconds}
        talks: dict[tuple[str, int], list[Talk]] = {kind: [] for kind in kinds}
        with _endpoint() as (where, endpoint):
            for number in range(rounds):
                # In turn, and each round in another order, so that the machine's mood of the moment is in all of them.
                shift = number % len(kinds)
                for relay, times in kinds[shift:] + kinds[:shift]:
                    this = {**task, "relay": relay, "times": times, "where": {**where, "home": folder}}
                    talks[relay, times].append(_talk(this, endpoint))
    return {kind: Talk(*map(median, zip(*found, strict=True))) for kind, found in talks.items()}


def _limits(medians: dict[str, Talk]) -> list[Limit]:
    if not {"straight", "tabtalk"} <= medians.keys():
        return []
    none, ours = medians["straight"], medians["tabtalk"]
    rivals = [medians[rival].cpu for rival in ("tutorial", "queues") if rival in medians]
    return [
        Limit("up p50 over none, ms", ours.up_p50 - none.up_p50, 0.5),
        Limit("up p99 over none, ms", ours.up_p99 - none.up_p99, 3),
        Limit("down p50 over none, ms", ours.down_p50 - none.down_p50, 0.5),
        Limit("down p99 over none, ms", ours.down_p99 - none.down_p99, 2),
        Limit("CPU s a minute", ours.cpu, 1.5),
        *([Limit("CPU over the leaner rival's", ours.cpu / min(rivals), 0.5)] if rivals else []),
        Limit("memory, MB", ours.memory, max(60, none.memory + 5)),
    ]


def _row(relay: str, medians: dict[str, Talk]) -> str:
    talk = medians[relay]
    none = medians.get("straight")
    over = ("", "")
    if none and relay != "straight":
        over = (
            f"{talk.up_p50 - none.up_p50:+.2f} / {talk.up_p99 - none.up_p99:+.2f}",
            f"{talk.down_p50 - none.down_p50:+.2f} / {talk.down_p99 - none.down_p99:+.2f}",
        )
    return (
        f"| {NAMES[relay]} | {talk.up_p50:.2f} / {talk.up_p99:.2f} | {over[0]} | "
        f"{talk.down_p50:.2f} / {talk.down_p99:.2f} | {over[1]} | {talk.cpu:.2f} | {talk.memory:.0f} |"
    )


@contextmanager
def _endpoint() -> Iterator[tuple[dict[str, str], subprocess.Popen[str]]]:
    key = f"AIza{secrets.token_urlsafe(26)}"
    with subprocess.Popen(
        [sys.executable, str(HERE / "relay_endpoint.py"), key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as endpoint:
        assert endpoint.stdin
        assert endpoint.stdout
        yield {**json.loads(endpoint.stdout.readline()), "key": key, "model": MODEL}, endpoint
        endpoint.stdin.close()


def _talk(task: dict[str, Any], endpoint: subprocess.Popen[str]) -> Talk:
    """Raises RuntimeError where anything was lost, came twice or out of order."""
    done = subprocess.run(
        [sys.executable, str(HERE / "relay_client.py"), json.dumps(task)], stdout=subprocess.PIPE, check=True
    )
    client = json.loads(done.stdout)
    assert endpoint.stdout
    there = json.loads(endpoint.stdout.readline())
    if [crc for _, crc in client["sent"]] != [crc for _, crc in there["heard"]]:
        raise RuntimeError(f"{task['relay']}: {len(client['sent'])} chunks sent, others arrived: {len(there['heard'])}")
    if len(client["received"]) != len(there["said"]):
        raise RuntimeError(f"{task['relay']}: {len(there['said'])} answers, {len(client['received'])} arrived")
    lead = client["lead"]
    up = [1000 * (at - sent) for (sent, _), (at, _) in zip(client["sent"], there["heard"], strict=True)][lead:]
    down = [1000 * (at - said) for said, at in zip(there["said"], client["received"], strict=True)][lead // 2 :]
    return Talk(*_shares(up), *_shares(down), client["cpu"], client["memory"])


def _shares(delays: list[float]) -> tuple[float, float]:
    hundredths = quantiles(delays, n=100)
    return hundredths[49], hundredths[98]


def speech(folder: Path) -> bytes:
    """Half a minute without a pause, in a room that is not silent: s16le mono 16 kHz."""
    path = folder / "said.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-w", str(path), SPEECH], check=True)
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        rate = file.getframerate()
    samples = np.interp(np.arange(0, len(samples) * RATE_HZ // rate) * rate / RATE_HZ, np.arange(len(samples)), samples)
    loud = np.flatnonzero(np.abs(samples) > 600)
    samples = samples[loud[0] : loud[-1]] / 4
    samples += np.random.default_rng(5).normal(scale=20, size=len(samples))
    return bytes(samples.astype("<i2").tobytes())


def picture() -> bytes:
    """A JPEG of at least 80 KB, and hardly more."""
    noise = np.random.default_rng(6).integers(0, 255, (720, 1280, 3), dtype=np.uint8)
    for height in range(64, 720, 8):
        file = io.BytesIO()
        Image.fromarray(noise[:height, :640]).save(file, "JPEG", quality=70)
        if file.tell() >= PICTURE_BYTES:
            break
    return file.getvalue()
