"""What had been reported by a date: on the treatment itself, and beside it."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING

from equipoise import methods
from equipoise.numerics.two_by_two import newcombe_difference
from equipoise.vocabulary.evidence import Cohort, StudyResult, TrialEvent
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.question import Question
from equipoise.vocabulary.record import record
from equipoise.wording import plural

from .body import Body, body_of_evidence
from .history import HistoryPoint, history
from .versions import standing

if TYPE_CHECKING:
    from collections.abc import Sequence


@record
class Comparison:
    """One study's two arms, with the risk difference where both counts are known."""

    result: StudyResult
    treatment: Figure | None
    control: Figure | None
    difference: Figure | None
    reported: Figure | None


@record
class EvidenceSoFar:
    """What had been reported by the date: randomised and direct, uncontrolled, indirect."""

    randomised: tuple[Comparison, ...]
    uncounted: tuple[Comparison, ...]
    uncontrolled: tuple[Comparison, ...]
    indirect: tuple[Comparison, ...]
    control_arms: tuple[Cohort, ...]
    events: tuple[TrialEvent, ...]
    count: Figure
    body: Body
    subgroups: tuple[Body, ...]
    history: tuple[HistoryPoint, ...]


def evidence_so_far(
    studies: Sequence[StudyResult],
    cohorts: Sequence[Cohort],
    events: Sequence[TrialEvent],
    question: Question,
    as_of: date,
    every: Sequence[StudyResult] | None = None,
) -> EvidenceSoFar:
    """Sort the results known on a date by what they can say about the primary outcome, and pool.

    Randomised, direct results on the outcome that are not set aside are *randomised*, or
    *uncounted* where a count is missing; other direct results on it are *uncontrolled*; the rest
    is *indirect*. `every` result of the dossier tells which early versions stand in for a final one
    that was not public yet.
    """
    outcome = question.primary.id
    studies = standing(studies, studies if every is None else every)
    main = [row for row in studies if row.version == "primary"]
    direct = [row for row in main if row.directness == "direct" and row.outcome == outcome]
    controlled = [row for row in direct if row.controlled]
    randomised = [row for row in controlled if row.counted and row.confidence != "low"]
    return EvidenceSoFar(
        randomised=tuple(_comparison(row) for row in randomised),
        uncounted=tuple(_comparison(row) for row in controlled if not row.counted),
        uncontrolled=tuple(_comparison(row) for row in direct if not row.controlled),
        indirect=tuple(_comparison(row) for row in main if row.directness == "indirect"),
        control_arms=tuple(
            row
            for row in cohorts
            if row.outcome == outcome and row.time_basis == "fixed-day" and row.version == "primary"
        ),
        events=tuple(events),
        count=Figure(
            id="evidence.randomised",
            value=len({row.study for row in randomised}),
            shown=plural(len({row.study for row in randomised}), "randomised comparison"),
            kind="computed",
            method=methods.COUNT,
            note="direct, counted, on the primary outcome, not set aside; "
            "randomisation stated or unclear",
        ),
        body=body_of_evidence(studies, question.primary),
        subgroups=tuple(
            body_of_evidence(
                [row for row in studies if row.severity == name],
                dataclasses.replace(question.primary, control_risks=()),
                name=name,
                key=f"evidence.{name.replace(' ', '-')}",
            )
            for name in question.subgroups
        ),
        history=history(studies, question.primary, as_of),
    )


def _comparison(row: StudyResult) -> Comparison:
    treatment, control = row.count("treatment"), row.count("control")
    difference = None
    if treatment and control and row.n_treatment and row.n_control and row.confidence != "low":
        difference = _difference(row, treatment, control)
    return Comparison(
        result=row,
        treatment=treatment,
        control=control,
        difference=difference,
        reported=row.in_words,
    )


def _difference(row: StudyResult, treatment: Figure, control: Figure) -> Figure:
    assert isinstance(treatment.value, tuple)
    assert isinstance(control.value, tuple)
    estimate, (low, high) = newcombe_difference(
        *(int(value) for value in (*treatment.value, *control.value))
    )
    return Figure(
        id=f"{row.key}.difference",
        value=(estimate, low, high),
        shown=f"{100 * estimate:+.1f} ({100 * low:+.1f} to {100 * high:+.1f}) points",
        kind="computed",
        method=methods.NEWCOMBE,
        inputs=(treatment.id, control.id),
        note="risk difference, treatment minus control, with 95% interval",
    )
