"""A Bayesian pooled result as JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equipoise.evidence.bayes_synthesis import BayesianSynthesis
    from equipoise.evidence.marginals import Marginal

SCHEMA = "equipoise/bayesian-synthesis/1"
QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)


def bayes_dict(fit: BayesianSynthesis) -> dict[str, Any]:
    """The result as plain values: `estimate` and `ci` as read, the rest on the fitted scale."""
    return {
        "schema": SCHEMA,
        "measure": fit.measure,
        "likelihood": fit.likelihood,
        "priors": {"mu": str(fit.mu_prior), "tau": str(fit.tau_prior)},
        "level": fit.level,
        "k": fit.k,
        "k_contributing": fit.k_contributing,
        "estimate": fit.natural(fit.estimate),
        "ci": [fit.natural(end) for end in fit.ci],
        "mu": _marginal(fit.mu),
        "tau": _marginal(fit.tau),
        "new_study": _marginal(fit.predictive),
        "better": fit.better,
        "important": fit.important,
        "p_benefit": fit.p_benefit,
        "p_benefit_new": fit.p_benefit_new,
        "p_important": fit.p_important,
        "p_harm": fit.p_harm,
        "log_evidence": fit.log_evidence,
        "bayes_factor_mu": fit.bayes_factor_mu,
        "bayes_factor_tau": fit.bayes_factor_tau,
        "conflict": fit.conflict,
        "quadrature_error": fit.error,
        "studies": [
            {"label": label, "yi": float(y), "vi": float(v), "mean": own.mean, "sd": own.sd}
            for label, y, v, own in zip(fit.labels, fit.yi, fit.vi, fit.shrinkage, strict=True)
        ],
    }


def bayes_json(fit: BayesianSynthesis) -> str:
    """The same as text."""
    return json.dumps(bayes_dict(fit), indent=2, ensure_ascii=False, allow_nan=False)


def _marginal(marginal: Marginal) -> dict[str, Any]:
    return {
        "mean": _finite(marginal.mean),
        "sd": _finite(marginal.sd),
        "quantiles": {
            f"{q:g}": float(x)
            for q, x in zip(QUANTILES, marginal.quantile(list(QUANTILES)), strict=True)
        },
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
