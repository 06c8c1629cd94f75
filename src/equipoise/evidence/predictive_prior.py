"""Meta-analytic-predictive priors: what earlier studies say of a new one, as a mixture."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from scipy import special

from equipoise.errors import InputError
from equipoise.inputs import number, one_of, whole
from equipoise.numerics.mixture_fit import fit_mixture
from equipoise.parts.distributions import Beta, Conjugate, Gamma, Normal
from equipoise.parts.mixtures import Mixture

from .bayes_synthesis import BayesianSynthesis
from .marginals import Floats, Marginal
from .pool_bayes import pool_bayes

Family = Literal["beta", "normal", "gamma"]

NEAR = 1e-3
"""Divergence, in nats, at which a fitted mixture is taken to be the predictive distribution."""

MOST_COMPONENTS = 4
_POINTS = 200
_TAIL = 1e-7


def predictive_prior(
    data: Any,
    vi: Any = None,
    *,
    family: Family | None = None,
    components: int | None = None,
    unit_sd: float | None = None,
    **pooling: Any,
) -> Mixture:
    """Predict a new study from earlier ones, and fit a conjugate mixture to the prediction.

    Parameters
    ----------
    data, vi, pooling
        As of :func:`pool_bayes`, which pools them; or a :class:`BayesianSynthesis`. Counts of
        single arms are pooled under their own likelihood (``measure="PLO"`` or ``"IRLN"``) unless
        ``likelihood="normal"`` is given.
    family : {"beta", "normal", "gamma"}, optional
        Beta for logits of proportions, gamma for log rates, normal for the rest unless given;
        "normal" stays on the scale of the measure.
    components : int, optional
        How many; unless given the fewest, up to 4, within 0.001 nats of the prediction.
    unit_sd : float, optional
        Of a normal mixture: the standard deviation of one observation.

    Returns
    -------
    Mixture
        Its `divergence` is the Kullback-Leibler divergence of the fit, in nats. ``prior.robust(
        weight=0.2)`` adds a vague component.

    Raises
    ------
    InputError
        What :func:`pool_bayes` refuses; a family that the scale does not have.

    References
    ----------
    Neuenschwander et al. (2010), Clin Trials 7:5; Schmidli et al. (2014), Biometrics 70:1023; Weber
    et al. (2021), J Stat Softw 100(19).
    """
    if isinstance(data, BayesianSynthesis):
        fit = data
    else:
        exact = pooling.get("measure") in {"PLO", "IRLN"} and vi is None
        pooling.setdefault("likelihood", "exact" if exact else "normal")
        fit = pool_bayes(data, vi, **pooling)
    named = {"logit": "beta", "log": "gamma" if fit.measure == "IRLN" else "normal"}
    chosen = one_of("family", family or named.get(fit.scale, "normal"), ("beta", "normal", "gamma"))
    if chosen == "beta" and fit.scale != "logit":
        raise InputError.of("family", family, "needs logits of proportions", "Use measure='PLO'")
    if chosen == "gamma" and fit.scale != "log":
        raise InputError.of("family", family, "needs log rates", "Use measure='IRLN'")
    if unit_sd is not None and number("unit_sd", unit_sd) <= 0:
        raise InputError.of("unit_sd", unit_sd, "must be above 0", "Give one observation's SD")
    if components is not None:
        components = whole("components", components, 1, 6)
    return mixture_of(fit.predictive, chosen, components, unit_sd)


def mixture_of(
    marginal: Marginal, family: str, components: int | None = None, unit_sd: float | None = None
) -> Mixture:
    """Fit a mixture to a distribution on the logit, log or own scale."""
    t, mass, log_density = _grid(marginal)
    x, slope = t, np.zeros_like(t)
    if family == "beta":
        x, slope = special.expit(t), -np.logaddexp(0, t) - np.logaddexp(0, -t)
    elif family == "gamma":
        x, slope = np.exp(t), t
    entropy = -float(mass @ (log_density - slope)) / float(mass.sum())
    best: tuple[Floats, Floats, Floats, float] | None = None
    for count in [components] if components else range(1, MOST_COMPONENTS + 1):
        *fitted, cross = fit_mixture(family, x, mass, count)
        divergence = max(cross - entropy, 0.0)
        if best is None or divergence < best[3]:
            best = (fitted[0], fitted[1], fitted[2], divergence)
        if divergence < NEAR:
            break
    assert best is not None
    kind: Any = {"beta": Beta, "gamma": Gamma, "normal": Normal}[family]
    parts: list[Conjugate] = [
        kind(float(a), float(b)) for a, b in zip(best[1], best[2], strict=True)
    ]
    weights = best[0] / math.fsum(best[0])
    return Mixture(
        weights=tuple(map(float, weights)),
        components=tuple(parts),
        unit_sd=unit_sd,
        divergence=best[3],
    )


def _grid(marginal: Marginal) -> tuple[Floats, Floats, Floats]:
    """Points between extreme quantiles, the probability each stands for, and the log density.

    Evenly spaced in the inverse hyperbolic sine of the distance from the median, so that a heavy
    tail does not take the points from the middle.
    """
    low, first, middle, third, high = marginal.quantile([_TAIL, 0.25, 0.5, 0.75, 1 - _TAIL])
    scale = (third - first) / 1.35
    ends = np.arcsinh((np.array([low, high]) - middle) / scale)
    u = np.linspace(ends[0], ends[1], _POINTS)
    t = middle + scale * np.sinh(u)
    density = np.maximum(np.asarray(marginal.density(t)), 1e-300)
    return t, density * scale * np.cosh(u) * (u[1] - u[0]), np.log(density)
