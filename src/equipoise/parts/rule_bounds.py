"""A design's decision rules as boundaries on z: one table for simulated trials and real ones.

Conditional and predictive power rise with z, so that a rule on either is a boundary; it is found
with the same functions that a plan's own conditional and predictive power come from, at the planned
information of the looks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from equipoise.errors import InputError
from equipoise.numerics import sequential_inference as inference
from equipoise.numerics.trials.decisions import Rules
from equipoise.vocabulary.trial import FixedSample

from .efficacy import WangTsiatis
from .expected_z import expected_z, part_of
from .rules import ConditionalPower, OwnRule, PredictivePower, SafetyBoundary
from .spending import Spending

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from equipoise.vocabulary.trial import Design

    Floats = NDArray[np.float64]

_FAR = 30.0
_FINE = 8192
"""Pieces of the table of alpha spent where information is not counted in whole numbers."""


def rule_bounds(design: Design) -> Rules:
    """Boundaries of the plan and of every rule beside it.

    Raises
    ------
    InputError
        Two rules of one kind, a rule on power of a two-sided plan, a safety boundary for an arm
        that the design does not have or for other than its looks.
    """
    looks = design.looks
    count = len(looks)
    found = {type(rule): rule for rule in design.rules}
    if len(found) != len(design.rules):
        raise InputError.of("rules", design.rules, "takes one of each kind", "Remove the others")
    own = found.pop(OwnRule, None)
    safety = found.pop(SafetyBoundary, None)
    conditional = found.pop(ConditionalPower, None)
    predictive = found.pop(PredictivePower, None)
    if found:
        raise InputError.of(
            "rules",
            next(iter(found.values())),
            "must be of equipoise.parts.rules",
            "Use eq.ConditionalPower, eq.PredictivePower, eq.SafetyBoundary or eq.OwnRule",
        )
    none = np.full(count, -math.inf)
    two_sided = design.plan.sided == 2
    if two_sided and (conditional is not None or predictive is not None):
        raise InputError.of("rules", "a rule on power", "is of one-sided plans", "Use sided=1")
    lower = np.array([look.futility_z for look in looks], np.float64)
    if two_sided:
        lower[lower <= 0] = -math.inf
    return Rules(
        sided=design.plan.sided,
        upper=np.array([look.efficacy_z for look in looks], np.float64),
        lower=lower,
        conditional=none if conditional is None else _conditional(design, conditional),
        predictive=none if predictive is None else _predictive(design, predictive),
        safety=np.full(count, math.inf) if safety is None else _safety(design, safety),
        own=0 if own is None else 2 if own.instead else 1,
        parameters=np.array(() if own is None else own.parameters, np.float64),
        **_spending(design),
    )


def _spending(design: Design) -> dict[str, Any]:
    """What it takes to find the efficacy boundary for the information gathered, as plans do.

    Nothing where the looks come at the information planned for them.
    """
    plan: Any = design.plan
    count = len(design.looks)
    none = {"spend": np.empty(0), "by_number": False, "given": np.full(count, math.nan)}
    counted = np.full(count, -math.inf if plan.sided == 1 else 0.0)
    if design.look_by not in ("calendar", "information") or isinstance(plan, FixedSample):
        return {**none, "counted": counted}
    side = plan.alpha / plan.sided
    if plan.binding:
        counted = np.maximum(counted, [look.futility_z for look in design.looks])
        counted[-1] = -math.inf if plan.sided == 1 else 0.0
    if isinstance(plan.efficacy, Spending):
        grid = np.linspace(0, 1, _pieces(design) + 1)
        spend = np.concatenate([[0.0], plan.efficacy.cumulative(grid[1:], side)])
        spend[-1] = side
        return {**none, "spend": spend, "counted": counted}
    given = np.full(count, math.nan)
    if not isinstance(plan.efficacy, WangTsiatis):
        given[:-1] = plan.bounds[:-1]
    spend = np.concatenate([[0.0], plan.spent / plan.sided])
    return {"spend": spend, "by_number": True, "given": given, "counted": counted}


def _pieces(design: Design) -> int:
    """Of the table of alpha spent: one a patient or an event, so that it is exact at each."""
    last = design.looks[-1]
    if design.look_by == "information":
        return _FINE
    return int(last.events if last.events is not None else sum(last.patients))


def planned_z(design: Design) -> float:
    """What z the design expects at its last look under the planned effect."""
    return expected_z(design, part_of(design.endpoint).planned(design.endpoint))


def _conditional(design: Design, rule: ConditionalPower) -> Floats:
    planned = planned_z(design)
    t, upper, lower = _boundaries(design)

    def power(look: int, z: float) -> float:
        drift = planned if rule.trend == "planned" else z / math.sqrt(t[look])
        drifts = np.array([drift])
        return float(inference.conditional_power(t, 1, upper, lower, look, z, drifts)[0])

    return _where_it_reaches(power, rule.at_most, len(t))


def _predictive(design: Design, rule: PredictivePower) -> Floats:
    planned = planned_z(design)
    t, upper, lower = _boundaries(design)
    prior = None if rule.prior is None else (rule.prior[0] * planned, rule.prior[1] * abs(planned))

    def power(look: int, z: float) -> float:
        return inference.predictive_power(t, 1, upper, lower, look, z, prior)

    return _where_it_reaches(power, rule.at_most, len(t))


def _boundaries(design: Design) -> tuple[Floats, Floats, Floats]:
    """Fractions, efficacy boundaries, and the futility boundaries that are counted on."""
    t = np.array([look.information for look in design.looks])
    upper = np.array([look.efficacy_z for look in design.looks])
    binds = bool(getattr(design.plan, "binding", False))
    lower = np.array([look.futility_z if binds else -math.inf for look in design.looks])
    lower[-1] = -math.inf
    return t, upper, lower


def _where_it_reaches(power: Callable[[int, float], float], limit: float, looks: int) -> Floats:
    """The z at which `power` is `limit`, of each look but the last."""
    from scipy import optimize  # heavy, and not always needed

    out = np.full(looks, -math.inf)
    for k in range(looks - 1):
        if power(k, _FAR) <= limit:
            out[k] = math.inf
        elif power(k, -_FAR) <= limit:
            out[k] = optimize.brentq(
                lambda z, k=k: power(k, z) - limit, -_FAR, _FAR, xtol=1e-12, rtol=1e-14
            )
    return out


def _safety(design: Design, rule: SafetyBoundary) -> Floats:
    if rule.arm is not None and rule.arm not in design.arms:
        raise InputError.of(
            "arm", rule.arm, f"is not one of the arms, {', '.join(design.arms)}", "Name one of them"
        )
    if len(design.arms) < 2 or (rule.arm is not None and rule.arm != design.arms[-1]):
        raise InputError.of(
            "arm", rule.arm, "must be the treatment beside a control", "Leave it out"
        )
    z = rule.z if isinstance(rule.z, tuple) else (float(rule.z),) * len(design.looks)
    if len(z) != len(design.looks):
        raise InputError.of(
            "z",
            rule.z,
            f"needs one value, or one for each of {len(design.looks)} looks",
            "Correct it",
        )
    return np.array(z, np.float64)
