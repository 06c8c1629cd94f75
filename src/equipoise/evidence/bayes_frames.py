"""Bayesian pooled results as data frames, on the scale of the measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from equipoise.numerics.normal_hierarchy import prior_density
from equipoise.parts.distributions import Flat
from equipoise.parts.heterogeneity import Fixed

if TYPE_CHECKING:
    from .bayes_synthesis import BayesianSynthesis
    from .marginals import Floats, Marginal

_POINTS = 201
_LEVELS = np.concatenate([np.linspace(0.005, 0.995, 100), [0.999]])


def studies(fit: BayesianSynthesis) -> pl.DataFrame:
    """One row a study: effect and interval as reported, and shrunken towards the mean."""
    z = 1.959963984540054 if fit.level == 0.95 else _z(fit.level)
    half = z * np.sqrt(fit.vi)
    own = [marginal.quantile([(1 - fit.level) / 2, 0.5, (1 + fit.level) / 2]) for marginal in
           fit.shrinkage]  # fmt: skip
    low, middle, high = np.array(own).T
    return pl.DataFrame(
        {
            "study": list(fit.labels),
            "yi": fit.yi,
            "se": np.sqrt(fit.vi),
            "reported_lower": fit.yi - half,
            "reported_upper": fit.yi + half,
            "mean": [marginal.mean for marginal in fit.shrinkage],
            "sd": [marginal.sd for marginal in fit.shrinkage],
            "lower": low,
            "median": middle,
            "upper": high,
        },
        schema_overrides={"study": pl.String},
    )


def _z(level: float) -> float:
    from scipy import special

    return float(special.ndtri((1 + level) / 2))


def posteriors(fit: BayesianSynthesis) -> pl.DataFrame:
    """Mean effect, new study's effect and tau: mean, sd, median and interval."""
    rows = []
    for name, marginal in (("mu", fit.mu), ("new study", fit.predictive), ("tau", fit.tau)):
        low, high = marginal.interval(fit.level, "central")
        rows.append(
            {
                "parameter": name,
                "mean": marginal.mean,
                "sd": marginal.sd,
                "median": marginal.median,
                "lower": low,
                "upper": high,
            }
        )
    return pl.DataFrame(rows)


def densities(fit: BayesianSynthesis) -> pl.DataFrame:
    """Prior and posterior density of mu, of a new study's effect and of tau, over their range."""
    low, high = fit.predictive.quantile([0.002, 0.998])
    x = np.linspace(low, high, _POINTS)
    parts = [
        _density("mean effect", "posterior", x, fit.mu),
        _density("mean effect", "new study", x, fit.predictive),
    ]
    if not isinstance(fit.mu_prior, Flat):
        parts.append(_rows("mean effect", "prior", x, np.asarray(fit.mu_prior.pdf(x))))
    if not isinstance(fit.tau_prior, Fixed):
        top = float(fit.tau.quantile(0.995))
        tau = np.linspace(top / 1000, top, _POINTS)
        parts.append(_density("tau", "posterior", tau, fit.tau))
        code, numbers, upper = fit.tau_prior.kernel
        if fit.tau_prior.proper:
            prior = np.asarray(prior_density(tau, code, np.array(numbers), upper))
            parts.append(_rows("tau", "prior", tau, prior))
    return pl.concat(parts)


def _density(parameter: str, of: str, x: Floats, marginal: Marginal) -> pl.DataFrame:
    return _rows(parameter, of, x, np.asarray(marginal.density(x)))


def _rows(parameter: str, of: str, x: Floats, density: Floats) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "parameter": [parameter] * x.size,
            "distribution": [of] * x.size,
            "value": x,
            "density": density,
        }
    )


def drapery(fit: BayesianSynthesis) -> pl.DataFrame:
    """Central credible intervals at every level, for each study, the mean and a new study.

    `level` is the interval's probability; `low`, `high` its ends. The picture is that of Rücker &
    Schwarzer (2021), with posterior instead of p-value.
    """
    named: list[tuple[str, str, Any]] = [
        (label, "study", marginal)
        for label, marginal in zip(fit.labels, fit.shrinkage, strict=True)
    ]
    named += [("mean effect", "mean effect", fit.mu), ("new study", "new study", fit.predictive)]
    parts = []
    for label, kind, marginal in named:
        low = np.asarray(marginal.quantile((1 - _LEVELS) / 2))
        high = np.asarray(marginal.quantile((1 + _LEVELS) / 2))
        parts.append(
            pl.DataFrame(
                {
                    "label": [label] * (2 * _LEVELS.size),
                    "kind": [kind] * (2 * _LEVELS.size),
                    "value": np.concatenate([low[::-1], high]),
                    "outside": np.concatenate([1 - _LEVELS[::-1], 1 - _LEVELS]),
                }
            )
        )
    return pl.concat(parts)
