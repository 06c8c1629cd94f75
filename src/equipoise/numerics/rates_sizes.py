"""Binomial rates in one or two arms, planned by normal theory: sizes, power, critical effects.

Groups, scales and margins are those of :mod:`equipoise.numerics.rates_restricted`. The total number
of patients is ``n`` (a real number); ``ratio`` is patients on treatment for one on control.

A test rejects for large z (or, with ``upper=False``, for small z) at one-sided level
``1 - Phi(z_alpha)``. A ``drift`` is the mean of a normal statistic of unit variance with
``P(reject) = Phi(drift - z_alpha)``, so that a group-sequential design can take it over.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from equipoise.numerics.rates_restricted import (
    NO_EFFECT,
    Floats,
    Scale,
    Values,
    null_margin,
    restricted_rates,
)
from equipoise.numerics.two_rates import crossing, inverse_sum, score_of_rates, standardised

Variance = Literal["pooled", "unpooled", "score"]


# Two arms


def _unit(
    p1: Values, p0: Values, ratio: Values, margin: Values | None, scale: Scale, variance: Variance
) -> tuple[Floats, Floats, Floats]:
    """Effect beyond the margin, and its null and true standard deviations for one patient."""
    one, zero, weight, null = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (p1, p0, ratio)),
        null_margin(margin, scale),
    )
    n1, n0 = weight / (1 + weight), 1 / (1 + weight)
    null1, null0 = restricted_rates(one, zero, weight, null, scale)
    true, restricted = (
        (n1 * a * (1 - a), n0 * b * (1 - b)) for a, b in ((one, zero), (null1, null0))
    )
    if scale == "odds_ratio":
        if variance == "score":
            return _unit_odds_score(one - null1, n1, true, restricted)
        with np.errstate(divide="ignore"):
            effect = np.log(one / (1 - one)) - np.log(zero / (1 - zero)) - np.log(null)
            alternative = np.sqrt(1 / true[0] + 1 / true[1])
            under_null = np.sqrt(1 / restricted[0] + 1 / restricted[1])
    else:
        times = np.ones_like(null) if scale == "difference" else null
        effect = one - zero - null if scale == "difference" else one - null * zero
        alternative = np.sqrt(true[0] / n1**2 + times**2 * true[1] / n0**2)
        under_null = np.sqrt(restricted[0] / n1**2 + times**2 * restricted[1] / n0**2)
    return effect, alternative if variance == "unpooled" else under_null, alternative


def _unit_odds_score(
    gap: Floats, n1: Floats, true: tuple[Floats, Floats], restricted: tuple[Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """The score of the odds ratio, ``n1 (p1 - restricted p1)``, and its deviations.

    The true variance is by the delta method: the restricted rate moves with the total of events,
    so that arm i's events count with the other arm's share of the null information.
    """
    total = restricted[0] + restricted[1]
    weight1, weight0 = restricted[1] / total, restricted[0] / total
    alternative = np.sqrt(weight1**2 * true[0] + weight0**2 * true[1])
    return n1 * gap, np.sqrt(inverse_sum(*restricted)), alternative


def rates_size(
    p1: Values,
    p0: Values,
    z_alpha: Values,
    z_beta: Values,
    ratio: Values = 1.0,
    margin: Values | None = None,
    scale: Scale = "difference",
    variance: Variance = "pooled",
) -> Floats:
    """Total number of patients for two rates, a real number: ``ratio`` : 1 on treatment : control.

    ``((z_alpha s0 + z_beta s1) / effect)^2`` with s0 and s1 the standard deviations under the
    margin and the alternative. ``pooled`` takes s0 from the restricted rates at the margin
    (Farrington & Manning 1990; the pooled rate at the margin of no effect), ``unpooled`` s0 = s1.
    On the odds-ratio scale both are of the log odds ratio, and ``score`` is of the score statistic;
    on the other scales ``score`` is ``pooled``. The effect's sign does not matter. Rates must lie
    inside (0, 1) on the odds-ratio scale.
    """
    effect, under_null, alternative = _unit(p1, p0, ratio, margin, scale, variance)
    needed = (z_alpha * under_null + z_beta * alternative) ** 2
    none = effect == 0
    return np.where(none, np.inf, needed / np.where(none, 1.0, effect) ** 2)


def rates_drift(
    n: Values,
    p1: Values,
    p0: Values,
    z_alpha: Values,
    ratio: Values = 1.0,
    margin: Values | None = None,
    scale: Scale = "difference",
    variance: Variance = "pooled",
    upper: bool = True,
) -> Floats:
    """Drift of a test of `n` patients in all; see :func:`rates_size` for the arguments.

    ``z_alpha + (effect - z_alpha s0) / s1``, with the effect's sign turned for ``upper=False``.
    Rates of 0 and 1 alone leave no variance; the drift is then infinite, either way.
    """
    effect, under_null, alternative = _unit(p1, p0, ratio, margin, scale, variance)
    towards = effect if upper else -effect
    excess = towards * np.sqrt(n) - z_alpha * under_null
    return np.asarray(
        z_alpha + _certain(standardised(np.asarray(excess), alternative**2), excess, alternative)
    )


def rates_effect(
    z: Values,
    n: Values,
    p0: Values,
    ratio: Values = 1.0,
    margin: Values | None = None,
    scale: Scale = "difference",
) -> Floats:
    """The observed effect, on its scale, whose score z is `z` when the control shows rate `p0`.

    NaN where no treatment rate in [0, 1] reaches `z`. A boundary below goes in as a negative `z`.
    """
    bound, size, zero, weight, null = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (z, n, p0, ratio)),
        null_margin(margin, scale),
    )
    n1, n0 = size * weight / (1 + weight), size / (1 + weight)
    if np.all(null == NO_EFFECT[scale]):
        rate = zero + _pooled_difference(bound, n1, n0, zero)
        reached = (rate >= 0) & (rate <= 1)
    else:

        def short(rate: Floats) -> Floats:
            return bound - score_of_rates(rate, zero, n1, n0, null, scale)

        low, high = np.zeros(bound.shape), np.ones(bound.shape)
        reached = (short(low) >= 0) & (short(high) <= 0)
        rate = crossing(short, low, high)
    with np.errstate(divide="ignore", invalid="ignore"):
        if scale == "difference":
            effect = rate - zero
        elif scale == "ratio":
            effect = rate / zero
        else:
            effect = rate / (1 - rate) / (zero / (1 - zero))
    return np.where(reached, effect, np.nan)


def _pooled_difference(z: Floats, n1: Floats, n0: Floats, p0: Floats) -> Floats:
    """The difference of rates whose pooled z is `z`: a root of a quadratic."""
    share = n1 / (n1 + n0)
    spread = z * z * (1 / n1 + 1 / n0)
    a, b, c = 1 + spread * share**2, spread * share * (1 - 2 * p0), spread * p0 * (1 - p0)
    return np.asarray((b + np.sign(z) * np.sqrt(b * b + 4 * a * c)) / (2 * a))


def _certain(drift: Floats, excess: Floats, variance: Floats) -> Floats:
    """The drift, or minus infinity where nothing varies and the test does not reject."""
    return np.where((variance == 0) & (excess <= 0), -np.inf, drift)


# One arm


def one_rate_size(p: Values, p0: Values, z_alpha: Values, z_beta: Values) -> Floats:
    """Patients, a real number, to tell a rate `p` from the null rate `p0`, by normal theory.

    ``((z_alpha sqrt(p0 (1-p0)) + z_beta sqrt(p (1-p))) / (p - p0))^2``; Fleiss, Levin & Paik
    (2003), Statistical Methods for Rates and Proportions.
    """
    one, zero = np.asarray(p, dtype=np.float64), np.asarray(p0, dtype=np.float64)
    needed = z_alpha * np.sqrt(zero * (1 - zero)) + z_beta * np.sqrt(one * (1 - one))
    none = one == zero
    return np.where(none, np.inf, needed / np.where(none, 1.0, one - zero)) ** 2


def one_rate_drift(n: Values, p: Values, p0: Values, z_alpha: Values, upper: bool = True) -> Floats:
    """Drift of the test of one rate with variance from `p0`; as :func:`rates_drift`."""
    one, zero = np.asarray(p, dtype=np.float64), np.asarray(p0, dtype=np.float64)
    towards = one - zero if upper else zero - one
    excess = towards * np.sqrt(n) - z_alpha * np.sqrt(zero * (1 - zero))
    variance = one * (1 - one)
    return np.asarray(
        z_alpha + _certain(standardised(np.asarray(excess), variance), excess, variance)
    )


def one_rate_effect(z: Values, n: Values, p0: Values) -> Floats:
    """The observed ``p - p0`` whose z, with the variance from `p0`, is `z`."""
    zero = np.asarray(p0, dtype=np.float64)
    return np.asarray(z * np.sqrt(zero * (1 - zero) / n))
