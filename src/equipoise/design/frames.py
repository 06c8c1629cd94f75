"""Group-sequential plans as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import polars as pl
from scipy import special

from equipoise.numerics.sequential import ABOVE, BELOW, OPPOSITE

from .scales import Scale, convert

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .group_sequential import GroupSequential

    Floats = NDArray[np.float64]

COLUMNS: dict[Scale, str] = {
    "z": "z",
    "p": "p",
    "b": "b_value",
    "effect": "effect",
    "conditional power, trend": "conditional_power_trend",
    "conditional power, planned": "conditional_power_planned",
    "predictive power": "predictive_power",
}
"""Scale: its column."""
assert tuple(COLUMNS) == get_args(Scale)

MIRRORED: tuple[Scale, ...] = ("z", "b", "effect")
"""Scales on which the boundaries of the two sides are each other's mirror image."""

POINTS = 81


def plan_frame(plan: GroupSequential) -> pl.DataFrame:
    """One row a look: boundaries on every scale, alpha spent, and chances of stopping.

    Null stands where a look cannot stop, and for the power of the last look's test at that look.
    The chance of stopping for futility at the last look is that of ending without benefit, also in
    a plan without futility; the chance of stopping for harm is null unless the plan is two-sided.
    """
    chances: dict[str, Floats] = {}
    nothing = np.full(plan.looks, np.nan)
    for name, effect in (("null", 0.0), ("planned", 1.0)):
        stops = plan.stopping(effect)
        chances[f"stop_efficacy_{name}"] = stops[:, ABOVE]
        chances[f"stop_futility_{name}"] = stops[:, BELOW]
        chances[f"stop_harm_{name}"] = stops[:, OPPOSITE] if plan.sided == 2 else nothing
    return pl.DataFrame(
        {
            "look": np.arange(1, plan.looks + 1),
            "information": plan.information,
            **_scales(plan, plan.bounds, ""),
            "alpha_spent": plan.spent,
            **_scales(plan, futility_of(plan), "futility_"),
            **{name: nullable(values) for name, values in chances.items()},
        }
    )


def curve_frame(plan: GroupSequential, effects: ArrayLike | None = None) -> pl.DataFrame:
    """One row an effect: power, as run and futility ignored, and expected information.

    `effects` are multiples of the planned one, from half of it in the wrong direction to one and a
    half times it unless given. Expected information is over that of a fixed-sample trial;
    `information_fraction` is the same over the planned maximum.
    """
    grid = np.linspace(-0.5, 1.5, POINTS) if effects is None else np.atleast_1d(effects)
    grid = np.asarray(grid, np.float64)
    expected = np.asarray(plan.expected_information(grid))
    return pl.DataFrame(
        {
            "effect": grid,
            "power": plan.power(grid),
            "power_futility_ignored": plan.power(grid, futility=False),
            "expected_information": expected,
            "information_fraction": expected / plan.inflation,
        }
    )


def boundary_frame(plan: GroupSequential, scale: Scale) -> pl.DataFrame:
    """One row a boundary and look at which it can stop the trial.

    `value` is on `scale`; `other` is the far edge of an inner wedge, which on scales without a
    mirror image is null. `p` is nominal, one-sided, in the direction of the boundary.
    """
    drawn = {"efficacy": plan.bounds, "futility": futility_of(plan)}
    if plan.sided == 2 and scale in MIRRORED:
        drawn |= {"harm": -plan.bounds, "mirrored futility": -futility_of(plan)}
    parts = []
    for name, z in drawn.items():
        value = _finite(convert(plan, z, scale), z)
        wedge = name == "futility" and "harm" in drawn
        parts.append(
            pl.DataFrame(
                {
                    "boundary": [name] * plan.looks,
                    "look": np.arange(1, plan.looks + 1),
                    "information": plan.information,
                    "value": nullable(value),
                    "other": nullable(-value if wedge else np.full(plan.looks, np.nan)),
                    "z": nullable(_finite(z, z)),
                    "p": special.ndtr(-np.abs(z) if "harm" in drawn else -z),
                    "alpha_spent": plan.spent,
                }
            )
        )
    return pl.concat(parts).filter(pl.col("value").is_not_null())


def futility_of(plan: GroupSequential) -> Floats:
    """Z at which looks stop for futility; infinite where they cannot, two-sided plans too."""
    lower = plan.futility_bounds
    return np.where(lower > 0, lower, -np.inf) if plan.sided == 2 else lower


def _scales(plan: GroupSequential, z: Floats, prefix: str) -> dict[str, pl.Series]:
    return {
        prefix + column: nullable(_finite(convert(plan, z, scale), z))
        for scale, column in COLUMNS.items()
    }


def _finite(values: Floats, z: Floats) -> Floats:
    return np.where(np.isfinite(z), values, np.nan)


def nullable(values: Floats) -> pl.Series:
    """Floats with null for nan."""
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)
