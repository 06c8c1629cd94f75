"""The engine: any built-in design, patient by patient and look by look."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.numerics.blocks import BLOCK
from equipoise.numerics.cached import cached
from equipoise.numerics.philox import philox

from .addresses import OWN_OUTCOME
from .asking import ask, own_value
from .borrowed import borrowed
from .decisions import EFFICACY, END, GO, HARM, TIE
from .looks import (
    BY_EVENTS,
    CALENDAR,
    DAY_OF,
    DECISION,
    EFFECT,
    ENROLLED_BY,
    FRACTION,
    FREEDOM,
    INFORMATION,
    KNOWN_BY,
    ON_TARGET,
    PATIENTS,
    SE,
    STATISTIC,
    TRACE,
    WORSE_Z,
    Looks,
    begin_looks,
    events_seen,
    see,
)
from .outcomes import OWN, four_uniforms
from .patients import Buffers, buffers, draw_patients
from .records import (
    AT_DAY,
    AT_ENROLLED,
    AT_EVENTS,
    AT_INFORMATION,
    AT_KNOWN,
    DAY,
    DF,
    EFFICACY_ONLY,
    ENROLLED,
    ERROR,
    ESTIMATE,
    EVENTS,
    KNOWN,
    LOOK,
    NOT_A_NUMBER,
    OK,
    OUTSIDE,
    REACHED,
    REASON,
    SHORT,
    STATUS,
    WORSE,
    Z,
    add_up,
)

__all__ = [
    "BY_EVENTS",
    "CALENDAR",
    "INFORMATION",
    "PATIENTS",
    "TRACE",
    "Buffers",
    "Looks",
    "buffers",
    "run",
]


@njit(forceinline=True, error_model="numpy")
def draw_own(value, entry, arm, parameters, test, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Outcomes of the user's own into `value` (n,); whether any is none that the endpoint has."""
    rank0 = rank1 = 0
    bad = False
    low, high = np.uint32(replicate), np.uint32(np.uint64(replicate) >> np.uint64(32))
    for i in range(value.size):
        a = int(arm[i])
        rank = rank1 if a == 1 else rank0
        w0, w1, w2, w3 = philox(np.uint32(rank), np.uint32(OWN_OUTCOME + a), low, high, k0, k1)
        u = four_uniforms(w0, w1, w2, w3)
        x, wrong = own_value(u, a, entry[i], parameters, test)
        bad |= wrong
        value[i] = x
        if a == 1:
            rank1 += 1
        else:
            rank0 += 1
    return bad


@cached(nogil=True, error_model="numpy")
def tally(seen, at, events):  # type: ignore[no-untyped-def]
    """Add a look to the sums over trials that reach it."""
    at[REACHED] += 1.0
    at[AT_DAY] += seen[DAY_OF]
    at[AT_ENROLLED] += seen[ENROLLED_BY]
    at[AT_KNOWN] += seen[KNOWN_BY]
    at[AT_EVENTS] += events
    at[AT_INFORMATION] += seen[FRACTION]


@cached(nogil=True, error_model="numpy")
def conclude(seen, k, upper, events, c, v):  # type: ignore[no-untyped-def]
    """The record of a trial that ends at look `k`."""
    c[LOOK], c[REASON], c[ENROLLED] = k, seen[DECISION], seen[ENROLLED_BY]
    c[KNOWN], c[EVENTS], c[SHORT] = seen[KNOWN_BY], events, seen[ON_TARGET] == 0.0
    c[WORSE] = seen[WORSE_Z] >= upper - TIE and seen[DECISION] != EFFICACY
    v[DAY], v[Z], v[DF] = seen[DAY_OF], seen[STATISTIC], seen[FREEDOM]
    v[ESTIMATE], v[ERROR] = seen[EFFECT], seen[SE]


@cached(nogil=True, error_model="numpy")
def run(  # type: ignore[no-untyped-def]
    first,
    last,
    b,
    course,
    truth,
    looks,
    rules,
    test,
    effect,
    critical,
    k0,
    k1,
    counts,
    values,
    sums,
    at_looks,
    stopped,
    patients,
    days,
    joint,
    trace,
):
    """Run replicates [`first`, `last`) of every scenario and add them up.

    Parameters
    ----------
    first, last : int64
        Range of replicate indices; `first` begins a block.
    b : Buffers
    course, truth, looks, rules, test : Course, Truth, Looks, Rules, Test
    effect, critical : see `records.add_up`; `effect` is (S, 1 or last - first)
    k0, k1 : uint32
        Key words of the seed.
    counts, values : int32 (S, M, COUNTS), float64 (S, M, VALUES)
        M is 1,024, written again for each block; or more, for one record a trial.
    sums : float64 (blocks, S, SUMS)
    at_looks : float64 (blocks, S, K, AT_LOOK)
    stopped, patients, days : int64, see `records.add_up`
    joint : float64 (blocks, 2, S, S), or (blocks, 2, 0, 0) for none
    trace : float64 (K, TRACE), or none
        Of the last trial: what each look saw.
    """
    b, course, truth = borrowed(b), borrowed(course), borrowed(truth)
    looks, rules = borrowed(looks), borrowed(rules)
    scenarios = truth.kind.size
    total = looks.target.size
    keep = counts.shape[1] > BLOCK
    traced = trace.shape[0] > 0
    seen, upper = b.seen, b.upper
    for replicate in range(first, last):
        block = (replicate - first) // BLOCK
        start = block * BLOCK
        begin = start if keep else 0
        at = begin + (replicate - first) - start
        for s in range(scenarios):
            r = replicate - first if truth.values.shape[1] > 1 else 0
            c, v = counts[s, at], values[s, at]
            c[:] = 0
            v[:] = 0.0
            n = draw_patients(b, course, truth, looks.watch, s, r, replicate, first, k0, k1)
            if truth.kind[s] == OWN and draw_own(
                b.value[:n], b.entry, b.arm, truth.parameters[s], test, replicate, k0, k1
            ):
                c[STATUS] = OUTSIDE
                continue
            size, tied, end = begin_looks(b, n, looks, rules, test)
            ended = False
            k = 0
            while k < total:
                k = see(
                    b,
                    n,
                    k,
                    size,
                    tied,
                    end,
                    course.delay,
                    course.share,
                    truth.strata[s],
                    looks,
                    rules,
                    test,
                    traced or rules.own > 0,
                )
                status = ask(seen, k, total, rules, upper)
                z = seen[STATISTIC]
                if status != OK or z != z:
                    c[STATUS] = status if status != OK else NOT_A_NUMBER
                    break
                if traced:
                    trace[k] = seen[: trace.shape[1]]
                reason = int(seen[DECISION])
                if not ended:
                    events = events_seen(seen, test)
                    tally(seen, at_looks[block, s, k], events)
                    if reason != GO:
                        ended = True
                        conclude(seen, k, upper[k], events, c, v)
                if (rules.own < 2 and z >= upper[k] - TIE) or reason == EFFICACY:
                    c[EFFICACY_ONLY] = 1
                    break
                if reason == END or reason == HARM or k == total - 1:
                    break
                k += 1
        size = at + 1 - begin
        if size == BLOCK or replicate == last - 1:
            add_up(
                counts[:, begin : begin + size],
                values[:, begin : begin + size],
                effect[:, start : start + size] if effect.shape[1] > 1 else effect,
                critical,
                sums[block],
                stopped,
                patients,
                days,
                joint[block],
            )
