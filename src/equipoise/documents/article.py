"""Which lines of a page are its article: as its frame says, and as trafilatura finds it."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from equipoise.documents.hypertext import page_of
from equipoise.documents.plain import Said, document
from equipoise.documents.tags import pieces
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.documents.blocks import Block
    from equipoise.documents.mapped import Mapped
    from equipoise.vocabulary.reading import Document

_LARGEST = 600_000
"""Characters without scripts of a page put to trafilatura; of a larger one all but the frame stays.
"""

_ENOUGH = 0.3
"""Share of the page's words outside its frame that the article must have to be believed."""

_ALIKE = 90
_LOOKED_AT = 2000
_SHORTEST = 25
_COMPARED = 300
"""Lines of a page compared in full with the article's; the others must equal one."""

_SENTENCE = re.compile(r"[.!?][\"')\]]*$")
_PLAIN = re.compile(r"[\W_]+")


@record
class _Found:
    lines: tuple[str, ...]
    said: Said


def html_document(name: str, html: str) -> Document:
    """The document of a page of HTML."""
    page = page_of(html)
    found = _extract(_without_scripts(html))

    def leave_out(mapped: Mapped, blocks: Sequence[Block]) -> None:
        _mark_frame(mapped, blocks, page.around)
        if found is not None:
            _keep_headline(blocks, found.said.title)
            _mark_outside(mapped, blocks, page.headings, found)

    return document(
        name, "html", html, page.mapped, said=found.said if found else None, leave_out=leave_out
    )


def _without_scripts(html: str) -> str:
    """The page without scripts (but for what they record of it), styles and comments."""
    parts: list[str] = []
    records = False
    for piece in pieces(html):
        if piece.tag == "script":
            records = "ld+json" in html[piece.start : piece.end]
        if piece.tag not in ("!", "#script", "#style") or (piece.tag == "#script" and records):
            parts.append(html[piece.start : piece.end])
    return "".join(parts)


def _extract(html: str) -> _Found | None:
    """What trafilatura takes for the article; None where it fails, or the page is too long."""
    if len(html) > _LARGEST:
        return None
    import logging

    from trafilatura import extract
    from trafilatura.metadata import extract_metadata

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        text = extract(html, include_comments=False, include_tables=True, favor_recall=True)
        known = extract_metadata(html)
    except Exception:  # whatever a hostile page does to it: the frame alone decides then
        return None
    said = Said(
        title=known.title if known else None,
        author=known.author if known else None,
        date=known.date if known else None,
    )
    return _Found(lines=tuple(filter(None, map(_plain, (text or "").split("\n")))), said=said)


def _plain(line: str) -> str:
    return _PLAIN.sub(" ", line).strip().casefold()


def _mark_frame(mapped: Mapped, blocks: Sequence[Block], around: Sequence[tuple[int, int]]) -> None:
    """Leave out what stands in navigation, header, footer and the like, unless that is all."""
    starts: list[int] = []
    furthest: list[int] = []
    for start, end in around:
        starts.append(start)
        furthest.append(max(end, furthest[-1] if furthest else 0))
    framed = []
    for block in blocks:
        at = mapped.origin[block.start]
        place = bisect_right(starts, at) - 1
        if place >= 0 and at < furthest[place]:
            framed.append(block)
    outside = sum(len(block.text) for block in blocks) - sum(len(block.text) for block in framed)
    if outside:
        for block in framed:
            block.leave_out("furniture")


def _keep_headline(blocks: Sequence[Block], title: str | None) -> None:
    """Take the headline back that stands in the frame only."""
    plain = _plain(title or "")
    headlines = [block for block in blocks if plain and _plain(block.text) == plain]
    if headlines and all(block.why is not None for block in headlines):
        headlines[0].why = None


def _mark_outside(
    mapped: Mapped,
    blocks: Sequence[Block],
    headings: Sequence[tuple[int, int]],
    found: _Found,
) -> None:
    """Leave out the lines that trafilatura does not take for the article.

    Between its first and its last line whole sentences and headings stay, because pull-quotes,
    captions and boxed results stand there. The headline stays wherever it is.
    """
    living = [block for block in blocks if block.why is None]
    lines = _Article(found.lines)
    article = [number for number, block in enumerate(living) if lines.holds(block.text)]
    size = sum(len(living[number].text) for number in article)
    if not article or size < _ENOUGH * sum(len(block.text) for block in living):
        return
    chosen = set(article)
    title = _plain(found.said.title or "")
    headed = False
    for number, block in enumerate(living):
        if number in chosen:
            continue
        plain = _plain(block.text)
        if title and plain == title and not headed:
            headed = True
        elif not article[0] < number < article[-1] or not (
            (_SENTENCE.search(block.text) and len(block.text.split()) >= 5)
            or _is_heading(mapped.origin[block.start], headings)
        ):
            block.leave_out("furniture")


def _is_heading(at: int, headings: Sequence[tuple[int, int]]) -> bool:
    place = bisect_right(headings, (at, at)) - 1
    return place >= 0 and headings[place][0] <= at < headings[place][1]


class _Article:
    """The article's lines as trafilatura gives them, to be asked whether they hold one."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._known = frozenset(lines)
        self._left = _COMPARED

    def holds(self, line: str) -> bool:
        """Whether a line of the page is one of the article's, part of one, or nearly one."""
        plain = _plain(line)
        if plain in self._known:
            return True
        if len(plain) < _SHORTEST or not self._left:
            return False
        from rapidfuzz import fuzz, process

        self._left -= 1
        if any(plain in each or (len(each) >= _SHORTEST and each in plain) for each in self._lines):
            return True
        head = plain[:_LOOKED_AT]
        near = process.extractOne(head, self._lines, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        return near is not None
