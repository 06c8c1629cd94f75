"""Pooling of sparse tables without a continuity correction: Mantel-Haenszel and Peto.

The pooled estimates use the counts as they are. A half is added only to tables with a zero, and
only for the study estimates inside Cochran's Q, which leaves out tables without events, or without
non-events, in both arms (metafor's ``rma.mh``); Peto's Q needs no half (``rma.peto``). A study with
no events in either arm has no weight in a pooled ratio; it does have weight in a difference.

Cells are ``a, b, c, d``: events and non-events under treatment, then under control; for rates
``x1, t1, x2, t2``: events and person-time. Kernels take a study of zeros as absent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.errors import InputError, NumericalError
from equipoise.numerics.rare_event_kernels import IRD, IRR, OR, PETO, RD, RR, pool_many

Floats = NDArray[np.float64]

MEASURES = {"RR": RR, "OR": OR, "RD": RD, "IRR": IRR, "IRD": IRD}
_TABLES, _RATES = ("RR", "OR", "RD"), ("IRR", "IRD")


class ChiSquare(NamedTuple):
    """A chi-square test: statistic, degrees of freedom, p; p is nan where df is 0."""

    statistic: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class RarePool:
    """A pooled estimate from sparse tables.

    `estimate`, `se`, `low` and `high` are on the log scale for ratios. `weights` (k,) are per cent.
    `k_contributing` counts the studies with weight; `heterogeneity` is Cochran's Q about the pooled
    estimate. `association` is the Cochran-Mantel-Haenszel test that no study has an effect (OR,
    IRR), with and without the correction of a half; `breslow_day` and `tarone` test that the odds
    ratios are equal (OR).
    """

    measure: str
    estimate: float
    se: float
    z: float
    p: float
    low: float
    high: float
    weights: Floats
    k: int
    k_contributing: int
    heterogeneity: ChiSquare
    association: ChiSquare | None = None
    association_corrected: ChiSquare | None = None
    breslow_day: ChiSquare | None = None
    tarone: ChiSquare | None = None


def _column(name: str, values: ArrayLike) -> Floats:
    array = np.atleast_1d(np.asarray(values, np.float64))
    if array.ndim != 1 or not bool(np.all(np.isfinite(array) & (array >= 0))):
        rule = "counts are a one-dimensional array of finite numbers, none negative"
        raise InputError.of(name, values, rule, "Leave out studies whose counts are not known")
    return array


def _cells(**columns: ArrayLike) -> Floats:
    arrays = [_column(name, values) for name, values in columns.items()]
    sizes = tuple(array.size for array in arrays)
    if len(set(sizes)) != 1 or sizes[0] == 0:
        rule = "the four columns are equally long and hold at least one study"
        raise InputError.of("/".join(columns), sizes, rule, "Give one value a study in each")
    return np.stack(arrays, axis=1)


def _code(measure: str, allowed: tuple[str, ...]) -> int:
    if measure not in allowed:
        rule = f"Mantel-Haenszel pooling of these counts knows {', '.join(allowed)}"
        raise InputError.of("measure", measure, rule, "Choose one of them")
    return MEASURES[measure]


def _chi_square(statistic: float, df: int) -> ChiSquare:
    p = float(special.chdtrc(df, statistic)) if df > 0 else math.nan
    return ChiSquare(float(statistic), df, p)


def _cochran_q(yi: Floats, vi: Floats, estimate: float) -> ChiSquare:
    """Q about the pooled estimate; with one study it is 0 on 0 df with p = 1, as metafor's."""
    if yi.size < 2:
        return ChiSquare(0.0, 0, 1.0)
    return _chi_square(float(np.sum((yi - estimate) ** 2 / vi)), yi.size - 1)


def _pooled(cells: Floats, measure: int, name: str) -> tuple[float, float]:
    estimate, se = np.empty(1), np.empty(1)
    pool_many(cells[None], measure, estimate, se)
    if not (math.isfinite(estimate[0]) and se[0] > 0 and math.isfinite(se[0])):
        nil = [arm for arm, j in (("treatment", 0), ("control", 2)) if not cells[:, j].any()]
        why = f"no events under {' or '.join(nil)}" if nil else "no study tells the arms apart"
        raise NumericalError(f"{name} has no finite estimate and standard error: {why}.")
    return float(estimate[0]), float(se[0])


def _summary(
    name: str,
    pooled: tuple[float, float],
    raw: Floats,
    contributing: int,
    q: ChiSquare,
    level: float,
) -> RarePool:
    if not 0 < level < 1:
        raise InputError.of("level", level, "a level is between 0 and 1", "Use 0.95 for 95 %")
    estimate, se = pooled
    z = estimate / se
    half = float(special.ndtri((1 + level) / 2)) * se
    return RarePool(
        measure=name,
        estimate=estimate,
        se=se,
        z=z,
        p=2 * float(special.ndtr(-abs(z))),
        low=estimate - half,
        high=estimate + half,
        weights=100 * raw / raw.sum(),
        k=raw.size,
        k_contributing=contributing,
        heterogeneity=q,
    )


def _informative(cells: Floats) -> NDArray[np.bool_]:
    """Tables with both arms, some events and some non-events."""
    a, b, c, d = cells.T
    return np.asarray((a + b > 0) & (c + d > 0) & (a + c > 0) & (b + d > 0))


def _half_added(cells: Floats) -> Floats:
    """The informative tables, a half added to every cell of those with a zero."""
    kept = cells[_informative(cells)]
    return np.where((kept == 0).any(axis=1)[:, None], kept + 0.5, kept)


def _table_effects(cells: Floats, measure: int) -> tuple[Floats, Floats]:
    """Study estimates and variances of informative tables, for Q only."""
    a, b, c, d = _half_added(cells).T
    n1, n2 = a + b, c + d
    if measure == RR:
        return np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2
    if measure == OR:
        return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    return a / n1 - c / n2, a * b / n1**3 + c * d / n2**3


def _table_weights(cells: Floats, measure: int) -> Floats:
    a, b, c, d = cells.T
    n = np.maximum(a + b + c + d, 1)
    tops = {RR: c * (a + b), OR: b * c, RD: (a + b) * (c + d)}
    return np.asarray(tops[measure] / n)


def _observed_expected(cells: Floats) -> tuple[Floats, Floats]:
    """O - E and the hypergeometric variance of the events under treatment, both (k,)."""
    a, b, c, d = cells.T
    n = a + b + c + d
    spread = np.maximum(n - 1, 1)
    n = np.maximum(n, 1)
    variance = ((a + b) / n) * ((c + d) / n) * (a + c) * ((b + d) / spread)
    return a - (a + b) * (a + c) / n, variance


def _association(excess: float, variance: float) -> tuple[ChiSquare, ChiSquare]:
    plain = _chi_square(excess**2 / variance, 1)
    return plain, _chi_square((abs(excess) - 0.5) ** 2 / variance, 1)


def _equal_odds(cells: Floats, log_odds_ratio: float) -> tuple[ChiSquare, ChiSquare]:
    """Breslow & Day (1980), ch. 4.4, and Tarone's (1985) correction, Biometrika 72:91."""
    a, b, c, d = cells[_informative(cells)].T
    n1, n2, m = a + b, c + d, a + c
    ratio = math.exp(log_odds_ratio)
    # The root of ratio (n1 - x)(m - x) = x (n2 - m + x), in the form that holds at ratio = 1.
    half = (ratio * (n1 + m) + (n2 - m)) / 2
    fitted = ratio * n1 * m / (half + np.sqrt(half**2 - (ratio - 1) * ratio * n1 * m))
    variance = 1 / (1 / fitted + 1 / (n1 - fitted) + 1 / (m - fitted) + 1 / (n2 - m + fitted))
    breslow_day = float(np.sum((a - fitted) ** 2 / variance))
    excess = float(np.sum(a - fitted)) ** 2 / float(np.sum(variance))
    df = a.size - 1
    return _chi_square(breslow_day, df), _chi_square(max(0.0, breslow_day - excess), df)


def _contributing(cells: Floats, measure: int) -> int:
    a, b, c, d = cells.T
    both = (a + b > 0) & (c + d > 0)
    if measure == RR:
        both &= a + c > 0
    elif measure == OR:
        both = _informative(cells)
    return int(both.sum())


def mantel_haenszel(
    ai: ArrayLike,
    bi: ArrayLike,
    ci: ArrayLike,
    di: ArrayLike,
    measure: str,
    *,
    level: float = 0.95,
) -> RarePool:
    """Mantel-Haenszel risk ratio, odds ratio (both log) or risk difference over 2x2 tables.

    Parameters
    ----------
    ai, bi, ci, di : (k,)
        Events and non-events under treatment, events and non-events under control.
    measure : {"RR", "OR", "RD"}
        What is pooled. Standard errors: see the kernels.
    level
        Coverage of the normal interval.

    Returns
    -------
    RarePool
        Studies without events in either arm have weight 0 for RR and OR, and count for RD.

    Raises
    ------
    InputError
        Columns of unequal length, or with values that are not counts.
    NumericalError
        One arm, or both, had no event in any study, so a ratio or its standard error is not finite.
    """
    cells, code = _cells(ai=ai, bi=bi, ci=ci, di=di), _code(measure, _TABLES)
    pooled = _pooled(cells, code, f"the Mantel-Haenszel {measure}")
    q = _cochran_q(*_table_effects(cells, code), pooled[0])
    weights, contributing = _table_weights(cells, code), _contributing(cells, code)
    fit = _summary(measure, pooled, weights, contributing, q, level)
    if code != OR:
        return fit
    excess, variance = _observed_expected(cells)
    plain, corrected = _association(float(excess.sum()), float(variance.sum()))
    breslow_day, tarone = _equal_odds(cells, pooled[0])
    return _with_tests(fit, plain, corrected, breslow_day, tarone)


def _with_tests(
    fit: RarePool,
    association: ChiSquare,
    corrected: ChiSquare,
    breslow_day: ChiSquare | None = None,
    tarone: ChiSquare | None = None,
) -> RarePool:
    return replace(
        fit,
        association=association,
        association_corrected=corrected,
        breslow_day=breslow_day,
        tarone=tarone,
    )


def mantel_haenszel_rates(
    x1: ArrayLike,
    t1: ArrayLike,
    x2: ArrayLike,
    t2: ArrayLike,
    measure: str,
    *,
    level: float = 0.95,
) -> RarePool:
    """Mantel-Haenszel incidence rate ratio (log) or difference over person-time.

    Parameters
    ----------
    x1, t1, x2, t2 : (k,)
        Events and person-time under treatment, events and person-time under control.
    measure : {"IRR", "IRD"}
        What is pooled.
    level
        Coverage of the normal interval.

    Raises
    ------
    InputError, NumericalError
        As :func:`mantel_haenszel`.
    """
    cells, code = _cells(x1=x1, t1=t1, x2=x2, t2=t2), _code(measure, _RATES)
    if not bool((cells[:, [1, 3]] > 0).all()):
        mend = "Leave out studies that observed no one in an arm"
        raise InputError.of("t1/t2", cells[:, [1, 3]].min(), "person-time is above 0", mend)
    pooled = _pooled(cells, code, f"the Mantel-Haenszel {measure}")
    a, ta, b, tb = cells.T
    time, some = ta + tb, a + b > 0
    q = _cochran_q(*_rate_effects(cells[some], code), pooled[0])
    raw = (b * ta if code == IRR else ta * tb) / time
    fit = _summary(measure, pooled, raw, int((some | (code == IRD)).sum()), q, level)
    if code != IRR:
        return fit
    excess = float(np.sum(a - (a + b) * ta / time))
    return _with_tests(fit, *_association(excess, float(np.sum((a + b) * ta * tb / time**2))))


def _rate_effects(cells: Floats, measure: int) -> tuple[Floats, Floats]:
    """Study estimates and variances of rates, for Q only; a half is added beside a zero."""
    a, ta, b, tb = cells.T
    half = np.where((a == 0) | (b == 0), 0.5, 0.0)
    a, b = a + half, b + half
    if measure == IRR:
        return np.log(a / ta) - np.log(b / tb), 1 / a + 1 / b
    return a / ta - b / tb, a / ta**2 + b / tb**2


def peto(
    ai: ArrayLike, bi: ArrayLike, ci: ArrayLike, di: ArrayLike, *, level: float = 0.95
) -> RarePool:
    """Peto's one-step log odds ratio over 2x2 tables.

    Good for rare events, small effects and arms of like size; biased otherwise. Parameters, result
    and errors are those of :func:`mantel_haenszel`; Yusuf et al. (1985), Prog Cardiovasc Dis
    27:335.
    """
    cells = _cells(ai=ai, bi=bi, ci=ci, di=di)
    pooled = _pooled(cells, PETO, "Peto's odds ratio")
    excess, variance = _observed_expected(cells)
    some = variance > 0
    q = _cochran_q(excess[some] / variance[some], 1 / variance[some], pooled[0])
    return _summary("OR", pooled, variance, int(some.sum()), q, level)


def mantel_haenszel_batch(cells: ArrayLike, measure: str) -> tuple[Floats, Floats]:
    """Mantel-Haenszel estimates and standard errors of many sets of studies at once.

    Parameters
    ----------
    cells : (m, k, 4)
        ``a, b, c, d`` (or ``x1, t1, x2, t2``) of each study; a study of zeros is absent, so subsets
        of one set are its cells times a mask.
    measure : {"RR", "OR", "RD", "IRR", "IRD"}
        What is pooled.

    Returns
    -------
    estimate, se : (m,)
        nan where the set has no finite estimate.
    """
    return _batch(cells, _code(measure, tuple(MEASURES)))


def peto_batch(cells: ArrayLike) -> tuple[Floats, Floats]:
    """Peto's log odds ratio and standard error of many sets, as :func:`mantel_haenszel_batch`."""
    return _batch(cells, PETO)


def _batch(cells: ArrayLike, code: int) -> tuple[Floats, Floats]:
    array = np.ascontiguousarray(cells, np.float64)
    if array.ndim != 3 or array.shape[2] != 4:
        raise InputError.of("cells", array.shape, "cells are (sets, studies, 4)", "Reshape them")
    estimate, se = np.empty(array.shape[0]), np.empty(array.shape[0])
    pool_many(array, code, estimate, se)
    undefined = ~(np.isfinite(estimate) & np.isfinite(se))
    estimate[undefined] = se[undefined] = math.nan
    return estimate, se
