"""Inference after a look of a sequential test, in drift units (expected z at fraction 1).

Stage-wise ordering: Armitage (1957), Fairbanks & Madsen (1982), Tsiatis, Rosner & Mehta (1984),
Biometrics 40:797; Jennison & Turnbull (2000), chapter 8. A result is more extreme the earlier the
trial stopped above, and at the same look the larger its z.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.numerics.sequential import ABOVE, OPPOSITE, stopping_under

Floats = NDArray[np.float64]

_PANEL_NODES, _PANEL_WEIGHTS = np.polynomial.legendre.leggauss(16)


def at_least_as_extreme(
    t: Floats, sides: int, upper: Floats, lower: Floats, z: float, drift: float
) -> float:
    """P(stop above before the last of these looks, or reach it with Z >= `z`) under `drift`.

    `t`, `upper` and `lower`, (j,), are of the looks made; those at the last are not used.
    """
    negative = sides == 2 and z < 0  # then Z >= z is the complement, at the look, of Z < z
    bounds = np.append(upper[:-1], abs(z) if sides == 2 else z)
    below = np.append(lower[:-1], -math.inf if sides == 1 else 0.0)
    out = np.empty((1, t.size, 3))
    stopping_under(t, sides, bounds, below, np.array([drift]), out)
    before = float(out[0, :-1, ABOVE].sum())
    if not negative:
        return before + float(out[0, -1, ABOVE])
    reached = 1.0 - float(out[0, :-1].sum())
    return before + max(reached - float(out[0, -1, OPPOSITE]), 0.0)


def drift_with(probability: Callable[[float], float], wanted: float, start: float) -> float:
    """The drift at which an increasing `probability` of it is `wanted`, to 1e-12."""
    from scipy import optimize  # heavy, and not always needed

    target = float(special.ndtri(wanted))

    def excess(drift: float) -> float:
        p = probability(drift)
        return float(special.ndtri(min(max(p, 1e-300), 1 - 1e-16))) - target

    low = high = start
    width = 1.0
    while excess(low) > 0:
        low, width = low - width, 2 * width
    width = 1.0
    while excess(high) < 0:
        high, width = high + width, 2 * width
    if low == high:
        return start
    return float(optimize.brentq(excess, low, high, xtol=1e-12, rtol=1e-14))


def conditional_power(
    t: Floats, sides: int, upper: Floats, lower: Floats, look: int, z: float, drifts: Floats
) -> Floats:
    """P(stop above after `look`, counted from 0, given its `z`), (m,), under ascending `drifts`."""
    out = np.zeros((drifts.size, t.size, 3))
    stopping_under(t, sides, upper, lower, drifts, out, look + 1, z)
    return np.asarray(out[:, look + 1 :, ABOVE].sum(1))


def predictive_power(
    t: Floats,
    sides: int,
    upper: Floats,
    lower: Floats,
    look: int,
    z: float,
    prior: tuple[float, float] | None,
) -> float:
    """Conditional power averaged over the posterior of the drift, by composite Gauss-Legendre.

    `prior`: mean and standard deviation of a normal prior of the drift; None: flat.
    """
    mean, sd = posterior(t[look], z, prior)
    reach = 8.5 * sd
    panels = max(4, math.ceil(2 * reach / 2.0))
    edges = np.linspace(mean - reach, mean + reach, panels + 1)
    half = (edges[1] - edges[0]) / 2
    nodes = (edges[:-1, None] + half * (1 + _PANEL_NODES)).ravel()
    weights = np.tile(half * _PANEL_WEIGHTS, panels)
    density = np.exp(-0.5 * ((nodes - mean) / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
    values = conditional_power(t, sides, upper, lower, look, z, nodes)
    return float(weights * density @ values)


def posterior(t: float, z: float, prior: tuple[float, float] | None) -> tuple[float, float]:
    """Mean and standard deviation of the drift given `z` at fraction `t`."""
    if prior is None:
        return z / math.sqrt(t), 1 / math.sqrt(t)
    mean, sd = prior
    precision = t + 1 / sd**2
    return (z * math.sqrt(t) + mean / sd**2) / precision, 1 / math.sqrt(precision)
