"""A pooled result in words and figures as read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from equipoise.wording import plural, probability

if TYPE_CHECKING:
    from collections.abc import Iterable

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
RANDOM = "true effects normal around their mean; within-study variances known"


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
