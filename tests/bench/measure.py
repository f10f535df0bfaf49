"""Runs the benchmarks and prints a table. A figure is a median of a few rounds; the machine's noise is in all of them."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "host"), str(ROOT / "tools"), str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "bench")]

import echo  # noqa: E402
import first_word  # noqa: E402
import interruption  # noqa: E402
import pictures  # noqa: E402
import relay  # noqa: E402
import soak  # noqa: E402
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", action="store_true", help="pictures, not starts: legibility, number, size, delay")
    parser.add_argument("--walk", type=float, default=60, metavar="SECONDS", help="how long each walk lasts (60)")
    parser.add_argument("--interrupt", action="store_true", help="from an interruption to silence, at the speaker")
    parser.add_argument("--echo", action="store_true", help="answers that come back into the microphone")
    parser.add_argument("--first-word", action="store_true", help="what is said right after the key press")
    parser.add_argument("--relay", action="store_true", help="what the host adds in delay, and what it costs")
    parser.add_argument("--talk", type=float, default=60, metavar="SECONDS", help="how long each talk lasts (60)")
    parser.add_argument("--soak", action="store_true", help="memory and long tasks over minutes of talk")
    parser.add_argument("--minutes", type=float, default=10, help="how long that lasts, after a minute to warm up (10)")
    chosen = parser.parse_args()
    if chosen.relay:
        print(relay.measure(chosen.rounds, chosen.talk))
        return 0
    if chosen.pictures:
        return on_stage(lambda stage, live: pictures.report(stage, live, 4 * chosen.rounds, chosen.walk))
    if chosen.interrupt:
        return on_stage(lambda stage, live: interruption.report(stage, live, 4 * chosen.rounds))
    if chosen.echo:
        return on_stage(lambda stage, live: echo.report(stage, live, 2 * chosen.rounds))
    if chosen.first_word:
        return on_stage(lambda stage, live: first_word.report(stage, live, 2 * chosen.rounds))
    if chosen.soak:
        return on_stage(lambda stage, live: soak.report(stage, live, chosen.minutes))
    return measure_starts(chosen.rounds)


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
