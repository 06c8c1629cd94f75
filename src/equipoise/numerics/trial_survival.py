"""Steps of a simulated two-arm survival trial: event days, risk tables at looks, tests, Cox.

Small functions that a kernel calls by name for every trial; they allocate nothing. The arrays of a
trial are one value a patient, in order of enrolment: `entry`, the calendar day, which does not
fall; `time`, days from entry to the event or dropout, whichever is first, inf where neither comes;
`event`, 1 where it is the event and 0 where it is dropout; `arm`, 0 control and 1 treatment. Days
are float64 and compared exactly; any unit will do.

A look at calendar day T sees patients with ``entry <= T``. Of these, one with
``entry + time <= T`` has been followed for `time`, and any other for ``T - entry``, without an
event. At one time, events come before censoring. Equal times are one time: unlike
:mod:`equipoise.numerics.logrank`, which reads recorded data, nothing is rounded.

The patients whose time ends by the last look are sorted by `time` once (`sort_trial`). At a look,
those whose time ends by then leave the risk set at ranks of that order. All others leave it in the
reverse order of enrolment, so that counts over `entry` replace a second sort.

Mantel (1966), Cancer Chemother Rep 50:163, for the log-rank test with its hypergeometric variance;
Harrington & Fleming (1982), Biometrika 69:553, for weights; Cox (1972), JRSS B 34:187, for the
hazard ratio; Efron (1977), JASA 72:557, and Breslow (1974), Biometrics 30:89, for ties.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import float64, int32, int64, njit, uint32, uint64
from numpy.typing import NDArray

AT_RISK0, AT_RISK1, EVENTS0, EVENTS1 = range(4)
"""Rows of a risk table: patients at risk just before a time, and events at it, by arm."""

_FIELD = np.uint64(21)  # bits of a packed count of patients: trials of up to two million
_ONE = np.uint64((1 << 21) - 1)
_BOTH = np.uint64((1 << 42) - 1)
_RANK = np.uint64(42)
_NEXT_RANK = np.uint64(1 << 42)
_EVENT = np.uint64(63)
_LOW = np.uint64(0xFFFFFFFF)
_END = 1.7976931348623157e308  # a look at inf sees all that ever comes, and no time of inf
_KEY = 2147483647.0
_AHEAD = 4  # cells of the index of entries that are written at once
_NEAR = 4  # patients whose entry is compared at once
_CELLS = 4096  # of the histogram of event days
_BLOCK = 64
_LONGEST_STEP = 5.0
_ROUNDS = 200
_CLOSE = 3e-3


class Workspace(NamedTuple):
    """Buffers of one thread, for trials of up to n patients: `workspace` makes them.

    Attributes
    ----------
    calendar : float64 (n,)
        ``entry + time``.
    unit : uint64 (n,)
        The patient as a packed count: one in the field of the arm; the top bit marks the event.
    packed, spare : uint64 (n + 1,)
        Sorting, then the observed events of a look.
    digits : uint32 (2, 256)
        Counts of the radix sort.
    ranked_time, ranked_calendar : float64 (n,)
        `time` and `calendar` in rising order of `time`, of the patients that were sorted.
    ranked_unit : uint64 (n,)
        `unit` in that order.
    ranked : uint32 (n,)
        The patients in that order.
    door : float64 (n + 5,)
        -inf, `entry`, inf.
    first : uint32 (n + 5,)
        Number of patients who entered before each of n cells of the calendar.
    censored : uint64 (n + 1,)
        Packed count of the patients censored at a look among the first i to enrol.
    cells : uint32 (4096,)
        Histogram of event days.
    cell : int32 (n,)
        Each patient's cell in a histogram.
    happens : float64 (n,)
        `calendar` of those with the event, inf of the others.
    some_unit, some_ranked_unit : uint64 (n,)
        `unit` and `ranked_unit` of one stratum, 0 elsewhere.
    chances : float64 (2, n)
        Scratch: days of events, times of a look's events, weights, those at risk at Efron's draws.
    """

    calendar: NDArray[np.float64]
    unit: NDArray[np.uint64]
    packed: NDArray[np.uint64]
    spare: NDArray[np.uint64]
    digits: NDArray[np.uint32]
    ranked_time: NDArray[np.float64]
    ranked_calendar: NDArray[np.float64]
    ranked_unit: NDArray[np.uint64]
    ranked: NDArray[np.uint32]
    door: NDArray[np.float64]
    first: NDArray[np.uint32]
    censored: NDArray[np.uint64]
    cells: NDArray[np.uint32]
    cell: NDArray[np.int32]
    happens: NDArray[np.float64]
    some_unit: NDArray[np.uint64]
    some_ranked_unit: NDArray[np.uint64]
    chances: NDArray[np.float64]


@njit(error_model="numpy")
def workspace(n):  # type: ignore[no-untyped-def]
    """Buffers for trials of up to `n` patients; a kernel makes them once a thread."""
    return Workspace(
        np.empty(n, np.float64),
        np.empty(n, np.uint64),
        np.empty(n + 1, np.uint64),
        np.empty(n + 1, np.uint64),
        np.empty((2, 256), np.uint32),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.uint64),
        np.empty(n, np.uint32),
        np.empty(n + 1 + _NEAR, np.float64),
        np.empty(n + 1 + _AHEAD, np.uint32),
        np.empty(n + 1, np.uint64),
        np.empty(_CELLS, np.uint32),
        np.empty(n, np.int32),
        np.empty(n, np.float64),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty((2, n), np.float64),
    )


@njit(forceinline=True, error_model="numpy")
def load(work, entry, time, event, arm):  # type: ignore[no-untyped-def]
    """Begin a trial: its patients' calendar days and packed units, and the index of entries."""
    n = entry.size
    calendar, unit, door, first = work.calendar, work.unit, work.door, work.first
    for i in range(uint64(n)):
        calendar[i] = entry[i] + time[i]
    for i in range(uint64(n)):
        unit[i] = (uint64(1) << (uint64(arm[i]) * _FIELD)) | (uint64(event[i]) << _EVENT)
    door[0] = -math.inf
    for i in range(uint64(n)):
        door[i + uint64(1)] = entry[i]
    for j in range(_NEAR):
        door[n + 1 + j] = math.inf
    scale = _door_scale(entry)
    origin = entry[0] if n > 0 else 0.0
    cell = work.cell
    for i in range(uint64(n)):
        cell[i] = np.int32((entry[i] - origin) * scale)
    written = uint64(0)
    for i in range(uint64(n)):
        start = uint64(uint32(cell[i]))
        while written <= start:  # seldom: cells without an entry are mostly covered from before
            first[written] = uint32(i)
            written += uint64(1)
        for j in range(uint64(_AHEAD)):
            first[start + uint64(1) + j] = uint32(i + uint64(1))
        written = start + uint64(_AHEAD + 1)
    first[0] = 0


@njit(forceinline=True, error_model="numpy")
def _mask(condition):  # type: ignore[no-untyped-def]
    """All bits where `condition` holds: a conditional value that is not made a branch."""
    return uint64(0) - uint64(condition)


@njit(forceinline=True, error_model="numpy")
def _door_scale(entry):  # type: ignore[no-untyped-def]
    """Cells a day of the index of entries: the last entry lies in the last of n cells."""
    n = entry.size
    width = entry[n - 1] - entry[0] if n > 0 else 0.0
    return (n - 0.5) / width if width > 0.0 else 0.0


@njit(forceinline=True, error_model="numpy")
def _staying(work, n, origin, scale, day, time):  # type: ignore[no-untyped-def]
    """How many patients had entered by `day` with follow-up there of at least `time`.

    The cell of ``day - time`` says where to begin. The test of each patient is exact.
    """
    door = work.door
    at = (day - time - origin) * scale
    at = at if at > 0.0 else 0.0
    at = at if at < n - 1.0 else n - 1.0
    return _bisect(door, uint64(work.first[uint32(np.int32(at))]), n, day, time) - uint64(1)


@njit(forceinline=True, error_model="numpy")
def _stays(door, day, time):  # type: ignore[no-untyped-def]
    """1 if ``day - door >= time``, else 0, from a sign bit: a comparison might become a branch."""
    short = np.float64((day - door) - time)
    return uint64(1) - (short.view(np.uint64) >> uint64(63))


@njit(error_model="numpy")
def _bisect(door, near, n, day, time):  # type: ignore[no-untyped-def]
    """The first of `door` who does not stay, sought outwards from `near` in doubling steps."""
    low, high = near, near  # the answer lies in (low, high]
    step = uint64(1)
    while day - door[high] >= time:
        low, high = high, min(high + step, uint64(n + 1))
        step += step
    step = uint64(1)
    while day - door[low] < time:
        low, high = low - min(step, low), low
        step += step
    while high - low > uint64(1):
        middle = (low + high) >> uint64(1)
        if day - door[middle] >= time:
            low = middle
        else:
            high = middle
    return high


# --- days of events -----------------------------------------------------------------------------


@njit(forceinline=True, error_model="numpy", fastmath={"reassoc", "nsz"})
def _sum(values, n):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(uint64(n)):
        total += values[i]
    return total


@njit(forceinline=True, error_model="numpy")
def days_of_events(work, entry, event, targets, days):  # type: ignore[no-untyped-def]
    """Write into `days` (k,) the calendar day of each of `targets` (k,), rising counts of events.

    Targets are at least 1; the day is inf where fewer events ever come. Linear in n: a histogram
    finds each target's cell, and the events of that cell are ranked. Needs `load`.
    """
    n = entry.size
    calendar, cells, cell, happens = work.calendar, work.cells, work.cell, work.happens
    waits = work.chances[0]
    origin = entry[0] if n > 0 else 0.0
    for i in range(uint64(n)):
        happens[i] = calendar[i] if event[i] != 0 else math.inf
    for i in range(uint64(n)):
        waits[i] = happens[i] - origin if happens[i] < math.inf else 0.0
    events = int32(0)
    for i in range(uint64(n)):
        events = int32(events + int32(happens[i] < math.inf))
    wait = _sum(waits, n) / max(events, 1)
    last = targets[targets.size - 1] if targets.size > 0 else 0
    width = wait * (2.0 if last <= 0.75 * events else 6.0)  # later days share the last cell
    scale = _CELLS / width if width > 0.0 else 0.0
    for i in range(uint64(n)):
        at = (happens[i] - origin) * scale if happens[i] < math.inf else _CELLS - 1.0
        cell[i] = np.int32(at if at < _CELLS - 1.0 else _CELLS - 1.0)
    cells[:] = 0
    for i in range(uint64(n)):
        cells[uint32(cell[i])] += uint32(1)
    cells[_CELLS - 1] -= uint32(n - int64(events))
    block = uint64(0)
    before = uint32(0)
    for k in range(targets.size):
        target = uint32(targets[k])
        while block < uint64(_CELLS // _BLOCK):
            here = uint32(0)
            for j in range(uint64(_BLOCK)):
                here += cells[block * uint64(_BLOCK) + j]
            if before + here >= target:
                break
            before += here
            block += uint64(1)
        if block == uint64(_CELLS // _BLOCK):
            days[k] = math.inf
            continue
        at_cell = block * uint64(_BLOCK)
        below = before
        while below + cells[at_cell] < target:
            below += cells[at_cell]
            at_cell += uint64(1)
        days[k] = _in_cell(work, n, int32(at_cell), cells[at_cell], target - below)


@njit(forceinline=True, error_model="numpy")
def _in_cell(work, n, here, size, rank):  # type: ignore[no-untyped-def]
    """The `rank`-th day, from 1, of the `size` events in the cell `here`."""
    cell, happens = work.cell, work.happens
    if size <= uint32(2) and here < _CELLS - 1:
        first, last = int32(n), int32(0)  # the cell's first and last patient
        for i in range(uint64(n)):
            first = min(first, int32(i) if cell[i] == here else int32(n))
            last = max(last, int32(i) if cell[i] == here else int32(0))
        one, other = happens[uint32(first)], happens[uint32(last)]
        return min(one, other) if rank <= uint32(1) else max(one, other)
    bits, days = work.spare.view(np.int64), work.spare.view(np.float64)
    return _ranked_in_cell(work.happens, work.cell, bits, days, n, here, rank)


@njit(error_model="numpy")
def _ranked_in_cell(happens, cell, bits, days, n, here, rank):  # type: ignore[no-untyped-def]
    """`bits` and `days` are one buffer."""
    found = uint64(0)
    for i in range(uint64(n)):
        days[found] = happens[i]
        found += uint64((cell[i] == here) & (happens[i] < math.inf))
    if found > uint64(32):
        return _select(bits, days, found, rank)
    for i in range(uint64(1), found):
        day = days[i]
        j = uint64(i)
        while j > uint64(0) and days[j - uint64(1)] > day:
            days[j] = days[j - uint64(1)]
            j -= uint64(1)
        days[j] = day
    return days[uint64(rank) - uint64(1)]


@njit(error_model="numpy")
def _select(bits, days, size, rank):  # type: ignore[no-untyped-def]
    """The `rank`-th of `days`, by bisection on their bits (the same memory): 64 passes at most."""
    for i in range(size):
        bits[i] = bits[i] if bits[i] >= 0 else bits[i] ^ int64(0x7FFFFFFFFFFFFFFF)
    low, high = int64(-(2**63)), int64(2**63 - 1)
    while low < high:
        middle = (low >> 1) + (high >> 1) + (low & high & 1)
        count = 0
        for i in range(size):
            count += bits[i] <= middle
        if count >= rank:
            high = middle
        else:
            low = middle + 1
    bits[0] = high if high >= 0 else high ^ int64(0x7FFFFFFFFFFFFFFF)
    return days[0]


# --- sorting ------------------------------------------------------------------------------------


@njit(forceinline=True, error_model="numpy")
def sort_trial(work, entry, time, horizon):  # type: ignore[no-untyped-def]
    """Sort by `time`, stably, the patients whose time ends by the calendar day `horizon`.

    No look may come later. Two passes of a radix sort on the leading 14 or 16 bits of `time`, then
    insertion, which finds little to do; where it would take long (times that crowd into few of the
    leading bits) a radix sort on all bits takes its place. Needs `load`.

    Returns
    -------
    (int, bool)
        How many were sorted, and whether any two of them have equal times.
    """
    n = entry.size
    end = min(horizon, _END)
    longest = _longest(work, entry, time, end)
    size = _by_digits(work, time, n, end, longest)
    if not _insert(work, time, size):
        _by_bits(work, time, n, end)
    calendar, unit, ranked = work.calendar, work.unit, work.ranked
    ranked_calendar, ranked_unit = work.ranked_calendar, work.ranked_unit
    for r in range(uint64(size)):
        i = ranked[r]
        ranked_calendar[r] = calendar[i]
        ranked_unit[r] = unit[i]
    ties = uint64(0)
    ranked_time = work.ranked_time
    for r in range(uint64(1), max(uint64(size), uint64(1))):
        ties += uint64(ranked_time[r] == ranked_time[r - uint64(1)])
    return size, ties > uint64(0)


@njit(forceinline=True, error_model="numpy")
def _longest(work, entry, time, end):  # type: ignore[no-untyped-def]
    """A bound on the times to sort."""
    if entry.size == 0 or end < entry[0]:
        return 0.0
    if end < 1e300:
        return end - entry[0]
    longest = 0.0
    for i in range(entry.size):
        if work.calendar[i] <= end:
            longest = max(longest, time[i])
    return longest


@njit(forceinline=True, error_model="numpy")
def _by_digits(work, time, n, end, longest):  # type: ignore[no-untyped-def]
    """Order `packed`, with the key in its upper half and the patient in the lower."""
    packed, spare, calendar, digits = work.packed, work.spare, work.calendar, work.digits
    scale = _KEY / longest if longest > 0.0 else 0.0
    size = uint64(0)
    for i in range(uint64(n)):
        at = time[i] * scale
        at = at if at < _KEY else _KEY
        packed[size] = (uint64(uint32(np.int32(at))) << uint64(32)) | i
        size += uint64(calendar[i] <= end)
    bits = uint64(7) if size <= uint64(1500) else uint64(8)
    high = uint64(63) - bits
    low = high - bits
    mask = (uint64(1) << bits) - uint64(1)
    count0, count1 = digits[0], digits[1]
    for j in range(mask + uint64(1)):
        count0[j] = 0
        count1[j] = 0
    for r in range(size):
        count0[(packed[r] >> low) & mask] += uint32(1)
        count1[(packed[r] >> high) & mask] += uint32(1)
    before0 = uint32(0)
    before1 = uint32(0)
    for j in range(mask + uint64(1)):
        here0, here1 = count0[j], count1[j]
        count0[j], count1[j] = before0, before1
        before0 += here0
        before1 += here1
    for r in range(size):
        digit = (packed[r] >> low) & mask
        to = count0[digit]
        count0[digit] = to + uint32(1)
        spare[to] = packed[r]
    for r in range(size):
        digit = (spare[r] >> high) & mask
        to = count1[digit]
        count1[digit] = to + uint32(1)
        packed[to] = spare[r]
    return int64(size)


@njit(forceinline=True, error_model="numpy")
def _insert(work, time, size):  # type: ignore[no-untyped-def]
    """Finish the order by insertion; false when that takes more than 16 moves a patient."""
    packed, ranked_time, ranked = work.packed, work.ranked_time, work.ranked
    moves = uint64(0)
    most = uint64(16 * size + 64)
    last = -math.inf
    for r in range(uint64(size)):
        i = uint32(packed[r])
        at = time[i]
        to = uint64(r)
        if at < last:
            while to > uint64(0) and ranked_time[to - uint64(1)] > at:
                ranked_time[to] = ranked_time[to - uint64(1)]
                ranked[to] = ranked[to - uint64(1)]
                to -= uint64(1)
            moves += r - to
            if moves > most:
                return False
        else:
            last = at
        ranked_time[to] = at
        ranked[to] = i
    return True


@njit(error_model="numpy")
def _by_bits(work, time, n, end):  # type: ignore[no-untyped-def]
    """Order by all 64 bits of `time`, eight at a time; times are not negative."""
    here, there, counts = work.packed, work.spare, work.digits[0]
    size = 0
    for i in range(n):
        if work.calendar[i] <= end:
            here[size] = i
            size += 1
    bits = time.view(np.uint64)
    for digit in range(8):
        shift = uint64(8 * digit)
        counts[:] = 0
        for r in range(size):
            counts[(bits[here[r]] >> shift) & uint64(255)] += uint32(1)
        before = uint32(0)
        for j in range(256):
            count = counts[j]
            counts[j] = before
            before += count
        for r in range(size):
            j = (bits[here[r]] >> shift) & uint64(255)
            there[counts[j]] = here[r]
            counts[j] += uint32(1)
        here, there = there, here
    for r in range(size):
        work.ranked[r] = here[r]
        work.ranked_time[r] = time[here[r]]


# --- risk tables --------------------------------------------------------------------------------


@njit(forceinline=True, error_model="numpy")
def at_look(work, entry, size, tied, day, table):  # type: ignore[no-untyped-def]
    """Risk table at calendar day `day`: rows of `table`, one column a time with events, rising.

    Parameters
    ----------
    work : Workspace
        After `load` and `sort_trial`, which gave `size` and `tied`.
    entry : float64 (n,)
        Calendar days of enrolment.
    day : float64
        Calendar day of the look, not after the horizon of the sort; inf at the end of all.
    table : float64 (4, n)
        Output: `AT_RISK0`, `AT_RISK1`, `EVENTS0`, `EVENTS1`.

    Returns
    -------
    int
        Columns written: times with events.
    """
    if tied:
        return _walk(work, entry, size, day, work.unit, work.ranked_unit, table)
    return _read(work, entry, size, day, work.unit, work.ranked_unit, table)


@njit(error_model="numpy")
def at_look_of(work, entry, stratum, which, size, tied, day, table):  # type: ignore[no-untyped-def]
    """`at_look` for the patients whose `stratum` (n,) is `which`, and nobody else."""
    unit, ranked_unit = work.some_unit, work.some_ranked_unit
    for i in range(uint64(entry.size)):
        unit[i] = work.unit[i] if stratum[i] == which else uint64(0)
    for r in range(uint64(size)):
        ranked_unit[r] = unit[work.ranked[r]]
    if tied:
        return _walk(work, entry, size, day, unit, ranked_unit, table)
    return _read(work, entry, size, day, unit, ranked_unit, table)


@njit(forceinline=True, error_model="numpy")
def _count_censored(work, n, end, unit):  # type: ignore[no-untyped-def]
    """Packed counts of those censored at the look among the first i to enrol, i = 0 ... n."""
    calendar, censored = work.calendar, work.censored
    for i in range(uint64(n)):
        censored[i] = unit[i] & _BOTH & _mask(calendar[i] > end)
    total = uint64(0)
    for i in range(uint64(n)):
        here = censored[i]
        censored[i] = total
        total += here
    censored[n] = total


@njit(forceinline=True, error_model="numpy")
def _read(work, entry, size, day, unit, ranked_unit, table):  # type: ignore[no-untyped-def]
    """`at_look` where no two times are equal."""
    n = entry.size
    end = min(day, _END)
    if n == 0 or end < entry[0]:
        return 0
    scale = _door_scale(entry)
    origin = entry[0]
    _count_censored(work, _staying(work, n, origin, scale, end, 0.0), end, unit)
    calendar, time, packed, leaves = work.ranked_calendar, work.ranked_time, work.packed, work.spare
    for r in range(uint64(size)):
        leaves[r] = ranked_unit[r] & _mask(calendar[r] <= end)
    rows = uint64(0)
    gone = uint64(0)  # those gone before, control and treatment, and the rank
    for r in range(uint64(size)):
        packed[rows] = gone
        now = leaves[r]
        rows += now >> _EVENT
        gone += now + _NEXT_RANK
    all_gone = gone & _BOTH
    times, treated, before = work.chances[0], table[EVENTS1], work.spare
    for k in range(rows):
        r = (packed[k] >> _RANK) & _ONE
        times[k] = time[r]
        before[k] = ranked_unit[r]
    for k in range(rows):
        treated[k] = float64(int32((before[k] >> _FIELD) & uint64(1)))
        table[EVENTS0, k] = 1.0 - treated[k]
    _censored_later(work, n, rows, origin, scale, end)
    for k in range(rows):
        before[k] += all_gone - (packed[k] & _BOTH)
    for k in range(rows):
        table[AT_RISK0, k] = float64(int32(before[k] & _ONE))
        table[AT_RISK1, k] = float64(int32(before[k] >> _FIELD))
    return int64(rows)


@njit(forceinline=True, error_model="numpy")
def _censored_later(work, n, rows, origin, scale, day):  # type: ignore[no-untyped-def]
    """Packed counts of those censored at the look at or after each time in ``chances[0]``.

    Into `spare`. As `_staying`, for the first `rows` times: the few patients who enter in the cell
    of ``day - time`` are compared at once, without branches.
    """
    times, before, cell, censored = work.chances[0], work.spare, work.cell, work.censored
    door, first = work.door, work.first
    for k in range(rows):
        at = (day - times[k] - origin) * scale
        at = at if at > 0.0 else 0.0
        cell[k] = np.int32(at if at < n - 1.0 else n - 1.0)
    for k in range(rows):
        now = times[k]
        i = uint64(first[uint32(cell[k])])
        here = _stays(door[i], day, now)
        for j in range(uint64(1), uint64(_NEAR)):
            here += _stays(door[i + j], day, now)
        if (here == uint64(0)) | (here == uint64(_NEAR)):
            i, here = _bisect(door, i, n, day, now), uint64(0)
        before[k] = censored[i + here - uint64(1)]


@njit(error_model="numpy")
def _walk(work, entry, size, day, unit, ranked_unit, table):  # type: ignore[no-untyped-def]
    """`at_look` where times may be equal."""
    n = entry.size
    end = min(day, _END)
    if n == 0 or end < entry[0]:
        return 0
    scale = _door_scale(entry)
    origin = entry[0]
    _count_censored(work, _staying(work, n, origin, scale, end, 0.0), end, unit)
    calendar, time = work.ranked_calendar, work.ranked_time
    left = uint64(0)
    for r in range(uint64(size)):
        left += ranked_unit[r] & _BOTH & _mask(calendar[r] <= end)
    rows = uint64(0)
    at = uint64(0)
    last = uint64(size)
    while at < last:
        now = time[at]
        here = uint64(0)
        events = uint64(0)
        while at < last and time[at] == now:
            one = ranked_unit[at] & _mask(calendar[at] <= end)
            here += one & _BOTH
            events += one & _BOTH if one >> _EVENT else uint64(0)
            at += uint64(1)
        if events > uint64(0):
            at_risk = left + work.censored[_staying(work, n, origin, scale, end, now)]
            table[AT_RISK0, rows] = float64(int64(at_risk & _ONE))
            table[AT_RISK1, rows] = float64(int64(at_risk >> _FIELD))
            table[EVENTS0, rows] = float64(int64(events & _ONE))
            table[EVENTS1, rows] = float64(int64(events >> _FIELD))
            rows += uint64(1)
        left -= here
    return int64(rows)


# --- tests --------------------------------------------------------------------------------------


@njit(forceinline=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def log_rank(table, rows):  # type: ignore[no-untyped-def]
    """Log-rank score (observed less expected events on treatment) and hypergeometric variance.

    `table` (4, at least `rows`) is as `at_look` wrote it; both are 0 without events.
    """
    at_risk0, at_risk1 = table[AT_RISK0], table[AT_RISK1]
    events0, events1 = table[EVENTS0], table[EVENTS1]
    score = 0.0
    variance = 0.0
    for k in range(uint64(rows)):
        n0, n1, d1 = at_risk0[k], at_risk1[k], events1[k]
        d = events0[k] + d1
        n = n0 + n1
        p = n1 / n
        others = n - 1.0
        score += d1 - d * p
        variance += d * p * (1.0 - p) * ((n - d) / (others if others > 1.0 else 1.0))
    return score, variance


@njit(forceinline=True, error_model="numpy")
def _power(base, exponent):  # type: ignore[no-untyped-def]
    if exponent == 0.0:
        return 1.0
    if exponent == 1.0:
        return base
    if exponent == 0.5:
        return math.sqrt(base)
    return base**exponent


@njit(forceinline=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def weighted_log_rank(work, table, rows, rho, gamma):  # type: ignore[no-untyped-def]
    """Fleming-Harrington test: weights ``S(t-)**rho * (1 - S(t-))**gamma``; score and variance.

    S is the Kaplan-Meier estimate over both arms. rho = gamma = 0 is the log-rank test, rho = 1 and
    gamma = 0 the Peto-Peto test as survival's ``survdiff`` has it.
    """
    if rho == 0.0 and gamma == 0.0:
        return log_rank(table, rows)
    at_risk0, at_risk1 = table[AT_RISK0], table[AT_RISK1]
    events0, events1 = table[EVENTS0], table[EVENTS1]
    weight = work.chances[0]
    for k in range(uint64(rows)):
        n = at_risk0[k] + at_risk1[k]
        weight[k] = (n - events0[k] - events1[k]) / n
    survival = 1.0
    for k in range(uint64(rows)):
        stays = weight[k]
        weight[k] = survival
        survival *= stays
    if gamma == 0.0:
        if rho != 1.0:
            for k in range(uint64(rows)):
                weight[k] = _power(weight[k], rho)
    else:
        for k in range(uint64(rows)):
            weight[k] = _power(weight[k], rho) * _power(1.0 - weight[k], gamma)
    score = 0.0
    variance = 0.0
    for k in range(uint64(rows)):
        n0, n1, d1, w = at_risk0[k], at_risk1[k], events1[k], weight[k]
        d = events0[k] + d1
        n = n0 + n1
        p = n1 / n
        others = n - 1.0
        score += w * (d1 - d * p)
        variance += w * w * (d * p * (1.0 - p) * ((n - d) / (others if others > 1.0 else 1.0)))
    return score, variance


@njit(forceinline=True, error_model="numpy")
def stratified_log_rank(  # type: ignore[no-untyped-def]
    work, entry, stratum, strata, size, tied, day, table, rho, gamma
):
    """Sums of `weighted_log_rank` over strata 0 ... `strata` - 1; `table` keeps the last one's."""
    score = 0.0
    variance = 0.0
    for which in range(strata):
        rows = at_look_of(work, entry, stratum, which, size, tied, day, table)
        here, spread = weighted_log_rank(work, table, rows, rho, gamma)
        score += here
        variance += spread
    return score, variance


# --- Cox ----------------------------------------------------------------------------------------


@njit(forceinline=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _moments(at_risk0, at_risk1, draws, control):  # type: ignore[no-untyped-def]
    """Sums over draws of p, the chance that treatment has the event, and of its derivatives.

    The derivatives are in the log hazard ratio; `control` is ``exp(-log hazard ratio)``.
    """
    s0, s1, s2, s3, s4 = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(uint64(draws)):
        n1 = at_risk1[k]
        p = n1 / (n1 + control * at_risk0[k])
        q = p * (1.0 - p)
        odd = q * (1.0 - 2.0 * p)
        s0 += p
        s1 += q
        s2 += odd
        s3 += q * (1.0 - 6.0 * q)
        s4 += odd * (1.0 - 12.0 * q)
    return s0, s1, s2, s3, s4


@njit(forceinline=True, error_model="numpy")
def _draws(work, table, rows):  # type: ignore[no-untyped-def]
    """Those at risk at each of Efron's draws, into `chances`; how many draws."""
    at_risk0, at_risk1 = work.chances[0], work.chances[1]
    draws = 0
    for k in range(rows):
        d0, d1 = table[EVENTS0, k], table[EVENTS1, k]
        d = d0 + d1
        for draw in range(int64(d)):
            gone = draw / d
            at_risk0[draws] = table[AT_RISK0, k] - gone * d0
            at_risk1[draws] = table[AT_RISK1, k] - gone * d1
            draws += 1
    return draws


@njit(forceinline=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _events_with_both(table, rows):  # type: ignore[no-untyped-def]
    """Events on control and treatment while both arms are at risk, and all those on treatment."""
    at_risk0, at_risk1 = table[AT_RISK0], table[AT_RISK1]
    events0, events1 = table[EVENTS0], table[EVENTS1]
    below, above, total = 0.0, 0.0, 0.0
    for k in range(uint64(rows)):
        both = at_risk0[k] * at_risk1[k] > 0.0
        below += events0[k] if both else 0.0
        above += events1[k] if both else 0.0
        total += events1[k]
    return below, above, total


@njit(forceinline=True, error_model="numpy")
def cox(work, table, rows, tied, start):  # type: ignore[no-untyped-def]
    """Cox's log hazard ratio, treatment to control, and its standard error; ties as Efron has them.

    `start` is a first guess, best score over variance of the log-rank test; `tied` is true where a
    column of `table` may have more than one event. Infinite and nan as in
    :func:`equipoise.numerics.logrank.log_hazard_ratio`. Steps solve for a root of the score's
    Taylor polynomial of degree 3 and stay within a bracket once there is one; the last step, below
    3e-3, carries the information along by its own polynomial.
    """
    below, above, observed = _events_with_both(table, rows)
    if below == 0.0 or above == 0.0:
        if below == above:
            return math.nan, math.inf
        return (math.inf if below == 0.0 else -math.inf), math.inf
    if tied:
        at_risk0, at_risk1 = work.chances[0], work.chances[1]
        draws = _draws(work, table, rows)
    else:
        at_risk0, at_risk1 = table[AT_RISK0], table[AT_RISK1]
        draws = rows
    low = -math.inf
    high = math.inf
    beta = start
    information = 0.0
    for _ in range(_ROUNDS):
        expected, s1, s2, s3, s4 = _moments(at_risk0, at_risk1, draws, math.exp(-beta))
        score = observed - expected
        if score > 0.0:
            low = beta
        else:
            high = beta
        u = score / s1
        a, b = s2 / (2.0 * s1), s3 / (6.0 * s1)
        step = u * (1.0 - u * (a - u * (2.0 * a * a - b))) if abs(u) < 1.0 else u
        step = min(max(step, -_LONGEST_STEP), _LONGEST_STEP)
        following = beta + step
        if not (low <= following <= high):
            following = 0.5 * (low + high)
        step = following - beta
        beta = following
        information = s1 + step * (s2 + step * (0.5 * s3 + step * s4 / 6.0))
        if abs(step) <= _CLOSE:
            break
    return beta, 1.0 / math.sqrt(information)
