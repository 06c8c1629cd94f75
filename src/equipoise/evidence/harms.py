"""Harms: participants with serious adverse events; silence is not none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise import methods
from equipoise.numerics.binomial import clopper_pearson
from equipoise.vocabulary.evidence import StudyResult
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.record import record
from equipoise.wording import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

SERIOUS = "sae"
"""Outcome id of participants with at least one serious adverse event."""


@record
class HarmRow:
    """One study's participants with serious adverse events; `upper` where none was counted."""

    result: StudyResult
    treatment: Figure | None
    control: Figure | None
    upper: Figure | None


@record
class Harms:
    """Counts of participants with serious adverse events, and the studies that give none.

    `rows` is ordered as in the dossier; `silent` names pooled studies without such a count.
    """

    rows: tuple[HarmRow, ...]
    silent: tuple[str, ...]


def harms(studies: Sequence[StudyResult], pooled: Sequence[StudyResult], key: str) -> Harms:
    """Gather direct, controlled counts of participants with serious adverse events."""
    found = [
        row
        for row in studies
        if row.outcome == SERIOUS
        and row.directness == "direct"
        and row.design == "parallel"
        and row.version == "primary"
        and row.confidence != "low"
        and row.set_aside is None
        and row.events_treatment is not None
    ]
    counted = {row.study for row in found}
    silent = dict.fromkeys(row.label for row in pooled if row.study not in counted)
    return Harms(rows=tuple(_row(row, key) for row in found), silent=tuple(silent))


def _row(row: StudyResult, key: str) -> HarmRow:
    treatment = row.count("treatment")
    upper = None
    if treatment is not None and row.events_treatment == 0 and row.n_treatment:
        limit = clopper_pearson(0, row.n_treatment)[1]
        upper = Figure(
            id=f"{key}.{row.key}.upper",
            value=limit,
            shown=f"up to {percent(limit)}",
            kind="computed",
            method=methods.CLOPPER_PEARSON,
            inputs=(treatment.id,),
            note="upper 95% limit when none was counted",
        )
    return HarmRow(
        result=row,
        treatment=treatment,
        control=row.count("control"),
        upper=upper,
    )
