"""From simulated trials to sums: one pass over the trials of a block, in order of index.

Counts are whole numbers, moments sums of 64-bit floats inside a block of 1,024; blocks are added
up in order by the caller, so that no sum depends on threads or chunks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.trials.decisions import EFFICACY, HARM, REASONS

Floats = NDArray[np.float64]

LOOK, REASON, ENROLLED, KNOWN, EVENTS, EFFICACY_ONLY, WORSE, SHORT, STATUS = range(9)
"""Whole numbers of a trial: the look at which it ended, counted from 0, and why; patients enrolled
by then, those whose outcome is known, events among these; whether the efficacy boundary alone,
every other rule ignored, would have been crossed; whether the result lies at or beyond the mirrored
benefit boundary; whether the look had less information than planned; what failed, 0 for nothing."""

COUNTS = 9

DAY, Z, ESTIMATE, ERROR, DF = range(5)
"""Floats of a trial: the day of the look, counted from the start of enrolment; the test statistic,
positive in favour of treatment; the estimate, its standard error, and its degrees of freedom."""

VALUES = 5

OK, NOT_A_NUMBER, UNKNOWN_DECISION, RAISED, OUTSIDE = range(5)
"""What may fail in a replicate."""

FAILURES = (
    "no failure",
    "a statistic is not a number",
    "a rule gave a decision that is none of the known ones",
    "a part of the user's raised an error",
    "an outcome of the user's is not a number, or not one that the endpoint has",
)

(
    TRIALS,
    BENEFIT,
    ALONE,
    HARMED,
    SHORT_OF,
    FAILED,
    ESTIMATED,
    COVERED,
    SUM_ENROLLED,
    SQUARE_ENROLLED,
    SUM_KNOWN,
    SQUARE_KNOWN,
    SUM_EVENTS,
    SQUARE_EVENTS,
    SUM_DAY,
    SQUARE_DAY,
    SUM_MISS,
    SQUARE_MISS,
    FOURTH_MISS,
    MADE,
    SUM_ESTIMATE,
    SQUARE_ESTIMATE,
) = range(22)
"""Columns of the sums. A miss is the estimate less the truth; `ESTIMATED` counts those that have
one, `COVERED` those whose interval covers the truth, `MADE` the estimates that are finite."""

SUMS = 22

REACHED, AT_DAY, AT_ENROLLED, AT_KNOWN, AT_EVENTS, AT_INFORMATION = range(6)
"""Columns of the sums over trials that reach a look."""

AT_LOOK = 6

REASON_CODES = len(REASONS)


@cached(nogil=True, error_model="numpy")
def add_up(  # type: ignore[no-untyped-def]
    counts, values, effect, critical, sums, stopped, patients, days, joint
):
    """Add the trials of one block to the tallies.

    Parameters
    ----------
    counts : int32 (S, B, COUNTS)
    values : float64 (S, B, VALUES)
    effect : float64 (S, 1 or B)
        The truth of the estimate; nan where there is none.
    critical : float64 (D,)
        Half-width of the interval in standard errors by degrees of freedom, the last for all more.
    sums : float64 (S, SUMS)
    stopped : int64 (S, K, REASON_CODES)
    patients : int64 (S, N + 1)
        Histogram of patients enrolled.
    days : int64 (S, D)
        Histogram of whole days begun, the last cell for all more.
    joint : float64 (2, S, S)
        Trials that found benefit in both scenarios; sums of products of patients enrolled.
    """
    scenarios, size = counts.shape[0], counts.shape[1]
    last = critical.size - 1
    top = days.shape[1] - 1
    for s in range(scenarios):
        row = sums[s]
        for b in range(size):
            c = counts[s, b]
            v = values[s, b]
            if c[STATUS] != 0:
                row[FAILED] += 1.0
                continue
            row[TRIALS] += 1.0
            row[BENEFIT] += c[REASON] == EFFICACY
            row[ALONE] += c[EFFICACY_ONLY]
            row[HARMED] += c[WORSE] != 0 or c[REASON] == HARM
            row[SHORT_OF] += c[SHORT]
            stopped[s, c[LOOK], c[REASON]] += 1
            enrolled, known, events, day = c[ENROLLED], c[KNOWN], c[EVENTS], v[DAY]
            row[SUM_ENROLLED] += enrolled
            row[SQUARE_ENROLLED] += float(enrolled) * enrolled
            row[SUM_KNOWN] += known
            row[SQUARE_KNOWN] += float(known) * known
            row[SUM_EVENTS] += events
            row[SQUARE_EVENTS] += float(events) * events
            row[SUM_DAY] += day
            row[SQUARE_DAY] += day * day
            patients[s, enrolled] += 1
            days[s, min(math.ceil(day), top)] += 1
            truth = effect[s, b if effect.shape[1] > 1 else 0]
            miss = v[ESTIMATE] - truth
            estimate = v[ESTIMATE]
            if abs(estimate) < math.inf and v[ERROR] < math.inf:
                row[MADE] += 1.0
                row[SUM_ESTIMATE] += estimate
                row[SQUARE_ESTIMATE] += estimate * estimate
            if abs(miss) < math.inf and v[ERROR] < math.inf:
                row[ESTIMATED] += 1.0
                square = miss * miss
                row[SUM_MISS] += miss
                row[SQUARE_MISS] += square
                row[FOURTH_MISS] += square * square
                df = v[DF]
                half = critical[last if df >= last else int(df)] * v[ERROR]
                row[COVERED] += abs(miss) <= half
    if joint.shape[1] == 0:
        return
    for b in range(size):
        for s in range(scenarios):
            if counts[s, b, STATUS] != 0:
                continue
            found = counts[s, b, REASON] == EFFICACY
            for t in range(s):
                if counts[t, b, STATUS] == 0:
                    joint[0, s, t] += found and counts[t, b, REASON] == EFFICACY
                    joint[1, s, t] += float(counts[s, b, ENROLLED]) * counts[t, b, ENROLLED]
