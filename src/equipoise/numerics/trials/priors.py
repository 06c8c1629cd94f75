"""Uniform numbers for the parameters that a replicate draws from a prior."""

from __future__ import annotations

import numpy as np
from numba import uint32, uint64
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.draws import fine_uniform
from equipoise.numerics.philox import philox

from .addresses import PRIOR


@cached(nogil=True, error_model="numpy")
def _fill(first, out, k0, k1):  # type: ignore[no-untyped-def]
    for i in range(out.shape[0]):
        replicate = uint64(first + i)
        for j in range(out.shape[1]):
            a, b, _, _ = philox(
                uint32(j), uint32(PRIOR), uint32(replicate), uint32(replicate >> uint64(32)), k0, k1
            )
            out[i, j] = fine_uniform(a, b)


def prior_uniforms(
    first: int, last: int, entries: int, k0: np.uint32, k1: np.uint32
) -> NDArray[np.float64]:
    """Numbers in (0, 1), (last - first, entries): one call for each entry of each replicate."""
    out = np.empty((last - first, entries))
    _fill(first, out, k0, k1)
    return out
