"""The pooled result of a Bayesian random-effects model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from equipoise.inputs import number
from equipoise.vocabulary.question import Direction
from equipoise.vocabulary.record import record

from .marginals import Marginal

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

Floats = NDArray[np.float64]
Interval = tuple[float, float]
Likelihood = Literal["normal", "exact"]


@record
class BayesianSynthesis:
    """Effect sizes pooled under a normal random-effects model with priors, by quadrature.

    Attributes
    ----------
    mu, tau, predictive : Marginal
        Posterior of the mean effect, of its standard deviation between studies, and of the effect
        in a new study, each with `mean`, `sd`, `median`, `quantile(q)`, `cdf(x)`, `density(x)`,
        `above(x)` and `interval(level, kind)`; on the scale of the measure, log for ratios. A mean
        or standard deviation that does not exist is infinite.
    shrinkage : tuple of Marginal
        Posterior of each study's own effect.
    p_benefit, p_important, p_harm : float
        P(mean effect on the better side of no effect), P(better by at least `important`), where it
        is given, and P(on the worse side).
    p_benefit_new : float
        The first of these for a new study.
    log_evidence : float or None
        Log of the probability density of the data under model and priors, the binomial or
        hypergeometric coefficients left out; None under an improper prior, where it has no meaning.
    bayes_factor_mu, bayes_factor_tau : float or None
        Evidence for mu = 0, and for tau = 0, over the model: small values speak against the null.
        None where the prior of what is tested is improper.
    conflict : float or None
        Two-sided chance of a pooled estimate at least as far from the prior mean as the one seen,
        under the prior, averaged over the posterior of tau (Evans & Moshonov 2006); None where mu
        has a flat prior.
    error : float
        Estimated relative error of the quadrature.
    """

    measure: str
    likelihood: Likelihood
    level: float
    better: Direction
    important: float | None
    k: int
    k_contributing: int
    mu_prior: Any
    tau_prior: Any
    mu: Marginal
    tau: Marginal
    predictive: Marginal
    shrinkage: tuple[Marginal, ...]
    p_benefit: float
    p_benefit_new: float
    p_important: float | None
    p_harm: float
    log_evidence: float | None
    bayes_factor_mu: float | None
    bayes_factor_tau: float | None
    conflict: float | None
    error: float
    yi: Floats
    vi: Floats
    labels: tuple[str, ...]
    scale: str

    @property
    def log_scale(self) -> bool:
        """Whether ``exp`` of the effect is the measure itself."""
        return self.scale == "log"

    @property
    def estimate(self) -> float:
        """Posterior median of the mean effect."""
        return self.mu.median

    @property
    def ci(self) -> Interval:
        """Central credible interval of the mean effect at `level`."""
        return self.mu.interval(self.level)

    @property
    def prediction_interval(self) -> Interval:
        """Central interval of the effect in a new study at `level`."""
        return self.predictive.interval(self.level)

    def natural(self, value: float) -> float:
        """A value as read: ratios are no longer logarithms, proportions no longer logits."""
        if self.scale == "logit":
            return 1 / (1 + math.exp(-value))
        return math.exp(value) if self.log_scale else value

    def probability(self, *, above: float | None = None, below: float | None = None) -> float:
        """P(mean effect beyond a value, or between two), on the scale of the measure."""
        total = 1.0
        if above is not None:
            total = self.mu.above(number("above", above))
        if below is not None:
            total -= self.mu.above(number("below", below))
        return max(total, 0.0)

    def frame(self) -> pl.DataFrame:
        """One row a study: effect as reported and shrunken, on the scale of the measure."""
        from .bayes_frames import studies

        return studies(self)

    def chart(self) -> alt.TopLevelMixin:
        """Prior and posterior of the mean effect and of tau."""
        from .bayes_charts import prior_posterior

        return prior_posterior(self)

    def summary(self) -> str:
        """A few lines of text, as read."""
        from .bayes_words import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()
