"""Binomial counts with logit-normal heterogeneity, by deterministic quadrature.

``x_i ~ Binomial(n_i, expit(theta_i))``, ``theta_i ~ N(mu, tau^2)``, ``mu ~ N(m, s^2)`` and
``tau ~ half-normal``. No approximation of the binomial likelihood. The posterior of (mu, tau) is a
set of weighted nodes; whatever is asked of it is a weighted sum.

Every integrand over theta is log-concave, so it is done by adaptive Gauss-Hermite quadrature around
its mode (Liu & Pierce 1994, Biometrika 81:624); mu, given tau, by the trapezoid rule between the
ends of its density; tau by Gauss-Legendre. Checked against a plain two-dimensional integration in
``tests/independent/test_random_effects.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.quadrature import gauss_legendre

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_HERMITE_COUNT = 31
_HERMITE, _HERMITE_WEIGHT = np.polynomial.hermite.hermgauss(_HERMITE_COUNT)
_HERMITE_SCALED = np.log(_HERMITE_WEIGHT) + _HERMITE**2
_TAU_COUNT = 40
_DROP = 36.0

MU_NODES = 61
"""Nodes of mu at each tau where integrands are smooth in mu."""

FINE_MU_NODES = 241
"""Nodes of mu at each tau where they are not: distribution functions at a small tau."""


@njit(forceinline=True)
def _log1p_exp(t):  # type: ignore[no-untyped-def]
    return t + math.log1p(math.exp(-t)) if t > 0 else math.log1p(math.exp(t))


@cached(error_model="numpy")
def log_marginal(events, n, mu, tau, nodes, scaled):  # type: ignore[no-untyped-def]
    """Log of the integral of p^x (1-p)^(n-x) over p = expit(N(mu, tau^2)); no binomial factor."""
    precision = 1.0 / (tau * tau)
    theta = mu
    for _ in range(200):
        p = 1.0 / (1.0 + math.exp(-theta))
        step = (events - n * p - (theta - mu) * precision) / (n * p * (1.0 - p) + precision)
        step = min(max(step, -2.0), 2.0)
        theta += step
        if abs(step) < 1e-10:
            break
    p = 1.0 / (1.0 + math.exp(-theta))
    scale = math.sqrt(2.0 / (n * p * (1.0 - p) + precision))
    peak = -np.inf
    terms = np.empty(nodes.size)
    for i in range(nodes.size):
        t = theta + scale * nodes[i]
        z = (t - mu) / tau
        terms[i] = events * t - n * _log1p_exp(t) - 0.5 * z * z + scaled[i]
        peak = max(peak, terms[i])
    total = 0.0
    for i in range(nodes.size):
        total += math.exp(terms[i] - peak)
    return peak + math.log(total * scale / (tau * math.sqrt(2.0 * math.pi)))


@cached(error_model="numpy")
def _log_posterior(mu, tau, events, n, mean, sd, nodes, scaled):  # type: ignore[no-untyped-def]
    total = -0.5 * ((mu - mean) / sd) ** 2
    for i in range(events.size):
        total += log_marginal(events[i], n[i], mu, tau, nodes, scaled)
    return total


@cached(error_model="numpy")
def _mu_mode(tau, events, n, mean, sd, nodes, scaled):  # type: ignore[no-untyped-def]
    """Mode of mu given `tau`, and the scale of its curvature there."""
    mu = mean
    step_size = 1e-3
    curvature = 1.0 / (sd * sd)
    for _ in range(100):
        here = _log_posterior(mu, tau, events, n, mean, sd, nodes, scaled)
        above = _log_posterior(mu + step_size, tau, events, n, mean, sd, nodes, scaled)
        below = _log_posterior(mu - step_size, tau, events, n, mean, sd, nodes, scaled)
        gradient = (above - below) / (2 * step_size)
        curvature = max(-(above - 2 * here + below) / step_size**2, 1.0 / (sd * sd))
        step = min(max(gradient / curvature, -2.0), 2.0)
        mu += step
        if abs(step) < 1e-6:
            break
    return mu, 1.0 / math.sqrt(curvature)


@cached(error_model="numpy")
def _mu_end(mu, scale, tau, events, n, mean, sd, nodes, scaled):  # type: ignore[no-untyped-def]
    """How far from the mode, in the direction of `scale`, the density falls by exp(-`_DROP`)."""
    floor = _log_posterior(mu, tau, events, n, mean, sd, nodes, scaled) - _DROP
    low, high = 0.0, 4.0
    while _log_posterior(mu + high * scale, tau, events, n, mean, sd, nodes, scaled) > floor:
        low, high = high, 2.0 * high
    for _ in range(6):
        middle = 0.5 * (low + high)
        if _log_posterior(mu + middle * scale, tau, events, n, mean, sd, nodes, scaled) > floor:
            low = middle
        else:
            high = middle
    return mu + high * scale


@cached(error_model="numpy")
def _mu_nodes(tau, events, n, mean, sd, nodes, scaled, mus, logs):  # type: ignore[no-untyped-def]
    """Fill `mus` and `logs`, both (nodes,), with mu nodes at `tau` and log weight x posterior.

    The trapezoid rule between the ends of the density: it converges geometrically there.
    """
    mu, scale = _mu_mode(tau, events, n, mean, sd, nodes, scaled)
    low = _mu_end(mu, -scale, tau, events, n, mean, sd, nodes, scaled)
    high = _mu_end(mu, scale, tau, events, n, mean, sd, nodes, scaled)
    step = (high - low) / (mus.size - 1)
    for j in range(mus.size):
        mus[j] = low + j * step
        logs[j] = _log_posterior(mus[j], tau, events, n, mean, sd, nodes, scaled) + math.log(step)
    return step


@cached(error_model="numpy")
def _counts(mu, tau, n, nodes, scaled, log_choose, out):  # type: ignore[no-untyped-def]
    """P(X = x) for x in 0 … n at each (mu, tau) node; `out` is (nodes, n + 1)."""
    for j in range(mu.size):
        for x in range(n + 1):
            value = log_marginal(float(x), float(n), mu[j], tau[j], nodes, scaled)
            out[j, x] = math.exp(value + log_choose[x])


@dataclass(frozen=True, slots=True)
class Posterior:
    """Weighted nodes of (mu, tau), on the logit scale; all arrays are (m,).

    `step` is the distance between the mu nodes at each tau.
    """

    mu: Floats
    tau: Floats
    weight: Floats
    step: Floats
    log_evidence: float

    @property
    def predictive_sd(self) -> Floats:
        """Standard deviation of a new cohort's logit about each node.

        A node stands for its whole step of mu, so the variance of a uniform of that width is added;
        without it the distribution would be a staircase where tau is smaller than the step.
        """
        return np.sqrt(self.tau**2 + self.step**2 / 12)


def posterior(
    events: Ints,
    n: Ints,
    *,
    mu_mean: float,
    mu_sd: float,
    tau_scale: float,
    mu_nodes: int = MU_NODES,
) -> Posterior:
    """Posterior of the mean and spread of the logit proportion over cohorts.

    Parameters
    ----------
    events, n : int64 (k,)
        Counts of each cohort, k >= 1.
    mu_mean, mu_sd, tau_scale
        Normal prior of the mean logit, and scale of the half-normal prior of the spread.
    mu_nodes : int
        Nodes of mu at each of 40 nodes of tau.

    Returns
    -------
    Posterior
        40 x `mu_nodes` nodes; `log_evidence` leaves out the binomial coefficients.
    """
    x, size = np.asarray(events, np.float64), np.asarray(n, np.float64)
    taus, tau_weights = gauss_legendre(_TAU_COUNT, 0.0, 6.5 * tau_scale)
    mu = np.empty((_TAU_COUNT, mu_nodes))
    log_weight = np.empty_like(mu)
    step = np.empty(_TAU_COUNT)
    for i, tau in enumerate(taus):
        step[i] = _mu_nodes(
            tau, x, size, mu_mean, mu_sd, _HERMITE, _HERMITE_SCALED, mu[i], log_weight[i]
        )
    log_prior = (
        np.log(tau_weights) + math.log(2.0 / tau_scale) - 0.5 * (taus / tau_scale) ** 2
    ) - math.log(2 * math.pi * mu_sd)
    log_weight += log_prior[:, None]
    peak = log_weight.max()
    weight = np.exp(log_weight - peak).ravel()
    total = weight.sum()
    return Posterior(
        mu.ravel(),
        np.repeat(taus, mu_nodes),
        weight / total,
        np.repeat(step, mu_nodes),
        float(peak + math.log(total)),
    )


def count_given(mu: Floats, tau: Floats, n: int) -> Floats:
    """Distribution of the count among `n` new patients of one new series, given (mu, tau).

    Returns (m, n + 1).
    """
    out = np.empty((mu.size, n + 1))
    x = np.arange(n + 1)
    log_factorial = np.array([math.lgamma(i + 1) for i in range(n + 1)])
    log_choose = log_factorial[n] - log_factorial[x] - log_factorial[n - x]
    _counts(mu, tau, n, _HERMITE, _HERMITE_SCALED, log_choose, out)
    return out
