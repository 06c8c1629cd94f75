"""A cleaned text's lines, each kept or left out, put together as a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from equipoise.documents.mapped import Edit, Mapped, edited
from equipoise.vocabulary.reading import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

Why = Literal["furniture", "another language", "author's note", "list"]


@dataclass(slots=True)
class Block:
    """A line of the cleaned text, from `start` to `end` of it; left out where `why` is given."""

    start: int
    end: int
    text: str
    why: Why | None = None
    language: str | None = None

    def leave_out(self, why: Why, language: str | None = None) -> None:
        """Leave this line out, unless it is already."""
        if self.why is None:
            self.why, self.language = why, language


def blocks_of(text: str) -> list[Block]:
    """The lines of `text` that hold anything."""
    made, at = [], 0
    for line in text.split("\n"):
        if line:
            made.append(Block(at, at + len(line), line))
        at += len(line) + 1
    return made


def regions_of(mapped: Mapped, blocks: Sequence[Block], length: int) -> tuple[Region, ...]:
    """What is left out, as stretches of the original, each up to where the next line begins."""
    regions: list[Region] = []
    for number, block in enumerate(blocks):
        if block.why is None:
            continue
        start = mapped.origin[block.start] if number else 0
        later = blocks[number + 1] if number + 1 < len(blocks) else None
        end = length if later is None else mapped.origin[later.start]
        last = regions[-1] if regions else None
        if last and last.end == start and (last.why, last.language) == (block.why, block.language):
            start = regions.pop().start
        if start < end:
            regions.append(Region(start=start, end=end, why=block.why, language=block.language))
    return tuple(regions)


def joined(regions: Sequence[Region], others: Sequence[Region]) -> tuple[Region, ...]:
    """`regions` and those of `others` that lie in none of them, in order."""
    if not others:
        return tuple(regions)
    made = list(regions)
    place = 0
    for other in others:
        while place < len(regions) and regions[place].end <= other.start:
            place += 1
        if place == len(regions) or other.end <= regions[place].start:
            made.append(other)
    return tuple(sorted(made, key=lambda region: region.start))


def kept(mapped: Mapped, blocks: Sequence[Block]) -> Mapped:
    """`mapped` without the lines that are left out."""
    if all(block.why is None for block in blocks):
        return mapped
    text, edits = mapped.text, list[Edit]()
    at, empty = 0, True
    for block in blocks:
        if block.why is not None:
            continue
        if not empty and text[at] != "\n":  # a line that is cut short, at a space
            edits.append((at, at + 1, "\n"))
        at += not empty
        if at < block.start:
            edits.append((at, block.start, ""))
        at, empty = block.end, False
    if at < len(text):
        edits.append((at, len(text), ""))
    return edited(mapped, edits)
