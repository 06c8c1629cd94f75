"""What an appraisal of a claim comes to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.vocabulary.claim import Claim, ClaimedOutcome
from equipoise.vocabulary.evidence import Cohort
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.finding import Finding
from equipoise.vocabulary.question import Outcome
from equipoise.vocabulary.record import record

Floats = NDArray[np.float64]


@record
class CohortMatch:
    """A cohort held against a claimed outcome; it matches when there is no reason against."""

    cohort: Cohort
    count: Figure | None
    reasons: tuple[str, ...]

    @property
    def matched(self) -> bool:
        """The cohort has the claim's outcome, stratum and time window."""
        return not self.reasons


@record
class Spread:
    """The natural course under one prior scale of heterogeneity between cohorts."""

    tau_scale: float
    probability: Figure


@record
class NaturalCourse:
    """What a new untreated series of the claim's size would show, from the matched cohorts.

    `distribution` (n + 1,) is the predictive distribution of the number who do well; `selective`
    (50,) is the chance that one of K = 1 … 50 such series looks as good as the claim's.
    """

    cohorts: tuple[Cohort, ...]
    spreads: tuple[Spread, ...]
    untreated: Figure
    upper: float
    distribution: Floats
    selective: Floats

    @property
    def probability(self) -> Figure:
        """The predictive probability under the default prior scale."""
        return self.spreads[len(self.spreads) // 2].probability


@record
class BiasAdjusted:
    """The series against the matched cohorts, with an allowance for bias.

    `robust` is the probability without bias where part of the weight is a vague prior's instead of
    the cohorts'.
    """

    unadjusted: Figure
    robust: Figure
    adjusted: Figure
    tipping: Figure
    tipping_odds_ratio: float


@record
class Dramatic:
    """Glasziou's criterion: a rate ratio whose lower limit is above 10, from several cohorts."""

    met: bool
    ratio: Figure | None
    worst: Figure | None
    crossing: Figure | None
    reasons: tuple[str, ...]


@record
class OutcomeAppraisal:
    """One claimed outcome: what the count says alone, and against the natural course."""

    claimed: ClaimedOutcome
    outcome: Outcome
    good: int
    count: Figure
    exact: Figure
    credible: Figure
    again: Figure | None
    rate_at_five: Figure | None
    unreported: tuple[tuple[float, Figure], ...]
    matches: tuple[CohortMatch, ...]
    natural: NaturalCourse | None
    adjusted: BiasAdjusted | None
    dramatic: Dramatic

    @property
    def matched(self) -> tuple[CohortMatch, ...]:
        """The cohorts that match."""
        return tuple(match for match in self.matches if match.matched)

    @property
    def set_aside(self) -> tuple[CohortMatch, ...]:
        """The cohorts that do not, each with its reasons."""
        return tuple(match for match in self.matches if not match.matched)


@record
class Artefact:
    """An artefact that makes patients improve without an effect; None where inputs are unknown."""

    name: str
    probability: Figure | None
    all_of_them: Figure | None
    missing: str | None


@record
class Appraisal:
    """A claim, each of its outcomes, the artefacts asked about, and the coded checks."""

    claim: Claim
    outcomes: tuple[OutcomeAppraisal, ...]
    artefacts: tuple[Artefact, ...]
    findings: tuple[Finding, ...]

    @property
    def leading(self) -> OutcomeAppraisal:
        """The claimed outcome named first."""
        return self.outcomes[0]
