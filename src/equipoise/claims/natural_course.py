"""What no effect would look like: a new untreated series like the claim's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from equipoise import methods
from equipoise.numerics.artefacts import best_of
from equipoise.numerics.random_effects import (
    Posterior,
    count_given,
    logit_quantiles,
    posterior,
)
from equipoise.vocabulary.appraisal import NaturalCourse, Spread
from equipoise.vocabulary.figure import Figure
from equipoise.wording import percent_range, probability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.numerics.random_effects import Floats
    from equipoise.vocabulary.claim import Claim, ClaimedOutcome
    from equipoise.vocabulary.evidence import Cohort
    from equipoise.vocabulary.question import Direction

MU_SD = 4.0
"""Prior standard deviation of the mean logit: from 0.04% to 99.96% within one deviation of 1/2."""

TAU_SCALES = (0.25, 0.5, 1.0)
"""Half-normal scales of the spread between cohorts; the middle one is the default."""

SERIES = 50
"""Largest number of series in the illustration of selective reporting."""


def good_count(events: int, n: int, better: Direction) -> int:
    """How many did well, whichever way the outcome is counted."""
    return events if better == "higher" else n - events


@dataclass(frozen=True, slots=True)
class _Group:
    """Claim patients of one stratum, and the matched cohorts of that stratum."""

    size: int
    good: np.ndarray[tuple[int], np.dtype[np.int64]]
    n: np.ndarray[tuple[int], np.dtype[np.int64]]


def natural_course(
    claim: Claim,
    claimed: ClaimedOutcome,
    better: Direction,
    cohorts: Sequence[Cohort],
    inputs: tuple[str, ...],
) -> NaturalCourse:
    """Predict a new untreated series from `cohorts`, which match every stratum of the claim.

    Strata share the spread between cohorts; each has its own mean. Their counts are added inside
    each draw of mean and spread, so that the strata are not treated as independent evidence.
    """
    groups = _groups(claim, claimed, better, cohorts)
    good = good_count(claimed.events, claimed.n, better)
    spreads, default = [], None
    for scale in TAU_SCALES:
        by_node, weight, nodes = _series(groups, scale, claimed.n)
        chance = float(weight @ by_node[:, good:].sum(axis=1))
        spreads.append(_spread(claim, claimed, scale, chance, inputs))
        if scale == TAU_SCALES[1]:
            default = (by_node, weight, nodes)
    assert default is not None
    by_node, weight, nodes = default
    low, middle, high = _untreated(groups, nodes)
    return NaturalCourse(
        cohorts=tuple(cohorts),
        spreads=tuple(spreads),
        untreated=Figure(
            id=f"{claim.id}.{claimed.outcome}.untreated",
            value=(low, middle, high),
            shown=percent_range(low, high),
            kind="computed",
            method=methods.NATURAL_COURSE,
            inputs=inputs,
            note="95% predictive interval of the share doing well in a new untreated series",
        ),
        upper=high,
        distribution=weight @ by_node,
        selective=best_of(by_node[:, good:].sum(axis=1), weight, SERIES),
    )


def _groups(
    claim: Claim, claimed: ClaimedOutcome, better: Direction, cohorts: Sequence[Cohort]
) -> list[_Group]:
    sizes = {stratum.id: stratum.n for stratum in claim.strata if stratum.n} or {"all": claimed.n}
    groups = []
    for stratum, size in sizes.items():
        rows = [
            row for row in cohorts if row.stratum == stratum and row.n and row.events is not None
        ]
        good = [good_count(row.events or 0, row.n or 0, better) for row in rows]
        groups.append(_Group(size, np.array(good), np.array([row.n for row in rows])))
    return groups


def _series(groups: list[_Group], scale: float, n: int) -> tuple[Floats, Floats, list[Posterior]]:
    """Distribution of the series' count at each joint node of the strata's means and the spread.

    Returns (m, n + 1), the nodes' weights (m,) and each stratum's posterior. At a given spread the
    strata's means are independent, so joint nodes are products and joint weights too.
    """
    posteriors = [
        posterior(group.good, group.n, mu_mean=0.0, mu_sd=MU_SD, tau_scale=scale)
        for group in groups
    ]
    counts = [
        count_given(post.mu, post.tau, group.size)
        for post, group in zip(posteriors, groups, strict=True)
    ]
    taus = np.unique(posteriors[0].tau)
    prior = _tau_prior(taus, scale)
    rows, weights = [], []
    for i, tau in enumerate(taus):
        table, weight = np.ones((1, 1)), np.ones(1)
        for post, count in zip(posteriors, counts, strict=True):
            here = post.tau == tau
            table = _convolve(table, count[here])
            weight = np.outer(weight, post.weight[here]).ravel()
            table, weight = _thin(table, weight)
        rows.append(table)
        weights.append(weight / prior[i] ** (len(groups) - 1))
    weight = np.concatenate(weights)
    return np.vstack(rows), weight / weight.sum(), posteriors


def _tau_prior(taus: Floats, scale: float) -> Floats:
    """Prior mass of each tau node, up to a constant: shared by the strata, it counts once."""
    from equipoise.numerics.quadrature import gauss_legendre

    nodes, weights = gauss_legendre(taus.size, 0.0, 6.5 * scale)
    assert np.allclose(nodes, taus)
    return np.asarray(weights * np.exp(-0.5 * (nodes / scale) ** 2))


def _convolve(left: Floats, right: Floats) -> Floats:
    """Distributions of sums for every pair of rows: (a, m), (b, n) -> (a b, m + n - 1)."""
    out = np.zeros((left.shape[0], right.shape[0], left.shape[1] + right.shape[1] - 1))
    for x in range(left.shape[1]):
        out[:, :, x : x + right.shape[1]] += left[:, None, x, None] * right[None, :, :]
    return out.reshape(-1, out.shape[2])


def _thin(table: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Drop nodes that together carry less than 1e-10 of the weight."""
    order = np.argsort(weight)
    light = order[np.cumsum(weight[order]) < 1e-10 * weight.sum()]
    keep = np.ones(weight.size, bool)
    keep[light] = False
    return table[keep], weight[keep]


def _untreated(groups: list[_Group], posteriors: list[Posterior]) -> tuple[float, float, float]:
    """Predictive interval of a new series' underlying rate, strata weighted by their patients."""
    total = sum(group.size for group in groups)
    limits = np.zeros(3)
    for group, post in zip(groups, posteriors, strict=True):
        quantiles = logit_quantiles(post.mu, post.tau, post.weight, (0.025, 0.5, 0.975))
        limits += group.size / total * np.array(quantiles)
    return float(limits[0]), float(limits[1]), float(limits[2])


def _spread(
    claim: Claim, claimed: ClaimedOutcome, scale: float, chance: float, inputs: tuple[str, ...]
) -> Spread:
    return Spread(
        tau_scale=scale,
        probability=Figure(
            id=f"{claim.id}.{claimed.outcome}.natural.{scale:g}",
            value=chance,
            shown=probability(chance),
            kind="computed",
            method=methods.NATURAL_COURSE,
            inputs=inputs,
            note=f"spread between cohorts ~ half-normal({scale:g}) on the logit scale, "
            f"mean logit ~ normal(0, {MU_SD:g})",
        ),
    )
