"""Counts with their own likelihood and normal heterogeneity, by deterministic quadrature.

``theta_i ~ N(mu, tau^2)`` and, each with a log likelihood ``x theta - K(theta)``:

* binomial: x of n, theta the logit;
* Poisson: x in an exposure, theta the log rate;
* hypergeometric: x of the treated among all events of a 2x2 table, given its margins, theta the log
  odds ratio (Stijnen, Hamza & Özdemir 2010, Stat Med 29:3046).

No normal approximation of the likelihood. Integrals over theta are log-concave and done by adaptive
Gauss-Hermite quadrature around the mode (Liu & Pierce 1994, Biometrika 81:624); mu, given tau, by
the trapezoid rule between the ends of its density; tau by the trapezoid rule in ``t``, where
``log tau = c + s sinh(t)``, with the step halved until evidence and moments no longer change.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.normal_hierarchy import _tau_at, log_prior_density

Floats = NDArray[np.float64]

BINOMIAL, POISSON, HYPERGEOMETRIC = range(3)

MU_NODES = 61
CONVERGED = 1e-5
"""Change at a halving below which it is the last: the trapezoid rule's error squares each time."""

_HERMITE, _HERMITE_WEIGHT = np.polynomial.hermite.hermgauss(23)
_HERMITE_SCALED = np.log(_HERMITE_WEIGHT) + _HERMITE**2
_DROP = 34.0
_HALVINGS = 7


@dataclass(frozen=True, slots=True)
class Counts:
    """Studies of one family: `x` and `size` (k,); for tables also the logs of the support's terms.

    `terms` (k, s) holds log C(n1, j) + log C(n2, m - j) from the lowest j on, `lowest` (k,) that j,
    `length` (k,) how many there are.
    """

    family: int
    x: Floats
    size: Floats
    terms: Floats
    lowest: Floats
    length: NDArray[np.int64]

    @property
    def arrays(self) -> tuple[int, Floats, Floats, Floats, Floats, NDArray[np.int64]]:
        """As the kernels read them."""
        return self.family, self.x, self.size, self.terms, self.lowest, self.length


def plain_counts(family: int, x: Floats, size: Floats) -> Counts:
    """Binomial or Poisson counts, (k,) each."""
    empty = np.zeros((x.size, 1))
    return Counts(family, x, size, empty, np.zeros(x.size), np.ones(x.size, np.int64))


def table_counts(a: Floats, n1: Floats, c: Floats, n2: Floats) -> Counts:
    """2x2 tables: events and patients of treatment and control, (k,) each."""
    from scipy import special

    m = a + c
    low, high = np.maximum(0, m - n2), np.minimum(n1, m)
    length = (high - low + 1).astype(np.int64)
    terms = np.full((a.size, int(length.max())), -np.inf)
    for i in range(a.size):
        j = low[i] + np.arange(length[i])
        terms[i, : length[i]] = -(
            special.betaln(j + 1, n1[i] - j + 1)
            + special.betaln(m[i] - j + 1, n2[i] - m[i] + j + 1)
        )
        terms[i, : length[i]] -= terms[i, : length[i]].max()
    return Counts(HYPERGEOMETRIC, a, m, terms, low, length)


@njit(forceinline=True)
def _log1p_exp(t):  # type: ignore[no-untyped-def]
    return t + math.log1p(math.exp(-t)) if t > 0 else math.log1p(math.exp(t))


@cached(error_model="numpy", nogil=True)
def _cumulant(i, theta, counts, derivatives):  # type: ignore[no-untyped-def]
    """Of study `i`: K(theta), or where asked for its first two derivatives, and not itself."""
    family, _, size, terms, lowest, length = counts
    if family == BINOMIAL:
        if not derivatives:
            return size[i] * _log1p_exp(theta), 0.0, 0.0
        p = 1.0 / (1.0 + math.exp(-theta))
        return 0.0, size[i] * p, size[i] * p * (1.0 - p)
    if family == POISSON:
        expected = size[i] * math.exp(theta)
        return expected, expected, expected
    peak = -np.inf
    for j in range(length[i]):
        peak = max(peak, terms[i, j] + theta * j)
    total, first, second = 0.0, 0.0, 0.0
    for j in range(length[i]):
        here = math.exp(terms[i, j] + theta * j - peak)
        total += here
        if derivatives:
            first += here * j
            second += here * j * j
    first /= total
    value = peak + math.log(total) + theta * lowest[i]
    return value, first + lowest[i], second / total - first * first


@cached(error_model="numpy", nogil=True)
def _own_effect(i, mu, tau, counts):  # type: ignore[no-untyped-def]
    """Log of the integral of study `i`'s likelihood over N(mu, tau^2); mean, variance of theta."""
    x = counts[1][i]
    precision = 1.0 / (tau * tau)
    apart = 0.0  # of theta and mu, kept by itself: at a tiny tau it is lost in their difference
    for _ in range(200):
        _, first, second = _cumulant(i, mu + apart, counts, True)
        step = (x - first - apart * precision) / (second + precision)
        step = min(max(step, -2.0), 2.0)
        apart += step
        if abs(step) < 1e-7 * (1.0 + abs(mu)):
            break
    scale = math.sqrt(2.0 / (second + precision))
    peak = -np.inf
    terms = np.empty(_HERMITE.size)
    for j in range(_HERMITE.size):
        off = apart + scale * _HERMITE[j]
        z, t = off / tau, mu + off
        terms[j] = x * t - _cumulant(i, t, counts, False)[0] - 0.5 * z * z + _HERMITE_SCALED[j]
        peak = max(peak, terms[j])
    total, mean, square = 0.0, 0.0, 0.0
    for j in range(_HERMITE.size):
        here = math.exp(terms[j] - peak)
        total += here
        mean += here * scale * _HERMITE[j]
        square += here * (scale * _HERMITE[j]) ** 2
    mean /= total
    value = peak + math.log(total * scale / (tau * math.sqrt(2.0 * math.pi)))
    return value, mu + apart + mean, square / total - mean * mean


@cached(error_model="numpy", nogil=True)
def _log_posterior(mu, tau, counts, prior):  # type: ignore[no-untyped-def]
    """Log of prior of mu times likelihood, effects integrated out; `prior` is mean, precision."""
    total = 0.0
    if prior[1] > 0:
        total = 0.5 * math.log(prior[1] / (2.0 * math.pi)) - 0.5 * prior[1] * (mu - prior[0]) ** 2
    for i in range(counts[1].size):
        total += _own_effect(i, mu, tau, counts)[0]
    return total


@cached(error_model="numpy", nogil=True)
def _mu_mode(start, tau, counts, prior):  # type: ignore[no-untyped-def]
    """Mode of mu given `tau`, the scale of its curvature there, and the log density."""
    mu, apart, curvature = start, 1e-3, 1.0
    here = 0.0
    for _ in range(100):
        here = _log_posterior(mu, tau, counts, prior)
        above = _log_posterior(mu + apart, tau, counts, prior)
        below = _log_posterior(mu - apart, tau, counts, prior)
        gradient = (above - below) / (2 * apart)
        curvature = max(-(above - 2 * here + below) / apart**2, 1e-6)
        step = min(max(gradient / curvature, -2.0), 2.0)
        mu += step
        if abs(step) < 1e-5:
            break
    return mu, 1.0 / math.sqrt(curvature), here


@cached(error_model="numpy", nogil=True)
def _mu_end(mu, scale, top, tau, counts, prior):  # type: ignore[no-untyped-def]
    """How far from the mode, in the direction of `scale`, the density falls by exp(-`_DROP`)."""
    low, high = 0.0, 4.0
    for _ in range(60):
        if _log_posterior(mu + high * scale, tau, counts, prior) < top - _DROP:
            break
        low, high = high, 1.5 * high
    for _ in range(5):
        middle = 0.5 * (low + high)
        if _log_posterior(mu + middle * scale, tau, counts, prior) > top - _DROP:
            low = middle
        else:
            high = middle
    return mu + high * scale


@cached(error_model="numpy", nogil=True)
def laplace_in_x(x, start, counts, prior, tau_prior):  # type: ignore[no-untyped-def]
    """Log posterior density in `x`, mu integrated by Laplace's rule; tau; mode and scale of mu."""
    code, p, upper = tau_prior
    tau, log_tau, slope = _tau_at(x, upper)
    mu, scale, top = _mu_mode(start, tau, counts, prior)
    value = top + math.log(scale) + log_prior_density(code, p, tau, log_tau) + slope
    return value, tau, mu, scale, top


@cached(error_model="numpy", nogil=True)
def centre(start, middle, counts, prior, tau_prior):  # type: ignore[no-untyped-def]
    """Mode in `x`, its width, and the log density there, by Laplace's rule."""
    best, at, mode = -np.inf, middle, start
    for i in range(-16, 17):
        found = laplace_in_x(middle + 0.75 * i, start, counts, prior, tau_prior)
        if found[0] > best:
            best, at, mode = found[0], middle + 0.75 * i, found[2]
    step = 0.5
    while step > 0.02:
        moved = False
        for sign in (-1.0, 1.0):
            value = laplace_in_x(at + sign * step, mode, counts, prior, tau_prior)[0]
            if value > best:
                best, at, moved = value, at + sign * step, True
                break
        if not moved:
            step *= 0.5
    width = 0.0
    for sign in (-1.0, 1.0):
        low, high = 0.0, 4.0
        for _ in range(8):
            half = 0.5 * (low + high)
            if laplace_in_x(at + sign * half, mode, counts, prior, tau_prior)[0] > best - 2.0:
                low = half
            else:
                high = half
        width += 0.25 * high
    return at, max(width, 0.05), best, mode


@cached(error_model="numpy", nogil=True)
def end(sign, place, mode, counts, prior, tau_prior, moments):  # type: ignore[no-untyped-def]
    """The `t` beyond which there is no mass."""
    c, s, best = place
    t, below = 0.0, 0
    while below < 2 and abs(t) < 20.0:
        t += 0.5 * sign
        x = c + s * math.sinh(t)
        if abs(x) > 300.0:
            return t - 0.5 * sign
        value = laplace_in_x(x, mode, counts, prior, tau_prior)[0] + math.log(math.cosh(t))
        if moments and sign > 0:
            value += 2.0 * (x - c)
        below = below + 1 if value < best - _DROP else 0
    return t


@cached(error_model="numpy", nogil=True)
def fill(ts, place, mode, counts, prior, tau_prior, tau, low, step, logs):  # type: ignore[no-untyped-def]
    """At each of `ts` (n,): tau, the first mu node and the step, and log density (n, nodes).

    The density is that of (mu, t), so that sums of it times the steps are integrals.
    """
    code, p, upper = tau_prior
    for i in range(ts.size):
        x = place[0] + place[1] * math.sinh(ts[i])
        tau[i], log_tau, slope = _tau_at(x, upper)
        mu, scale, top = _mu_mode(mode, tau[i], counts, prior)
        low[i] = _mu_end(mu, -scale, top, tau[i], counts, prior)
        high = _mu_end(mu, scale, top, tau[i], counts, prior)
        step[i] = (high - low[i]) / (logs.shape[1] - 1)
        extra = log_prior_density(code, p, tau[i], log_tau) + slope
        extra += math.log(place[1] * math.cosh(ts[i]))
        for j in range(logs.shape[1]):
            logs[i, j] = extra + _log_posterior(low[i] + j * step[i], tau[i], counts, prior)


@cached(error_model="numpy", nogil=True)
def own_effects(mu, tau, counts, mean, variance):  # type: ignore[no-untyped-def]
    """Mean and variance of each study's effect at each node; both are filled, (k, m)."""
    for i in range(counts[1].size):
        for j in range(mu.size):
            _, mean[i, j], variance[i, j] = _own_effect(i, mu[j], tau[j], counts)


@dataclass(frozen=True, slots=True)
class ExactNodes:
    """The posterior at nodes `t` (n,), evenly `gap` apart, and at each at nodes of mu.

    `tau`, `low`, `step` are (n,): tau, the first node of mu, and the step between them; `density`
    (n, nodes) is that of (mu, t), normalised; `place` holds c and s.
    """

    t: Floats
    gap: float
    tau: Floats
    low: Floats
    step: Floats
    density: Floats
    place: tuple[float, float]
    log_evidence: float
    error: float

    @property
    def mu(self) -> Floats:
        """Nodes of mu, (n, nodes)."""
        return self.low[:, None] + self.step[:, None] * np.arange(self.density.shape[1])

    @property
    def weight(self) -> Floats:
        """Weights of the nodes, (n, nodes), of sum 1."""
        return self.density * self.step[:, None] * self.gap


def posterior_nodes(
    counts: Counts,
    mean0: float,
    precision0: float,
    tau_prior: tuple[int, Floats, float],
    start: float,
    moments: bool,
) -> ExactNodes:
    """Nodes of (mu, tau), the step in tau halved until evidence and moments hold.

    Parameters
    ----------
    start : float
        Where to look for mu first.
    moments : bool
        Whether tau has a second moment, which then must have converged too.

    Returns
    -------
    ExactNodes
        `error` is the square of the largest relative change at the last halving, where that was
        small enough, else the change itself.
    """
    args = (counts.arrays, (mean0, precision0), tau_prior)
    middle = -1.0 if math.isinf(tau_prior[2]) else 0.0
    c, s, best, mode = centre(start, middle, *args)
    place = (c, s, best)
    low = end(-1.0, place, mode, *args, moments)
    high = end(1.0, place, mode, *args, moments)
    gap = (high - low) / 12
    ts = low + gap * np.arange(13)
    table = _filled(ts, place, mode, args)
    before, error = _checks(*table, gap, moments, best), math.inf
    for _ in range(_HALVINGS):
        new = _filled(ts[:-1] + gap / 2, place, mode, args)
        order = np.argsort(np.concatenate([ts, ts[:-1] + gap / 2]))
        ts = np.concatenate([ts, ts[:-1] + gap / 2])[order]
        tau, first, step, logs = (
            np.concatenate([a, b])[order] for a, b in zip(table, new, strict=True)
        )
        table = (tau, first, step, logs)
        gap /= 2
        now = _checks(*table, gap, moments, best)
        error = float(np.max(np.abs(now - before) / (1e-300 + np.abs(now) + _scale(now))))
        before = now
        if error < CONVERGED:
            error = error**2
            break
    tau, first, step, logs = table
    density = np.exp(logs - logs.max())
    total = float((density.sum(axis=1) * step).sum() * gap)
    evidence = float(logs.max() + math.log(total))
    kept = density.max(axis=1) * step > 1e-14 * (density.max(axis=1) * step).max()
    return ExactNodes(
        ts[kept], gap, tau[kept], first[kept], step[kept], density[kept] / total, (c, s), evidence,
        error,
    )  # fmt: skip


def _scale(checks: Floats) -> Floats:
    """What a change in each check is measured against, beside the value itself."""
    sd = math.sqrt(max(checks[2] - checks[1] ** 2, 0.0))
    return np.array([0.0, sd, 0.0, 0.0, 0.0])


def _filled(
    ts: Floats, place: tuple[float, float, float], mode: float, args: tuple[Any, ...]
) -> tuple[Floats, Floats, Floats, Floats]:
    """The arrays that `fill` fills."""
    tau, low, step = (np.empty(ts.size) for _ in range(3))
    logs = np.empty((ts.size, MU_NODES))
    fill(np.ascontiguousarray(ts), place, mode, *args, tau, low, step, logs)
    return tau, low, step, logs


def _checks(
    tau: Floats, low: Floats, step: Floats, logs: Floats, gap: float, moments: bool, best: float
) -> Floats:
    """Total, two moments of mu, and two of tau where they exist."""
    density = np.exp(logs - best) * step[:, None] * gap
    total = density.sum()
    mu = low[:, None] + step[:, None] * np.arange(logs.shape[1])
    by_tau = density.sum(axis=1) / total
    first = float((density * mu).sum() / total)
    second = float((density * mu**2).sum() / total)
    if not moments:
        return np.array([total, first, second, 0.0, 0.0])
    return np.array([total, first, second, by_tau @ tau, by_tau @ tau**2])


def as_normals(nodes: ExactNodes, spread: Floats, refine: int) -> tuple[Floats, Floats, Floats]:
    """Weights, means and standard deviations of normals that make up mu + N(0, spread^2).

    `spread` (n,) is 0 for mu itself. Where it is narrower than the step between nodes, the density
    of mu is interpolated on a grid `refine` times as fine, and each node becomes a normal as wide
    as the fine step; the widening is undone in the weights, to the sixth order of the step.
    """
    from scipy.interpolate import CubicSpline

    weights, means, sds = [], [], []
    j = np.arange(nodes.density.shape[1], dtype=np.float64)
    fine = np.linspace(0.0, j[-1], refine * (j.size - 1) + 1)
    for i in range(nodes.t.size):
        if spread[i] > 1.2 * nodes.step[i]:
            weights.append(nodes.density[i] * nodes.step[i] * nodes.gap)
            means.append(nodes.low[i] + nodes.step[i] * j)
            sds.append(np.full(j.size, spread[i]))
            continue
        step = nodes.step[i] / refine
        logs = np.log(np.maximum(nodes.density[i], 1e-300))
        values = np.exp(CubicSpline(j, logs)(fine)) * step * nodes.gap
        if spread[i] < step:
            values = _narrowed(values, 1.0 - (spread[i] / step) ** 2)
        weights.append(values)
        means.append(nodes.low[i] + step * refine * fine / 1.0)
        sds.append(np.full(fine.size, max(spread[i], step)))
    weight = np.concatenate(weights)
    return weight / weight.sum(), np.concatenate(means), np.concatenate(sds)


def _narrowed(values: Floats, share: float) -> Floats:
    """Undo a smoothing by a normal of variance `share` steps squared, by second differences."""

    def second(x: Floats) -> Floats:
        padded = np.concatenate([[0.0], x, [0.0]])
        return np.asarray(padded[2:] - 2 * x + padded[:-2])

    bend = second(values)
    made = values - share / 2 * bend + (share / 24 + share**2 / 8) * second(bend)
    return np.asarray(np.maximum(made, 0.0))
