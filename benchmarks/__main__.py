"""Print the comparison with peers: agreement is asserted first, then rates are measured.

``make bench``. A peer that is not installed is named and left out. R's rpact, where there is one,
runs the same design in the same session.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numba
import numpy as np

import equipoise as eq
from benchmarks import bayes, designs, pooling, reading, simulation
from benchmarks.philox_rate import philox_calls_per_second
from benchmarks.timing import timed
from equipoise.numerics.two_by_two import fisher_table

SEED = 20200325
DESIGN = eq.sample_size(eq.FixedSample(), eq.Binary(control=0.25, treatment=0.15))
SCENARIOS = [
    eq.Scenario(name="no effect", risks=(0.25, 0.25)),
    eq.Scenario(name="hoped for", risks=(0.25, 0.15)),
]
R_REPLICATES = 100_000


def ours(threads: int, replicates: int = 1_000_000) -> tuple[float, float]:
    """Trials a second and the simulated power."""
    seconds, oc = timed(
        lambda: eq.simulate(DESIGN, SCENARIOS, replicates=replicates, seed=SEED, threads=threads)
    )
    assert isinstance(oc, eq.OperatingCharacteristics)
    row = oc.scenarios[1]
    assert abs(row.benefit - row.exact) < 4 * row.benefit_error, "simulation left exact power"
    return len(SCENARIOS) * replicates / seconds, row.benefit


def numpy_patients(replicates: int = 20_000) -> tuple[float, float]:
    """The same trial patient by patient in vectorised NumPy."""
    n, table = DESIGN.n_per_arm, fisher_table(DESIGN.n_per_arm, DESIGN.n_per_arm, 0.025)

    def run() -> float:
        rng = np.random.default_rng(SEED)
        control = (rng.random((replicates, n), np.float32) < 0.75).sum(axis=1)
        treatment = (rng.random((replicates, n), np.float32) < 0.85).sum(axis=1)
        return float((treatment >= table[control]).mean())

    seconds, power = timed(run, 3)
    return replicates / seconds, float(str(power))


def numpy_binomial(replicates: int = 1_000_000) -> tuple[float, float]:
    """The same trial from binomial arm totals in NumPy: no patients."""
    n, table = DESIGN.n_per_arm, fisher_table(DESIGN.n_per_arm, DESIGN.n_per_arm, 0.025)

    def run() -> float:
        rng = np.random.default_rng(SEED)
        control, treatment = rng.binomial(n, 0.75, replicates), rng.binomial(n, 0.85, replicates)
        return float((treatment >= table[control]).mean())

    seconds, power = timed(run, 3)
    return replicates / seconds, float(str(power))


def rpact() -> tuple[float, float] | None:
    """Trials a second of rpact's getSimulationRates: one look, normal test, arm totals."""
    if shutil.which("Rscript") is None:
        return None
    script = Path(__file__).with_name("rpact_rates.R")
    done = subprocess.run(
        ["Rscript", str(script), str(DESIGN.n_total), str(R_REPLICATES), str(SEED)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return None
    result = json.loads(done.stdout.strip().splitlines()[-1])
    return R_REPLICATES / result["seconds"], result["power"]


def cold_start() -> dict[str, float]:
    """Seconds of the command line in fresh processes, with a warm kernel cache."""
    command = str(Path(sys.executable).with_name("equipoise"))
    with tempfile.TemporaryDirectory() as folder:
        page = str(Path(folder) / "report.html")
        calls = {
            "equipoise --help": [command, "--help"],
            "equipoise verdict, 4 x 10^6 trials, page": [
                command,
                "verdict",
                "examples/msc-covid19",
                "--as-of",
                "2020-03-25",
                "--out",
                page,
            ],
            "equipoise design, rates": [command, "design", "examples/designs/binary.yaml"],
            "equipoise design, survival": [command, "design", "examples/designs/survival.yaml"],
            "equipoise pool": [
                command,
                "pool",
                "examples/msc-covid19/studies.csv",
                "--measure",
                "RR",
                "--outcome",
                "death",
                "--where",
                "version=primary",
                "--where",
                "directness=direct",
                "--where",
                "design=parallel",
            ],
        }
        return {
            name: timed(
                lambda call=call: subprocess.run(call, capture_output=True, check=True),
                3,
            )[0]
            for name, call in calls.items()
        }


def main() -> None:
    """Measure and print."""
    print(
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, Numba {numba.__version__}"
    )
    print(
        f"Two arms, {DESIGN.n_per_arm} patients each, 25% v 15%, Fisher's exact test; "
        f"exact power {eq.simulate(DESIGN, SCENARIOS, replicates=1).scenarios[1].exact:.5f}\n"
    )
    print(f"{'':<44}{'trials a second':>16}{'power':>10}")
    rows: list[tuple[str, tuple[float, float] | None]] = [
        ("equipoise, patient by patient, 1 thread", ours(1)),
        ("equipoise, patient by patient, 2 threads", ours(2)),
        ("NumPy, patient by patient", numpy_patients()),
        ("NumPy, binomial arm totals (no patients)", numpy_binomial()),
        ("rpact, arm totals, z-test (no patients)", rpact()),
    ]
    for name, result in rows:
        if result is None:
            print(f"{name:<44}{'not installed':>16}")
        else:
            print(f"{name:<44}{result[0]:>16,.0f}{result[1]:>10.5f}")
    limit = philox_calls_per_second()
    used = rows[0][1]
    assert used is not None
    calls = 2 * -(-DESIGN.n_per_arm // 4) / len(SCENARIOS)
    print(f"\nbare Philox rate, 1 thread: {limit:,.0f} calls a second ({4 * limit:,.0f} words)")
    print(f"share of it reached on 1 thread: {used[0] * calls / limit:.0%}")
    pooling.main()
    bayes.main()
    reading.main()
    designs.main()
    simulation.main()
    print("\ncold start, warm cache")
    for name, seconds in cold_start().items():
        print(f"{name:<44}{seconds:>14.2f} s")


main()
