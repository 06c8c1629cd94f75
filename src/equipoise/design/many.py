"""Many group-sequential plans at once, in compiled code."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from equipoise.errors import InputError, NumericalError
from equipoise.numerics import sequential_designs
from equipoise.numerics.sequential import ABOVE, BELOW, DONE, OPPOSITE
from equipoise.parts.spending import Spending

from .plan_checks import CLOSEST, MOST_LOOKS, check_ascending, check_levels
from .solve_plan import efficacy_terms

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import ArrayLike, NDArray

    from .group_sequential import Efficacy

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ManyPlans:
    """Solved plans, row by row.

    Attributes
    ----------
    bounds, futility_bounds : ndarray (m, K)
    drift, inflation : ndarray (m,)
    expected_none, expected_planned : ndarray (m,)
        Expected information under no and under the planned effect, over that of a fixed-sample
        trial.
    type_one_error, type_one_error_as_run : ndarray (m,)
        Of one side: efficacy boundary only, and with futility in force.
    """

    bounds: Floats
    futility_bounds: Floats
    drift: Floats
    inflation: Floats
    expected_none: Floats
    expected_planned: Floats
    type_one_error: Floats
    type_one_error_as_run: Floats

    def frame(self) -> pl.DataFrame:
        """One row a plan."""
        import polars as pl

        looks = self.bounds.shape[1]
        return pl.DataFrame(
            {f"z_{k + 1}": self.bounds[:, k] for k in range(looks)}
            | {f"futility_z_{k + 1}": self.futility_bounds[:, k] for k in range(looks)}
            | {
                name: getattr(self, name)
                for name in (
                    "drift",
                    "inflation",
                    "expected_none",
                    "expected_planned",
                    "type_one_error",
                    "type_one_error_as_run",
                )
            }
        )


def plan_many(
    information: ArrayLike,
    *,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    sided: Literal[1, 2] = 1,
    efficacy: Efficacy | None = None,
    futility: Spending | None = None,
    threads: int = 2,
) -> ManyPlans:
    """Solve a plan for each row of `information`, each `alpha` and each `power`.

    Parameters
    ----------
    information : (K,) or (m, K)
        Information fractions, ascending, the last 1.
    alpha, power : float or (m,)
    efficacy : as in :class:`equipoise.GroupSequential`
    futility : Spending, optional
        Beta spending.

    Raises
    ------
    InputError
        Shapes that do not fit, or a value out of its range.
    NumericalError
        Plans without a solution, by row.
    """
    t = np.atleast_2d(np.asarray(information, np.float64))
    alphas, powers = (np.atleast_1d(np.asarray(x, np.float64)) for x in (alpha, power))
    try:
        rows = np.broadcast_shapes((t.shape[0],), alphas.shape, powers.shape)[0]
    except ValueError as error:
        raise InputError.of(
            "information",
            (t.shape, alphas.shape, powers.shape),
            "needs as many rows as there are values of alpha and power",
            "Give one of each, or the same number",
        ) from error
    t = np.ascontiguousarray(np.broadcast_to(t, (rows, t.shape[1])))
    alphas, powers = (np.ascontiguousarray(np.broadcast_to(x, (rows,))) for x in (alphas, powers))
    _check(t, alphas, powers, sided, futility)
    return _solve(t, alphas, powers, sided, efficacy or Spending(), futility, threads)


def _check(t: Floats, alpha: Floats, power: Floats, sided: int, futility: Spending | None) -> None:
    if not 1 <= t.shape[1] <= MOST_LOOKS or not np.allclose(t[:, -1], 1, atol=1e-12):
        raise InputError.of(
            "information", t[0].tolist(), f"is 1 to {MOST_LOOKS} fractions that end at 1", "Mend it"
        )
    steps = np.diff(t, prepend=0.0)
    for row in t[~(steps >= CLOSEST * t).all(1) | (steps <= 0).any(1)][:1]:
        check_ascending(row)
    for a, p in {
        (float(f(alpha)), float(g(power))) for f in (np.min, np.max) for g in (np.min, np.max)
    }:
        check_levels(a, sided, p)
    if futility is not None and (not isinstance(futility, Spending) or futility.total is not None):
        raise InputError.of(
            "futility", futility, "must be beta spending here", "Use eq.GroupSequential one by one"
        )


def _solve(
    t: Floats,
    alpha: Floats,
    power: Floats,
    sided: int,
    efficacy: Efficacy,
    futility: Spending | None,
    threads: int,
) -> ManyPlans:
    from concurrent.futures import ThreadPoolExecutor

    rows, looks = t.shape
    side = alpha / sided
    upper, spent, shape = efficacy_terms(efficacy, t, side[:, None])
    none = -math.inf if sided == 1 else 0.0
    lower = np.full((rows, looks), none if futility is None else math.nan)
    lower_spent = np.zeros((rows, looks))
    if futility is not None:
        lower_spent = np.ascontiguousarray(futility.cumulative(t, 1 - power[:, None]))
    below, stops = np.empty((rows, looks)), np.zeros((rows, 3, looks, 3))
    status, drift = np.empty(rows, np.int64), np.empty(rows)
    binding = futility is not None and futility.binding

    def run(first: int, last: int) -> None:
        part = slice(first, last)
        sequential_designs.solve_many(
            t[part], sided, spent[part], shape[part], side[part], lower[part], lower_spent[part],
            True, binding, power[part], upper[part], below[part], stops[part], status[part],
            drift[part],
        )  # fmt: skip

    edges = np.linspace(0, rows, threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as workers:
        for job in [workers.submit(run, a, b) for a, b in pairwise(edges)]:
            job.result()
    if (status != DONE).any():
        bad = np.flatnonzero(status != DONE)
        raise NumericalError(
            f"{bad.size} of {rows} plans have no solution, the first in row {bad[0]}: solve it by "
            "eq.GroupSequential to see which constraint fails"
        )
    if futility is not None:
        below[:, -1] = upper[:, -1]
    fixed = special.ndtri(1 - side) + special.ndtri(power)
    inflation = (drift / fixed) ** 2
    return ManyPlans(
        bounds=upper,
        futility_bounds=below,
        drift=drift,
        inflation=inflation,
        expected_none=_expected(stops[:, 0], t) * inflation,
        expected_planned=_expected(stops[:, 1], t) * inflation,
        type_one_error=stops[:, 2, :, ABOVE].sum(1),
        type_one_error_as_run=stops[:, 0, :, ABOVE].sum(1),
    )


def _expected(stops: Floats, t: Floats) -> Floats:
    """Mean fraction at the end: all that have not stopped go on to 1."""
    early = stops[:, :-1, [ABOVE, BELOW, OPPOSITE]].sum(2)
    return np.asarray(1 - (early * (1 - t[:, :-1])).sum(1))
