"""Two observed binomial rates: score and Wald statistics of a null margin, and score intervals.

Groups, scales and margins are those of :mod:`equipoise.numerics.rates_restricted`. A test rejects
for large z, or for small z where the alternative lies below the margin.

Farrington & Manning (1990), Stat Med 9:1447; Miettinen & Nurminen (1985), Stat Med 4:213.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from equipoise.numerics.rates_restricted import (
    Floats,
    Scale,
    Values,
    null_margin,
    restricted_rates,
)

_LOG_LIMIT = 46.0
"""Ratios are searched from 1e-20 to 1e20; a limit beyond is 0 or infinite."""


def standardised(numerator: Floats, variance: Floats) -> Floats:
    """Numerator over standard error; over none, 0 for no difference and infinite for any."""
    numerator, variance = np.broadcast_arrays(numerator, variance)
    alone = np.where(np.abs(numerator) <= 1e-12, 0.0, np.copysign(np.inf, numerator))
    positive = variance > 0
    root = np.sqrt(np.where(positive, variance, 1.0))
    return np.where(positive, numerator / root, alone)


def inverse_sum(first: Floats, second: Floats) -> Floats:
    """``1 / (1/first + 1/second)``, 0 where either is 0."""
    total = first + second
    return np.where(total > 0, first * second / np.where(total > 0, total, 1.0), 0.0)


def score_of_rates(
    p1: Floats, p0: Floats, n1: Floats, n0: Floats, null: Floats, scale: Scale
) -> Floats:
    """The score z of observed rates, without the n/(n-1) factor; sizes may be real numbers."""
    one, zero = restricted_rates(p1, p0, n1 / n0, null, scale)
    var1, var0 = one * (1 - one), zero * (1 - zero)
    if scale == "difference":
        return standardised(p1 - p0 - null, var1 / n1 + var0 / n0)
    if scale == "ratio":
        return standardised(p1 - null * p0, var1 / n1 + null**2 * var0 / n0)
    z = standardised(p1 - one, inverse_sum(n1 * var1, n0 * var0) / n1**2)
    return np.where((p1 == p0) & ((p1 == 0) | (p1 == 1)), 0.0, z)


def score_z(
    x1: Values,
    n1: Values,
    x0: Values,
    n0: Values,
    margin: Values | None = None,
    scale: Scale = "difference",
    corrected: bool = False,
) -> Floats:
    """Score statistic of the null margin, standard normal under it; arrays broadcast.

    ``corrected`` multiplies the variance by n / (n - 1), n the total, as Miettinen & Nurminen do;
    without it the difference and the ratio are Farrington and Manning's. At the margin of no effect
    all scales give the pooled z. Both arms without events, or without failures, give 0 there.
    """
    size1, size0 = np.asarray(n1, dtype=np.float64), np.asarray(n0, dtype=np.float64)
    z = score_of_rates(
        np.asarray(x1 / size1),
        np.asarray(x0 / size0),
        size1,
        size0,
        null_margin(margin, scale),
        scale,
    )
    if corrected:
        total = size1 + size0
        z = z * np.sqrt((total - 1) / total)
    return np.asarray(z)


def wald_z(
    x1: Values,
    n1: Values,
    x0: Values,
    n0: Values,
    margin: Values | None = None,
    scale: Scale = "difference",
) -> Floats:
    """Unpooled statistic: difference ``p1 - p0``, ratio ``p1 - margin p0``, or log odds ratio.

    Without variance it is 0 when the numerator is 0 and infinite when it is not. An empty cell
    leaves the log odds ratio without information, and its z is 0, the limit.
    """
    one, zero, size1, size0, null = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (x1, x0, n1, n0)),
        null_margin(margin, scale),
    )
    p1, p0 = one / size1, zero / size0
    var1, var0 = p1 * (1 - p1) / size1, p0 * (1 - p0) / size0
    if scale == "difference":
        return standardised(p1 - p0 - null, var1 + var0)
    if scale == "ratio":
        return standardised(p1 - null * p0, var1 + null**2 * var0)
    cells = np.stack([one, size1 - one, zero, size0 - zero])
    filled = np.all(cells > 0, axis=0)
    a, b, c, d = np.where(filled, cells, 1.0)
    z = (np.log(a / b) - np.log(c / d) - np.log(null)) / np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return np.where(filled, z, 0.0)


def crossing(falling: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Where a falling function crosses 0, by bisection to the last bit; an end where it does not.

    `low` is returned where the function starts at or below 0, `high` where it ends at or above 0.
    """
    below, above = falling(low) <= 0, falling(high) >= 0
    left, right = low.copy(), high.copy()
    for _ in range(64):
        middle = (left + right) / 2
        positive = falling(middle) > 0
        left, right = np.where(positive, middle, left), np.where(positive, right, middle)
    return np.where(below, low, np.where(above, high, (left + right) / 2))


def score_interval(
    x1: Values,
    n1: Values,
    x0: Values,
    n0: Values,
    level: float = 0.95,
    scale: Scale = "difference",
    corrected: bool = True,
) -> tuple[Floats, Floats]:
    """Two-sided interval of the margins that :func:`score_z` does not reject; arrays broadcast.

    ``corrected=True`` is Miettinen & Nurminen's interval; ``corrected=False`` leaves their
    n / (n - 1) out, as Mee (1984) does for the difference and Koopman (1984) for the ratio. A ratio
    has limit 0 or infinity where no finite margin is rejected; two empty arms give (0, infinity).
    """
    x1, n1, x0, n0 = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (x1, n1, x0, n0))
    )
    z = float(special.ndtri((1 + level) / 2))

    def statistic(at: Floats) -> Floats:
        margin = at if scale == "difference" else np.exp(at)
        return score_z(x1, n1, x0, n0, margin, scale, corrected)

    end = np.full(x1.shape, 1.0 if scale == "difference" else _LOG_LIMIT)
    lower = crossing(lambda at: statistic(at) - z, -end, end)
    upper = crossing(lambda at: statistic(at) + z, -end, end)
    if scale == "difference":
        return lower, upper
    return (
        np.where(lower <= -_LOG_LIMIT, 0.0, np.exp(lower)),
        np.where(upper >= _LOG_LIMIT, np.inf, np.exp(upper)),
    )
