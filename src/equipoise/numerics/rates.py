"""Rates per time at risk, and the criterion for dramatic effects."""

from __future__ import annotations

import math

from scipy import special

from equipoise.numerics.binomial import clopper_pearson

Interval = tuple[float, float]


def rate_ratio(
    events_1: int, time_1: float, events_0: int, time_0: float, level: float = 0.95
) -> tuple[float, Interval]:
    """Ratio of two Poisson rates with its exact conditional interval.

    Given the total, events in group 1 are binomial with odds ``ratio * time_1 / time_0``; the
    interval is Clopper-Pearson's on that scale. No events in group 0 give an infinite ratio; none
    in either cannot be compared and give nan, with the interval from 0 to infinity.
    """
    if events_1 + events_0 == 0:
        return math.nan, (0.0, math.inf)
    odds = time_0 / time_1
    lower, upper = clopper_pearson(events_1, events_1 + events_0, level)
    ratio = math.inf if events_0 == 0 else events_1 / events_0 * odds
    high = math.inf if upper == 1 else upper / (1 - upper) * odds
    return ratio, (lower / (1 - lower) * odds, high)


def risk_ratio(
    events_1: int, n_1: int, events_0: int, n_0: int, level: float = 0.95
) -> tuple[float, Interval]:
    """Ratio of two proportions with the log interval of Katz et al. (1978), Biometrics 34:469.

    Half a patient is added to each of the four cells where a group has no event; none in either
    gives nan, 0 to infinity.
    """
    if events_1 + events_0 == 0:
        return math.nan, (0.0, math.inf)
    extra = 0.5 if 0 in (events_1, events_0) else 0.0
    x_1, m_1 = events_1 + extra, n_1 + 2 * extra
    x_0, m_0 = events_0 + extra, n_0 + 2 * extra
    ratio = x_1 / m_1 * m_0 / x_0
    se = math.sqrt(max(1 / x_1 - 1 / m_1, 0.0) + max(1 / x_0 - 1 / m_0, 0.0))
    half = float(special.ndtri((1 + level) / 2)) * se
    return ratio, (ratio * math.exp(-half), ratio * math.exp(half))


def rate_ratio_known(
    events: int, time: float, rate: float, level: float = 0.95
) -> tuple[float, Interval]:
    """Ratio of a Poisson rate to a known one, with Garwood's (1936) exact interval."""
    tail = (1 - level) / 2
    lower = float(special.gammaincinv(events, tail)) if events > 0 else 0.0
    upper = float(special.gammaincinv(events + 1, 1 - tail))
    expected = rate * time
    return events / expected, (lower / expected, upper / expected)


def rate_ratio_from_proportions(
    events_1: int, n_1: int, events_0: int, n_0: int, level: float = 0.95
) -> tuple[float, Interval]:
    """Ratio of two constant rates from proportions over one common window, conservatively.

    A proportion p reached in a window t is the rate ``-log(1 - p) / t``, so the window cancels.
    Each proportion gets a one-sided Clopper-Pearson limit at half the tail (Bonferroni), so the
    lower limit of the ratio errs at most ``(1 - level) / 2`` of the time. Infinite where everybody
    in group 1 or nobody in group 0 had the event; nan where that is so of both groups alike.
    """

    def hazard(p: float) -> float:
        return math.inf if p >= 1 else -math.log1p(-p)

    def divide(numerator: float, denominator: float) -> float:
        if numerator == denominator and (numerator == 0 or math.isinf(numerator)):
            return math.nan
        if denominator == 0:
            return math.inf
        return 0.0 if math.isinf(denominator) else numerator / denominator

    split = 1 - (1 - level) / 2
    low_1, high_1 = clopper_pearson(events_1, n_1, split)
    low_0, high_0 = clopper_pearson(events_0, n_0, split)
    ratio = divide(hazard(events_1 / n_1), hazard(events_0 / n_0))
    lower, upper = divide(hazard(low_1), hazard(high_0)), divide(hazard(high_1), hazard(low_0))
    return ratio, (0.0 if math.isnan(lower) else lower, math.inf if math.isnan(upper) else upper)
