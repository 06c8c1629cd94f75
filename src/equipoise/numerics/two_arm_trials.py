"""Simulated two-arm trials with binary outcomes, patient by patient, with one look or several.

Each step is a kernel of its own: draw a replicate's words, count good outcomes below a threshold,
look the decision up in the tables. The words of a replicate are drawn once and serve every
scenario (common random numbers); those of a look's patients are drawn when the first trial that
still runs needs them. All results are integers, so their sums do not depend on how the replicates
are cut into chunks.
"""

from __future__ import annotations

import numpy as np
from numba import int32, njit, uint32
from numpy.typing import NDArray

from equipoise.numerics.philox import PURPOSE_CONTROL, fill_calls

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BENEFIT, HARM, DIFFERENCE, SQUARE = 0, 1, 2, 3
"""Columns of the result: trials that find benefit, that find harm, and the sum and the sum of
squares of (good outcomes on treatment minus good outcomes on control)."""

FUTILITY, CONTROL, CONTROL_SQUARE, PRODUCT = 4, 5, 6, 7
"""Further columns of a look: trials that stop without benefit (for futility, for harm, or because
the look is the last), and the sums of good outcomes on control, of their square, and of their
product with the difference."""

COLUMNS = 8


@njit(forceinline=True)
def count_below(words, start, stop, limit):  # type: ignore[no-untyped-def]
    """How many words of patients `start` … `stop` - 1 lie below `limit`.

    Patient p reads ``words[p % 4, p // 4]``. Words and counts stay 32 bits wide, which doubles how
    many of them a vector register holds.
    """
    if limit == 0:
        return 0
    top = uint32(limit - np.uint64(1))
    first, last = (start + 3) >> 2, stop >> 2  # the calls whose four words all count
    w0, w1 = words[0, first:last], words[1, first:last]
    w2, w3 = words[2, first:last], words[3, first:last]
    count = int32(0)
    for j in range(w0.size):
        here = int32(w0[j] <= top) + int32(w1[j] <= top)
        count = int32(count + here + int32(w2[j] <= top) + int32(w3[j] <= top))
    for p in range(start, min(4 * first, stop)):
        count += int32(words[p & 3, p >> 2] <= top)
    for p in range(4 * max(first, last), stop):
        count += int32(words[p & 3, p >> 2] <= top)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def run_looks(  # type: ignore[no-untyped-def]
    first, last, n_control, n_treatment, limits, benefit, futility, harm, k0, k1
):
    """Run replicates [`first`, `last`) of every scenario, each until a look stops it.

    At a look a trial stops for benefit iff ``good_treatment >= benefit[look, good_control]``;
    otherwise without benefit iff ``good_treatment`` is at or below ``futility`` or ``harm``, or the
    look is the last.

    Parameters
    ----------
    first, last : int64
        Range of replicate indices.
    n_control, n_treatment : int64 (look,)
        Patients of each arm whose outcome is known at the look; they do not fall.
    limits : uint64 (scenario, arm)
        A patient does well when the patient's word lies below the arm's limit.
    benefit, futility, harm : int64 (look, at least the largest n_control + 1)
        Critical counts of good outcomes on treatment given those on control; -1 in the latter two
        never stops a trial.
    k0, k1 : uint32
        Key words of the seed.

    Returns
    -------
    int64 (scenario, look, COLUMNS)
        Of the trials that stop at the look: `BENEFIT` and `FUTILITY`, which sum to all of them;
        `HARM`, how many are at or below ``harm``; and the sums `DIFFERENCE`, `SQUARE`, `CONTROL`,
        `CONTROL_SQUARE`, `PRODUCT` of counts at that look.
    """
    scenarios, looks = limits.shape[0], n_control.size
    control = np.empty((4, (n_control[-1] + 3) // 4), np.uint32)
    treatment = np.empty((4, (n_treatment[-1] + 3) // 4), np.uint32)
    running = np.empty(scenarios, np.int64)  # the scenarios whose trial still runs
    good = np.empty((scenarios, 2), np.int64)
    out = np.zeros((scenarios, looks, COLUMNS), np.int64)
    for replicate in range(first, last):
        for s in range(scenarios):
            running[s] = s
            good[s] = 0
        still = scenarios
        control_before = treatment_before = 0
        for k in range(looks):
            control_now, treatment_now = n_control[k], n_treatment[k]
            drawn, needed = (control_before + 3) >> 2, (control_now + 3) >> 2
            fill_calls(control, drawn, needed, PURPOSE_CONTROL, replicate, k0, k1)
            drawn, needed = (treatment_before + 3) >> 2, (treatment_now + 3) >> 2
            fill_calls(treatment, drawn, needed, PURPOSE_CONTROL + 1, replicate, k0, k1)
            here, still = still, 0
            for i in range(here):
                s = running[i]
                good[s, 0] += count_below(control, control_before, control_now, limits[s, 0])
                good[s, 1] += count_below(treatment, treatment_before, treatment_now, limits[s, 1])
                good_control, good_treatment = good[s, 0], good[s, 1]
                found = good_treatment >= benefit[k, good_control]
                worse = good_treatment <= harm[k, good_control]
                if not (
                    found or worse or k == looks - 1 or good_treatment <= futility[k, good_control]
                ):
                    running[still] = s
                    still += 1
                    continue
                difference = good_treatment - good_control
                row = out[s, k]
                row[BENEFIT] += found
                row[FUTILITY] += not found
                row[HARM] += worse
                row[DIFFERENCE] += difference
                row[SQUARE] += difference * difference
                row[CONTROL] += good_control
                row[CONTROL_SQUARE] += good_control * good_control
                row[PRODUCT] += good_control * difference
            if still == 0:
                break
            control_before, treatment_before = control_now, treatment_now
    return out


def run_trials(
    first: int,
    last: int,
    n_per_arm: int,
    limits: NDArray[np.uint64],
    benefit: Ints,
    harm: Ints,
    k0: np.uint32,
    k1: np.uint32,
) -> Ints:
    """Run replicates [`first`, `last`) of a trial with one look: `run_looks` with equal arms.

    `benefit` and `harm` are (n_per_arm + 1,). Returns (scenario, 4), with columns `BENEFIT`,
    `HARM`, `DIFFERENCE`, `SQUARE`.
    """
    n = np.array([n_per_arm], np.int64)
    never = np.full((1, n_per_arm + 1), -1, np.int64)
    out = run_looks(first, last, n, n, limits, benefit[np.newaxis], never, harm[np.newaxis], k0, k1)
    return np.asarray(out[:, 0, : SQUARE + 1])


def difference_sums(out: Ints, n_control: Ints, n_treatment: Ints) -> tuple[Floats, Floats]:
    """Sum and sum of squares of the observed differences of proportions, (…, look) each.

    `out` is (…, look, COLUMNS), from `run_looks` or summed over its chunks. The difference is good
    outcomes on treatment minus those on control, each as a share of its arm at the look where the
    trial stopped.
    """
    per_control = 1 / n_treatment - 1 / n_control  # exactly 0 for equal arms
    total = out[..., DIFFERENCE] / n_treatment + out[..., CONTROL] * per_control
    squares = (
        out[..., SQUARE] / n_treatment**2
        + 2 * out[..., PRODUCT] * per_control / n_treatment
        + out[..., CONTROL_SQUARE] * per_control**2
    )
    return np.asarray(total), np.asarray(squares)
