"""The pooled result."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

Floats = NDArray[np.float64]
Interval = tuple[float, float]

Method = Literal["EE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM", "MH", "PETO", "GLMM"]
IntervalMethod = Literal["z", "hksj", "hksj_floor"]


@record
class Synthesis:
    """Effect sizes pooled under one model.

    Attributes
    ----------
    estimate, se : float
        On the scale of the measure: log for ratios. `se` is the one the interval rests on.
    ci : (float, float)
        Confidence interval at `level`: normal for *z*; t with k - 1 degrees of freedom for the
        Hartung-Knapp methods.
    statistic, df, pvalue : float
        Test of no effect; `df` is infinite for *z*.
    tau2 : float
        Between-study variance; 0 for the common-effect methods.
    tau2_ci : (float, float) or None
        Q-profile interval (Viechtbauer 2007); None where there is no tau^2 or one study.
    i2, h2 : float
        As metafor has them: from tau^2 and the typical within-study variance, in per cent and as a
        ratio; for the common-effect methods from Q.
    q, q_df, q_pvalue : float
        Cochran's test of heterogeneity.
    prediction_interval : (float, float) or None
        For the effect in a new study: ``estimate ± t * sqrt(tau2 + se^2)``, with k - 1 degrees of
        freedom by default, k - 2 for *hts* (Higgins, Thompson & Spiegelhalter 2009), normal for
        *z*; None for common-effect methods, and below 2 studies (3 for *hts*).
    weights : (k,) float64
        Share of each study in the pooled estimate, in per cent.
    k, k_contributing : int
        Studies pooled, and those that carry any information on the effect.
    """

    measure: str
    method: Method
    ci_method: IntervalMethod
    level: float
    k: int
    k_contributing: int
    estimate: float
    se: float
    statistic: float
    df: float
    pvalue: float
    ci: Interval
    tau2: float
    tau2_ci: Interval | None
    i2: float
    h2: float
    q: float
    q_df: int
    q_pvalue: float
    prediction_interval: Interval | None
    weights: Floats
    yi: Floats
    vi: Floats
    labels: tuple[str, ...]
    log_scale: bool

    @property
    def natural(self) -> tuple[float, float, float]:
        """Estimate and interval as read: ratios are no longer logarithms."""
        values = (self.estimate, *self.ci)
        return tuple(map(math.exp, values)) if self.log_scale else values  # type: ignore[return-value]

    def frame(self) -> pl.DataFrame:
        """One row a study: effect, interval and weight, on the scale of the measure."""
        from .frames import studies

        return studies(self)

    def chart(self) -> alt.TopLevelMixin:
        """Forest plot."""
        from .charts import forest

        return forest(self)

    def summary(self) -> str:
        """A few lines of text, on the scale as read."""
        from .terms import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()
