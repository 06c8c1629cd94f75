"""What a plan must satisfy, each with value, rule and mend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from equipoise.errors import InputError
from equipoise.inputs import number, numbers, whole
from equipoise.parts.efficacy import EfficacyBounds
from equipoise.parts.futility import FutilityBounds
from equipoise.parts.spending import Spending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .group_sequential import Efficacy, Futility

MOST_LOOKS = 20
CLOSEST = 1e-4
"""Least share of a look's information that must be new at it."""


def check_plan(
    looks: int | None,
    information: Sequence[float] | None,
    alpha: float,
    sided: int,
    power: float,
    efficacy: Efficacy,
    futility: Futility | None,
) -> NDArray[np.float64]:
    """The information fractions, (K,)."""
    fractions = _fractions(looks, information)
    check_levels(alpha, sided, power)
    if futility is not None and not isinstance(futility, Spending | FutilityBounds):
        raise InputError.of(
            "futility", futility, "must be spending or bounds", "Use eq.Spending or FutilityBounds"
        )
    if isinstance(efficacy, EfficacyBounds) and len(efficacy.z) != fractions.size:
        raise InputError.of(
            "efficacy",
            efficacy.z,
            f"needs one value for each of {fractions.size} looks",
            "Add them",
        )
    if isinstance(futility, Spending):
        _check_spent(futility, power, sided)
    if isinstance(futility, FutilityBounds):
        _check_given(futility, fractions.size, sided)
    return fractions


def _check_spent(futility: Spending, power: float, sided: int) -> None:
    planned = futility.under == "planned effect"
    if planned and futility.total is not None and not math.isclose(futility.total, 1 - power):
        raise InputError.of(
            "total",
            futility.total,
            f"must be one minus the power, {1 - power:g}, under the planned effect",
            "Leave it out",
        )
    if not planned and sided == 2:
        raise InputError.of(
            "under",
            futility.under,
            "is of one-sided plans; a two-sided one has its own boundary for harm",
            "Use sided=1",
        )


def check_levels(alpha: float, sided: int, power: float) -> None:
    """Raise InputError unless ``0 < alpha < 0.5``, `sided` is 1 or 2, and ``alpha < power < 1``."""
    if not 0 < number("alpha", alpha, "Use 0.025 one-sided, say") < 0.5:
        raise InputError.of(
            "alpha",
            alpha,
            "must lie strictly between 0 and 0.5",
            "For a two-sided 5% test use 0.05 with sided=2, or 0.025 with sided=1",
        )
    if sided not in (1, 2):
        raise InputError.of("sided", sided, "must be 1 or 2", "Say how many sides alpha covers")
    if not alpha < number("power", power, "Use 0.9, say") < 1:
        raise InputError.of(
            "power", power, f"must lie between alpha, {alpha:g}, and 1", "Give a power such as 0.9"
        )


def _fractions(looks: int | None, information: Sequence[float] | None) -> NDArray[np.float64]:
    if (looks is None) == (information is None):
        raise InputError.of(
            "looks", looks, "give either `looks` or `information`", "Give exactly one of the two"
        )
    if looks is not None:
        count = whole("looks", looks, 1, MOST_LOOKS, "Use fewer looks")
        return np.arange(1, count + 1) / count
    fractions = numbers("information", information, "Give information fractions")
    if fractions.size > MOST_LOOKS:
        raise InputError.of(
            "information", information, f"must be 1 to {MOST_LOOKS} fractions", "Use fewer looks"
        )
    check_ascending(fractions)
    if not math.isclose(fractions[-1], 1.0, abs_tol=1e-12):
        raise InputError.of(
            "information",
            fractions.tolist(),
            "must end at 1, the planned maximum",
            "Divide by the last value, or use plan.update for observed information",
        )
    fractions[-1] = 1.0
    return fractions


def check_ascending(fractions: NDArray[np.float64]) -> None:
    """Raise InputError unless they rise, from above 0, by steps that can be told apart."""
    steps = np.diff(fractions, prepend=0.0)
    if not np.isfinite(fractions).all() or not (steps > 0).all():
        raise InputError.of(
            "information",
            fractions.tolist(),
            "must be above 0 and rise from look to look without repeating",
            "Sort the looks and merge those at the same information",
        )
    if (steps < CLOSEST * fractions).any():
        raise InputError.of(
            "information",
            fractions.tolist(),
            f"each look must add at least {CLOSEST:g} of its information",
            "Merge looks that are this close",
        )


def _check_given(futility: FutilityBounds, looks: int, sided: int) -> None:
    if len(futility.values) != looks - 1:
        raise InputError.of(
            futility.scale,
            futility.values,
            f"needs one value for each look but the last: {looks - 1}",
            "At the last look the trial ends anyway",
        )
    if sided == 2 and (futility.scale != "z" or any(0 > z > -math.inf for z in futility.values)):
        raise InputError.of(
            futility.scale,
            futility.values,
            "a two-sided plan takes z of 0 or more, the half-width of an inner wedge",
            "Use FutilityBounds(z=...), with 0 for a look that cannot stop",
        )


def check_enough(what: str, total: float, looks: int, least: int) -> None:
    """Raise InputError where there are fewer patients or events than each look and arm needs."""
    if total < least:
        raise InputError.of(
            "looks",
            looks,
            f"they need at least {least} {what}, and this trial needs {total:.1f} in all",
            "Use fewer looks, or a smaller effect",
        )
