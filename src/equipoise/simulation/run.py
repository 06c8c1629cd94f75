"""Run the replicates of a design, on as many threads as asked."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from equipoise.errors import InputError
from equipoise.numerics.blocks import block_ranges
from equipoise.numerics.philox import key
from equipoise.numerics.two_arm_trials import (
    BENEFIT,
    COLUMNS,
    FUTILITY,
    HARM,
    difference_sums,
    run_looks,
)
from equipoise.parts.binary import word_limits
from equipoise.parts.look_tables import LookTables, stopping, tables
from equipoise.parts.normal_looks import normal_stopping
from equipoise.vocabulary.endpoint import Binary

from .characteristics import Characteristics, OperatingCharacteristics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from equipoise.vocabulary.trial import Design, Scenario

_CHUNKS_PER_THREAD = 16
_LARGEST_CHUNK = 131_072
"""Replicates after which an interrupt is noticed."""


def simulate(
    design: Design,
    scenarios: Sequence[Scenario],
    *,
    replicates: int = 100_000,
    seed: int = 1,
    threads: int | None = None,
    chunks: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> OperatingCharacteristics:
    """Simulate `design` under each scenario, patient by patient.

    Scenarios share their random numbers, so that differences between them are less noisy than
    either. The result depends on the design, the scenarios, `replicates` and `seed` alone: not on
    `threads`, nor on how the replicates are cut into `chunks`.

    Parameters
    ----------
    replicates : int
        Simulated trials a scenario, at least 1. The Monte Carlo standard error of a probability p
        is ``sqrt(p (1 - p) / replicates)``.
    seed : int
        In [0, 2**64).
    threads : int, optional
        Defaults to the number of processors this process may use.
    progress : callable, optional
        Called with (replicates done, replicates in all) after each chunk.

    Raises
    ------
    InputError
        No scenario, fewer than one replicate, thread or chunk, or a seed out of range.
    """
    _check(scenarios, replicates, seed, threads, chunks)
    workers = threads or _processors()
    endpoint = _binary(design)
    limits = word_limits(endpoint, scenarios)
    made = tables(design)
    k0, k1 = key(seed)

    def run(part: tuple[int, int]) -> NDArray[np.int64]:
        return np.asarray(
            run_looks(
                *part,
                made.n_control,
                made.n_treatment,
                limits,
                made.benefit,
                made.futility,
                made.harm,
                k0,
                k1,
            )
        )

    total = np.zeros((len(scenarios), len(design.looks), COLUMNS), np.int64)
    done = 0
    parts = block_ranges(
        replicates, chunks or max(workers * _CHUNKS_PER_THREAD, replicates // _LARGEST_CHUNK)
    )
    pool = ThreadPoolExecutor(workers)
    try:
        for part, counts in zip(parts, pool.map(run, parts), strict=True):
            total += counts
            done += part[1] - part[0]
            if progress is not None:
                progress(done, replicates)
    finally:
        pool.shutdown(cancel_futures=True)
    rows = [
        _characteristics(design, made, scenario, counts, replicates)
        for scenario, counts in zip(scenarios, total, strict=True)
    ]
    return OperatingCharacteristics(
        design=design, seed=seed, replicates=replicates, scenarios=tuple(rows)
    )


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check(
    scenarios: Sequence[Scenario],
    replicates: int,
    seed: int,
    threads: int | None,
    chunks: int | None,
) -> None:
    if not scenarios:
        raise InputError.of("scenarios", scenarios, "needs at least one", "Give an assumed truth")
    for name, value in (("replicates", replicates), ("threads", threads), ("chunks", chunks)):
        if value is not None and value < 1:
            raise InputError.of(name, value, "must be 1 or more", "Give a whole number")
    if not 0 <= seed < 2**64:
        raise InputError.of("seed", seed, "must lie in [0, 2**64)", "Give a smaller whole number")


def _binary(design: Design) -> Binary:
    if not isinstance(design.endpoint, Binary) or design.endpoint.single_arm:
        raise InputError.of(
            "endpoint",
            type(design.endpoint).__name__,
            "simulation is of two arms with a binary outcome so far",
            "Use eq.characteristics(design)",
        )
    return design.endpoint


def _characteristics(
    design: Design,
    made: LookTables,
    scenario: Scenario,
    counts: NDArray[np.int64],
    replicates: int,
) -> Characteristics:
    endpoint = _binary(design)
    exact = stopping(made, endpoint, scenario)
    exact_benefit = float(exact[:, 0].sum())
    exact_harm = float(exact[:, 2].sum())
    sums, squares = difference_sums(counts, made.n_control, made.n_treatment)
    mean = float(sums.sum()) / replicates
    variance = max(float(squares.sum()) / replicates - mean * mean, 0.0)
    sign = -1 if endpoint.better == "lower" else 1
    patients = (made.n_control + made.n_treatment).astype(np.float64)
    ended = (counts[:, BENEFIT] + counts[:, FUTILITY]) / replicates
    size = float(ended @ patients)
    spread = max(float(ended @ patients**2) - size * size, 0.0)
    return Characteristics(
        scenario=scenario,
        replicates=replicates,
        benefit=float(counts[:, BENEFIT].sum() / replicates),
        benefit_error=_error(exact_benefit, replicates),
        harm=float(counts[:, HARM].sum() / replicates),
        harm_error=_error(exact_harm, replicates),
        exact=exact_benefit,
        exact_harm=exact_harm,
        normal=float(normal_stopping(design, scenario)[:, 0].sum()),
        difference=sign * mean,
        difference_error=math.sqrt(variance / replicates),
        stopped_benefit=tuple(map(float, counts[:, BENEFIT] / replicates)),
        stopped_futility=tuple(map(float, counts[:, FUTILITY] / replicates)),
        patients=size,
        patients_error=math.sqrt(spread / replicates),
        patients_exact=float(exact[:, :2].sum(1) @ patients),
    )


def _error(p: float, replicates: int) -> float:
    return math.sqrt(max(p * (1 - p), 0.0) / replicates)
