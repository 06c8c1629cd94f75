"""From a plan's parts to its boundaries: which are spent, shaped or given."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from equipoise.errors import InputError, NumericalError
from equipoise.numerics import sequential_designs
from equipoise.numerics.sequential import (
    ABOVE,
    DONE,
    NOTHING_LEFT,
    OPPOSITE,
    STUCK,
    stopping_under,
)
from equipoise.parts.efficacy import EfficacyBounds, HaybittlePeto, NoEarlyEfficacy, WangTsiatis
from equipoise.parts.futility import FutilityBounds
from equipoise.parts.spending import Spending

from .scales import z_of_conditional_power

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .group_sequential import Efficacy, Futility

    Floats = NDArray[np.float64]

_ROUNDS = 100
_FARTHEST = 100.0


def no_futility(looks: int, sided: int) -> Floats:
    """A futility boundary that never stops a trial, (K,)."""
    return np.full(looks, -math.inf if sided == 1 else 0.0)


class Solved(NamedTuple):
    """Boundaries (K,), alpha spent of both sides (K,), and drift."""

    upper: Floats
    lower: Floats
    spent: Floats
    drift: float


class EfficacyTerms(NamedTuple):
    """How the kernel is to find the efficacy boundary: see `sequential_designs.solve`."""

    upper: Floats
    spent: Floats
    shape: Floats


def efficacy_terms(efficacy: Efficacy, fractions: Floats, alpha: float | Floats) -> EfficacyTerms:
    """Of one plan, `fractions` (K,), or of many, (m, K), with `alpha` (m, 1); of one side."""
    upper, spent = np.full(fractions.shape, math.nan), np.zeros(fractions.shape)
    shape = np.empty((*fractions.shape[:-1], 0))
    if isinstance(efficacy, Spending):
        spent = efficacy.cumulative(fractions, alpha)
    elif isinstance(efficacy, WangTsiatis):
        shape = efficacy.shape(fractions)
    elif isinstance(efficacy, HaybittlePeto):
        upper[..., :-1] = efficacy.z
    elif isinstance(efficacy, NoEarlyEfficacy):
        upper[..., :-1] = math.inf
    elif isinstance(efficacy, EfficacyBounds):
        upper[:] = [math.nan if z is None else z for z in efficacy.z]
    else:
        raise InputError.of(
            "efficacy", efficacy, "must be a spending function or a boundary", "Use eq.Spending()"
        )
    spent[..., -1:] = alpha
    return EfficacyTerms(upper, np.ascontiguousarray(spent), shape)


def solve(
    fractions: Floats,
    alpha: float,
    sided: int,
    power: float,
    efficacy: Efficacy,
    futility: Futility | None,
) -> Solved:
    """Boundaries and drift, or InputError with the constraint that fails."""
    side = alpha / sided
    terms = efficacy_terms(efficacy, fractions, side)
    none = no_futility(fractions.size, sided)
    spent, planned = np.zeros(fractions.size), True
    binding = futility is not None and futility.binding
    if isinstance(futility, Spending):
        planned = futility.under == "planned effect"
        total = 1 - power if planned else futility.total
        assert total is not None
        spent = np.ascontiguousarray(futility.cumulative(fractions, total))
        lower = np.full(fractions.size, math.nan)
    else:
        lower = none
    if fractions.size == 1 and planned:
        lower = none

    def run(lower: Floats) -> Solved:
        return _run(fractions, side, sided, power, terms, lower, spent, planned, binding)

    def upper_at(lower: Floats) -> Floats:
        upper = terms.upper.copy()
        status = sequential_designs.efficacy_boundary(
            fractions, sided, terms.spent, terms.shape, side, lower, upper
        )
        if status != DONE:
            raise InputError(_WHY[status].format(power=power, alpha=side))
        return upper

    if isinstance(futility, FutilityBounds):
        solved = _given(futility, fractions, sided, power, run, upper_at)
    else:
        solved = run(lower)
    _check_result(solved, efficacy, alpha)
    return _close(solved, futility, planned)


def _close(solved: Solved, futility: Futility | None, planned: bool) -> Solved:
    """At the last look the trial ends without benefit wherever it does not find one."""
    if futility is not None and planned:
        solved.lower[-1] = solved.upper[-1]
    return solved


def _given(
    futility: FutilityBounds,
    fractions: Floats,
    sided: int,
    power: float,
    run: Callable[[Floats], Solved],
    upper_at: Callable[[Floats], Floats],
) -> Solved:
    """Boundaries on z stand; on another scale they depend on the drift that depends on them.

    The drift is where the plan has its power with the boundaries that belong to that drift, found
    by Brent's method; a binding boundary moves the last efficacy boundary, which conditional power
    speaks of, so the two are found in turn.
    """
    from scipy import optimize  # heavy, and not always needed

    none = no_futility(fractions.size, sided)
    if futility.scale == "z":
        none[:-1] = np.maximum(np.asarray(futility.values), none[:-1])
        return run(none)
    plain = run(none)
    target = float(special.ndtri(power))

    def bounds(drift: float) -> tuple[Floats, Floats]:
        upper = plain.upper
        for _ in range(_ROUNDS if futility.binding else 1):
            lower = none.copy()
            lower[:-1] = bounds_on_z(futility, fractions[:-1], drift, float(upper[-1]))
            before, upper = upper, upper_at(lower) if futility.binding else upper
            if abs(before[-1] - upper[-1]) < 1e-13:
                return upper, lower
        if futility.binding:
            raise NumericalError(
                "the last boundary and the conditional power that speaks of it were not found "
                "together. Give the futility boundary on z."
            )
        return upper, lower

    def excess(drift: float) -> float:
        upper, lower = bounds(drift)
        out = np.empty((1, fractions.size, 3))
        stopping_under(fractions, sided, upper, lower, np.array([drift]), out)
        found = min(max(float(out[0, :, ABOVE].sum()), 1e-300), 1 - 1e-15)
        return float(special.ndtri(found)) - target

    low = high = plain.drift
    while excess(low) > 0:
        low *= 0.8
    while excess(high) < 0:
        high = 1.1 * high + 0.1
        if high > _FARTHEST:
            raise InputError.of(
                futility.scale,
                futility.values,
                f"no effect gives power {power:g} with such boundaries",
                "Lower them, or the power",
            )
    drift = float(optimize.brentq(excess, low, high, xtol=1e-13, rtol=1e-14))
    return run(bounds(drift)[1])


def bounds_on_z(futility: FutilityBounds, t: Floats, drift: float, last: float) -> Floats:
    """Futility boundaries as z at fractions `t` of the last look's information."""
    values = np.asarray(futility.values[: t.size])
    if futility.scale == "effect":
        return np.asarray(values * drift * np.sqrt(t))
    return z_of_conditional_power(values, t, last, None if futility.trend else drift)


def _run(
    fractions: Floats,
    side: float,
    sided: int,
    power: float,
    terms: EfficacyTerms,
    lower: Floats,
    lower_spent: Floats,
    planned: bool,
    binding: bool,
) -> Solved:
    upper, out = terms.upper.copy(), np.empty(fractions.size)
    stops = np.zeros((3, fractions.size, 3))
    status, drift = sequential_designs.solve(
        fractions, sided, terms.spent, terms.shape, side, lower, lower_spent, planned, binding,
        power, upper, out, stops,
    )  # fmt: skip
    if status in (DONE, sequential_designs.CROSSED):
        _check_crossing(upper, out)
    if status in (STUCK, sequential_designs.STALLED):
        raise NumericalError(_WHY[status])
    if status != DONE:
        raise InputError(_WHY[status].format(power=power, alpha=side))
    row = 0 if binding else 2
    spent = np.cumsum(stops[row][:, ABOVE] + stops[row][:, OPPOSITE])
    return Solved(upper, out, spent, float(drift))


def _check_crossing(upper: Floats, lower: Floats) -> None:
    for k in range(upper.size - 1):
        if lower[k] >= upper[k]:
            raise InputError(
                f"`futility` is {lower[k]:.4f} at look {k + 1}, at or above the efficacy boundary "
                f"{upper[k]:.4f}; between them the trial must be able to go on. Lower the futility "
                "boundary, spend it later, or leave the last look out."
            )


def _check_result(solved: Solved, efficacy: Efficacy, alpha: float) -> None:
    total = float(solved.spent[-1])
    if isinstance(efficacy, HaybittlePeto | EfficacyBounds) and math.isinf(solved.upper[-1]):
        raise InputError.of(
            "efficacy",
            efficacy.z,
            f"spends {float(solved.spent[-1]):.4g} before the last look, all of alpha {alpha:g}",
            "Raise the interim boundaries",
        )
    if isinstance(efficacy, EfficacyBounds) and total > alpha * (1 + 1e-3):
        raise InputError.of(
            "efficacy",
            efficacy.z,
            f"spends {total:.4g}, more than alpha {alpha:g}",
            "Raise the boundaries, or state the alpha that they spend",
        )


_WHY = {
    NOTHING_LEFT: (
        "the plan has no solution: the binding futility boundary leaves less than alpha, "
        "{alpha:g}, for a look to spend. Lower the futility boundary or do not bind it."
    ),
    sequential_designs.NO_SHAPE: (
        "the plan has no solution: no boundary of this shape spends alpha, {alpha:g}, with the "
        "futility boundary in force. Lower the futility boundary or do not bind it."
    ),
    sequential_designs.NO_DRIFT: (
        "the plan has no solution: no effect up to a z of 36 at the last look gives power "
        "{power:g} with these boundaries. Lower futility, look later, or ask for less."
    ),
    sequential_designs.STALLED: (
        "the drift that gives the power was not found to its accuracy. Move the looks a little, or "
        "spend futility later."
    ),
    STUCK: (
        "a boundary could not be found to its accuracy: such close looks and small errors are "
        "beyond the integration. Merge looks that are close."
    ),
}
