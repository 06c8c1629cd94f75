"""Which version of a result stood on the date."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.evidence import StudyResult


def standing(known: Sequence[StudyResult], every: Sequence[StudyResult]) -> list[StudyResult]:
    """The results known on a date, an early version standing in while the final one is not public.

    An alternative stands in when its primary (same study, outcome and patients) is among `every`
    result of the dossier and not among those `known`; of several, the one public last.
    """
    public = {_counterpart(row) for row in known if row.version == "primary"}
    later = {_counterpart(row) for row in every if row.version == "primary"} - public
    latest: dict[tuple[object, ...], StudyResult] = {}
    for row in known:
        key = _counterpart(row)
        if row.version == "alternative" and row.counted and key in later:
            old = latest.get(key)
            if old is None or old.first_public.last_day <= row.first_public.last_day:
                latest[key] = row
    stand_ins = {id(row) for row in latest.values()}
    return [
        dataclasses.replace(row, version="primary") if id(row) in stand_ins else row
        for row in known
    ]


def whole_trials(rows: Sequence[StudyResult]) -> list[StudyResult]:
    """One row a study: groups of one trial's patients, reported apart, are added up."""
    by_study: dict[str, list[StudyResult]] = {}
    for row in rows:
        by_study.setdefault(row.study, []).append(row)
    return [_together(parts) if len(parts) > 1 else parts[0] for parts in by_study.values()]


def _together(parts: list[StudyResult]) -> StudyResult:
    def total(name: str) -> int | None:
        counts = [getattr(row, name) for row in parts]
        return None if None in counts else sum(counts)

    return dataclasses.replace(
        parts[0],
        label=parts[0].label.partition(" (")[0],
        severity=None,
        n_treatment=total("n_treatment"),
        events_treatment=total("events_treatment"),
        n_control=total("n_control"),
        events_control=total("events_control"),
    )


def _counterpart(row: StudyResult) -> tuple[object, ...]:
    return row.study, row.outcome, row.severity
