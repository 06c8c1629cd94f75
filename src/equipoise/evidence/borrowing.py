"""Borrowing from other evidence: power priors, and an analogy with a stated weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from equipoise.errors import InputError
from equipoise.inputs import number, numbers, one_of
from equipoise.parts.distributions import Beta, Gamma, Normal
from equipoise.parts.mixtures import Mixture, as_mixture, mix, share
from equipoise.vocabulary.record import record
from equipoise.wording import percent, probability

from .marginals import NormalMarginal, normal_marginal
from .pool_bayes import pool_bayes

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from equipoise.vocabulary.question import Direction

    from .bayes_synthesis import BayesianSynthesis

WEIGHTS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Weights of the analogy that are shown unless others are asked for."""


def power_prior(initial: Beta | Normal | Gamma, weight: float, **data: float) -> Mixture:
    """Count other data for a stated fraction of what they are.

    Parameters
    ----------
    initial : Beta, Normal or Gamma
        The prior before any of them.
    weight : float
        In [0, 1]: 0 leaves the data out, 1 takes them at full value.
    data
        As of :meth:`Mixture.posterior`: events and n; estimate and se; events and exposure.

    Returns
    -------
    Mixture
        Of one component: beta(a + weight events, b + weight (n - events)), and so on.

    References
    ----------
    Ibrahim & Chen (2000), Stat Sci 15:46.
    """
    share("weight", weight)
    start = as_mixture(initial)
    start.posterior(**data)  # which refuses data that cannot be
    if weight == 0:
        return start
    if start.family == "normal":
        return start.posterior(estimate=data["estimate"], se=data["se"] / weight**0.5)
    return start.posterior(**{name: weight * value for name, value in data.items()})


@record
class BorrowedRow:
    """What the conclusion is at one weight of the analogy.

    `posterior_weight` is what the weight became in the light of the direct evidence.
    """

    weight: float
    posterior_weight: float
    p_benefit: float
    p_important: float | None
    median: float
    lower: float
    upper: float


@record
class IndirectEvidence:
    """Direct evidence read under a prior that believes an analogy with a stated weight.

    Attributes
    ----------
    rows : tuple of BorrowedRow
        By weight; on the scale of the measure, log for ratios.
    tipping_weight : float or None
        The weight at which P(benefit) passes `certainty`; None where no weight in [0, 1] does.
    certainty : float
        P(benefit), or P(harm), at which the conclusion is said to change.
    direct_studies : int
        0 where there is no direct evidence, and the prior is all there is.
    bayes_factor : float
        How much better the analogy predicted the direct evidence than the vague prior did; 1
        without direct evidence.
    """

    rows: tuple[BorrowedRow, ...]
    tipping_weight: float | None
    certainty: float
    direct_studies: int
    bayes_factor: float
    better: Direction
    important: float | None
    indirect: Mixture
    vague: Mixture
    level: float

    def frame(self) -> pl.DataFrame:
        """One row a weight."""
        import polars as pl

        return pl.DataFrame(
            [
                {
                    "weight": row.weight,
                    "posterior_weight": row.posterior_weight,
                    "p_benefit": row.p_benefit,
                    "p_important": row.p_important,
                    "median": row.median,
                    "lower": row.lower,
                    "upper": row.upper,
                }
                for row in self.rows
            ],
            schema_overrides={"p_important": pl.Float64},
        )

    def chart(self) -> alt.TopLevelMixin:
        """P(benefit) against the weight, with the tipping weight."""
        from .borrowing_chart import weights

        return weights(self)

    def summary(self) -> str:
        """A few lines of text."""
        lines = [
            f"  weight {row.weight:<5g} benefit {probability(row.p_benefit):>7}"
            f"   counts for {percent(row.posterior_weight, 0)} after the direct evidence"
            for row in self.rows
        ]
        tip = "no weight of the analogy changes the conclusion"
        if self.tipping_weight is not None:
            tip = f"the conclusion changes at a weight of {self.tipping_weight:.3g}"
        head = f"Probability of benefit by weight of the analogy ({self.direct_studies} direct)"
        return "\n".join([head, *lines, f"  {tip} (certainty {self.certainty:g})"])

    def __str__(self) -> str:
        return self.summary()


def indirect_evidence(
    indirect: Normal | Mixture,
    data: Any = None,
    vi: ArrayLike | None = None,
    *,
    vague: Normal | None = None,
    weights: ArrayLike = WEIGHTS,
    certainty: float = 0.975,
    better: Direction = "lower",
    important: float | None = None,
    level: float = 0.95,
    **pooling: Any,
) -> IndirectEvidence:
    """Let an analogy count for a stated weight, and find the weight that changes the conclusion.

    The prior of the mean effect is ``weight x indirect + (1 - weight) x vague``. The weight is an
    assumption, never an estimate: it says how far the other disease or population is believed to
    speak about this one.

    Parameters
    ----------
    indirect : Normal or Mixture
        What the analogy says of the mean effect: a predictive prior of the other field's trials,
        see :func:`predictive_prior`.
    data, vi, pooling
        Direct evidence, as of :func:`pool_bayes`; without it the prior itself is read.
    vague : Normal, optional
        What is believed where the analogy does not hold; normal(0, 4) unless given.
    weights : array_like
        Weights shown, each in [0, 1].
    certainty : float
        P(benefit) that a conclusion needs.
    better, important, level
        As of :func:`pool_bayes`.

    Returns
    -------
    IndirectEvidence

    References
    ----------
    Schmidli et al. (2014), Biometrics 70:1023, for the mixture. That P(benefit) is monotone in the
    weight, and so tips at most once, follows from its form.
    """
    one_of("better", better, ("lower", "higher"))
    if not 0.5 <= number("certainty", certainty) < 1:
        raise InputError.of("certainty", certainty, "must lie in [0.5, 1)", "Give 0.975, say")
    shown = [share("weights", w) for w in numbers("weights", weights)]
    analogy, other = as_mixture(indirect), as_mixture(vague or Normal(0.0, 4.0))
    if analogy.family != "normal" or other.family != "normal":
        raise InputError.of("indirect", analogy.family, "must be normal", "Give eq.Normal, say")
    ends = [_end(prior, data, vi, pooling) for prior in (other, analogy)]
    rows = tuple(_row(w, ends, better, important, level) for w in shown)
    chances = [_benefit(end, 0.0, better) for end in ends]
    factor = float(np.exp(ends[1].log_evidence - ends[0].log_evidence))
    return IndirectEvidence(
        rows=rows,
        tipping_weight=tipping_weight(chances[0], chances[1], factor, certainty),
        certainty=certainty,
        direct_studies=ends[0].studies,
        bayes_factor=factor,
        better=better,
        important=important,
        indirect=analogy,
        vague=other,
        level=level,
    )


def tipping_weight(without: float, alone: float, factor: float, certainty: float) -> float | None:
    """The weight at which P(benefit) passes `certainty`, or P(benefit) falls to 1 - it.

    `without` and `alone` are P(benefit) at weights 0 and 1, `factor` the analogy's Bayes factor.
    P(benefit) at weight w is their mean with weights (1 - w) and w `factor`, which is solved for w.
    None where both lie on one side.
    """
    for bar in (certainty, 1 - certainty):
        below, above = bar - without, alone - bar
        if below * above > 0:
            return below / (below + factor * above)
    return None


@record
class _End:
    """The posterior under one of the two priors by itself."""

    mu: NormalMarginal
    log_evidence: float
    studies: int


def _end(prior: Mixture, data: Any, vi: ArrayLike | None, pooling: dict[str, Any]) -> _End:
    if data is None:
        weights, mean, sd = prior.arrays
        return _End(mu=normal_marginal(weights, mean, sd), log_evidence=0.0, studies=0)
    fit: BayesianSynthesis = pool_bayes(data, vi, mu_prior=prior, **pooling)
    if fit.log_evidence is None:
        raise InputError.of(
            "tau_prior", str(fit.tau_prior), "must be proper, to weigh the priors", "Give another"
        )
    assert isinstance(fit.mu, NormalMarginal)
    return _End(mu=fit.mu, log_evidence=fit.log_evidence, studies=fit.k)


def _benefit(end: _End, size: float, better: Direction) -> float:
    return 1 - end.mu.above(-size) if better == "lower" else end.mu.above(size)


def _row(
    weight: float, ends: list[_End], better: Direction, important: float | None, level: float
) -> BorrowedRow:
    peak = max(end.log_evidence for end in ends)
    masses = np.array([(1 - weight), weight]) * np.exp([end.log_evidence - peak for end in ends])
    masses /= masses.sum()
    parts = [
        (mass * end.mu.weight, end.mu.centre, end.mu.spread)
        for mass, end in zip(masses, ends, strict=True)
        if mass > 0
    ]
    w, c, s = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    together = normal_marginal(w / w.sum(), c, s)
    lower, median, upper = together.quantile([(1 - level) / 2, 0.5, (1 + level) / 2])
    chances = [_benefit(end, 0.0, better) for end in ends]
    far = None
    if important is not None:
        far = float(masses @ [_benefit(end, important, better) for end in ends])
    return BorrowedRow(
        weight=weight,
        posterior_weight=float(masses[1]),
        p_benefit=float(masses @ chances),
        p_important=far,
        median=float(median),
        lower=float(lower),
        upper=float(upper),
    )


def indirect_prior(
    indirect: Normal | Mixture, weight: float, vague: Normal | None = None
) -> Mixture:
    """The prior of :func:`indirect_evidence` at one weight, as a mixture for :func:`pool_bayes`."""
    share("weight", weight)
    return mix(((weight, indirect), (1 - weight, vague or Normal(0.0, 4.0))))
