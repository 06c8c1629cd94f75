"""What was registered, visible and recruiting on a date, from snapshots: three answers.

*Registered by* a date: the registry says that the record was first submitted by then, whenever it
was first seen. *Visible by*: it stood in a snapshot taken by then, or the registry says that it was
posted by then. *Status on*: what the last snapshot by then says; unknown where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import date


def standing(sightings: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row a registration, as known on a date.

    Parameters
    ----------
    sightings : DataFrame
        One row a version and snapshot: ``id``, ``version``, ``source``, ``taken_on`` (Date),
        ``status``, ``registered_last`` and ``posted_last`` (Date, the last day of a partial date).

    Returns
    -------
    DataFrame
        ``id``, ``version`` (the last seen by `as_of`, else the first seen after), ``first_seen``,
        ``last_seen``, ``registered_by`` and ``visible_by`` (Boolean), ``status_on`` (null where no
        snapshot by then has it), ``vanished`` (it stood in an earlier snapshot of its source by
        then and not in that source's last).
    """
    ordered = sightings.sort("taken_on", "snapshot", "version")
    before = ordered.filter(pl.col("taken_on") <= as_of)
    last_of_source = before.group_by("snapshot_source").agg(
        pl.col("taken_on").max().alias("source_last")
    )
    then = before.group_by("id", maintain_order=True).agg(
        pl.col("version").last(),
        pl.col("status").last().alias("status_on"),
        pl.col("taken_on").max().alias("last_seen"),
        pl.col("snapshot_source").last(),
    )
    then = then.join(last_of_source, on="snapshot_source", how="left").with_columns(
        (pl.col("last_seen") < pl.col("source_last")).alias("vanished")
    )
    ever = ordered.group_by("id", maintain_order=True).agg(
        pl.col("version").first().alias("version_ever"),
        pl.col("taken_on").min().alias("first_seen"),
        pl.col("registered_last").drop_nulls().first(),
        pl.col("posted_last").drop_nulls().first(),
    )
    return (
        ever.join(then.drop("snapshot_source", "source_last"), on="id", how="left")
        .with_columns(
            pl.coalesce("version", "version_ever").alias("version"),
            (pl.col("registered_last") <= as_of).fill_null(value=False).alias("registered_by"),
            (
                (pl.col("first_seen") <= as_of)
                | (pl.col("posted_last") <= as_of).fill_null(value=False)
            ).alias("visible_by"),
            pl.col("vanished").fill_null(value=False),
        )
        .drop("version_ever", "posted_last", "registered_last")
    )


def changes(
    earlier: pl.DataFrame, later: pl.DataFrame, fields: tuple[str, ...] = ()
) -> pl.DataFrame:
    """What changed between two snapshots: new, vanished, and each field that differs.

    Both frames have one row a registration with its mapped columns. Rows: ``id``, ``change`` (new,
    vanished, status, size, primary outcomes, …), ``before``, ``after``.
    """
    compared = fields or tuple(_COMPARED)
    added = later.join(earlier.select("id"), on="id", how="anti")
    gone = earlier.join(later.select("id"), on="id", how="anti")
    rows = [
        added.select(
            "id",
            pl.lit("new").alias("change"),
            pl.lit("").alias("before"),
            pl.col("status").alias("after"),
        ),
        gone.select(
            "id",
            pl.lit("vanished").alias("change"),
            pl.col("status").alias("before"),
            pl.lit("").alias("after"),
        ),
    ]
    both = earlier.join(later, on="id", how="inner", suffix="_after")
    for field in compared:
        before, after = _words(earlier, field), _words(later, field, "_after")
        rows.append(
            both.select(
                "id",
                pl.lit(_COMPARED.get(field, field)).alias("change"),
                before.alias("before"),
                after.alias("after"),
            ).filter(pl.col("before") != pl.col("after"))
        )
    return pl.concat(rows).sort("change", "id")


_COMPARED = {
    "status": "status",
    "planned_size": "size",
    "actual_size": "size reached",
    "primary_outcomes": "primary outcomes",
    "started": "start",
    "completion": "completion",
    "cancelled": "cancelled",
    "phase": "phase",
    "sponsor": "sponsor",
    "randomised": "randomised",
    "blinded": "blinded",
}


def _words(frame: pl.DataFrame, field: str, suffix: str = "") -> pl.Expr:
    column = pl.col(field + suffix)
    if frame.schema[field] == pl.List(pl.String):
        tidy = column.list.eval(pl.element().str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " "))
        return tidy.list.join("; ").str.strip_chars().fill_null("")
    return column.cast(pl.String).fill_null("")
