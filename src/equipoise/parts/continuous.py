"""The continuous endpoint: normal in each arm."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from equipoise.errors import InputError
from equipoise.numerics.means import means_drift, means_effect, means_size
from equipoise.vocabulary.scenario import Scenario

if TYPE_CHECKING:
    from equipoise.vocabulary.endpoint import Continuous


def planned(endpoint: Continuous) -> Scenario:
    """The truth that the trial is planned for."""
    return Scenario(name="planned", means=(endpoint.control, endpoint.treatment))


def no_effect(endpoint: Continuous) -> Scenario:
    """The treatment on the margin, the control as planned."""
    return Scenario(name="no effect", means=(endpoint.control, endpoint.control + endpoint.margin))


def fixed_size(endpoint: Continuous, alpha: float, power: float, ratio: float) -> float:
    """Patients in all of a fixed-sample trial, not rounded; `alpha` of one side."""
    return means_size(
        endpoint.effect,
        _deviation(endpoint),
        alpha,
        1 - power,
        ratio,
        endpoint.margin,
        _arms(endpoint),
        endpoint.known_sd,
    )


def drift(
    endpoint: Continuous, truth: Scenario, patients: float, alpha: float, ratio: float
) -> float:
    """Expected z at `patients` in all, positive in favour of treatment.

    For a t test, that of the normal statistic of the same power.
    """
    if truth.means is None:
        raise InputError.of("means", None, "are needed by a continuous endpoint", "Give both means")
    control, treatment = truth.means
    reference = endpoint.control if endpoint.single_arm else control
    return float(
        means_drift(
            patients,
            treatment - reference,
            _deviation(endpoint),
            alpha,
            ratio,
            endpoint.margin,
            _arms(endpoint),
            endpoint.known_sd,
            endpoint.better == "higher",
        )
    )


def effect_at(endpoint: Continuous, z: float, patients: float, ratio: float) -> float | None:
    """The observed difference at which the statistic is `z`."""
    if not math.isfinite(z):
        return None
    effect = float(
        means_effect(
            z if endpoint.better == "higher" else -z,
            patients,
            _deviation(endpoint),
            ratio,
            endpoint.margin,
            _arms(endpoint),
            endpoint.known_sd,
        )
    )
    return None if math.isnan(effect) else effect


def _arms(endpoint: Continuous) -> int:
    return 1 if endpoint.single_arm else 2


def _deviation(endpoint: Continuous) -> float | tuple[float, float]:
    """As the formulas have it: treatment's first."""
    sd = endpoint.sd
    return (sd[1], sd[0]) if isinstance(sd, tuple) else sd
