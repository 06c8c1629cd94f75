"""A claim and the cohorts known on the date, to an appraisal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.appraisal import Appraisal, OutcomeAppraisal
from equipoise.vocabulary.figure import Figure
from equipoise.wording import out_of

from . import support
from .artefacts import artefacts
from .checks import run_checks
from .match import covered, match_cohorts
from .natural_course import good_count, natural_course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.claim import Claim, ClaimedOutcome
    from equipoise.vocabulary.evidence import Cohort
    from equipoise.vocabulary.question import Question


def appraise(claim: Claim, question: Question, cohorts: Sequence[Cohort]) -> Appraisal:
    """Say what a claim can and cannot show.

    Parameters
    ----------
    claim
        The claim; its first outcome leads.
    question
        Gives each outcome's direction and smallest difference that matters.
    cohorts
        What was known, on the date, of patients who did not get the treatment.
    """
    outcomes = tuple(
        _appraise_outcome(claim, claimed, question, cohorts) for claimed in claim.outcomes
    )
    return Appraisal(
        claim=claim,
        outcomes=outcomes,
        artefacts=artefacts(claim),
        findings=run_checks(claim, outcomes),
    )


def _appraise_outcome(
    claim: Claim, claimed: ClaimedOutcome, question: Question, cohorts: Sequence[Cohort]
) -> OutcomeAppraisal:
    outcome = question.outcome(claimed.outcome)
    key = f"{claim.id}.{claimed.outcome}"
    count = _count(claim, claimed, key)
    good = good_count(claimed.events, claimed.n, outcome.better)
    matches = match_cohorts(claim, claimed, cohorts)
    matched = [match for match in matches if match.matched]
    inputs = (count.id, *(match.count.id for match in matched if match.count))
    natural = adjusted = None
    if claim.statements.comparator.said != "yes" and covered(claim, claimed, matches):
        rows = [match.cohort for match in matched]
        natural = natural_course(claim, claimed, outcome.better, rows, inputs)
        adjusted = support.bias_adjusted(key, claimed, outcome, rows, inputs)
    exact = support.exact_interval(key, claimed, (count.id,))
    settled = claimed.final and good > 0
    return OutcomeAppraisal(
        claimed=claimed,
        outcome=outcome,
        good=good,
        count=count,
        exact=exact,
        credible=support.credible_interval(key, claimed, (count.id,)),
        again=support.again(key, claimed.n, (count.id,)) if settled and good == claimed.n else None,
        rate_at_five=support.rate_at_five(key, good, claimed.n, (count.id,)) if settled else None,
        unreported=support.unreported(key, good, claimed.n, (count.id,)) if settled else (),
        matches=matches,
        natural=natural,
        adjusted=adjusted,
        dramatic=support.dramatic(key, claimed, outcome, natural, exact, inputs),
    )


def _count(claim: Claim, claimed: ClaimedOutcome, key: str) -> Figure:
    return Figure(
        id=f"{key}.count",
        value=(claimed.events, claimed.n),
        shown=out_of(claimed.events, claimed.n),
        kind="reported",
        source=claim.source,
        locator=claim.locator,
        words=claimed.words,
        confidence=claim.confidence,
        note=claimed.note,
    )
