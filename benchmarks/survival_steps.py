"""Microseconds a trial of each step of ``numerics.trial_survival``, on one thread.

``python -m benchmarks.survival_steps``: 600 patients and looks at 100, 200 and 300 events, and 500
patients with one look at 350. Drawing is left out. Steps are timed together up to each one, over
many different trials so that no branch is learnt by heart; a step costs the difference.
"""

from __future__ import annotations

import time

import numpy as np
from numba import njit

from equipoise.numerics import trial_survival as steps

TRIALS = 200
STEPS = ("load", "days of events", "sort", "risk tables", "log-rank", "Cox", "FH(0, 1)")


@njit(nogil=True, error_model="numpy")
def _run(entry, time, event, arm, targets, last):  # type: ignore[no-untyped-def]
    trials, n = entry.shape
    work = steps.workspace(n)
    table = np.empty((4, n))
    days = np.empty(targets.size)
    total = 0.0
    for i in range(trials):
        steps.load(work, entry[i], time[i], event[i], arm[i])
        total += work.calendar[0]
        if last < 1:
            continue
        steps.days_of_events(work, entry[i], event[i], targets, days)
        total += days[0]
        if last < 2:
            continue
        size, tied = steps.sort_trial(work, entry[i], time[i], days[-1])
        total += size
        if last < 3:
            continue
        for k in range(targets.size):
            rows = steps.at_look(work, entry[i], size, tied, days[k], table)
            total += table[0, 0]
            if last < 4:
                continue
            score, variance = steps.log_rank(table, rows)
            total += score / variance
            if last < 5:
                continue
            total += steps.cox(work, table, rows, tied, score / variance)[0]
            if last < 6:
                continue
            total += steps.weighted_log_rank(work, table, rows, 0.0, 1.0)[0]
    return total


def made_up(n: int, seed: int = 1) -> tuple[np.ndarray, ...]:
    """Trials of `n`: two years of accrual, hazard ratio 0.7, median 12 months, some dropout."""
    rng = np.random.default_rng(seed)
    entry = np.sort(rng.uniform(0, 730, (TRIALS, n)), axis=1)
    arm = np.zeros((TRIALS, n), np.int8)
    arm[:, 1::2] = 1
    arm = rng.permuted(arm, axis=1)
    rate = np.log(2) / 365 * np.where(arm == 1, 0.7, 1.0)
    came = rng.exponential(1 / rate)
    gone = rng.exponential(365 / 0.05, (TRIALS, n))
    return entry, np.minimum(came, gone), (came <= gone).astype(np.int8), arm


def microseconds(n: int, targets: list[int], repeat: int = 100) -> list[float]:
    """Each step's share of a trial, best of `repeat`."""
    data = (*made_up(n), np.array(targets))
    upto = []
    for last in range(len(STEPS)):
        _run(*data, last)
        taken = []
        for _ in range(repeat):
            start = time.perf_counter()
            _run(*data, last)
            taken.append(time.perf_counter() - start)
        upto.append(min(taken) / TRIALS * 1e6)
    return [upto[0], *np.diff(upto)]


def main() -> None:
    """Measure and print."""
    for n, targets in ((600, [100, 200, 300]), (500, [350])):
        shares = microseconds(n, targets)
        print(f"{n} patients, looks at {targets} events: microseconds a trial")
        for name, share in zip(STEPS, shares, strict=True):
            print(f"  {name:<16}{share:>7.2f}")
        print(f"  {'all but the last':<16}{sum(shares[:-1]):>7.2f}")


if __name__ == "__main__":
    main()
