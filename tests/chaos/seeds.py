"""Chaos runs over seeds, several at once. `run.py` starts this in the checks' own environment."""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "lib"), str(HERE.parents[1] / "host")]

from storm import script, stage  # noqa: E402 (found by the line above)
from storm.judge import Verdict, judge  # noqa: E402

AT_ONCE = 2 * (os.cpu_count() or 2)
"""Runs mostly wait."""


def run(seed: int) -> tuple[Verdict, str]:
    outcome = asyncio.run(stage.play(script.write(seed)))
    return judge(outcome), outcome.log


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the host through seeded chaos.")
    parser.add_argument("--seeds", type=int, default=40, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument("--seed", type=int, help="only this one, with details")
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    chosen = parser.parse_args()
    if chosen.seed is not None:
        verdict, log = run(chosen.seed)
        print(script.write(chosen.seed))
        print(log)
        report([verdict], 0.0)
        return 1 if verdict.violations else 0
    began = time.monotonic()
    verdicts = []
    with ProcessPoolExecutor(chosen.at_once, multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(run, seed) for seed in range(chosen.first, chosen.first + chosen.seeds)]
        for job in as_completed(jobs):
            verdict, _log = job.result()
            verdicts.append(verdict)
            if verdict.violations:
                show(verdict)
    report(verdicts, time.monotonic() - began)
    return 1 if any(verdict.violations for verdict in verdicts) else 0


def show(verdict: Verdict) -> None:
    print(f"\nBROKEN {script.write(verdict.seed)}")
    for violation in verdict.violations:
        print(f"  -> {violation}")
    print(f"  again: python tests/chaos/run.py --seed {verdict.seed}", flush=True)


def report(verdicts: list[Verdict], seconds: float) -> None:
    total = Counter[str]()
    for verdict in verdicts:
        total.update(verdict.faults)

    def all_of(name: str) -> int:
        return sum(getattr(verdict, name) for verdict in verdicts)

    broken = [verdict for verdict in verdicts if verdict.violations]
    print(f"\nfaults: {', '.join(f'{kind} {count}' for kind, count in sorted(total.items()))}")
    print(
        f"chunks: {all_of('spoken')} spoken, {all_of('arrived')} arrived, {all_of('told_dropped')} told as dropped, "
        f"{all_of('in_flight')} lost in flight ({all_of('in_flight_speech')} of speech), {all_of('died')} lost with a killed host or a "
        f"failed conversation; {all_of('again')} heard again by a later connection ({all_of('retold')} words shown again)"
    )
    print(
        f"questions: {all_of('questions')}; parked {all_of('parked')} times ({all_of('unheard')} chunks of silence not sent); links {all_of('links')}, hosts {all_of('hosts')}, pressed again {all_of('failed')}; dials "
        f"{all_of('dials')}, reconnects {all_of('reconnects')}, of them hand-overs {all_of('hand_overs')}"
    )
    worst = max(verdicts, key=lambda verdict: verdict.worst_gap_s)
    over = max(verdicts, key=lambda verdict: verdict.worst_hand_over_s)
    print(
        f"worst gap {worst.worst_gap_s:.2f} s (seed {worst.seed}); at a hand-over {over.worst_hand_over_s:.2f} s "
        f"(seed {over.seed})"
    )
    for verdict in verdicts:
        if verdict.in_flight_speech:
            print(f"seed {verdict.seed}: {verdict.in_flight_speech} chunks of speech lost in flight")
    seeds = ", ".join(str(verdict.seed) for verdict in sorted(broken, key=lambda verdict: verdict.seed))
    for verdict in broken if len(verdicts) == 1 else ():
        print("\n".join(f"-> {violation}" for violation in verdict.violations))
    print(f"{len(verdicts)} runs in {seconds:.0f} s: {len(broken)} broken{f' ({seeds})' if seeds else ''}")


if __name__ == "__main__":
    sys.exit(main())
