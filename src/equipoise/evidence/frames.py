"""Reported results as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from equipoise.numerics.binomial import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.evidence import Cohort

    from .so_far import Comparison


def cohort_rates(cohorts: Sequence[Cohort]) -> pl.DataFrame:
    """One row a cohort with a count: share with the event, and its exact interval."""
    rows = []
    for row in cohorts:
        if row.events is None or not row.n:
            continue
        low, high = clopper_pearson(row.events, row.n)
        rows.append(
            {
                "cohort": row.label,
                "stratum": row.stratum,
                "events": row.events,
                "n": row.n,
                "rate": row.events / row.n,
                "low": low,
                "high": high,
                "confidence": row.confidence,
            }
        )
    return pl.DataFrame(rows)


def differences(comparisons: Sequence[Comparison]) -> pl.DataFrame:
    """One row a comparison with both counts: the risk difference and its interval."""
    rows = []
    for item in comparisons:
        if item.difference is None or not isinstance(item.difference.value, tuple):
            continue
        estimate, low, high = item.difference.value
        rows.append(
            {
                "study": item.result.label,
                "difference": estimate,
                "low": low,
                "high": high,
                "first_public": str(item.result.first_public),
                "patients": (item.result.n_treatment or 0) + (item.result.n_control or 0),
            }
        )
    return pl.DataFrame(rows)
