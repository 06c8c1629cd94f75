"""Trials whose looks come at known numbers of patients: rates and means without a calendar.

Nothing depends on who came when, so that a look's counts or sums are all that is needed. The words
of a replicate are drawn once, when the first trial that still runs needs them, and serve every
scenario. Results are those of the engine for the same patients: counts alike, sums to rounding.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import int32, int64, njit, uint32, uint64
from numpy.typing import NDArray

from equipoise.numerics.blocks import BLOCK
from equipoise.numerics.cached import cached
from equipoise.numerics.draws import chi_square, fill_normals, fine_normal
from equipoise.numerics.philox import fill_calls, philox

from .addresses import OUTCOME, OWN_OUTCOME, STAGE
from .asking import ask, own_value
from .decisions import EFFICACY, END, FUTILITY, GO, HARM, TIE, decide
from .looks import (
    DAY_OF,
    DECISION,
    EFFECT,
    EVENTS0,
    EVENTS1,
    FRACTION,
    PATIENTS0,
    PATIENTS1,
    SE,
    STATISTIC,
)
from .outcomes import four_uniforms
from .patients import SEEN
from .records import (
    AT_EVENTS,
    DAY,
    DF,
    EFFICACY_ONLY,
    ENROLLED,
    ERROR,
    ESTIMATE,
    EVENTS,
    KNOWN,
    LOOK,
    OK,
    OUTSIDE,
    REACHED,
    REASON,
    STATUS,
    UNKNOWN_DECISION,
    WORSE,
    Z,
    add_up,
)
from .statistics import (
    KNOWN_SD,
    means_test,
    normal_of_t,
    over_root,
    rates_estimate,
    rates_z,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Timetable(NamedTuple):
    """What is known of the looks beforehand.

    `n0` and `n1` (K,) are patients with a known outcome by arm, `day` and `enrolled` (S, K) the
    day of the look and patients enrolled by then. Of scenarios whose outcomes are the user's,
    `owned` (S,) is true, `entry` (S, 2, N) holds the patients' days of enrolment by rank in the
    arm, and `parameters` (S, P) what the user's function takes.
    """

    n0: Ints
    n1: Ints
    day: Floats
    enrolled: Ints
    owned: NDArray[np.bool_]
    entry: Floats
    parameters: Floats


class CountRules(NamedTuple):
    """Critical counts of good outcomes on treatment (K, m), see `parts/look_tables.py`.

    `limits` (S, 2): a patient does well when the patient's word lies below; `events_are_bad`:
    whether the outcome that is counted is the other one. `decisions` (K, m0, m1), where it has any
    entries, takes the place of the critical counts: what the rules decide at good outcomes of
    control and treatment, see `fill_decisions`.
    """

    limits: NDArray[np.uint64]
    events_are_bad: bool
    benefit: Ints
    futility: Ints
    harm: Ints
    decisions: NDArray[np.uint8]


_REASON, _CROSSED, _WORSE = 15, 16, 32
"""Parts of an entry of a table of decisions: the reason, or 15 for one that is unknown; whether the
efficacy boundary is crossed; whether the mirrored test finds harm."""


REACH = 8.0
"""How far the grid of t goes on which its normal value is tabulated."""

_WHOLE = 16
"""Calls that fill a vector: words are drawn in multiples of it."""


@njit(forceinline=True)
def whole_calls(patients):  # type: ignore[no-untyped-def]
    """Calls that give `patients` a word each, rounded up to fill a vector."""
    return ((patients + 4 * _WHOLE - 1) // (4 * _WHOLE)) * _WHOLE


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


@njit(forceinline=True)
def note_reached(events, s, c, at):  # type: ignore[no-untyped-def]
    """Add a trial that did not fail to the sums over trials that reach a look, (K, AT_LOOK).

    What is the same for all trials, as the look's day, is left to the caller.
    """
    if c[STATUS] == 0:
        for k in range(c[LOOK] + 1):
            at[k, REACHED] += 1.0
            at[k, AT_EVENTS] += events[s, k]


@njit(forceinline=True, error_model="numpy", fastmath={"reassoc", "nsz"})
def own_stage(  # type: ignore[no-untyped-def]
    words, before, now, arm, entry, parameters, test, replicate, k0, k1
):
    """Sum and sum of squares of the user's outcomes of an arm's patients `before` … `now` - 1.

    And whether any of them is none that the endpoint has. `words` (4, N) is scratch.
    """
    start = before & ~(_WHOLE - 1)
    end = (now + _WHOLE - 1) & ~(_WHOLE - 1)
    fill_calls(words, start, end, OWN_OUTCOME + arm, replicate, k0, k1)
    total = 0.0
    squares = 0.0
    bad = False
    for p in range(uint64(before), uint64(now)):
        u = four_uniforms(words[0, p], words[1, p], words[2, p], words[3, p])
        x, wrong = own_value(u, arm, entry[arm, p], parameters, test)
        bad |= wrong
        total += x
        squares += x * x
    return total, squares, bad


@cached(nogil=True, error_model="numpy")
def run_rates(  # type: ignore[no-untyped-def]
    first,
    last,
    timetable,
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
):
    """Run replicates [`first`, `last`) of every scenario of a binary outcome, and add them up.

    Parameters are those of `engine.run`, but for `timetable` and `rules`, a `CountRules`. The
    statistic z is worked out only where there is one record a trial.
    """
    n0, n1 = timetable.n0, timetable.n1
    limits, benefit, futility, harm = rules.limits, rules.benefit, rules.futility, rules.harm
    decisions = rules.decisions
    tabled = decisions.size > 0
    scenarios, looks = limits.shape[0], n0.size
    control = np.empty((4, whole_calls(n0[-1])), np.uint32)
    treatment = np.empty((4, whole_calls(n1[-1])), np.uint32)
    running = np.empty(scenarios, np.int64)  # the scenarios whose trial still runs
    ended = np.empty(scenarios, np.bool_)  # or goes on for the efficacy boundary alone
    good = np.empty((scenarios, 2), np.int64)
    events = np.zeros((scenarios, looks), np.int64)
    keep = counts.shape[1] > BLOCK
    look_day, enrolled = timetable.day, timetable.enrolled
    owned, entry, parameters = timetable.owned, timetable.entry, timetable.parameters
    own = np.empty((4, entry.shape[2] + _WHOLE), np.uint32)
    for replicate in range(first, last):
        block = (replicate - first) // BLOCK
        start = block * BLOCK
        begin = start if keep else 0
        at = begin + (replicate - first) - start
        for s in range(scenarios):
            running[s] = s
            ended[s] = False
            good[s] = 0
            counts[s, at] = 0
        still = scenarios
        before0 = before1 = 0
        for k in range(looks):
            now0, now1 = n0[k], n1[k]
            fill_calls(control, whole_calls(before0), whole_calls(now0), OUTCOME, replicate, k0, k1)
            fill_calls(
                treatment, whole_calls(before1), whole_calls(now1), OUTCOME + 1, replicate, k0, k1
            )
            here, still = still, 0
            for i in range(here):
                s = running[i]
                c = counts[s, at]
                if owned[s]:
                    mine, days_of = parameters[s], entry[s]
                    x0, _, bad0 = own_stage(
                        own, before0, now0, 0, days_of, mine, test, replicate, k0, k1
                    )
                    x1, _, bad1 = own_stage(
                        own, before1, now1, 1, days_of, mine, test, replicate, k0, k1
                    )
                    if bad0 or bad1:
                        c[STATUS] = OUTSIDE
                        continue
                    more0, more1 = int64(x0), int64(x1)
                    if rules.events_are_bad:
                        more0, more1 = now0 - before0 - more0, now1 - before1 - more1
                    good[s, 0] += more0
                    good[s, 1] += more1
                else:
                    good[s, 0] += count_below(control, before0, now0, limits[s, 0])
                    good[s, 1] += count_below(treatment, before1, now1, limits[s, 1])
                good0, good1 = good[s, 0], good[s, 1]
                final = k == looks - 1
                if tabled:
                    code = int64(decisions[k, good0, good1])
                    reason = code & _REASON
                    found = code & _CROSSED != 0
                    worse = code & _WORSE != 0
                    stops = reason != GO
                    over = reason == END or reason == HARM
                    if reason == _REASON:
                        c[STATUS] = UNKNOWN_DECISION
                        continue
                else:
                    found = good1 >= benefit[k, good0]
                    worse = good1 <= harm[k, good0]
                    stops = found or worse or final or good1 <= futility[k, good0]
                    reason = EFFICACY if found else (END if final else FUTILITY)
                    over = final
                if found:
                    c[EFFICACY_ONLY] = 1
                if not ended[s]:
                    event0 = now0 - good0 if rules.events_are_bad else good0
                    event1 = now1 - good1 if rules.events_are_bad else good1
                    events[s, k] = event0 + event1
                    if stops:
                        ended[s] = True
                        c[LOOK] = k
                        c[REASON] = reason
                        c[ENROLLED], c[KNOWN] = enrolled[s, k], now0 + now1
                        c[EVENTS], c[WORSE] = event0 + event1, worse
                        v = values[s, at]
                        estimate, error = rates_estimate(event1, now1, event0, now0, test)
                        v[DAY], v[ESTIMATE], v[ERROR], v[DF] = (
                            look_day[s, k],
                            estimate,
                            error,
                            math.inf,
                        )
                        if keep:
                            v[Z] = rates_z(event1, now1, event0, now0, test)[0]
                if not (found or over or final):
                    running[still] = s
                    still += 1
            if still == 0:
                break
            before0, before1 = now0, now1
        for s in range(scenarios):
            note_reached(events, s, counts[s, at], at_looks[block, s])
        size = at + 1 - begin
        if size == BLOCK or replicate == last - 1:
            add_up(
                counts[:, begin : begin + size],
                values[:, begin : begin + size],
                effect,
                critical,
                sums[block],
                stopped,
                patients,
                days,
                joint[block],
            )


@cached(nogil=True, error_model="numpy")
def fill_decisions(  # type: ignore[no-untyped-def]
    decisions, n0, n1, day, information, rules, test, events_are_bad
):
    """What the rules decide at each look and each pair of good outcomes, into `decisions`.

    `day` and `information` (K,) are those of the looks; for the rest see `run_rates`.
    """
    looks = n0.size
    seen = np.zeros(SEEN)
    for k in range(looks):
        for good0 in range(n0[k] + 1):
            for good1 in range(n1[k] + 1):
                x0 = n0[k] - good0 if events_are_bad else good0
                x1 = n1[k] - good1 if events_are_bad else good1
                z, futility_z, worse_z = rates_z(x1, n1[k], x0, n0[k], test)
                reason = GO
                if rules.own < 2:
                    reason = decide(k, looks, z, futility_z, 0.0, rules, rules.upper)
                if rules.own > 0:
                    estimate, error = rates_estimate(x1, n1[k], x0, n0[k], test)
                    note_seen(seen, reason, z, estimate, error, day[k], information[k])
                    seen[PATIENTS0], seen[PATIENTS1] = n0[k], n1[k]
                    seen[EVENTS0], seen[EVENTS1] = x0, x1
                    if ask(seen, k, looks, rules, rules.upper) != OK:
                        decisions[k, good0, good1] = _REASON
                        continue
                    reason = int(seen[DECISION])
                code = reason
                if (rules.own < 2 and z >= rules.upper[k] - TIE) or reason == EFFICACY:
                    code |= _CROSSED
                if test.mirrored and worse_z >= rules.upper[k] - TIE and reason != EFFICACY:
                    code |= _WORSE
                decisions[k, good0, good1] = code


@njit(forceinline=True)
def note_seen(seen, reason, z, estimate, error, day, fraction):  # type: ignore[no-untyped-def]
    """What a look saw, for the user's rule."""
    seen[DECISION], seen[STATISTIC], seen[EFFECT], seen[SE] = reason, z, estimate, error
    seen[DAY_OF], seen[FRACTION] = day, fraction


@njit(forceinline=True, error_model="numpy")
def normal_from(table, t, df):  # type: ignore[no-untyped-def]
    """The normal value of `t` by cubic interpolation between values and slopes (T, 2).

    The grid goes from -`REACH` to `REACH`; beyond it the value is computed.
    """
    place = (t + REACH) * ((table.shape[0] - 1) / (2.0 * REACH))
    if not (place >= 0.0 and place < table.shape[0] - 1.0):
        return normal_of_t(t, df)
    i = int(place)
    x = place - i
    step = 2.0 * REACH / (table.shape[0] - 1)
    y0, y1 = table[i, 0], table[i + 1, 0]
    s0, s1 = table[i, 1] * step, table[i + 1, 1] * step
    rise = y1 - y0
    return y0 + x * (s0 + x * (3.0 * rise - 2.0 * s0 - s1 + x * (s0 + s1 - 2.0 * rise)))


@njit(forceinline=True, fastmath={"reassoc", "nsz"})
def add_normals(drawn, start, stop):  # type: ignore[no-untyped-def]
    """Sum, and sum of squares, of the values of patients `start` … `stop` - 1."""
    total = 0.0
    squares = 0.0
    first, last = (start + 3) >> 2, stop >> 2
    for w in range(4):
        row = drawn[w]
        for j in range(uint64(first), uint64(max(first, last))):
            x = row[j]
            total += x
            squares += x * x
    for p in range(start, min(4 * first, stop)):
        x = drawn[p & 3, p >> 2]
        total += x
        squares += x * x
    for p in range(4 * max(first, last), stop):
        x = drawn[p & 3, p >> 2]
        total += x
        squares += x * x
    return total, squares


@njit(forceinline=True)
def draw_stage(words, drawn, before, now, arm, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Draw the patients of an arm up to `now`, those up to `before` being drawn."""
    first, last = whole_calls(before), whole_calls(now)
    fill_calls(words, first, last, OUTCOME + arm, replicate, k0, k1)
    fill_normals(drawn, words, first, last)
    return add_normals(drawn, before, now)


@njit(forceinline=True, error_model="numpy")
def sums_of_stage(size, k, arm, known, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Sum and sum of squares of `size` standard normal values, from their exact distribution.

    The sum is normal; the squares about its mean are chi-square with one degree of freedom fewer,
    and independent of it. They are not drawn where the deviation is `known`.
    """
    if size == 0:
        return 0.0, 0.0
    low = uint32(replicate)
    high = uint32(uint64(replicate) >> uint64(32))
    a, b, _, _ = philox(uint32(k), uint32(STAGE + arm), low, high, k0, k1)
    total = math.sqrt(size) * fine_normal(a, b)
    squares = total * total / size
    if size > 1 and not known:
        squares += chi_square(size - 1.0, 16 * k, STAGE + 2 + arm, replicate, k0, k1)
    return total, squares


@cached(nogil=True, error_model="numpy")
def run_means(  # type: ignore[no-untyped-def]
    first,
    last,
    timetable,
    information,
    rules,
    on_t,
    normal_at,
    by_stage,
    shape,
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
):
    """Run replicates [`first`, `last`) of every scenario of a normal outcome, and add them up.

    Parameters are those of `engine.run`, but for `timetable`, `information` (K,), the fraction at
    each look, `shape` (S, 2, 2), mean less the one planned for control and deviation by arm,
    `on_t`, whether the boundaries of `rules` are for Student's t with the look's degrees of
    freedom, `normal_at` (K, T, 2), the normal value of t and its slope on a grid, for the user's
    rules, and `by_stage`, whether the sums of each stage are drawn instead of its patients.
    """
    n0, n1 = timetable.n0, timetable.n1
    scenarios, looks = shape.shape[0], n0.size
    words = np.empty((4, whole_calls(max(n0[-1], n1[-1]))), np.uint32)
    drawn0 = np.empty((4, whole_calls(n0[-1])))
    drawn1 = np.empty((4, whole_calls(n1[-1])))
    running = np.empty(scenarios, np.int64)
    ended = np.empty(scenarios, np.bool_)
    events = np.zeros((scenarios, looks), np.int64)
    keep = counts.shape[1] > BLOCK
    known = test.test == KNOWN_SD
    look_day, enrolled = timetable.day, timetable.enrolled
    upper = rules.upper
    owned, entry, parameters = timetable.owned, timetable.entry, timetable.parameters
    own = np.empty((4, entry.shape[2] + _WHOLE), np.uint32)
    own_sums = np.zeros((scenarios, 4))
    z_upper = np.empty(looks)  # the efficacy boundaries as the user's rule sees them
    for k in range(looks):
        df = n0[k] + n1[k] - (1.0 if test.single else 2.0)
        z_upper[k] = normal_of_t(upper[k], df) if on_t and upper[k] < math.inf else upper[k]
    seen = np.zeros(SEEN)
    for replicate in range(first, last):
        block = (replicate - first) // BLOCK
        start = block * BLOCK
        begin = start if keep else 0
        at = begin + (replicate - first) - start
        for s in range(scenarios):
            running[s] = s
            ended[s] = False
            counts[s, at] = 0
            own_sums[s] = 0.0
        still = scenarios
        before0 = before1 = 0
        sum0 = sum1 = squares0 = squares1 = 0.0
        for k in range(looks):
            now0, now1 = n0[k], n1[k]
            if by_stage:
                more0, extra0 = sums_of_stage(now0 - before0, k, 0, known, replicate, k0, k1)
                more1, extra1 = sums_of_stage(now1 - before1, k, 1, known, replicate, k0, k1)
            else:
                more0, extra0 = draw_stage(words, drawn0, before0, now0, 0, replicate, k0, k1)
                more1, extra1 = draw_stage(words, drawn1, before1, now1, 1, replicate, k0, k1)
            sum0, squares0 = sum0 + more0, squares0 + extra0
            sum1, squares1 = sum1 + more1, squares1 + extra1
            about0 = max(squares0 - sum0 * sum0 / now0, 0.0) if now0 > 0 else 0.0
            about1 = max(squares1 - sum1 * sum1 / now1, 0.0)
            here, still = still, 0
            for i in range(here):
                s = running[i]
                mean0, sd0 = shape[s, 0, 0], shape[s, 0, 1]
                mean1, sd1 = shape[s, 1, 0], shape[s, 1, 1]
                total0, total1 = now0 * mean0 + sd0 * sum0, now1 * mean1 + sd1 * sum1
                spread0, spread1 = sd0 * sd0 * about0, sd1 * sd1 * about1
                c = counts[s, at]
                if owned[s]:
                    mine, days_of, so_far = parameters[s], entry[s], own_sums[s]
                    x, q, bad0 = own_stage(
                        own, before0, now0, 0, days_of, mine, test, replicate, k0, k1
                    )
                    so_far[0], so_far[1] = so_far[0] + x, so_far[1] + q
                    x, q, bad1 = own_stage(
                        own, before1, now1, 1, days_of, mine, test, replicate, k0, k1
                    )
                    so_far[2], so_far[3] = so_far[2] + x, so_far[3] + q
                    if bad0 or bad1:
                        c[STATUS] = OUTSIDE
                        continue
                    total0, total1 = so_far[0], so_far[2]
                    spread0 = max(so_far[1] - total0 * total0 / now0, 0.0) if now0 > 0 else 0.0
                    spread1 = max(so_far[3] - total1 * total1 / now1, 0.0)
                if on_t:
                    df = now0 + now1 - (1.0 if test.single else 2.0)
                    estimate = total1 / now1 - (0.0 if test.single else total0 / now0)
                    spread = (spread1 + spread0) / df
                    size = 1.0 / now1 + (0.0 if test.single else 1.0 / now0)
                    error = math.sqrt(spread * size)
                    null = 0.0 if test.single else test.margin
                    z = test.sign * over_root(estimate - null, spread * size)
                else:
                    z, estimate, error, df = means_test(
                        now1, total1, spread1, now0, total0, spread0, test
                    )
                reason = GO
                if rules.own < 2:
                    reason = decide(k, looks, z, z, 0.0, rules, upper)
                if rules.own > 0:
                    shown = normal_from(normal_at[k], z, df) if on_t else z
                    note_seen(seen, reason, shown, estimate, error, look_day[s, k], information[k])
                    seen[PATIENTS0], seen[PATIENTS1] = now0, now1
                    seen[EVENTS0], seen[EVENTS1] = total0, total1
                    status = ask(seen, k, looks, rules, z_upper)
                    if status != OK:
                        c[STATUS] = status
                        continue
                    reason = int(seen[DECISION])
                found = (rules.own < 2 and z >= upper[k] - TIE) or reason == EFFICACY
                if found:
                    c[EFFICACY_ONLY] = 1
                if not ended[s] and reason != GO:
                    ended[s] = True
                    c[LOOK], c[REASON] = k, reason
                    c[ENROLLED], c[KNOWN] = enrolled[s, k], now0 + now1
                    c[WORSE] = z <= TIE - upper[k] and not found and test.mirrored
                    v = values[s, at]
                    v[DAY], v[ESTIMATE], v[ERROR], v[DF] = look_day[s, k], estimate, error, df
                    if keep:
                        v[Z] = normal_of_t(z, df) if on_t else z
                over = k == looks - 1 or reason == END or reason == HARM
                if not (found or over):
                    running[still] = s
                    still += 1
            if still == 0:
                break
            before0, before1 = now0, now1
        for s in range(scenarios):
            note_reached(events, s, counts[s, at], at_looks[block, s])
        size = at + 1 - begin
        if size == BLOCK or replicate == last - 1:
            add_up(
                counts[:, begin : begin + size],
                values[:, begin : begin + size],
                effect,
                critical,
                sums[block],
                stopped,
                patients,
                days,
                joint[block],
            )
