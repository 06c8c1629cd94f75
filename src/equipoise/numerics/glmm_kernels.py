"""Kernels of the binomial-normal mixed models in :mod:`equipoise.numerics.glmm`.

A row of `rows` (k, 4) is one study: (events, n, offset, -) for a binomial count, (x1, n1, x2, n2)
for two arms, and (x1, n1, n2, total) for a non-central hypergeometric count.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from equipoise.numerics.cached import cached

BINOMIAL, TWO_ARMS, HYPERGEOMETRIC = range(3)
"""Kinds of study."""

NODES = 61
"""Default number of quadrature nodes; this many or more are Gauss-Legendre, fewer Gauss-Hermite."""

LOGLIK, BETA, TAU_SCORE, INFO_BETA, INFO_CROSS, INFO_TAU, CONVERGED = range(7)
COLUMNS = 7

_FARTHEST = 200.0


@njit(forceinline=True)
def _log1p_exp(t):  # type: ignore[no-untyped-def]
    return t + math.log1p(math.exp(-t)) if t > 0 else math.log1p(math.exp(t))


@njit(forceinline=True)
def _expit(t):  # type: ignore[no-untyped-def]
    return 1.0 / (1.0 + math.exp(-t))


@njit(forceinline=True)
def _binomial(row, theta):  # type: ignore[no-untyped-def]
    """Row: events, n, offset. Log likelihood and its first two derivatives in theta."""
    x, n, offset, _ = row
    p = _expit(theta + offset)
    value = x * (theta + offset) - n * _log1p_exp(theta + offset)
    return value, x - n * p, -n * p * (1.0 - p)


@njit(forceinline=True)
def _log_count(u, n1, n2, m):  # type: ignore[no-untyped-def]
    """Log of C(n1, u) C(n2, m - u) without the factorials of n1 and n2."""
    return -(
        math.lgamma(u + 1.0)
        + math.lgamma(n1 - u + 1.0)
        + math.lgamma(m - u + 1.0)
        + math.lgamma(n2 - m + u + 1.0)
    )


@njit(forceinline=True)
def _hypergeometric_mode(n1, n2, m, theta):  # type: ignore[no-untyped-def]
    """The likeliest count: the terms rise up to it and fall after it (Liao & Rosen 2001)."""
    low, high = max(0.0, m - n2), min(n1, m)
    while low < high:
        u = math.floor((low + high) / 2.0)
        rise = math.log((n1 - u) * (m - u)) - math.log((u + 1.0) * (n2 - m + u + 1.0)) + theta
        if rise > 0.0:
            low = u + 1.0
        else:
            high = u
    return low


@njit(forceinline=True)
def _hypergeometric(row, theta):  # type: ignore[no-untyped-def]
    """Row: events under treatment, n1, n2, all events. As :func:`_binomial`.

    The sum over the support runs out from the mode until its terms no longer matter.
    """
    x, n1, n2, m = row
    least, most = max(0.0, m - n2), min(n1, m)
    mode = _hypergeometric_mode(n1, n2, m, theta)
    total, first, second = 1.0, 0.0, 0.0
    odds = math.exp(min(theta, 700.0))
    term, u = 1.0, mode
    while u < most and term > 1e-18:
        term *= odds * ((n1 - u) * (m - u)) / ((u + 1.0) * (n2 - m + u + 1.0))
        u += 1.0
        total += term
        first += term * (u - mode)
        second += term * (u - mode) ** 2
    odds = math.exp(min(-theta, 700.0))
    term, u = 1.0, mode
    while u > least and term > 1e-18:
        term *= odds * (u * (n2 - m + u)) / ((n1 - u + 1.0) * (m - u + 1.0))
        u -= 1.0
        total += term
        first += term * (u - mode)
        second += term * (u - mode) ** 2
    mean = first / total
    value = _log_count(x, n1, n2, m) - _log_count(mode, n1, n2, m) + (x - mode) * theta
    return value - math.log(total), x - mode - mean, -(second / total - mean * mean)


@cached(nogil=True, error_model="numpy")
def _theta_terms(kind, row, theta, a):  # type: ignore[no-untyped-def]
    """Log likelihood of one study given theta, and its first two derivatives in theta."""
    if kind == BINOMIAL:
        return _binomial(row, theta)
    if kind == HYPERGEOMETRIC:
        return _hypergeometric(row, theta)
    x1, n1, x2, n2 = row
    up, down = a + theta / 2.0, a - theta / 2.0
    p1, p2 = _expit(up), _expit(down)
    value = x1 * up - n1 * _log1p_exp(up) + x2 * down - n2 * _log1p_exp(down)
    slope = (x1 - n1 * p1 - x2 + n2 * p2) / 2.0
    return value, slope, -(n1 * p1 * (1.0 - p1) + n2 * p2 * (1.0 - p2)) / 4.0


@njit(forceinline=True)
def _baseline_terms(kind, row, theta, a):  # type: ignore[no-untyped-def]
    """First derivative in the baseline a, second in a, and mixed in a and theta."""
    if kind != TWO_ARMS:
        return 0.0, 0.0, 0.0
    x1, n1, x2, n2 = row
    p1, p2 = _expit(a + theta / 2.0), _expit(a - theta / 2.0)
    w1, w2 = n1 * p1 * (1.0 - p1), n2 * p2 * (1.0 - p2)
    return x1 - n1 * p1 + x2 - n2 * p2, -(w1 + w2), -(w1 - w2) / 2.0


@cached(nogil=True, error_model="numpy")
def _mode(kind, row, beta, tau, a):  # type: ignore[no-untyped-def]
    """Mode in z of likelihood times standard normal, and minus the curvature there."""
    bound = tau * (row[1] + row[2] + row[3])  # no slope in theta is larger
    low, high, z = -bound, bound, 0.0
    curvature = 1.0
    for _ in range(200):
        _, slope, second = _theta_terms(kind, row, beta + tau * z, a)
        score = tau * slope - z
        curvature = 1.0 - tau * tau * second
        if score > 0.0:
            low = z
        else:
            high = z
        following = z + score / curvature
        if abs(following - z) < 1e-9:
            break
        z = following if low < following < high else 0.5 * (low + high)
    return z, curvature


@cached(nogil=True, error_model="numpy")
def _reach(kind, row, beta, tau, a, z, curvature, side):  # type: ignore[no-untyped-def]
    """How far from the mode z, on one side (+-1), the log integrand has fallen by 37 to 74.

    The standard normal alone makes it fall by 37 within 8.6.
    """
    top = _theta_terms(kind, row, beta + tau * z, a)[0] - 0.5 * z * z
    distance = 8.6 / math.sqrt(curvature)
    for _ in range(400):
        at = z + side * distance
        fall = top - _theta_terms(kind, row, beta + tau * at, a)[0] + 0.5 * at * at
        if fall < 37.0 and distance < 8.6:
            distance = min(1.4 * distance, 8.6)
        elif fall > 74.0:
            distance *= 0.8
        else:
            break
    return distance


@cached(nogil=True, error_model="numpy")
def _range(kind, row, beta, tau, a, count):  # type: ignore[no-untyped-def]
    """Centre and scale of the nodes: Gauss-Hermite below `NODES`, else Gauss-Legendre."""
    z, curvature = _mode(kind, row, beta, tau, a)
    if count < NODES:
        return z, math.sqrt(2.0 / curvature)
    below = _reach(kind, row, beta, tau, a, z, curvature, -1.0)
    above = _reach(kind, row, beta, tau, a, z, curvature, 1.0)
    return z + 0.5 * (above - below), 0.5 * (above + below)


@cached(nogil=True, error_model="numpy")
def _moments(kind, row, beta, tau, a, nodes, scaled, logs, out):  # type: ignore[no-untyped-def]
    """Fill out (10,): log marginal, score (beta, tau, a), Hessian (bb, bt, tt, ba, ta, aa).

    Derivatives are posterior means over z (Louis 1982, JRSS B 44:226).
    """
    z, scale = _range(kind, row, beta, tau, a, nodes.size)
    peak = -np.inf
    for j in range(nodes.size):
        zj = z + scale * nodes[j]
        value = _theta_terms(kind, row, beta + tau * zj, a)[0]
        logs[j] = value - 0.5 * zj * zj + scaled[j]
        peak = max(peak, logs[j])
    total = 0.0
    out[:] = 0.0
    for j in range(nodes.size):
        zj = z + scale * nodes[j]
        weight = math.exp(logs[j] - peak)
        _, g, gg = _theta_terms(kind, row, beta + tau * zj, a)
        h, hh, gh = _baseline_terms(kind, row, beta + tau * zj, a)
        total += weight
        out[1] += weight * g
        out[2] += weight * zj * g
        out[3] += weight * h
        out[4] += weight * (gg + g * g)
        out[5] += weight * zj * (gg + g * g)
        out[6] += weight * zj * zj * (gg + g * g)
        out[7] += weight * (gh + g * h)
        out[8] += weight * zj * (gh + g * h)
        out[9] += weight * (hh + h * h)
    out[1:] /= total
    out[0] = peak + math.log(total * scale / math.sqrt(2.0 * math.pi))
    out[4] -= out[1] * out[1]
    out[5] -= out[1] * out[2]
    out[6] -= out[2] * out[2]
    out[7] -= out[1] * out[3]
    out[8] -= out[2] * out[3]
    out[9] -= out[3] * out[3]


@cached(nogil=True, error_model="numpy")
def _baseline(kind, row, beta, tau, a, nodes, scaled, logs, out):  # type: ignore[no-untyped-def]
    """The baseline a that maximises this study's marginal likelihood; `out` is left there."""
    _moments(kind, row, beta, tau, a, nodes, scaled, logs, out)
    if kind != TWO_ARMS:
        return a
    low, high = -_FARTHEST, _FARTHEST
    for _ in range(200):
        if out[3] > 0.0:
            low = a
        else:
            high = a
        following = a - out[3] / out[9]
        if abs(following - a) < 1e-9:
            break
        a = following if low < following < high else 0.5 * (low + high)
        _moments(kind, row, beta, tau, a, nodes, scaled, logs, out)
    return a


@cached(nogil=True, error_model="numpy")
def _at_beta(kind, rows, beta, tau, a, nodes, scaled, logs, one, out):  # type: ignore[no-untyped-def]
    """Sum over studies at their best baselines; returns the score of beta."""
    out[:] = 0.0
    score = 0.0
    for i in range(rows.shape[0]):
        a[i] = _baseline(kind, rows[i], beta, tau, a[i], nodes, scaled, logs, one)
        out[LOGLIK] += one[0]
        score += one[1]
        out[TAU_SCORE] += one[2]
        inverse = 1.0 / one[9] if kind == TWO_ARMS else 0.0
        out[INFO_BETA] -= one[4] - one[7] * one[7] * inverse
        out[INFO_CROSS] -= one[5] - one[7] * one[8] * inverse
        out[INFO_TAU] -= one[6] - one[8] * one[8] * inverse
    out[BETA] = beta
    return score


@cached(nogil=True, error_model="numpy")
def at_point(kind, rows, beta, tau, a, nodes, scaled):  # type: ignore[no-untyped-def]
    """Log likelihood at (beta, tau), over baselines a (k,), which are left at their best."""
    out = np.empty(COLUMNS)
    _at_beta(kind, rows, beta, tau, a, nodes, scaled, np.empty(nodes.size), np.empty(10), out)
    return out[LOGLIK]


@cached(nogil=True, error_model="numpy")
def profile(kind, rows, tau, a, nodes, scaled, beta, out):  # type: ignore[no-untyped-def]
    """Maximise over beta (and baselines a (k,), left at their best) at one tau.

    `rows` (k, 4) as the study kernels want them; starts at `beta`; fills `out` (`COLUMNS`,): log
    likelihood, beta, score of tau, observed information of (beta, tau), 1 if converged.
    """
    logs = np.empty(nodes.size)
    one = np.empty(10)
    low, high = -_FARTHEST, _FARTHEST
    previous = np.inf
    score = _at_beta(kind, rows, beta, tau, a, nodes, scaled, logs, one, out)
    for _ in range(200):
        if score > 0.0:
            low = beta
        else:
            high = beta
        step = score / out[INFO_BETA] if out[INFO_BETA] > 0.0 else math.copysign(3.0, score)
        step = min(max(step, -3.0), 3.0)
        if abs(step) < 1e-9 or high - low < 1e-9:
            out[CONVERGED] = 1.0
            return
        slow = abs(score) > 0.5 * abs(previous) and high - low < 6.0
        inside = low < beta + step < high
        beta = beta + step if inside and not slow else 0.5 * (low + high)
        previous = score
        score = _at_beta(kind, rows, beta, tau, a, nodes, scaled, logs, one, out)
