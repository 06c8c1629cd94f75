"""Pool counts under their own likelihood, with priors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from equipoise.errors import InputError, NumericalError
from equipoise.numerics import exact_hierarchy as kernels
from equipoise.parts.distributions import Flat
from equipoise.parts.heterogeneity import Fixed, HeterogeneityPrior

from .marginals import (
    Floats,
    IntervalKind,
    Marginal,
    check_shares,
    flat_array,
    interval_of,
    like,
    normal_marginal,
)
from .pool_bayes import MuPrior, bayes_factor_mu, check_proper, pieces_of, synthesis

if TYPE_CHECKING:
    from equipoise.vocabulary.question import Direction

    from .bayes_synthesis import BayesianSynthesis
    from .effect_sizes import EffectSizes
    from .synthesis import Interval

_FINE = 4
_TOLERATED = 1e-6


def pool_exact(
    table: EffectSizes,
    mu_prior: MuPrior,
    tau_prior: HeterogeneityPrior,
    better: Direction,
    important: float | None,
    level: float,
) -> BayesianSynthesis:
    """The posterior under a binomial, Poisson or hypergeometric likelihood; see `pool_bayes`."""
    counts, telling = read_counts(table)
    flat = isinstance(mu_prior, Flat)
    if flat and not telling.any():
        raise InputError.of(
            "data", "no event in any arm", "tells nothing about the effect, and a flat prior of it "
            "stays improper", "Give a proper `mu_prior`",
        )  # fmt: skip
    if flat and (_all_at_end(table, counts)):
        raise InputError.of(
            "mu_prior", "flat", "leaves the posterior improper where every study's count is at one "
            "end of what it could be", "Give a proper prior such as Normal(0, 4)",
        )  # fmt: skip
    if isinstance(tau_prior, Fixed):
        raise InputError.of(
            "tau_prior", str(tau_prior), "is not taken with likelihood='exact'",
            "Give a prior such as HalfNormal(0.5), or use likelihood='normal'",
        )  # fmt: skip
    power = check_proper(int(telling.sum()), flat, tau_prior) if flat else tau_prior.tail
    if not tau_prior.proper:
        raise InputError.of(
            "tau_prior", str(tau_prior), "must be proper with likelihood='exact'",
            "Give a prior such as HalfNormal(0.5)",
        )  # fmt: skip
    first, second = power > 2, power > 3
    found = _components(table, counts, mu_prior, tau_prior, second)
    mu, predictive, own, tau = _marginals(counts, found, first, second, table.k)
    return synthesis(
        table,
        likelihood="exact",
        k_contributing=int(telling.sum()),
        mu_prior=mu_prior,
        tau_prior=tau_prior,
        better=better,
        important=important,
        level=level,
        mu=mu,
        tau=tau,
        predictive=predictive,
        shrinkage=own,
        log_evidence=None if flat else found.log_evidence,
        bayes_factor_mu=None if flat else bayes_factor_mu(mu, mu_prior),
        bayes_factor_tau=None,
        conflict=None,
        error=max(nodes.error for _, nodes in found.parts),
    )


def read_counts(table: EffectSizes) -> tuple[kernels.Counts, np.ndarray]:
    """The counts behind effect sizes, and which studies tell anything about the effect."""
    data = table.data
    if table.measure == "OR" and table.counts is not None:
        a, b, c, d = (column.astype(np.float64) for column in table.counts.T)
        counts = kernels.table_counts(a, a + b, c, c + d)
        return counts, counts.length > 1
    if table.measure == "PLO" and "xi" in data:
        n = data["ni"] if "ni" in data else data["xi"] + data["mi"]
        return kernels.plain_counts(kernels.BINOMIAL, _f(data["xi"]), _f(n)), n > 0
    if table.measure == "IRLN" and "xi" in data:
        counts = kernels.plain_counts(kernels.POISSON, _f(data["xi"]), _f(data["ti"]))
        return counts, data["ti"] > 0
    raise InputError.of(
        "likelihood", "exact", f"has no distribution of counts for {table.measure} as given",
        "Give a table with measure='OR', 'PLO' or 'IRLN', or use likelihood='normal'",
    )  # fmt: skip


def _f(values: Any) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


def _all_at_end(table: EffectSizes, counts: kernels.Counts) -> bool:
    """Whether every study is at the lowest, or every one at the highest, count possible."""
    if counts.family == kernels.HYPERGEOMETRIC:
        telling = counts.length > 1
        low, high = counts.lowest, counts.lowest + counts.length - 1
    else:
        telling = np.ones(table.k, np.bool_)
        low = np.zeros(table.k)
        high = counts.size if counts.family == kernels.BINOMIAL else np.full(table.k, np.inf)
    x = counts.x[telling]
    return bool((x == low[telling]).all() or (x == high[telling]).all())


@dataclass(frozen=True, slots=True)
class _Found:
    """Nodes under each component of the prior of mu, and the components' posterior weights."""

    parts: tuple[tuple[float, kernels.ExactNodes], ...]
    log_evidence: float


def _components(
    table: EffectSizes,
    counts: kernels.Counts,
    mu_prior: MuPrior,
    tau_prior: HeterogeneityPrior,
    moments: bool,
) -> _Found:
    code, numbers, upper = tau_prior.kernel
    start = float(np.median(table.yi)) if table.k else 0.0
    weights, nodes = [], []
    for weight, mean0, precision0 in pieces_of(mu_prior):
        of_tau = (code, np.array(numbers), upper)
        made = kernels.posterior_nodes(counts, mean0, precision0, of_tau, start, moments)
        if not made.error < _TOLERATED:
            raise NumericalError(
                f"the quadrature has not converged: evidence or moments still change by "
                f"{made.error:.1e}, {_TOLERATED:.0e} allowed. Give a prior of tau with a lighter "
                "tail, or check the counts."
            )
        weights.append(math.log(weight) + made.log_evidence)
        nodes.append(made)
    total = float(np.logaddexp.reduce(np.array(weights)))
    shares = [math.exp(w - total) for w in weights]
    return _Found(tuple(zip(shares, nodes, strict=True)), total)


def _marginals(
    counts: kernels.Counts, found: _Found, first: bool, second: bool, k: int
) -> tuple[Marginal, Marginal, tuple[Marginal, ...], Marginal]:
    of_mu = _together(found, spread=0.0)
    of_new = _together(found, spread=1.0)
    mu = normal_marginal(*of_mu)
    predictive = normal_marginal(*of_new, has_mean=first, has_sd=second)
    weight = np.concatenate([share * nodes.weight.ravel() for share, nodes in found.parts])
    at_mu = np.concatenate([nodes.mu.ravel() for _, nodes in found.parts])
    at_tau = np.concatenate(
        [np.repeat(nodes.tau, nodes.density.shape[1]) for _, nodes in found.parts]
    )
    kept = weight > 1e-8 * weight.max()
    weight = weight[kept] / weight[kept].sum()
    mean, variance = (np.empty((k, weight.size)) for _ in range(2))
    kernels.own_effects(at_mu[kept], at_tau[kept], counts.arrays, mean, variance)
    own = tuple(normal_marginal(weight, m, np.sqrt(v)) for m, v in zip(mean, variance, strict=True))
    return mu, predictive, own, ExactTau(found.parts, first, second)


def _together(found: _Found, spread: float) -> tuple[Floats, Floats, Floats]:
    """Normals of mu (`spread` 0) or of a new study's effect (1), over the prior's components."""
    parts = [
        (share, kernels.as_normals(nodes, spread * nodes.tau, _FINE))
        for share, nodes in found.parts
    ]
    weight = np.concatenate([share * part[0] for share, part in parts])
    kept = weight > 1e-13
    columns = (np.concatenate([part[i] for _, part in parts])[kept] for i in (1, 2))
    centre, width = columns
    return weight[kept] / weight[kept].sum(), centre, width


@dataclass(frozen=True)
class ExactTau:
    """The posterior of tau, interpolated between the nodes by a quintic spline of its log."""

    parts: tuple[tuple[float, kernels.ExactNodes], ...]
    has_mean: bool
    has_sd: bool

    @cached_property
    def _table(self) -> tuple[Floats, Floats, Floats]:
        """Rising log tau, and density in it and probability below, over all components."""
        from scipy.interpolate import make_interp_spline

        x = np.unique(np.concatenate([self._fine(nodes) for _, nodes in self.parts]))
        density = np.zeros_like(x)
        for share, nodes in self.parts:
            c, s = nodes.place
            t = np.arcsinh((x - c) / s)
            by_t = nodes.density.sum(axis=1) * nodes.step
            spline = make_interp_spline(nodes.t, np.log(by_t), k=min(5, nodes.t.size - 1))
            inside = (t >= nodes.t[0]) & (t <= nodes.t[-1])
            density[inside] += share * np.exp(spline(t[inside])) / (s * np.cosh(t[inside]))
        middle = 0.5 * (density[1:] + density[:-1])
        below = np.concatenate([[0.0], np.cumsum(middle * np.diff(x))])
        return x, density / below[-1], below / below[-1]

    @staticmethod
    def _fine(nodes: kernels.ExactNodes) -> Floats:
        t = np.linspace(nodes.t[0], nodes.t[-1], 8001)
        return np.asarray(nodes.place[0] + nodes.place[1] * np.sinh(t))

    def _moment(self, power: int) -> float:
        return sum(
            share * float((nodes.weight.sum(axis=1) * nodes.tau**power).sum())
            for share, nodes in self.parts
        )

    @property
    def mean(self) -> float:
        """Mean; infinite where there is none."""
        return self._moment(1) if self.has_mean else math.inf

    @property
    def sd(self) -> float:
        """Standard deviation; infinite where there is none."""
        return math.sqrt(self._moment(2) - self._moment(1) ** 2) if self.has_sd else math.inf

    @property
    def median(self) -> float:
        """Median."""
        return float(self.quantile(0.5))

    def quantile(self, q: ArrayLike) -> Any:
        """Quantiles."""
        x, _, below = self._table
        return like(np.exp(np.interp(check_shares(q), below, x)), q)

    def cdf(self, x: ArrayLike) -> Any:
        """P(tau <= x)."""
        at, _, below = self._table
        logs = np.log(np.maximum(flat_array(x), 1e-300))
        return like(np.interp(logs, at, below, left=0.0, right=1.0), x)

    def density(self, x: ArrayLike) -> Any:
        """Density at x."""
        at, density, _ = self._table
        tau = np.maximum(flat_array(x), math.exp(at[0]))
        return like(np.interp(np.log(tau), at, density, right=0.0) / tau, x)

    def above(self, x: float) -> float:
        """P(tau > x)."""
        return 1.0 - float(self.cdf(x))

    def interval(self, level: float = 0.95, kind: IntervalKind = "central") -> Interval:
        """Credible interval; the shortest may begin at 0."""
        low, high = interval_of(self, level, kind)
        if kind == "shortest" and float(self.cdf(low)) < 1e-6 * (1 - level):
            return 0.0, float(self.quantile(level))
        return low, high
