"""Finite-sample statements about one proportion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


def clopper_pearson(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact confidence interval of a proportion, equal tails.

    The lower limit is 0 for no events and the upper limit 1 for `n` events.
    Clopper & Pearson (1934), Biometrika 26:404.
    """
    tail = (1 - level) / 2
    lower = float(special.betaincinv(events, n - events + 1, tail)) if events > 0 else 0.0
    upper = float(special.betaincinv(events + 1, n - events, 1 - tail)) if events < n else 1.0
    return lower, upper


def beta_interval(a: float, b: float, level: float = 0.95) -> tuple[float, float]:
    """Central credible interval of a Beta(a, b) distribution."""
    tail = (1 - level) / 2
    return float(special.betaincinv(a, b, tail)), float(special.betaincinv(a, b, 1 - tail))


def binomial_tail(events: int, n: int, probability: float | Floats) -> Floats:
    """P(X >= `events`) for X ~ Binomial(`n`, `probability`); 1 for `events` <= 0."""
    p = np.asarray(probability, dtype=np.float64)
    return np.ones_like(p) if events <= 0 else special.betainc(events, n - events + 1, p)


def rate_reaching(events: int, n: int, tail: float) -> float:
    """The proportion at which P(X >= `events`) equals `tail`: 0.05**(1/n) when all improved."""
    return float(special.betaincinv(events, n - events + 1, tail)) if events > 0 else 0.0


def beta_binomial_tail(events: int, n: int, a: float, b: float) -> float:
    """P(X >= `events`) of the next `n` when the proportion is Beta(a, b)."""
    x = np.arange(events, n + 1)
    log_terms = (
        special.gammaln(n + 1)
        - special.gammaln(x + 1)
        - special.gammaln(n - x + 1)
        + special.betaln(a + x, b + n - x)
        - special.betaln(a, b)
    )
    return float(np.exp(log_terms).sum())


def failures_tolerated(events: int, rate: float, level: float = 0.95) -> int:
    """How many unreported failures leave the Clopper-Pearson lower limit above `rate`.

    Returns -1 when the limit is not above `rate` even with no failure left out. The limit falls
    as failures are added, so the answer is found by bisection.
    """

    def holds(extra: int) -> bool:
        return clopper_pearson(events, events + extra, level)[0] > rate

    if not holds(0):
        return -1
    if rate <= 0:
        raise ValueError("rate must be above 0")
    low, high = 0, 1
    while holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
