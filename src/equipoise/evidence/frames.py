"""Reported and pooled results as data frames, and a pooled result as text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics.binomial import clopper_pearson
from equipoise.wording import plural, probability

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from equipoise.vocabulary.evidence import Cohort

    from .so_far import Comparison
    from .synthesis import Floats, Synthesis

MEASURES = {
    "RR": "risk ratio",
    "OR": "odds ratio",
    "PETO": "odds ratio (Peto)",
    "IRR": "rate ratio",
    "HR": "hazard ratio",
    "ROM": "ratio of means",
    "RD": "risk difference",
    "IRD": "rate difference",
    "AS": "arcsine difference",
    "MD": "mean difference",
    "SMD": "standardised mean difference",
    "SMDH": "standardised mean difference",
    "COR": "correlation",
    "ZCOR": "correlation (Fisher's z)",
    "PR": "proportion",
    "PLN": "proportion",
    "PLO": "odds",
    "PFT": "proportion (double arcsine)",
    "PAS": "proportion (arcsine)",
    "IR": "rate",
    "IRLN": "rate",
    "IRS": "rate (square root)",
    "IRFT": "rate (double square root)",
    "MN": "mean",
    "MNLN": "mean",
}
"""Effect measures in words; one not listed reads *effect*."""

RATIOS = frozenset({"RR", "OR", "PETO", "IRR", "HR", "ROM"})
"""Measures whose natural scale is drawn on a log axis."""

ONE_ARM = frozenset({"PR", "PLN", "PLO", "PFT", "PAS", "IR", "IRLN", "IRS", "IRFT", "MN", "MNLN"})
"""Measures without a value of no effect."""

MODELS = {
    "EE": "common effect",
    "MH": "common effect, Mantel-Haenszel",
    "PETO": "common effect, Peto",
    "GLMM": "random effects, binomial-normal GLMM",
}
INTERVALS = {
    "z": "normal",
    "hksj": "Hartung-Knapp",
    "hksj_floor": "Hartung-Knapp, factor at least 1",
}
ASSUMPTIONS = {
    "EE": "one true effect in all studies; within-study variances known",
    "MH": "one true effect in all studies; counts binomial, zero cells need no correction",
    "PETO": "one true effect in all studies; odds ratio not far from 1, arms of similar size",
    "GLMM": "true effects normal around their mean on the log odds scale; counts binomial",
}
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

RANDOM = "true effects normal around their mean; within-study variances known"


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


def summary(fit: Synthesis) -> str:
    """A pooled result as lines of text, on the natural scale, with its assumptions named."""
    confidence = f"{100 * fit.level:g}% CI"
    estimate, *ends = natural([fit.estimate, *fit.ci], fit.log_scale)
    lines = {
        "studies": _counted(fit),
        "model": f"{model(fit)}; {_interval_words(fit)}",
        "estimate": f"{number(estimate)} ({confidence} {reach(*ends)})",
    }
    if fit.prediction_interval is not None:
        ahead = natural(fit.prediction_interval, fit.log_scale)
        lines["new study"] = f"{reach(*ahead)} ({100 * fit.level:g}% prediction interval)"
    if fit.k > 1:
        if fit.method not in {"EE", "MH", "PETO"}:
            lines["tau\N{SUPERSCRIPT TWO}"] = _tau2(fit, confidence)
        lines["I\N{SUPERSCRIPT TWO}"] = f"{fit.i2:.0f}%"
        lines["Q"] = f"{fit.q:.2f} on {fit.q_df} df, p = {probability(fit.q_pvalue)}"
    lines["assumes"] = ASSUMPTIONS.get(fit.method, RANDOM)
    head = title(fit.measure)
    scale = ", pooled as its logarithm" if fit.log_scale else ""
    body = [f"  {name:<11}{text}" for name, text in lines.items()]
    return "\n".join([f"{head[:1].upper()}{head[1:]}{scale}", *body])


def natural(values: Iterable[float], log_scale: bool) -> Floats:
    """Values as read: exponentiated where they are logarithms; infinite where too large."""
    found = np.asarray(list(values), np.float64)
    if not log_scale:
        return found
    with np.errstate(over="ignore"):
        return np.exp(found)


def title(measure: str) -> str:
    """The measure in words."""
    return MEASURES.get(measure, "effect")


def model(fit: Synthesis) -> str:
    """The model in words: ``random effects, REML``."""
    return MODELS.get(fit.method, f"random effects, {fit.method}")


def heterogeneity(fit: Synthesis) -> str:
    """Between-study variance with its interval, and I-squared, in one line."""
    if fit.k < 2:
        return "one study"
    share = f"I\N{SUPERSCRIPT TWO} {fit.i2:.0f}%"
    if fit.method in {"EE", "MH", "PETO"}:
        return f"{share}; Q {fit.q:.1f} on {fit.q_df} df"
    return f"tau\N{SUPERSCRIPT TWO} {_tau2(fit, f'{100 * fit.level:g}% CI')}; {share}"


def number(value: float) -> str:
    """An effect to two decimals; three digits at most from 10 on; small ones to two digits."""
    if math.isinf(value):
        return "unbounded"
    size = abs(value)
    if size >= 9999.5:
        return f"over {10_000:,}" if value > 0 else f"below -{10_000:,}"
    if size >= 9.995:
        return f"{value:,.0f}" if size >= 99.5 else f"{value:.1f}"
    if 0 < size < 0.0005:
        return "below 0.001" if value > 0 else "above -0.001"
    return f"{value:.3f}" if 0 < size < 0.0495 else f"{value:.2f}"


def reach(low: float, high: float) -> str:
    """An interval in words: ``0.60 to 0.99``."""
    return f"{number(low)} to {number(high)}"


def _counted(fit: Synthesis) -> str:
    text = plural(fit.k, "study", "studies")
    if fit.k_contributing == fit.k:
        return text
    return f"{text}, of which {fit.k_contributing} carry information on the effect"


def _interval_words(fit: Synthesis) -> str:
    name = INTERVALS[fit.ci_method]
    return f"{name} interval" if math.isinf(fit.df) else f"{name} interval, t with {fit.df:g} df"


def _tau2(fit: Synthesis, confidence: str) -> str:
    shown = f"{fit.tau2:.3g}"
    if fit.tau2_ci is None:
        return shown
    return f"{shown} ({confidence} {fit.tau2_ci[0]:.3g} to {fit.tau2_ci[1]:.3g})"
