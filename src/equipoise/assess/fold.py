"""From findings to a verdict: the rules, in order; the first that applies decides.

The rules are printed with every verdict, so that it can be read back line by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pooled import Rating, rate
from .records import CERTAINTIES, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.evidence import EvidenceSoFar
    from equipoise.vocabulary.appraisal import Appraisal
    from equipoise.vocabulary.evidence import Judgement

    from .records import Certainty, Effect

_POOLED = "the pooled interval of randomised results, at every stated control risk, lies wholly "

_TABLE: tuple[tuple[str, str, Effect, Certainty], ...] = (
    (
        "EQ-V011",
        f"{_POOLED}beyond the smallest difference that matters, on the side of benefit",
        "important benefit",
        "high",
    ),
    (
        "EQ-V012",
        f"{_POOLED}within the smallest difference that matters on either side",
        "little or no difference",
        "high",
    ),
    (
        "EQ-V013",
        f"{_POOLED}beyond the smallest difference that matters, on the side of harm",
        "harm",
        "high",
    ),
    (
        "EQ-V014",
        "randomised results are known, and their pooled interval touches more than one of these "
        "(or no effect can be estimated from them)",
        "compatible with more than one",
        "high",
    ),
    (
        "EQ-V002",
        "no claim has a concurrent comparator or a matching cohort",
        "untested",
        "very low",
    ),
    (
        "EQ-V003",
        "a claim whose outcome is defined and whose follow-up is stated shows a dramatic effect "
        "against each of at least two matching cohorts: lower limit of the ratio above 10, and the "
        "untreated upper limit cleared by the smallest difference that matters",
        "important benefit",
        "moderate",
    ),
    (
        "EQ-V004",
        "a claim can be held against a comparator or cohort, and its effect is not dramatic",
        "compatible with more than one",
        "very low",
    ),
)

NOT_JUDGED = "risk of bias is not judged by a person, so certainty is capped at low"
JUDGED_HIGH = "a signed judgement finds a high risk of bias, so certainty is capped at very low"

_BY_EFFECT = {
    "important benefit": "EQ-V011",
    "little or no difference": "EQ-V012",
    "harm": "EQ-V013",
    "compatible with more than one": "EQ-V014",
}


def fold(
    appraisals: Sequence[Appraisal],
    evidence: EvidenceSoFar,
    judgements: Sequence[Judgement],
    optimal_size: int | None,
) -> tuple[tuple[Rule, ...], Rating]:
    """Apply the rules: the table with the applied row marked, and the rating it leads to.

    `optimal_size` is the number of patients of the trial that would settle the question; fewer
    pooled patients than that lower certainty.
    """
    pooled = (
        rate(evidence.body, evidence, judgements, optimal_size) if evidence.randomised else None
    )
    deciding = _BY_EFFECT[pooled.effect] if pooled else _deciding(appraisals)
    rules = tuple(
        Rule(
            code=code,
            condition=condition,
            effect=effect,
            certainty=certainty,
            applied=code == deciding,
        )
        for code, condition, effect, certainty in _TABLE
    )
    if pooled is not None:
        return rules, pooled
    applied = next(rule for rule in rules if rule.applied)
    certainty, capped = _cap(applied.certainty, appraisals, judgements)
    return rules, Rating(
        effect=applied.effect,
        certainty=certainty,
        lowered=(capped,) if capped else (),
        regions=(),
    )


def _deciding(appraisals: Sequence[Appraisal]) -> str:
    if not any(_comparable(appraisal) for appraisal in appraisals):
        return "EQ-V002"
    if any(decides(appraisal) for appraisal in appraisals):
        return "EQ-V003"
    return "EQ-V004"


def decides(appraisal: Appraisal) -> bool:
    """Whether a claim's dramatic effect can carry the verdict."""
    said = appraisal.claim.statements
    stated = said.outcome_definition.said == "yes" and said.follow_up.said == "yes"
    return stated and appraisal.leading.dramatic.met


def _comparable(appraisal: Appraisal) -> bool:
    return (
        appraisal.claim.statements.comparator.said == "yes" or appraisal.leading.natural is not None
    )


def _cap(
    certainty: Certainty, appraisals: Sequence[Appraisal], judgements: Sequence[Judgement]
) -> tuple[Certainty, str | None]:
    deciding = [row for row in appraisals if decides(row)] or list(appraisals)
    subjects = {appraisal.claim.id for appraisal in deciding}
    levels = {judgement.level for judgement in judgements if judgement.about in subjects}
    cap: Certainty = "high"
    reason = None
    if not levels:
        cap, reason = "low", NOT_JUDGED
    elif levels & {"high", "critical"}:
        cap, reason = "very low", JUDGED_HIGH
    if CERTAINTIES.index(cap) < CERTAINTIES.index(certainty):
        return cap, reason
    return certainty, None
