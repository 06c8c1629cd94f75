"""A landscape as data frames; the charts draw these and compute nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from equipoise.registry.survey import QUALITIES, one_a_trial

if TYPE_CHECKING:
    from equipoise.registry.survey import Survey


def counts(found: Survey) -> pl.DataFrame:
    """Counts under each definition and place."""
    return pl.DataFrame([asdict(row) for row in found.counts])


def steps(found: Survey) -> pl.DataFrame:
    """From registrations to trials that could answer."""
    return pl.DataFrame(
        [
            {"order": i, "step": s.name, "trials": s.trials, "participants": s.participants}
            for i, s in enumerate(found.steps)
        ],
        schema={"order": pl.Int64, "step": pl.String, "trials": pl.Int64, "participants": pl.Int64},
    )


def over_time(found: Survey) -> pl.DataFrame:
    """Trials registered up to each day, by what their design could tell."""
    tally = dict.fromkeys(QUALITIES, 0)
    rows = []
    for row in sorted(one_a_trial(found.rows), key=lambda row: row.registered):
        tally[row.quality] += 1
        when = row.registered + "-01" * (2 - row.registered.count("-"))
        rows += [
            {"date": when, "order": i, "design": name, "trials": tally[name]}
            for i, name in enumerate(QUALITIES)
        ]
    frame = pl.DataFrame(
        rows, schema={"date": pl.String, "order": pl.Int64, "design": pl.String, "trials": pl.Int64}
    )
    return (
        frame.group_by("date", "order", "design").agg(pl.col("trials").max()).sort("date", "order")
    )


def statuses(found: Survey) -> pl.DataFrame:
    """Trials by status on the date."""
    return pl.DataFrame(
        list(found.statuses), schema={"status": pl.String, "trials": pl.Int64}, orient="row"
    )


def countries(found: Survey, most: int = 15) -> pl.DataFrame:
    """Trials by country; a trial in two counts in both."""
    return pl.DataFrame(
        list(found.countries[:most]),
        schema={"country": pl.String, "trials": pl.Int64},
        orient="row",
    )


def sizes(found: Survey) -> pl.DataFrame:
    """Planned sizes of trials that give one."""
    return pl.DataFrame(
        [
            {"trial": row.id, "size": row.size, "design": row.quality}
            for row in one_a_trial(found.rows)
            if row.size
        ],
        schema={"trial": pl.String, "size": pl.Int64, "design": pl.String},
    )


def registrations(found: Survey) -> pl.DataFrame:
    """One row a registration: what was matched and what was read."""
    rows = []
    for row in found.rows:
        values = asdict(row)
        values["definitions"] = "; ".join(row.definitions)
        values["countries"] = "; ".join(row.countries)
        values["quality"] = row.quality
        rows.append(values)
    return pl.DataFrame(rows, infer_schema_length=None)
