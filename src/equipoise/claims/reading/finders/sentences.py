"""A text as paragraphs, sentences and clauses, by offset."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from .numbers import Number, numbers

LONGEST = 1200
"""A clause is cut here at the latest, so that no pattern meets an endless line."""

LONGEST_SENTENCE = 4000
"""So is a sentence: what is longer is no sentence, and would cost the square of its length."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Characters `start` to `end` of the text; `sentence` counts from 0; `quoted` inside quotes."""

    start: int
    end: int
    sentence: int
    quoted: bool


@dataclass(frozen=True)
class Script:
    """The text to be read, with its sentences and quotations.

    `paragraphs`, `sentences` and `quotes` are (start, end) pairs in reading order; quotes are
    without their marks.
    """

    text: str
    paragraphs: tuple[tuple[int, int], ...]
    sentences: tuple[tuple[int, int], ...]
    quotes: tuple[tuple[int, int], ...]

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The sentences, cut where one statement ends and another begins."""
        return tuple(
            clause
            for index, (start, end) in enumerate(self.sentences)
            for clause in self._cut(index, start, end)
        )

    @cached_property
    def _numbers(self) -> tuple[list[int], list[Number]]:
        found = numbers(self.text)
        return [number.start for number in found], found

    def numbers(self, start: int, end: int) -> list[Number]:
        """The numbers that stand whole between `start` and `end`."""
        starts, found = self._numbers
        first = bisect_left(starts, start)
        last = bisect_left(starts, end)
        return [number for number in found[first:last] if number.end <= end]

    def sentence_at(self, position: int) -> int:
        """Index of the sentence that holds `position`."""
        return max(0, bisect_right(self.sentences, position, key=lambda span: span[0]) - 1)

    def paragraph_at(self, position: int) -> tuple[int, int]:
        """The paragraph that holds `position`."""
        return _holding(self.paragraphs, position) or (0, len(self.text))

    def clause_at(self, position: int) -> Clause | None:
        """The clause that holds `position`, if any."""
        index = bisect_right(self.clauses, position, key=lambda clause: clause.start) - 1
        return self.clauses[index] if index >= 0 and position < self.clauses[index].end else None

    def quote_at(self, position: int) -> tuple[int, int] | None:
        """The quotation that holds `position`, if any."""
        return _holding(self.quotes, position)

    def _cut(self, index: int, start: int, end: int) -> list[Clause]:
        points = {start, end}
        for quote in self.quotes:
            points.update(point for point in quote if start < point < end)
        for match in _BREAK.finditer(self.text, start, end):
            points.add(match.end())
        edges = sorted(points)
        pieces = []
        for left, right in pairwise(edges):
            for first in range(left, right, LONGEST):
                trimmed = trim(self.text, first, min(first + LONGEST, right))
                if trimmed is not None:
                    quoted = self.quote_at(trimmed[0]) is not None
                    pieces.append(Clause(*trimmed, index, quoted))
        return pieces


_SUBJECT = (
    r"(?:it|they|he|she|we|I|you|there|this|that|these|those|the|an?|our|their|his|her|its|other|"
    r"some|most|many|all|none|no|another|results?|patients?|people|researchers|doctors|studies|experiments|scientists|experts|critics|\d+|"
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten)\b)"
)
_COUNT = (
    r"(?:\d[\d,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|most|all"
    r"|none|the rest)"
)
_BREAK = re.compile(
    r";\s|\s[–—]\s|\s?--\s?|:\s(?=[A-Z\"])"
    r"|,\s(?:but|while|whereas|though|although|yet|so|because|since|unless)\s(?!of\b)(?:that\s)?"
    rf"|,\s(?:and|or|nor)\s(?={_SUBJECT}\b)"
    rf"|,\s(?:as|with)\s(?={_SUBJECT}\b)"
    r"|\s(?:but|whereas|although|because|though)\s(?!of\b)"
    r"|\sand\s(?=the\s(?:[\w-]+\s){1,2}(?:has|have|had|was|were|is|are|will)\b)"
    rf"|\sand\s(?=(?:this|it|they|he|she|we|I|there)\s\w+)"
    rf"|(?:,|\sand)\s(?:the other\s)?(?={_COUNT}\s(?:[\w-]+\s){{0,2}}?(?:have|has|had|were|was"
    rf"|are|died|recovered|received)\b)"
)

_LEAD = re.compile(
    r"[\s\"'“”‘’(\[,;:–—-]+|(?:and|but|so|yet|while|though|although|whereas|because|or)\s(?!of\b)"
    r"|(?:however|moreover|furthermore|meanwhile|nevertheless|therefore|thus|hence|finally|still"
    r"|for instance|for example|in addition|in fact|rather),?\s|despite (?:such|these|the"
    r"|those) \w+,\s",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[\s\"'“”‘’,;:–—-]+$|\s(?:and|but|or|while|though|as|with|that)$")


def _holding(spans: tuple[tuple[int, int], ...], position: int) -> tuple[int, int] | None:
    """Of spans in reading order, the one that holds a position."""
    index = bisect_right(spans, position, key=lambda span: span[0]) - 1
    return spans[index] if index >= 0 and position < spans[index][1] else None


def trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Drop leading conjunctions and the marks at both ends; None where nothing is left."""
    while start < end:
        match = _LEAD.match(text, start, end)
        if match is None or match.end() == start:
            break
        start = match.end()
    while start < end:
        last = text[start:end]
        match = _TAIL.search(last[-40:])
        if match is None:
            break
        end -= len(match[0])
    return (start, end) if end - start > 1 else None


def script(text: str) -> Script:
    """Find paragraphs, sentences and quotations of `text`; line breaks end paragraphs."""
    paragraphs = tuple(
        (match.start(), match.end()) for match in re.finditer(r"[^\n]*\S[^\n]*", text)
    )
    sentences: list[tuple[int, int]] = []
    for start, end in paragraphs:
        sentences += _sentences(text, start, end)
    quotes = tuple(quote for start, end in paragraphs for quote in _quotes(text, start, end))
    return Script(text, paragraphs, tuple(sentences), quotes)


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences of one paragraph; very long paragraphs are split in pieces first."""
    from nupunkt import sent_spans

    found = []
    for first in range(start, end, 50_000):
        piece = text[first : min(first + 50_000, end)]
        for left, right in sent_spans(piece):
            trimmed_left = left + len(piece[left:right]) - len(piece[left:right].lstrip())
            trimmed_right = left + len(piece[left:right].rstrip())
            if trimmed_left < trimmed_right:
                found.append((first + trimmed_left, first + trimmed_right))
    return [
        (cut, min(cut + LONGEST_SENTENCE, right))
        for left, right in _joined(text, found)
        for cut in range(left, right, LONGEST_SENTENCE)
    ]


_CUT_SHORT = re.compile(r"\b(?:U\.S|U\.K|E\.U|vs|Dr|Prof|St|approx|ca|i\.e|e\.g|et al|Fig|No)\.$")


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Mend a sentence that was cut behind an abbreviation which its next words belong to."""
    whole: list[tuple[int, int]] = []
    for start, end in spans:
        before = text[whole[-1][0] : whole[-1][1]] if whole else ""
        goes_on = re.match(r"[a-z0-9(]|[A-Z]{2,}\b|and\b|Food and Drug", text[start : start + 16])
        if goes_on and _CUT_SHORT.search(before[-12:]):
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    return whole


def _quotes(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Quotations of one paragraph; one that is not closed runs to the paragraph's end."""
    found, opened = [], None
    for match in re.finditer(r"[\"“”]", text[start:end]):
        at = start + match.start()
        before = text[at - 1] if at > start else " "
        opening = match[0] == "“" or (match[0] == '"' and (before.isspace() or before in "([–—-"))
        if opening and opened is None:
            opened = at + 1
        elif not opening and opened is not None:
            if at > opened:
                found.append((opened, at))
            opened = None
    if opened is not None and opened < end:
        found.append((opened, end))
    return found
