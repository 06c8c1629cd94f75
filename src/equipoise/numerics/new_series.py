"""A new untreated series of several strata: its count, and the rate behind it.

Strata share the spread between cohorts, each has a mean of its own. Given the spread the strata are
independent, so their distributions are convolved there and mixed over the spread afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from equipoise.numerics.quadrature import gauss_legendre
from equipoise.numerics.random_effects import (
    FINE_MU_NODES,
    MU_NODES,
    Posterior,
    count_given,
    posterior,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MU_SD = 4.0
"""Prior standard deviation of the mean logit: 95% of it lies between 0.04% and 99.96%."""

_BINS = 2000
_NODES_BY_STRATA = {1: MU_NODES, 2: 41}
_NODES_OF_MANY = 21
_DIRECT = 64
"""Longest distribution that is convolved term by term; longer ones by Fourier transform."""


@dataclass(frozen=True, slots=True)
class Group:
    """A stratum: `size` new patients, and cohorts with `good` of `n` doing well, both (k,)."""

    size: int
    good: Ints
    n: Ints


@dataclass(frozen=True, slots=True)
class Series:
    """A new series: the distribution of its count, (n + 1,), and how likely a good result is.

    `chance` (m,) is the probability of `good` or more at each joint node of the strata's means and
    the spread; `weight` (m,) are the nodes' weights.
    """

    distribution: Floats
    chance: Floats
    weight: Floats


def new_series(groups: list[Group], tau_scale: float, good: int) -> Series:
    """Predict how many of the strata's patients together do well.

    The chance of `good` or more is kept by node, so that a function of it can be averaged over what
    is not known; it is not the function of the average.
    """
    nodes = _NODES_BY_STRATA.get(len(groups), _NODES_OF_MANY)
    posteriors = _posteriors(groups, tau_scale, nodes)
    counts = [
        count_given(post.mu, post.tau, group.size)
        for post, group in zip(posteriors, groups, strict=True)
    ]
    distribution = np.zeros(sum(group.size for group in groups) + 1)
    chances, weights = [], []
    for here, share in _by_tau(posteriors, tau_scale):
        table, weight = np.ones((1, 1)), np.full(1, share)
        for post, count in zip(posteriors, counts, strict=True):
            table = _convolve(table, count[here])
            weight = np.outer(weight, _conditional(post, here)).ravel()
            table, weight = _thin(table, weight)
        distribution += weight @ table
        chances.append(table[:, good:].sum(axis=1))
        weights.append(weight)
    weight = np.concatenate(weights)
    return Series(distribution / weight.sum(), np.concatenate(chances), weight / weight.sum())


def rate_quantiles(
    groups: list[Group], tau_scale: float, levels: tuple[float, ...]
) -> tuple[float, ...]:
    """Predictive quantiles of the rate behind a new series: the strata's rates by their patients.

    Several strata's shares are binned (1/2000) and convolved at each spread; good to 0.0005.
    """
    if len(groups) == 1:
        (post,) = _posteriors(groups, tau_scale, FINE_MU_NODES)
        return logit_quantiles(post.mu, post.predictive_sd, post.weight, levels)
    posteriors = _posteriors(groups, tau_scale, MU_NODES)
    total = sum(group.size for group in groups)
    density = np.zeros(_BINS + len(groups))
    for here, share in _by_tau(posteriors, tau_scale):
        mass = np.ones(1)
        for post, group in zip(posteriors, groups, strict=True):
            mass = np.convolve(mass, _binned(post, here, group.size / total))
        density[: mass.size] += share * mass
    below = np.cumsum(density) / density.sum()
    edges = (np.arange(density.size) + (len(groups) + 1) / 2) / _BINS
    return tuple(float(np.clip(np.interp(level, below, edges), 0, 1)) for level in levels)


def logit_quantiles(
    mu: Floats, sd: Floats, weight: Floats, levels: tuple[float, ...]
) -> tuple[float, ...]:
    """Quantiles, as proportions, of the normal mixture sum_j w_j N(mu_j, sd_j^2) on the logit."""
    heavy = weight > 1e-10 * weight.max()
    mu, sd, weight = mu[heavy], sd[heavy], weight[heavy] / weight[heavy].sum()
    low, high = float((mu - 9 * sd).min()), float((mu + 9 * sd).max())

    def excess(theta: float, level: float) -> float:
        return float(weight @ special.ndtr((theta - mu) / sd)) - level

    return tuple(
        float(special.expit(optimize.brentq(excess, low, high, args=(level,), xtol=1e-12)))
        for level in levels
    )


def _posteriors(groups: list[Group], tau_scale: float, nodes: int) -> list[Posterior]:
    return [
        posterior(
            group.good, group.n, mu_mean=0.0, mu_sd=MU_SD, tau_scale=tau_scale, mu_nodes=nodes
        )
        for group in groups
    ]


def _by_tau(posteriors: list[Posterior], tau_scale: float) -> list[tuple[slice, float]]:
    """Nodes at each tau, and the joint posterior weight of that tau given every stratum.

    Each stratum's weights hold the prior of tau; shared by the strata, it counts once.
    """
    taus = np.unique(posteriors[0].tau)
    per_tau = posteriors[0].tau.size // taus.size
    nodes, weights = gauss_legendre(taus.size, 0.0, 6.5 * tau_scale)
    log_prior = np.log(weights) - 0.5 * (nodes / tau_scale) ** 2
    log_joint = (1 - len(posteriors)) * log_prior
    for post in posteriors:
        log_joint = log_joint + np.log(post.weight.reshape(taus.size, per_tau).sum(axis=1))
    joint = np.exp(log_joint - log_joint.max())
    return [
        (slice(i * per_tau, (i + 1) * per_tau), float(share))
        for i, share in enumerate(joint / joint.sum())
    ]


def _conditional(post: Posterior, here: slice) -> Floats:
    weight = post.weight[here]
    return np.asarray(weight / weight.sum())


def _binned(post: Posterior, here: slice, share: float) -> Floats:
    """Predictive mass of `share` times a new cohort's rate, in bins of 1 / `_BINS`."""
    edges = np.minimum(np.arange(round(share * _BINS) + 2) / (_BINS * share), 1.0)
    theta = special.logit(edges[:, None])
    z = (theta - post.mu[here][None, :]) / post.predictive_sd[here][None, :]
    return np.asarray(np.diff(special.ndtr(z) @ _conditional(post, here)))


def _convolve(left: Floats, right: Floats) -> Floats:
    """Distributions of sums for every pair of rows: (a, m), (b, n) -> (a b, m + n - 1)."""
    size = left.shape[1] + right.shape[1] - 1
    if min(left.shape[1], right.shape[1]) > _DIRECT:
        transforms = np.fft.rfft(left, size)[:, None, :] * np.fft.rfft(right, size)[None, :, :]
        return np.maximum(np.fft.irfft(transforms, size), 0.0).reshape(-1, size)
    out = np.zeros((left.shape[0], right.shape[0], size))
    for x in range(left.shape[1]):
        out[:, :, x : x + right.shape[1]] += left[:, None, x, None] * right[None, :, :]
    return out.reshape(-1, size)


def _thin(table: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Drop nodes that together carry less than 1e-10 of the weight."""
    order = np.argsort(weight)
    light = order[np.cumsum(weight[order]) < 1e-10 * weight.sum()]
    keep = np.ones(weight.size, bool)
    keep[light] = False
    return table[keep], weight[keep]
