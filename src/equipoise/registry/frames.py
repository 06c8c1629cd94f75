"""Registrations as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from equipoise.vocabulary.landscape import Landscape


def over_time(found: Landscape) -> pl.DataFrame:
    """Registrations up to each registration date, by whether they say that they randomise."""
    rows = []
    counts = dict.fromkeys(("yes", "no", "unclear"), 0)
    for row in sorted(found.registrations, key=lambda row: row.registered.last_day):
        counts[row.randomised] += 1
        rows += [
            {
                "date": row.registered.last_day.isoformat(),
                "randomised": kind,
                "registrations": count,
            }
            for kind, count in counts.items()
        ]
    frame = pl.DataFrame(rows)
    return (
        frame.group_by("date", "randomised")
        .agg(pl.col("registrations").max())
        .sort("date", "randomised")
    )
