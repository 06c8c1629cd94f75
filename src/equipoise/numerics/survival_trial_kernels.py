"""Kernels of :mod:`equipoise.numerics.survival_trials`, whose docstring names the arguments.

Between two changes of hazard or intensity the integrand ``a(u) F(T - u)`` is a linear function
times a constant less an exponential. Its integral has a closed form in which every term is
positive, so nothing cancels and no quadrature is needed.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from equipoise.numerics.cached import cached

_TERMS = 19  # enough for x < 1: the first term left out is below 1e-18
_CONSTANT = np.array([(-1.0) ** k / math.factorial(k + 2) for k in range(_TERMS)])
_LINEAR = np.array([(-1.0) ** k / (math.factorial(k + 1) * (k + 3)) for k in range(_TERMS)])
_STEP = 1e-13
_CLOSE = 1e-12  # events this near to all that ever come are not waited for
_NEWTON = 40
_ROUNDS = 200


@njit(forceinline=True)
def _moments(x):  # type: ignore[no-untyped-def]
    """Means over t in [0, 1] of g and of t g, g(t) = (1 - e^(-xt)) / x; then of e^(-xt), t e^(-xt).

    Taylor series below 1, where the closed forms cancel; `x` >= 0. The fifth value is e^(-x).
    """
    if x < 1.0:
        g = _CONSTANT[_TERMS - 1]
        tg = _LINEAR[_TERMS - 1]
        for k in range(_TERMS - 2, -1, -1):
            g = g * x + _CONSTANT[k]
            tg = tg * x + _LINEAR[k]
        e = 1.0 - x * g
        return g, tg, e, 0.5 - x * tg, 1.0 - x * e
    last = math.exp(-x)
    e = (1.0 - last) / x
    te = (e - last) / x
    return (1.0 - e) / x, (0.5 - te) / x, e, te, last


@njit(forceinline=True)
def _at(u, i, edges, intensity):  # type: ignore[no-untyped-def]
    """The accrual intensity at `u` within piece `i`."""
    part = (u - edges[i]) / (edges[i + 1] - edges[i])
    return intensity[i, 0] * (1.0 - part) + intensity[i, 1] * part


@njit(error_model="numpy")
def _arm(time, edges, intensity, starts, hazards, dropout):  # type: ignore[no-untyped-def]
    """Expected events by `time` in one arm that takes every patient, and their rate then.

    Walks back through the entry times from `time` on, which is forward through follow-up.
    """
    pieces = edges.size - 1
    i = pieces  # the piece of accrual; `pieces` is the time after its end
    while i >= 0 and edges[i] >= time:
        i -= 1
    j = 0
    entry = time
    event = 0.0  # probability that the event has come, by the follow-up reached
    risk = 1.0  # and that neither it nor dropout has
    events = 0.0
    rate = 0.0
    while i >= 0:
        earlier = edges[i]
        change = j + 1 < starts.size and time - starts[j + 1] >= earlier
        if change:
            earlier = min(time - starts[j + 1], entry)
        length = entry - earlier
        g, tg, e, te, last = _moments((hazards[j] + dropout) * length)
        density = risk * hazards[j]
        if i < pieces:
            late = _at(entry, i, edges, intensity)
            early = _at(earlier, i, edges, intensity)
            mean = late * (g - tg) + early * tg
            events += length * (0.5 * event * (late + early) + density * length * mean)
            rate += length * density * (late * (e - te) + early * te)
        event += density * length * e
        risk *= last
        entry = earlier
        if change:
            j += 1
        else:
            i -= 1
    return events, rate


@cached(error_model="numpy")
def probability(time, starts, hazards, dropout):  # type: ignore[no-untyped-def]
    """Probability of an event within `time` of entry, inf included, before dropout."""
    event = 0.0
    risk = 1.0
    for j in range(starts.size):
        end = time if j + 1 == starts.size else min(time, starts[j + 1])
        if end <= starts[j]:
            break
        total = hazards[j] + dropout
        if end == np.inf:
            event += risk * hazards[j] / total if total > 0.0 else 0.0
        else:
            moments = _moments(total * (end - starts[j]))
            event += risk * hazards[j] * (end - starts[j]) * moments[2]
            risk *= moments[4]
    return event


@cached(error_model="numpy")
def patients(time, edges, intensity):  # type: ignore[no-untyped-def]
    """Patients expected to have entered by `time`, inf included."""
    total = 0.0
    for i in range(edges.size - 1):
        if time <= edges[i]:
            break
        end = min(time, edges[i + 1])
        total += 0.5 * (end - edges[i]) * (intensity[i, 0] + _at(end, i, edges, intensity))
    return total


@cached(error_model="numpy")
def until(end, edges, intensity):  # type: ignore[no-untyped-def]
    """Accrual that stops at `end`, or goes on to it at the last intensity."""
    keep = edges.size - 1
    while keep > 0 and edges[keep - 1] >= end:
        keep -= 1
    extra = 1 if end > edges[edges.size - 1] else 0
    new_edges = np.empty(keep + extra + 1)
    new = np.empty((keep + extra, 2))
    new_edges[: keep + 1] = edges[: keep + 1]
    new[:keep] = intensity[:keep]
    if extra:
        new[keep] = intensity[keep - 1, 1]
    elif keep > 0:
        new[keep - 1, 1] = _at(end, keep - 1, edges, intensity)
    new_edges[keep + extra] = end
    return new_edges, new


@cached(nogil=True, error_model="numpy")
def events_by(times, edges, intensity, starts, hazards, dropout, out):  # type: ignore[no-untyped-def]
    """Fill `out` (t,) with the events expected in one arm by `times`."""
    for i in range(times.size):
        out[i] = _arm(times[i], edges, intensity, starts, hazards, dropout)[0]


@cached(nogil=True, error_model="numpy")
def patients_by(times, edges, intensity, out):  # type: ignore[no-untyped-def]
    """Fill `out` (t,) with the patients expected to have entered by `times`."""
    for i in range(times.size):
        out[i] = patients(times[i], edges, intensity)


@njit(error_model="numpy")
def _events_at(x, follow_up, edges, intensity, starts, hazards, dropout, shares):  # type: ignore[no-untyped-def]
    """Events over all arms, and how they rise with `x`.

    `x` is calendar time where `follow_up` is NaN; else accrual stops at `x`, `follow_up` earlier.
    """
    time = x
    rise = 0.0
    if not math.isnan(follow_up):
        time = x + follow_up
        edges, intensity = until(x, edges, intensity)
        last = intensity[intensity.shape[0] - 1, 1]
        for a in range(shares.size):
            rise += last * shares[a] * probability(follow_up, starts, hazards[a], dropout[a])
    events = 0.0
    for a in range(shares.size):
        one, rate = _arm(time, edges, intensity, starts, hazards[a], dropout[a])
        events += shares[a] * one
        rise += shares[a] * rate
    return events, rise


@cached(nogil=True, error_model="numpy")
def solve(targets, follow_up, edges, intensity, starts, hazards, dropout, shares, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the x at which :func:`_events_at` gives `targets`; NaN where none does.

    Newton's method within a bracket, halved when a step leaves it.
    """
    most = np.inf
    if math.isnan(follow_up):
        most = 0.0
        for a in range(shares.size):
            most += shares[a] * probability(np.inf, starts, hazards[a], dropout[a])
        most *= patients(np.inf, edges, intensity)
    for i in range(targets.size):
        target = targets[i]
        out[i] = np.nan
        if not 0.0 < target < most * (1.0 - _CLOSE):
            continue
        low = edges[0]
        x = edges[edges.size - 1]
        events, rise = _events_at(x, follow_up, edges, intensity, starts, hazards, dropout, shares)
        for _ in range(_ROUNDS):
            if events >= target:
                break
            low, x = x, 2.0 * x - edges[0]
            events, rise = _events_at(
                x, follow_up, edges, intensity, starts, hazards, dropout, shares
            )
        if events < target:
            continue
        high = x
        for k in range(_ROUNDS):
            following = x - (events - target) / rise if rise > 0.0 else low
            if k > _NEWTON or not low < following < high:
                following = 0.5 * (low + high)
            moved = abs(following - x)
            x = following
            if moved <= _STEP * x:
                break
            events, rise = _events_at(
                x, follow_up, edges, intensity, starts, hazards, dropout, shares
            )
            if events >= target:
                high = x
            else:
                low = x
        out[i] = x
