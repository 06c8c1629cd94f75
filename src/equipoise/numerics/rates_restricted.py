"""Two binomial rates held to a null margin: their maximum-likelihood estimates.

Group 1 is the treatment, group 0 the control; ``p1`` and ``p0`` are rates of the same outcome. A
``margin`` is the null value of ``p1 - p0`` (difference), ``p1 / p0`` (ratio) or the odds ratio, so
that the margins of no effect are 0, 1 and 1.

Farrington & Manning (1990), Stat Med 9:1447; Miettinen & Nurminen (1985), Stat Med 4:213.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Values: TypeAlias = float | Floats
Scale = Literal["difference", "ratio", "odds_ratio"]

NO_EFFECT: dict[Scale, float] = {"difference": 0.0, "ratio": 1.0, "odds_ratio": 1.0}
"""The margin of each scale at which the two rates are equal."""


def null_margin(margin: Values | None, scale: Scale) -> Floats:
    """The margin as an array; that of no effect where none is given."""
    return np.asarray(NO_EFFECT[scale] if margin is None else margin, dtype=np.float64)


def _restricted_difference(p1: Floats, p0: Floats, share: Floats, margin: Floats) -> Floats:
    """The control rate: the middle root of the cubic score equation, by its cosine form.

    Where most have the event, the failures are counted. The cosine loses digits where two roots
    meet; Newton steps, kept small, give them back.
    """
    mean = share * p1 + (1 - share) * p0
    turned = mean > 0.5
    mean, zero = np.where(turned, 1 - mean, mean), np.where(turned, 1 - p0, p0)
    gap = np.where(turned, -margin, margin)
    a2 = (2 - share) * gap - 1 - mean
    a1 = ((1 - share) * (gap - 2 * zero) - 1) * gap + mean
    a0 = (1 - share) * zero * gap * (1 - gap)
    half = (a2 / 3) ** 3 - a1 * a2 / 6 + a0 / 2
    radius = np.where(half < 0, -1.0, 1.0) * np.sqrt(np.maximum((a2 / 3) ** 2 - a1 / 3, 0))
    cosine = np.divide(half, radius**3, out=np.zeros_like(half), where=radius != 0)
    rate = 2 * radius * np.cos((np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3) - a2 / 3
    low, high = np.maximum(0.0, -gap), np.minimum(1.0, 1.0 - gap)
    rate = np.where(mean <= 0, low, np.clip(rate, low, high))
    for _ in range(4):
        value = ((rate + a2) * rate + a1) * rate + a0
        slope = (3 * rate + 2 * a2) * rate + a1
        step = np.divide(value, slope, out=np.zeros_like(value), where=slope != 0)
        rate = np.clip(np.where(np.abs(step) < 1e-6, rate - step, rate), low, high)
    return np.where(turned, 1 - rate, rate)


def _restricted_ratio(p1: Floats, p0: Floats, share: Floats, margin: Floats) -> Floats:
    """The control rate: the smaller root of a quadratic, written so that no digits cancel."""
    mean = share * p1 + (1 - share) * p0
    linear = share * (margin + p1) + (1 - share) * (1 + margin * p0)
    failures1, failures0 = share * (1 - p1), (1 - share) * margin * (1 - p0)
    root = np.sqrt((margin - 1 + failures1 - failures0) ** 2 + 4 * failures1 * failures0)
    return np.asarray(2 * mean / (linear + root))


def _restricted_odds(p1: Floats, p0: Floats, share: Floats, margin: Floats) -> Floats:
    """The control rate: the positive root of the quadratic that keeps the total of events.

    The discriminant is written as a sum of positive terms.
    """
    mean = share * p1 + (1 - share) * p0
    square = (1 - share) * (margin - 1)
    linear = margin * (share - mean) + (1 - share) + mean
    spread = share * (1 - share) + mean * (1 - mean)
    root = np.sqrt((margin * (share - mean)) ** 2 + 2 * margin * spread + (1 - share - mean) ** 2)
    stable = np.where(linear >= 0, linear + root, 1.0)
    other = np.where((linear < 0) & (square != 0), square, 1.0)
    return np.where(linear >= 0, 2 * mean / stable, (root - linear) / (2 * other))


def null_treatment_rate(p0: Values, margin: Values, scale: Scale) -> Floats:
    """The treatment rate that a control rate and a margin give; outside [0, 1] where none does."""
    control = np.asarray(p0, dtype=np.float64)
    if scale == "difference":
        return np.asarray(control + margin)
    if scale == "ratio":
        return np.asarray(control * margin)
    return np.asarray(control * margin / ((1 - control) + control * margin))


def restricted_rates(
    p1: Values,
    p0: Values,
    ratio: Values = 1.0,
    margin: Values | None = None,
    scale: Scale = "difference",
) -> tuple[Floats, Floats]:
    """Maximum-likelihood rates ``(p1, p0)`` under the null margin, given the observed rates.

    ``ratio`` is n1 / n0. At the margin of no effect both are the pooled rate. Closed forms:
    difference, a cubic, and ratio, a quadratic, as in both papers named above; odds ratio, the
    rates that keep the total of events.
    """
    one, zero, weight, null = np.broadcast_arrays(
        np.asarray(p1, dtype=np.float64),
        np.asarray(p0, dtype=np.float64),
        np.asarray(ratio, dtype=np.float64),
        null_margin(margin, scale),
    )
    share = weight / (1 + weight)
    mean = share * one + (1 - share) * zero
    equal = null == NO_EFFECT[scale]
    if equal.all():
        pooled = np.clip(mean, 0, 1)
        return pooled, pooled
    solve = {
        "difference": _restricted_difference,
        "ratio": _restricted_ratio,
        "odds_ratio": _restricted_odds,
    }[scale]
    control = np.clip(np.where(equal, mean, solve(one, zero, share, null)), 0, 1)
    treatment = null_treatment_rate(control, null, scale)
    if scale == "odds_ratio":  # a control rate near 1 has lost the digits of its odds
        treatment = np.where(control > 0.5, (mean - (1 - share) * control) / share, treatment)
    return np.clip(treatment, 0, 1), control
