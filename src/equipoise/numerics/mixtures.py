"""Conjugate mixtures: updates, predictive probabilities, effective sample sizes, fits, comparisons.

Families are "normal" (mean, sd; data are an estimate and its standard error), "beta" (a, b; a count
of n) and "gamma" (shape, rate; a count in some exposure). Weights and parameters are (m,).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Update = tuple[Floats, Floats, Floats]

_PANELS, _POINTS = 60, 20


def log_predictive(family: str, first: Floats, second: Floats, x: float, size: float) -> Floats:
    """Log probability (density) of the data under each component."""
    if family == "beta":
        choose = special.gammaln(size + 1) - special.gammaln(x + 1) - special.gammaln(size - x + 1)
        here = special.betaln(first + x, second + size - x) - special.betaln(first, second)
        return np.asarray(choose + here)
    if family == "gamma":
        here = special.gammaln(first + x) - special.gammaln(first) - special.gammaln(x + 1)
        share = second + size
        return np.asarray(
            here + first * np.log(second / share) + x * math.log(size) - x * np.log(share)
        )
    variance = second**2 + size**2
    return np.asarray(-0.5 * ((x - first) ** 2 / variance + np.log(2 * math.pi * variance)))


def update(
    family: str, weights: Floats, first: Floats, second: Floats, x: float, size: float
) -> Update:
    """Posterior weights and parameters; weights are not renormalised beyond their peak."""
    logs = np.log(np.maximum(weights, 1e-300)) + log_predictive(family, first, second, x, size)
    new = np.where(weights > 0, np.exp(logs - logs.max()), 0.0)
    new /= new.sum()
    if family == "beta":
        return new, first + x, second + size - x
    if family == "gamma":
        return new, first + x, second + size
    precision = 1 / second**2 + 1 / size**2
    return new, (first / second**2 + x / size**2) / precision, 1 / np.sqrt(precision)


def predictive_counts(weights: Floats, a: Floats, b: Floats, n: int) -> Floats:
    """Beta-binomial mixture: probability of each count from 0 to `n`, (n + 1,)."""
    x = np.arange(n + 1)[:, None]
    choose = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    logs = choose + special.betaln(a + x, b + n - x) - special.betaln(a, b)
    return np.asarray(np.exp(logs) @ weights)


def box_p_value(
    family: str, weights: Floats, first: Floats, second: Floats, x: float, size: float
) -> float:
    """Probability under the prior of data no more likely than these; Box (1980), JRSS A 143:383."""
    if family == "beta":
        chances = predictive_counts(weights, first, second, round(size))
        return float(chances[chances <= chances[round(x)] * (1 + 1e-9)].sum())
    if family == "gamma":
        top = (
            int((first.max() + 10 * math.sqrt(first.max()) + 40) / second.min() * size + 2 * x) + 10
        )
        counts = np.arange(top)
        each = np.array([log_predictive(family, first, second, float(c), size) for c in counts])
        chances = np.exp(each) @ weights
        return float(min(1.0, chances[chances <= chances[round(x)] * (1 + 1e-9)].sum()))
    sd = np.sqrt(second**2 + size**2)

    def density(at: Floats) -> Floats:
        z = (at[:, None] - first) / sd
        return np.asarray((np.exp(-0.5 * z * z) / (sd * math.sqrt(2 * math.pi))) @ weights)

    low, high = (first - 9 * sd).min(), (first + 9 * sd).max()
    grid = np.linspace(min(low, x), max(high, x), 200_001)
    values = density(grid)
    return float(np.trapezoid(np.where(values <= density(np.array([x]))[0], values, 0.0), grid))


def moment_size(family: str, mean: float, variance: float, unit_sd: float) -> float:
    """Size of the conjugate distribution with these moments."""
    if family == "beta":
        return mean * (1 - mean) / variance - 1
    return mean / variance if family == "gamma" else unit_sd**2 / variance


def _grid(family: str, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Nodes and weights over everything that the components hold.

    On the logit for proportions, on the logarithm for rates; panels are laid between the
    components' quantiles, so that narrow and wide ones are resolved alike.
    """
    shares = np.concatenate([[1e-18, 1e-12, 1e-6], np.linspace(0.01, 0.99, 15)])
    if family == "beta":
        low = special.betaincinv(first[:, None], second[:, None], shares)
        high = special.betaincinv(second[:, None], first[:, None], shares)
        ends = np.concatenate(
            [
                special.logit(np.maximum(low, 1e-290)).ravel(),
                -special.logit(np.maximum(high, 1e-290)).ravel(),
            ]
        )
    elif family == "gamma":
        low = special.gammaincinv(first[:, None], shares) / second[:, None]
        high = special.gammainccinv(first[:, None], shares) / second[:, None]
        ends = np.log(np.maximum(np.concatenate([low.ravel(), high.ravel()]), 1e-290))
    else:
        z = special.ndtri(shares)
        ends = np.concatenate([(first[:, None] + second[:, None] * s * z).ravel() for s in (1, -1)])
    edges = np.unique(np.concatenate([ends, _far(family, first, second)]))
    edges = edges[np.concatenate([[True], np.diff(edges) > 1e-9 * (edges[-1] - edges[0])])]
    edges = np.unique(np.concatenate([edges, np.linspace(edges[0], edges[-1], _PANELS)]))
    knots, rule = np.polynomial.legendre.leggauss(_POINTS)
    half = np.diff(edges) / 2
    nodes = (edges[:-1] + half)[:, None] + half[:, None] * knots
    return nodes.ravel(), (half[:, None] * rule).ravel()


def _far(family: str, first: Floats, second: Floats) -> Floats:
    """Where the information of proportions and rates near 0 (or 1) has died out."""
    if family == "normal":
        return np.empty(0)
    low, high = (36 / np.maximum(x - 1, 0.06) for x in (first, second))
    return np.concatenate([-low, high]) if family == "beta" else -low


def _component_logs(family: str, first: Floats, second: Floats, t: Floats) -> Floats:
    """Log density of each component in `t`, (n, m)."""
    t = t[:, None]
    if family == "beta":
        return np.asarray(
            -first * np.logaddexp(0, -t)
            - second * np.logaddexp(0, t)
            - special.betaln(first, second)
        )
    if family == "gamma":
        return np.asarray(
            first * (t + np.log(second)) - second * np.exp(t) - special.gammaln(first)
        )
    z = (t - first) / second
    return np.asarray(-0.5 * z * z - np.log(second) - 0.5 * math.log(2 * math.pi))


def _scaled_information(
    family: str, shares: Floats, first: Floats, second: Floats, t: Floats, unit_sd: float
) -> tuple[Floats, Floats]:
    """Minus the second derivative of the log density over the information of one unit, (n,).

    Given as a bounded factor and the log of the other, so that nothing overflows where a proportion
    or a rate is all but 0. The unit's information is 1 / (p (1 - p)), 1 / rate, or 1 / unit_sd^2.
    """
    t = t[:, None]
    if family == "beta":
        x, rest = special.expit(t), special.expit(-t)
        slope = (first - 1) * rest - (second - 1) * x
        bend = -(first - 1) * rest**2 - (second - 1) * x**2
        scale = np.logaddexp(0, t) + np.logaddexp(0, -t)
    elif family == "gamma":
        slope = (first - 1) - second * np.exp(t)
        bend = -(first - 1) + 0 * t
        scale = -t
    else:
        slope = -(t - first) / second**2
        bend = -1 / second**2 + 0 * t
        scale = np.full_like(t, 2 * math.log(unit_sd))
    mean = (shares * slope).sum(axis=1)
    information = mean**2 - (shares * (bend + slope**2)).sum(axis=1)
    return np.asarray(information), np.asarray(scale[:, 0])


def elir_size(family: str, weights: Floats, first: Floats, second: Floats, unit_sd: float) -> float:
    """Expected local-information-ratio; Neuenschwander et al. (2020), Biometrics 76:578."""
    t, rule = _grid(family, first, second)
    shares, total = _shares(family, weights, first, second, t)
    information, scale = _scaled_information(family, shares, first, second, t, unit_sd)
    return float(rule @ (information * np.exp(total + scale)))


def _shares(
    family: str, weights: Floats, first: Floats, second: Floats, t: Floats
) -> tuple[Floats, Floats]:
    """Each component's share of the density at `t`, (n, m), and the log density in `t`."""
    logs = _component_logs(family, first, second, t) + np.log(np.maximum(weights, 1e-300))
    total = special.logsumexp(logs, axis=1)
    return np.exp(logs - total[:, None]), np.asarray(total)


def _unit(family: str, at: float, unit_sd: float) -> float:
    """What one unit's information is 1 over."""
    if family == "beta":
        return at * (1 - at)
    return at if family == "gamma" else unit_sd**2


def morita_size(
    family: str, weights: Floats, first: Floats, second: Floats, unit_sd: float, mode: float
) -> float:
    """Morita's size at the mode, against a prior of a hundredth of an observation."""
    at = np.array([mode])
    t = at
    if family != "normal":
        t = special.logit(at) if family == "beta" else np.log(at)
    shares, _ = _shares(family, weights, first, second, t)
    information, scale = _scaled_information(family, shares, first, second, t, unit_sd)
    own = float(information[0] * np.exp(scale[0])) / _unit(family, mode, unit_sd)
    if family == "beta":
        flat = (mode / 100 - 1) / mode**2 + ((1 - mode) / 100 - 1) / (1 - mode) ** 2
        good = float(weights @ (first / (first + second)))
        return (own - flat) / (good / mode**2 + (1 - good) / (1 - mode) ** 2)
    if family == "gamma":
        flat = (mode / 100 - 1) / mode**2
        return (own - flat) / (float(weights @ (first / second)) / mode**2)
    flat = 1 / (100 * float((second**2).max()))
    return (own - flat) * unit_sd**2
