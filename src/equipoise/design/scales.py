"""One boundary, on the scales people use.

B-values and conditional power: Lan & Wittes (1988), Biometrics 44:579; Lachin (2005), Stat Med
24:2747. Predictive power under a flat prior: Spiegelhalter, Freedman & Blackburn (1986), Control
Clin Trials 7:8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy import special

from equipoise.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .group_sequential import GroupSequential

    Floats = NDArray[np.float64]

Scale = Literal[
    "z",
    "p",
    "b",
    "effect",
    "conditional power, trend",
    "conditional power, planned",
    "predictive power",
]
SCALES: tuple[str, ...] = get_args(Scale)


def convert(plan: GroupSequential, z: Floats, scale: Scale) -> Floats:
    """Z values at each look, (K,), on `scale`; infinite ones go where their limit goes."""
    t = plan.information
    if scale == "z":
        return z.copy()
    if scale == "p":
        return np.asarray(special.ndtr(-z))
    if scale == "b":
        return np.asarray(z * np.sqrt(t))
    if scale == "effect":
        return np.asarray(z / np.sqrt(t) / plan.drift)
    last, share = float(plan.bounds[-1]), t / t[-1]  # after an update t need not end at 1
    if scale == "conditional power, trend":
        return _before_last(conditional_power(z, share, last, None))
    if scale == "conditional power, planned":
        drift = plan.drift * float(np.sqrt(t[-1]))
        return _before_last(conditional_power(z, share, last, drift))
    if scale == "predictive power":
        return _before_last(predictive_power(z, share, last))
    raise InputError.of("scale", scale, f"must be one of {', '.join(SCALES)}", "Name one of these")


def _before_last(values: Floats) -> Floats:
    values[-1] = np.nan
    return values


def conditional_power(z: Floats, t: Floats, last: float, drift: float | None) -> Floats:
    """P(Z at the end >= `last` | Z_t = z), with no look between; `drift` None: observed trend."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = z / np.sqrt(t) if drift is None else z * np.sqrt(t) + drift * (1 - t)
        return np.asarray(special.ndtr((mean - last) / np.sqrt(1 - t)))


def z_of_conditional_power(power: Floats, t: Floats, last: float, drift: float | None) -> Floats:
    """The inverse of :func:`conditional_power` in z."""
    mean = last + special.ndtri(power) * np.sqrt(1 - t)
    return np.asarray(mean * np.sqrt(t) if drift is None else (mean - drift * (1 - t)) / np.sqrt(t))


def predictive_power(z: Floats, t: Floats, last: float) -> Floats:
    """Conditional power averaged over the effect's posterior under a flat prior."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(special.ndtr((z - last * np.sqrt(t)) / np.sqrt(1 - t)))
