"""Exact tests of binomial rates: the test of one rate, and any test of two by enumeration.

Groups, scales and margins are those of :mod:`equipoise.numerics.rates_restricted`. A test rejects
for large counts or z (or, with ``upper=False``, for small ones); levels are one-sided.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.numerics.rates_restricted import (
    Floats,
    Scale,
    Values,
    null_margin,
    null_treatment_rate,
)
from equipoise.numerics.rates_sizes import one_rate_size
from equipoise.numerics.two_by_two import binomial_pmf
from equipoise.numerics.two_rates import score_z

Bools: TypeAlias = NDArray[np.bool_]

# One arm


def one_rate_critical(n: Values, p0: float, alpha: float, upper: bool = True) -> Floats:
    """The count at which the exact one-sided test at level `alpha` begins to reject.

    The fewest events c with ``P(X >= c | p0) <= alpha``, n + 1 where there is none; with
    ``upper=False`` the most with ``P(X <= c | p0) <= alpha``, -1 where there is none.
    """
    size = np.asarray(n, dtype=np.float64)
    if not upper:
        return size - one_rate_critical(size, 1 - p0, alpha)
    low, high = np.zeros(size.shape), size + 1
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2)
        rejects = _upper_tail(middle, size, p0) <= alpha * (1 + 1e-12)
        low, high = np.where(rejects, low, middle), np.where(rejects, middle, high)
    return high


def _upper_tail(events: Floats, n: Floats, p: float) -> Floats:
    """P(X >= events) of Binomial(n, p), for events from 0 to n + 1."""
    inside = (events > 0) & (events <= n)
    count = np.where(inside, events, 1.0)
    tail = special.betainc(count, np.where(inside, n - count + 1, 1.0), p)
    return np.where(events <= 0, 1.0, np.where(inside, tail, 0.0))


def exact_one_rate_power(
    n: Values, p: float, p0: float, alpha: float, upper: bool = True
) -> Floats:
    """P(reject) of the exact one-sided test of ``rate = p0``, for one or many whole `n`."""
    size = np.asarray(n, dtype=np.float64)
    if not upper:
        p, p0 = 1 - p, 1 - p0
    return _upper_tail(one_rate_critical(size, p0, alpha), size, p)


def exact_one_rate_size(
    p: float, p0: float, alpha: float, power: float, rule: Literal["first", "lasting"] = "lasting"
) -> int:
    """Patients for the exact one-sided test of ``rate = p0`` towards `p`.

    The power is a saw-tooth in n. ``first`` is the smallest n with enough power; ``lasting`` the
    smallest from which every larger n has enough. Larger n are looked at up to a bound that is
    doubled until its upper half holds no n with too little power; the teeth shrink with n.
    """
    if p == p0:
        raise ValueError("the rate must differ from the null rate")
    z_alpha, z_beta = special.ndtri(1 - alpha), special.ndtri(power)
    bound = 2 * int(one_rate_size(p, p0, z_alpha, max(z_beta, 0.0))) + 40
    while True:
        enough = exact_one_rate_power(np.arange(1.0, bound + 1), p, p0, alpha, p > p0) >= power
        if enough[bound // 2 :].all():
            break
        bound *= 2
    if rule == "first":
        return int(np.argmax(enough)) + 1
    return int(np.flatnonzero(~enough)[-1]) + 2 if not enough.all() else 1


# Enumeration


def score_rejections(
    n1: int,
    n0: int,
    z_critical: float,
    margin: float | None = None,
    scale: Scale = "difference",
    corrected: bool = False,
    upper: bool = True,
) -> Bools:
    """What the score test does with every pair of counts: (n1 + 1, n0 + 1), true to reject.

    It rejects iff z is at least `z_critical`, or at most ``-z_critical`` with ``upper=False``; a z
    within 1e-10 of it counts as equal, so that symmetric tables are treated alike.
    """
    x1, x0 = np.arange(n1 + 1.0)[:, None], np.arange(n0 + 1.0)[None, :]
    z = score_z(x1, n1, x0, n0, margin, scale, corrected)
    return np.asarray((z if upper else -z) >= z_critical - 1e-10)


def enumerated_power(rejects: Bools, p1: Values, p0: Values) -> Floats:
    """P(reject) over every pair of counts, exact for the table (n1 + 1, n0 + 1) in `rejects`.

    The rates broadcast. The work is the table's size times the number of rates.
    """
    one, zero = np.broadcast_arrays(
        np.asarray(p1, dtype=np.float64), np.asarray(p0, dtype=np.float64)
    )
    n1, n0 = rejects.shape[0] - 1, rejects.shape[1] - 1
    treatment = np.stack([binomial_pmf(n1, rate) for rate in one.ravel()])
    control = np.stack([binomial_pmf(n0, rate) for rate in zero.ravel()])
    power = ((treatment @ rejects.astype(np.float64)) * control).sum(axis=1)
    return np.asarray(power.reshape(one.shape))


def maximum_size(
    rejects: Bools, margin: float | None = None, scale: Scale = "difference", points: int = 400
) -> tuple[float, float]:
    """The largest type I error on the margin, over the control rate, and where it is attained.

    A grid of `points` control rates, denser towards the ends, then a bounded search around each
    peak within 1% of the highest. The null hypothesis beyond the margin has no larger error where
    the test rejects more readily with every treatment event and control failure (Barnard 1947).
    """
    null = float(null_margin(margin, scale))
    low, high = 0.0, 1.0
    if scale == "difference":
        low, high = max(0.0, -null), min(1.0, 1.0 - null)
    elif scale == "ratio":
        high = min(1.0, 1.0 / null) if null > 0 else 1.0

    from scipy import optimize  # heavy, and not always needed

    def size(rate: float | Floats) -> Floats:
        treatment = np.clip(null_treatment_rate(rate, null, scale), 0, 1)
        return enumerated_power(rejects, treatment, rate)

    angle = np.linspace(0, np.pi, points)
    rates = low + (high - low) * (1 - np.cos(angle)) / 2
    errors = size(rates)
    best = int(np.argmax(errors))
    highest, where = float(errors[best]), float(rates[best])
    padded = np.concatenate([[-1.0], errors, [-1.0]])
    peaks = (errors >= padded[:-2]) & (errors >= padded[2:]) & (errors >= 0.99 * highest)
    for peak in np.flatnonzero(peaks):
        around = rates[max(int(peak) - 1, 0)], rates[min(int(peak) + 1, points - 1)]
        found = optimize.minimize_scalar(
            lambda rate: -float(size(rate)),
            bounds=around,
            method="bounded",
            options={"xatol": 1e-9},
        )
        if -found.fun > highest:
            highest, where = -float(found.fun), float(found.x)
    return highest, where
