"""One look's data by the boundaries, and the effect at the end of a trial."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from equipoise.parts.look_tables import TIE
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
        p=found.p,
        score_z=found.score_z,
        bound=bound,
        futility_bound=float(futility_of(plan)[look - 1]),
        decision=_decision(plan, look, found),
        repeated_interval=found.interval(bound),
        repeated_p=after.repeated_p_value if ruled else None,
        **chances,
    )


def lower_is_harm(plan: GroupSequential) -> bool:
    """Whether the lower boundary was spent under no effect, so that crossing it is harm."""
    return isinstance(plan.futility, Spending) and plan.futility.under == "no effect"


def _decision(plan: GroupSequential, look: int, found: Statistic) -> Decision:
    """By the same rules, and the same `TIE`, as `parts.look_tables`."""
    bound, lower = float(plan.bounds[look - 1]), float(futility_of(plan)[look - 1])
    z = found.futility_z
    if found.z >= bound - TIE:
        return "stop for benefit"
    if plan.sided == 2 and found.z <= TIE - bound:
        return "stop for harm"
    crossed = (abs(z) if plan.sided == 2 else z) <= lower + TIE
    if crossed and lower_is_harm(plan):
        return "stop for harm"
    if look == plan.looks:
        return "ended without benefit"
    return "stop for futility" if crossed else "go on"


def final_inference(
    plan: GroupSequential, look: int, found: Statistic, *, overrun: bool = False
) -> Final:
    """Stage-wise inference from the look that ended the trial."""
    after = AfterLook(plan=plan, look=look, z=found.z)
    level = 1 - 2 * plan.alpha / plan.sided
    exact = found.exact_p if look == 1 else None  # a first look's needs no other
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
        p_value=after.p_value if exact is None else exact,
        level=level,
        interval=limits,
        median_unbiased=middle,
        naive=found.estimate,
        overrun=overrun,
    )
