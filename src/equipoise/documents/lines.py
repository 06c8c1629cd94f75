"""Line breaks to spaces where a sentence runs on, to one line break where a paragraph ends."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from equipoise.documents.byline import byline_of
from equipoise.documents.mapped import Edit, Mapped, edited
from equipoise.documents.page_words import BUTTON

if TYPE_CHECKING:
    from collections.abc import Iterator

_BREAK = re.compile(r"[ \t\n](?:[ \t\n]+|(?<! ))")
_ITEM = re.compile(r"[-•·*▪◦‣]\s|\(?\d{1,3}[.)]\s|\(?[a-z]\)\s")
_FINISHED = re.compile(r"[.!?][\"')\]]*$")
_ABBREVIATED = re.compile(r"\b(?:Dr|Prof|Mr|Mrs|Ms|St|vs|No|Fig|al|[A-Z])\.$")
_SENTENCE_WITHIN = re.compile(r"[a-z0-9)][.!?][\"')\]]* +[\"'(]?[A-Z0-9]")
_RUNS_ON = re.compile(
    r"(?:[,;(\[/&–—=<>≤≥±×+-]|'s|\b(?:a|an|the|of|in|on|at|to|for|from|by|with|without|and|or|but|nor|than"
    r"|as|that|which|who|whose|is|are|was|were|be|been|has|have|had|not|no|this|these|those|its"
    r"|their|our|between|among|after|before|during|into|over|under|about|per|versus|vs|said|only"
    r"|more|most|less|fewer|all|both|each|another|will|would|could|should|may|might|can))$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHENATED = re.compile(r"([^\W\d_]+)-$")
_COMPOUNDS = frozenset(
    str.split(
        "placebo double single triple follow non self high low long short open well cross post pre"
        " half mid one two three four five six seven eight nine ten twenty thirty forty fifty sixty"
        " seventy eighty ninety first second third year day week month dose case cohort time age"
        " sex intention per evidence peer stem cell t z x covid sars meta randomised randomized"
        " multi phase end large small"
    )
)
_BLANK = re.compile(r"\n[ \t]*\n[ \t\n]*")
_LATIN = re.compile(r"[A-Za-z]{2}")
_AFTER_BREAK = re.compile(r"[^\s][ \t]*\n[ \t]*([^\s])")
_NARROWEST, _WIDEST = 30, 200


def unwrapped(mapped: Mapped) -> Mapped:
    r"""`mapped` with one space or one ``\n`` for every run of white space, none at the ends.

    A blank line ends a paragraph. A single line break is a space where the sentence runs on: the
    next line begins in lower case, or this one cannot end there, or the next word would not have
    fitted on it, or blank lines part the paragraphs and neither is a heading. A word parted by a
    hyphen at the line's end is put together again, unless the hyphen is its own.
    """
    return edited(mapped, _edits(mapped.text))


def _edits(text: str) -> Iterator[Edit]:
    first, last = len(text) - len(text.lstrip(" \t\n")), len(text.rstrip(" \t\n"))
    if first:
        yield 0, first, ""
    if "\n" in text[first:last]:
        yield from _Lines(text, first, last).edits()
    else:
        for found in _BREAK.finditer(text, first, last):
            yield found.start(), found.end(), " "
    if first <= last < len(text):
        yield last, len(text), ""


class _Lines:
    """A text of several lines, from its first word to its last."""

    def __init__(self, text: str, first: int, last: int) -> None:
        self._text, self._first, self._last = text, first, last
        self._width, self._spaced = _width(text), _is_spaced(text)
        self._known: Counter[str] | None = None

    def edits(self) -> Iterator[Edit]:
        text, begin, run_on = self._text, self._first, False
        for found in _BREAK.finditer(text, self._first, self._last):
            start, end = found.span()
            seen = found[0]
            breaks = seen.count("\n")
            if not breaks:
                yield start, end, " "
                continue
            line, rest = text[begin:start], self._line_at(end)
            run_on = breaks == 1 and self._runs_on(line, rest, run_on, begin == self._first)
            begin = end
            if run_on and line[-1:] == "-" and rest[:1].islower():
                yield start - (not self._keeps_hyphen(line, rest)), end, ""
            elif seen != (new := " " if run_on else "\n"):
                yield start, end, new

    def _runs_on(self, line: str, rest: str, continues: bool, first: bool) -> bool:
        """Whether what `line` says goes on in `rest`; `continues`: it began before `line`."""
        if _ITEM.match(rest):
            return False
        if rest[:1].islower() or rest[:1] in ",;:)]%":
            return not (line[:1].isupper() and BUTTON.fullmatch(line[:200]))
        if self._width is not None:
            return len(line) + 1 + len(rest.split(" ", 1)[0]) > self._width
        if line[-1:] == ":" or _must_end(line, rest):
            return False
        abbreviated = _ABBREVIATED.search(line[-8:])
        if _FINISHED.search(line[-6:]) and not abbreviated:
            return self._spaced and not first and _within(line, rest)
        open_bracket = line.count("(") > line.count(")")
        if abbreviated or open_bracket or rest[:1] == "(" or _RUNS_ON.search(line[-12:]):
            return True
        if rest[:1].isdigit() and len(line.split()) > 2 and _is_prose(line):
            return True
        return (
            continues
            or line[:1].islower()
            or _SENTENCE_WITHIN.search(line) is not None
            or (not first and len(line) > 60 and _is_prose(line))
            or (self._spaced and (not first or not _is_prose(line)) and _within(line, rest))
        )

    def _line_at(self, start: int) -> str:
        end = self._text.find("\n", start, self._last)
        return self._text[start : self._last if end < 0 else end].rstrip()

    def _keeps_hyphen(self, line: str, rest: str) -> bool:
        """Whether the hyphen at the end of `line` is the word's own."""
        left, right = _HYPHENATED.search(line[-40:]), _WORD.match(rest)
        if left is None or right is None:
            return True
        joined = (left[1] + right[0]).lower()
        parted = f"{left[1]}-{right[0]}".lower()
        if self._known is None:
            self._known = Counter(_COMPOUND.findall(self._text.lower()))
        if self._known[joined] != self._known[parted]:
            return self._known[parted] > self._known[joined]
        return left[1].lower() in _COMPOUNDS


def _width(text: str) -> int | None:
    """The width at which `text` was wrapped; None where it does not look wrapped by width.

    A third of the lines must be nearly full, and of the single line breaks one in five must be
    followed by a small letter, as between the words of a sentence and not between entries.
    """
    lengths = [len(line.rstrip()) for line in text.split("\n") if line.strip()]
    widest = max(lengths)
    if len(lengths) < 4 or not _NARROWEST <= widest <= _WIDEST:
        return None
    if sum(length > 0.8 * widest for length in lengths) < len(lengths) / 3:
        return None
    following = _AFTER_BREAK.findall(text)
    return widest if sum(map(str.islower, following)) >= 0.2 * len(following) else None


def _is_spaced(text: str) -> bool:
    """Whether blank lines part its paragraphs, so that a single line break hardly does."""
    blank = len(_BLANK.findall(text))
    single = sum(1 for line in text.split("\n") if line.strip()) - 1 - blank
    return blank >= 3 and 2 * blank >= single


def _must_end(line: str, rest: str) -> bool:
    """Whether `rest` cannot go on from `line`: a heading, an entry, a button or a byline."""
    return bool(
        line.isupper()
        or rest.isupper()
        or (line[:1].isdigit() and rest[:1].isdigit())
        or BUTTON.fullmatch(line[:200])
        or BUTTON.fullmatch(rest[:200])
        or byline_of(line)
        or byline_of(rest)
    )


def _within(line: str, rest: str) -> bool:
    """Whether, where blank lines part paragraphs, a break lies within one."""
    words = len(line.split())
    if words < 4 or not _LATIN.search(line):
        return False
    prose = _is_prose(line)
    return prose or (_is_prose(rest) == prose and not _FINISHED.search(line[-6:]))


def _is_prose(line: str) -> bool:
    """Whether at least half of the words begin in lower case, as in a sentence."""
    words = line.split()
    return sum(word[:1].islower() for word in words) >= 0.5 * len(words)
