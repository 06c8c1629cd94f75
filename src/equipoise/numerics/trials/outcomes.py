"""What happens to each patient: outcomes from one random word a patient.

The word of a patient is found by the rank within the arm, so that a patient of an arm is the same
person in every scenario and under every order of allocation.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.draws import (
    exponential,
    fill_exponentials,
    fill_normals,
    normal,
    uniform,
)
from equipoise.numerics.philox import fill

from .addresses import ADVERSE, OUTCOME

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RISK, NORMAL, PIECEWISE, WEIBULL, TABLE, OWN = range(6)
"""How outcomes come about."""

_WORDS = 4294967296.0
YEAR = 365.25


class Truth(NamedTuple):
    """Of S scenarios with up to G strata; R is 1, or one truth a replicate of the range.

    Attributes
    ----------
    kind : int64 (S,)
    events_are_bad : bool
        RISK: whether the outcome counted, 1, is the one that is not good.
    values : float64 (S, R, G, 2, 2)
        RISK: the chance of a good outcome. NORMAL: mean, less the one planned for control, and
        standard deviation. PIECEWISE and WEIBULL: the factor of
        the hazard.
    starts, hazards, before : float64 (S, G, 2, M)
        PIECEWISE: start of each piece in days, hazard a day, cumulative hazard before it. WEIBULL:
        scale in days in `starts` and 1 / shape in `hazards`, of the first piece.
    pieces : int64 (S, G, 2)
    table : float64 (T, 2)
        TABLE: outcomes under both arms, all strata one after the other.
    first, rows : int64 (S, G)
        Where the stratum's rows begin in the table, and how many there are.
    strata : int64 (S,)
    bounds : uint64 (S, G)
        Upper bounds of the strata's words.
    losses : float64 (S, 2)
        Hazard a day of being lost.
    trend : float64 (S,)
        Change a year of enrolment.
    adverse : uint64 (S, 2)
        Bounds of the words that are adverse events.
    parameters : float64 (S, P)
        OWN: those of the user's function.
    """

    kind: Ints
    events_are_bad: bool
    values: Floats
    starts: Floats
    hazards: Floats
    before: Floats
    pieces: Ints
    table: Floats
    first: Ints
    rows: Ints
    strata: Ints
    bounds: NDArray[np.uint64]
    losses: Floats
    trend: Floats
    adverse: NDArray[np.uint64]
    parameters: Floats


@njit(forceinline=True, error_model="numpy")
def good_below(chance, trend):  # type: ignore[no-untyped-def]
    """The number of words that are good outcomes at a chance whose log odds move by `trend`."""
    if trend != 0.0 and 0.0 < chance < 1.0:
        odds = chance / (1.0 - chance) * math.exp(trend)
        chance = odds / (1.0 + odds)
    return uint64(np.rint(chance * _WORDS))


@njit(forceinline=True, error_model="numpy")
def piecewise_time(mass, starts, hazards, before, pieces):  # type: ignore[no-untyped-def]
    """When the cumulative hazard reaches `mass`; infinite where it never does."""
    piece = 0
    while piece < pieces - 1 and mass > before[piece + 1]:
        piece += 1
    hazard = hazards[piece]
    return starts[piece] + (mass - before[piece]) / hazard if hazard > 0.0 else math.inf


@cached(nogil=True, error_model="numpy")
def draw_rates(value, arm, words0, words1, good0, good1, bad):  # type: ignore[no-untyped-def]
    """Outcomes 0 and 1 into `value` (n,) at one chance of a good outcome an arm."""
    limit0 = good_below(good0, 0.0)
    limit1 = good_below(good1, 0.0)
    rank0 = 0
    rank1 = 0
    for i in range(value.size):
        if arm[i] == 1:
            value[i] = (words1[rank1 & 3, rank1 >> 2] < limit1) != bad
            rank1 += 1
        else:
            value[i] = (words0[rank0 & 3, rank0 >> 2] < limit0) != bad
            rank0 += 1


@cached(nogil=True, error_model="numpy")
def draw_means(value, arm, words0, words1, drawn, values):  # type: ignore[no-untyped-def]
    """Normal outcomes into `value` (n,); `values` (2, 2) is mean and deviation by arm.

    `drawn` (2, 4, calls) is scratch.
    """
    treated = 0
    for i in range(uint64(arm.size)):
        treated += arm[i]
    fill_normals(drawn[0], words0, 0, (arm.size - treated + 3) >> 2)
    fill_normals(drawn[1], words1, 0, (treated + 3) >> 2)
    _by_rank(value, arm, drawn)
    for i in range(uint64(value.size)):
        a = arm[i]
        value[i] = values[a, 0] + values[a, 1] * value[i]


@cached(nogil=True, error_model="numpy")
def draw_exponential(value, arm, words0, words1, drawn, rate0, rate1):  # type: ignore[no-untyped-def]
    """Times with a constant hazard a day in each arm into `value` (n,); `drawn` is scratch."""
    treated = 0
    for i in range(uint64(arm.size)):
        treated += arm[i]
    fill_exponentials(drawn[0], words0, 0, (arm.size - treated + 3) >> 2)
    fill_exponentials(drawn[1], words1, 0, (treated + 3) >> 2)
    _by_rank(value, arm, drawn)
    scale0 = 1.0 / rate0 if rate0 > 0.0 else math.inf
    scale1 = 1.0 / rate1 if rate1 > 0.0 else math.inf
    for i in range(uint64(value.size)):
        value[i] *= scale1 if arm[i] == 1 else scale0


@njit(forceinline=True, error_model="numpy")
def _by_rank(value, arm, drawn):  # type: ignore[no-untyped-def]
    """Put each arm's draws, by rank, where its patients stand."""
    rank0 = uint64(0)
    rank1 = uint64(0)
    for i in range(uint64(value.size)):
        a = uint64(arm[i])
        rank = rank1 if a == uint64(1) else rank0
        value[i] = drawn[a, rank & uint64(3), rank >> uint64(2)]
        rank1 += a
        rank0 += uint64(1) - a


@cached(nogil=True, error_model="numpy")
def draw_any(  # type: ignore[no-untyped-def]
    value,
    entry,
    arm,
    stratum,
    words0,
    words1,
    kind,
    one,
    bad,
    trend,
    values,
    starts,
    hazards,
    before,
    pieces,
    table,
    first,
    rows,
):
    """Outcomes of any kind but OWN into `value` (n,), from one scenario's rows of `Truth`.

    `one` is true without strata.
    """
    rank0 = 0
    rank1 = 0
    for i in range(value.size):
        a = arm[i]
        if a == 1:
            word = words1[rank1 & 3, rank1 >> 2]
            rank1 += 1
        else:
            word = words0[rank0 & 3, rank0 >> 2]
            rank0 += 1
        g = 0 if one else stratum[i]
        drift = trend * entry[i] / YEAR if trend != 0.0 else 0.0
        if kind == RISK:
            value[i] = (word < good_below(values[g, a, 0], -drift if bad else drift)) != bad
        elif kind == NORMAL:
            value[i] = values[g, a, 0] + drift + values[g, a, 1] * normal(word)
        elif kind == TABLE:
            row = (uint64(word) * uint64(rows[g])) >> uint64(32)
            value[i] = table[first[g] + np.int64(row), a]
        else:
            mass = exponential(word) / (values[g, a, 0] * math.exp(drift))
            if kind == WEIBULL:
                value[i] = starts[g, a, 0] * mass ** hazards[g, a, 0]
            else:
                value[i] = piecewise_time(
                    mass, starts[g, a], hazards[g, a], before[g, a], pieces[g, a]
                )


@njit(forceinline=True, error_model="numpy")
def four_uniforms(a, b, c, d):  # type: ignore[no-untyped-def]
    """Four words as uniform numbers in (0, 1)."""
    return uniform(a), uniform(b), uniform(c), uniform(d)


@cached(nogil=True, error_model="numpy")
def draw_adverse(adverse, arm, words, limit0, limit1, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Whether each patient has the adverse event, into `adverse` (n,)."""
    n = adverse.size
    fill(words, (n + 3) >> 2, ADVERSE, replicate, k0, k1)
    for i in range(n):
        adverse[i] = words[i & 3, i >> 2] < (limit1 if arm[i] == 1 else limit0)


@cached(nogil=True, error_model="numpy")
def fill_arms(words0, words1, n0, n1, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """The words of both arms' outcomes, for the first `n0` and `n1` patients."""
    fill(words0, (n0 + 3) >> 2, OUTCOME, replicate, k0, k1)
    fill(words1, (n1 + 3) >> 2, OUTCOME + 1, replicate, k0, k1)
