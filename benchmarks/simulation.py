"""Simulated trials beside rpact's, in one run: agreement first, then rates and what bounds them.

``python -m benchmarks.simulation``; part of ``make bench``.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import equipoise as eq
from benchmarks.draw_rate import draw_nanoseconds
from benchmarks.philox_rate import philox_calls_per_second
from benchmarks.timing import timed

SEED = 20200325
REPLICATES = {"means": 100_000, "rates": 100_000, "survival": 10_000}
"""Of rpact."""


@dataclass(frozen=True)
class Case:
    """A design that both simulate.

    `calls` is how many Philox calls of four words a trial needs at the most; `reach` how many
    trials ours runs for the timing.
    """

    design: eq.Design
    truth: eq.Scenario
    draw: str
    method: str
    peer: str
    target: int
    calls: int
    reach: int


def _looks(plan: eq.GroupSequential, patients: int) -> tuple[eq.PlannedLook, ...]:
    """Looks after each `patients` an arm."""
    return tuple(
        eq.PlannedLook(
            information=float(t),
            patients=(patients * (k + 1), patients * (k + 1)),
            efficacy_z=float(z),
        )
        for k, (t, z) in enumerate(zip(plan.information, plan.bounds, strict=True))
    )


def _survival(patients: int, events: tuple[int, ...]) -> eq.Design:
    plan = eq.GroupSequential(information=[e / events[-1] for e in events], alpha=0.025)
    looks = tuple(
        eq.PlannedLook(
            information=count / events[-1],
            patients=(patients / 2, patients / 2),
            events=count,
            efficacy_z=float(z),
        )
        for count, z in zip(events, plan.bounds, strict=True)
    )
    endpoint = eq.TimeToEvent(
        hazard_ratio=0.7, control_median_months=12, dropout_per_month=-math.log(0.95) / 12
    )
    return eq.Design(
        endpoint=endpoint, plan=plan, looks=looks, accrual=eq.Accrual(per_month=patients / 12)
    )


def cases() -> dict[str, Case]:
    """Of `bench.md`: rpact's, and a trial of 500 patients as simtrial's."""
    five = eq.GroupSequential(looks=5, alpha=0.025)
    rates = eq.Design(
        endpoint=eq.Binary(control=0.25, treatment=0.15), plan=five, looks=_looks(five, 40)
    )
    means = {
        known: eq.Design(
            endpoint=eq.Continuous(control=0, treatment=0.3, sd=1, known_sd=known),
            plan=five,
            looks=_looks(five, 50),
        )
        for known in (True, False)
    }
    risks = eq.Scenario(name="planned", risks=(0.25, 0.15))
    shift = eq.Scenario(name="planned", means=(0, 0.3))
    ratio = eq.Scenario(name="planned", hazard_ratio=0.7)
    by_patient, by_sum = "patient by patient", "stage sums"
    return {
        "rates, 400 patients, 5 looks": Case(
            rates, risks, "patients", by_patient, "rates", 100, 100, 1 << 20
        ),
        "means, z, 500 patients, 5 looks": Case(
            means[True], shift, "patients", by_patient, "means", 20, 126, 1 << 20
        ),
        "means, t, 500 patients, 5 looks": Case(
            means[False], shift, "patients", by_patient, "", 0, 126, 1 << 20
        ),
        "means, z, 500 patients, 5 looks, sums": Case(
            means[True], shift, "stage sums", by_sum, "means", 100, 10, 1 << 22
        ),
        "means, t, 500 patients, 5 looks, sums": Case(
            means[False], shift, "stage sums", by_sum, "", 0, 20, 1 << 22
        ),
        "survival, 600 patients, 3 looks": Case(
            _survival(600, (100, 200, 300)),
            ratio,
            "patients",
            by_patient,
            "survival",
            20,
            300,
            1 << 17,
        ),
        "survival, 500 patients, 3 looks": Case(
            _survival(500, (117, 234, 350)), ratio, "patients", by_patient, "", 0, 250, 1 << 17
        ),
    }


def rpact() -> dict[str, dict[str, float]] | None:
    """What rpact simulates and in how many seconds, by name; None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    script = Path(__file__).with_name("rpact_simulation.R")
    sizes = [str(REPLICATES[name]) for name in ("means", "rates", "survival")]
    truths = ["0.3", "0.25", "0.15", str(math.log(2) / 12), "0.7"]
    done = subprocess.run(
        ["Rscript", str(script), str(SEED), *sizes, *truths],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return None
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {row["name"]: row for row in rows}


def ours(case: Case, threads: int) -> tuple[float, eq.OperatingCharacteristics]:
    """Trials a second, and the result."""
    seconds, oc = timed(
        lambda: eq.simulate(
            case.design,
            [case.truth],
            replicates=case.reach * threads,
            seed=SEED,
            threads=threads,
            draw=case.draw,  # type: ignore[arg-type]
        ),
        3,
    )
    assert isinstance(oc, eq.OperatingCharacteristics)
    return case.reach * threads / seconds, oc


def agree(name: str, oc: eq.OperatingCharacteristics, peer: dict[str, float]) -> None:
    """Power within four Monte Carlo errors of both."""
    row, n = oc.scenarios[0], peer["replicates"]
    error = math.sqrt(row.benefit * (1 - row.benefit) * (1 / n + 1 / row.replicates))
    assert abs(row.benefit - peer["power"]) < 4 * error, f"{name}: not the power of rpact"


def _share_drawn(case: Case, oc: eq.OperatingCharacteristics) -> float:
    """Of the patients: a trial that stops early draws no more, but for survival."""
    if isinstance(case.design.endpoint, eq.TimeToEvent):
        return 1.0
    return oc.scenarios[0].patients / case.design.n_total


_CALL = """
import sys, time
start = time.perf_counter()
import equipoise as eq
from benchmarks.simulation import cases
case = cases()[sys.argv[1]]
eq.simulate(case.design, [case.truth], replicates=1024, draw=case.draw)
print(time.perf_counter() - start)
"""


def starts(names: list[str]) -> dict[str, tuple[float, float]]:
    """Seconds until the first 1,024 trials in a new process: nothing compiled, and all compiled."""
    out = {}
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            seconds = []
            for _ in range(2):
                done = subprocess.run(
                    [sys.executable, "-c", _CALL, name],
                    capture_output=True,
                    text=True,
                    check=True,
                    env={**os.environ, "NUMBA_CACHE_DIR": folder},
                )
                seconds.append(float(done.stdout))
            out[name] = (seconds[0], seconds[1])
    return out


_MEMORY = """
import sys
from pathlib import Path
import equipoise as eq
from benchmarks.simulation import cases
case = cases()["rates, 400 patients, 5 looks"]
eq.simulate(case.design, [case.truth], replicates=int(sys.argv[1]))
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def memory(replicates: int) -> float:
    """Peak MiB of a new process that simulates so many trials."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(replicates)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    peers = rpact()
    calls, drawn = philox_calls_per_second(), draw_nanoseconds()
    print("\nSimulated trials a second (rpact: one process, CPU seconds)")
    print(
        f"{'':<40}{'method':<20}{'1 thread':>11}{'2 threads':>11}{'power':>9}{'rpact':>9}"
        f"{'ratio':>7}{'aim':>5}{'limit':>7}"
    )
    for name, case in cases().items():
        one, _ = ours(case, 1)
        two, oc = ours(case, 2)
        limit = one * case.calls * _share_drawn(case, oc) / calls
        line = (
            f"{name:<40}{case.method:<20}{one:>11,.0f}{two:>11,.0f}{oc.scenarios[0].benefit:>9.5f}"
        )
        peer = None if peers is None else peers.get(case.peer)
        if peer is not None:
            agree(name, oc, peer)
            rate = peer["replicates"] / peer["cpu_seconds"]
            line += f"{rate:>9,.0f}{two / rate:>6.0f}x{case.target:>5}"
        else:
            line += f"{'' if case.peer == '' else 'absent':>9}{'':>7}{'':>5}"
        print(f"{line}{limit:>7.0%}")
    print(
        f"limit: share of the bare Philox rate on one thread, {calls:,.0f} calls of four words a "
        f"second\na random number with its Philox call, ns: "
        + ", ".join(f"{name} {value:.2f}" for name, value in drawn.items())
    )
    print("\nfirst 1,024 trials in a new process, seconds      nothing compiled   all compiled")
    some = ["rates, 400 patients, 5 looks", "means, t, 500 patients, 5 looks"]
    for name, (cold, warm) in starts([*some, "survival, 600 patients, 3 looks"]).items():
        print(f"{name:<46}{cold:>17.1f}{warm:>15.2f}")
    small, large = memory(1 << 17), memory(1 << 23)
    print(f"peak memory: {small:,.0f} MiB for 131,072 trials, {large:,.0f} MiB for 8,388,608")


if __name__ == "__main__":
    main()
