"""Reported and pooled results as data frames, and a pooled result as text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics.binomial import clopper_pearson

from .terms import INTERVALS, heterogeneity, model, natural, number, reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from equipoise.vocabulary.evidence import Cohort

    from .synthesis import Synthesis

LEVELS = {
    "low": ("good", "+"),
    "some concerns": ("fair", "!"),
    "moderate": ("fair", "!"),
    "high": ("poor", "\N{MULTIPLICATION SIGN}"),
    "serious": ("poor", "\N{MULTIPLICATION SIGN}"),
    "critical": ("poor", "\N{MULTIPLICATION SIGN}\N{MULTIPLICATION SIGN}"),
    "no information": ("none", "?"),
    "not judged": ("none", "\N{EN DASH}"),
}
"""Levels of risk of bias: how grave, and the symbol."""


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


def studies(fit: Synthesis, *, extra: Mapping[str, Sequence[Any]] | None = None) -> pl.DataFrame:
    """One row a study of a pooled result.

    Parameters
    ----------
    fit
        The pooled result.
    extra
        Further columns, each with one value a study: counts, time points, groups.

    Returns
    -------
    polars.DataFrame
        label; estimate, lower, upper on the natural scale (ratios are no longer logarithms), with
        the study's own normal interval at the level of `fit`; weight in per cent; yi and vi as
        pooled; then the columns in `extra`.

    Raises
    ------
    InputError
        A column in `extra` that does not have one value a study.
    """
    half = special.ndtri((1 + fit.level) / 2) * np.sqrt(fit.vi)
    columns: dict[str, Any] = {
        "label": list(fit.labels),
        "estimate": natural(fit.yi, fit.log_scale),
        "lower": natural(fit.yi - half, fit.log_scale),
        "upper": natural(fit.yi + half, fit.log_scale),
        "weight": fit.weights,
        "yi": fit.yi,
        "vi": fit.vi,
    }
    for name, values in (extra or {}).items():
        if len(values) != fit.k:
            raise InputError.of(
                name, len(values), f"needs one value a study, {fit.k}", "Leave out dropped studies"
            )
        columns[name] = list(values)
    return pl.DataFrame(columns)


def pooled(fits: Mapping[str, Synthesis]) -> pl.DataFrame:
    """One row a model: its estimate, interval and prediction interval on the natural scale."""
    rows = []
    for name, fit in fits.items():
        estimate, lower, upper = natural([fit.estimate, *fit.ci], fit.log_scale)
        ahead = fit.prediction_interval or (math.nan, math.nan)
        low, high = natural(ahead, fit.log_scale)
        rows.append(
            {
                "label": name,
                "estimate": estimate,
                "lower": lower,
                "upper": upper,
                "predicted_lower": low,
                "predicted_upper": high,
                "model": model(fit),
                "interval": INTERVALS[fit.ci_method],
                "k": fit.k,
                "heterogeneity": heterogeneity(fit),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("predicted_lower", "predicted_upper").fill_nan(None)
    )


def history(data: pl.DataFrame, until: date | None = None) -> pl.DataFrame:
    """Steps of a pooled result over time, sorted; `changed` is false for the end at `until`.

    `data` has date, estimate, lower, upper, k and what_changed; `day` is the date as ISO text.
    """
    steps = (
        data.with_columns(day=pl.col("date").cast(pl.String), changed=pl.lit(True))
        .drop("date")
        .sort("day", maintain_order=True)
    )
    effects = steps.select("estimate", "lower", "upper").iter_rows()
    shown = [f"{number(e)} ({reach(low, high)})" for e, low, high in effects]
    steps = steps.with_columns(shown=pl.Series(shown, dtype=pl.String))
    if until is None:
        return steps
    end = steps.tail(1).with_columns(day=pl.lit(until.isoformat()), changed=pl.lit(False))
    return pl.concat([steps, end])


def traffic_lights(rows: pl.DataFrame | Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """One row a study and domain: level in words, its symbol, and grade for its colour.

    Raises
    ------
    InputError
        A level that is not in :data:`LEVELS`.
    """
    given = rows.to_dicts() if isinstance(rows, pl.DataFrame) else [dict(row) for row in rows]
    levels = {(row["study"], row["domain"]): row.get("level") for row in given}
    found = []
    for study in dict.fromkeys(row["study"] for row in given):
        for domain in dict.fromkeys(row["domain"] for row in given):
            level = str(levels.get((study, domain)) or "not judged").lower()
            if level not in LEVELS:
                known = ", ".join(LEVELS)
                raise InputError.of(
                    "level", level, f"must be one of {known}", "Choose one of these"
                )
            grade, symbol = LEVELS[level]
            found.append((study, domain, level, grade, symbol))
    return pl.DataFrame(found, schema=["study", "domain", "level", "grade", "symbol"], orient="row")


def traffic_key(data: pl.DataFrame) -> list[str]:
    """What the symbols in :func:`traffic_lights` mean, in lines that a telephone shows."""
    there = set(data["level"])
    words = [f"{symbol} {level}" for level, (_, symbol) in LEVELS.items() if level in there]
    gap = 3 * "\N{NO-BREAK SPACE}"
    return [gap.join(words[i : i + 3]) for i in range(0, len(words), 3)]
