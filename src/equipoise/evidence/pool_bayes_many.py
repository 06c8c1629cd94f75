"""Many sets of studies pooled with priors at once, in compiled code."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from equipoise.errors import InputError, NumericalError
from equipoise.inputs import whole
from equipoise.numerics import normal_hierarchy as kernels
from equipoise.parts.distributions import Flat, Normal
from equipoise.parts.heterogeneity import Fixed, HalfNormal, HeterogeneityPrior
from equipoise.vocabulary.record import record

from .marginals import Floats
from .pool_bayes import check_priors, check_proper, existing, pieces_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike


@record
class ManyBayesianSyntheses:
    """Posteriors of many sets of studies; arrays are (m,).

    `lower`, `upper` bound the central interval of mu at the level asked for, `tau_upper` tau from
    above, `new_lower`, `new_upper` the effect in a new study. `p_below` is P(mu < 0).
    """

    mean: Floats
    sd: Floats
    median: Floats
    lower: Floats
    upper: Floats
    tau_mean: Floats
    tau_median: Floats
    tau_upper: Floats
    new_lower: Floats
    new_upper: Floats
    p_below: Floats
    log_evidence: Floats


def pool_bayes_many(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    mu_prior: Normal | Flat | None = None,
    tau_prior: HeterogeneityPrior | None = None,
    level: float = 0.95,
    threads: int = 2,
) -> ManyBayesianSyntheses:
    """Pool each row of `yi` and `vi`, both (m, k), as :func:`pool_bayes` pools one.

    Raises
    ------
    InputError
        Shapes that differ, values that are not finite, variances not above 0, an improper
        posterior, or a prior without a second moment of tau left.
    NumericalError
        Rows whose quadrature has not converged; the first four are named.
    """
    from concurrent.futures import ThreadPoolExecutor

    mu_prior = Normal(0.0, 4.0) if mu_prior is None else mu_prior
    tau_prior = HalfNormal(0.5) if tau_prior is None else tau_prior
    check_priors(mu_prior, tau_prior, level, None)
    if not isinstance(mu_prior, Normal | Flat) or isinstance(tau_prior, Fixed):
        raise InputError.of(
            "mu_prior", str(mu_prior), "must be Normal or Flat here, tau not fixed",
            "Use eq.pool_bayes row by row",
        )  # fmt: skip
    y, v = (np.ascontiguousarray(np.atleast_2d(np.asarray(x, np.float64))) for x in (yi, vi))
    if y.shape != v.shape or y.size == 0:
        raise InputError.of("yi", y.shape, f"must be (m, k), the shape of vi {v.shape}", "Reshape")
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise InputError.of(
            "vi", "a value", "effects are finite, variances above 0", "Drop such rows"
        )
    flat = isinstance(mu_prior, Flat)
    power = check_proper(y.shape[1], flat, tau_prior)
    ((_, mean0, precision0),) = pieces_of(mu_prior)
    code, numbers, upper = tau_prior.kernel
    exist = existing(power, upper, flat)
    if not exist.all():
        raise InputError.of(
            "tau_prior", str(tau_prior), f"leaves tau without a variance at {y.shape[1]} studies",
            "Use eq.pool_bayes row by row, or a prior with a lighter tail",
        )  # fmt: skip
    q = np.array([(1 - level) / 2, 0.5, (1 + level) / 2, level])
    out = np.full((y.shape[0], 6 + 3 * q.size), np.nan)
    status = np.zeros(y.shape[0], np.int64)
    edges = np.linspace(0, y.shape[0], whole("threads", threads, 1, 256) + 1).astype(int)
    prior: tuple[Any, ...] = (mean0, precision0, code, np.array(numbers), upper, exist, q)
    pool_rows: Callable[..., None] = kernels.pool_rows
    with ThreadPoolExecutor(threads) as workers:
        jobs = [
            workers.submit(pool_rows, y[a:b], v[a:b], *prior, out[a:b], status[a:b])
            for a, b in pairwise(edges)
            if b > a
        ]
        for job in jobs:
            job.result()
    _refuse_failed(status)
    return _record(out, q.size)


def _refuse_failed(status: np.ndarray) -> None:
    bad = np.flatnonzero(status != kernels.OK)
    if bad.size:
        more = f" and {bad.size - 4} more" if bad.size > 4 else ""
        raise NumericalError(
            f"the quadrature over tau has not converged in rows {bad[:4].tolist()}{more}. Check "
            "the scale of the effects and of the priors."
        )


def _record(out: Floats, many: int) -> ManyBayesianSyntheses:
    tau, new = 4 + many, 4 + 2 * many
    if not math.isfinite(float(out.sum())):
        raise NumericalError("a summary is not finite. Check the scale of the effects.")
    return ManyBayesianSyntheses(
        mean=out[:, 0],
        sd=out[:, 1],
        lower=out[:, 2],
        median=out[:, 3],
        upper=out[:, 4],
        tau_mean=out[:, 2 + many],
        tau_median=out[:, tau + 1],
        tau_upper=out[:, tau + 3],
        new_lower=out[:, new],
        new_upper=out[:, new + 2],
        p_below=out[:, 4 + 3 * many],
        log_evidence=out[:, 5 + 3 * many],
    )
