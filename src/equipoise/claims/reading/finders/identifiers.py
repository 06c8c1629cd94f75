"""Registry numbers, phases, dates and lengths of follow-up."""

from __future__ import annotations

import re
from dataclasses import dataclass

REGISTRY = re.compile(
    r"\bNCT\s?\d{8}\b|\bISRCTN\s?\d{8}\b|\bChiCTR[-A-Z]{0,6}-?\d{8,10}\b|\bACTRN\s?\d{14}\b"
    r"|\bKCT\d{7}\b|\bjRCTs?\d{9,11}\b|\bJPRN-[\w-]{5,24}\b"
    r"|\bUMIN(?:-CTR)?\s?0{0,5}\d{5,9}\b|\bCTRI/\d{4}/\d{2,3}/\d{6}\b"
    r"|\b(?:EudraCT[\s:#]{0,3}(?:(?:number|no\.?)[\s:]{0,3})?)?20\d\d-\d{6}-\d\d(?:-\d\d)?\b"
    r"|\bIRCT\d{8,}N\d+\b|\bDRKS\d{8}\b"
    r"|\bNTR\s?\d{3,5}\b|\bNL\d{3,5}\b|\bRBR-\w{6,10}\b|\bPACTR\d{12,16}\b|\bTCTR\d{11}\b"
    r"|\bSLCTR/\d{4}/\d{3}\b|\bLBCTR\d{10}\b",
    re.IGNORECASE,
)
PHASE = re.compile(
    r"\bphase[\s-]?(?P<first>[1-4]|I{1,3}|IV|one|two|three|four)(?P<letter>[ab])?(?:\s?(?:/|-|–"
    r"|and|or|to)\s?(?:phase\s)?(?P<second>[1-4]|I{1,3}|IV|two|three|four)(?P<letter2>[ab])?)?\b",
    re.IGNORECASE,
)
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
}

_LENGTH = (
    r"(?:\d{1,3}(?:\.\d)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve"
    r"|eighteen|twenty-four|several)"
)
_UNIT = r"(?:hours?|days?|weeks?|months?|years?|hrs?|h|d|wks?|yrs?)"
_FOLLOW_UPS = (
    re.compile(
        rf"\bfollow(?:ed)?[\s-]?(?:up)?[\s,-]{{1,2}}(?:period |time |duration )?(?:for "
        rf"|of |was |at |after |over |lasted |to )(?:an? (?:average|mean"
        rf"|median) (?:of )?|up to |at least |approximately |about "
        rf"|almost |nearly )?(?P<length>{_LENGTH}[\s-]{_UNIT})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<length>{_LENGTH}[\s-]{_UNIT})(?:['’]"
        rf"|[\s-]of)?[\s-]follow[\s-]?(?:ed[\s-])?up\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\bfollow-up of (?:almost |about |nearly |up to |over "
        rf"|more than )?(?P<length>{_LENGTH}[\s-]{_UNIT})\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?P<length>\d{1,3}[\s-]day)\s(?:all-cause\s)?(?:mortality|survival|death)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:within|by|at|after|over|for|during|in|through|to) (?:the (?:next "
        rf"|following )?)?(?:up to |about |approximately |a period of "
        rf"|at least |around "
        rf"|an average of )?(?P<length>{_LENGTH}[\s-]{_UNIT})\b(?!\sold"
        rf"|\sof age|\sago|[\s-]earlier|\slater than)",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:at |to )?(?P<length>(?:day|week|month)\s\d{1,3})\b", re.IGNORECASE),
    re.compile(
        rf"\b(?P<length>{_LENGTH}-{_UNIT})\s(?:[\w-]+\s){{0,3}}?(?:trial|study|period"
        rf"|intervention|program(?:me)?|treatment|course)\b",
        re.IGNORECASE,
    ),
)

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
SINCE = re.compile(
    rf"\b(?:since|from|began (?:on|in)|started (?:on|in)|beginning (?:on|in)?|between"
    rf"|starting (?:on|in))\s(?P<date>(?:(?:early|mid|late"
    rf"|mid-)\s?)?(?:{_MONTH}\.?(?:\s\d{{1,2}}(?:st|nd|rd|th)?)?,?(?:\s(?:19|20)\d\d)?"
    rf"|\d{{1,2}}\s{_MONTH}(?:\s(?:19|20)\d\d)?|(?:19|20)\d\d))\b"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where it stands."""

    value: str
    start: int
    end: int


def registry_ids(text: str) -> list[Found]:
    """Registry numbers, without spaces, each place where one stands."""
    found = []
    for match in REGISTRY.finditer(text):
        value = re.sub(r"\s", "", match[0])
        value = re.sub(r"^EudraCT[:#]?(?:number|no\.?)?:?", "", value, flags=re.IGNORECASE)
        found.append(Found(value, match.start(), match.end()))
    return found


def phases(text: str) -> list[Found]:
    """Trial phases, as ``1`` to ``4``, ``2b`` or ``2/3``."""
    found = []
    for match in PHASE.finditer(text):
        first = _arabic(match["first"]) + (match["letter"] or "").lower()
        second = match["second"]
        value = f"{first}/{_arabic(second)}{(match['letter2'] or '').lower()}" if second else first
        after = text[match.end() : match.end() + 30].lower()
        if (
            re.match(r"\s(?:of (?:the|a)|was|lasted|angle|shift|began|transition)\b", after)
            and not second
        ):
            continue
        found.append(Found(value, match.start(), match.end()))
    return found


def follow_up(text: str) -> Found | None:
    """The first length of follow-up, the plainest wording first."""
    for pattern in _FOLLOW_UPS:
        match = pattern.search(text)
        if match:
            return Found(match["length"], match.start(), match.end())
    return None


def _arabic(numeral: str) -> str:
    return _ROMAN.get(numeral.lower(), numeral)
