"""Runs the benchmarks and prints a table. A figure is a median of a few rounds; the machine's noise is in all of them."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "host"), str(ROOT / "tools"), str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "bench")]

import echo  # noqa: E402
import first_word  # noqa: E402
import interruption  # noqa: E402
import pictures  # noqa: E402
import relay  # noqa: E402
import soak  # noqa: E402
import ways  # noqa: E402
from start import Starts, sdk_import  # noqa: E402

from stage.profile import KEY_CANARY, Profile  # noqa: E402 (the path above)
from stage.theatre import Stage  # noqa: E402
from tabtalk.practice.scenario import Scenario  # noqa: E402
from tabtalk.practice.server import PracticeServer  # noqa: E402
from tabtalk.practice.threaded import run_in_thread  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tabtalk.practice.threaded import ThreadedServer

ROWS = "{:<46} {:>9} {:>9}   {}"

Report: TypeAlias = "Callable[[Stage, ThreadedServer, argparse.Namespace], Iterator[str]]"
ON_STAGE: dict[str, tuple[str, Report]] = {
    "pictures": (
        "pictures, not starts: legibility, number, size, delay",
        lambda stage, live, chosen: pictures.report(stage, live, 4 * chosen.rounds, chosen.walk),
    ),
    "interrupt": (
        "from a voice or an interruption to silence, at the speaker",
        lambda stage, live, chosen: interruption.report(stage, live, 4 * chosen.rounds),
    ),
    "echo": (
        "answers that come back into the microphone",
        lambda stage, live, chosen: echo.report(stage, live, 2 * chosen.rounds),
    ),
    "ways": (
        "from the mouth to the endpoint, and from there to the ear",
        lambda stage, live, chosen: ways.report(stage, live, 2 * chosen.rounds),
    ),
    "first-word": (
        "what is said right after the key press",
        lambda stage, live, chosen: first_word.report(stage, live, 2 * chosen.rounds),
    ),
    "soak": (
        "memory and long tasks over minutes of talk",
        lambda stage, live, chosen: soak.report(stage, live, chosen.minutes),
    ),
}
"""What each is about, and what makes its lines."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--walk", type=float, default=60, metavar="SECONDS", help="how long each walk lasts (60)")
    parser.add_argument("--talk", type=float, default=60, metavar="SECONDS", help="how long each talk lasts (60)")
    parser.add_argument(
        "--minutes", type=float, default=10, help="how long the soak lasts, after a minute to warm up (10)"
    )
    which = parser.add_mutually_exclusive_group()
    for name, (about, _) in ON_STAGE.items():
        which.add_argument(f"--{name}", dest="bench", action="store_const", const=name, help=about)
    which.add_argument(
        "--relay", dest="bench", action="store_const", const="relay", help="what the host adds and costs"
    )
    which.add_argument(
        "--growth",
        dest="bench",
        action="store_const",
        const="growth",
        help="the same with 2x and 4x the chunks and pictures",
    )
    chosen = parser.parse_args()
    if chosen.bench is None:
        return measure_starts(chosen.rounds)
    if chosen.bench in ("relay", "growth"):
        measured = relay.measure if chosen.bench == "relay" else relay.growth
        print(measured(chosen.rounds, chosen.talk))
        return 0
    _, report = ON_STAGE[chosen.bench]
    return on_stage(lambda stage, live: report(stage, live, chosen))


def on_stage(report: Callable[[Stage, ThreadedServer], Iterator[str]]) -> int:
    with tempfile.TemporaryDirectory() as folder, run_in_thread(PracticeServer(Scenario, key=KEY_CANARY)) as live:
        stage = Stage(Path(folder))
        try:
            for line in report(stage, live):
                print(line, flush=True)
        finally:
            stage.end()
    return 0


def measure_starts(rounds: int) -> int:
    print(f"{rounds} rounds each; milliseconds")
    print(ROWS.format("", "median", "compared", ""))
    with tempfile.TemporaryDirectory() as folder, run_in_thread(PracticeServer(Scenario, key=KEY_CANARY)) as live:
        stage = Stage(Path(folder))
        try:
            profile = Profile(Path(folder) / "profile")
            profile.use_endpoint(live.base_url, live.ca_pem)
            chromium = stage.chromium(profile)
            try:
                starts = Starts(stage, chromium, profile, live)
                starts.cold()  # Fills the disk's cache, as on any day but the first.
                imports, cold, warm = [], [], []
                # In turn, so that the machine's mood of the moment is in all of them.
                for _ in range(rounds):
                    imports.append(sdk_import())
                    cold.append(starts.cold())
                    warm.append(starts.warm())
            finally:
                chromium.end()
        finally:
            stage.end()
    sdk = 1000 * median(imports)
    hello = 1000 * median(start.hello for start in cold if start.hello is not None)
    first_cold = 1000 * median(start.sound for start in cold)
    first_warm = 1000 * median(start.sound for start in warm)
    print(ROWS.format("import of the SDK, in a process of its own", f"{sdk:.0f}", "", ""))
    print(ROWS.format("key press to hello, host cold", f"{hello:.0f}", "200", verdict(hello < 200)))
    print(ROWS.format("key press to first sound, host warm", f"{first_warm:.0f}", "400", verdict(first_warm < 400)))
    print(
        ROWS.format(
            "key press to first sound, host cold",
            f"{first_cold:.0f}",
            f"{1.5 * sdk:.0f}",
            f"{verdict(first_cold < 1.5 * sdk)}: {first_cold / sdk:.2f} of the SDK's import; 1.50 allowed",
        )
    )
    return 0


def verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
