"""How many events and patients a comparison of two survival curves needs.

Sizes take the squared drift, the square of the expected final z: ``(z_alpha + z_beta)**2`` for a
fixed design, that times the inflation for a group-sequential one. `ratio` is treatment to control.
An *effect* is the expected z per square root of an event, positive where treatment is better; it
depends on the formula:

- :func:`schoenfeld_effect`: Schoenfeld (1981), Biometrika 68:316;
- :func:`freedman_effect`: Freedman (1982), Stat Med 1:121.

Accrual, hazards and dropout are described in :mod:`equipoise.numerics.survival_trials`; of two arms
the first is control.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.numerics.survival_trials import expected_events_by_arm

Floats = NDArray[np.float64]


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def shares_of(ratio: float) -> Floats:
    """Fractions of the patients in control and treatment, (2,)."""
    return np.array([1.0, ratio]) / (1.0 + ratio)


def schoenfeld_effect(
    hazard_ratio: ArrayLike, ratio: float = 1.0, null_hazard_ratio: float = 1.0
) -> Floats:
    """``log(HR0 / HR) sqrt(r) / (1 + r)``: the events fall on the arms as the patients do."""
    distance = math.log(null_hazard_ratio) - np.log(_floats(hazard_ratio))
    return distance * math.sqrt(ratio) / (1.0 + ratio)


def freedman_effect(hazard_ratio: ArrayLike, ratio: float = 1.0) -> Floats:
    """``(1 - HR) sqrt(r) / (1 + r HR)``, for the null hypothesis of equal hazards."""
    hazard = _floats(hazard_ratio)
    return (1.0 - hazard) * math.sqrt(ratio) / (1.0 + ratio * hazard)


def information(events: ArrayLike, ratio: float = 1.0) -> Floats:
    """Information about the log hazard ratio in `events` under the null: ``d r / (1 + r)**2``."""
    return _floats(events) * ratio / (1.0 + ratio) ** 2


def hazard_ratio_at(
    z: ArrayLike, events: ArrayLike, ratio: float = 1.0, null_hazard_ratio: float = 1.0
) -> Floats:
    """The hazard ratio that `z` means after `events`; positive `z` favours treatment."""
    return null_hazard_ratio * np.exp(-_floats(z) / np.sqrt(information(events, ratio)))


def lachin_foulkes_events(
    z_alpha: float,
    z_beta: float,
    hazard_ratio: float,
    time: float,
    edges: ArrayLike,
    intensity: ArrayLike,
    starts: ArrayLike,
    control: ArrayLike,
    dropout: ArrayLike,
    ratio: float = 1.0,
    null_hazard_ratio: float = 1.0,
) -> float:
    """Events over both arms by `time` for a test at `z_alpha` with power Phi(`z_beta`).

    `control` (k,) are the hazards of control, `dropout` (2,). The variance of the log hazard ratio
    is the sum of the reciprocals of the arms' events, under the null hypothesis at `z_alpha` and
    under the alternative at `z_beta`; under the null the hazards average to the same over the
    arms, weighted by allocation. The result does not depend on the level of `intensity`, only on
    its form. Lachin & Foulkes (1986), Biometrics 42:507.
    """
    shares = shares_of(ratio)
    hazards = np.outer([1.0, hazard_ratio], _floats(control))
    common = (1.0 + ratio * hazard_ratio) / (1.0 + ratio * null_hazard_ratio)
    null_hazards = np.outer([common, common * null_hazard_ratio], _floats(control))

    def by_arm(at: Floats) -> Floats:
        return expected_events_by_arm([time], edges, intensity, starts, at, dropout, shares)[:, 0]

    events = by_arm(hazards)
    deviation = z_alpha * math.sqrt((1.0 / by_arm(null_hazards)).sum()) + z_beta * math.sqrt(
        (1.0 / events).sum()
    )
    scale = (deviation / math.log(hazard_ratio / null_hazard_ratio)) ** 2
    return float(scale * events.sum())


def accrual_scale(
    events: ArrayLike,
    time: float,
    edges: ArrayLike,
    intensity: ArrayLike,
    starts: ArrayLike,
    hazards: ArrayLike,
    dropout: ArrayLike,
    shares: ArrayLike,
) -> Floats:
    """Factor on `intensity` at which `events` are expected over all arms by `time`.

    With the factor go the patients: ``accrual_scale(...) * enrolled([time], edges, intensity)``.
    """
    unscaled = expected_events_by_arm([time], edges, intensity, starts, hazards, dropout, shares)
    return np.asarray(_floats(events) / unscaled.sum())
