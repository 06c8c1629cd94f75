"""An article as paragraphs of marked text: facts nested and crossing, regions left out."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Union

from markupsafe import Markup

from equipoise.vocabulary.reading import Document, Fact, Region
from equipoise.vocabulary.record import record

from .reading_outline import in_order, marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from equipoise.claims.reading import Reading

SHOWN = 4_000
"""Characters of a region left out that a page shows."""


@record
class Marked:
    """One paragraph with its facts marked, and the facts that begin in it."""

    html: Markup
    facts: tuple[Fact, ...]


@record
class LeftOut:
    """A region that was not read as the article: its characters, cut where there are many."""

    region: Region
    text: str
    characters: int


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Block = Union[Marked, LeftOut]


@record
class _Cover:
    """One place of a fact, in characters of the document's text."""

    start: int
    end: int
    fact: Fact
    again: bool


def blocks(reading: Reading) -> list[Block]:
    """The document in reading order."""
    document = reading.document
    covers = _Sweep(_covers(reading))
    names = marks(reading)
    placed: set[str] = set()
    out: list[Block] = []
    for start, end, region in _stretches(document):
        if region is not None:
            shown = document.text[start:end].strip() or _bare(document, region)
            out.append(
                LeftOut(region=region, text=_cut(shown), characters=region.end - region.start)
            )
            continue
        for first, last in _lines(document.text, start, end):
            here = covers.between(first, last)
            html = _mark(document, first, last, here, names, placed)
            facts = tuple(row.fact for row in here if not row.again and first <= row.start < last)
            out.append(Marked(html=html, facts=facts))
    return out


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Lines that hold anything."""
    while start < end:
        stop = text.find("\n", start, end)
        last = end if stop < 0 else stop
        if text[start:last].strip():
            yield start, last
        start = last + 1


class _Sweep:
    """Covers by start, looked up for stretches in reading order; each is passed once."""

    def __init__(self, covers: Sequence[_Cover]) -> None:
        self.covers = covers
        self.next = 0
        self.active: list[_Cover] = []

    def between(self, first: int, last: int) -> list[_Cover]:
        """Those that have a character in the stretch."""
        while self.next < len(self.covers) and self.covers[self.next].start < last:
            self.active.append(self.covers[self.next])
            self.next += 1
        self.active = [row for row in self.active if row.end > first]
        return list(self.active)


def _stretches(document: Document) -> Iterator[tuple[int, int, Region | None]]:
    """The text cut at the regions left out; those have characters of it, or none."""
    at = 0
    for region in sorted(document.left_out, key=lambda row: row.start):
        start = max(at, bisect_left(document.origin, region.start))
        end = max(start, bisect_left(document.origin, region.end))
        if at < start:
            yield at, start, None
        yield start, end, region
        at = end
    if at < len(document.text):
        yield at, len(document.text), None


def _bare(document: Document, region: Region) -> str:
    """A region's characters; of markup the text alone."""
    text = document.original[region.start : region.end]
    if document.media == "html":
        text = re.sub(
            r"<(script|style)\b.{0,100000}?</\1\s*>|<[^<>]{0,10000}>", " ", text, flags=re.S | re.I
        )
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _covers(reading: Reading) -> list[_Cover]:
    origin = reading.document.origin
    out = []
    for fact in in_order(reading):
        places = [(fact.start, fact.end, False)]
        places += [(span.start, span.end, True) for span in fact.also]
        for start, end, again in places:
            first, last = bisect_left(origin, start), bisect_left(origin, end)
            if first < last:
                out.append(_Cover(start=first, end=last, fact=fact, again=again))
    return sorted(out, key=lambda row: (row.start, -row.end))


def _as_written(document: Document, first: int, last: int) -> str:
    """The original's own characters, its curly quotes say, where none was left out between."""
    start, end = document.origin[first], document.ends[last - 1]
    written = document.original[start:end]
    if len(written) != last - first or _CONTROL.search(written):
        return document.text[first:last]
    return written


def _mark(
    document: Document,
    first: int,
    last: int,
    covers: Sequence[_Cover],
    names: dict[str, str],
    placed: set[str],
) -> Markup:
    """The paragraph with a mark around each stretch; crossing facts are cut where they cross."""
    edges = {first, last}
    for row in covers:
        edges |= {max(first, row.start), min(last, row.end)}
    points = sorted(edges)
    out: list[Markup] = []
    open_: list[_Cover] = []
    sweep = _Sweep(covers)
    for left, right in pairwise(points):
        wanted = sweep.between(left, right)
        wanted.sort(key=lambda row: (row.start - row.end, row.start, row.fact.id))
        same = 0
        while same < min(len(open_), len(wanted)) and open_[same] is wanted[same]:
            same += 1
        out += _closing(open_, same, left, names)
        del open_[same:]
        for row in wanted[same:]:
            out.append(_opening(row, len(open_), names, placed))
            open_.append(row)
        out.append(Markup.escape(_as_written(document, left, right)))
    out += _closing(open_, 0, last, names)
    return Markup("").join(out)


def _opening(row: _Cover, depth: int, names: dict[str, str], placed: set[str]) -> Markup:
    fact = row.fact
    kind = f"{fact.kind} s-{fact.status} d{min(depth, 3)}{' again' if row.again else ''}"
    title = f"{names[fact.id]}: {fact.kind}, {fact.topic}"
    if row.again or fact.id in placed:
        return Markup('<mark class="{}" title="{}">').format(kind, title)
    placed.add(fact.id)
    return Markup('<mark id="f-{}" class="{}" title="{}">').format(names[fact.id], kind, title)


def _closing(open_: Sequence[_Cover], keep: int, at: int, names: dict[str, str]) -> list[Markup]:
    """Close all but the first `keep` marks; a fact that ends here gets its link to the note."""
    out = []
    for row in reversed(open_[keep:]):
        if row.end <= at:
            name = names[row.fact.id]
            sign = "= " if row.again else ""
            out.append(
                Markup('<a class="ref {}" href="#n-{}" aria-label="{}{}">{}{}</a>').format(
                    row.fact.kind, name, "again: " if row.again else "note ", name, sign, name
                )
            )
        out.append(Markup("</mark>"))
    return out
