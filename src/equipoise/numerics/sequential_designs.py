"""Boundaries and drift of a group-sequential design, one or many.

A design is solved on the canonical scale: information fractions t (K,), the last 1, and the drift
eta at which the trial has its power. What it means in patients or events is the caller's business.

The power is a smooth, nearly linear function of the drift on the probit scale, so the secant method
on that scale needs four or five walks.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.sequential import (
    ABOVE,
    DONE,
    nodes_needed,
    quantile_above,
    stopping,
    walk,
)

Floats = NDArray[np.float64]

NO_SHAPE, NO_DRIFT, CROSSED, STALLED = 3, 4, 5, 6
"""Status beyond those of a walk: no boundary of the shape spends alpha; no drift gives the power;
the futility boundary reaches the efficacy boundary before the last look; the search ran out of
steps."""

_STEPS = 40
_CLOSE = 1e-13
_FARTHEST = 36.0
"""Drift beyond which the null density is too small a number to be tilted."""


@njit(forceinline=True)
def _total(out, column):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(out.shape[0]):
        total += out[k, column]
    return total


@cached(nogil=True, error_model="numpy")
def _efficacy(  # type: ignore[no-untyped-def]
    t, sides, spent, shape, alpha, lower, lower_spent, lower_drift, high, room, upper, low_out
):
    """Solve the efficacy boundary, with the given or spent futility boundary in force.

    Without a `shape` (size 0), `upper` is kept where it is not nan and spends `spent` elsewhere.
    With one, ``upper = c * shape`` and c makes the whole spend `alpha`, of one side.
    """
    x, h, count, q, out = room
    if shape.size == 0:
        low_out[:] = lower
        return walk(
            t, 0.0, 0.0, high, spent, lower_spent, lower_drift, sides, upper, low_out, x, h, count
        )
    target = -quantile_above(alpha)
    c = -target
    before_c = 0.0
    before_y = 0.0
    for step in range(_STEPS):
        for k in range(t.size):
            upper[k] = c * shape[k]
        low_out[:] = lower
        status = walk(
            t, 0.0, 0.0, high, spent, lower_spent, lower_drift, sides, upper, low_out, x, h, count
        )
        if status != DONE:
            return status
        stopping(t, 0.0, sides, upper, low_out, x, h, count, 0.0, q, out)
        p = _total(out, ABOVE)
        if not 0.0 < p < 1.0:
            return NO_SHAPE
        y = -quantile_above(p)
        if abs(y - target) < _CLOSE:
            return DONE
        slope = (y - before_y) / (c - before_c) if step else -1.0
        if not slope < 0.0:
            slope = -1.0
        before_c = c
        before_y = y
        move = (target - y) / slope
        c += min(max(move, -1.0), 1.0)
        if abs(move) < 1e-15 * (1.0 + c):
            return DONE
    return NO_SHAPE


@njit(forceinline=True)
def _room(looks, n):  # type: ignore[no-untyped-def]
    return (
        np.empty((looks + 1, n)),
        np.empty((looks + 1, n)),
        np.empty(looks + 1, np.int64),
        np.empty(n),
        np.empty((looks, 3)),
    )


@cached(nogil=True, error_model="numpy")
def efficacy_boundary(t, sides, spent, shape, alpha, lower, upper):  # type: ignore[no-untyped-def]
    """Solve `upper` alone, with `lower` given and in force; see :func:`solve`. The status."""
    room = _room(t.size, nodes_needed(t, 0.0, 1.0))
    zeros = np.zeros(t.size)
    out = np.empty(t.size)
    return _efficacy(t, sides, spent, shape, alpha, lower, zeros, 0.0, 1.0, room, upper, out)


@cached(nogil=True, error_model="numpy")
def _attempt(  # type: ignore[no-untyped-def]
    t, sides, spent, shape, alpha, lower, lower_spent, lower_planned, binding, power, z, high,
    upper, lower_out, stops,
):  # fmt: skip
    """One solution with densities that serve drifts up to `high`, from the drift `z` on."""
    looks = t.size
    n = nodes_needed(t, 0.0, high)
    room = _room(looks, n)
    x, h, count, q, out = room
    none = np.full(looks, -math.inf if sides == 1 else 0.0)
    start_upper = upper.copy()
    futile = False
    for k in range(looks):
        if math.isnan(lower[k]) or lower[k] > none[k]:
            futile = True
    joint = futile and binding
    if not joint:
        status = _efficacy(
            t, sides, spent, shape, alpha, none, lower_spent, 0.0, high, room, upper, lower_out
        )
        if status != DONE:
            return status, math.nan
        stopping(t, 0.0, sides, upper, none, x, h, count, 0.0, q, stops[2])
    target = -quantile_above(power)
    drift = z
    before_drift = 0.0
    before_y = 0.0
    for step in range(_STEPS):
        if futile:
            under = drift if lower_planned else 0.0
            if joint:
                upper[:] = start_upper
                status = _efficacy(
                    t, sides, spent, shape, alpha, lower, lower_spent, under, high, room, upper,
                    lower_out,
                )  # fmt: skip
            else:
                lower_out[:] = lower
                status = walk(
                    t,
                    0.0,
                    0.0,
                    high,
                    spent,
                    lower_spent,
                    under,
                    sides,
                    upper,
                    lower_out,
                    x,
                    h,
                    count,
                )
            if status != DONE:
                return status, math.nan
        stopping(t, 0.0, sides, upper, lower_out, x, h, count, drift, q, out)
        p = _total(out, ABOVE)
        y = -quantile_above(min(max(p, 1e-290), 1.0 - 1e-15))
        slope = (y - before_y) / (drift - before_drift) if step else 1.0
        if not 0.05 < slope < 20.0:
            slope = 1.0
        move = (target - y) / slope
        if abs(move) < _CLOSE * (1.0 + drift):
            drift += move
            break
        before_drift = drift
        before_y = y
        longest = max(1.0, 0.5 * drift)
        drift += min(max(move, -longest), longest)
        if drift <= 0.0:
            return NO_DRIFT, math.nan
        if drift > 1.5 * high + 1.0:
            return NO_DRIFT, drift
        if step == _STEPS - 1:
            return STALLED, drift
    stops[1] = out
    stopping(t, 0.0, sides, upper, lower_out, x, h, count, 0.0, q, stops[0])
    if joint:
        walk(t, 0.0, 0.0, high, spent, lower_spent, 0.0, sides, upper, none, x, h, count)
        stopping(t, 0.0, sides, upper, none, x, h, count, 0.0, q, stops[2])
    for k in range(looks - 1):
        if futile and lower_out[k] >= upper[k]:
            return CROSSED, drift
    return DONE, drift


@cached(nogil=True, error_model="numpy")
def solve(  # type: ignore[no-untyped-def]
    t,
    sides,
    spent,
    shape,
    alpha,
    lower,
    lower_spent,
    lower_planned,
    binding,
    power,
    upper,
    lower_out,
    stops,
):
    """Solve one design.

    Parameters
    ----------
    t : float64 (K,)
    sides : int64
    spent : float64 (K,)
        Alpha of one side spent up to each look, used where `upper` comes in as nan.
    shape : float64 (K,) or (0,)
        Shape of the efficacy boundary, scaled so that it spends `alpha`; (0,) where it spends.
    alpha : float64
        Of one side.
    lower : float64 (K,)
        Futility boundary on z; nan where it is to be spent, -inf (0 for an inner wedge) for none.
    lower_spent : float64 (K,)
        Probability of stopping for futility up to each look.
    lower_planned : bool
        Whether `lower_spent` is spent under the planned effect; else under no effect.
    binding : bool
        Whether the efficacy boundary counts on stopping for futility.
    power : float64
    upper : float64 (K,)
        In: nan, or z where given. Out: solved.
    lower_out : float64 (K,)
        Out.
    stops : float64 (3, K, 3)
        Out: stopping probabilities as run under no effect and under the drift, and with futility
        ignored under no effect.

    Returns
    -------
    status : int64
    drift : float64
    """
    start = upper.copy()
    z = quantile_above(alpha) - quantile_above(power)
    high = 1.4 * z + 0.5
    status = NO_DRIFT
    drift = math.nan
    while True:  # densities must reach as far as the drift that is found
        upper[:] = start
        status, drift = _attempt(
            t, sides, spent, shape, alpha, lower, lower_spent, lower_planned, binding, power, z,
            high, upper, lower_out, stops,
        )  # fmt: skip
        if not drift > high:
            break
        status = NO_DRIFT
        if high == _FARTHEST:
            break
        high = min(2.0 * high, _FARTHEST)
    return status, drift


@cached(nogil=True, error_model="numpy")
def solve_many(  # type: ignore[no-untyped-def]
    t, sides, spent, shape, alpha, lower, lower_spent, lower_planned, binding, power, upper,
    lower_out, stops, status, drift,
):  # fmt: skip
    """:func:`solve` for each row of the arguments that have one more axis, (m, …)."""
    for i in range(t.shape[0]):
        status[i], drift[i] = solve(
            t[i], sides, spent[i], shape[i], alpha[i], lower[i], lower_spent[i], lower_planned,
            binding, power[i], upper[i], lower_out[i], stops[i],
        )  # fmt: skip
