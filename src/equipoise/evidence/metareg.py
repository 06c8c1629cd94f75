"""Effects explained by what differs between the studies: meta-regression and subgroups."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics import metareg, pooling
from equipoise.vocabulary.record import record

from .effect_sizes import EffectSizes
from .moderators import check_design, design
from .pool import hk_factor, pool, quantile
from .refits import read_only
from .synthesis import Floats, IntervalMethod, Synthesis
from .synthesis import Method as PoolMethod

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import ArrayLike


@record
class MetaRegression:
    """Effect sizes regressed on moderators, with a random effect for what they leave.

    Attributes
    ----------
    names : (p,) str
        *intercept*, the moderators, ``name[2]`` for the second column of a two-dimensional one, and
        ``name=level`` for a category against the first.
    coefficients, se, statistic, pvalue, lower, upper : (p,) float64
        On the scale of the effects, a unit of the moderator.
    df : float
        Of the tests: k - p for the Hartung-Knapp methods, infinite for *z*.
    covariance : (p, p) float64
    tau2, i2, h2 : float
        What is left between the studies; I^2 in per cent.
    r2 : float or None
        tau^2 explained, in per cent, at least 0; for *EE* the adjusted R^2 of the weighted
        regression. None without an intercept.
    qe, qe_df, qe_pvalue
        Test of residual heterogeneity.
    qm, qm_df, qm_df2, qm_pvalue
        Test of all coefficients but the intercept: chi-square(qm_df) for *z*, where `qm_df2` is
        infinite, F(qm_df, qm_df2) for the Hartung-Knapp methods.
    """

    method: PoolMethod
    ci_method: IntervalMethod
    level: float
    k: int
    names: tuple[str, ...]
    coefficients: Floats
    se: Floats
    statistic: Floats
    df: float
    pvalue: Floats
    lower: Floats
    upper: Floats
    covariance: Floats
    tau2: float
    i2: float
    h2: float
    r2: float | None
    qe: float
    qe_df: int
    qe_pvalue: float
    qm: float
    qm_df: int
    qm_df2: float
    qm_pvalue: float

    def frame(self) -> pl.DataFrame:
        """One row a coefficient."""
        import polars as pl

        columns = ("coefficients", "se", "statistic", "pvalue", "lower", "upper")
        return pl.DataFrame(
            {"name": self.names, **{column: getattr(self, column) for column in columns}}
        ).rename({"coefficients": "coefficient"})


@record
class Subgroups:
    """Studies pooled group by group, and a test that the groups differ.

    Attributes
    ----------
    groups : mapping of label to Synthesis
        In the order in which the groups first appear; each with its own tau^2.
    q, df, pvalue
        Cochran's Q between the groups' effects, chi-square on groups - 1 degrees of freedom.
    """

    groups: Mapping[str, Synthesis]
    q: float
    df: int
    pvalue: float

    def frame(self) -> pl.DataFrame:
        """One row a group."""
        import polars as pl

        columns = ("k", "estimate", "se", "pvalue", "tau2", "i2", "q", "q_pvalue")
        return pl.DataFrame(
            [
                {"group": label, **{column: getattr(fit, column) for column in columns}}
                | {"lower": fit.ci[0], "upper": fit.ci[1]}
                for label, fit in self.groups.items()
            ]
        )


def meta_regression(
    data: ArrayLike | EffectSizes | Synthesis,
    vi: ArrayLike | None = None,
    moderators: Mapping[str, ArrayLike] | None = None,
    *,
    method: PoolMethod = "REML",
    ci: IntervalMethod | None = None,
    level: float = 0.95,
    intercept: bool = True,
) -> MetaRegression:
    """Regress effect sizes on moderators.

    Parameters
    ----------
    data
        Effects (k,) together with variances `vi` (k,); or :class:`EffectSizes`; or a
        :class:`Synthesis`, whose studies are used.
    moderators : mapping of name to (k,) or (k, m)
        Numbers or truth values as they are; text as categories, each against the first in
        alphabetical order (the first such moderator keeps all its levels without an intercept).
    method
        *EE* or a tau^2 estimator; not *MH*, *PETO*, *GLMM*.
    ci
        *z*, *hksj* or *hksj_floor* (Knapp & Hartung 2003); default as :func:`pool`.

    Returns
    -------
    MetaRegression

    Raises
    ------
    InputError
        No moderator, one of another length or with a missing value; fewer studies than coefficients
        + 1; a design not of full rank; an unknown method.

    References
    ----------
    Knapp & Hartung (2003), Stat Med 22:2693; Viechtbauer et al. (2015), Psychol Methods 20:360;
    R^2: Raudenbush (2009). Validation: docs/reference/validation.md#meta-regression
    """
    interval = ci or ("z" if method == "EE" else "hksj")
    _check(method, interval, level)
    y, v, _ = _effects(data, vi)
    names, x = design(moderators or {}, y.size, intercept)
    check_design(names, x)
    return _fitted(names, x, y, v, method, interval, level)


def subgroups(
    data: ArrayLike | EffectSizes | Synthesis,
    groups: Sequence[object],
    vi: ArrayLike | None = None,
    *,
    method: PoolMethod = "REML",
    ci: IntervalMethod | None = None,
    level: float = 0.95,
) -> Subgroups:
    """Pool each group of studies, and test whether the groups differ.

    Every group has its own tau^2. For one tau^2 common to all, which is steadier when groups are
    small, give the groups to :func:`meta_regression` as a moderator: its `qm` is the test. A group
    of one study gets the normal interval. The test weighs the groups by their model-based
    variances, without the Hartung-Knapp factor, which in groups of two or three may be near 0.

    Parameters
    ----------
    data, vi
        As in :func:`meta_regression`.
    groups : (k,)
        Label of each study's group; at least two groups.

    Raises
    ------
    InputError
        Not one label a study; a label missing; fewer than two groups; or as :func:`pool`.

    References
    ----------
    Borenstein et al. (2009), Introduction to Meta-Analysis, ch. 19.
    """
    interval = ci or ("z" if method == "EE" else "hksj")
    _check(method, interval, level)
    y, v, source = _effects(data, vi)
    members = _members(groups, y.size)
    measure = "GEN" if source is None else source.measure
    labels = _labels(y.size) if source is None else source.labels
    fits = {
        name: pool(
            y[rows],
            v[rows],
            measure=measure,
            method=method,
            ci=interval if rows.size > 1 else "z",
            level=level,
            labels=[labels[i] for i in rows],
        )
        for name, rows in members.items()
    }
    weights = np.array([(1 / (fit.vi + fit.tau2)).sum() for fit in fits.values()])
    q, df = float(_between([fit.estimate for fit in fits.values()], weights)), len(fits) - 1
    return Subgroups(groups=MappingProxyType(fits), q=q, df=df, pvalue=float(special.chdtrc(df, q)))


def _between(estimates: list[float], weights: Floats) -> Any:
    means = np.array(estimates)
    return (weights * (means - (weights * means).sum() / weights.sum()) ** 2).sum()


def _members(groups: Sequence[object], k: int) -> dict[str, NDArray[np.int64]]:
    if len(groups) != k:
        raise InputError.of(
            "groups", len(groups), f"must have one label a study, {k}", "Give every study's group"
        )
    rows: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        if group is None or group != group:
            raise InputError.of(f"groups[{row}]", group, "must not be missing", "Name the group")
        rows.setdefault(str(group), []).append(row)
    if len(rows) < 2:
        raise InputError.of("groups", list(rows), "must be at least two groups", "Use eq.pool")
    return {name: np.array(members) for name, members in rows.items()}


def _labels(k: int) -> tuple[str, ...]:
    return tuple(f"study {i + 1}" for i in range(k))


def _check(method: str, ci: str, level: float) -> None:
    if method not in pooling.METHODS:
        known = ", ".join(pooling.METHODS)
        raise InputError.of("method", method, f"must be one of {known}", "Choose one of these")
    if ci not in get_args(IntervalMethod):
        raise InputError.of("ci", ci, "must be z, hksj or hksj_floor", "Choose one of these")
    if not 0 < level < 1:
        raise InputError.of("level", level, "must lie between 0 and 1", "Give 0.95 for 95%")


def _effects(
    data: ArrayLike | EffectSizes | Synthesis, vi: ArrayLike | None
) -> tuple[Floats, Floats, EffectSizes | Synthesis | None]:
    """Effects and variances, checked, and where they came with labels that source."""
    source = data if isinstance(data, EffectSizes | Synthesis) else None
    if source is None and vi is None:
        raise InputError.of("vi", None, "effects need their variances", "Give vi, or EffectSizes")
    pair = (source.yi, source.vi) if source is not None else (data, vi)
    y, v = (np.array(values, np.float64).ravel() for values in pair)
    if y.size != v.size:
        raise InputError.of(
            "vi", v.size, f"must have as many values as yi, {y.size}", "Give one variance an effect"
        )
    good = np.isfinite(y) & np.isfinite(v) & (v > 0)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        seen = (float(y[row]), float(v[row]))
        rule = "the effect must be finite, its variance finite and above 0"
        raise InputError.of(f"yi, vi[{row}]", seen, rule, "Correct or drop that study")
    return y, v, source


def _fitted(
    names: tuple[str, ...],
    x: Floats,
    y: Floats,
    v: Floats,
    method: PoolMethod,
    ci: IntervalMethod,
    level: float,
) -> MetaRegression:
    k, p = x.shape
    b, covariance, about = metareg.fit_moderated(x, y, v, pooling.METHODS[method])
    tau2, qe, typical, squared = (float(value) for value in about)
    covariance = covariance * hk_factor(squared, ci) ** 2
    se = np.sqrt(np.diag(covariance))
    df = math.inf if ci == "z" else float(k - p)
    half = quantile(level, df) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(b == 0, 0.0, b / se)
    below = special.ndtr(-np.abs(statistic)) if ci == "z" else special.stdtr(df, -np.abs(statistic))
    intercept = bool((x[:, 0] == 1).all())
    qm, m, qm_pvalue = _all_moderators(b, covariance, df, int(intercept and p > 1))
    i2, h2 = _left_over(method, tau2, qe, k - p, typical)
    return MetaRegression(
        method=method,
        ci_method=ci,
        level=level,
        k=k,
        names=names,
        coefficients=read_only(b),
        se=read_only(se),
        statistic=read_only(statistic),
        df=df,
        pvalue=read_only(2 * below),
        lower=read_only(b - half),
        upper=read_only(b + half),
        covariance=read_only(covariance),
        tau2=tau2,
        i2=i2,
        h2=h2,
        r2=_explained(y, v, method, tau2, qe, k - p) if intercept else None,
        qe=qe,
        qe_df=k - p,
        qe_pvalue=float(special.chdtrc(k - p, qe)),
        qm=qm,
        qm_df=m,
        qm_df2=df,
        qm_pvalue=qm_pvalue,
    )


def _left_over(
    method: PoolMethod, tau2: float, qe: float, df: int, typical: float
) -> tuple[float, float]:
    """I^2 in per cent and H^2 of what the moderators leave."""
    if method == "EE":
        return (max(0.0, 100 * (qe - df) / qe) if qe > 0 else 0.0), qe / df
    return 100 * tau2 / (tau2 + typical), tau2 / typical + 1


def _all_moderators(
    b: Floats, covariance: Floats, df: float, first: int
) -> tuple[float, int, float]:
    """Wald statistic of all coefficients but the intercept, their number, and the p-value."""
    part, spread = b[first:], covariance[first:, first:]
    m = part.size
    scale = np.sqrt(np.diag(spread))
    if not scale.all():
        return (math.inf, m, 0.0) if part.any() else (0.0, m, 1.0)
    z = part / scale
    wald = float(z @ np.linalg.solve(spread / np.outer(scale, scale), z))
    if math.isinf(df):
        return wald, m, float(special.chdtrc(m, wald))
    return wald / m, m, float(special.fdtrc(m, df, wald / m))


def _explained(y: Floats, v: Floats, method: PoolMethod, tau2: float, qe: float, df: int) -> float:
    """R^2 in per cent against the model without moderators, truncated at 0."""
    alone = pooling.fit_one(y, v, pooling.METHODS[method])
    left, whole = (
        (qe / df, float(alone[pooling.Q]) / (y.size - 1))
        if method == "EE"
        else (tau2, float(alone[pooling.TAU2]))
    )
    return max(0.0, 100 * (1 - left / whole)) if whole > 0 else 0.0
