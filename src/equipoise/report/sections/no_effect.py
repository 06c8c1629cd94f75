"""2. What no effect would look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.claims import charts
from equipoise.claims.natural_course import best_of_series
from equipoise.report.blocks import Block, ChartBlock, Paragraphs, Section, Table
from equipoise.vocabulary.figure import say
from equipoise.wording import inside, listing, plural, verbatim

if TYPE_CHECKING:
    from equipoise.assess import Verdict
    from equipoise.vocabulary.appraisal import (
        Appraisal,
        CohortMatch,
        NaturalCourse,
        OutcomeAppraisal,
    )
    from equipoise.vocabulary.figure import Sentence


def section(verdict: Verdict) -> Section:
    """For each claim: the predictive distribution, or why there is none."""
    blocks: list[Block] = []
    for appraisal in verdict.appraisals:
        blocks += _course(appraisal, appraisal.leading)
        blocks.append(_artefacts(appraisal))
    return Section(id="no-effect", title="What no effect would look like", blocks=tuple(blocks))


def _course(appraisal: Appraisal, item: OutcomeAppraisal) -> list[Block]:
    if appraisal.claim.statements.comparator.said == "yes":
        text = (
            f"{verbatim(appraisal.claim.label)}: the comparison was concurrent; see the evidence."
        )
        return [Paragraphs(sentences=(say(text),))]
    if item.natural is None:
        return _unmatched(appraisal, item)
    return _matched(appraisal, item)


def _unmatched(appraisal: Appraisal, item: OutcomeAppraisal) -> list[Block]:
    name = inside(item.outcome.name)
    sentences = [
        say(
            f"{verbatim(appraisal.claim.label)}: no cohort in the dossier shows {name} in such "
            "patients over such a time, so no probability is printed for it."
        )
    ]
    nearest = next((match for match in _by_distance(item) if match.count), None)
    if nearest is not None and nearest.count is not None:
        what = nearest.cohort.definition or nearest.cohort.outcome.replace("_", " ")
        sentences.append(
            say(
                f"The nearest at hand, {verbatim(nearest.cohort.label)} ({{0}}: "
                f"{verbatim(what)}), is set aside: {verbatim('; '.join(nearest.reasons))}.",
                nearest.count,
            )
        )
    blocks: list[Block] = []
    if item.rate_at_five is not None:
        sentences.append(
            say(
                "What can be said without a cohort: a result this good has probability 0.05 when "
                "{0} of such patients do well untreated, more above that rate and less below it. "
                "The rate itself is not known.",
                item.rate_at_five,
            )
        )
        blocks.append(
            ChartBlock(
                id=f"{appraisal.claim.id}-tail",
                title="How surprising is it? That hangs on a rate nobody measured",
                description="Probability of a result at least this good against the share of "
                "patients who do well untreated.",
                make=lambda: charts.tail_by_rate(item),
            )
        )
    table = _set_aside(appraisal, item)
    return [Paragraphs(sentences=tuple(sentences)), *blocks, *([table] if table else [])]


def _set_aside(appraisal: Appraisal, item: OutcomeAppraisal) -> Table | None:
    if not item.set_aside:
        return None
    rows = _by_distance(item)
    return Table(
        caption=f"Cohorts at hand, set aside for {item.outcome.name} ({appraisal.claim.label})",
        columns=("cohort", "patients", "outcome", "count", "why it is set aside"),
        rows=tuple(
            (
                match.cohort.label,
                match.cohort.stratum,
                match.cohort.definition or match.cohort.outcome.replace("_", " "),
                match.count,
                "; ".join(match.reasons),
            )
            for match in rows
        ),
        folded=len(rows) > 40,
    )


def _by_distance(item: OutcomeAppraisal) -> list[CohortMatch]:
    return sorted(item.set_aside, key=lambda match: _distance(item, match.cohort.outcome))


def _distance(item: OutcomeAppraisal, outcome: str) -> int:
    """Order of the cohorts set aside: those about improving first, deaths last."""
    if outcome == item.claimed.outcome:
        return 0
    return 1 if "improved" in outcome else 2 if outcome != "death" else 3


def _matched(appraisal: Appraisal, item: OutcomeAppraisal) -> list[Block]:
    natural = item.natural
    assert natural is not None
    key = appraisal.claim.id
    blocks: list[Block] = [
        Paragraphs(sentences=_course_sentences(appraisal, natural)),
        ChartBlock(
            id=f"{key}-predictive",
            title="A new untreated series of the same size",
            description="Predictive distribution of the number who do well untreated.",
            make=lambda: charts.predictive(item),
        ),
        ChartBlock(
            id=f"{key}-selective",
            title="If several series were tried and the best one told (illustration)",
            description="Chance that at least one of K untreated series looks as good.",
            make=lambda: charts.selective(item),
        ),
        Table(
            caption=f"Cohorts that match ({appraisal.claim.label})",
            columns=("cohort", "patients", "count"),
            rows=tuple((m.cohort.label, m.cohort.stratum, m.count) for m in item.matched),
            compact=True,
        ),
    ]
    table = _set_aside(appraisal, item)
    return [*blocks, table] if table else blocks


def _course_sentences(appraisal: Appraisal, natural: NaturalCourse) -> tuple[Sentence, ...]:
    varied = [f"{{{i}}} with scale {row.tau_scale:g}" for i, row in enumerate(natural.spreads)]
    return (
        say(
            f"{verbatim(appraisal.claim.label)}: from "
            f"{plural(len(natural.cohorts), 'matching cohort')}, a new untreated series would show "
            "a share of {0} doing well (95% predictive interval), and one as good as the claim's "
            "with probability {1}.",
            natural.untreated,
            natural.probability,
        ),
        say(
            "The prior of the spread between cohorts is half-normal on the logit scale; varied, "
            f"the probability is {listing(varied)}.",
            *(row.probability for row in natural.spreads),
        ),
        say(
            "Illustration of selective reporting: if 10 or 50 such series had been tried and the "
            "best one told, one would look as good with probability {0} or {1}. How many were "
            "tried is not known.",
            best_of_series(natural, 10),
            best_of_series(natural, 50),
        ),
    )


def _artefacts(appraisal: Appraisal) -> Paragraphs:
    sentences = []
    for row in appraisal.artefacts:
        if row.probability is None or row.all_of_them is None:
            sentences.append(
                say(f"{row.name.capitalize()} cannot be quantified: unknown are {row.missing}.")
            )
        else:
            sentences.append(
                say(
                    f"{row.name.capitalize()} alone would make {{0}} of patients look better with "
                    "no effect, and all of them with probability {1}.",
                    row.probability,
                    row.all_of_them,
                )
            )
    return Paragraphs(sentences=tuple(sentences), compact=False)
