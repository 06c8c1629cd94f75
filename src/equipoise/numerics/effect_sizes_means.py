"""Effect sizes from means, correlations and reported estimates; means and SDs from quantiles.

Conventions as in :mod:`equipoise.numerics.effect_sizes`: float arrays (k,) in, ``(yi, vi)`` out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from equipoise.numerics.effect_sizes import Floats, Pair

_SERIES_FROM = 200


def small_sample_factor(freedom: Floats) -> Floats:
    """Hedges's (1981) exact J with `freedom` >= 2 degrees of freedom, (k,).

    ``gamma(m/2) / (sqrt(m/2) gamma((m-1)/2))``. From 200 degrees on by the series of the ratio of
    two gamma functions in ``1/(m/2 - 3/4)^2`` (Tricomi & Erdélyi 1951), where differences of log
    gamma functions lose digits. J Educ Stat 6:107, eq. 6e.
    """
    x = freedom / 2
    few = freedom < _SERIES_FROM
    exact = special.poch(np.where(few, x, 1.5) - 0.5, 0.5) / np.sqrt(x)
    w2 = np.square(np.where(few, _SERIES_FROM / 2, x) - 0.75)
    series = np.sqrt((x - 0.75) / x) * (1 + (1 - 19 / (128 * w2)) / (64 * w2))
    return np.asarray(np.where(few, exact, series))


def mean_difference(
    m1i: Floats, sd1i: Floats, n1i: Floats, m2i: Floats, sd2i: Floats, n2i: Floats
) -> Pair:
    """Difference of means; variances are not assumed equal."""
    return m1i - m2i, sd1i**2 / n1i + sd2i**2 / n2i


def standardised_difference(
    m1i: Floats, sd1i: Floats, n1i: Floats, m2i: Floats, sd2i: Floats, n2i: Floats
) -> Pair:
    """Hedges's g with the exact J; variance ``1/n1 + 1/n2 + g^2 / (2 (n1 + n2))``.

    Hedges (1981), J Educ Stat 6:107; the large-sample variance is metafor's ``vtype="LS"``.
    """
    n = n1i + n2i
    pooled = np.sqrt(((n1i - 1) * sd1i**2 + (n2i - 1) * sd2i**2) / (n - 2))
    g = small_sample_factor(n - 2) * (m1i - m2i) / pooled
    return g, 1 / n1i + 1 / n2i + g**2 / (2 * n)


def standardised_difference_unequal(
    m1i: Floats, sd1i: Floats, n1i: Floats, m2i: Floats, sd2i: Floats, n2i: Floats
) -> Pair:
    """Mean difference over the root of the mean of both variances, times J.

    Bonett (2008), Psychol Methods 13:99. The variance is that of metafor up to 3.8, which has J^2
    on all of it; metafor 5 has changed it.
    """
    v1, v2 = sd1i**2, sd2i**2
    j = small_sample_factor(n1i + n2i - 2)
    y = j * (m1i - m2i) / np.sqrt((v1 + v2) / 2)
    spread = (v1**2 / (n1i - 1) + v2**2 / (n2i - 1)) / (2 * (v1 + v2) ** 2)
    means = (v1 / (n1i - 1) + v2 / (n2i - 1)) / ((v1 + v2) / 2)
    return y, j**2 * (y**2 * spread + means)


def ratio_of_means(
    m1i: Floats, sd1i: Floats, n1i: Floats, m2i: Floats, sd2i: Floats, n2i: Floats
) -> Pair:
    """Log ratio of two means of one sign; Hedges, Gurevitch & Curtis (1999), Ecology 80:1150.

    As metafor up to 4; metafor 5 adds a second-order correction of bias.
    """
    return np.log(m1i / m2i), sd1i**2 / (n1i * m1i**2) + sd2i**2 / (n2i * m2i**2)


def correlation(ri: Floats, ni: Floats) -> Pair:
    """Pearson's correlation with its large-sample variance ``(1 - r^2)^2 / (n - 1)``."""
    return ri.copy(), (1 - ri**2) ** 2 / (ni - 1)


def fisher_z(ri: Floats, ni: Floats) -> Pair:
    """Fisher's (1921) z of a correlation, variance ``1 / (n - 3)``."""
    return np.arctanh(ri), 1 / (ni - 3)


def from_error(yi: Floats, sei: Floats) -> Pair:
    """An estimate and its standard error."""
    return yi.copy(), sei**2


def from_interval(yi: Floats, low: Floats, high: Floats, level: float = 0.95) -> Pair:
    """An estimate and its normal interval at `level`: the width gives the standard error."""
    width = 2 * float(special.ndtri((1 + level) / 2))
    return yi.copy(), ((high - low) / width) ** 2


def from_p_value(yi: Floats, pval: Floats) -> Pair:
    """An estimate, not 0, and the two-sided p value, in (0, 1), of its normal test."""
    return yi.copy(), (yi / special.ndtri(pval / 2)) ** 2


def mean_sd_from_range(low: Floats, median: Floats, high: Floats, n: Floats) -> Pair:
    """Mean and SD of a normal sample from minimum, median and maximum.

    The mean by Luo et al. (2018), Stat Methods Med Res 27:1785; the SD by Wan et al. (2014), BMC
    Med Res Methodol 14:135, eq. 9.
    """
    w = 4 / (4 + n**0.75)
    return w * (low + high) / 2 + (1 - w) * median, (high - low) / range_width(n)


def mean_sd_from_quartiles(q1: Floats, median: Floats, q3: Floats, n: Floats) -> Pair:
    """Mean and SD of a normal sample from its quartiles.

    The mean by Luo et al. (2018), eq. 15; the SD by Wan et al. (2014), eq. 16.
    """
    w = 0.7 + 0.39 / n
    return w * (q1 + q3) / 2 + (1 - w) * median, (q3 - q1) / quartile_width(n)


def mean_sd_from_five(
    low: Floats, q1: Floats, median: Floats, q3: Floats, high: Floats, n: Floats
) -> Pair:
    """Mean and SD of a normal sample from all five numbers.

    The mean by Luo et al. (2018); the SD by Wan et al. (2014), the mean of both others.
    """
    outer, inner = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    mean = outer * (low + high) / 2 + inner * (q1 + q3) / 2 + (1 - outer - inner) * median
    return mean, ((high - low) / range_width(n) + (q3 - q1) / quartile_width(n)) / 2


def range_width(n: Floats) -> Floats:
    """Expected range of n standard normals, by Blom's approximation; Wan et al. (2014), eq. 9."""
    return np.asarray(2 * special.ndtri((n - 0.375) / (n + 0.25)))


def quartile_width(n: Floats) -> Floats:
    """Expected interquartile range of n standard normals; Wan et al. (2014), eq. 16."""
    return np.asarray(2 * special.ndtri((0.75 * n - 0.125) / (n + 0.25)))
