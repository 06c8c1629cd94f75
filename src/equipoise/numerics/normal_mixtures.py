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


@cached(error_model="numpy", nogil=True)
def normal_quantiles(q, weight, mean, sd):  # type: ignore[no-untyped-def]
    """Quantiles (n,) by Newton steps kept inside a bracket."""
    centre, second = 0.0, 0.0
    for j in range(weight.size):
        centre += weight[j] * mean[j]
    for j in range(weight.size):
        if weight[j] > 1e-12:  # a heavy tail's far nodes would only widen the bracket
            second += weight[j] * (sd[j] ** 2 + (mean[j] - centre) ** 2)
    spread = math.sqrt(second)
    out = np.empty(q.size)
    for i in range(q.size):
        low, high = centre - spread, centre + spread
        step = spread
        while _below_and_density(low, weight, mean, sd)[0] > q[i]:
            step *= 2.0
            low -= step
        step = spread
        while _below_and_density(high, weight, mean, sd)[0] < q[i]:
            step *= 2.0
            high += step
        x = min(max(out[i - 1] if i > 0 else centre, low), high)
        for _ in range(200):
            below, density = _below_and_density(x, weight, mean, sd)
            gap = below - q[i]
            if gap > 0:
                high = x
            else:
                low = x
            new = x - gap / density if density > 0 else 0.5 * (low + high)
            if not low <= new <= high:
                new = 0.5 * (low + high)
            done = abs(new - x) <= 1e-13 * spread + 4e-16 * abs(x)
            x = new
            if done:
                break
        out[i] = x
    return out
