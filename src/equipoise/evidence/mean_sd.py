"""Means and standard deviations from reported medians, quartiles and ranges."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.numerics import effect_sizes_means as means
from equipoise.wording import listing

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]


def mean_sd_from_quantiles(
    n: ArrayLike,
    median: ArrayLike,
    *,
    minimum: ArrayLike | None = None,
    q1: ArrayLike | None = None,
    q3: ArrayLike | None = None,
    maximum: ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """Mean and SD of normal samples from the median with the range, the quartiles, or both.

    The mean by Luo et al. (2018), Stat Methods Med Res 27:1785; the SD by Wan et al. (2014), BMC
    Med Res Methodol 14:135. Both take the sample for normal: for skewed outcomes they are wrong,
    and a median far from the middle of the quartiles says so.

    Parameters
    ----------
    n, median, minimum, q1, q3, maximum : array_like
        Sample sizes and quantiles in the outcome's unit; they broadcast against each other.

    Returns
    -------
    tuple of arrays
        Means and SDs, in the outcome's unit.

    Raises
    ------
    InputError
        Half a pair, no pair, a value that is not finite, n below 2, or quantiles out of order.
    """
    offered = {"minimum": minimum, "q1": q1, "median": median, "q3": q3, "maximum": maximum}
    given = {name: value for name, value in offered.items() if value is not None}
    names = tuple(given)
    if names not in _SCENARIOS:
        raise InputError.of(
            "quantiles",
            list(names),
            "the median is needed with minimum and maximum, with q1 and q3, or with all four",
            "Give both ends of a pair",
        )
    arrays = [np.asarray(value, np.float64) for value in given.values()]
    *quantiles, size = np.broadcast_arrays(*arrays, np.asarray(n, np.float64))
    _check(names, quantiles, size)
    return _SCENARIOS[names](*quantiles, size)


_SCENARIOS: dict[tuple[str, ...], Callable[..., tuple[Floats, Floats]]] = {
    ("minimum", "median", "maximum"): means.mean_sd_from_range,
    ("q1", "median", "q3"): means.mean_sd_from_quartiles,
    ("minimum", "q1", "median", "q3", "maximum"): means.mean_sd_from_five,
}


def _check(names: tuple[str, ...], quantiles: list[Floats], n: Floats) -> None:
    for name, values in zip(("n", *names), (n, *quantiles), strict=True):
        if not np.isfinite(values).all():
            wrong = values[~np.isfinite(values)].flat[0]
            raise InputError.of(name, float(wrong), "it must be finite", "Leave the study out")
    if (n < 2).any():
        raise InputError.of("n", float(n.min()), "it must be at least 2", "Give the arm's size")
    unordered = np.any([high < low for low, high in pairwise(quantiles)], 0)
    flat = quantiles[-1] <= quantiles[0]
    if (unordered | flat).any():
        first = np.flatnonzero(np.atleast_1d(unordered | flat))[0]
        raise InputError.of(
            ", ".join(names),
            [float(values.flat[first]) for values in quantiles],
            f"{listing(list(names))} must rise, and the outer two must differ",
            "Look whether two columns are exchanged",
        )
