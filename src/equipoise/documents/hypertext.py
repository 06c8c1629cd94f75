"""A page of HTML to its words and their places; what is not shown is dropped."""

from __future__ import annotations

import re
from array import array
from html import unescape

from equipoise.documents.mapped import Mapped
from equipoise.documents.tags import Piece, attributes, pieces
from equipoise.vocabulary.record import record

_UNSEEN = frozenset(
    str.split(
        "template noscript svg object canvas video audio button select datalist frameset dialog map"
    )
)
_AROUND = frozenset(("nav", "footer", "aside", "form", "menu", "header"))
_AROUND_ROLES = frozenset(
    str.split("navigation banner contentinfo complementary search menu dialog")
)
_ARTICLE = frozenset(("article", "main"))
_BLOCKS = frozenset(
    str.split(
        "address article aside blockquote body caption center dd details div dl dt fieldset"
        " figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main"
        " menu nav ol option p pre section summary table tbody td tfoot th thead tr ul iframe"
        " title"
    )
)
_CLOSED_BY_NEXT = frozenset(("p", "li", "dt", "dd", "td", "th", "tr", "option"))
_EMPTY = frozenset(
    str.split("area base br col embed hr img input link meta source track wbr param")
)
_KNOWN = (
    _BLOCKS
    | _EMPTY
    | _UNSEEN
    | _AROUND
    | frozenset(
        str.split(
            "a abbr b bdi bdo big cite code data del dfn em font i ins kbd mark meter q s samp"
            " script small span strike strong style sub sup time tt u var textarea"
        )
    )
)
_HIDING = re.compile(r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z][a-zA-Z0-9]{1,31};?)")
_WHITE = {ord(character): " " for character in "\n\r\t\f"}
_CITATION = re.compile(r"[\[\]()\d,;\s*†‡–-]{1,24}")
_DEEPEST = 50
"""Open special elements among which an end tag looks for its own."""


@record
class Page:
    """A page's words, and the stretches of the original that frame the article or head it."""

    mapped: Mapped
    around: tuple[tuple[int, int], ...]
    headings: tuple[tuple[int, int], ...]


def page_of(html: str, *, fragment: bool = False) -> Page:
    """The words that a reader of the page sees, and what of them navigation holds.

    In a `fragment`, a text with some markup, line breaks count and only names that HTML knows are
    tags, so that ``a<b and c>d`` stays.
    """
    reader = _Reader(html, fragment)
    for piece in pieces(html):
        reader.take(piece)
    return reader.page()


class _Open:
    """An open element that matters: hidden, around the article, or the article."""

    __slots__ = ("depth", "kind", "start", "tag")

    def __init__(self, tag: str, kind: str, start: int) -> None:
        self.tag, self.kind, self.start, self.depth = tag, kind, start, 1


class _Reader:
    def __init__(self, html: str, fragment: bool) -> None:
        self._html = html
        self._fragment = fragment
        self._parts: list[str] = []
        self._origin, self._ends = array("i"), array("i")
        self._open: list[_Open] = []
        self._unseen = self._in_article = 0
        self._pre = int(fragment)
        self._around: list[tuple[int, int]] = []
        self._headings: list[tuple[int, int]] = []
        self._raised: tuple[int, int] | None = None
        self._heading = 0

    def page(self) -> Page:
        self._close_down_to(0, len(self._html))
        mapped = Mapped(text="".join(self._parts), origin=self._origin, ends=self._ends)
        return Page(
            mapped=mapped,
            around=tuple(sorted(self._around)),
            headings=tuple(self._headings),
        )

    def take(self, piece: Piece) -> None:
        tag = piece.tag
        if not tag or (self._fragment and tag[0].isalpha() and tag not in _KNOWN):
            if not self._unseen:
                self._text(piece.start, piece.end)
        elif tag[0] == "/":
            self._end_tag(tag[1:], piece)
        elif tag[0] not in "!#":
            self._start_tag(tag, piece)

    def _start_tag(self, tag: str, piece: Piece) -> None:
        self._follow(tag, piece)
        if self._unseen:
            return
        self._break(tag, piece)
        if tag == "pre":
            self._pre += 1
        elif tag in ("h1", "h2", "h3"):
            self._heading = piece.start
        elif tag == "sup":
            self._raise(piece)
        elif tag == "q":
            self._put('"', piece)

    def _end_tag(self, tag: str, piece: Piece) -> None:
        if not self._unseen:
            self._break(tag, piece)
            if tag == "pre":
                self._pre = max(0, self._pre - 1)
            elif tag in ("h1", "h2", "h3") and self._heading:
                self._headings.append((self._heading, piece.end))
            elif tag == "sup":
                self._lower(piece)
            elif tag == "q":
                self._put('"', piece)
        for place in range(len(self._open) - 1, max(-1, len(self._open) - _DEEPEST), -1):
            if self._open[place].tag == tag:
                self._open[place].depth -= 1
                if not self._open[place].depth:
                    self._close_down_to(place, piece.end)
                break

    def _follow(self, tag: str, piece: Piece) -> None:
        """Keep account of the elements that hide what they hold, or frame the article."""
        top = self._open[-1] if self._open else None
        if top is not None and top.tag == tag:
            if tag not in _CLOSED_BY_NEXT:
                top.depth += 1
                return
            self._close_down_to(len(self._open) - 1, piece.start)
        kind = "" if tag in _EMPTY else self._kind(tag, piece)
        if kind:
            self._open.append(_Open(tag, kind, piece.start))
            self._unseen += kind == "unseen"
            self._in_article += kind == "article"

    def _kind(self, tag: str, piece: Piece) -> str:
        if tag in _UNSEEN:
            return "unseen"
        if tag in _ARTICLE:
            return "article"
        head = self._html[piece.start : min(piece.end, piece.start + 2000)].lower()
        if "hidden" in head or "display" in head or "visibility" in head or "role" in head:
            said = attributes(self._html, piece)
            hidden = "hidden" in said or said.get("aria-hidden", "").lower() == "true"
            if hidden or _HIDING.search(said.get("style", "")):
                return "unseen"
            if said.get("role", "").lower() in _AROUND_ROLES:
                return "around"
        if tag == "header" and self._in_article:
            return ""
        return "around" if tag in _AROUND else ""

    def _close_down_to(self, place: int, end: int) -> None:
        while len(self._open) > place:
            closed = self._open.pop()
            self._unseen -= closed.kind == "unseen"
            self._in_article -= closed.kind == "article"
            if closed.kind == "around":
                self._around.append((closed.start, end))

    def _break(self, tag: str, piece: Piece) -> None:
        if tag in _BLOCKS:
            self._put("\n\n", piece)
        elif tag == "br":
            self._put("\n", piece)

    def _put(self, new: str, piece: Piece) -> None:
        self._parts.append(new)
        for _ in new:
            self._origin.append(piece.start)
            self._ends.append(piece.end)

    def _text(self, start: int, end: int) -> None:
        at = start
        html = self._html
        ampersand = html.find("&", start, end)
        if ampersand >= 0:
            for found in _ENTITY.finditer(html, ampersand, end):
                new = unescape(found[0])
                if new != found[0]:
                    self._run(at, found.start())
                    at = found.end()
                    self._put(new, Piece(start=found.start(), end=at))
        self._run(at, end)

    def _run(self, start: int, end: int) -> None:
        if start < end:
            run = self._html[start:end]
            self._parts.append(run if self._pre else run.translate(_WHITE))
            self._origin.extend(range(start, end))
            self._ends.extend(range(start + 1, end + 1))

    def _raise(self, piece: Piece) -> None:
        """Begin a raised stretch: an exponent after a figure, perhaps a citation after a word."""
        after_figure = bool(self._parts) and self._parts[-1][-1:].isdigit()
        self._put("^" if after_figure else " ", piece)
        self._raised = None if after_figure else (len(self._parts), len(self._origin))

    def _lower(self, piece: Piece) -> None:
        """End a raised stretch; numbers after a word point to notes and are not its text."""
        if self._raised is None:
            return
        parts, size = self._raised
        self._raised = None
        raised = "".join(self._parts[parts:])
        if raised.strip() and _CITATION.fullmatch(raised):
            del self._parts[parts:], self._origin[size:], self._ends[size:]
