"""Counter-based random words: Philox 4x32-10.

Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC '11.
Checked against the authors' known-answer vectors in ``tests/published/test_philox.py``.

A draw has an address, not a history. The key is the 64-bit seed; the counter is
``(call, purpose, replicate low, replicate high)``, so that no two draws share an address:
patient ``p`` of a replicate reads word ``p % 4`` of call ``p // 4`` of its purpose.

``forceinline`` is what lets LLVM vectorise the callers' loops over calls; without it a call costs
ten times as much (``docs/decisions/0001-kernels.md``).
"""

from __future__ import annotations

import numpy as np
from numba import njit, uint32, uint64

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint32(0x9E3779B9)
_WEYL_1 = np.uint32(0xBB67AE85)
_SHIFT = np.uint64(32)

PURPOSE_CONTROL = 0
"""Outcomes of the patients of arm 0; arm `a` uses purpose ``PURPOSE_CONTROL + a``."""


@njit(forceinline=True)
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Ten rounds on a counter of four 32-bit words with a key of two: four random words."""
    for _ in range(10):
        p0 = uint64(_MULTIPLIER_0) * uint64(c0)
        p1 = uint64(_MULTIPLIER_1) * uint64(c2)
        c0, c1, c2, c3 = (
            uint32(p1 >> _SHIFT) ^ c1 ^ k0,
            uint32(p1),
            uint32(p0 >> _SHIFT) ^ c3 ^ k1,
            uint32(p0),
        )
        k0 = uint32(k0 + _WEYL_0)
        k1 = uint32(k1 + _WEYL_1)
    return c0, c1, c2, c3


@njit(forceinline=True)
def fill_calls(words, first, last, purpose, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Write calls `first` … `last` - 1 of a replicate's stream: ``words[w, j]``, word w of call j.

    The loop's index is unsigned: a signed one might be negative, and would not be vectorised.
    """
    low = uint32(replicate)
    high = uint32(uint64(replicate) >> _SHIFT)
    for j in range(uint64(first), uint64(last)):
        a, b, c, d = philox(uint32(j), uint32(purpose), low, high, k0, k1)
        words[0, j] = a
        words[1, j] = b
        words[2, j] = c
        words[3, j] = d


@njit(forceinline=True)
def fill(words, calls, purpose, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Write calls 0 … `calls` - 1 of a replicate's stream."""
    fill_calls(words, 0, calls, purpose, replicate, k0, k1)


def key(seed: int) -> tuple[np.uint32, np.uint32]:
    """The two key words of a seed in [0, 2**64)."""
    return np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32)


def threshold(probability: float) -> np.uint64:
    """The number of 32-bit words that count as an event: an event is ``word < threshold``.

    A probability is represented to within 2**-33 (1.2e-10); 0 and 1 are represented exactly.
    """
    return np.uint64(round(probability * 2**32))
