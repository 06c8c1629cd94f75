"""Mixtures of normal distributions: probabilities, densities and quantiles, in compiled code."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from equipoise.numerics.cached import cached

_ROOT2 = math.sqrt(2.0)
_ROOT2PI = math.sqrt(2.0 * math.pi)


@njit(forceinline=True)
def _below_and_density(x, weight, mean, sd):  # type: ignore[no-untyped-def]
    below, density = 0.0, 0.0
    for j in range(weight.size):
        z = (x - mean[j]) / sd[j]
        below += weight[j] * 0.5 * math.erfc(-z / _ROOT2)
        density += weight[j] * math.exp(-0.5 * z * z) / (sd[j] * _ROOT2PI)
    return below, density


@cached(error_model="numpy", nogil=True)
def normal_cdf(x, weight, mean, sd):  # type: ignore[no-untyped-def]
    """P(X <= x) for each of (n,); weights, means and standard deviations are (m,)."""
    out = np.zeros(x.size)
    for i in range(x.size):
        for j in range(weight.size):
            out[i] += weight[j] * 0.5 * math.erfc((mean[j] - x[i]) / (sd[j] * _ROOT2))
    return out


@cached(error_model="numpy", nogil=True)
def normal_tail(x, weight, mean, sd):  # type: ignore[no-untyped-def]
    """P(X > x) for each of (n,), to full relative accuracy."""
    out = np.zeros(x.size)
    for i in range(x.size):
        for j in range(weight.size):
            out[i] += weight[j] * 0.5 * math.erfc((x[i] - mean[j]) / (sd[j] * _ROOT2))
    return out


@cached(error_model="numpy", nogil=True)
def normal_density(x, weight, mean, sd):  # type: ignore[no-untyped-def]
    """Density at each of (n,)."""
    out = np.zeros(x.size)
    for i in range(x.size):
        for j in range(weight.size):
            z = (x[i] - mean[j]) / sd[j]
            out[i] += weight[j] * math.exp(-0.5 * z * z) / (sd[j] * _ROOT2PI)
    return out


@njit(forceinline=True)
def _normal_quantile(q):  # type: ignore[no-untyped-def]
    """A first guess, good to 5e-4: Abramowitz & Stegun (1964), 26.2.23."""
    tail = min(q, 1.0 - q)
    t = math.sqrt(-2.0 * math.log(max(tail, 1e-300)))
    above = 2.515517 + t * (0.802853 + t * 0.010328)
    below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    z = t - above / below
    return -z if q < 0.5 else z


@cached(error_model="numpy", nogil=True)
def normal_quantiles(q, weight, mean, sd):  # type: ignore[no-untyped-def]
    """Quantiles (n,) by Newton steps from those of a normal, kept inside what is known."""
    centre, second = 0.0, 0.0
    for j in range(weight.size):
        centre += weight[j] * mean[j]
    for j in range(weight.size):
        if weight[j] > 1e-12:  # a heavy tail's far nodes would only spoil the first guess
            second += weight[j] * (sd[j] ** 2 + (mean[j] - centre) ** 2)
    spread = math.sqrt(second)
    out = np.empty(q.size)
    for i in range(q.size):
        low, high, reach = -np.inf, np.inf, spread
        x = centre + spread * _normal_quantile(q[i])
        for _ in range(400):
            below, density = _below_and_density(x, weight, mean, sd)
            gap = below - q[i]
            if gap > 0:
                high = x
            else:
                low = x
            new = x - gap / density if density > 0 else np.inf
            if not low <= new <= high or abs(new - x) > 2.0 * reach:
                if math.isinf(low):
                    new = high - reach
                    reach *= 2.0
                elif math.isinf(high):
                    new = low + reach
                    reach *= 2.0
                else:
                    new = 0.5 * (low + high)
            moved = abs(new - x)
            done = moved * density <= 1e-15 and abs(gap) <= 1e-12
            done = done or moved <= 4e-16 * abs(x)
            x = new
            if done:
                break
        out[i] = x
    return out
