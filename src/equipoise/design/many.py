"""Many group-sequential plans at once, in compiled code."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from equipoise.errors import InputError, NumericalError
from equipoise.inputs import whole
from equipoise.numerics import sequential_designs
from equipoise.numerics.sequential import ABOVE, BELOW, DONE, OPPOSITE
from equipoise.parts.efficacy import EfficacyBounds, HaybittlePeto
from equipoise.parts.spending import Spending

from .plan_checks import CLOSEST, check_plan
from .solve_plan import efficacy_terms, no_futility

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import ArrayLike, NDArray

    from .group_sequential import Efficacy

    Floats = NDArray[np.float64]

_MOST_THREADS = 256


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
        Total type I error, which `sided` 2 splits equally, and power under the planned effect.
    sided : {1, 2}
        2: the trial also stops for harm, by the mirrored boundary. Of all plans.
    efficacy : as in :class:`equipoise.GroupSequential`
        Of all plans; O'Brien-Fleming-type spending unless given.
    futility : Spending, optional
        Beta spending.
    threads : int
        How many solve the plans side by side, 1 to 256. The numbers do not depend on it.

    Raises
    ------
    InputError
        Shapes that do not fit, or a value out of its range; the checks are those of
        :class:`equipoise.GroupSequential`.
    NumericalError
        Plans without a solution, by row.
    """
    t = np.atleast_2d(_floats("information", information, 2))
    alphas, powers = (
        np.atleast_1d(_floats(name, value, 1))
        for name, value in (("alpha", alpha), ("power", power))
    )
    threads = whole("threads", threads, 1, _MOST_THREADS, "Use as many as there are cores")
    try:
        rows = np.broadcast_shapes((t.shape[0],), alphas.shape, powers.shape)[0]
    except ValueError as error:
        raise InputError.of(
            "information",
            (t.shape, alphas.shape, powers.shape),
            "needs as many rows as there are values of alpha and power",
            "Give one of each, or the same number",
        ) from error
    t, alphas, powers = (
        np.array(np.broadcast_to(x, (rows, *x.shape[1:]))) for x in (t, alphas, powers)
    )
    efficacy = Spending() if efficacy is None else efficacy
    _check(t, alphas, powers, sided, efficacy, futility)
    t[:, -1] = 1.0
    return _solve(t, alphas, powers, int(sided), efficacy, futility, threads)


def _floats(name: str, value: ArrayLike, most: int) -> Floats:
    """Numbers, with up to `most` axes."""
    try:
        made = np.asarray(value)
    except ValueError:
        made = np.array([])
    if made.dtype.kind not in "iuf" or made.ndim > most or not made.size:
        raise InputError.of(
            name, value, "must be numbers, of one plan or of each", "Give a number or a list"
        )
    return made.astype(np.float64)


def _check(
    t: Floats,
    alpha: Floats,
    power: Floats,
    sided: int,
    efficacy: Efficacy,
    futility: Spending | None,
) -> None:
    """The checks of one plan, for the first row and each that might fail them."""
    if futility is not None and (not isinstance(futility, Spending) or futility.total is not None):
        raise InputError.of(
            "futility", futility, "must be beta spending here", "Use eq.GroupSequential one by one"
        )
    steps = np.diff(t, prepend=0.0)
    good = (
        ((steps > 0) & (steps >= CLOSEST * t)).all(1)
        & (t[:, -1] == 1)
        & (alpha > 0)
        & (alpha < 0.5)
        & (alpha < power)
        & (power < 1)
    )
    for row in [0, *np.flatnonzero(~good)]:
        check_plan(None, t[row], float(alpha[row]), sided, float(power[row]), efficacy, futility)


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
    spends = futility is not None and looks > 1
    lower = np.tile(no_futility(looks, sided), (rows, 1))
    if spends:
        lower[:] = math.nan
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
    in_force = stops[:, 0 if binding else 2]
    _check_spent(efficacy, in_force[..., [ABOVE, OPPOSITE]].sum((1, 2)), upper[:, -1], alpha)
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


def _check_spent(efficacy: Efficacy, total: Floats, last: Floats, alpha: Floats) -> None:
    """Given boundaries must leave alpha for the last look and spend no more than it in all."""
    if not isinstance(efficacy, HaybittlePeto | EfficacyBounds):
        return
    for row in np.flatnonzero(np.isinf(last))[:1]:
        raise InputError.of(
            "efficacy",
            efficacy.z,
            f"spends {total[row]:.4g} before the last look, all of alpha {alpha[row]:g} of plan "
            f"{row}",
            "Raise the interim boundaries",
        )
    if isinstance(efficacy, EfficacyBounds):
        for row in np.flatnonzero(total > alpha * (1 + 1e-3))[:1]:
            raise InputError.of(
                "efficacy",
                efficacy.z,
                f"spends {total[row]:.4g}, more than alpha {alpha[row]:g} of plan {row}",
                "Raise the boundaries, or state the alpha that they spend",
            )


def _expected(stops: Floats, t: Floats) -> Floats:
    """Mean fraction at the end: all that have not stopped go on to 1."""
    early = stops[:, :-1, [ABOVE, BELOW, OPPOSITE]].sum(2)
    return np.asarray(1 - (early * (1 - t[:, :-1])).sum(1))
