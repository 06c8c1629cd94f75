"""Rows of log risk ratios a second: ``python -m benchmarks.effect_size_rate``.

The formula alone on arrays, with the correction of zero cells; and ``effect_sizes`` as a user calls
it, on a data frame with labels: reading, checking, computing, the record.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from equipoise.evidence.effect_sizes import effect_sizes
from equipoise.numerics.effect_sizes import corrected, risk_ratio

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 1_000_000
SEED = 20200325


def seconds(call: Callable[[], object], repeat: int = 7) -> float:
    """Median of `repeat` calls, after one that does not count."""
    call()
    taken = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(SEED)
    n1, n2 = rng.integers(5, 500, (2, ROWS))
    events = {"ai": rng.binomial(n1, 0.1), "n1i": n1, "ci": rng.binomial(n2, 0.15), "n2i": n2}
    frame = pl.DataFrame(events)
    labelled = frame.with_columns(study=pl.int_range(ROWS).cast(pl.String))
    a, c = events["ai"].astype(float), events["ci"].astype(float)
    cells = [a, n1 - a, c, n2 - c]
    zeros = np.mean((np.column_stack(cells) == 0).any(axis=1))
    print(f"{ROWS:,} rows of RR, {zeros:.1%} with a zero cell")
    for name, call in (
        ("formula, arrays", lambda: risk_ratio(*corrected(cells, 0.5, "only0"))),
        ("effect_sizes, frame", lambda: effect_sizes(frame, "RR")),
        ("effect_sizes, frame with labels", lambda: effect_sizes(labelled, "RR")),
    ):
        taken = seconds(call)
        print(f"{name:<34}{taken:>8.3f} s{ROWS / taken:>16,.0f} rows a second")


if __name__ == "__main__":
    main()
