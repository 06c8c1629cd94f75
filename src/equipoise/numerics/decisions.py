"""Decisions of one- and two-arm trials by posterior probability, and what they do under any truth.

Proportions have beta-mixture priors, counted exactly; means normal-mixture priors and a known
standard deviation. Counts are of good outcomes: the caller turns outcomes round.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from equipoise.numerics.mixtures import update
from equipoise.numerics.two_by_two import binomial_pmf, fisher_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Parts = tuple[Floats, Floats, Floats]
"""Weights, first and second parameters of a mixture, each (m,)."""

_STEPS = 1200


def posterior_parts(prior: Parts, x: float, n: float) -> Parts:
    """Beta mixture after `x` of `n`."""
    return update("beta", *prior, x, n)


def one_arm_critical(prior: Parts, n: int, threshold: float, certainty: float) -> int:
    """Fewest good outcomes of `n` with P(p > threshold) above `certainty`; n + 1 for none."""
    weights, a, b = prior
    x = np.arange(n + 1.0)[:, None]
    logs = np.log(np.maximum(weights, 1e-300)) - special.betaln(a, b)
    logs = logs + special.betaln(a + x, b + n - x)
    shares = np.exp(logs - logs.max(axis=1)[:, None])
    shares /= shares.sum(axis=1)[:, None]
    tails = special.betainc(b + n - x, a + x, 1 - threshold)
    enough = np.flatnonzero((shares * tails).sum(axis=1) > certainty)
    return int(enough[0]) if enough.size else n + 1


def exact_critical(n: int, threshold: float, alpha: float) -> int:
    """Fewest good outcomes whose Clopper-Pearson lower limit at `alpha` is above `threshold`."""
    good = np.arange(1, n + 1)
    limits = special.betaincinv(good, n - good + 1, alpha)
    enough = np.flatnonzero(limits > threshold)
    return int(good[enough[0]]) if enough.size else n + 1


def tail_at(critical: int, n: int, p: Floats) -> Floats:
    """P(good >= critical) at each of `p`."""
    if critical > n:
        return np.zeros_like(p)
    return np.ones_like(p) if critical <= 0 else special.betainc(critical, n - critical + 1, p)


def predictive_tail(prior: Parts, critical: int, n: int) -> float:
    """P(good >= critical) with p from a beta mixture."""
    return float(predictive(prior, n)[critical:].sum())


def predictive(prior: Parts, n: int) -> Floats:
    """Beta-binomial mixture, (n + 1,)."""
    weights, a, b = prior
    x = np.arange(n + 1)[:, None]
    choose = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    logs = choose + special.betaln(a + x, b + n - x) - special.betaln(a, b)
    return np.asarray(np.exp(logs) @ weights)


def normal_critical(
    prior: Parts, se: float, threshold: float, certainty: float, unit_sd: float
) -> float:
    """The observed mean above which P(theta > threshold) exceeds `certainty`."""

    def gap(observed: float) -> float:
        weights, mean, sd = update("normal", *prior, observed, se)
        return float(weights @ special.ndtr((mean - threshold) / sd)) - certainty

    reach = 8 * math.hypot(se, unit_sd)
    low, high = threshold - reach, threshold + reach
    for _ in range(60):
        if gap(low) < 0 < gap(high):
            break
        low, high = low - reach, high + reach
        reach *= 2
    return float(optimize.brentq(gap, low, high, xtol=1e-12, rtol=1e-14))


def probability_larger(treatment: list[Parts], control: list[Parts], margin: float = 0.0) -> Floats:
    """P(pT - pC > margin) for every pair of beta mixtures, (treatments, controls).

    The control's logit is summed by the trapezoid rule, which converges geometrically there, and
    the treatment's tail is exact at each point; one matrix product serves all pairs.
    """
    a = np.concatenate([parts[1] for parts in control])
    b = np.concatenate([parts[2] for parts in control])
    low = -_reach(a.min())
    high = _reach(b.min())
    t = np.linspace(low, high, _STEPS)
    width = t[1] - t[0]
    p = special.expit(t)
    density = np.empty((len(control), t.size))
    for i, (weights, first, second) in enumerate(control):
        logs = (
            -first[:, None] * np.logaddexp(0, -t)
            - second[:, None] * np.logaddexp(0, t)
            - special.betaln(first, second)[:, None]
        )
        density[i] = weights @ np.exp(logs) * width
    density /= density.sum(axis=1)[:, None]
    tails = np.empty((len(treatment), t.size))
    bar = p + margin
    rest = special.expit(-t) - margin
    for i, (weights, first, second) in enumerate(treatment):
        each = special.betainc(second[:, None], first[:, None], np.clip(rest, 0.0, 1.0))
        tails[i] = weights @ np.where(bar < 0, 1.0, each)
    return np.asarray(tails @ density.T)


def _reach(shape: float) -> float:
    """How far on the logit a beta's tail of this shape goes: to 1e-16 of its mass."""
    return min(37.0 / min(shape, 1.0), 340.0)


def two_arm_table(
    treatment: Parts, control: Parts, n_treatment: int, n_control: int, margin: float,
    certainty: float,
) -> Ints:  # fmt: skip
    """Critical counts by control count: reject iff good on treatment is at least that many."""
    posts_t = [posterior_parts(treatment, float(x), n_treatment) for x in range(n_treatment + 1)]
    posts_c = [posterior_parts(control, float(x), n_control) for x in range(n_control + 1)]
    enough = probability_larger(posts_t, posts_c, margin) > certainty
    first = np.where(enough.any(axis=0), enough.argmax(axis=0), n_treatment + 1)
    return np.asarray(first, np.int64)


def two_arm_success(critical: Ints, n_treatment: int, treatment: Floats, control: Floats) -> Floats:
    """P(success) at each pair of proportions, (m,)."""
    n_control = critical.size - 1
    out = np.empty(treatment.size)
    for i in range(treatment.size):
        chances = binomial_pmf(n_control, float(control[i]))
        tail = np.append(binomial_pmf(n_treatment, float(treatment[i]))[::-1].cumsum()[::-1], 0.0)
        out[i] = chances @ tail[critical]
    return out


def two_arm_predictive(critical: Ints, treatment: Floats, control: Floats) -> float:
    """P(success) where each arm's count has the given distribution, (n_T + 1,) and (n_C + 1,)."""
    tail = np.append(treatment[::-1].cumsum()[::-1], 0.0)
    return float(control @ tail[critical])


__all__ = [
    "exact_critical",
    "fisher_table",
    "normal_critical",
    "one_arm_critical",
    "predictive",
    "predictive_tail",
    "probability_larger",
    "tail_at",
    "two_arm_predictive",
    "two_arm_success",
    "two_arm_table",
]
