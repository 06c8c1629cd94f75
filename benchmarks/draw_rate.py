"""Nanoseconds a random draw takes on one thread, the Philox calls included.

Run ``python -m benchmarks.draw_rate``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numba import njit

from equipoise.numerics.draws import (
    CHI_SQUARE_CALLS,
    chi_square,
    exp_of,
    fill_exponentials,
    fill_normals,
    log_of,
)
from equipoise.numerics.philox import fill, key

CALLS = 128


@njit(nogil=True)
def _words(out, words, replicates, k0, k1):  # type: ignore[no-untyped-def]
    for replicate in range(replicates):
        fill(words, CALLS, 0, replicate, k0, k1)


@njit(nogil=True)
def _exponentials(out, words, replicates, k0, k1):  # type: ignore[no-untyped-def]
    for replicate in range(replicates):
        fill(words, CALLS, 0, replicate, k0, k1)
        fill_exponentials(out, words, 0, CALLS)


@njit(nogil=True)
def _normals(out, words, replicates, k0, k1):  # type: ignore[no-untyped-def]
    for replicate in range(replicates):
        fill(words, CALLS, 0, replicate, k0, k1)
        fill_normals(out, words, 0, CALLS)


@njit(nogil=True)
def _logs(out, x, rounds):  # type: ignore[no-untyped-def]
    for _ in range(rounds):
        for i in range(x.size):
            out[i] = log_of(x[i])


@njit(nogil=True)
def _exps(out, x, rounds):  # type: ignore[no-untyped-def]
    for _ in range(rounds):
        for i in range(x.size):
            out[i] = exp_of(x[i])


@njit(nogil=True)
def _chi_squares(df, replicates, k0, k1):  # type: ignore[no-untyped-def]
    total = 0.0
    for replicate in range(replicates):
        for draw in range(8):
            total += chi_square(df, draw * CHI_SQUARE_CALLS, 0, replicate, k0, k1)
    return total


def _best(call: Callable[[], object], repeat: int = 7) -> float:
    call()
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def draw_nanoseconds(replicates: int = 20_000) -> dict[str, float]:
    """Measure the best of several runs of each kind of draw."""
    words, out = np.empty((4, CALLS), np.uint32), np.empty((4, CALLS))
    k0, k1 = key(1)
    rates = {
        kind: _best(lambda f=kernel: f(out, words, replicates, k0, k1)) / (4 * CALLS * replicates)  # type: ignore[misc]
        for kind, kernel in (
            ("word", _words),
            ("exponential", _exponentials),
            ("normal", _normals),
        )
    }
    x = np.random.default_rng(1).exponential(size=512)
    given = np.empty(512)
    for kind, kernel in (("log_of", _logs), ("exp_of", _exps)):
        rates[kind] = _best(lambda f=kernel: f(given, x, replicates)) / (512 * replicates)  # type: ignore[misc]
    for df in (1.5, 3.0, 30.0, 300.0):
        rates[f"chi-square, df {df:g}"] = _best(
            lambda df=df: _chi_squares(df, replicates, k0, k1)  # type: ignore[misc]
        ) / (8 * replicates)
    return {kind: 1e9 * seconds for kind, seconds in rates.items()}


def main() -> None:
    """Print the table."""
    for kind, nanoseconds in draw_nanoseconds().items():
        print(f"{kind:20s} {nanoseconds:7.2f} ns")


if __name__ == "__main__":
    main()
