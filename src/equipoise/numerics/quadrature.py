"""Nodes and weights."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@lru_cache(maxsize=16)
def _legendre(count: int) -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(count)


def gauss_legendre(count: int, low: float, high: float) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on ``[low, high]``, both (count,)."""
    nodes, weights = _legendre(count)
    half = (high - low) / 2
    return low + half * (nodes + 1), half * weights
