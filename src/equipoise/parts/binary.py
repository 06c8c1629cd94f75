"""The binary endpoint: its normal theory, and how a patient's word becomes an outcome."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
from scipy import special

from equipoise.numerics.philox import threshold
from equipoise.numerics.rates_sizes import (
    one_rate_drift,
    one_rate_effect,
    one_rate_size,
    rates_drift,
    rates_effect,
    rates_size,
)
from equipoise.vocabulary.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from equipoise.numerics.rates_restricted import Scale
    from equipoise.numerics.rates_sizes import Variance
    from equipoise.vocabulary.endpoint import Binary


def word_limits(endpoint: Binary, scenarios: Sequence[Scenario]) -> NDArray[np.uint64]:
    """Limits (scenario, arm) on 32-bit words, for good outcomes.

    A patient does well when the patient's word lies below the arm's limit.
    """
    return np.array(
        [[threshold(endpoint.good(risk)) for risk in row.risk_pair()] for row in scenarios],
        np.uint64,
    )


def planned(endpoint: Binary) -> Scenario:
    """The truth that the trial is planned for."""
    return Scenario(name="planned", risks=(endpoint.control, endpoint.treatment))


def no_effect(endpoint: Binary) -> Scenario:
    """The treatment on the margin, the control as planned."""
    if endpoint.margin is None or endpoint.single_arm:
        return Scenario(name="no effect", risks=(endpoint.control, endpoint.control))
    control, margin = endpoint.control, endpoint.margin
    if endpoint.scale == "difference":
        treatment = control + margin
    elif endpoint.scale == "ratio":
        treatment = control * margin
    else:
        odds = margin * control / (1 - control)
        treatment = odds / (1 + odds)
    return Scenario(name="no effect", risks=(control, min(max(treatment, 0.0), 1.0)))


def fixed_size(endpoint: Binary, alpha: float, power: float, ratio: float) -> float:
    """Patients in all of a fixed-sample trial, not rounded; `alpha` of one side."""
    z_alpha, z_beta = float(special.ndtri(1 - alpha)), float(special.ndtri(power))
    if endpoint.single_arm:
        return float(one_rate_size(endpoint.treatment, endpoint.control, z_alpha, z_beta))
    return float(
        rates_size(
            endpoint.treatment,
            endpoint.control,
            z_alpha,
            z_beta,
            ratio,
            endpoint.margin,
            _scale(endpoint),
            _variance(endpoint),
        )
    )


def drift(endpoint: Binary, truth: Scenario, patients: float, alpha: float, ratio: float) -> float:
    """Expected z at `patients` in all, positive in favour of treatment."""
    control, treatment = truth.risk_pair()
    z_alpha, upper = float(special.ndtri(1 - alpha)), endpoint.better == "higher"
    if endpoint.single_arm:
        return float(one_rate_drift(patients, treatment, endpoint.control, z_alpha, upper))
    return float(
        rates_drift(
            patients,
            treatment,
            control,
            z_alpha,
            ratio,
            endpoint.margin,
            _scale(endpoint),
            _variance(endpoint),
            upper,
        )
    )


def effect_at(endpoint: Binary, z: float, patients: float, ratio: float) -> float | None:
    """The observed effect at which the statistic is `z`, the control doing as planned."""
    if not math.isfinite(z):
        return None
    signed = z if endpoint.better == "higher" else -z
    if endpoint.single_arm:
        effect = float(one_rate_effect(signed, patients, endpoint.control))
    else:
        effect = float(
            rates_effect(
                signed, patients, endpoint.control, ratio, endpoint.margin, _scale(endpoint)
            )
        )
    return None if math.isnan(effect) else effect


def _scale(endpoint: Binary) -> Scale:
    return cast("Scale", endpoint.scale.replace(" ", "_"))


def _variance(endpoint: Binary) -> Variance:
    return endpoint.test if endpoint.test in ("unpooled", "score") else "pooled"
