"""Boundaries for the information a trial has in fact gathered.

Lan & DeMets (1983), Biometrika 70:659; Jennison & Turnbull (2000), chapter 7.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from equipoise.errors import InputError, NumericalError
from equipoise.inputs import numbers
from equipoise.numerics.sequential import (
    ABOVE,
    DONE,
    OPPOSITE,
    STUCK,
    nodes_needed,
    stopping_under,
    walk,
)
from equipoise.parts.efficacy import EfficacyBounds
from equipoise.parts.futility import FutilityBounds
from equipoise.parts.spending import Spending

from .plan_checks import CLOSEST, check_ascending
from .solve_plan import Solved, bounds_on_z, efficacy_terms, no_futility

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .group_sequential import GroupSequential

    Floats = NDArray[np.float64]


def update(
    plan: GroupSequential,
    information: Sequence[float],
    *,
    final: bool = False,
    used: Sequence[float] | None = None,
) -> GroupSequential:
    """See :meth:`GroupSequential.update`."""
    observed = numbers("information", information, "Give the fractions observed so far")
    check_ascending(observed)
    final = final or bool(observed[-1] > 1 - CLOSEST)
    if (observed[:-1] >= 1).any():
        raise InputError.of(
            "information",
            observed.tolist(),
            "only the last look can reach the planned maximum",
            "Leave out the looks after the one that did",
        )
    t = observed if final else np.concatenate([observed, _later(plan, observed)])
    upper, spent = _efficacy(plan, t, final)
    if used is not None:
        upper[: len(used)] = _checked(used, observed.size)
    lower, lower_spent = _futility(plan, t)
    if final and plan.futility is not None and not _spends_under_null(plan):
        lower[-1] = -math.inf if plan.sided == 1 else 0.0
    solved = _solve(plan, t, upper, spent, lower, lower_spent)
    if plan.futility is not None and not _spends_under_null(plan):
        solved.lower[-1] = solved.upper[-1]
    return plan.with_boundaries(t, solved)


def _later(plan: GroupSequential, observed: Floats) -> Floats:
    """Planned looks still to come: an observed look stands for the planned one of its number."""
    later = plan.information[observed.size :]
    later = later[later > observed[-1] * (1 + CLOSEST)]
    return later if later.size else np.array([1.0])


def _checked(used: Sequence[float], made: int) -> Floats:
    bounds = numbers("used", used, "Give the z boundaries that were applied", infinite=True)
    if bounds.size > made:
        raise InputError.of(
            "used",
            used,
            f"must be the z boundaries of at most {made} looks",
            "Leave out the others",
        )
    return bounds


def _spends_under_null(plan: GroupSequential) -> bool:
    return isinstance(plan.futility, Spending) and plan.futility.under == "no effect"


def _efficacy(plan: GroupSequential, t: Floats, final: bool) -> tuple[Floats, Floats]:
    """Z where it is given, nan where alpha is spent; and one side's alpha to spend by each look."""
    side = plan.alpha / plan.sided
    if isinstance(plan.efficacy, Spending):
        terms = efficacy_terms(plan.efficacy, np.minimum(t, 1.0), side)
        return terms.upper, terms.spent
    if t.size > plan.looks or (t.size < plan.looks and not final):
        raise InputError.of(
            "information",
            t.tolist(),
            f"{plan.efficacy.name} is for the {plan.looks} looks planned, as it spends by their "
            "number",
            "Plan with a spending function, eq.Spending(), to choose looks freely",
        )
    terms = efficacy_terms(plan.efficacy, plan.information, side)
    planned = plan.spent / plan.sided
    upper, spent = terms.upper[: t.size].copy(), planned[: t.size].copy()
    if terms.shape.size:
        upper[:] = math.nan
    upper[-1], spent[-1] = math.nan, max(side, planned[-1])
    if isinstance(plan.efficacy, EfficacyBounds) and plan.efficacy.z[-1] is not None:
        spent[-1] = planned[-1]  # given in full: they spend what they spend
    return upper, spent


def _futility(plan: GroupSequential, t: Floats) -> tuple[Floats, Floats]:
    none = no_futility(t.size, plan.sided)
    futility = plan.futility
    if futility is None:
        return none, np.zeros(t.size)
    if isinstance(futility, Spending):
        total = futility.total if _spends_under_null(plan) else 1 - plan.target_power
        assert total is not None
        spent = futility.cumulative(np.minimum(t, 1.0), total)
        return np.full(t.size, math.nan), np.ascontiguousarray(spent)
    return _given(plan, futility, t, none), np.zeros(t.size)


def _given(plan: GroupSequential, futility: FutilityBounds, t: Floats, none: Floats) -> Floats:
    """Boundaries by the look's number; a look beyond those planned cannot stop for futility."""
    count = min(t.size - 1, len(futility.values))
    if futility.scale == "z":
        none[:count] = np.maximum(futility.values[:count], none[:count])
        return none
    share, drift = t[:count] / t[-1], plan.drift * math.sqrt(t[-1])
    none[:count] = bounds_on_z(futility, share, drift, float(plan.bounds[-1]))
    return none


def _solve(
    plan: GroupSequential,
    t: Floats,
    upper: Floats,
    spent: Floats,
    lower: Floats,
    lower_spent: Floats,
) -> Solved:
    drift = 0.0 if _spends_under_null(plan) else plan.drift
    none = no_futility(t.size, plan.sided)
    high = max(plan.drift, 1.0)
    n = nodes_needed(t, 0.0, high)
    x, h, count = np.empty((t.size + 1, n)), np.empty((t.size + 1, n)), np.empty(t.size + 1, int)

    def run(below: Floats) -> int:
        return int(
            walk(
                t, 0.0, 0.0, high, spent, lower_spent, drift, plan.sided, upper, below, x, h, count
            )
        )

    status = run(lower if plan.binding else none.copy())
    if status == DONE and not plan.binding and plan.futility is not None:
        status = run(lower)
    if status == STUCK:
        raise NumericalError("a boundary could not be found to its accuracy: looks are too close")
    if status != DONE and not plan.binding:
        raise NumericalError("the boundaries could not be found at this information")
    if status != DONE:
        raise InputError.of(
            "information",
            t.tolist(),
            "the binding futility boundary leaves less than alpha for a look to spend",
            "Plan with non-binding futility",
        )
    stops = np.empty((1, t.size, 3))
    below = lower if plan.binding else none
    stopping_under(t, plan.sided, upper, below, np.zeros(1), stops)
    total = np.cumsum(stops[0][:, ABOVE] + stops[0][:, OPPOSITE])
    return Solved(upper, lower, total, plan.drift)
