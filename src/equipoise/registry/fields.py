"""Phase, size, status and country, from the words each registry has for them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_EXCEL_PHASE = re.compile(r"20\d\d-0?(\d)-0?(\d)(?:[ T]00:00:00)?$")
_EUCTR_PHASE = re.compile(r"\(?Phase\s+(IV|III|II|I)\)?\s*:?\s*(yes|no)?", re.IGNORECASE)
_PHASE_PART = re.compile(
    r"(?<![a-z0-9])(early[\s_]*phase[\s_]*1|0|iv|iii|ii|i|[1-4])(?:[ab])?(?![a-z0-9])", re.I
)
_NO_PHASE = re.compile(
    r"^(?:n/?a|not[\s_]+(?:applicable|selected|specified|entered)|none|other|-)?$"
    r"|retrospective|new treatment measure|diagnostic new|post marketing",
    re.IGNORECASE,
)


class FieldRead(NamedTuple):
    """A field's value (empty where none) and what was mended or is doubtful."""

    value: str
    note: str


@lru_cache(maxsize=16_384)
def read_phase(text: str) -> FieldRead:
    """``1``, ``1/2`` …; ``0`` is early phase 1; empty where the registry gives no phase.

    A cell that a spreadsheet turned into a date (``2020-03-02`` for ``2-3``) is turned back.
    """
    seen = text.strip()
    if found := _EXCEL_PHASE.match(seen):
        parts = sorted({found[1], found[2]})
        return FieldRead("/".join(parts), f"a spreadsheet made a date of the phase: {seen}")
    if "yes" in seen.lower() or re.search(r"phase\s*\(?\w+\)?\s*:", seen, re.IGNORECASE):
        said = [
            _ROMAN[part.lower()] for part, yes in _EUCTR_PHASE.findall(seen) if yes.lower() == "yes"
        ]
        return FieldRead("/".join(said), "")
    if _NO_PHASE.search(seen):
        return FieldRead("", "")
    words = re.sub(r"phases?[\s_-]*", " ", seen, flags=re.IGNORECASE)
    if re.search(r"early", seen, re.IGNORECASE):
        words = "0"
    parts = [_ROMAN.get(part.lower(), part) for part in _PHASE_PART.findall(words)]
    if not parts:
        return FieldRead("", f"unknown phase: {seen[:40]}")
    return FieldRead("/".join(sorted(dict.fromkeys(parts))), "")


class SizeRead(NamedTuple):
    """A number of participants, or none, and what is doubtful."""

    value: int | None
    note: str


_GROUP_SIZE = re.compile(r"[:：]\s*(\d[\d,]*)\s*(?=[;；,]|$)")
_PLAIN_SIZE = re.compile(r"\d[\d,]*(?:\.0+)?$")
_FIRST_NUMBER = re.compile(
    r"^\D{0,3}(\d[\d,]*)(?![\w.])"
    r"|(?<![\w.])(\d[\d,]*)\s+(?:\w+\s+)?(?:patients|participants|subjects|cases|persons|people|volunteers)",
    re.IGNORECASE,
)
TOO_MANY = 1_000_000


@lru_cache(maxsize=16_384)
def read_size(text: str) -> SizeRead:
    """Participants: a number, or the sum of ``group: number;`` parts; names' digits do not count."""
    seen = " ".join(text.split())
    if not seen:
        return SizeRead(None, "")
    if _PLAIN_SIZE.match(seen):
        return _sized(int(float(seen.replace(",", ""))), "")
    groups = [int(part.replace(",", "")) for part in _GROUP_SIZE.findall(seen)]
    if groups:
        return _sized(sum(groups), "" if len(groups) == 1 else f"sum of {len(groups)} groups")
    if found := _FIRST_NUMBER.search(seen):
        return _sized(int((found[1] or found[2]).replace(",", "")), f"first number of: {seen[:60]}")
    return SizeRead(None, f"not a size: {seen[:40]}")


def _sized(value: int, note: str) -> SizeRead:
    if value > TOO_MANY:
        return SizeRead(value, f"{value:,} participants: doubtful")
    return SizeRead(value, note or ("size of 0" if value == 0 else ""))


_STATUS: dict[str, str] = {
    "recruiting": "recruiting", "available": "available", "authorised": "authorised",
    "active_not_recruiting": "active, not recruiting", "active not recruiting": "active, not recruiting",
    "completed": "completed", "enrolling_by_invitation": "enrolling by invitation",
    "enrolling by invitation": "enrolling by invitation",
    "not_yet_recruiting": "not yet recruiting", "not yet recruiting": "not yet recruiting",
    "suspended": "suspended", "temporarily halted": "suspended", "halted": "suspended",
    "terminated": "terminated", "prematurely ended": "terminated", "ended prematurely": "terminated",
    "stopped": "terminated",
    "withdrawn": "withdrawn", "no_longer_available": "no longer available",
    "no longer available": "no longer available",
    "temporarily_not_available": "temporarily not available",
    "approved_for_marketing": "approved for marketing", "approved for marketing": "approved for marketing",
    "withheld": "withheld", "unknown": "unknown", "unknown status": "unknown",
    "not recruiting": "not recruiting", "not available": "", "": "", "ongoing": "ongoing",
    "ended": "completed", "trial now transitioned": "transitioned", "restarted": "recruiting",
    "ongoing, recruiting": "recruiting", "ongoing, recruitment ended": "active, not recruiting",
    "authorised, not started": "not yet recruiting", "authorised, recruitment pending": "not yet recruiting",
    "authorised, recruiting": "recruiting", "not authorised": "not authorised", "revoked": "withdrawn",
    "under evaluation": "under evaluation", "expired": "withdrawn", "cancelled": "withdrawn",
    "no longer recruiting": "active, not recruiting", "prohibited by ca": "not authorised",
    "gb - no longer in eu/eea": "no longer in EU", "active": "recruiting",
}  # fmt: skip
HALTED = frozenset({"suspended", "terminated", "withdrawn"})


@lru_cache(maxsize=4_096)
def read_status(text: str) -> FieldRead:
    """One list of status words; an unknown one is kept as written and said."""
    seen = " ".join(text.split()).lower().replace("unknown†", "unknown")
    if seen in _STATUS:
        return FieldRead(_STATUS[seen], "")
    return FieldRead(seen, f"unknown status: {seen[:60]}")


_CANCELLED = re.compile(
    r"\W*(?:cancel+ed|(?:withdrawn|retracted|terminated)(?=\s+(?:by|due to)\b))"
    r"(?:\s+by\s+the\s+\w+|\s+by\s+\w+|\s+due\s+to(?:\s+(?:the\s+)?lack\s+of)?\s+\w+)?",
    re.IGNORECASE,
)


def cancelled_in_title(*titles: str) -> str:
    """The words with which a title says that the trial was cancelled; empty where none does."""
    for title in titles:
        if found := _CANCELLED.match(title):
            return found.group().strip()
    return ""


_COUNTRY: dict[str, str] = {
    "usa": "United States", "u.s.a.": "United States", "us": "United States",
    "united states of america": "United States", "uk": "United Kingdom", "england": "United Kingdom",
    "great britain": "United Kingdom", "the netherlands": "Netherlands", "korea": "South Korea",
    "korea, republic of": "South Korea", "republic of korea": "South Korea", "south korea": "South Korea",
    "iran, islamic republic of": "Iran", "iran (islamic republic of)": "Iran", "iran": "Iran",
    "taiwan, province of china": "Taiwan", "chian": "China", "chinese": "China", "china?": "China",
    "wuhan": "China", "p.r.china": "China", "pr china": "China", "people's republic of china": "China",
    "turkey (türkiye)": "Turkey", "türkiye": "Turkey", "turkey": "Turkey", "russian federation": "Russia",
    "czechia": "Czech Republic", "viet nam": "Vietnam", "congo, the democratic republic of the": "Congo (DR)",
    "democratic republic of the congo": "Congo (DR)", "congo, democratic republic": "Congo (DR)",
    "côte d'ivoire": "Ivory Coast", "cote d'ivoire": "Ivory Coast", "brasil": "Brazil",
    "bolivia, plurinational state of": "Bolivia", "venezuela, bolivarian republic of": "Venezuela",
    "moldova, republic of": "Moldova", "macedonia, the former yugoslav republic of": "North Macedonia",
    "tanzania, united republic of": "Tanzania", "syrian arab republic": "Syria",
    "lao people's democratic republic": "Laos", "hong kong": "Hong Kong", "espana": "Spain",
    "españa": "Spain", "deutschland": "Germany", "scotland": "United Kingdom", "wales": "United Kingdom",
}  # fmt: skip


@lru_cache(maxsize=16_384)
def read_countries(text: str) -> tuple[str, ...]:
    """Countries in one spelling, each once, in the order given."""
    found: dict[str, None] = {}
    for part in re.split(r"[;\n|]", text):
        name = " ".join(part.split()).strip(" .,")
        if not name:
            continue
        spelt = _COUNTRY.get(name.lower())
        found[spelt or (name if name[:1].isupper() else name.title())] = None
    return tuple(found)


# Places that name a country in a sponsor's name; registries that are one country's.
_PLACES = {
    "China": "china chinese beijing shanghai wuhan guangzhou guangdong hubei zhejiang chongqing "
    "tongji shenzhen nanjing hangzhou tianjin sichuan xiangya henan hunan fudan jiangsu",
    "Iran": "iran tehran shiraz tabriz mashhad isfahan",
    "Italy": "italy italia rome milan milano bologna padova",
    "France": "france paris lyon marseille assistance publique",
    "Spain": "spain madrid barcelona hospital clinic andalusian",
    "United States": "usa boston york california mayo stanford texas harvard nih",
    "India": "india delhi mumbai", "Egypt": "egypt cairo assiut tanta ain shams",
    "Brazil": "brazil brasil paulo", "United Kingdom": "london oxford nhs", "Germany": "germany berlin",
    "Denmark": "copenhagen denmark", "Netherlands": "netherlands utrecht amsterdam",
    "Pakistan": "pakistan lahore karachi", "Turkey": "turkey istanbul ankara",
}  # fmt: skip
_PLACE_OF = {word: country for country, words in _PLACES.items() for word in words.split()}
_NATIONAL = {
    "ChiCTR": "China",
    "IRCT": "Iran",
    "CTRI": "India",
    "REBEC": "Brazil",
    "CRIS": "South Korea",
}


@lru_cache(maxsize=16_384)
def inferred_country(registry: str, sponsor: str) -> str:
    """A country for a record that names none: of its national registry, or of its sponsor's name."""
    for word in re.findall(r"[a-z]+", sponsor.lower()):
        if word in _PLACE_OF and word not in {
            "assistance",
            "publique",
            "hospital",
            "clinic",
            "york",
            "ain",
        }:
            return _PLACE_OF[word]
    return _NATIONAL.get(registry, "")
