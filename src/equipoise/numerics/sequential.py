"""Recursive integration for sequential tests: deterministic, for jointly normal statistics.

Z_1, …, Z_K have the canonical joint distribution: with information fractions t_1 < … < t_K = 1 and
drift eta, E Z_k = eta sqrt(t_k) and cov(Z_j, Z_k) = sqrt(t_j / t_k) for j <= k (Jennison &
Turnbull 2000, section 3.1). The density of Z_k among trials still running is pushed from look to
look (Armitage, McPherson & Rowe 1969, JRSS A 132:235; Jennison & Turnbull 2000, chapter 19) by
composite Gauss-Legendre quadrature on the continuation region, whose panels follow the width of the
transition.

The density is integrated under one drift only. Z_k is sufficient for the drift, so the density
under another is the null one times exp(eta sqrt(t_k) z - eta^2 t_k / 2): one pass serves every
effect.

A *walk* is one such pass. It keeps, for each look, the quadrature nodes ``x`` and the
sub-density times quadrature weight ``h``; ``count`` says how many of them are in use.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.numerics.cached import cached

Floats = NDArray[np.float64]

NODES = 16
"""Gauss-Legendre nodes of a panel."""
PANEL = 5.0
"""Width of a panel, in standard deviations of the narrowest transition beside it."""
REACH = 7.6
"""How far nodes extend beyond the mean where no boundary ends them: P(Z > 7.6) = 1.5e-14."""

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(NODES)
_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
_NEWTON_STEPS = 200
_TINY = 1e-290
_CERTAIN = 9.0
_NEVER = 38.6
"""Standard deviations beyond which a normal tail is one to rounding, and nothing."""
_LOG2_E = 1.0 / math.log(2.0)
_LN2_HIGH = 0.693145751953125
_LN2_LOW = 1.42860682030941723212e-6
_TAYLOR = tuple(1.0 / math.factorial(i) for i in range(14))

DONE, NOTHING_LEFT, STUCK = 0, 1, 2
"""Status of a walk: done; a look was to spend more than the probability of reaching it; Newton's
method did not reach its accuracy."""


@njit(forceinline=True)
def upper_tail(z):  # type: ignore[no-untyped-def]
    """P(Z > `z`) for a standard normal Z, accurate in relative terms."""
    return 0.5 * math.erfc(z * 0.7071067811865476)


@njit(forceinline=True)
def _tail(z):  # type: ignore[no-untyped-def]
    """:func:`upper_tail`, without work where it is one or nothing."""
    if z < -_CERTAIN:
        return 1.0
    return upper_tail(z) if z < _NEVER else 0.0


@njit(forceinline=True)
def _exp(x):  # type: ignore[no-untyped-def]
    """exp(`x`) for x <= 0, to rounding; 0 below -700. Without branches, so that loops vectorise.

    x = k log 2 + r with |r| <= log(2) / 2; the Taylor series of exp(r) is scaled by 2^k through
    the exponent's bits.
    """
    kept = 1.0 if x > -700.0 else 0.0
    x = max(x, -700.0)
    k = math.floor(x * _LOG2_E + 0.5)
    r = x - k * _LN2_HIGH - k * _LN2_LOW
    p = _TAYLOR[13]
    p = p * r + _TAYLOR[12]
    p = p * r + _TAYLOR[11]
    p = p * r + _TAYLOR[10]
    p = p * r + _TAYLOR[9]
    p = p * r + _TAYLOR[8]
    p = p * r + _TAYLOR[7]
    p = p * r + _TAYLOR[6]
    p = p * r + _TAYLOR[5]
    p = p * r + _TAYLOR[4]
    p = p * r + _TAYLOR[3]
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return kept * p * np.int64((np.int64(k) + 1023) << 52).view(np.float64)


@njit(forceinline=True)
def _density(z):  # type: ignore[no-untyped-def]
    return _exp(-0.5 * z * z) / _ROOT_TWO_PI


@njit(forceinline=True)
def _transition(t, k):  # type: ignore[no-untyped-def]
    """Slope and standard deviation of Z_k given Z_(k-1), and the step's share of sqrt(t_k)."""
    before = t[k - 1] if k > 0 else 0.0
    share = before / t[k]
    return math.sqrt(share), math.sqrt(1.0 - share), (t[k] - before) / math.sqrt(t[k])


@njit(forceinline=True)
def _width(t, k):  # type: ignore[no-untyped-def]
    """Width of the narrowest feature that the density at look `k` takes part in."""
    _, sd, _ = _transition(t, k)
    if k + 1 < t.size:
        slope, following, _ = _transition(t, k + 1)
        sd = min(sd, following / slope)
    return sd


@cached(error_model="numpy")
def nodes_needed(t, low, high):  # type: ignore[no-untyped-def]
    """Room for the nodes of the finest look when the drift lies in [`low`, `high`]."""
    most = 0
    length = 2.0 * REACH + (high - low) * max(1.0, math.sqrt(t[-1]))
    for k in range(t.size):
        panels = math.ceil(length / (PANEL * _width(t, k))) + 3
        most = max(most, panels * NODES)
    return most


@njit(forceinline=True)
def _place(low, high, width, x, w, start):  # type: ignore[no-untyped-def]
    """Put nodes and weights for [`low`, `high`] into `x`, `w` from `start`; the new count."""
    if not high > low:
        return start
    panels = max(1, math.ceil((high - low) / (PANEL * width)))
    half = 0.5 * (high - low) / panels
    for p in range(panels):
        centre = low + (2 * p + 1) * half
        for i in range(NODES):
            x[start] = centre + half * _NODE[i]
            w[start] = half * _WEIGHT[i]
            start += 1
    return start


@njit(forceinline=True)
def _tilt(x, h, n, base, drift, t, out):  # type: ignore[no-untyped-def]
    """Weights under `drift`: those under `base` times the likelihood ratio of the sufficient Z."""
    a = (drift - base) * math.sqrt(t)
    middle = 0.5 * (drift + base) * math.sqrt(t)
    for i in range(n):
        out[i] = h[i] * math.exp(a * (x[i] - middle))


@njit(forceinline=True)
def _above(x, q, n, slope, sd, shift, bound):  # type: ignore[no-untyped-def]
    """P(the next Z lies above `bound`), and its density there."""
    probability = 0.0
    density = 0.0
    for i in range(n):
        z = (bound - slope * x[i] - shift) / sd
        if z < -_CERTAIN:
            probability += q[i]
        elif z < _NEVER:
            probability += q[i] * upper_tail(z)
            density += q[i] * _density(z)
    return probability, density / sd


@njit(forceinline=True)
def quantile_above(p):  # type: ignore[no-untyped-def]
    """The z with P(Z > z) = `p`; Newton's method on the logarithm of the tail, from the right."""
    z = math.sqrt(max(-2.0 * math.log(p), 0.0)) + 1e-3
    for _ in range(_NEWTON_STEPS):
        tail = upper_tail(z)
        step = math.log(tail / p) * tail / _density(z)
        z += step
        if abs(step) < 1e-8:  # the error is now the step squared
            break
    return z


@njit(forceinline=True)
def _upper_root(x, q, n, slope, sd, wanted):  # type: ignore[no-untyped-def]
    """The bound above which the next Z lies with probability `wanted`, under no effect.

    The quantile of an unstopped Z lies to the right, and the logarithm of the tail is concave: from
    there Newton's method falls onto the root.
    """
    bound = quantile_above(wanted) + 1e-12
    if n == 1 and x[0] == 0.0:
        return bound
    for _ in range(_NEWTON_STEPS):
        p, d = _above(x, q, n, slope, sd, 0.0, bound)
        if p < _TINY or d < _TINY:  # so far out that the tail is hardly a number
            bound -= 20.0 * sd
            continue
        step = math.log(p / wanted) * p / d
        bound += step
        if abs(step) < 1e-8:
            return bound
    return math.nan


@njit(forceinline=True)
def _lower_root(x, q, n, slope, sd, shift, mean, wanted):  # type: ignore[no-untyped-def]
    """The bound below which the next Z, unstopped with mean `mean`, lies with probability `wanted`.

    The mirrored search: from the quantile of an unstopped Z, which lies to the left.
    """
    bound = mean - quantile_above(wanted) - 1e-12
    for _ in range(_NEWTON_STEPS):
        p = 0.0
        d = 0.0
        for i in range(n):
            z = (bound - slope * x[i] - shift) / sd
            if z > _CERTAIN:
                p += q[i]
            elif z > -_NEVER:
                p += q[i] * upper_tail(-z)
                d += q[i] * _density(z)
        if p < _TINY or d < _TINY:
            bound += 20.0 * sd
            continue
        step = -math.log(p / wanted) * p * sd / d
        bound += step
        if abs(step) < 1e-8:
            return bound
    return math.nan


@njit(forceinline=True)
def _between(x, q, n, slope, sd, shift, bound):  # type: ignore[no-untyped-def]
    """P(-`bound` < next Z < `bound`), and its derivative in `bound`."""
    probability = 0.0
    derivative = 0.0
    for i in range(n):
        mean = slope * x[i] + shift
        high = (bound - mean) / sd
        low = (-bound - mean) / sd
        probability += q[i] * (upper_tail(low) - upper_tail(high))
        derivative += q[i] * (_density(high) + _density(low))
    return probability, derivative / sd


@njit(forceinline=True)
def _middle_root(x, q, n, slope, sd, shift, wanted, most):  # type: ignore[no-untyped-def]
    """The bound in [0, `most`] that |next Z| stays below with probability `wanted`."""
    p, _ = _between(x, q, n, slope, sd, shift, most)
    if p <= wanted:
        return most
    low = 0.0
    high = most
    bound = 0.5 * most
    for _ in range(_NEWTON_STEPS):
        p, d = _between(x, q, n, slope, sd, shift, bound)
        if p > wanted:
            high = bound
        else:
            low = bound
        following = bound - (p - wanted) / d if d > 0.0 else 0.5 * (low + high)
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - bound) < 1e-14:
            bound = following
            break
        bound = following
    return bound


@njit(error_model="numpy", fastmath={"reassoc", "contract"})
def _advance(x, h, n, slope, sd, shift, y, w, m):  # type: ignore[no-untyped-def]
    """Turn the weights `w` of the new nodes `y` into weights times the new sub-density."""
    inverse = 1.0 / sd
    reach = _NEVER * sd / slope if slope > 0.0 else math.inf
    first = 0
    last = 0
    for j in range(m):
        z = (y[j] - shift) * inverse
        total = 0.0
        if slope > 0.0:  # nodes ascend: only those whose transition is not nothing
            middle = (y[j] - shift) / slope
            while first < n and x[first] < middle - reach:
                first += 1
            while last < n and x[last] <= middle + reach:
                last += 1
        else:
            last = n
        for i in range(first, last):
            d = z - slope * inverse * x[i]
            total += h[i] * _exp(-0.5 * d * d)
        w[j] *= total * inverse / _ROOT_TWO_PI


@cached(nogil=True, error_model="numpy")
def walk(  # type: ignore[no-untyped-def]
    t,
    base,
    low,
    high,
    upper_spent,
    lower_spent,
    lower_drift,
    sides,
    upper,
    lower,
    x,
    h,
    count,
    first=0,
    z=0.0,
):
    """One pass over the looks: solve the boundaries that are not given, keep the densities.

    Parameters
    ----------
    t : float64 (K,)
        Information fractions, ascending, the last 1.
    base : float64
        Drift under which the densities are kept; 0 where `upper` is to be solved.
    low, high : float64
        The least and the greatest drift that the densities must serve.
    upper_spent : float64 (K,)
        Probability under no effect, of one side, to be spent up to each look. Used where `upper`
        is nan.
    lower_spent : float64 (K,)
        Probability under `lower_drift` to be spent up to each look. Used where `lower` is nan.
    lower_drift : float64
    sides : int64
        1: the trial stops above `upper` or below `lower`. 2: it stops where |Z| is above `upper`
        or below `lower`, which is then the half-width of an inner wedge.
    upper, lower : float64 (K,)
        z boundaries; nan where they are to be solved, which is done in place. Infinite: none. A
        solved lower boundary never passes the upper one.
    x, h : float64 (K + 1, n)
        Room for nodes and weights; row 0 is the start of the trial.
    count : int64 (K + 1,)
        Nodes in use.
    first : int64
        The walk begins before this look, counted from 0, with `z` at the look before; boundaries of
        later looks must then be given.
    z : float64

    Returns
    -------
    int64
        `DONE`, `NOTHING_LEFT` or `STUCK`.
    """
    looks = t.size
    x[first, 0] = z
    h[first, 0] = 1.0
    count[first] = 1
    q = np.empty(x.shape[1])
    spent_above = 0.0
    spent_below = 0.0
    for k in range(first, looks):
        n = count[k]
        slope, sd, step = _transition(t, k)
        if math.isnan(upper[k]):
            wanted = upper_spent[k] - spent_above
            mass = 0.0
            for i in range(n):
                mass += h[k, i]
            if sides * wanted >= mass:
                return NOTHING_LEFT
            if wanted > 1e-300:
                upper[k] = _upper_root(x[k], h[k], n, slope, sd, wanted)
                if math.isnan(upper[k]):
                    return STUCK
                spent_above += wanted
            else:
                upper[k] = math.inf
        elif upper[k] < math.inf:
            spent_above += _above(x[k], h[k], n, slope, sd, 0.0, upper[k])[0]
        if math.isnan(lower[k]):
            wanted = lower_spent[k] - spent_below
            shift = lower_drift * step
            mean = lower_drift * math.sqrt(t[k])
            _tilt(x[k], h[k], n, base, lower_drift, t[k - 1] if k > 0 else 0.0, q)
            mass = 0.0
            for i in range(n):
                mass += q[i]
            if wanted <= 1e-300:
                lower[k] = 0.0 if sides == 2 else -math.inf
            elif sides == 2:
                lower[k] = _middle_root(x[k], q, n, slope, sd, shift, wanted, min(upper[k], 40.0))
            elif wanted >= mass:
                lower[k] = upper[k]
            else:
                found = _lower_root(x[k], q, n, slope, sd, shift, mean, wanted)
                if math.isnan(found):
                    return STUCK
                lower[k] = min(found, upper[k])
            if sides == 2:
                spent_below += _between(x[k], q, n, slope, sd, shift, lower[k])[0]
            elif lower[k] > -math.inf:
                for i in range(n):
                    z = (lower[k] - slope * x[k, i] - shift) / sd
                    spent_below += q[i] * upper_tail(-z)
        root = math.sqrt(t[k])
        top = min(upper[k], REACH + high * root)
        bottom = -REACH + low * root
        width = _width(t, k)
        if sides == 1:
            m = _place(max(lower[k], bottom), top, width, x[k + 1], h[k + 1], 0)
        else:
            bottom = max(-upper[k], bottom)
            if lower[k] > 0.0:
                m = _place(bottom, min(-lower[k], top), width, x[k + 1], h[k + 1], 0)
                m = _place(max(lower[k], bottom), top, width, x[k + 1], h[k + 1], m)
            else:
                m = _place(bottom, top, width, x[k + 1], h[k + 1], 0)
        count[k + 1] = m
        if k + 1 < looks:
            _advance(x[k], h[k], n, slope, sd, base * step, x[k + 1], h[k + 1], m)
    return DONE


ABOVE, BELOW, OPPOSITE = 0, 1, 2
"""Columns of stopping probabilities: above the upper boundary; at the futility boundary (below the
lower one, or inside the wedge); below the mirrored upper boundary of a two-sided test."""


@cached(nogil=True, error_model="numpy")
def stopping(  # type: ignore[no-untyped-def]
    t, base, sides, upper, lower, x, h, count, drift, q, out, first=0
):
    """Stopping probabilities of a walked trial under one drift, into `out` (K, 3).

    A walk that began before a later look, `first`, is conditional on the z that it began with.
    """
    start = 1.0
    if first > 0:
        a = (drift - base) * math.sqrt(t[first - 1])
        middle = 0.5 * (drift + base) * math.sqrt(t[first - 1])
        start = math.exp(-a * (x[first, 0] - middle))
    for k in range(first, t.size):
        n = count[k]
        slope, sd, step = _transition(t, k)
        shift = drift * step
        _tilt(x[k], h[k], n, base, drift, t[k - 1] if k > 0 else 0.0, q)
        above = 0.0
        below = 0.0
        opposite = 0.0
        for i in range(n):
            mean = slope * x[k, i] + shift
            above += q[i] * _tail((upper[k] - mean) / sd)
            if sides == 1:
                if lower[k] > -math.inf:
                    below += q[i] * _tail((mean - lower[k]) / sd)
            else:
                opposite += q[i] * _tail((upper[k] + mean) / sd)
                if lower[k] > 0.0:
                    below += q[i] * (_tail((-lower[k] - mean) / sd) - _tail((lower[k] - mean) / sd))
        out[k, ABOVE] = start * above
        out[k, BELOW] = start * below
        out[k, OPPOSITE] = start * opposite


@cached(nogil=True, error_model="numpy")
def stopping_under(t, sides, upper, lower, drifts, out, first=0, z=0.0):  # type: ignore[no-untyped-def]
    """Stopping probabilities of given boundaries under ascending `drifts`, into `out` (m, K, 3).

    One walk serves the drifts within 8 of the first of its group. With `first` above 0 they are
    those of the looks from `first` on, given `z` at the look before.
    """
    looks = t.size
    begin = 0
    while begin < drifts.size:
        end = begin
        while end + 1 < drifts.size and drifts[end + 1] <= drifts[begin] + 8.0:
            end += 1
        low, high = drifts[begin], drifts[end]
        base = 0.5 * (low + high)
        if first > 0:  # later means lie between the drift's and the one that the start shows
            root = math.sqrt(t[first - 1])
            low = min(low, z / root)
            high = max(high, z / root)
        n = nodes_needed(t, low, high)
        x = np.empty((looks + 1, n))
        h = np.empty((looks + 1, n))
        q = np.empty(n)
        count = np.empty(looks + 1, np.int64)
        walk(
            t, base, low, high, upper, lower, 0.0, sides, upper.copy(), lower.copy(), x, h, count,
            first, z,
        )  # fmt: skip
        for i in range(begin, end + 1):
            stopping(t, base, sides, upper, lower, x, h, count, drifts[i], q, out[i], first)
        begin = end + 1
