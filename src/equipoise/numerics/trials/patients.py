"""The patients of one simulated trial: buffers, and everything about them that no look decides."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.trial_survival import Workspace, workspace

from .course import FIXED, SIMPLE, at_random, enrol, in_blocks, in_turn, lose, stratify
from .outcomes import (
    NORMAL,
    OWN,
    PIECEWISE,
    RISK,
    draw_adverse,
    draw_any,
    draw_exponential,
    draw_means,
    draw_rates,
    fill_arms,
)

MOST0, MOST1, DRAWN0, DRAWN1, COME, SPENT_LOOKS = range(6)
"""What a thread remembers: the most patients of each arm so far, those whose words are drawn for
the replicate at hand, patients who come in the scenario at hand, and looks that spent alpha in the
trial at hand."""

MEMORY = 6

SEEN = 20
"""Floats that a look leaves, see `looks.py`."""


class Buffers(NamedTuple):
    """One trial's patients, in order of enrolment, and scratch; `buffers` makes them."""

    entry: NDArray[np.float64]
    arm: NDArray[np.int8]
    stratum: NDArray[np.int8]
    lost: NDArray[np.float64]
    value: NDArray[np.float64]
    time: NDArray[np.float64]
    event: NDArray[np.uint8]
    adverse: NDArray[np.uint8]
    words0: NDArray[np.uint32]
    words1: NDArray[np.uint32]
    words: NDArray[np.uint32]
    more: NDArray[np.uint32]
    left: NDArray[np.int64]
    state: NDArray[np.float64]
    upper: NDArray[np.float64]
    spending: NDArray[np.float64]
    memory: NDArray[np.int64]
    seen: NDArray[np.float64]
    days: NDArray[np.float64]
    table: NDArray[np.float64]
    drawn: NDArray[np.float64]
    zero: NDArray[np.int8]
    survival: Workspace


@cached()
def buffers(n, strata, looks, survival):  # type: ignore[no-untyped-def]
    """Buffers for trials of up to `n` patients, with those of survival only where asked for."""
    calls = (n + 3) >> 2
    return Buffers(
        np.zeros(n, np.float64),
        np.zeros(n, np.int8),
        np.zeros(n, np.int8),
        np.zeros(n, np.float64),
        np.zeros(n, np.float64),
        np.zeros(n, np.float64),
        np.zeros(n, np.uint8),
        np.zeros(n, np.uint8),
        np.zeros((4, calls), np.uint32),
        np.zeros((4, calls), np.uint32),
        np.zeros((4, calls), np.uint32),
        np.zeros((4, calls), np.uint32),
        np.zeros((strata, 2), np.int64),
        np.zeros(9, np.float64),
        np.zeros(looks, np.float64),
        np.zeros((5, looks), np.float64),
        np.zeros(MEMORY, np.int64),
        np.zeros(SEEN, np.float64),
        np.zeros(looks, np.float64),
        np.zeros((4, n if survival else 0), np.float64),
        np.zeros((2, 4, calls), np.float64),
        np.zeros(n, np.int8),
        workspace(n if survival else 0),
    )


@njit(forceinline=True)
def arrived(entry):  # type: ignore[no-untyped-def]
    """How many patients ever come."""
    n = entry.size
    while n > 0 and entry[n - 1] == math.inf:
        n -= 1
    return n


@njit(forceinline=True)
def arm_sizes(arm, most0, most1):  # type: ignore[no-untyped-def]
    """Patients of each arm, or the most so far where that is more."""
    n1 = 0
    for i in range(uint64(arm.size)):
        n1 += arm[i]
    return max(arm.size - n1, most0), max(n1, most1)


@cached(nogil=True, error_model="numpy")
def who_comes(b, course, truth, s, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Entries, strata and arms of a scenario's patients."""
    if course.poisson[s]:
        enrol(
            b.entry,
            b.words,
            course.edges[s],
            course.enrolled[s],
            course.rate[s],
            course.slope[s],
            course.pieces[s],
            replicate,
            k0,
            k1,
        )
    else:
        b.entry[:] = course.entry[s]
    stratify(b.stratum, b.words, truth.bounds[s], truth.strata[s], replicate, k0, k1)
    if course.allocation == FIXED:
        in_turn(b.arm, course.share)
    elif course.allocation == SIMPLE:
        at_random(b.arm, b.words, course.share, replicate, k0, k1)
    else:
        in_blocks(
            b.arm,
            b.stratum if course.stratified else b.zero,
            b.left,
            b.words,
            b.more,
            course.ratio[0],
            course.ratio[1],
            course.sizes,
            replicate,
            k0,
            k1,
        )


@cached(nogil=True, error_model="numpy")
def what_happens(b, n, truth, watch, s, r, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Outcomes, losses and adverse events of `n` patients, but for outcomes of the user's own."""
    if truth.losses[s, 0] > 0.0 or truth.losses[s, 1] > 0.0:
        hazard0, hazard1 = truth.losses[s, 0], truth.losses[s, 1]
        lose(b.lost[:n], b.arm, b.words, b.drawn[0], hazard0, hazard1, replicate, k0, k1)
    else:
        b.lost[:n] = math.inf
    if watch:
        draw_adverse(
            b.adverse[:n],
            b.arm,
            b.words,
            truth.adverse[s, 0],
            truth.adverse[s, 1],
            replicate,
            k0,
            k1,
        )
    kind = truth.kind[s]
    value, arm = b.value[:n], b.arm[:n]
    values = truth.values[s, r]
    plain = truth.strata[s] == 1 and truth.trend[s] == 0.0
    if kind == RISK and plain:
        draw_rates(
            value, arm, b.words0, b.words1, values[0, 0, 0], values[0, 1, 0], truth.events_are_bad
        )
    elif kind == NORMAL and plain:
        draw_means(value, arm, b.words0, b.words1, b.drawn, values[0])
    elif kind == PIECEWISE and plain and truth.pieces[s, 0, 0] == 1 and truth.pieces[s, 0, 1] == 1:
        rate0 = truth.hazards[s, 0, 0, 0] * values[0, 0, 0]
        rate1 = truth.hazards[s, 0, 1, 0] * values[0, 1, 0]
        draw_exponential(value, arm, b.words0, b.words1, b.drawn, rate0, rate1)
    elif kind != OWN:
        draw_any(
            value,
            b.entry,
            arm,
            b.stratum,
            b.words0,
            b.words1,
            kind,
            truth.strata[s] == 1,
            truth.events_are_bad,
            truth.trend[s],
            values,
            truth.starts[s],
            truth.hazards[s],
            truth.before[s],
            truth.pieces[s],
            truth.table,
            truth.first[s],
            truth.rows[s],
        )


@cached(nogil=True, error_model="numpy")
def draw_patients(  # type: ignore[no-untyped-def]
    b, course, truth, watch, s, r, replicate, first, k0, k1
):
    """The patients of scenario `s`, but for outcomes of the user's own; how many come.

    `first` is the first replicate of the range, in which what is constant is laid out.
    """
    memory = b.memory
    if not course.same[s] and not (course.constant and replicate > first):
        who_comes(b, course, truth, s, replicate, k0, k1)
        memory[COME] = arrived(b.entry)
        sizes = arm_sizes(b.arm[: memory[COME]], memory[MOST0], memory[MOST1])
        memory[MOST0], memory[MOST1] = sizes
    if s == 0 or memory[MOST0] > memory[DRAWN0] or memory[MOST1] > memory[DRAWN1]:
        fill_arms(b.words0, b.words1, memory[MOST0], memory[MOST1], replicate, k0, k1)
        memory[DRAWN0], memory[DRAWN1] = memory[MOST0], memory[MOST1]
    n = memory[COME]
    what_happens(b, n, truth, watch, s, r, replicate, k0, k1)
    return n
