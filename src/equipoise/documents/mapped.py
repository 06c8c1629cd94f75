"""Text under change that knows where each of its characters came from."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

Edit = tuple[int, int, str]
"""Characters `start` to `end` (exclusive) become the third; edits are ascending and apart."""


@record
class Mapped:
    """Character i of `text` stands at ``origin[i]`` of the original and ends at ``ends[i]``."""

    text: str
    origin: array[int]
    ends: array[int]


_COUNT = array("i", range(16_385))


def whole(original: str) -> Mapped:
    """The original itself, each character at its own place."""
    n = len(original)
    count = _COUNT if n < len(_COUNT) else array("i", range(n + 1))
    return Mapped(text=original, origin=count[:n], ends=count[1 : n + 1])


def edited(mapped: Mapped, edits: Iterable[Edit]) -> Mapped:
    """`mapped` with `edits` made; what is put in stands where all that it replaces stood."""
    text, origin, ends = mapped.text, mapped.origin, mapped.ends
    parts: list[str] = []
    new_origin, new_ends = array("i"), array("i")
    at = 0
    for start, end, new in edits:
        if at < start:
            parts.append(text[at:start])
            new_origin += origin[at:start]
            new_ends += ends[at:start]
        if new:
            parts.append(new)
            for _ in new:
                new_origin.append(origin[start])
                new_ends.append(ends[end - 1])
        at = end
    if not at:
        return mapped
    parts.append(text[at:])
    new_origin += origin[at:]
    new_ends += ends[at:]
    return Mapped(text="".join(parts), origin=new_origin, ends=new_ends)
