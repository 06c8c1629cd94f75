"""What no effect would look like: a new untreated series like the claim's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from equipoise import methods
from equipoise.numerics.artefacts import best_of
from equipoise.numerics.new_series import MU_SD, Group, new_series, rate_quantiles
from equipoise.vocabulary.appraisal import NaturalCourse, Spread
from equipoise.vocabulary.figure import Figure
from equipoise.wording import percent_range, probability

from .match import strata_sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.claim import Claim, ClaimedOutcome
    from equipoise.vocabulary.evidence import Cohort
    from equipoise.vocabulary.question import Direction

TAU_SCALES = (0.25, 0.5, 1.0)
"""Half-normal scales of the spread between cohorts; the middle one is the default."""

SERIES = 50
"""Largest number of series in the illustration of selective reporting."""


def good_count(events: int, n: int, better: Direction) -> int:
    """How many did well, whichever way the outcome is counted."""
    return events if better == "higher" else n - events


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
        series = new_series(groups, scale, good)
        chance = float(series.weight @ series.chance)
        spreads.append(_spread(claim, claimed, scale, chance, inputs))
        if scale == TAU_SCALES[1]:
            default = series
    assert default is not None
    low, middle, high = rate_quantiles(groups, TAU_SCALES[1], (0.025, 0.5, 0.975))
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
        distribution=default.distribution,
        selective=best_of(default.chance, default.weight, SERIES),
    )


def _groups(
    claim: Claim, claimed: ClaimedOutcome, better: Direction, cohorts: Sequence[Cohort]
) -> list[Group]:
    groups = []
    for stratum, size in strata_sizes(claim, claimed).items():
        rows = [row for row in cohorts if row.stratum == stratum and row.n]
        good = [good_count(row.events or 0, row.n or 0, better) for row in rows]
        groups.append(Group(size, np.array(good), np.array([row.n for row in rows])))
    return groups


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


def best_of_series(natural: NaturalCourse, series: int) -> Figure:
    """Chance that the best of so many untreated series looks as good as the claim's."""
    chance = float(natural.selective[series - 1])
    return Figure(
        id=f"{natural.probability.id}.best_of.{series}",
        value=chance,
        shown=probability(chance),
        kind="computed",
        method=methods.SELECTIVE_REPORTING,
        inputs=(natural.probability.id,),
        note=f"an illustration for {series} series; how many were tried is not known",
    )
