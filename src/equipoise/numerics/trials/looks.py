"""When the looks of one simulated trial are, and what each of them sees."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.trial_survival import (
    at_look,
    cox,
    days_of_events,
    load,
    sort_trial,
    stratified_log_rank,
    weighted_log_rank,
)

from .decisions import CLOSEST, GO, boundary_now, decide
from .patients import SPENT_LOOKS
from .statistics import (
    BINARY,
    CONTINUOUS,
    SURVIVAL,
    adverse_statistic,
    means_test,
    rates_estimate,
    rates_z,
)

PATIENTS, BY_EVENTS, INFORMATION, CALENDAR = range(4)
"""What calls a look."""


class Looks(NamedTuple):
    """When the looks are.

    `by` is what calls them, `target` (K,) how much of it, in days for the calendar, and `full` the
    most, of which the information is a fraction. Adverse events are known after `adverse_delay`
    days; they are drawn where `watch` is true.
    """

    by: int
    target: NDArray[np.float64]
    full: float
    watch: bool
    adverse_delay: float


NEXT, ENTERED, N0, N1, X0, X1, Q0, Q1, LAST_DAY = range(9)
"""State of a trial between looks: the next patient whose outcome is to come, patients enrolled; by
arm, patients with a known outcome and sums of their outcomes and of their squares; the day on which
the last of them was known."""

(
    HELD,
    DAY_OF,
    ENROLLED_BY,
    KNOWN_BY,
    PATIENTS0,
    PATIENTS1,
    EVENTS0,
    EVENTS1,
    STATISTIC,
    EFFECT,
    SE,
    FRACTION,
    ADVERSE_Z,
    DECISION,
    FUTILITY_Z,
    FREEDOM,
    ON_TARGET,
    LOOK_AT,
    BOUND,
    WORSE_Z,
) = range(20)
"""What a look leaves in ``b.seen``: that it was held, its day, patients enrolled and known; by arm,
patients and events (or sums); z, estimate, standard error, information, the statistic of adverse
events, the decision, the statistic for futility, degrees of freedom, whether the look came to its
target, which look it is, the efficacy boundary in force, and the statistic of the mirrored test for
harm."""

TRACE = 20
"""Columns of a trace: these."""


@njit(forceinline=True, error_model="numpy")
def information(n0, n1, x0, x1, q0, q1, test):  # type: ignore[no-untyped-def]
    """One over the variance of the difference (of a single arm, the effect); 0 before it exists."""
    if n1 < 2 or (n0 < 2 and not test.single):
        return 0.0
    if test.endpoint == BINARY:
        p = (x0 + x1) / (n0 + n1)
        spread0 = spread1 = p * (1.0 - p)
    elif test.sd1 > 0.0:
        spread0, spread1 = test.sd0**2, test.sd1**2
    else:
        squares = q1 - x1**2 / n1 + (0.0 if test.single else q0 - x0**2 / n0)
        spread0 = spread1 = squares / (n0 + n1 - (1.0 if test.single else 2.0))
    variance = spread1 / n1 + (0.0 if test.single else spread0 / n0)
    return 1.0 / variance if variance > 0.0 else 0.0


@njit(forceinline=True, error_model="numpy")
def amount(by, n0, n1, x0, x1, q0, q1, test):  # type: ignore[no-untyped-def]
    """How much there is of what calls the looks."""
    if by == BY_EVENTS:
        return x0 + x1
    if by == INFORMATION:
        return information(n0, n1, x0, x1, q0, q1, test)
    return n0 + n1


@cached(nogil=True, error_model="numpy")
def follow_to(state, entry, lost, value, arm, delay, by, target, test):  # type: ignore[no-untyped-def]
    """Go on to the look that `target` calls; its day, and whether it came to its target.

    Outcomes are known `delay` days after `entry`, in that order, unless the patient was lost
    before. All outcomes known on the look's day count.
    """
    n = entry.size
    p = int(state[NEXT])
    n0, n1, x0, x1 = state[N0], state[N1], state[X0], state[X1]
    q0, q1, last = state[Q0], state[Q1], state[LAST_DAY]
    day = target
    reached = by == CALENDAR
    called = reached
    if not reached:
        reached = amount(by, n0, n1, x0, x1, q0, q1, test) >= target
        called = reached
        day = last
    while p < n:
        known = entry[p] + delay
        if called and known > day:
            break
        if lost[p] >= delay:
            x = value[p]
            last = known
            if arm[p] == 1:
                n1 += 1.0
                x1 += x
                q1 += x * x
            else:
                n0 += 1.0
                x0 += x
                q0 += x * x
            if not called and amount(by, n0, n1, x0, x1, q0, q1, test) >= target:
                reached = True
                called = True
                day = known
        p += 1
    if not called:
        day = entry[n - 1] + delay if n > 0 else 0.0
    state[NEXT], state[N0], state[N1], state[X0], state[X1] = p, n0, n1, x0, x1
    state[Q0], state[Q1], state[LAST_DAY] = q0, q1, last
    return day, reached


@njit(forceinline=True)
def count_entered(entry, entered, day):  # type: ignore[no-untyped-def]
    """Patients enrolled by `day`, given those enrolled by an earlier one."""
    while entered < entry.size and entry[entered] <= day:
        entered += 1
    return entered


@cached(nogil=True, error_model="numpy")
def adverse_z(entry, arm, adverse, day, delay):  # type: ignore[no-untyped-def]
    """Statistic of the adverse events known by `day`, positive where treatment has more."""
    n0 = n1 = x0 = x1 = 0
    for i in range(entry.size):
        if entry[i] + delay <= day:
            if arm[i] == 1:
                n1 += 1
                x1 += adverse[i]
            else:
                n0 += 1
                x0 += adverse[i]
    return adverse_statistic(x1, n1, x0, n0)


@njit(forceinline=True)
def last_event_day(entry, time, event):  # type: ignore[no-untyped-def]
    """The day of the last event that ever comes; that of the last entry where there is none."""
    n = entry.size
    day = entry[n - 1] if n > 0 else 0.0
    for i in range(n):
        if event[i] != 0 and time[i] < math.inf:
            day = max(day, entry[i] + time[i])
    return day


@cached(nogil=True, error_model="numpy")
def begin_survival(  # type: ignore[no-untyped-def]
    work, entry, value, lost, arm, time, event, by, target, days
):
    """Sort a trial and find the days of its looks, into `days` (K,), inf where one never comes.

    Returns how many were sorted, whether there are ties, and the last day that a look can have.
    """
    n = entry.size
    for i in range(uint64(n)):
        time[i] = value[i] if value[i] <= lost[i] else lost[i]
        event[i] = value[i] <= lost[i]
    load(work, entry, time, event, arm)
    if by == CALENDAR:
        days[:] = target
    elif by == PATIENTS:
        for k in range(target.size):
            i = int(target[k]) - 1
            days[k] = entry[i] if i < n else math.inf
    else:
        days_of_events(work, entry, event, target, days)
    end = days[-1]
    if end == math.inf:
        end = last_event_day(entry, time, event)
    size, tied = sort_trial(work, entry, time, end)
    return size, tied, end


@cached(nogil=True, error_model="numpy")
def survival_test(  # type: ignore[no-untyped-def]
    work, entry, stratum, strata, size, tied, day, table, test, share
):
    """At a look: events of control and treatment, z, score and variance, rows of the risk table."""
    rows = at_look(work, entry, size, tied, day, table)
    x0 = x1 = 0.0
    for k in range(uint64(rows)):
        x0 += table[2, k]
        x1 += table[3, k]
    if test.stratified and strata > 1:
        score, variance = stratified_log_rank(
            work, entry, stratum, strata, size, tied, day, table, test.rho, test.gamma
        )
    else:
        score, variance = weighted_log_rank(work, table, rows, test.rho, test.gamma)
    z = test.sign * score / math.sqrt(variance) if variance > 0.0 else 0.0
    if test.margin != 0.0:
        z -= test.sign * test.margin * math.sqrt((x0 + x1) * share * (1.0 - share))
    return x0, x1, z, score, variance, rows


@cached(nogil=True, error_model="numpy")
def survival_estimate(work, table, test, tied, strata, score, variance, rows):  # type: ignore[no-untyped-def]
    """Cox's log hazard ratio; of a stratified trial score over variance, the one-step estimate."""
    if test.stratified and strata > 1:
        if variance <= 0.0:
            return math.nan, math.inf
        return score / variance, 1.0 / math.sqrt(variance)
    start = score / variance if variance > 0.0 and test.rho == 0.0 and test.gamma == 0.0 else 0.0
    return cox(work, table, rows, tied, start)


@cached(nogil=True, error_model="numpy")
def begin_looks(b, n, looks, rules, test):  # type: ignore[no-untyped-def]
    """Before the first look: for survival, how many were sorted, ties, the last day of a look."""
    b.state[:] = 0.0
    b.upper[:] = rules.upper
    b.memory[SPENT_LOOKS] = 0
    if test.endpoint != SURVIVAL:
        return 0, False, 0.0
    return begin_survival(
        b.survival,
        b.entry[:n],
        b.value,
        b.lost,
        b.arm,
        b.time[:n],
        b.event[:n],
        looks.by,
        looks.target,
        b.days,
    )


@cached(nogil=True, error_model="numpy")
def see(  # type: ignore[no-untyped-def]
    b, n, k, size, tied, end, delay, share, strata, looks, rules, test, wanted
):
    """Hold look `k`, or the last where nothing more is to come: what it sees, into ``b.seen``.

    `size`, `tied` and `end` are of `begin_looks`. The estimate of a survival trial takes time: it
    is made where `wanted`, or where the trial does not go on.
    """
    state, seen, entry, target = b.state, b.seen, b.entry[:n], looks.target
    total = target.size
    survival = test.endpoint == SURVIVAL
    if survival:
        reached = b.days[k] < math.inf
        day = b.days[k] if reached else end
        over = not reached
    else:
        day, reached = follow_to(
            state, entry, b.lost, b.value, b.arm, delay, looks.by, target[k], test
        )
        over = int(state[NEXT]) >= n
    if over and k < total - 1:
        k = total - 1
        if looks.by == CALENDAR:
            reached = True
        elif not survival:
            q0, q1 = state[Q0], state[Q1]
            so_far = amount(looks.by, state[N0], state[N1], state[X0], state[X1], q0, q1, test)
            reached = so_far >= target[k]
    entered = count_entered(entry, int(state[ENTERED]), day)
    state[ENTERED] = entered
    score = variance = 0.0
    rows = 0
    df = math.inf
    estimate = error = math.nan
    n0, n1, x0, x1 = state[N0], state[N1], state[X0], state[X1]
    known = n0 + n1
    so_far = amount(looks.by, n0, n1, x0, x1, state[Q0], state[Q1], test)
    if survival:
        x0, x1, z, score, variance, rows = survival_test(
            b.survival, entry, b.stratum, strata, size, tied, day, b.table, test, share
        )
        futility_z = z
        worse_z = -z
        known = float(entered)
        so_far = x0 + x1
    elif test.endpoint == BINARY:
        z, futility_z, worse_z = rates_z(x1, n1, x0, n0, test)
        estimate, error = rates_estimate(x1, n1, x0, n0, test)
    else:
        squares1 = max(state[Q1] - x1 * x1 / n1, 0.0) if n1 > 0.0 else 0.0
        squares0 = max(state[Q0] - x0 * x0 / n0, 0.0) if n0 > 0.0 else 0.0
        z, estimate, error, df = means_test(n1, x1, squares1, n0, x0, squares0, test)
        futility_z = z
        worse_z = -z
    if rules.spend.size > 0:
        k, reached = spend(b, k, so_far / looks.full, reached, rules, total)
    adverse = 0.0
    if looks.watch:
        adverse = adverse_z(entry, b.arm, b.adverse, day, looks.adverse_delay)
    reason = GO
    if rules.own < 2:
        reason = decide(k, total, z, futility_z, adverse, rules, b.upper)
    if survival and (wanted or reason != GO):
        estimate, error = survival_estimate(
            b.survival, b.table, test, tied, strata, score, variance, rows
        )
    seen[HELD], seen[DAY_OF], seen[ENROLLED_BY], seen[KNOWN_BY] = 1.0, day, entered, known
    seen[PATIENTS0], seen[PATIENTS1], seen[EVENTS0], seen[EVENTS1] = n0, n1, x0, x1
    seen[STATISTIC], seen[EFFECT], seen[SE], seen[FREEDOM] = z, estimate, error, df
    seen[FRACTION], seen[ADVERSE_Z] = so_far / looks.full, adverse
    seen[DECISION], seen[FUTILITY_Z] = reason, futility_z
    seen[ON_TARGET], seen[LOOK_AT], seen[BOUND] = reached, k, b.upper[k]
    seen[WORSE_Z] = worse_z if test.mirrored else -math.inf
    return k


@njit(forceinline=True)
def spend(b, k, fraction, reached, rules, total):  # type: ignore[no-untyped-def]
    """Put the boundary of look `k` into ``b.upper``; with all the information it is the last."""
    if k < total - 1 and fraction >= 1.0 - CLOSEST:
        k, reached = total - 1, True
    scratch = b.spending
    b.upper[k], held = boundary_now(
        rules,
        total,
        k,
        fraction,
        scratch[0],
        scratch[1],
        scratch[2],
        scratch[3],
        scratch[4],
        b.memory[SPENT_LOOKS],
    )
    b.memory[SPENT_LOOKS] = held
    return k, reached


@njit(forceinline=True)
def events_seen(seen, test):  # type: ignore[no-untyped-def]
    """Events so far; none of measurements."""
    return seen[EVENTS0] + seen[EVENTS1] if test.endpoint != CONTINUOUS else 0.0
