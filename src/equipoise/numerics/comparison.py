"""One series against an external control, allowing for bias on the logit scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]

_TREATED_POINTS = 401


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
    patients like the treated ones would have done better than the control's did. Point masses are
    summed with the treated arm's exact tail; normal components by the trapezoid rule over the
    treated logit, which is narrow where the arm is large.
    """
    sd = np.hypot(control.sd, spread)
    if not sd.any():
        return float(control.weight @ special.betainc(b, a, special.expit(-(control.mu + shift))))
    treated = beta_on_logit(a, b, _TREATED_POINTS)
    z = (treated.mu[None, :] - control.mu[:, None] - shift) / sd[:, None]
    return float(control.weight @ (special.ndtr(z) @ treated.weight))


def tipping_shift(a: float, b: float, control: LogitMixture, certainty: float = 0.975) -> float:
    """The bias (logit scale) at which :func:`probability_better` falls to `certainty`.

    Negative when it is below `certainty` without any bias.
    """
    heavy = control.weight > 1e-12
    thinned = LogitMixture(control.mu[heavy], control.sd[heavy], control.weight[heavy])
    return float(
        optimize.brentq(
            lambda shift: probability_better(a, b, thinned, shift) - certainty,
            -20.0,
            20.0,
            xtol=1e-10,
        )
    )
