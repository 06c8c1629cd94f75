"""The conjugate mixture nearest to a density that is known on a grid.

Nearest in Kullback-Leibler divergence. A few expectation-maximisation steps from the components'
quantile ranges, then BFGS on weights and parameters with the exact gradient: no draws, so the same
density always gives the same mixture.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]
Fit = tuple[Floats, Floats, Floats, float]

_STEPS = 30


def fit_mixture(family: str, x: Floats, mass: Floats, components: int) -> Fit:
    """Fit `components` of one family.

    Parameters
    ----------
    family : {"normal", "beta", "gamma"}
    x, mass : float64 (n,)
        Points and the probability that each stands for.

    Returns
    -------
    weights, first, second : float64 (m,)
    divergence : float
        Kullback-Leibler, in nats, of the mixture from the discretised density, whose own spacing
        cancels: the mean log density of the target is taken from the grid as well.
    """
    mass = mass / mass.sum()
    stats = _statistics(family, x)
    weights, first, second = _start(family, x, mass, components)
    for _ in range(_STEPS):
        shares, _ = _shares(family, stats, weights, first, second)
        each = shares * mass[:, None]
        weights = each.sum(axis=0)
        first, second = _moments(family, x, each, weights)
    packed = np.concatenate([np.log(weights), *_pack(family, first, second)])
    found = optimize.minimize(
        _objective, packed, args=(family, mass, stats, components), jac=True, method="BFGS",
        options={"gtol": 1e-7, "maxiter": 400},
    )  # fmt: skip
    weights, first, second = _unpack(family, np.asarray(found.x), components)
    order = np.argsort(-weights)
    return weights[order], first[order], second[order], float(found.fun)


def _log_densities(
    family: str, stats: tuple[Floats, Floats], first: Floats, second: Floats
) -> Floats:
    """Log density of each component at each point, (n, m), from the sufficient statistics."""
    one, two = stats[0][:, None], stats[1][:, None]
    if family == "beta":
        inside = (first - 1) * one + (second - 1) * two
        return np.asarray(inside - special.betaln(first, second))
    if family == "gamma":
        constant = first * np.log(second) - special.gammaln(first)
        return np.asarray(constant + (first - 1) * one - second * two)
    z = (one - first) / second
    return np.asarray(-0.5 * z * z - np.log(second) - 0.5 * math.log(2 * math.pi))


def _statistics(family: str, x: Floats) -> tuple[Floats, Floats]:
    if family == "beta":
        return np.log(x), np.log1p(-x)
    return (np.log(x), x) if family == "gamma" else (x, x * x)


def _start(family: str, x: Floats, mass: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    """Components by ranges of probability, wide in the tails: central and outer shells."""
    below = np.cumsum(mass) - mass / 2
    depth = np.abs(2 * below - 1)  # 0 at the median, 1 in either tail
    edges = 1 - 0.4 ** np.arange(count + 1)
    edges[-1] = 1.0
    shells = [mass * ((depth >= a) & (depth < b + 1e-12)) for a, b in pairwise(edges)]
    each = np.array(shells).T
    each += 0.02 * mass[:, None]
    weights = each.sum(axis=0)
    first, second = _moments(family, x, each, weights)
    return weights / weights.sum(), first, second


def _moments(family: str, x: Floats, each: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Parameters of each component from its mean and variance."""
    mean = (each * x[:, None]).sum(axis=0) / weights
    variance = (each * (x[:, None] - mean) ** 2).sum(axis=0) / weights
    variance = np.maximum(variance, 1e-12)
    if family == "beta":
        size = np.maximum(mean * (1 - mean) / variance - 1, 0.2)
        return mean * size, (1 - mean) * size
    if family == "gamma":
        return mean**2 / variance, mean / variance
    return mean, np.sqrt(variance)


def _shares(
    family: str, stats: tuple[Floats, Floats], weights: Floats, first: Floats, second: Floats
) -> tuple[Floats, Floats]:
    logs = _log_densities(family, stats, first, second) + np.log(weights)
    peak = logs.max(axis=1)
    shares = np.exp(logs - peak[:, None])
    total = shares.sum(axis=1)
    return shares / total[:, None], peak + np.log(total)


def _pack(family: str, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    return (first if family == "normal" else np.log(first)), np.log(second)


def _unpack(family: str, packed: Floats, m: int) -> tuple[Floats, Floats, Floats]:
    logits = packed[:m]
    weights = np.exp(logits - special.logsumexp(logits))
    first = packed[m : 2 * m]
    first = first if family == "normal" else np.exp(np.clip(first, -20, 20))
    return weights, first, np.exp(np.clip(packed[2 * m :], -20, 20))


def _objective(
    packed: Floats, family: str, mass: Floats, stats: tuple[Floats, Floats], m: int
) -> tuple[float, Floats]:
    """Minus the mean log density, and its gradient."""
    weights, first, second = _unpack(family, packed, m)
    shares, total = _shares(family, stats, weights, first, second)
    each = shares * mass[:, None]
    sums = each.sum(axis=0)
    one, two = each.T @ stats[0], each.T @ stats[1]
    if family == "beta":
        whole = special.digamma(first + second)
        by_first = first * (one - sums * (special.digamma(first) - whole))
        by_second = second * (two - sums * (special.digamma(second) - whole))
    elif family == "gamma":
        by_first = first * (one + sums * (np.log(second) - special.digamma(first)))
        by_second = sums * first - second * two
    else:
        by_first = (one - sums * first) / second**2
        by_second = (two - 2 * first * one + sums * first**2) / second**2 - sums
    gradient = np.concatenate([sums - weights, by_first, by_second])
    return -float(mass @ total), -gradient
