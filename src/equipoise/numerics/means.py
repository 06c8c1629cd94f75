"""Normal outcomes in one or two arms: sizes, power, critical effects and test statistics.

Group 1 is the treatment, group 0 the control. ``n`` is the total number of patients, a real number
while planning, and ``ratio`` the patients on treatment for one on control; one arm has
``arms=1``. ``sd`` is one standard deviation for both arms, or the pair (treatment, control).
``alpha`` and ``beta`` are the errors of a one-sided test; a two-sided test at level alpha is
planned as a one-sided one at alpha / 2. ``known=True`` takes the standard deviation as known (z);
otherwise the test is Student's t or, for unequal standard deviations, Welch's.

Julious (2010), Sample Sizes for Clinical Trials; Welch (1938), Biometrika 29:350.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats: TypeAlias = NDArray[np.float64]
Values: TypeAlias = float | Floats
Deviation: TypeAlias = float | tuple[float, float]

_LEAST_DF = 1e-3
"""Degrees of freedom are kept above this while the size is searched."""


def _pair(sd: Deviation) -> tuple[float, float]:
    return sd if isinstance(sd, tuple) else (sd, sd)


def standard_error(n: Values, sd: Deviation, ratio: float = 1.0, arms: int = 2) -> Floats:
    """Standard error of the mean (one arm) or of the difference between means (two)."""
    sd1, sd0 = _pair(sd)
    size = np.asarray(n, dtype=np.float64)
    if arms == 1:
        return np.asarray(sd1 / np.sqrt(size))
    return np.asarray(np.sqrt((1 + ratio) * (sd1**2 / ratio + sd0**2) / size))


def welch_df(n1: Values, sd1: Values, n0: Values, sd0: Values) -> Floats:
    """Welch and Satterthwaite's degrees of freedom of the difference between two means.

    Satterthwaite (1946), Biometrics Bull 2:110.
    """
    variance1, variance0 = np.square(sd1) / n1, np.square(sd0) / n0
    spread = variance1**2 / (np.asarray(n1) - 1.0) + variance0**2 / (np.asarray(n0) - 1.0)
    return np.asarray((variance1 + variance0) ** 2 / spread)


def degrees_of_freedom(n: Values, sd: Deviation, ratio: float = 1.0, arms: int = 2) -> Floats:
    """``n - arms`` for equal standard deviations, Welch and Satterthwaite's for unequal ones.

    Kept above 0.001, so that a search over n may begin below the sizes that have a test.
    """
    sd1, sd0 = _pair(sd)
    size = np.asarray(n, dtype=np.float64)
    if arms == 1 or sd1 == sd0:
        return np.maximum(size - arms, _LEAST_DF)
    n1, n0 = size * ratio / (1 + ratio), size / (1 + ratio)
    tested = (n1 > 1 + _LEAST_DF) & (n0 > 1 + _LEAST_DF)
    welch = welch_df(np.where(tested, n1, 2.0), sd1, np.where(tested, n0, 2.0), sd0)
    return np.where(tested, welch, _LEAST_DF)


# Planning


def _missed(
    n: Values,
    effect: Values,
    sd: Deviation,
    alpha: float,
    ratio: float,
    arms: int,
    known: bool,
) -> Floats:
    """P(the test does not reject) when the effect beyond the margin, towards it, is `effect`."""
    noncentrality = effect / standard_error(n, sd, ratio, arms)
    if known:
        return np.asarray(special.ndtr(-special.ndtri(alpha) - noncentrality))
    df = degrees_of_freedom(n, sd, ratio, arms)
    critical = -special.stdtrit(df, alpha)
    return np.asarray(special.nctdtr(df, noncentrality, critical))


def means_size(
    difference: float,
    sd: Deviation,
    alpha: float,
    beta: float,
    ratio: float = 1.0,
    margin: float = 0.0,
    arms: int = 2,
    known: bool = False,
) -> float:
    """Total number of patients, a real number, whose one-sided test has power ``1 - beta``.

    `difference` is the mean difference, or with ``arms=1`` the mean, and `margin` its null value;
    the sign of ``difference - margin`` does not matter. With the standard deviation unknown the
    power is that of the noncentral t distribution, by Welch's degrees of freedom for unequal ones.
    """
    from scipy import optimize  # heavy, and not always needed

    effect = abs(difference - margin)
    if effect == 0:
        return math.inf
    z = special.ndtri(1 - alpha) + special.ndtri(1 - beta)
    normal = float((z * standard_error(1.0, sd, ratio, arms) / effect) ** 2)
    if known:
        return normal

    def excess(n: float) -> float:
        return float(_missed(n, effect, sd, alpha, ratio, arms, known=False)) - beta

    low, high = float(arms), 2 * normal + 4 * arms * max(ratio, 1 / ratio)
    while excess(high) > 0:
        low, high = high, 2 * high
    while excess(low) < 0:
        low /= 2
    return float(optimize.brentq(excess, low, high, xtol=1e-11, rtol=1e-14))


def means_drift(
    n: Values,
    difference: Values,
    sd: Deviation,
    alpha: float,
    ratio: float = 1.0,
    margin: float = 0.0,
    arms: int = 2,
    known: bool = False,
    upper: bool = True,
) -> Floats:
    """The drift of a normal statistic that has the power of the test: ``z_alpha + Phi^-1(power)``.

    With the standard deviation known it is effect over standard error. A group-sequential design
    takes it over at its last look, as if the t statistics were normal before.
    """
    effect = (np.asarray(difference) - margin) * (1.0 if upper else -1.0)
    if known:
        return np.asarray(effect / standard_error(n, sd, ratio, arms))
    missed = _missed(n, effect, sd, alpha, ratio, arms, known=False)
    return np.asarray(-special.ndtri(alpha) - special.ndtri(missed))


def means_effect(
    z: Values,
    n: Values,
    sd: Deviation,
    ratio: float = 1.0,
    margin: float = 0.0,
    arms: int = 2,
    known: bool = False,
) -> Floats:
    """The observed mean difference (or mean) at which a test of `n` patients stands at `z`.

    Unless the standard deviation is known, `z` is turned into the t quantile with the same tail;
    `sd` is then the standard deviation observed. NaN without degrees of freedom.
    """
    error = standard_error(n, sd, ratio, arms)
    if known:
        return np.asarray(margin + z * error)
    df = degrees_of_freedom(n, sd, ratio, arms)
    quantile = -np.sign(z) * special.stdtrit(df, special.ndtr(-np.abs(z)))
    return np.where(df > _LEAST_DF, margin + quantile * error, np.nan)


# Analysis of summaries


def one_sample_t(
    n: Values, mean: Values, sd: Values, margin: Values = 0.0
) -> tuple[Floats, Floats]:
    """Student's t of one mean against `margin`, and its degrees of freedom."""
    size = np.asarray(n, dtype=np.float64)
    return np.asarray((mean - margin) / (sd / np.sqrt(size))), size - 1


def pooled_t(
    n1: Values,
    mean1: Values,
    sd1: Values,
    n0: Values,
    mean0: Values,
    sd0: Values,
    margin: Values = 0.0,
) -> tuple[Floats, Floats]:
    """Student's t of two means with a common variance, and its degrees of freedom."""
    size1, size0 = np.asarray(n1, dtype=np.float64), np.asarray(n0, dtype=np.float64)
    df = size1 + size0 - 2
    variance = ((size1 - 1) * np.square(sd1) + (size0 - 1) * np.square(sd0)) / df
    return (mean1 - mean0 - margin) / np.sqrt(variance * (1 / size1 + 1 / size0)), df


def welch_t(
    n1: Values,
    mean1: Values,
    sd1: Values,
    n0: Values,
    mean0: Values,
    sd0: Values,
    margin: Values = 0.0,
) -> tuple[Floats, Floats]:
    """Welch's t of two means with variances of their own, and its degrees of freedom."""
    error = np.sqrt(np.square(sd1) / n1 + np.square(sd0) / n0)
    return np.asarray((mean1 - mean0 - margin) / error), welch_df(n1, sd1, n0, sd0)


def t_to_z(t: Values, df: Values) -> Floats:
    """The standard normal value with the tail of `t`: ``Phi^-1(1 - p)``, accurate in both tails."""
    value = np.asarray(t, dtype=np.float64)
    return np.asarray(-np.sign(value) * special.ndtri(special.stdtr(df, -np.abs(value))))
