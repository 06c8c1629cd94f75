"""Dates in the forms that registries write, read as precisely as they were written.

A numeric date is read day first, as WHO ICTRP and EudraCT write it, unless its own digits forbid
that or the field is one that is known to be written month first.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"),
            ("may",), ("jun", "june"), ("jul", "july"), ("aug", "august"),
            ("sep", "sept", "september"), ("oct", "october"), ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ].*)?$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_NUMERIC = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ,].*)?$")
_MONTH_FIRST = re.compile(r"([A-Za-z]+)\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})$")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+([A-Za-z]+)\.?,?[\s-]+(\d{4})(?:\s.*)?$")
_YEAR = re.compile(r"(\d{4})$")


class DateRead(NamedTuple):
    """A partial ISO date (``2020``, ``2020-03``, ``2020-03-25`` or empty) and what is doubtful."""

    text: str
    doubt: str


NO_DATE = DateRead("", "")


@lru_cache(maxsize=65_536)
def read_date(text: str, month_first: bool = False) -> DateRead:
    """Read one date; an unreadable one gives an empty text and says so."""
    seen = " ".join(text.split())
    if not seen or seen.upper() in {"N/A", "NA", "NULL", "-"}:
        return NO_DATE
    if found := _ISO.match(seen):
        return _made(seen, found[1], found[2], found[3])
    if found := _COMPACT.match(seen):
        return _made(seen, found[1], found[2], found[3])
    if found := _NUMERIC.match(seen):
        return _numeric(seen, int(found[1]), int(found[2]), found[3], month_first)
    if found := _MONTH_FIRST.match(seen):
        return _made(seen, found[3], _month(found[1]), found[2])
    if found := _DAY_FIRST.match(seen):
        return _made(seen, found[3], _month(found[2]), found[1])
    if found := _YEAR.match(seen):
        return _made(seen, found[1], None, None)
    return DateRead("", f"not a date: {seen[:40]}")


def _month(name: str) -> str | None:
    number = _MONTHS.get(name.lower())
    return str(number) if number else "0"


def _numeric(seen: str, first: int, second: int, year: str, month_first: bool) -> DateRead:
    day, month = (second, first) if month_first else (first, second)
    doubt = ""
    if month > 12 >= day:
        day, month = month, day
        doubt = f"day and month swapped by their digits: {seen}"
    read = _made(seen, year, str(month), str(day))
    return DateRead(read.text, read.doubt or doubt)


def _made(seen: str, year: str, month: str | None, day: str | None) -> DateRead:
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return DateRead("", f"not in the calendar: {seen[:40]}")
    parts = [f"{int(year):04d}"]
    if month:
        parts.append(f"{int(month):02d}")
        if day:
            parts.append(f"{int(day):02d}")
    return DateRead("-".join(parts), "")
