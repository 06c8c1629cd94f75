"""The time-to-event endpoint: proportional hazards, tested by the log-rank statistic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from equipoise.errors import InputError
from equipoise.numerics.survival_sizes import freedman_effect, hazard_ratio_at, schoenfeld_effect
from equipoise.vocabulary.scenario import Scenario

if TYPE_CHECKING:
    from equipoise.vocabulary.endpoint import TimeToEvent


def planned(endpoint: TimeToEvent) -> Scenario:
    """The truth that the trial is planned for."""
    return Scenario(name="planned", hazard_ratio=endpoint.hazard_ratio)


def no_effect(endpoint: TimeToEvent) -> Scenario:
    """The hazard ratio on the margin."""
    return Scenario(name="no effect", hazard_ratio=endpoint.margin)


def hazard_ratio(truth: Scenario) -> float:
    """The scenario's; InputError where it has none."""
    if truth.hazard_ratio is None:
        raise InputError.of(
            "hazard_ratio", None, "is needed by a time-to-event endpoint", "Give the ratio"
        )
    if isinstance(truth.hazard_ratio, tuple):
        raise InputError.of(
            "hazard_ratio",
            truth.hazard_ratio,
            "changes with time: normal theory here is of proportional hazards",
            "Simulate it: eq.simulate(design, [scenario])",
        )
    return truth.hazard_ratio


def drift(endpoint: TimeToEvent, truth: Scenario, events: float, ratio: float) -> float:
    """Expected z at `events` in all, positive in favour of treatment.

    By Freedman's formula where the endpoint says so, else by Schoenfeld's.
    """
    true = hazard_ratio(truth)
    if endpoint.formula == "freedman":
        per_root = float(freedman_effect(true, ratio))
    else:
        per_root = float(schoenfeld_effect(true, ratio, endpoint.margin))
    return per_root * math.sqrt(events) * (1 if endpoint.better == "lower" else -1)


def effect_at(endpoint: TimeToEvent, z: float, events: float, ratio: float) -> float | None:
    """The observed hazard ratio at which the statistic is `z`, by Schoenfeld's variance."""
    if not math.isfinite(z):
        return None
    signed = z if endpoint.better == "lower" else -z
    return float(hazard_ratio_at(signed, events, ratio, endpoint.margin))
