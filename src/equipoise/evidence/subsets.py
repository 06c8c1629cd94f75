"""Every subset of the studies, or a sample of them: graphical display of heterogeneity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.numerics import pooling
from equipoise.vocabulary.record import record

from .refits import Masks, fit_sets, frame_of, i2, need, read_only
from .synthesis import Floats

if TYPE_CHECKING:
    import polars as pl

    from .synthesis import Synthesis


@record
class Gosh:
    """The fit of many subsets of the studies.

    Attributes
    ----------
    k, estimate, i2, tau2 : (m,)
        Size of the subset, pooled effect, I^2 in per cent and tau^2.
    packed : (m, ceil(k / 8)) uint8
        Which studies are in, eight to a byte, first study in the highest bit.
    complete : bool
        True: every subset; False: a random sample with replacement.
    """

    labels: tuple[str, ...]
    k: NDArray[np.int64]
    estimate: Floats
    i2: Floats
    tau2: Floats
    packed: NDArray[np.uint8]
    complete: bool

    @property
    def masks(self) -> Masks:
        """Which studies are in, (m, k)."""
        return np.unpackbits(self.packed, axis=1, count=len(self.labels)).astype(bool)

    def frame(self) -> pl.DataFrame:
        """One row a subset."""
        return frame_of(self, "k estimate i2 tau2")


def gosh(fit: Synthesis, subsets: int = 2**15, seed: int = 1, *, threads: int = 2) -> Gosh:
    """Pool every subset of the studies, or a random sample of the subsets.

    Parameters
    ----------
    subsets : int >= 1
        All ``2^k - 1`` subsets are fitted when there are no more than this; otherwise so many are
        drawn, each of the possible ones as likely as another.
    seed : int >= 0
        Says which; the numbers do not depend on `threads`.

    Raises
    ------
    InputError
        One study; a fit from counts; no subset asked for.

    References
    ----------
    Olkin, Dahabreh & Trikalinos (2012), Res Synth Methods 3:214.
    """
    need(fit, 2, "subsets")
    if subsets < 1:
        raise InputError.of("subsets", subsets, "must be at least 1", "Give 2**15")
    complete = fit.k < 63 and 2**fit.k - 1 <= subsets
    masks = _all_subsets(fit.k) if complete else _random_subsets(fit.k, subsets, seed)
    sets = fit_sets(fit, masks, threads)
    return Gosh(
        labels=fit.labels,
        k=read_only(sets.size),
        estimate=read_only(sets.columns[:, pooling.ESTIMATE].copy()),
        i2=read_only(i2(fit.method, sets)),
        tau2=read_only(sets.columns[:, pooling.TAU2].copy()),
        packed=read_only(np.packbits(masks, axis=1)),
        complete=complete,
    )


def _all_subsets(k: int) -> Masks:
    """Every subset but the empty one, (2^k - 1, k), counting in binary from the last study."""
    number = np.arange(1, 2**k, dtype=np.int64)
    return ((number[:, None] >> np.arange(k - 1, -1, -1)) & 1).astype(bool)


def _random_subsets(k: int, count: int, seed: int) -> Masks:
    """Non-empty subsets drawn evenly, (count, k); an empty draw is drawn again."""
    words, stream = (k + 63) // 64, np.random.Philox(seed)
    masks = np.zeros((count, k), dtype=bool)
    while (empty := np.flatnonzero(~masks.any(axis=1))).size:
        drawn = stream.random_raw(empty.size * words).astype("<u8").view(np.uint8)
        masks[empty] = np.unpackbits(drawn.reshape(empty.size, -1), axis=1, count=k)
    return masks
