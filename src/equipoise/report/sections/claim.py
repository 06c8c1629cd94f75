"""1. The claim: who says what about whom, and what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.report.blocks import Block, ChartBlock, Findings, Paragraphs, Section, Table
from equipoise.vocabulary.figure import Figure, say
from equipoise.wording import verbatim

if TYPE_CHECKING:
    from equipoise.assess import Verdict
    from equipoise.vocabulary.appraisal import Appraisal
    from equipoise.vocabulary.claim import Claim


def section(verdict: Verdict) -> Section:
    """The claims known on the date, newest last."""
    blocks: list[Block] = []
    for appraisal in verdict.appraisals:
        blocks += _claim(appraisal)
    title = "The claim" if len(verdict.appraisals) == 1 else "The claims"
    return Section(id="claim", title=title, blocks=tuple(blocks))


def _claim(appraisal: Appraisal) -> list[Block]:
    claim = appraisal.claim
    who = [row for row in claim.speakers if row.stance == "proponent"]
    said = f", said by {verbatim(who[0].name)}" if who else ""
    observed = f" Observed {verbatim(claim.observed)}." if claim.observed else ""
    patients = _total(claim)
    blocks: list[Block] = [
        Paragraphs(
            sentences=(
                say(
                    f"{verbatim(claim.label)}, public on {claim.first_public}{said}: {{0}} given "
                    f"{verbatim(claim.treatment)}.{observed}",
                    patients,
                ),
                *(
                    say(f"{verbatim(item.outcome.name)}: {{0}}{_when(appraisal, i)}.", item.count)
                    for i, item in enumerate(appraisal.outcomes)
                ),
            )
        )
    ]
    if claim.strata:
        from equipoise.claims import charts

        blocks.append(
            ChartBlock(
                id=f"{claim.id}-strata",
                title="Who was treated",
                description="Patients by stratum, those the treatment is said to be for marked: "
                + ", ".join(f"{row.label} {row.n}" for row in claim.strata),
                make=lambda: charts.strata(claim),
            )
        )
    blocks.append(Findings(findings=appraisal.findings))
    if claim.speakers:
        blocks.append(_speakers(claim))
    return blocks


def _total(claim: Claim) -> Figure:
    return Figure(
        id=f"{claim.id}.n",
        value=claim.n,
        shown=f"{claim.n} patients",
        kind="reported",
        source=claim.source,
        locator=claim.locator,
        words=claim.patients_words,
        confidence=claim.confidence,
    )


def _when(appraisal: Appraisal, index: int) -> str:
    claimed = appraisal.outcomes[index].claimed
    match claimed.time_basis:
        case "fixed-day":
            return f" by day {claimed.time_days}"
        case "to-resolution":
            return ", followed to recovery or death"
        case "unstated":
            return ", by a day that is not stated"
        case other:
            return f" ({other.replace('-', ' ')})"


def _speakers(claim: Claim) -> Table:
    return Table(
        caption="Who is heard",
        columns=("name", "role", "stance", "interest"),
        rows=tuple(
            (row.name, row.role, row.stance, row.interest or "none stated")
            for row in claim.speakers
        ),
    )
