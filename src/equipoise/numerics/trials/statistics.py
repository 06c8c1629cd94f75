"""Test statistics and estimates of one look, from sums: scalars in, scalars out.

All z favour treatment where positive. Estimates are treatment against control: a difference, or the
logarithm of a ratio. The formulas are those of ``numerics/two_rates.py``, ``rates_restricted.py``
and ``means.py``, which see arrays; tests hold them together.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.sequential import quantile_above, upper_tail

Floats = NDArray[np.float64]

BINARY, CONTINUOUS, SURVIVAL = range(3)
"""Endpoints."""

POOLED, UNPOOLED, SCORE_ODDS, FISHER, KNOWN_SD, STUDENT, WELCH, LOG_RANK = range(8)
"""Tests: of rates, of means, and of times to an event."""

DIFFERENCE, RATIO, ODDS_RATIO = range(3)
"""Scales of rates."""

_FAR = 1e300
"""Stands for an infinite statistic, which must not reach a boundary that is infinite."""
_SMALL = 1e-12


class Test(NamedTuple):
    """How a look is tested.

    `sign` is 1 where higher is better and -1 where lower is; `margin` the null value, of a hazard
    ratio its logarithm; `sd0` and `sd1` known standard deviations; `control` the value to be
    bettered by a single arm, of which `single` is true; `mirrored` whether a result as far the
    other way counts as harm, as it does where the null value is no effect.
    """

    endpoint: int
    test: int
    scale: int
    sign: float
    margin: float
    single: bool
    control: float
    sd0: float
    sd1: float
    rho: float
    gamma: float
    stratified: bool
    mirrored: bool


@njit(forceinline=True, error_model="numpy")
def over_root(numerator, variance):  # type: ignore[no-untyped-def]
    """Numerator over standard error; without variance 0, or far off where there is a difference."""
    if variance > 0.0:
        return numerator / math.sqrt(variance)
    if abs(numerator) <= _SMALL:
        return 0.0
    return math.copysign(_FAR, numerator)


@njit(forceinline=True, error_model="numpy")
def restricted_difference(p1, p0, share, margin):  # type: ignore[no-untyped-def]
    """The control rate under the null difference; see ``rates_restricted.py``."""
    mean = share * p1 + (1.0 - share) * p0
    turned = mean > 0.5
    zero = p0
    gap = margin
    if turned:
        mean, zero, gap = 1.0 - mean, 1.0 - p0, -margin
    a2 = (2.0 - share) * gap - 1.0 - mean
    a1 = ((1.0 - share) * (gap - 2.0 * zero) - 1.0) * gap + mean
    a0 = (1.0 - share) * zero * gap * (1.0 - gap)
    half = (a2 / 3.0) ** 3 - a1 * a2 / 6.0 + a0 / 2.0
    radius = math.sqrt(max((a2 / 3.0) ** 2 - a1 / 3.0, 0.0))
    if half < 0.0:
        radius = -radius
    cosine = half / radius**3 if radius != 0.0 else 0.0
    angle = (math.pi + math.acos(min(max(cosine, -1.0), 1.0))) / 3.0
    rate = 2.0 * radius * math.cos(angle) - a2 / 3.0
    low, high = max(0.0, -gap), min(1.0, 1.0 - gap)
    rate = low if mean <= 0.0 else min(max(rate, low), high)
    for _ in range(4):
        value = ((rate + a2) * rate + a1) * rate + a0
        slope = (3.0 * rate + 2.0 * a2) * rate + a1
        step = value / slope if slope != 0.0 else 0.0
        rate = min(max(rate - step if abs(step) < 1e-6 else rate, low), high)
    return 1.0 - rate if turned else rate


@njit(forceinline=True, error_model="numpy")
def restricted_ratio(p1, p0, share, margin):  # type: ignore[no-untyped-def]
    """The control rate under the null ratio."""
    mean = share * p1 + (1.0 - share) * p0
    linear = share * (margin + p1) + (1.0 - share) * (1.0 + margin * p0)
    failures1, failures0 = share * (1.0 - p1), (1.0 - share) * margin * (1.0 - p0)
    root = math.sqrt((margin - 1.0 + failures1 - failures0) ** 2 + 4.0 * failures1 * failures0)
    return 2.0 * mean / (linear + root)


@njit(forceinline=True, error_model="numpy")
def restricted_odds(p1, p0, share, margin):  # type: ignore[no-untyped-def]
    """The control rate under the null odds ratio."""
    mean = share * p1 + (1.0 - share) * p0
    square = (1.0 - share) * (margin - 1.0)
    linear = margin * (share - mean) + (1.0 - share) + mean
    spread = share * (1.0 - share) + mean * (1.0 - mean)
    root = math.sqrt(
        (margin * (share - mean)) ** 2 + 2.0 * margin * spread + (1.0 - share - mean) ** 2
    )
    if linear >= 0.0:
        return 2.0 * mean / (linear + root)
    return (root - linear) / (2.0 * square) if square != 0.0 else 2.0 * mean / (linear + root)


@cached(nogil=True, error_model="numpy")
def restricted_z(p1, n1, p0, n0, margin, scale):  # type: ignore[no-untyped-def]
    """Score z of a null margin: Farrington & Manning (1990), Stat Med 9:1447."""
    share = n1 / (n1 + n0)
    if scale == DIFFERENCE:
        zero = restricted_difference(p1, p0, share, margin)
        one = min(max(zero + margin, 0.0), 1.0)
        return over_root(p1 - p0 - margin, one * (1.0 - one) / n1 + zero * (1.0 - zero) / n0)
    if scale == RATIO:
        zero = min(max(restricted_ratio(p1, p0, share, margin), 0.0), 1.0)
        one = min(zero * margin, 1.0)
        return over_root(
            p1 - margin * p0, one * (1.0 - one) / n1 + margin**2 * zero * (1.0 - zero) / n0
        )
    zero = min(max(restricted_odds(p1, p0, share, margin), 0.0), 1.0)
    one = zero * margin / ((1.0 - zero) + zero * margin)
    if zero > 0.5:
        one = (share * p1 + (1.0 - share) * p0 - (1.0 - share) * zero) / share
    one = min(max(one, 0.0), 1.0)
    if p1 == p0 and (p1 == 0.0 or p1 == 1.0):
        return 0.0
    first, second = n1 * one * (1.0 - one), n0 * zero * (1.0 - zero)
    total = first + second
    return over_root(p1 - one, (first * second / total if total > 0.0 else 0.0) / n1**2)


@cached(nogil=True, error_model="numpy")
def wald(p1, n1, p0, n0, margin, scale):  # type: ignore[no-untyped-def]
    """Unpooled z of a null margin; an empty cell leaves a log odds ratio without information."""
    var1, var0 = p1 * (1.0 - p1) / n1, p0 * (1.0 - p0) / n0
    if scale == DIFFERENCE:
        return over_root(p1 - p0 - margin, var1 + var0)
    if scale == RATIO:
        return over_root(p1 - margin * p0, var1 + margin**2 * var0)
    if var1 <= 0.0 or var0 <= 0.0:
        return 0.0
    log_odds = math.log(p1 / (1.0 - p1)) - math.log(p0 / (1.0 - p0)) - math.log(margin)
    return log_odds / math.sqrt(1.0 / (n1 * p1 * (1.0 - p1)) + 1.0 / (n0 * p0 * (1.0 - p0)))


@cached(nogil=True, error_model="numpy")
def hypergeometric_tail(x, n1, good, total, upward):  # type: ignore[no-untyped-def]
    """P(X >= `x`), or P(X <= `x`) where not `upward`: good outcomes among `n1` of `total` patients.

    Terms are summed from x away from the mean, each from the one before; on the other side of the
    mean the tail is one less the opposite tail.
    """
    low, high = max(0.0, good - (total - n1)), min(good, n1)
    if (upward and x <= low) or (not upward and x >= high):
        return 1.0
    if x < low or x > high:
        return 0.0
    mean = n1 * good / total
    if (upward and x < mean) or (not upward and x > mean):
        return 1.0 - hypergeometric_part(
            x - 1.0 if upward else x + 1.0, n1, good, total, not upward
        )
    return hypergeometric_part(x, n1, good, total, upward)


@cached(nogil=True, error_model="numpy")
def hypergeometric_part(x, n1, good, total, upward):  # type: ignore[no-untyped-def]
    """The sum of `hypergeometric_tail` where its terms fall from x on."""
    n0 = total - n1
    log_term = (
        math.lgamma(n1 + 1.0)
        - math.lgamma(x + 1.0)
        - math.lgamma(n1 - x + 1.0)
        + math.lgamma(n0 + 1.0)
        - math.lgamma(good - x + 1.0)
        - math.lgamma(n0 - good + x + 1.0)
        - math.lgamma(total + 1.0)
        + math.lgamma(good + 1.0)
        + math.lgamma(total - good + 1.0)
    )
    term = 1.0
    tail = 1.0
    end = min(good, n1) if upward else max(0.0, good - n0)
    while x != end and term > 1e-17 * tail:
        if upward:
            term *= (n1 - x) * (good - x) / ((x + 1.0) * (n0 - good + x + 1.0))
            x += 1.0
        else:
            term *= x * (n0 - good + x) / ((n1 - x + 1.0) * (good - x + 1.0))
            x -= 1.0
        tail += term
    return min(math.exp(log_term) * tail, 1.0)


@cached(nogil=True, error_model="numpy")
def fisher_z(good1, n1, good0, n0, upward):  # type: ignore[no-untyped-def]
    """The normal value with the tail of Fisher's test, of few good outcomes if not `upward`."""
    good, total = good1 + good0, n1 + n0
    tail = hypergeometric_tail(good1, n1, good, total, upward)
    if tail <= 0.0:
        return _FAR
    if tail >= 1.0:
        return -_FAR
    if tail <= 0.5:
        return quantile_above(tail)
    rest = hypergeometric_tail(good1 - 1.0 if upward else good1 + 1.0, n1, good, total, not upward)
    return -quantile_above(rest) if rest > 0.0 else -_FAR


@cached(nogil=True, error_model="numpy")
def rates_z(events1, n1, events0, n0, test):  # type: ignore[no-untyped-def]
    """Z for efficacy, z for futility, and z of the mirrored test for harm.

    They are one, up to the sign, for all tests but Fisher's. Without a mirrored test the last is
    far below any boundary.
    """
    if test.single:
        p = test.control
        z = over_root(test.sign * (events1 / n1 - p), p * (1.0 - p) / n1) if n1 > 0 else 0.0
        return z, z, -z
    if n1 == 0 or n0 == 0:
        return 0.0, 0.0, 0.0
    p1, p0 = events1 / n1, events0 / n0
    null = 0.0 if test.scale == DIFFERENCE else 1.0
    if test.test == UNPOOLED:
        z = test.sign * wald(p1, n1, p0, n0, test.margin, test.scale)
    elif test.margin == null:
        p = (events1 + events0) / (n1 + n0)
        z = test.sign * over_root(p1 - p0, p * (1.0 - p) * (1.0 / n1 + 1.0 / n0))
    else:
        z = test.sign * restricted_z(p1, n1, p0, n0, test.margin, test.scale)
    if test.test != FISHER:
        return z, z, (-z if test.mirrored else -_FAR)
    good1 = events1 if test.sign > 0 else n1 - events1
    good0 = events0 if test.sign > 0 else n0 - events0
    return fisher_z(good1, n1, good0, n0, True), z, fisher_z(good1, n1, good0, n0, False)


@cached(nogil=True, error_model="numpy")
def rates_estimate(events1, n1, events0, n0, test):  # type: ignore[no-untyped-def]
    """The effect and its standard error, unpooled; of a ratio its logarithm.

    Half an event is added to each cell of a ratio where one is empty.
    """
    if n1 == 0 or (n0 == 0 and not test.single):
        return math.nan, math.nan
    if test.single:
        p1 = events1 / n1
        return p1 - test.control, math.sqrt(p1 * (1.0 - p1) / n1)
    if test.scale == DIFFERENCE:
        p1, p0 = events1 / n1, events0 / n0
        return p1 - p0, math.sqrt(p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0)
    add = 0.5 if min(events1, events0, n1 - events1, n0 - events0) == 0 else 0.0
    a, b, m1, m0 = events1 + add, events0 + add, n1 + 2 * add, n0 + 2 * add
    if test.scale == RATIO:
        return math.log(a / m1 * m0 / b), math.sqrt(1.0 / a - 1.0 / m1 + 1.0 / b - 1.0 / m0)
    c, d = m1 - a, m0 - b
    return math.log(a / c * d / b), math.sqrt(1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d)


@njit(forceinline=True, error_model="numpy")
def beta_fraction(a, b, x):  # type: ignore[no-untyped-def]
    """Continued fraction of the incomplete beta function: Lentz's method.

    Didonato & Morris (1992), ACM Trans Math Softw 18:360, for the fraction's use.
    """
    tiny = 1e-300
    c = 1.0
    d = 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    h = d
    for m in range(1, 400):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        d = 1.0 + even * d
        c = 1.0 + even / c
        d = 1.0 / (d if abs(d) > tiny else tiny)
        c = c if abs(c) > tiny else tiny
        h *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        d = 1.0 + odd * d
        c = 1.0 + odd / c
        d = 1.0 / (d if abs(d) > tiny else tiny)
        c = c if abs(c) > tiny else tiny
        change = d * c
        h *= change
        if abs(change - 1.0) < 1e-15:
            break
    return h


@njit(forceinline=True, error_model="numpy")
def student_tail(t, df):  # type: ignore[no-untyped-def]
    """P(T > `t`), t >= 0, of Student's t with real degrees of freedom."""
    square = t * t
    x, y = df / (df + square), square / (df + square)
    a, b = 0.5 * df, 0.5
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - a * math.log1p(square / df)
    ) * math.sqrt(y)
    if y < (b + 1.0) / (a + b + 2.0):
        return 0.5 * (1.0 - front * beta_fraction(b, a, y) / b)
    return 0.5 * front * beta_fraction(a, b, x) / a


@cached(nogil=True, error_model="numpy")
def normal_of_t(t, df):  # type: ignore[no-untyped-def]
    """The z with the tail of `t`."""
    size = abs(t)
    if not size < 1e150:
        return math.copysign(_FAR, t)
    tail = student_tail(size, df)
    if tail <= 0.0:
        return math.copysign(38.0, t)
    return math.copysign(quantile_above(min(tail, 0.5)) if tail < 0.5 else 0.0, t)


@cached(nogil=True, error_model="numpy")
def means_test(n1, sum1, squares1, n0, sum0, squares0, test):  # type: ignore[no-untyped-def]
    """z, estimate, standard error, degrees of freedom (infinite with a known deviation).

    Sums are of values less ``test.control``, `squares` sums of squares about the arm's own mean.
    Fewer patients than the variance needs give z 0.
    """
    if n1 == 0 or (n0 == 0 and not test.single):
        return 0.0, math.nan, math.nan, math.inf
    mean1 = sum1 / n1
    if test.single:
        estimate = mean1
        if test.test == KNOWN_SD:
            error = test.sd1 / math.sqrt(n1)
            return test.sign * estimate / error, estimate, error, math.inf
        if n1 < 2:
            return 0.0, estimate, math.nan, math.inf
        error, df = math.sqrt(squares1 / (n1 - 1.0) / n1), n1 - 1.0
    else:
        estimate = mean1 - sum0 / n0
        if test.test == KNOWN_SD:
            error = math.sqrt(test.sd1**2 / n1 + test.sd0**2 / n0)
            return test.sign * (estimate - test.margin) / error, estimate, error, math.inf
        if n1 + n0 < 3 or (test.test == WELCH and (n1 < 2 or n0 < 2)):
            return 0.0, estimate, math.nan, math.inf
        if test.test == STUDENT:
            df = n1 + n0 - 2.0
            error = math.sqrt((squares1 + squares0) / df * (1.0 / n1 + 1.0 / n0))
        else:
            part1, part0 = squares1 / (n1 - 1.0) / n1, squares0 / (n0 - 1.0) / n0
            error = math.sqrt(part1 + part0)
            spread = part1**2 / (n1 - 1.0) + part0**2 / (n0 - 1.0)
            df = (part1 + part0) ** 2 / spread if spread > 0.0 else n1 + n0 - 2.0
    t = test.sign * over_root(estimate - (0.0 if test.single else test.margin), error**2)
    return normal_of_t(t, df), estimate, error, df


@njit(forceinline=True, error_model="numpy")
def adverse_statistic(events1, n1, events0, n0):  # type: ignore[no-untyped-def]
    """Pooled z of adverse events, positive where treatment has more; 0 without both arms."""
    if n1 == 0 or n0 == 0:
        return 0.0
    p = (events1 + events0) / (n1 + n0)
    return over_root(events1 / n1 - events0 / n0, p * (1.0 - p) * (1.0 / n1 + 1.0 / n0))


__all__ = [
    "BINARY",
    "CONTINUOUS",
    "SURVIVAL",
    "Test",
    "adverse_statistic",
    "means_test",
    "rates_estimate",
    "rates_z",
    "upper_tail",
]
