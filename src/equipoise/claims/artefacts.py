"""Artefacts that make everybody improve, quantified where their inputs are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise import methods
from equipoise.numerics.artefacts import past_the_peak, regression_to_mean
from equipoise.vocabulary.appraisal import Artefact
from equipoise.vocabulary.figure import Figure, Method
from equipoise.wording import percent, probability

if TYPE_CHECKING:
    from equipoise.vocabulary.claim import Claim


def artefacts(claim: Claim) -> tuple[Artefact, ...]:
    """Regression to the mean and recovery from a peak, for the claim's inputs."""
    return (_regression(claim), _peak(claim))


def _regression(claim: Claim) -> Artefact:
    name = "regression to the mean"
    given = claim.regression
    if given is None:
        return Artefact(
            name=name,
            probability=None,
            all_of_them=None,
            missing="the measure's mean, spread and correlation, and how patients were selected",
        )
    result = regression_to_mean(given.mean, given.sd, given.correlation, given.cutoff)
    return _artefact(claim, name, methods.REGRESSION_TO_MEAN, result.probability_lower)


def _peak(claim: Claim) -> Artefact:
    name = "recovery from a peak"
    given = claim.peak
    if given is None:
        return Artefact(
            name=name,
            probability=None,
            all_of_them=None,
            missing="the day of illness on which patients were treated and looked at again",
        )
    chance = past_the_peak(
        given.peak_day, given.peak_sd, given.treated_day, given.treated_sd, given.days_between
    )
    return _artefact(claim, name, methods.PAST_THE_PEAK, chance)


def _artefact(claim: Claim, name: str, method: Method, chance: float) -> Artefact:
    key = f"{claim.id}.{method.id}"

    def figure(suffix: str, value: float, shown: str) -> Figure:
        return Figure(
            id=key + suffix,
            value=value,
            shown=shown,
            kind="computed",
            method=method,
            note="inputs stand in the claim",
        )

    together = chance**claim.n
    return Artefact(
        name=name,
        probability=figure("", chance, percent(chance)),
        all_of_them=figure(".all", together, probability(together)),
        missing=None,
    )
