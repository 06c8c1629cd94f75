"""The limit: how many Philox calls a second one thread can make and use."""

from __future__ import annotations

import time

import numpy as np
from numba import njit, uint32

from equipoise.numerics.philox import key, philox


@njit(nogil=True)
def _bare(calls, k0, k1):  # type: ignore[no-untyped-def]
    mixed = uint32(0)
    for j in range(calls):
        a, b, c, d = philox(uint32(j), uint32(0), uint32(0), uint32(0), k0, k1)
        mixed ^= a ^ b ^ c ^ d
    return mixed


def philox_calls_per_second(calls: int = 100_000_000) -> float:
    """Measure the bare rate; the words are combined so that none can be left out."""
    k0, k1 = key(1)
    _bare(10, k0, k1)
    start = time.perf_counter()
    result = _bare(calls, k0, k1)
    seconds = time.perf_counter() - start
    assert isinstance(int(np.uint32(result)), int)
    return calls / seconds
