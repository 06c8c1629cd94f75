"""Simulated two-arm trials with binary outcomes, patient by patient.

Each step is a kernel of its own: draw a replicate's words, count good outcomes below a threshold,
look the decision up in the tables. The words of a replicate are drawn once and serve every
scenario (common random numbers). All results are integers, so their sums do not depend on how the
replicates are cut into chunks.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.numerics.philox import PURPOSE_CONTROL, fill

BENEFIT, HARM, DIFFERENCE, SQUARE = 0, 1, 2, 3
"""Columns of the result: trials that find benefit, that find harm, and the sum and the sum of
squares of (good outcomes on treatment minus good outcomes on control)."""


@njit(forceinline=True)
def count_below(words, patients, limit):  # type: ignore[no-untyped-def]
    """How many of the first `patients` words lie below `limit`; p reads words[p % 4, p // 4]."""
    full = patients // 4
    count = 0
    for w in range(4):
        row = words[w]
        here = 0
        for j in range(full):
            here += int(np.uint64(row[j]) < limit)
        count += here
    for w in range(patients % 4):
        count += int(np.uint64(words[w, full]) < limit)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def run_trials(first, last, n_per_arm, limits, benefit, harm, k0, k1):  # type: ignore[no-untyped-def]
    """Run replicates [`first`, `last`) of every scenario.

    Parameters
    ----------
    first, last : int64
        Range of replicate indices.
    n_per_arm : int64
    limits : uint64 (scenario, arm)
        A patient does well when the patient's word lies below the arm's limit.
    benefit, harm : int64 (n_per_arm + 1,)
        Critical counts of good outcomes on treatment given those on control: at or above
        ``benefit``, or at or below ``harm``.
    k0, k1 : uint32
        Key words of the seed.

    Returns
    -------
    int64 (scenario, 4)
        Columns `BENEFIT`, `HARM`, `DIFFERENCE`, `SQUARE`.
    """
    scenarios = limits.shape[0]
    calls = (n_per_arm + 3) // 4
    control = np.empty((4, calls), np.uint32)
    treatment = np.empty((4, calls), np.uint32)
    out = np.zeros((scenarios, 4), np.int64)
    for replicate in range(first, last):
        fill(control, calls, PURPOSE_CONTROL, replicate, k0, k1)
        fill(treatment, calls, PURPOSE_CONTROL + 1, replicate, k0, k1)
        for s in range(scenarios):
            good_control = count_below(control, n_per_arm, limits[s, 0])
            good_treatment = count_below(treatment, n_per_arm, limits[s, 1])
            difference = good_treatment - good_control
            out[s, BENEFIT] += good_treatment >= benefit[good_control]
            out[s, HARM] += good_treatment <= harm[good_control]
            out[s, DIFFERENCE] += difference
            out[s, SQUARE] += difference * difference
    return out
