"""Pool effect sizes: arrays or a table of studies to a :class:`Synthesis`."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics import pooling
from equipoise.vocabulary.record import record

from .effect_sizes import EffectSizes, effect_sizes
from .synthesis import Floats, IntervalMethod, Synthesis
from .synthesis import Method as PoolMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from .synthesis import Interval

COUNT_METHODS = frozenset({"MH", "PETO", "GLMM"})
"""Methods that need each arm's counts."""


def pool(
    data: Any,
    vi: ArrayLike | None = None,
    *,
    measure: str | None = None,
    method: PoolMethod = "REML",
    ci: IntervalMethod | None = None,
    level: float = 0.95,
    prediction: str = "t",
    labels: Sequence[str] | None = None,
    **sizes: Any,
) -> Synthesis:
    """Pool studies.

    Parameters
    ----------
    data
        Effect sizes (k,) together with `vi`; or :class:`EffectSizes`; or any data frame, mapping of
        columns or list of rows with arm-level columns, together with `measure`.
    vi : array_like (k,), optional
        Sampling variances of the effect sizes in `data`.
    measure
        Effect measure, when `data` is a table; see :func:`effect_sizes`, which gets `sizes`.
    method
        *EE* common effect; *DL*, *HE*, *HS*, *SJ*, *ML*, *REML*, *EB*, *PM* random effects; *MH*,
        *PETO* and *GLMM* from counts.
    ci
        *z*; *hksj* (Hartung & Knapp 2001; Sidik & Jonkman 2002); *hksj_floor*, whose factor is
        never below 1, so that it is never narrower than *z*. Default *hksj* for random effects,
        *z* for the common-effect and count methods.
    prediction
        *t* (k - 1 degrees of freedom), *hts* (k - 2) or *z*.

    Returns
    -------
    Synthesis

    Raises
    ------
    InputError
        Unknown method or measure; effects or variances that are not finite, or variances not above
        0; no study; Hartung-Knapp with one study; a count method without counts.

    References
    ----------
    Viechtbauer (2005), J Educ Behav Stat 30:261; Hartung & Knapp (2001), Stat Med 20:3875; Sidik &
    Jonkman (2002), Stat Med 21:3153. Validation: docs/reference/validation.md#pooling
    """
    if method not in get_args(PoolMethod):
        known = ", ".join(get_args(PoolMethod))
        raise InputError.of("method", method, f"must be one of {known}", "Choose one of these")
    table = read_effects(data, vi, measure, labels, sizes)
    if method in COUNT_METHODS:
        from .pool_counts import pool_counts

        return pool_counts(table, method, ci, level)
    interval = ci or ("z" if method == "EE" else "hksj")
    _check(table.yi, table.vi, interval, level, prediction)
    return _synthesis(table, method, interval, level, prediction)


def read_effects(
    data: Any,
    vi: ArrayLike | None,
    measure: str | None,
    labels: Sequence[str] | None,
    sizes: dict[str, Any],
) -> EffectSizes:
    """Effects from whatever :func:`pool` takes; InputError where no study is left."""
    table = _table(data, vi, measure, labels, sizes)
    if table.k == 0:
        why = "; ".join(f"row {row}: {reason}" for row, reason in table.dropped[:5])
        raise InputError.of(
            "yi", [], "needs at least one study", f"No row is left ({why})" if why else "Give some"
        )
    return table


def _table(
    data: Any,
    vi: ArrayLike | None,
    measure: str | None,
    labels: Sequence[str] | None,
    sizes: dict[str, Any],
) -> EffectSizes:
    if isinstance(data, EffectSizes):
        return data
    if vi is None and measure is not None:
        return effect_sizes(data, measure, **sizes)
    if vi is None:
        rule = "a table of studies needs a measure"
        raise InputError.of("measure", None, rule, "Give measure='RR', or yi and vi")
    y, v = np.asarray(data, np.float64).ravel(), np.asarray(vi, np.float64).ravel()
    if y.size != v.size:
        raise InputError.of(
            "vi", v.size, f"must have as many values as yi, {y.size}", "Give one variance an effect"
        )
    names = tuple(labels) if labels is not None else tuple(f"study {i + 1}" for i in range(y.size))
    return EffectSizes.from_arrays(y, v, labels=names, measure=measure or "GEN")


def _check(y: Floats, v: Floats, ci: str, level: float, prediction: str) -> None:
    if ci not in get_args(IntervalMethod):
        raise InputError.of("ci", ci, "must be z, hksj or hksj_floor", "Choose one of these")
    if prediction not in {"t", "hts", "z"}:
        raise InputError.of("prediction", prediction, "must be t, hts or z", "Choose one of these")
    if not 0 < level < 1:
        raise InputError.of("level", level, "must lie between 0 and 1", "Give 0.95 for 95%")
    check_effects(y, v)
    if y.size == 1 and ci != "z":
        raise InputError.of(
            "ci", ci, "Hartung-Knapp needs at least two studies", "Use ci='z' for one study"
        )


def check_effects(y: Floats, v: Floats) -> None:
    """Effects are finite, variances above 0; InputError names the first that is not."""
    for name, values, good in (("yi", y, np.isfinite(y)), ("vi", v, np.isfinite(v) & (v > 0))):
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            rule = "must be finite" if name == "yi" else "must be finite and above 0"
            raise InputError.of(
                f"{name}[{row}]", float(values[row]), rule, "Correct or drop that study"
            )


def _synthesis(
    table: EffectSizes, method: PoolMethod, ci: IntervalMethod, level: float, prediction: str
) -> Synthesis:
    y, v = table.yi, table.vi
    k = y.size
    fit = pooling.fit_one(y, v, pooling.METHODS[method])
    tau2, q = float(fit[pooling.TAU2]), float(fit[pooling.Q])
    se = float(fit[pooling.SE] * hk_factor(fit[pooling.HK_FACTOR], ci))
    df = math.inf if ci == "z" else k - 1.0
    half = quantile(level, df) * se
    estimate = float(fit[pooling.ESTIMATE])
    statistic = estimate / se if se > 0 else math.copysign(math.inf, estimate)
    i2, h2 = heterogeneity(method, tau2, q, k, float(fit[pooling.TYPICAL]))
    weights = 1.0 / (v + tau2)
    return Synthesis(
        measure=table.measure,
        method=method,
        ci_method=ci,
        level=level,
        k=k,
        k_contributing=k,
        estimate=estimate,
        se=se,
        statistic=statistic,
        df=df,
        pvalue=pvalue(statistic, df),
        ci=(estimate - half, estimate + half),
        tau2=tau2,
        tau2_ci=tau2_interval(y, v, level) if method != "EE" and k > 1 else None,
        i2=i2,
        h2=h2,
        q=q,
        q_df=k - 1,
        q_pvalue=float(special.chdtrc(k - 1, q)) if k > 1 else 1.0,
        prediction_interval=None
        if method == "EE"
        else predict(estimate, se, tau2, k, level, prediction),
        weights=_frozen(100 * weights / weights.sum()),
        yi=y,
        vi=v,
        labels=tuple(table.labels),
        log_scale=table.log_scale,
    )


def hk_factor(squared: float, ci: str) -> float:
    """What the model-based standard error is multiplied by."""
    if ci == "z":
        return 1.0
    factor = math.sqrt(squared)
    return max(factor, 1.0) if ci == "hksj_floor" else factor


def quantile(level: float, df: float) -> float:
    """Two-sided quantile of the normal (infinite `df`) or t distribution."""
    tail = (1 + level) / 2
    return float(special.ndtri(tail) if math.isinf(df) else special.stdtrit(df, tail))


def pvalue(statistic: float, df: float) -> float:
    """Two-sided p-value of a normal or t statistic."""
    if math.isinf(df):
        return float(2 * special.ndtr(-abs(statistic)))
    return float(2 * special.stdtr(df, -abs(statistic)))


def heterogeneity(
    method: str, tau2: float, q: float, k: int, typical: float
) -> tuple[float, float]:
    """I^2 in per cent and H^2; 0 and 1 for one study."""
    if k < 2:
        return 0.0, 1.0
    if method == "EE":
        return (max(0.0, 100 * (q - (k - 1)) / q) if q > 0 else 0.0), q / (k - 1)
    return 100 * tau2 / (tau2 + typical), tau2 / typical + 1


def tau2_interval(y: Floats, v: Floats, level: float) -> Interval:
    """Q-profile interval of tau^2; Viechtbauer (2007), Stat Med 26:37."""
    df = y.size - 1
    tail = (1 - level) / 2
    limits = pooling.q_profile(
        y, v, float(special.chdtri(df, tail)), float(special.chdtri(df, 1 - tail))
    )
    return float(limits[0]), float(limits[1])


def predict(
    estimate: float, se: float, tau2: float, k: int, level: float, kind: str
) -> Interval | None:
    """Prediction interval for the effect in a new study."""
    df = {"z": math.inf, "t": k - 1.0, "hts": k - 2.0}[kind]
    if df < 1:
        return None
    half = quantile(level, df) * math.sqrt(tau2 + se * se)
    return estimate - half, estimate + half


def _frozen(values: Floats) -> Floats:
    values.setflags(write=False)
    return values


@record
class ManySyntheses:
    """Many sets of studies pooled at once; every array is (m,)."""

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    tau2: Floats
    q: Floats


def pool_many(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    method: PoolMethod = "REML",
    ci: IntervalMethod = "hksj",
    level: float = 0.95,
    threads: int = 2,
) -> ManySyntheses:
    """Pool each row of `yi` and `vi`, both (m, k) with k >= 2, in compiled code.

    Raises
    ------
    InputError
        Shapes that differ, values that are not finite, variances not above 0, or a count method.
    """
    from concurrent.futures import ThreadPoolExecutor

    y, v = (np.ascontiguousarray(np.atleast_2d(np.asarray(x, np.float64))) for x in (yi, vi))
    if y.shape != v.shape or y.shape[1] < 2:
        raise InputError.of(
            "yi", y.shape, f"must be (m, k >= 2), the shape of vi {v.shape}", "Reshape the arrays"
        )
    if method not in pooling.METHODS:
        raise InputError.of("method", method, "must not need counts", "Use eq.pool row by row")
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise InputError.of(
            "vi", "a value", "effects are finite, variances above 0", "Drop such rows"
        )
    out = np.empty((y.shape[0], pooling.COLUMNS))
    edges = np.linspace(0, y.shape[0], threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as workers:
        jobs = [
            workers.submit(pooling.fit_many, y[a:b], v[a:b], pooling.METHODS[method], out[a:b])
            for a, b in pairwise(edges)
        ]
        for job in jobs:
            job.result()
    factor = np.ones(y.shape[0]) if ci == "z" else np.sqrt(out[:, pooling.HK_FACTOR])
    if ci == "hksj_floor":
        factor = np.maximum(factor, 1.0)
    se = out[:, pooling.SE] * factor
    half = quantile(level, math.inf if ci == "z" else y.shape[1] - 1.0) * se
    estimate = out[:, pooling.ESTIMATE]
    return ManySyntheses(
        estimate=estimate,
        se=se,
        lower=estimate - half,
        upper=estimate + half,
        tau2=out[:, pooling.TAU2],
        q=out[:, pooling.Q],
    )
