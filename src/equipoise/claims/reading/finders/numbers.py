"""Counts in a text, in digits and in words, by offset."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety"
_SMALL = rf"(?:(?:{_TENS})(?:[\s-](?:{_UNITS}))?|{_TEENS}|{_UNITS})"
_HUNDREDS = rf"(?:(?:{_SMALL}|an?)[\s-](?:hundred|thousand)(?:[\s-](?:and[\s-])?{_SMALL})?)"
_WORDS = (
    rf"(?:{_SMALL}\sthousand\s(?:and\s)?{_SMALL}\shundred(?:\s(?:and\s)?{_SMALL})?"
    rf"|{_HUNDREDS}(?:\s(?:and\s)?(?:{_SMALL})(?:\shundred)?)?|{_SMALL}|an?\sdozen"
    rf"|two\sdozen)"
)

COUNT = rf"(?:\d{{1,3}}(?:[, ]\d{{3}})+|\d{{1,9}}|\b{_WORDS}\b)"
"""A whole number in digits or words, as a pattern without groups."""

_NUMBER = re.compile(
    r"(?:(?<![\w.,/$£€-])|(?<=\bof-))(?:"
    r"(?P<digits>\d{1,3}(?:[, ]\d{3})+|\d{1,9})(?P<decimals>[.·]\d{1,6})?(?P<million>\smillion)?"
    rf"|(?P<words>\b{_WORDS}\b)"
    r")(?![\w])(?!(?:[.,]\d))",
    re.IGNORECASE,
)

_NOT_A_COUNT = re.compile(
    r"\s?(?:%|per\s?cent|percent\b|percentage|mg|g\b|kg|ml|mL|µ|mcg|mm\b|cm\b|IU|U/|°"
    r"|-?\s?years?\b|-?year|-?y(?:r|ear)?s?[\s-]old|-?y\b|\s?±|\s(?:January|February|March|April"
    r"|May|June|July|August|September|October|November|December)\b"
    r"|-?\s?months?\b|-?\s?weeks?\b|-?\s?days?\b|-?\s?hours?\b|-?\s?h\b|-?\s?minutes?\b|-?\s?min\b"
    r"|-?fold|-?point|times\b|kcal|pounds|million|billion|MHz|Gy\b|st\b|nd\b|rd\b|th\b|x\s?10|×)"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `start` to `end`; `count` says that nothing makes it a dose, time or share."""

    value: float
    start: int
    end: int
    count: bool
    percent: bool


def numbers(text: str, start: int = 0, end: int | None = None) -> list[Number]:
    """Every number between `start` and `end`, in reading order."""
    stop = len(text) if end is None else end
    found = []
    for match in _NUMBER.finditer(text, start, stop):
        value = _value(match)
        if value is None:
            continue
        after = _NOT_A_COUNT.match(text, match.end())
        percent = bool(after and after[0].strip().startswith(("%", "per")))
        whole = value == int(value)
        found.append(Number(value, match.start(), match.end(), after is None and whole, percent))
    return found


def _value(match: re.Match[str]) -> float | None:
    if match["digits"] is not None:
        digits = match["digits"].replace(",", "").replace(" ", "")
        decimals = (match["decimals"] or "").replace("·", ".")
        return float(digits + decimals) * (1_000_000 if match["million"] else 1)
    return _words(match["words"])


def _words(words: str) -> float | None:
    from text_to_num import text2num

    plain = words.lower().replace("fourty", "forty")
    if "dozen" in plain:
        return 24.0 if plain.startswith("two") else 12.0
    plain = re.sub(r"^an?\s", "one ", re.sub(r"-?\b(hundred|thousand|and)\b-?", r" \1 ", plain))
    plain = " ".join(plain.split())
    try:
        return float(text2num(plain, "en"))
    except ValueError:
        return None
