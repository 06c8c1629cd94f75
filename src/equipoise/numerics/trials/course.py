"""Who comes when, in which stratum, to which arm, and who is lost."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import uint64
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.draws import exponential, fill_exponentials
from equipoise.numerics.philox import fill

from .addresses import ALLOCATION, BLOCK, DROPOUT, ENROLMENT, STRATUM

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

FIXED, BLOCKS, SIMPLE = range(3)


class Course(NamedTuple):
    """Enrolment and allocation, by scenario where (S, …).

    Attributes
    ----------
    patients : int
        The most that are enrolled, N.
    entry : float64 (S, N)
        Days on which patients come when they come evenly.
    poisson : bool (S,)
        Whether they come at random instead, at the intensity that follows.
    edges, enrolled, rate, slope : float64 (S, M)
        Of each piece of the intensity: its first day, patients expected before it, patients a day
        at its start, and the change of that a day.
    pieces : int64 (S,)
    allocation : int
        FIXED, BLOCKS or SIMPLE.
    share : float
        Of patients who get treatment; 1 of a single arm.
    ratio : int64 (2,)
    sizes : int64 (B,)
    stratified : bool
        Whether each stratum has blocks of its own.
    delay : float
        Days from randomisation to the outcome.
    same : bool (S,)
        Whether the scenario's patients come and are allocated as in the scenario before.
    constant : bool
        Whether they come and are allocated alike in every replicate and scenario.
    """

    patients: int
    entry: Floats
    poisson: NDArray[np.bool_]
    edges: Floats
    enrolled: Floats
    rate: Floats
    slope: Floats
    pieces: Ints
    allocation: int
    share: float
    ratio: Ints
    sizes: Ints
    stratified: bool
    delay: float
    same: NDArray[np.bool_]
    constant: bool


@cached(nogil=True, error_model="numpy")
def enrol(  # type: ignore[no-untyped-def]
    entry, words, edges, enrolled, rate, slope, pieces, replicate, k0, k1
):
    """Days of enrolment of a Poisson process, rising, into `entry` (N,), by its inverse.

    The pieces are one scenario's rows of `Course`. A patient who never comes has an infinite day.
    """
    n = entry.size
    fill(words, (n + 3) >> 2, ENROLMENT, replicate, k0, k1)
    mass = 0.0
    piece = 0
    for i in range(n):
        mass += exponential(words[i & 3, i >> 2])
        while piece < pieces - 1 and mass > enrolled[piece + 1]:
            piece += 1
        more = mass - enrolled[piece]
        a, b = rate[piece], slope[piece]
        if b == 0.0:
            days = more / a if a > 0.0 else math.inf
        else:
            days = 2.0 * more / (a + math.sqrt(max(a * a + 2.0 * b * more, 0.0)))
        entry[i] = edges[piece] + days


@cached(nogil=True, error_model="numpy")
def stratify(stratum, words, bounds, strata, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Strata into `stratum` (N,): the first whose bound (G,) lies above the patient's word."""
    n = stratum.size
    if strata == 1:
        stratum[:] = 0
        return
    fill(words, (n + 3) >> 2, STRATUM, replicate, k0, k1)
    for i in range(n):
        g = 0
        while g < strata - 1 and words[i & 3, i >> 2] >= bounds[g]:
            g += 1
        stratum[i] = g


@cached(nogil=True, error_model="numpy")
def in_turn(arm, share):  # type: ignore[no-untyped-def]
    """Arms into `arm` (N,) so that a `share` of every first i patients is on treatment."""
    for i in range(arm.size):
        arm[i] = math.floor((i + 1) * share + 1e-9) > math.floor(i * share + 1e-9)


@cached(nogil=True, error_model="numpy")
def at_random(arm, words, share, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Arms into `arm` (N,), each by a draw of its own."""
    n = arm.size
    fill(words, (n + 3) >> 2, ALLOCATION, replicate, k0, k1)
    limit = uint64(share * 4294967296.0)
    for i in range(n):
        arm[i] = words[i & 3, i >> 2] < limit


@cached(nogil=True, error_model="numpy")
def in_blocks(  # type: ignore[no-untyped-def]
    arm, stratum, left, words, more, ratio0, ratio1, sizes, replicate, k0, k1
):
    """Arms into `arm` (N,) in permuted blocks of each of `stratum` (N,), whose size is drawn.

    Each place is drawn without replacement from what is left of the block, which is a shuffle.
    `left` (G, 2) is scratch.
    """
    n = arm.size
    fill(words, (n + 3) >> 2, ALLOCATION, replicate, k0, k1)
    if sizes.size > 1:
        fill(more, (n + 3) >> 2, BLOCK, replicate, k0, k1)
    left[:] = 0
    whole = ratio0 + ratio1
    for i in range(n):
        g = stratum[i]
        if left[g, 0] + left[g, 1] == 0:
            size = sizes[0]
            if sizes.size > 1:
                word = uint64(more[i & 3, i >> 2])
                size = sizes[(word * uint64(sizes.size)) >> uint64(32)]
            left[g, 0] = ratio0 * (size // whole)
            left[g, 1] = ratio1 * (size // whole)
        places = uint64(left[g, 0] + left[g, 1])
        drawn = (uint64(words[i & 3, i >> 2]) * places) >> uint64(32)
        a = 1 if drawn < uint64(left[g, 1]) else 0
        left[g, a] -= 1
        arm[i] = a


@cached(nogil=True, error_model="numpy")
def lose(lost, arm, words, drawn, hazard0, hazard1, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Days from enrolment to being lost into `lost` (n,), at each arm's hazard a day.

    `drawn` (4, calls) is scratch.
    """
    n = lost.size
    fill(words, (n + 3) >> 2, DROPOUT, replicate, k0, k1)
    fill_exponentials(drawn, words, 0, (n + 3) >> 2)
    scale0 = 1.0 / hazard0 if hazard0 > 0.0 else math.inf
    scale1 = 1.0 / hazard1 if hazard1 > 0.0 else math.inf
    for i in range(uint64(n)):
        scale = scale1 if arm[i] == 1 else scale0
        lost[i] = drawn[i & uint64(3), i >> uint64(2)] * scale
