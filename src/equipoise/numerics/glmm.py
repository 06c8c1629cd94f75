"""Binomial-normal mixed models: a common mean and normal spread of the log odds, exact counts.

``theta_i ~ N(beta, tau^2)``, fitted by maximum likelihood. Given theta, a study is one of

* ``UM.FS`` two binomial arms at ``a_i +- theta / 2``, ``a_i`` fixed (Turner et al. 2000, Stat Med
  19:3417; Jackson et al. 2018, Stat Med 37:1059, model 4);
* ``CM.EL`` the non-central hypergeometric count under treatment, all margins given (Stijnen, Hamza
  & Ozdemir 2010, Stat Med 29:3046);
* ``CM.AL`` its binomial approximation with offset ``log(n1 / n2)``, good for rare events only;
* one binomial count (a single arm), or, for rates, the count under treatment given the total.

Each integral is over z = (theta - beta) / tau: by Gauss-Legendre nodes over the range where the
integrand matters or, with fewer nodes, by Gauss-Hermite nodes around its mode, as other programs do
(Liu & Pierce 1994, Biometrika 81:624); the latter falters on studies without events in one arm.
The integrand is log-concave in z, beta and a_i together, so for a given tau the likelihood has one
peak, and Newton's steps kept inside a bracket find it. The spread is then searched on a grid and
its score solved inside a bracket: the fit is the global maximum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from equipoise.errors import InputError, NumericalError
from equipoise.numerics.glmm_kernels import (
    BETA,
    BINOMIAL,
    COLUMNS,
    CONVERGED,
    HYPERGEOMETRIC,
    INFO_BETA,
    INFO_CROSS,
    INFO_TAU,
    LOGLIK,
    NODES,
    TAU_SCORE,
    TWO_ARMS,
    at_point,
    profile,
)
from equipoise.numerics.rare_events import ChiSquare

Floats = NDArray[np.float64]

MODELS = {"UM.FS": TWO_ARMS, "CM.EL": HYPERGEOMETRIC, "CM.AL": BINOMIAL}
_LARGEST_TAU = 20.0
_GRID = np.concatenate([[0.0], np.geomspace(0.01, _LARGEST_TAU, 20)])
_QUADRATURE_LIMIT = 0.01
_DWINDLED = 15.0


@dataclass(frozen=True, slots=True)
class GlmmFit:
    """Maximum-likelihood fit of a binomial-normal model, on the log scale.

    `se` is from the observed information, allowing for tau unless tau2 is 0. `loglik_common` is the
    maximum at tau2 = 0; `heterogeneity` the likelihood-ratio test of it against a free effect for
    every study. `quadrature_error` is the change in log likelihood with twice the nodes.
    """

    model: str
    estimate: float
    se: float
    z: float
    p: float
    low: float
    high: float
    tau2: float
    loglik: float
    loglik_common: float
    heterogeneity: ChiSquare
    k: int
    k_contributing: int
    nodes: int
    quadrature_error: float


@lru_cache(maxsize=16)
def _rule(count: int) -> tuple[Floats, Floats]:
    """Nodes and log weights for plain integrals, both (count,); see :func:`_range`."""
    if count >= NODES:
        nodes, weights = np.polynomial.legendre.leggauss(count)
        return nodes, np.log(weights)
    nodes, weights = np.polynomial.hermite.hermgauss(count)
    return nodes, np.log(weights) + nodes**2


class _Likelihood:
    """The likelihood of one set of studies, maximised at a given tau.

    Every call starts from the same point, so that the result depends on tau alone.
    """

    def __init__(self, name: str, kind: int, rows: Floats, baseline: Floats, nodes: int) -> None:
        self.name, self.kind, self.rows = name, kind, rows
        self.beta, self.baseline = 0.0, baseline
        self.nodes = _rule(nodes)

    def at(self, tau: float) -> Floats:
        return self._maximum(tau)[0]

    def start_here(self, tau: float) -> Floats:
        """Maximise at tau; later calls start there."""
        out, self.baseline = self._maximum(tau)
        self.beta = float(out[BETA])
        return out

    def _maximum(self, tau: float) -> tuple[Floats, Floats]:
        out, baseline = np.zeros(COLUMNS), self.baseline.copy()
        profile(self.kind, self.rows, tau, baseline, *self.nodes, self.beta, out)
        if not (out[CONVERGED] and np.isfinite(out).all()):
            raise NumericalError(f"{self.name}: no maximum over the effect was found at tau {tau}.")
        return out, baseline

    def value(self, beta: float, tau: float) -> float:
        start = self.baseline.copy()
        return float(at_point(self.kind, self.rows, beta, abs(tau), start, *self.nodes))

    def tau_score(self, tau: float) -> float:
        return float(self.at(tau)[TAU_SCORE])


def _grid_scores(likelihood: _Likelihood) -> list[float]:
    """Profile scores of tau over the grid, as far as the likelihood has not dwindled."""
    scores: list[float] = []
    best = -math.inf
    for tau in _GRID:
        fit = likelihood.at(float(tau))
        # The score is 0 at tau = 0 by symmetry; the sign beyond it is that of the curvature.
        scores.append(float(fit[TAU_SCORE] if tau > 0 else -fit[INFO_TAU]))
        best = max(best, float(fit[LOGLIK]))
        if fit[LOGLIK] < best - _DWINDLED and scores[-1] < 0:
            break
    return scores


def _peaks(likelihood: _Likelihood) -> list[float]:
    """Every tau > 0 where the profile score falls through zero, found from a grid."""
    scores = _grid_scores(likelihood)
    if scores[-1] > 0:
        raise NumericalError(
            f"{likelihood.name}: the likelihood still rises at a spread of {_LARGEST_TAU:g}; "
            "the studies contradict each other without limit."
        )
    peaks = []
    for i in range(len(scores) - 1):
        if scores[i] > 0 >= scores[i + 1]:
            low = float(_GRID[i]) if i else 1e-5
            if likelihood.tau_score(low) > 0:
                peaks.append(
                    float(optimize.brentq(likelihood.tau_score, low, _GRID[i + 1], xtol=1e-10))
                )
    return peaks


def _refuse_infinite(name: str, lowest: NDArray[np.bool_], highest: NDArray[np.bool_]) -> None:
    if not lowest.size:
        raise NumericalError(f"{name}: no study has both events and non-events; nothing to pool.")
    if lowest.all() or highest.all():
        raise NumericalError(
            f"{name}: every study's own estimate is infinite in the same direction, "
            "so the pooled one is infinite."
        )


@dataclass(frozen=True, slots=True)
class _Studies:
    """What a model needs: kernel rows (k, 4), log constants, saturated log likelihoods, starts."""

    kind: int
    rows: Floats
    constant: float
    saturated: float
    baseline: Floats


def _best(likelihood: _Likelihood) -> tuple[float, Floats, float]:
    """The best tau, the fit there, and the log likelihood at tau = 0."""
    common = likelihood.start_here(0.0)
    best, tau = common, 0.0
    for peak in _peaks(likelihood):
        fit = likelihood.at(peak)
        if fit[LOGLIK] > best[LOGLIK]:
            best, tau = fit, peak
    return tau, best, float(common[LOGLIK])


def _polished(likelihood: _Likelihood, tau: float, fit: Floats) -> tuple[float, Floats]:
    """The maximum of the quadrature sum itself, which few nodes hold apart from the true score's.

    Other programs report this one; with `NODES` nodes or more the two agree.
    """

    def deviance(point: Floats) -> float:
        return -likelihood.value(float(point[0]), float(point[1]))

    likelihood.start_here(tau)
    start = np.array([fit[BETA], tau])
    tight = {"xatol": 1e-8, "fatol": 1e-12, "maxiter": 2000}
    found = optimize.minimize(deviance, start, method="Nelder-Mead", options=tight)
    if not found.success:
        raise NumericalError(f"{likelihood.name}: the optimiser stopped early: {found.message}")
    step = 1e-3 * np.eye(2)

    def curvature(i: int, j: int) -> float:
        corners = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
        return sum(
            sign * deviance(found.x + up * step[i] + along * step[j]) for up, along, sign in corners
        ) / (4 * 1e-6)

    out = fit.copy()
    out[LOGLIK], out[BETA] = -found.fun, found.x[0]
    out[INFO_BETA], out[INFO_CROSS], out[INFO_TAU] = (
        curvature(0, 0),
        curvature(0, 1),
        curvature(1, 1),
    )
    return abs(float(found.x[1])), out


def _standard_error(name: str, fit: Floats, tau: float) -> float:
    information = fit[INFO_BETA]
    if tau > 0:
        if not fit[INFO_TAU] > 0:
            raise NumericalError(f"{name}: the observed information is not positive definite.")
        information = fit[INFO_BETA] - fit[INFO_CROSS] ** 2 / fit[INFO_TAU]
    if not information > 0:
        raise NumericalError(f"{name}: the observed information is not positive definite.")
    return 1 / math.sqrt(information)


def _quadrature_error(name: str, studies: _Studies, nodes: int, tau: float, fit: Floats) -> float:
    finer = _Likelihood(name, studies.kind, studies.rows, studies.baseline, 2 * nodes + 1)
    finer.beta = float(fit[BETA])
    error = abs(float(finer.at(tau)[LOGLIK] - fit[LOGLIK]))
    if error > _QUADRATURE_LIMIT and nodes >= NODES:
        raise NumericalError(
            f"{name}: {nodes} nodes leave the log likelihood uncertain by {error:.2g}."
        )
    return error


def _fit(name: str, studies: _Studies, k: int, nodes: int, level: float) -> GlmmFit:
    likelihood = _Likelihood(name, studies.kind, studies.rows, studies.baseline, nodes)
    tau, fit, common = _best(likelihood)
    if nodes < NODES and tau > 0:
        tau, fit = _polished(likelihood, tau, fit)
    se, estimate = _standard_error(name, fit, tau), float(fit[BETA])
    count = studies.rows.shape[0]
    ratio = max(0.0, 2 * (studies.saturated - common))
    p_equal = float(special.chdtrc(count - 1, ratio)) if count > 1 else math.nan
    half = float(special.ndtri((1 + level) / 2)) * se
    return GlmmFit(
        model=name,
        estimate=estimate,
        se=se,
        z=estimate / se,
        p=2 * float(special.ndtr(-abs(estimate / se))),
        low=estimate - half,
        high=estimate + half,
        tau2=tau * tau,
        loglik=float(fit[LOGLIK]) + studies.constant,
        loglik_common=common + studies.constant,
        heterogeneity=ChiSquare(ratio, count - 1, p_equal),
        k=k,
        k_contributing=count,
        nodes=nodes,
        quadrature_error=_quadrature_error(name, studies, nodes, tau, fit),
    )


def _log_choose(n: Floats, x: Floats) -> float:
    return float(
        np.sum(special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1))
    )


def _saturated(x: Floats, n: Floats) -> float:
    """Sum of the largest binomial log likelihoods, without binomial coefficients."""
    return float(np.sum(special.xlogy(x, x / n) + special.xlogy(n - x, (n - x) / n)))


def _binomial_studies(name: str, x: Floats, n: Floats, offset: Floats) -> _Studies:
    _refuse_infinite(name, x == 0, x == n)
    rows = np.stack([x, n, offset, np.zeros_like(x)], axis=1)
    return _Studies(BINOMIAL, rows, _log_choose(n, x), _saturated(x, n), np.zeros_like(x))


def _arm_studies(name: str, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> _Studies:
    _refuse_infinite(name, (x1 == 0) | (x2 == n2), (x1 == n1) | (x2 == 0))
    rows = np.stack([x1, n1, x2, n2], axis=1)
    constant = _log_choose(n1, x1) + _log_choose(n2, x2)
    start = np.log((x1 + x2) / (n1 + n2 - x1 - x2))
    return _Studies(TWO_ARMS, rows, constant, _saturated(x1, n1) + _saturated(x2, n2), start)


def _table_studies(name: str, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> _Studies:
    lowest, highest = (x1 == 0) | (x2 == n2), (x1 == n1) | (x2 == 0)
    _refuse_infinite(name, lowest, highest)
    rows = np.stack([x1, n1, n2, x1 + x2], axis=1)
    zeros = np.zeros_like(x1)
    # A table at the end of its support has conditional likelihood 1 at an infinite effect.
    own = [
        _Likelihood(name, HYPERGEOMETRIC, rows[i : i + 1], zeros[:1], 1).at(0.0)[LOGLIK]
        for i in np.flatnonzero(~(lowest | highest))
    ]
    return _Studies(HYPERGEOMETRIC, rows, 0.0, float(sum(own)), zeros)


def _counts(**columns: ArrayLike) -> list[Floats]:
    arrays = [np.atleast_1d(np.asarray(values, np.float64)) for values in columns.values()]
    for name, array in zip(columns, arrays, strict=True):
        whole = np.isfinite(array) & (array >= 0) & (array == np.rint(array))
        if array.ndim != 1 or array.size != arrays[0].size or not bool(whole.all()):
            rule = "counts are whole, not negative, and one a study in every column"
            raise InputError.of(name, columns[name], rule, "Leave out studies without counts")
    return arrays


def _options(nodes: int, level: float) -> None:
    if not 1 <= nodes <= 151:
        raise InputError.of("nodes", nodes, "quadrature has 1 to 151 nodes", f"Use {NODES}")
    if not 0 < level < 1:
        raise InputError.of("level", level, "a level is between 0 and 1", "Use 0.95 for 95 %")


def glmm_odds_ratio(
    ai: ArrayLike,
    bi: ArrayLike,
    ci: ArrayLike,
    di: ArrayLike,
    *,
    model: str = "UM.FS",
    nodes: int = NODES,
    level: float = 0.95,
) -> GlmmFit:
    """Random-effects log odds ratio of 2x2 tables, without a continuity correction.

    Parameters
    ----------
    ai, bi, ci, di : (k,)
        Events and non-events under treatment, events and non-events under control.
    model : {"UM.FS", "CM.EL", "CM.AL"}
        Two binomial arms with fixed study baselines (default, as in metafor); the exact conditional
        likelihood, preferred for sparse tables, where many fixed baselines bias UM.FS; or its
        approximation for rare events.
    nodes
        Quadrature nodes: 61 or more are Gauss-Legendre; fewer are adaptive Gauss-Hermite (lme4 and
        metafor: 7).
    level
        Coverage of the normal interval.

    Returns
    -------
    GlmmFit
        Tables with no events, or no non-events, in both arms contribute nothing in any model and
        count in `k` only.

    Raises
    ------
    InputError
        Values that are not whole counts, an unknown model, nodes or level out of range.
    NumericalError
        No table contributes; the estimate or the spread is infinite; no maximum was found; or the
        quadrature with 61 or more nodes is in doubt by more than 0.01 of log likelihood.
    """
    if model not in MODELS:
        raise InputError.of("model", model, f"models are {', '.join(MODELS)}", "Choose one of them")
    _options(nodes, level)
    a, b, c, d = _counts(ai=ai, bi=bi, ci=ci, di=di)
    kept = (a + b > 0) & (c + d > 0) & (a + c > 0) & (b + d > 0)
    x1, n1, x2, n2 = a[kept], (a + b)[kept], c[kept], (c + d)[kept]
    if model == "UM.FS":
        studies = _arm_studies(model, x1, n1, x2, n2)
    elif model == "CM.EL":
        studies = _table_studies(model, x1, n1, x2, n2)
    else:
        studies = _binomial_studies(model, x1, x1 + x2, np.log(n1 / n2))
    return _fit(model, studies, a.size, nodes, level)


def glmm_rate_ratio(
    x1: ArrayLike,
    t1: ArrayLike,
    x2: ArrayLike,
    t2: ArrayLike,
    *,
    nodes: int = NODES,
    level: float = 0.95,
) -> GlmmFit:
    """Random-effects log rate ratio of Poisson counts, conditional on each study's total (CM.EL).

    Events x1, x2 and person-time t1, t2 are (k,). Given the total, events under treatment are
    binomial: no approximation. Studies without events contribute nothing. Options, result and
    errors as :func:`glmm_odds_ratio`; Stijnen, Hamza & Ozdemir (2010), Stat Med 29:3046.
    """
    _options(nodes, level)
    a, b = _counts(x1=x1, x2=x2)
    time1, time2 = np.asarray(t1, np.float64), np.asarray(t2, np.float64)
    if time1.shape != a.shape or time2.shape != a.shape or not bool((time1 * time2 > 0).all()):
        rule = "person-time is above 0 and one a study"
        raise InputError.of("t1/t2", (t1, t2), rule, "Leave out studies that observed no one")
    kept = a + b > 0
    offset = np.log(time1 / time2)[kept]
    studies = _binomial_studies("CM.EL (rates)", a[kept], (a + b)[kept], offset)
    return _fit("CM.EL", studies, a.size, nodes, level)


def glmm_proportion(
    events: ArrayLike, n: ArrayLike, *, nodes: int = NODES, level: float = 0.95
) -> GlmmFit:
    """Random-effects mean logit of proportions, with binomial counts (PLO).

    `events` and `n` are (k,); every study with n > 0 contributes. Options, result and errors as
    :func:`glmm_odds_ratio`; Hamza, van Houwelingen & Stijnen (2008), J Clin Epidemiol 61:41.
    """
    _options(nodes, level)
    x, size = _counts(events=events, n=n)
    if bool((x > size).any()):
        raise InputError.of("events", events, "events are at most n", "Check the two columns")
    kept = size > 0
    studies = _binomial_studies("PLO", x[kept], size[kept], np.zeros(int(kept.sum())))
    return _fit("PLO", studies, x.size, nodes, level)
