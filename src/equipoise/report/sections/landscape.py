"""5. What is being tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.registry import charts
from equipoise.report.blocks import Block, ChartBlock, Paragraphs, Section, Table
from equipoise.vocabulary.figure import Sentence, say
from equipoise.wording import listing, verbatim

if TYPE_CHECKING:
    from equipoise.assess import Verdict
    from equipoise.vocabulary.landscape import Landscape


def section(verdict: Verdict) -> Section | None:
    """Registrations under each definition; None where the dossier has none."""
    found = verdict.landscape
    if found is None or not found.registrations:
        return None
    blocks: list[Block] = [
        Paragraphs(sentences=_lead(found)),
        Table(
            caption="Registrations by definition (registrations, not trials)",
            columns=("definition", "where", "registered", "visible", "randomised", "blinded"),
            rows=tuple(
                (
                    row.definition,
                    row.place or "world-wide",
                    row.registered,
                    row.visible,
                    row.randomised,
                    row.blinded,
                )
                for row in found.rows
            ),
            compact=True,
        ),
        ChartBlock(
            id="registrations",
            title="Registrations over time, by whether they say they randomise",
            description="Cumulative number of registrations by registration date.",
            make=lambda: charts.over_time(found),
        ),
    ]
    return Section(id="landscape", title="What is being tried", blocks=tuple(blocks))


def _there(found: Landscape) -> list[Sentence]:
    """The widest count in the place that the claim names."""
    rows = [row for row in found.rows if row.place is not None]
    if not rows:
        return []
    place = verbatim(rows[0].place or "")
    return [
        say(
            f"In {place}, by the widest definition, {{0}} were registered and {{1}} of them "
            "visible in an export by then.",
            rows[0].registered,
            rows[0].visible,
        )
    ]


def _lead(found: Landscape) -> tuple[Sentence, ...]:
    sentences = []
    if found.said is not None:
        where = f" in {verbatim(found.said.place)}" if found.said.place else ""
        if found.said_matches:
            text = (
                f"The claim speaks of {found.said.n} trials{where}. Of the definitions below, that "
                f"number is met by: {verbatim(listing(list(found.said_matches)))}."
            )
        else:
            text = (
                f"The claim speaks of {found.said.n} trials{where}. No definition below gives that "
                "number on this date."
            )
        sentences.append(say(text))
        sentences += _there(found)
    if found.recruiting is not None:
        sentences.append(say("On this date {0} were recorded as recruiting.", found.recruiting))
    else:
        sentences.append(say("Recruitment status on this date is unknown."))
    if found.planned_median is not None and found.cancelled is not None:
        sentences.append(
            say(
                "Median planned size {0}. {1} carry a mark of cancellation in later exports, which "
                "do not date it.",
                found.planned_median,
                found.cancelled,
            )
        )
    return tuple(sentences)
