"""Pool effect sizes with priors, by quadrature: no draws, no seed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError, NumericalError
from equipoise.inputs import number, one_of
from equipoise.numerics import normal_hierarchy as kernels
from equipoise.parts.distributions import Flat, Normal
from equipoise.parts.heterogeneity import Fixed, HalfNormal, HeterogeneityPrior
from equipoise.parts.mixtures import Mixture

from .bayes_synthesis import BayesianSynthesis, Likelihood
from .effect_size_measures import MEASURES
from .marginals import (
    Floats,
    Marginal,
    NormalMarginal,
    PointMarginal,
    TauMarginal,
    TauPiece,
    normal_marginal,
)
from .pool import check_effects, read_effects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from equipoise.vocabulary.question import Direction

    from .effect_sizes import EffectSizes

MuPrior = Normal | Mixture | Flat


def pool_bayes(
    data: Any,
    vi: ArrayLike | None = None,
    *,
    measure: str | None = None,
    mu_prior: MuPrior | None = None,
    tau_prior: HeterogeneityPrior | None = None,
    likelihood: Likelihood = "normal",
    better: Direction = "lower",
    important: float | None = None,
    level: float = 0.95,
    labels: Sequence[str] | None = None,
    **sizes: Any,
) -> BayesianSynthesis:
    """Pool studies under a normal random-effects model with priors.

    ``y_i ~ N(theta_i, v_i)``, or with ``likelihood="exact"`` the counts' own distribution;
    ``theta_i ~ N(mu, tau^2)``. mu, and with it each study's own effect, is integrated in closed
    form given tau; tau by adaptive quadrature to a relative error of 1e-11.

    Parameters
    ----------
    data, vi, measure, labels, sizes
        As of :func:`pool`: effects (k,) and variances, an :class:`EffectSizes`, or a table with
        `measure`. A single arm is pooled by PLO (logits of proportions) or IRLN (log rates).
    mu_prior : Normal, Mixture or Flat, optional
        Of the mean effect, on the scale of the measure; normal(0, 4) unless given. Both priors
        must be given for measures that are no logarithms, as RD, MD and SMD. A `Mixture` of
        normals is a robust or an indirect prior with its weight.
    tau_prior : optional
        `HalfNormal`, `HalfCauchy`, `HalfStudentT`, `LogNormal`, `LogStudentT`, `Exponential`,
        `Uniform`, `Fixed`, or one of :func:`turner_prior` and :func:`rhodes_prior`;
        half-normal(0.5) unless given, which suits logarithms of ratios.
    likelihood : {"normal", "exact"}
        "exact" for sparse counts: binomial for PLO, Poisson for IRLN; for OR the distribution of
        each table given its margins (noncentral hypergeometric; Stijnen et al. 2010), in which
        studies without an event tell nothing.
    better : {"lower", "higher"}
        Which side of no effect is benefit.
    important : float, optional
        The smallest difference that matters, above 0, on the scale of the measure (log for ratios).

    Returns
    -------
    BayesianSynthesis

    Raises
    ------
    InputError
        The posterior is improper (a flat prior of tau with too few studies; a flat prior of mu and
        no study with any event under the exact likelihood); effects or variances that cannot be;
        no study.
    NumericalError
        The quadrature has not converged.

    References
    ----------
    Röver (2020), J Stat Softw 93(6); Friede et al. (2017), Res Synth Methods 8:79. Validation:
    docs/reference/validation.md#bayesian-evidence
    """
    one_of("better", better, ("lower", "higher"))
    one_of("likelihood", likelihood, ("normal", "exact"))
    table = read_effects(data, vi, measure, labels, sizes)
    mu_prior = _default("mu_prior", mu_prior, Normal(0.0, 4.0), table)
    tau_prior = _default("tau_prior", tau_prior, HalfNormal(0.5), table)
    check_priors(mu_prior, tau_prior, level, important)
    if likelihood == "exact":
        from .pool_exact import pool_exact

        return pool_exact(table, mu_prior, tau_prior, better, important, level)
    check_effects(table.yi, table.vi)
    return _normal(table, mu_prior, tau_prior, better, important, level)


def _default(name: str, given: Any, default: Any, table: EffectSizes) -> Any:
    """The prior given; else the default, where the effects are logarithms or of unknown scale."""
    if given is not None:
        return given
    if table.measure != "GEN" and MEASURES[table.measure].scale not in {"log", "logit"}:
        raise InputError.of(
            name, None, f"is needed for {table.measure}: the default, {default}, suits logarithms",
            "Give one in the units of the effects",
        )  # fmt: skip
    return default


def check_priors(mu_prior: Any, tau_prior: Any, level: float, important: float | None) -> None:
    """Priors of the right kinds, a level and an important difference that can be."""
    normal = isinstance(mu_prior, Normal | Flat)
    if not normal and not (isinstance(mu_prior, Mixture) and mu_prior.family == "normal"):
        raise InputError.of(
            "mu_prior",
            mu_prior,
            "must be Normal, Flat or a Mixture of normals",
            "Give one of these",
        )
    if not isinstance(tau_prior, HeterogeneityPrior):
        raise InputError.of(
            "tau_prior", tau_prior, "must be a prior of tau such as HalfNormal(0.5)", "Give one"
        )
    if not 0 < number("level", level) < 1:
        raise InputError.of("level", level, "must lie between 0 and 1", "Give 0.95 for 95%")
    if important is not None and number("important", important) <= 0:
        raise InputError.of(
            "important", important, "must be above 0, a size without a direction",
            "Say by `better` which way it goes",
        )  # fmt: skip


def pieces_of(mu_prior: MuPrior) -> tuple[tuple[float, float, float], ...]:
    """Weight, mean and precision of each component; precision 0 for the flat prior."""
    if isinstance(mu_prior, Flat):
        return ((1.0, 0.0, 0.0),)
    if isinstance(mu_prior, Normal):
        return ((1.0, mu_prior.mean, mu_prior.sd**-2),)
    return tuple(
        (weight, part.mean, part.sd**-2)
        for weight, part in zip(mu_prior.weights, mu_prior.components, strict=True)
        if weight > 0
    )


def check_proper(k: int, flat: bool, tau_prior: HeterogeneityPrior) -> float:
    """The power by which the posterior of tau falls; InputError where it does not integrate."""
    power = tau_prior.tail + (k - 1 if flat else k)
    if power <= 1 and not tau_prior.proper:
        need = 3 if flat else 2
        raise InputError.of(
            "tau_prior",
            str(tau_prior),
            f"is flat and so needs at least {need} studies; there {'is' if k == 1 else 'are'} {k}, "
            "and the posterior would not integrate",
            "Give a proper prior such as HalfNormal(0.5)",
        )
    return power


def _normal(
    table: EffectSizes,
    mu_prior: MuPrior,
    tau_prior: HeterogeneityPrior,
    better: Direction,
    important: float | None,
    level: float,
) -> BayesianSynthesis:
    y, v = table.yi, table.vi
    flat = isinstance(mu_prior, Flat)
    power = check_proper(y.size, flat, tau_prior)
    nodes = integrate(y, v, pieces_of(mu_prior), tau_prior, power)
    weight, tau, mean, variance = nodes.arrays
    sd = np.sqrt(variance)
    mu = normal_marginal(weight, mean, sd, has_mean=power > 2, has_sd=not flat or power > 3)
    predictive = normal_marginal(
        weight, mean, np.sqrt(variance + tau**2), has_mean=power > 2, has_sd=power > 3
    )
    own = shrink(y, v, weight, tau, mean, variance)
    proper = tau_prior.proper and not flat
    return synthesis(
        table,
        mu_prior=mu_prior,
        tau_prior=tau_prior,
        better=better,
        important=important,
        level=level,
        mu=mu,
        tau=nodes.tau,
        predictive=predictive,
        shrinkage=own,
        log_evidence=nodes.log_evidence if proper else None,
        bayes_factor_mu=None if flat else bayes_factor_mu(mu, mu_prior),
        bayes_factor_tau=_bayes_factor_tau(y, v, nodes.log_evidence, mu_prior, tau_prior),
        conflict=None if flat else _conflict(y, v, mu_prior, weight, tau),
        error=nodes.error,
    )


def synthesis(
    table: EffectSizes,
    *,
    mu: Marginal,
    predictive: Marginal,
    better: Direction,
    important: float | None,
    likelihood: Likelihood = "normal",
    k_contributing: int | None = None,
    **rest: Any,
) -> BayesianSynthesis:
    """The record, with the probabilities that follow from the marginals."""

    def benefit(of: Marginal, by: float) -> float:
        return 1 - of.above(-by) if better == "lower" else of.above(by)

    p_benefit = benefit(mu, 0.0)
    return BayesianSynthesis(
        measure=table.measure,
        likelihood=likelihood,
        better=better,
        important=important,
        k=table.k,
        k_contributing=table.k if k_contributing is None else k_contributing,
        mu=mu,
        predictive=predictive,
        p_benefit=p_benefit,
        p_benefit_new=benefit(predictive, 0.0),
        p_important=None if important is None else benefit(mu, important),
        p_harm=mu.above(0.0) if better == "lower" else 1 - mu.above(0.0),
        yi=table.yi,
        vi=table.vi,
        labels=tuple(table.labels),
        scale=MEASURES[table.measure].scale,
        **rest,
    )


class Nodes:
    """The quadrature's nodes of all components of the prior of mu, and the posterior of tau."""

    __slots__ = ("arrays", "error", "log_evidence", "tau")

    def __init__(
        self,
        arrays: tuple[Floats, Floats, Floats, Floats],
        tau: Marginal,
        log_evidence: float,
        error: float,
    ) -> None:
        self.arrays, self.tau = arrays, tau
        self.log_evidence, self.error = log_evidence, error


def integrate(
    y: Floats,
    v: Floats,
    pieces: tuple[tuple[float, float, float], ...],
    tau_prior: HeterogeneityPrior,
    power: float,
) -> Nodes:
    """Nodes of tau under each component of the prior of mu, weighted by its evidence."""
    if isinstance(tau_prior, Fixed):
        return _fixed(y, v, pieces, tau_prior.value)
    code, numbers, upper = tau_prior.kernel
    p = np.array(numbers)
    problems = [(y, v, mean0, precision0, code, p, upper) for _, mean0, precision0 in pieces]
    found = [_one(problem, power) for problem in problems]
    logs = np.array([math.log(w) + one[2][2] for (w, _, _), one in zip(pieces, found, strict=True)])
    log_evidence = float(np.logaddexp.reduce(logs))
    shares = np.exp(logs - log_evidence)
    tau, weight, mean, variance = np.concatenate([one[0] for one in found], axis=1)
    weight = weight * np.repeat(shares, [one[0].shape[1] for one in found])
    of_tau = tuple(
        TauPiece(share=float(share), panels=one[1], place=one[2], problem=problem)
        for share, one, problem in zip(shares, found, problems, strict=True)
    )
    first, second = math.inf, math.inf
    if not math.isinf(upper) or power > 2:
        first = float(weight @ tau)
    if not math.isinf(upper) or power > 3:
        second = math.sqrt(float(weight @ (tau - first) ** 2))
    error = max(one[3] for one in found)
    marginal = TauMarginal(of_tau, first, second)
    return Nodes((weight, tau, mean, variance), marginal, log_evidence, error)


def existing(power: float, upper: float, flat: bool) -> NDArray[np.bool_]:
    """Which of the kernels' functionals are finite."""
    bounded = not math.isinf(upper)
    first, second = bounded or power > 2, bounded or power > 3
    return np.array([True, True, second or not flat, first, second, True])


def middle_of(v: Floats, upper: float) -> float:
    """Where the quadrature looks for the mode first."""
    return 0.5 * math.log(float(np.median(v))) if math.isinf(upper) else 0.0


def _one(
    problem: tuple[Any, ...], power: float
) -> tuple[Floats, Floats, tuple[float, float, float], float]:
    """One component's nodes; NumericalError where the quadrature has not converged."""
    upper = problem[6]
    exist = existing(power, upper, flat=problem[3] == 0)
    status, *found = kernels.nodes_of_tau(problem, middle_of(problem[1], upper), exist)
    if status == kernels.NO_MASS:
        raise NumericalError(
            "the posterior density of tau is 0 or not finite everywhere: prior and data have no "
            "common mass in double precision. Check the scale of the effects and of the priors."
        )
    if status == kernels.NOT_CONVERGED:
        raise NumericalError(
            f"the quadrature over tau has not converged: estimated relative error {found[3]:.1e}, "
            f"{kernels.TOLERANCE:.0e} wanted. Check the scale of the effects and of the priors."
        )
    nodes, panels, place, error = found
    return nodes, panels, place, error


def _fixed(
    y: Floats, v: Floats, pieces: tuple[tuple[float, float, float], ...], tau: float
) -> Nodes:
    """A known tau: nothing to integrate."""
    each = [kernels.log_likelihood(tau, y, v, mean0, precision0) for _, mean0, precision0 in pieces]
    logs = np.array([math.log(w) + one[0] for (w, _, _), one in zip(pieces, each, strict=True)])
    log_evidence = float(np.logaddexp.reduce(logs))
    weight = np.exp(logs - log_evidence)
    mean, variance = (np.array([one[i] for one in each]) for i in (1, 2))
    taus = np.full(weight.size, tau)
    return Nodes((weight, taus, mean, variance), PointMarginal(tau), log_evidence, 0.0)


def shrink(
    y: Floats, v: Floats, weight: Floats, tau: Floats, mean: Floats, variance: Floats
) -> tuple[NormalMarginal, ...]:
    """Each study's own effect: between what it reported and the mean effect, given tau."""
    kept = weight > 1e-15
    weight, tau, mean, variance = weight[kept], tau[kept], mean[kept], variance[kept]
    share = tau**2 / (tau**2 + v[:, None])
    centre = share * y[:, None] + (1 - share) * mean
    spread = np.sqrt(share * v[:, None] + (1 - share) ** 2 * variance)
    return tuple(normal_marginal(weight, c, s) for c, s in zip(centre, spread, strict=True))


def bayes_factor_mu(mu: Marginal, prior: MuPrior) -> float:
    """Evidence for mu = 0 over the model: posterior over prior density there (Dickey 1971)."""
    assert not isinstance(prior, Flat)
    return float(mu.density(0.0)) / float(prior.pdf(0.0))


def _bayes_factor_tau(
    y: Floats, v: Floats, log_evidence: float, mu_prior: MuPrior, tau_prior: HeterogeneityPrior
) -> float | None:
    """Evidence for tau = 0 over the model; an improper prior of mu cancels, one of tau does not."""
    if not tau_prior.proper or isinstance(mu_prior, Flat):
        return None
    logs = [
        math.log(weight) + kernels.log_likelihood(0.0, y, v, mean0, precision0)[0]
        for weight, mean0, precision0 in pieces_of(mu_prior)
    ]
    return math.exp(float(np.logaddexp.reduce(np.array(logs))) - log_evidence)


def _conflict(y: Floats, v: Floats, prior: MuPrior, weight: Floats, tau: Floats) -> float:
    """Chance, under the prior, of a pooled estimate as far out as the one seen."""
    from scipy import special

    precision = 1 / (v + tau[:, None] ** 2)
    total = precision.sum(axis=1)
    pooled = (precision @ y) / total
    chance = np.zeros_like(tau)
    for share, mean0, precision0 in pieces_of(prior):
        z = np.abs(pooled - mean0) / np.sqrt(1 / precision0 + 1 / total)
        chance += share * 2 * special.ndtr(-z)
    return float(weight @ chance)
