"""Trim and fill."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError, NumericalError
from equipoise.numerics import pooling
from equipoise.vocabulary.record import record

from .metareg import meta_regression
from .pool import pool
from .refits import difference, need
from .synthesis import Floats, Synthesis

if TYPE_CHECKING:
    import polars as pl

Side = Literal["left", "right"]


@record
class TrimAndFill:
    """Studies taken as missing on one side of the funnel, and the pooled effect with them.

    Attributes
    ----------
    synthesis : Synthesis
        Of the k studies and the `k0` filled in, which stand last, labelled *filled 1* and so on.
    k0, se_k0 : int, float
        Studies missing, and the standard error of that number before rounding.
    side
        Where they are missing.
    pvalue : float or None
        Of no missing study; only for *R0*.
    """

    synthesis: Synthesis
    k0: int
    se_k0: float
    side: Side
    estimator: Literal["L0", "R0"]
    pvalue: float | None

    def frame(self) -> pl.DataFrame:
        """One row a study, filled ones marked."""
        import polars as pl

        fit = self.synthesis
        return pl.DataFrame(
            {
                "label": fit.labels,
                "yi": fit.yi,
                "vi": fit.vi,
                "filled": np.arange(fit.k) >= fit.k - self.k0,
            }
        )


def trim_and_fill(
    fit: Synthesis,
    estimator: Literal["L0", "R0"] = "L0",
    side: Side | None = None,
) -> TrimAndFill:
    """Estimate the studies missing from one side of the funnel, and pool with their mirror images.

    Parameters
    ----------
    estimator
        Of the number missing: *L0* from the rank sum, *R0* from the longest run.
    side
        Where studies may be missing; by default against the slope of the effects on their standard
        errors, in the model of `fit`; left when all are equally precise.

    Raises
    ------
    InputError
        Fewer than 3 studies; a fit from counts.
    NumericalError
        The trimming goes round in circles.

    References
    ----------
    Duval & Tweedie (2000), Biometrics 56:455; as metafor's ``trimfill``.
    """
    if estimator not in ("L0", "R0") or side not in (None, "left", "right"):
        seen, rule = (estimator, side), "must be L0 or R0; side left, right or None"
        raise InputError.of("estimator, side", seen, rule, "Choose among these")
    need(fit, 3, "trim and fill")
    where = side or _missing_side(fit)
    sign = -1.0 if where == "right" else 1.0
    order = np.argsort(sign * fit.yi, kind="stable")
    y, v = sign * fit.yi[order], fit.vi[order]
    missing = _trim(y, v, pooling.METHODS[fit.method], estimator)
    k0 = missing.number
    mirrored = sign * (2 * missing.centre - y[fit.k - k0 :])
    synthesis = fit if k0 == 0 else _filled(fit, mirrored, v[fit.k - k0 :])
    return TrimAndFill(
        synthesis=synthesis,
        k0=k0,
        se_k0=missing.se,
        side=where,
        estimator=estimator,
        pvalue=0.5 ** (k0 + 1) if estimator == "R0" else None,
    )


class _Missing(NamedTuple):
    number: int
    se: float
    centre: float


def _trim(y: Floats, v: Floats, method: int, estimator: str) -> _Missing:
    """Trim the largest effects until their number no longer changes; y ascending."""
    k, number, before, se, centre = y.size, 0, -1, 0.0, 0.0
    for _ in range(100):
        if number == before:
            return _Missing(number, se, centre)
        before = number
        centre = float(pooling.fit_one(y[: k - number].copy(), v[: k - number].copy(), method)[0])
        about = difference(y, centre, y)
        ranks = np.empty(k, np.int64)
        ranks[np.argsort(np.abs(about), kind="stable")] = np.arange(1, k + 1)
        estimate, se = (_rank_sum if estimator == "L0" else _longest_run)(about, ranks)
        number = max(0, round(estimate))
        if number >= k:
            break
    raise NumericalError(
        "Trim and fill does not settle on a number of missing studies. "
        "Use the other estimator or give the side."
    )


def _rank_sum(about: Floats, ranks: NDArray[np.int64]) -> tuple[float, float]:
    """L0 and its standard error; Duval & Tweedie (2000), equations 6 and 7."""
    k = ranks.size
    m = (4 * int(ranks[about > 0].sum()) - k * (k + 1)) / (2 * k - 1)
    variance = k * (k + 1) * (2 * k + 1) + 10 * m**3 + 27 * m**2 + 17 * m
    variance += -18 * k * m**2 - 18 * k * m + 6 * k**2 * m
    return m, 4 * math.sqrt(max(0.0, variance / 24)) / (2 * k - 1)


def _longest_run(about: Floats, ranks: NDArray[np.int64]) -> tuple[float, float]:
    """R0 and its standard error; Duval & Tweedie (2000), equations 4 and 5."""
    m = ranks.size - int(ranks[about <= 0].max(initial=0)) - 1
    return m, math.sqrt(2 * max(0, m) + 2)


def _missing_side(fit: Synthesis) -> Side:
    se = np.sqrt(fit.vi)
    if np.ptp(se) == 0:
        return "left"
    slope = meta_regression(fit, moderators={"se": se}, method=fit.method, ci="z").coefficients[1]
    return "right" if slope < 0 else "left"


def _filled(fit: Synthesis, y: Floats, v: Floats) -> Synthesis:
    return pool(
        np.concatenate([fit.yi, y]),
        np.concatenate([fit.vi, v]),
        measure=fit.measure,
        method=fit.method,
        ci=fit.ci_method,
        level=fit.level,
        labels=[*fit.labels, *(f"filled {i + 1}" for i in range(y.size))],
    )
