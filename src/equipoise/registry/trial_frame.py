"""Registrations to trials: one row a trial."""

from __future__ import annotations

import polars as pl

_ANSWERS = ("randomised", "controlled", "blinded")


def _agreed(name: str) -> pl.Expr:
    """The answer that the registrations which say something agree on; unclear where they differ."""
    said = pl.col(name).filter(pl.col(name) != "unclear").unique()
    return pl.when(said.len() == 1).then(said.first()).otherwise(pl.lit("unclear")).alias(name)


def one_row_a_trial(registrations: pl.DataFrame) -> pl.DataFrame:
    """Group registrations by ``trial``."""
    return (
        registrations.with_columns(pl.coalesce("trial", "key").alias("trial"))
        .sort("registered", "id")
        .group_by("trial", maintain_order=True)
        .agg(
            pl.col("id").alias("registrations"),
            pl.col("registry").unique(maintain_order=True).alias("registries"),
            pl.col("public_title").first().alias("title"),
            pl.col("scientific_title").first(),
            *(_agreed(name) for name in _ANSWERS),
            pl.col("study_type").first(),
            pl.col("phase").filter(pl.col("phase") != "").first(),
            pl.col("planned_size").max(),
            pl.col("actual_size").max(),
            pl.col("status_on").drop_nulls().first(),
            pl.col("status").first().alias("status_latest"),
            pl.col("cancelled").filter(pl.col("cancelled") != "").first(),
            pl.col("registered").min(),
            pl.col("posted").filter(pl.col("posted") != "").min(),
            pl.col("first_seen").min(),
            pl.col("visible_by").any(),
            pl.col("vanished").all(),
            pl.col("started").filter(pl.col("started") != "").first(),
            pl.col("primary_completion").filter(pl.col("primary_completion") != "").max(),
            pl.col("completion").filter(pl.col("completion") != "").max(),
            pl.col("results_posted").filter(pl.col("results_posted") != "").min(),
            pl.col("countries").explode().drop_nulls().unique(maintain_order=True),
            pl.col("country_inferred").filter(pl.col("country_inferred") != "").first(),
            pl.col("sponsor").first(),
            pl.col("classes").explode().drop_nulls(),
        )
    )
