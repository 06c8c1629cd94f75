"""The answer on every date on which it changed, and what changed it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from equipoise.vocabulary.record import record
from equipoise.wording import listing

from .body import eligible, fit_rows
from .versions import whole_trials

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from equipoise.vocabulary.evidence import StudyResult
    from equipoise.vocabulary.question import Outcome

    from .bayes_view import ShrunkenPoint


@record
class HistoryPoint:
    """The pooled ratio from one date on; `lower` and `upper` are its 95% limits."""

    day: date
    model: str
    k: int
    estimate: float
    lower: float
    upper: float
    changed: str


def history(
    studies: Sequence[StudyResult], outcome: Outcome, until: date
) -> tuple[HistoryPoint, ...]:
    """The Mantel-Haenszel estimate after each day on which a counted result became public."""
    rows = [
        row
        for row in eligible(studies, outcome.id)
        if row.counted and row.first_public.known(until) == "yes"
    ]
    points = []
    for day in sorted({row.first_public.last_day for row in rows}):
        known = whole_trials([row for row in rows if row.first_public.last_day <= day])
        fit = fit_rows(known, outcome, "MH", "z")
        if fit is None:
            continue
        estimate, low, high = fit.natural
        new = [row.label for row in known if row.first_public.last_day == day]
        points.append(
            HistoryPoint(
                day=day,
                model="MH",
                k=len(known),
                estimate=estimate,
                lower=low,
                upper=high,
                changed=f"{listing(new)} reported",
            )
        )
    return tuple(points)


def history_frame(points: Sequence[HistoryPoint | ShrunkenPoint]) -> pl.DataFrame:
    """One row a point: date, estimate, lower, upper, k, what_changed."""
    import polars as pl

    return pl.DataFrame(
        {
            "date": [point.day for point in points],
            "estimate": [point.estimate for point in points],
            "lower": [point.lower for point in points],
            "upper": [point.upper for point in points],
            "k": [point.k for point in points],
            "what_changed": [point.changed for point in points],
        }
    )
