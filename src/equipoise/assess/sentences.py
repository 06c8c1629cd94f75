"""The verdict's sentences: sober, and no more than the findings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.figure import Figure, Sentence, say
from equipoise.wording import inside, listing, percent, plural, verbatim

from .fold import decides
from .pooled_sentences import pooled_summary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from equipoise.evidence import EvidenceSoFar
    from equipoise.vocabulary.appraisal import Appraisal
    from equipoise.vocabulary.dossier import Dossier

    from .pooled import Rating
    from .records import ProposedTrial, SubgroupVerdict

REASON_GROUPS = (("EQ-C001",), ("EQ-C002", "EQ-C003"), ("EQ-C004",), ("EQ-C005",), ("EQ-C020",))
"""Findings that lead, in this order; those in one group make one reason."""

BENEFIT_GROUPS = (("EQ-C005",), ("EQ-C020",))
"""The same where an uncontrolled claim carries the verdict."""


def reasons(
    appraisals: Sequence[Appraisal], evidence: EvidenceSoFar, rating: Rating
) -> tuple[Sentence, ...]:
    """Why, in order: what lowered certainty in pooled results, or the leading findings."""
    if evidence.randomised:
        return tuple(
            say(f"{verbatim(reason[:1].upper() + reason[1:])}.") for reason in rating.lowered
        )
    wanted = {"passed"} if rating.effect == "important benefit" else {"issue", "caution"}
    deciding = [row for row in appraisals if decides(row)] or list(appraisals)
    findings = deciding[0].findings if deciding else ()
    out = []
    groups = BENEFIT_GROUPS if rating.effect == "important benefit" else REASON_GROUPS
    for group in groups:
        parts = [row.sentence for row in findings if row.code in group and row.status in wanted]
        if parts:
            out.append(_join(parts))
    return tuple(out)


def _join(parts: list[Sentence]) -> Sentence:
    """Several sentences as one run of text, its figures renumbered."""
    templates: list[str] = []
    figures: list[Figure] = []
    for part in parts:
        shift = len(figures)
        template = part.template
        for index in reversed(range(len(part.figures))):
            template = template.replace(f"{{{index}}}", f"{{{index + shift}}}")
        templates.append(template)
        figures += part.figures
    return Sentence(template=" ".join(templates), figures=tuple(figures))


def summary(
    dossier: Dossier,
    rating: Rating,
    appraisals: Sequence[Appraisal],
    evidence: EvidenceSoFar,
    trial: ProposedTrial | None,
    subgroups: Sequence[SubgroupVerdict],
) -> tuple[Sentence, ...]:
    """Two or three sentences: where the question stands, on what, and what would settle it."""
    if evidence.randomised:
        return pooled_summary(evidence, rating, subgroups)
    outcome = dossier.question.primary
    if any(row.claim.statements.comparator.said == "yes" for row in appraisals):
        return (
            say(
                "A claim rests on a concurrent comparison whose counts are not among the results "
                "known on this date; the effect of the treatment is very uncertain."
            ),
        )
    sentences: list[Sentence | None] = [_stands(rating, outcome.name)]
    if rating.effect == "important benefit":
        sentences.append(_against_cohorts(appraisals))
    else:
        sentences.append(_counts(appraisals))
    if trial is not None and rating.effect != "important benefit":
        power = trial.design.plan.target_power
        most = "at most " if len(trial.design.looks) > 1 else ""
        sentences.append(
            say(
                f"A randomised trial of {most}{{0}} patients an arm would find a difference of "
                f"{{1}} in {inside(outcome.name)} with probability {percent(power)}.",
                trial.per_arm,
                trial.smallest_difference,
            )
        )
    return tuple(sentence for sentence in sentences if sentence is not None)


def _stands(rating: Rating, outcome: str) -> Sentence:
    match rating.effect:
        case "untested":
            return say(
                "The treatment is untested: no result known on this date compares it with a "
                "control that could tell, and its effect is very uncertain."
            )
        case "important benefit":
            verb = {"moderate": "probably improves", "low": "may improve"}.get(
                rating.certainty, "is very uncertain in its effect on"
            )
            return say(
                f"On the natural course known on this date, the treatment {verb} the primary "
                f"outcome ({inside(outcome)}) by more than the smallest difference that matters."
            )
        case _:
            return say(
                "Held against the natural course, the claim is compatible with more than one of "
                "important benefit, little difference and harm; its effect is very uncertain."
            )


def _against_cohorts(appraisals: Sequence[Appraisal]) -> Sentence | None:
    for appraisal in appraisals:
        item = appraisal.leading
        if decides(appraisal) and item.natural and item.dramatic.worst:
            return say(
                f"{verbatim(appraisal.claim.label)}: {{0}} did well, where {{1}} would be expected "
                "of a new untreated series (95% predictive interval); against the least "
                "favourable cohort alone the ratio is {2}.",
                item.count,
                item.natural.untreated,
                item.dramatic.worst,
            )
    return None


def _counts(appraisals: Sequence[Appraisal]) -> Sentence | None:
    if not appraisals:
        return None
    appraisal = appraisals[0]
    item = appraisal.leading
    said = f"{verbatim(appraisal.claim.label)} reports {{0}} with {inside(item.outcome.name)}"
    if item.rate_at_five is None:
        return say(
            f"{said} (95% interval {{1}}); that describes these patients and is no "
            "treatment effect.",
            item.count,
            item.exact,
        )
    return say(
        f"{said} (95% interval {{1}}); as good a result would be seen with probability 0.05 "
        "without any effect if {2} of such patients did well untreated, a rate that "
        + ("is not known." if item.natural is None else "the cohorts put at {3}."),
        item.count,
        item.exact,
        item.rate_at_five,
        *([item.natural.untreated] if item.natural else []),
    )


def hindsight(dossier: Dossier, as_of: date) -> tuple[Sentence, ...]:
    """What was set or judged after the date of the verdict."""
    notes = []
    for outcome in dossier.question.outcomes:
        difference = outcome.smallest_difference
        if difference is not None and difference.set_on.known(as_of) != "yes":
            value = Figure(
                id=f"question.{outcome.id}.difference",
                value=difference.risk_difference,
                shown=f"{100 * difference.risk_difference:g} points",
                kind="assumed",
                note=f"{difference.reason} Set on {difference.set_on}.",
            )
            notes.append(
                say(
                    f"The smallest difference that matters for {inside(outcome.name)}, {{0}}, was "
                    f"set on {difference.set_on}, after the date of this verdict.",
                    value,
                )
            )
    late = [row for row in dossier.judgements if row.judged_on.known(as_of) != "yes"]
    if late:
        who = listing(sorted({row.judged_by for row in late}))
        notes.append(
            say(
                f"{plural(len(late), 'judgement')} by {verbatim(who)} "
                f"{'was' if len(late) == 1 else 'were'} made after the date of this verdict."
            )
        )
    return tuple(notes)
