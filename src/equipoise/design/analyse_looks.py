"""One look's data by the boundaries, and the effect at the end of a trial."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from equipoise.parts.spending import Spending

from .after_look import AfterLook
from .analyse_data import statistic
from .analyse_records import AnalysedLook, Final
from .frames import futility_of

if TYPE_CHECKING:
    from equipoise.vocabulary.look_data import LookData

    from .analyse_data import Statistic
    from .analyse_measure import Measure
    from .analyse_records import Decision
    from .group_sequential import GroupSequential

TIE = 1e-10
"""A z this close to a boundary is on it."""


def analysed_look(
    planned: GroupSequential, plan: GroupSequential, look: int, data: LookData, measure: Measure
) -> AnalysedLook:
    """One look by the boundaries as they stood; `planned` as they were before any look."""
    found = statistic(data, measure)
    after = AfterLook(plan=plan, look=look, z=found.z)
    chances = {}
    if look < plan.looks:
        chances = {
            "conditional_power_trend": after.conditional_power("trend"),
            "conditional_power_planned": after.conditional_power(1.0),
            "conditional_power_none": after.conditional_power(0.0),
            "predictive_power": after.predictive_power(),
        }
    bound = float(plan.bounds[look - 1])
    moved = not np.array_equal(plan.information, planned.information)
    ruled = isinstance(plan.efficacy, Spending) or not moved
    return AnalysedLook(
        look=look,
        information=float(plan.information[look - 1]),
        amount=data.amount,
        estimate=found.estimate,
        standard_error=found.error,
        z=found.z,
        p=float(special.ndtr(-found.z)),
        bound=bound,
        futility_bound=float(futility_of(plan)[look - 1]),
        decision=_decision(plan, look, found.z),
        repeated_interval=found.interval(bound),
        repeated_p=after.repeated_p_value if ruled else None,
        **chances,
    )


def _decision(plan: GroupSequential, look: int, z: float) -> Decision:
    bound, lower = float(plan.bounds[look - 1]), float(futility_of(plan)[look - 1])
    if z >= bound - TIE:
        return "stop for benefit"
    if plan.sided == 2 and z <= TIE - bound:
        return "stop for harm"
    if look == plan.looks:
        return "ended without benefit"
    inside = abs(z) <= lower if plan.sided == 2 else z <= lower
    return "stop for futility" if inside else "go on"


def final_inference(
    plan: GroupSequential, look: int, found: Statistic, *, overrun: bool = False
) -> Final:
    """Stage-wise inference from the look that ended the trial."""
    after = AfterLook(plan=plan, look=look, z=found.z)
    level = 1 - 2 * plan.alpha / plan.sided
    if look == 1:
        limits = found.interval(float(special.ndtri((1 + level) / 2)))
        middle = found.estimate
    else:
        root = plan.drift * math.sqrt(float(plan.information[look - 1]))
        ends = [found.effect(limit * root) for limit in after.confidence_interval()]
        limits = (min(ends), max(ends))
        middle = found.effect(after.median_unbiased_estimate * root)
    return Final(
        look=look,
        p_value=after.p_value,
        level=level,
        interval=limits,
        median_unbiased=middle,
        naive=found.estimate,
        overrun=overrun,
    )
