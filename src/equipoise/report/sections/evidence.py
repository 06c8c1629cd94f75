"""4. The evidence so far: on the treatment itself, and beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.evidence import charts
from equipoise.report.blocks import Block, ChartBlock, Paragraphs, Section, Table
from equipoise.report.sections import bayes, pooled
from equipoise.vocabulary.figure import Sentence, say
from equipoise.wording import inside, plural, small

if TYPE_CHECKING:
    from equipoise.assess import Verdict
    from equipoise.evidence.so_far import Comparison
    from equipoise.vocabulary.evidence import StudyResult, TrialEvent


def section(verdict: Verdict) -> Section:
    """Randomised, uncounted, uncontrolled and indirect results known on the date."""
    found = verdict.evidence
    outcome = verdict.dossier.question.primary
    blocks: list[Block] = [Paragraphs(sentences=_lead(verdict))]
    if found.randomised:
        blocks += pooled.blocks(verdict)
        blocks.append(_comparisons("Randomised, direct, counted", found.randomised))
    blocks += bayes.blocks(verdict)
    if found.uncounted:
        blocks.append(_comparisons("Randomised, direct, no count seen", found.uncounted))
    if found.uncontrolled:
        blocks.append(
            _comparisons(
                "Without a randomised control, direct: no effect can be read off",
                found.uncontrolled,
            )
        )
    if found.control_arms:
        blocks.append(
            ChartBlock(
                id="control-arms",
                title=f"{outcome.name} without the treatment, at a fixed day",
                description="Share with the event in each cohort, with exact 95% intervals; "
                "indirect, another setting and other patients.",
                make=lambda: charts.cohort_rates(found.control_arms, small(outcome.name)),
            )
        )
    if found.indirect:
        blocks.append(_comparisons("Indirect evidence: other diseases or products", found.indirect))
    if found.events:
        blocks.append(_events(found.events))
    return Section(id="evidence", title="The evidence so far", blocks=tuple(blocks))


def _lead(verdict: Verdict) -> tuple[Sentence, ...]:
    found = verdict.evidence
    name = inside(verdict.dossier.question.primary.name)
    if not found.randomised:
        first = say(
            f"No randomised result of this treatment on {name} was known on this date."
            if not found.uncounted
            else f"No counted randomised result of this treatment on {name} was known."
        )
    else:
        first = say(
            f"{{0}} of this treatment on {name}, counted, known on this date.",
            found.count,
        )
    parts = [
        (
            len(found.uncounted),
            "randomised trial without a count",
            "randomised trials without a count",
        ),
        (
            len(found.uncontrolled),
            "result without a randomised control",
            "results without a randomised control",
        ),
        (len(found.indirect), "indirect result", "indirect results"),
    ]
    rest = "; ".join(plural(count, one, many) for count, one, many in parts if count)
    return (
        (first, say(f"Beside it: {rest}. None of them is counted as evidence of effect."))
        if rest
        else (first,)
    )


def _comparisons(caption: str, rows: tuple[Comparison, ...], *, compact: bool = False) -> Table:
    return Table(
        caption=caption,
        columns=("study", "first public", "patients", "what", "treatment", "control", "difference"),
        rows=tuple(
            (
                row.result.label,
                str(row.result.first_public),
                row.result.population,
                _what(row.result),
                row.treatment or row.reported,
                row.control or (None if row.result.design == "parallel" else "no control"),
                row.difference or (None if row.control else "–"),
            )
            for row in sorted(rows, key=lambda row: row.result.first_public.last_day)
        ),
        compact=compact,
        folded=len(rows) > 40,
    )


def _what(row: StudyResult) -> str:
    when = f", day {row.time_days}" if row.time_days else ""
    flags = [f"{row.outcome.replace('_', ' ')}{when}"]
    if row.blinding in {"double-blind", "open-label"} and row.design == "parallel":
        flags.append(row.blinding)
    if row.design == "parallel" and row.randomised == "unclear":
        flags.append("randomisation unclear")
    if row.confidence == "low":
        flags.append("low confidence: kept out of any number")
    if row.set_aside:
        flags.append(f"set aside: {row.set_aside}")
    return "; ".join(flags)


def _events(events: tuple[TrialEvent, ...]) -> Table:
    return Table(
        caption="Events known on the date",
        columns=("date", "kind", "trial", "what"),
        rows=tuple(
            (str(row.date), row.kind, row.trial or row.registration or "", row.note or "")
            for row in sorted(events, key=lambda row: row.date.last_day)
        ),
    )
