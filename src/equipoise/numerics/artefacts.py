"""How far patients improve with no effect at all: selection, peaks, and the best of many."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.numerics.quadrature import gauss_legendre

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Regression:
    """Expected change and chance of a lower second value, with no effect."""

    baseline_mean: float
    expected_fall: float
    probability_lower: float


def regression_to_mean(mean: float, sd: float, correlation: float, cutoff: float) -> Regression:
    """Two measurements, bivariate normal, of patients selected for a first one above `cutoff`.

    ``fall = (1 - rho) * sd * phi(z) / (1 - Phi(z))`` with ``z = (cutoff - mean) / sd``; the
    probability that the second value is lower integrates ``Phi`` over the selected first values.
    Davis (1976), Am J Epidemiol 104:493; Barnett et al. (2005), Int J Epidemiol 34:215.
    """
    z = (cutoff - mean) / sd
    selected = float(special.ndtr(-z))
    mills = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / selected
    nodes, weights = gauss_legendre(200, z, max(z, 0) + 12)
    density = np.exp(-(nodes**2) / 2) / math.sqrt(2 * math.pi)
    slope = (1 - correlation) / math.sqrt(1 - correlation**2)
    lower = float(np.sum(weights * density * special.ndtr(slope * nodes))) / selected
    return Regression(mean + sd * mills, (1 - correlation) * sd * mills, lower)


def past_the_peak(
    peak_day: float, peak_sd: float, treated_day: float, treated_sd: float, days_between: float
) -> float:
    """Chance that a second look is better than the first when a course rises and then falls.

    For a course symmetric about its peak, the second look is better exactly when the middle of
    the two days lies past the peak. Peak day and first-look day are independent and normal.
    """
    spread = math.hypot(peak_sd, treated_sd)
    return float(special.ndtr((treated_day + days_between / 2 - peak_day) / spread))


def best_of(probability: Floats, weights: Floats, series: int) -> Floats:
    """E[1 - (1 - P)**K] for K = 1 … `series`: chance that one of K series shows the result.

    `probability` and `weights`, both (m,), are the distribution of P over what is not known;
    the expectation is taken outside the power, since all K series share one mean and spread.
    """
    k = np.arange(1, series + 1)
    log_miss = np.log1p(-np.minimum(probability, 1 - 1e-16))
    return np.asarray(-np.expm1(k[:, None] * log_miss[None, :]) @ weights)
