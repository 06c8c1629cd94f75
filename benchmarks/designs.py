"""Group-sequential designs against rpact, and against the cost of the integration itself.

Agreement is asserted first. rpact runs in the same session, in an R process of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numba import njit

import equipoise as eq
from benchmarks.timing import timed
from equipoise.numerics import sequential

FUTILITY = eq.Spending("hwang-shih-decani", gamma=-2)
EFFECTS = np.linspace(0, 2, 21)
CALLS = 200
MANY = 10_000


def plan(**options: object) -> eq.GroupSequential:
    """Five looks, O'Brien-Fleming-type spending, with its power and expected size."""
    made = eq.GroupSequential(looks=5, **options)  # type: ignore[arg-type]
    made.expected_information(1.0)
    return made


def survival() -> object:
    """Piecewise accrual that goes on until it is enough; events and months at five looks."""
    return eq.sample_size(
        PLAN,
        eq.TimeToEvent(hazard_ratio=0.7, control_median_months=12),
        accrual=eq.Accrual(per_month=(5, 10, 20), from_months=(0, 3, 6)),
        follow_up_months=12,
        integer=False,
    )


PLAN = plan()
OURS: dict[str, Callable[[], object]] = {
    "design_k5_asOF": plan,
    "design_k5_OF": lambda: plan(efficacy=eq.OBrienFleming()),
    "design_k5_asOF_bsHSD": lambda: plan(futility=FUTILITY),
    "size_means": lambda: eq.sample_size(
        PLAN, eq.Continuous(control=0, treatment=0.3, sd=1), integer=False
    ),
    "size_rates": lambda: eq.sample_size(
        PLAN, eq.Binary(control=0.25, treatment=0.15, test="pooled"), integer=False
    ),
    "size_survival": survival,
    "power_21_thetas": lambda: (
        PLAN.power(EFFECTS),
        PLAN.expected_information(EFFECTS),
    ),
}
"""What is timed, by the names of ``rpact_designs.R``, which does the same."""


def seconds(call: Callable[[], object]) -> float:
    """Median seconds a call."""

    def repeat() -> None:
        for _ in range(CALLS // 10):
            call()

    call()
    return timed(repeat, 10)[0] / (CALLS // 10)


def rpact() -> dict[str, float]:
    """Seconds a call of rpact's functions, by the names of `OURS`; empty without R and rpact."""
    if shutil.which("Rscript") is None:
        return {}
    script = Path(__file__).with_name("rpact_designs.R")
    done = subprocess.run(["Rscript", str(script)], capture_output=True, text=True, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {row["name"]: row["seconds_per_call"] for row in rows}


@njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _bare(x, h, out):  # type: ignore[no-untyped-def]
    """The loop at the heart of a walk, with nothing around it."""
    for j in range(out.size):
        total = 0.0
        for i in range(x.size):
            d = out[j] - x[i]
            total += h[i] * sequential._exp(-0.5 * d * d)
        out[j] = total


def integration() -> tuple[float, int]:
    """Seconds that the walk's exponentials alone take, and how many there are."""
    t = PLAN.information
    nodes = sequential.nodes_needed(t, 0.0, 5.0)
    x, h = np.empty((6, nodes)), np.empty((6, nodes))
    count, upper, lower = np.empty(6, int), PLAN.bounds.copy(), np.full(5, -np.inf)
    sequential.walk(t, 0.0, 0.0, 5.0, upper, lower, 0.0, 1, upper, lower, x, h, count)
    pairs = int(sum(count[k] * count[k + 1] for k in range(5)))
    a, b, c = np.linspace(-3, 3, 256), np.full(256, 1e-3), np.linspace(-3, 3, 256)
    _bare(a, b, c)
    each = timed(lambda: [_bare(a, b, c) for _ in range(20)], 10)[0] / 20 / 256**2
    return each * pairs, pairs


def agreement() -> None:
    """Known values first: a fast wrong answer is none."""
    expected = [4.876885, 3.357012, 2.680280, 2.289817, 2.031032]
    assert np.allclose(PLAN.bounds, expected, atol=1e-6), "boundaries left rpact's"
    many = eq.plan_many(PLAN.information, alpha=np.full(3, 0.025))
    assert np.allclose(many.bounds[2], PLAN.bounds, atol=1e-12), "a batch left the single plan"


def main() -> None:
    """Print ours beside rpact's, the batch rate, and the share that is integration."""
    agreement()
    peers = rpact()
    print("\nGroup-sequential designs" + ("" if peers else " (rpact not installed)"))
    print(f"{'':<40}{'equipoise':>12}{'rpact':>12}{'ratio':>9}")
    for name, call in OURS.items():
        ours, peer = seconds(call), peers.get(name)
        tail = f"{1e3 * peer:>9.1f} ms{peer / ours:>8.0f}x" if peer else ""
        print(f"{name:<40}{1e3 * ours:>9.3f} ms{tail}")
    alphas = np.random.default_rng(1).uniform(0.005, 0.05, MANY)
    for name, futility in (("spending", None), ("and beta spending", FUTILITY)):
        for threads in (1, 2):

            def batch(threads: int = threads, futility: eq.Spending | None = futility) -> object:
                return eq.plan_many(
                    PLAN.information, alpha=alphas, futility=futility, threads=threads
                )

            rate = MANY / timed(batch, 3)[0]
            print(f"batch, {name}, {threads} thread(s): {rate:>10,.0f} designs a second")
    bare, pairs = integration()
    whole = seconds(plan)
    print(
        f"one walk's {pairs:,} exponentials alone: {1e6 * bare:.0f} us; "
        f"a whole design: {1e6 * whole:.0f} us, {whole / bare:.1f} times that"
    )


if __name__ == "__main__":
    main()
