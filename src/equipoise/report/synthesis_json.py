"""A pooled result as JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equipoise.evidence.synthesis import Synthesis

SCHEMA = "equipoise/synthesis/1"


def synthesis_dict(fit: Synthesis) -> dict[str, Any]:
    """The result as plain values: `estimate` and `ci` as read, the rest on the fitted scale."""
    estimate, low, high = fit.natural
    return {
        "schema": SCHEMA,
        "measure": fit.measure,
        "model": fit.method,
        "ci_method": fit.ci_method,
        "level": fit.level,
        "k": fit.k,
        "k_contributing": fit.k_contributing,
        "estimate": estimate,
        "ci": [low, high],
        "yi": fit.estimate,
        "se": fit.se,
        "statistic": _finite(fit.statistic),
        "df": _finite(fit.df),
        "pvalue": fit.pvalue,
        "tau2": fit.tau2,
        "tau2_ci": list(fit.tau2_ci) if fit.tau2_ci else None,
        "i2": fit.i2,
        "h2": fit.h2,
        "q": fit.q,
        "q_df": fit.q_df,
        "q_pvalue": _finite(fit.q_pvalue),
        "prediction_interval": list(fit.prediction_interval) if fit.prediction_interval else None,
        "studies": [
            {"label": label, "yi": float(y), "vi": float(v), "weight": float(w)}
            for label, y, v, w in zip(fit.labels, fit.yi, fit.vi, fit.weights, strict=True)
        ],
    }


def synthesis_json(fit: Synthesis) -> str:
    """The same as text."""
    return json.dumps(synthesis_dict(fit), indent=2, ensure_ascii=False, allow_nan=False)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
