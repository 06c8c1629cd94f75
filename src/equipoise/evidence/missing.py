"""Non-reporting: patients randomised whose outcome has no reported count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise import methods
from equipoise.numerics.rare_events import mantel_haenszel
from equipoise.vocabulary.evidence import StudyResult
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.question import Outcome

    from .body import Fit


@record
class NonReporting:
    """Randomised patients without a reported count, and how far they could move the answer.

    `best` and `worst` are the Mantel-Haenszel ratio when everybody on one arm of the unreported
    trials, and nobody on the other, had the event: bounds, not estimates.
    """

    rows: tuple[StudyResult, ...]
    patients: Figure
    reported: Figure
    best: Figure | None
    worst: Figure | None

    @property
    def share(self) -> float:
        """Unreported patients among all randomised ones."""
        missing, known = self.patients.value, self.reported.value
        assert isinstance(missing, int)
        assert isinstance(known, int)
        return missing / (missing + known) if missing + known else 0.0


def non_reporting(
    studies: Sequence[StudyResult],
    pooled: Sequence[StudyResult],
    outcome: Outcome,
    haenszel: Fit | None,
    key: str,
) -> NonReporting:
    """Find trials that randomised patients and have no count on the outcome."""
    rows = tuple(
        row
        for row in studies
        if row.answers(outcome.id)
        and row.version == "primary"
        and not row.counted
        and row.n_treatment
        and row.n_control
    )
    best = worst = None
    if rows and haenszel is not None and outcome.measure == "RR":
        low, high = _bounds(rows, pooled)
        best, worst = (low, high) if outcome.better == "lower" else (high, low)
    return NonReporting(
        rows=rows,
        patients=_count(f"{key}.unreported", rows),
        reported=_count(f"{key}.reported", pooled),
        best=_bound(f"{key}.best_case", best),
        worst=_bound(f"{key}.worst_case", worst),
    )


def _count(name: str, rows: Sequence[StudyResult]) -> Figure:
    total = sum((row.n_treatment or 0) + (row.n_control or 0) for row in rows)
    return Figure(id=name, value=total, shown=f"{total:,}", kind="computed", method=methods.COUNT)


def _bounds(rows: Sequence[StudyResult], pooled: Sequence[StudyResult]) -> tuple[float, float]:
    """Smallest and largest pooled ratio over all-or-none outcomes of the unreported trials."""
    import numpy as np

    known = [
        (row.events_treatment or 0, row.n_treatment, row.events_control or 0, row.n_control)
        for row in pooled
    ]

    def ratio(treatment_dies: bool) -> float:
        extra = [
            (row.n_treatment if treatment_dies else 0, row.n_treatment,
             0 if treatment_dies else row.n_control, row.n_control)
            for row in rows
        ]  # fmt: skip
        cells = np.array([*known, *extra], np.float64)
        ai, n1, ci, n2 = cells.T
        return float(np.exp(mantel_haenszel(ai, n1 - ai, ci, n2 - ci, "RR").estimate))

    return ratio(False), ratio(True)


def _bound(name: str, value: float | None) -> Figure | None:
    if value is None:
        return None
    return Figure(
        id=name,
        value=value,
        shown=f"{value:.2f}",
        kind="computed",
        method=methods.MANTEL_HAENSZEL,
        note="a bound: everybody on one arm of the unreported trials, nobody on the other",
    )
