"""Blocks of replicates: the unit that is never split."""

from __future__ import annotations

from itertools import pairwise

BLOCK = 1024
"""Replicates in a block. Chunks, threads and checkpoints are whole blocks."""


def block_ranges(replicates: int, parts: int) -> list[tuple[int, int]]:
    """Cut ``[0, replicates)`` into at most `parts` ranges of whole blocks, in order.

    Only the last range may end inside a block. Empty ranges are left out.
    """
    blocks = -(-replicates // BLOCK)
    edges = [blocks * part // parts for part in range(parts + 1)]
    ranges = [(first * BLOCK, min(last * BLOCK, replicates)) for first, last in pairwise(edges)]
    return [(first, last) for first, last in ranges if first < last]
