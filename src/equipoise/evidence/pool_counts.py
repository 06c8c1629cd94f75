"""Pooling straight from the counts: Mantel-Haenszel, Peto and a binomial-normal GLMM."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from equipoise.errors import InputError
from equipoise.numerics.rare_events import RarePool, mantel_haenszel, peto

from .synthesis import Synthesis

if TYPE_CHECKING:
    from equipoise.numerics.glmm import GlmmFit

    from .effect_sizes import EffectSizes
    from .synthesis import Floats, IntervalMethod, Method

_MEASURES = {"MH": ("RR", "OR", "RD"), "PETO": ("OR", "PETO"), "GLMM": ("OR",)}


def pool_counts(
    table: EffectSizes, method: Method, ci: IntervalMethod | None, level: float
) -> Synthesis:
    """Pool 2 x 2 tables by *MH*, *PETO* or *GLMM*; the interval is normal.

    Raises
    ------
    InputError
        No counts; a measure that the method does not have; an interval other than *z*.
    """
    if table.counts is None:
        raise InputError.of(
            "method", method, "needs each arm's counts", "Pass a table with measure=, not yi and vi"
        )
    if table.measure not in _MEASURES[method]:
        raise InputError.of(
            "measure",
            table.measure,
            f"{method} has {', '.join(_MEASURES[method])}",
            "Choose one of these, or another method",
        )
    if ci not in {None, "z"}:
        raise InputError.of("ci", ci, f"{method} has a normal interval", "Use ci='z'")
    a, b, c, d = (column.astype(float) for column in table.counts.T)
    if method == "GLMM":
        return _glmm(table, (a, b, c, d), level)
    fit = (
        mantel_haenszel(a, b, c, d, table.measure, level=level)
        if method == "MH"
        else peto(a, b, c, d, level=level)
    )
    return _synthesis(table, method, fit, level, fit.weights)


def _glmm(
    table: EffectSizes, cells: tuple[Floats, Floats, Floats, Floats], level: float
) -> Synthesis:
    """Binomial-normal model with fixed study baselines (UM.FS), by maximum likelihood.

    There are no weights of studies in such a model: `weights` holds each study's share of the
    patients. I^2 and H^2 are given as from the likelihood-ratio test.
    """
    from equipoise.numerics.glmm import glmm_odds_ratio

    fit = glmm_odds_ratio(*cells, level=level)
    patients = np.asarray(sum(cells), np.float64)
    weights = 100 * patients / patients.sum()
    weights.setflags(write=False)
    ahead = math.sqrt(fit.tau2 + fit.se**2) * (fit.high - fit.estimate) / fit.se
    return dataclasses.replace(
        _synthesis(table, "GLMM", fit, level, weights),
        tau2=fit.tau2,
        prediction_interval=(fit.estimate - ahead, fit.estimate + ahead),
    )


def _synthesis(
    table: EffectSizes, method: Method, fit: RarePool | GlmmFit, level: float, weights: Floats
) -> Synthesis:
    q = fit.heterogeneity
    return Synthesis(
        measure=table.measure,
        method=method,
        ci_method="z",
        level=level,
        k=fit.k,
        k_contributing=fit.k_contributing,
        estimate=fit.estimate,
        se=fit.se,
        statistic=fit.z,
        df=math.inf,
        pvalue=fit.p,
        ci=(fit.low, fit.high),
        tau2=0.0,
        tau2_ci=None,
        i2=max(0.0, 100 * (q.statistic - q.df) / q.statistic) if q.statistic > 0 else 0.0,
        h2=q.statistic / q.df if q.df > 0 else 1.0,
        q=q.statistic,
        q_df=q.df,
        q_pvalue=q.p,
        prediction_interval=None,
        weights=weights,
        yi=table.yi,
        vi=table.vi,
        labels=tuple(table.labels),
        log_scale=table.log_scale,
    )
