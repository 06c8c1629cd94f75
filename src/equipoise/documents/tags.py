"""HTML into tags and text, each with its exact place, in time that grows with its length.

The standard library's parser takes a minute for 60,000 characters of ``<a <a <a`` (its search for
an end of a tag begins anew at each), so that a page from outside could stop a reader. This one
goes through the page once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"</?([a-zA-Z][^\s/>]{0,60})")
_STOP = re.compile(r"[>\"']")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "iframe", "noembed", "noframes", "xmp")
}
_ATTRIBUTE = re.compile(r"([^\s=/>\"']+)(?:\s{0,20}=\s{0,20}(\"[^\"]*\"|'[^']*'|[^\s>\"']+))?")
_LONGEST_TAG = 20_000
"""Characters of a tag in which attributes are looked for."""


@record
class Piece:
    """Characters `start` to `end`: text where `tag` is empty, else a tag or what is not shown.

    `tag` is in lower case; ``/p`` closes; ``!`` is a comment, a declaration or an instruction.
    Of an element whose content is no markup (a script, a style, a title) the content is a piece
    of its own, with the tag ``#script``.
    """

    start: int
    end: int
    tag: str = ""


def pieces(html: str) -> Iterator[Piece]:
    """The page's pieces in order, without a gap."""
    scan = _Scan(html)
    at, text, size = 0, 0, len(html)
    while at < size:
        begin = html.find("<", at)
        if begin < 0:
            break
        end, tag = scan.markup(begin)
        if not tag:
            at = begin + 1
            continue
        if text < begin:
            yield Piece(start=text, end=begin)
        yield Piece(start=begin, end=end, tag=tag)
        at = text = end
        if tag in _RAW:
            close = _RAW[tag].search(html, end)
            at = text = size if close is None else close.start()
            if end < at:
                yield Piece(start=end, end=at, tag=f"#{tag}")
    if text < size:
        yield Piece(start=text, end=size)


def attributes(html: str, piece: Piece) -> dict[str, str]:
    """A tag's attributes by name in lower case, entities resolved."""
    from html import unescape

    name = _NAME.match(html, piece.start)
    begin = name.end() if name else piece.start
    inside = html[begin : min(piece.end - 1, begin + _LONGEST_TAG)]
    made: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(inside):
        value = found[2] or ""
        if value[:1] in ('"', "'"):
            value = value[1:-1]
        made.setdefault(found[1].lower(), unescape(value))
    return made


class _Scan:
    """Where markup ends; remembers what is known not to come any more."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._quotes = True
        self._ends = True

    def markup(self, begin: int) -> tuple[int, str]:
        """The end and the name of the markup that begins at `begin`; no name if it is text."""
        html = self._html
        if html.startswith("<!--", begin):
            end = html.find("-->", begin + 4)
            return (len(html) if end < 0 else end + 3), "!"
        name = _NAME.match(html, begin)
        if name:
            end = self._tag_end(name.end())
            closes = "/" if html[begin + 1] == "/" else ""
            return (end, closes + name[1].lower()) if end else (begin, "")
        if html[begin + 1 : begin + 2] in ("!", "?", "/"):
            end = self._plain_end(begin)
            return (end, "!") if end else (begin, "")
        return begin, ""

    def _plain_end(self, at: int) -> int:
        end = self._html.find(">", at) if self._ends else -1
        self._ends = end >= 0
        return end + 1

    def _tag_end(self, begin: int) -> int:
        """After the tag's ``>``, which may stand in quotes as long as quotes are closed."""
        at = begin
        while self._quotes:
            stop = _STOP.search(self._html, at)
            if stop is None:
                self._quotes = False
            elif stop[0] == ">":
                return stop.end()
            else:
                at = self._html.find(stop[0], stop.end()) + 1
                self._quotes = at > 0
        return self._plain_end(begin)
