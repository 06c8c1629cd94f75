"""One model fitted to several sets of the same studies: what the diagnostics share."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.numerics import pooling

from .synthesis import Floats

if TYPE_CHECKING:
    import polars as pl

    from .synthesis import Synthesis

Masks = NDArray[np.bool_]


class Sets(NamedTuple):
    """Fits of sets of studies, before they become a record."""

    size: NDArray[np.int64]
    columns: Floats
    squared: Floats
    """Factor by which the interval method stretches the model-based variance."""

    @property
    def variance(self) -> Floats:
        """Variance of each pooled effect, as the interval has it."""
        return np.asarray(self.squared * self.columns[:, pooling.SE] ** 2)


def fit_sets(fit: Synthesis, masks: Masks, threads: int = 1) -> Sets:
    """Fit the studies marked in each row of `masks` (m, k) by the method of `fit`."""
    y, v, code = np.array(fit.yi), np.array(fit.vi), pooling.METHODS[fit.method]
    out = np.empty((masks.shape[0], pooling.COLUMNS))
    if threads == 1 or masks.shape[0] < 256:
        pooling.fit_subsets(y, v, masks, code, out)
    else:
        from concurrent.futures import ThreadPoolExecutor

        edges = np.linspace(0, masks.shape[0], 8 * threads + 1).astype(int)
        with ThreadPoolExecutor(threads) as workers:
            for job in [
                workers.submit(pooling.fit_subsets, y, v, masks[a:b], code, out[a:b])
                for a, b in pairwise(edges)
            ]:
                job.result()
    size = masks.sum(axis=1, dtype=np.int64)
    squared = np.ones(size.size)
    if fit.ci_method != "z":
        squared = np.where(size > 1, out[:, pooling.HK_FACTOR], 1.0)
        if fit.ci_method == "hksj_floor":
            squared = np.maximum(squared, 1.0)
    return Sets(size, out, squared)


def i2(method: str, sets: Sets) -> Floats:
    """I^2 in per cent, as :func:`.pool.heterogeneity` has it; 0 for one study."""
    q, tau2 = sets.columns[:, pooling.Q], sets.columns[:, pooling.TAU2]
    if method == "EE":
        return np.maximum(0.0, 100 * over(q - (sets.size - 1), q))
    return np.where(sets.size > 1, 100 * tau2 / (tau2 + sets.columns[:, pooling.TYPICAL]), 0.0)


def need(fit: Synthesis, least: int, purpose: str) -> None:
    """Refuse a fit from counts, and one of too few studies."""
    if fit.method not in pooling.METHODS:
        raise InputError.of(
            "method",
            fit.method,
            f"is fitted to counts; {purpose} needs effects and variances",
            "Pool with method='REML' or 'EE'",
        )
    if fit.k < least:
        raise InputError.of(
            "k", fit.k, f"{purpose} needs at least {least} studies", "Add studies or leave this out"
        )


def over(top: Floats, bottom: Floats) -> Floats:
    """A ratio in which nothing over nothing is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(top == 0, 0.0, top / bottom)


def difference(a: Floats, b: Floats | float, scale: Floats) -> Floats:
    """``a - b``, where what is left at rounding error of `scale` counts as 0."""
    gap = a - b
    return np.where(np.abs(gap) <= 1e-14 * np.abs(scale).max(), 0.0, gap)


def read_only(values: NDArray[np.generic]) -> NDArray:  # type: ignore[type-arg]
    """The array, no longer writable."""
    values.setflags(write=False)
    return values


def frame_of(source: object, columns: str) -> pl.DataFrame:
    """The named arrays of a record, side by side."""
    import polars as pl

    values = {name: getattr(source, name) for name in columns.split()}
    if "labels" in values:
        values = {"label": values.pop("labels"), **values}
    return pl.DataFrame(values)
