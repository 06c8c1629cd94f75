"""One series against an external control, allowing for bias on the logit scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.numerics.quadrature import normal_nodes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LogitMixture:
    """A distribution on the logit scale: sum_j weight_j N(mu_j, sd_j^2); sd_j may be 0."""

    mu: Floats
    sd: Floats
    weight: Floats


def beta_on_logit(a: float, b: float, points: int = 4001) -> LogitMixture:
    """A Beta(a, b) proportion as point masses on the logit.

    The trapezoid rule on an even grid converges geometrically for this smooth, decaying density.
    """
    low = special.logit(max(special.betaincinv(a, b, 1e-17), 1e-300))
    upper_tail = max(special.betaincinv(b, a, 1e-17), 1e-300)
    high = -special.logit(upper_tail)
    theta = np.linspace(low, high, points)
    log_density = a * theta - (a + b) * np.logaddexp(0.0, theta)
    weight = np.exp(log_density - log_density.max())
    return LogitMixture(theta, np.zeros_like(theta), weight / weight.sum())


def probability_better(
    a: float, b: float, control: LogitMixture, shift: float = 0.0, spread: float = 0.0
) -> float:
    """P(treated proportion > biased control proportion), treated ~ Beta(a, b).

    The control's logit is moved by a bias ~ N(`shift`, `spread`^2): a positive shift says that
    patients like the treated ones would have done better than the control's did.
    """
    sd = np.hypot(control.sd, spread)
    if not sd.any():
        return float(control.weight @ special.betainc(b, a, special.expit(-(control.mu + shift))))
    z, z_weight = normal_nodes(81)
    theta = control.mu[:, None] + shift + sd[:, None] * z[None, :]
    return float(control.weight @ (special.betainc(b, a, special.expit(-theta)) @ z_weight))


def tipping_shift(a: float, b: float, control: LogitMixture, certainty: float = 0.975) -> float:
    """The bias (logit scale) at which :func:`probability_better` falls to `certainty`.

    Negative when it is below `certainty` without any bias.
    """
    low, high = -20.0, 20.0
    for _ in range(80):
        middle = (low + high) / 2
        above = probability_better(a, b, control, middle) > certainty
        low, high = (middle, high) if above else (low, middle)
    return (low + high) / 2
