"""Pooling by a binomial-normal generalised linear mixed model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from equipoise.numerics.glmm import glmm_odds_ratio

from .synthesis import Synthesis

if TYPE_CHECKING:
    from .effect_sizes import EffectSizes
    from .synthesis import Floats


def pool_glmm(
    table: EffectSizes, cells: tuple[Floats, Floats, Floats, Floats], level: float
) -> Synthesis:
    """Log odds ratio by the model with fixed study baselines (UM.FS), maximum likelihood.

    There are no weights of studies in such a model: `weights` holds each study's share of the
    patients. I^2 and H^2 are not defined for it and are given as from the likelihood-ratio test.
    """
    fit = glmm_odds_ratio(*cells, level=level)
    patients = np.asarray(sum(cells), np.float64)
    weights = 100 * patients / patients.sum()
    weights.setflags(write=False)
    q = fit.heterogeneity
    predicted = math.sqrt(fit.tau2 + fit.se**2) * (fit.high - fit.estimate) / fit.se
    return Synthesis(
        measure=table.measure,
        method="GLMM",
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
        tau2=fit.tau2,
        tau2_ci=None,
        i2=max(0.0, 100 * (q.statistic - q.df) / q.statistic) if q.statistic > 0 else 0.0,
        h2=q.statistic / q.df if q.df > 0 else 1.0,
        q=q.statistic,
        q_df=q.df,
        q_pvalue=q.p,
        prediction_interval=(fit.estimate - predicted, fit.estimate + predicted),
        weights=weights,
        yi=table.yi,
        vi=table.vi,
        labels=tuple(table.labels),
        log_scale=table.log_scale,
    )
