"""What each study does to the pooled result: left out, added in turn, and in every subset."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics import pooling
from equipoise.vocabulary.record import record

from .pool import quantile
from .refits import Masks, Sets, difference, fit_sets, frame_of, i2, need, over, read_only
from .subsets import Gosh, gosh
from .synthesis import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import ArrayLike

    from .synthesis import Synthesis

__all__ = [
    "Baujat",
    "Gosh",
    "Influence",
    "Refits",
    "baujat",
    "cumulative",
    "gosh",
    "influence",
    "leave_one_out",
]


@record
class Refits:
    """The same model fitted to several sets of the same studies, one a row.

    Attributes
    ----------
    labels : (m,) str
        The study left out, or the one added.
    k : (m,) int64
        Studies in the set.
    estimate, se, lower, upper, pvalue : (m,) float64
        On the scale of the measure, at the level and by the interval of the fit given. A set of one
        study gets the normal interval whatever the method: Hartung-Knapp is not defined there.
    tau2, i2, q : (m,) float64
        Heterogeneity; 0 for a set of one study.
    """

    labels: tuple[str, ...]
    k: NDArray[np.int64]
    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    pvalue: Floats
    tau2: Floats
    i2: Floats
    q: Floats

    def frame(self) -> pl.DataFrame:
        """One row a set."""
        return frame_of(self, "labels k estimate se lower upper pvalue tau2 i2 q")


@record
class Influence:
    """Case-deletion diagnostics, one value a study; (k,) float64.

    Attributes
    ----------
    rstudent
        Residual from the fit without the study, over its standard error.
    dffits
        Standard deviations by which the pooled effect moves when the study is left out.
    cook_d
        Cook's distance: that move, squared, over the variance of the pooled effect.
    cov_r
        Variance of the pooled effect without the study over that with it; above 1 the study helps.
    tau2_del, qe_del
        tau^2 and Q without the study.
    hat, weight
        Share of the study, as a fraction and in per cent.
    dfbs
        Move of the pooled effect over its standard error without the study.
    influential : (k,) bool
        Any of: absolute `dffits` above ``3 / sqrt(k - 1)``; `cook_d` above the median of
        chi-square(1); `hat` above ``3 / k``; absolute `dfbs` above 1.
    """

    labels: tuple[str, ...]
    rstudent: Floats
    dffits: Floats
    cook_d: Floats
    cov_r: Floats
    tau2_del: Floats
    qe_del: Floats
    hat: Floats
    weight: Floats
    dfbs: Floats
    influential: Masks

    def frame(self) -> pl.DataFrame:
        """One row a study."""
        return frame_of(
            self,
            "labels rstudent dffits cook_d cov_r tau2_del qe_del hat weight dfbs influential",
        )


@record
class Baujat:
    """Heterogeneity against influence, one point a study.

    Attributes
    ----------
    contribution : (k,) float64
        Squared Pearson residual; for the common-effect model the share in Cochran's Q.
    influence : (k,) float64
        Squared move of the pooled effect without the study, over its variance without it.
    """

    labels: tuple[str, ...]
    contribution: Floats
    influence: Floats

    def frame(self) -> pl.DataFrame:
        """One row a study."""
        return frame_of(self, "labels contribution influence")


def leave_one_out(fit: Synthesis) -> Refits:
    """Pool again without each study in turn.

    With two studies each row is the other study alone: its own effect and normal interval, tau^2 0.

    Raises
    ------
    InputError
        One study; a fit from counts (*MH*, *PETO*, *GLMM*).

    References
    ----------
    Viechtbauer & Cheung (2010), Res Synth Methods 1:112. Validation:
    docs/reference/validation.md#diagnostics
    """
    need(fit, 2, "leaving one out")
    return _refits(fit, ~np.eye(fit.k, dtype=bool), fit.labels)


def cumulative(fit: Synthesis, order: ArrayLike | Sequence[object]) -> Refits:
    """Pool the first study, the first two, and so on.

    Parameters
    ----------
    order : (k,)
        A permutation of 0 to k - 1: the studies in that sequence. Anything else, such as dates or
        years: one key a study, sorted ascending; ties keep the order of the fit.

    Raises
    ------
    InputError
        Not one value a study; a missing key; a fit from counts.

    References
    ----------
    Lau et al. (1992), N Engl J Med 327:248.
    """
    sequence = _sequence(order, fit.k)
    masks = np.zeros((fit.k, fit.k), dtype=bool)
    for row, last in enumerate(sequence):
        masks[row:, last] = True
    return _refits(fit, masks, tuple(fit.labels[i] for i in sequence))


def influence(fit: Synthesis) -> Influence:
    """Case-deletion diagnostics.

    Raises
    ------
    InputError
        One study; a fit from counts.

    References
    ----------
    Viechtbauer & Cheung (2010), Res Synth Methods 1:112; conventions as in metafor's ``influence``.
    """
    need(fit, 2, "case deletion")
    full, without = _full_and_deleted(fit)
    tau2 = without.columns[:, pooling.TAU2]
    w = 1.0 / (fit.vi + full.columns[0, pooling.TAU2])
    hat = w / w.sum()
    mean, means = full.columns[0, pooling.ESTIMATE], without.columns[:, pooling.ESTIMATE]
    move = difference(mean, means, fit.yi)
    dffits = over(move, np.sqrt(without.squared * hat * (tau2 + fit.vi)))
    cook = over(move**2, full.variance)
    residual = difference(fit.yi, means, fit.yi)
    spread = np.sqrt(without.squared * (fit.vi + tau2) + without.variance)
    plugged = 1.0 / (1.0 / (fit.vi + tau2[:, None])).sum(axis=1)
    dfbs = over(move, np.sqrt(without.squared * plugged))
    return Influence(
        labels=fit.labels,
        rstudent=read_only(over(residual, spread)),
        dffits=read_only(dffits),
        cook_d=read_only(cook),
        cov_r=read_only(over(without.variance, full.variance)),
        tau2_del=read_only(tau2),
        qe_del=read_only(without.columns[:, pooling.Q]),
        hat=read_only(hat),
        weight=read_only(100 * hat),
        dfbs=read_only(dfbs),
        influential=_influential(dffits, cook, hat, dfbs),
    )


def baujat(fit: Synthesis) -> Baujat:
    """Heterogeneity against influence, study by study.

    Raises
    ------
    InputError
        One study; a fit from counts.

    References
    ----------
    Baujat et al. (2002), Stat Med 21:2641; conventions as in metafor's ``baujat``.
    """
    need(fit, 2, "a Baujat plot")
    full, without = _full_and_deleted(fit)
    estimate, tau2 = full.columns[0, pooling.ESTIMATE], full.columns[0, pooling.TAU2]
    move = difference(without.columns[:, pooling.ESTIMATE], estimate, fit.yi)
    return Baujat(
        labels=fit.labels,
        contribution=read_only((fit.yi - estimate) ** 2 / (fit.vi + tau2)),
        influence=read_only(over(move**2, without.variance)),
    )


def _refits(fit: Synthesis, masks: Masks, labels: tuple[str, ...]) -> Refits:
    need(fit, 1, "pooling again")
    sets = fit_sets(fit, masks)
    estimate, se = sets.columns[:, pooling.ESTIMATE].copy(), np.sqrt(sets.variance)
    normal = (sets.size == 1) | (fit.ci_method == "z")
    df = np.where(normal, 1, sets.size - 1)
    half = se * np.where(
        normal, quantile(fit.level, math.inf), special.stdtrit(df, (1 + fit.level) / 2)
    )
    statistic = -np.abs(over(estimate, se))
    return Refits(
        labels=labels,
        k=read_only(sets.size),
        estimate=read_only(estimate),
        se=read_only(se),
        lower=read_only(estimate - half),
        upper=read_only(estimate + half),
        pvalue=read_only(
            2 * np.where(normal, special.ndtr(statistic), special.stdtr(df, statistic))
        ),
        tau2=read_only(sets.columns[:, pooling.TAU2].copy()),
        i2=read_only(i2(fit.method, sets)),
        q=read_only(sets.columns[:, pooling.Q].copy()),
    )


def _full_and_deleted(fit: Synthesis) -> tuple[Sets, Sets]:
    whole = fit_sets(fit, np.ones((1, fit.k), dtype=bool))
    return whole, fit_sets(fit, ~np.eye(fit.k, dtype=bool))


def _influential(dffits: Floats, cook: Floats, hat: Floats, dfbs: Floats) -> Masks:
    k = hat.size
    far = (np.abs(dffits) > 3 / math.sqrt(k - 1)) | (np.abs(dfbs) > 1)
    return read_only(far | (cook > special.chdtri(1, 0.5)) | (hat > 3 / k))


def _sequence(order: ArrayLike | Sequence[object], k: int) -> NDArray[np.int64]:
    keys = np.asarray(order)
    if keys.shape != (k,):
        raise InputError.of(
            "order", keys.shape, f"must have one value a study, {k}", "Give dates or a permutation"
        )
    missing = (keys == None) if keys.dtype == object else (keys != keys)  # noqa: E711
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise InputError.of(f"order[{row}]", keys[row], "must not be missing", "Give its date")
    if keys.dtype.kind in "iu" and np.array_equal(np.sort(keys), np.arange(k)):
        return keys.astype(np.int64)
    try:
        return np.argsort(keys, kind="stable").astype(np.int64)
    except TypeError as error:
        raise InputError.of(
            "order", keys.tolist(), "must be keys of one kind", "Give dates, or years"
        ) from error
