"""Harms: counted, denied, mentioned, or not mentioned at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .sentences import Clause, Script

_EVENTS = (
    r"(?:adverse\s(?:\w+\s)?(?:events?|effects?|reactions?|outcomes?|experiences?)"
    r"|side[\s-]?effects?|serious\s(?:events?|complications?|toxicit\w+)"
    r"|toxicit(?:y|ies)|complications?|safety (?:concerns?|issues?|problems?|signals?)"
    r"|(?:allergic|infusion|injection)[\s-](?:site\s)?reactions?|harms?)"
)
_DENIED = re.compile(
    rf"\b(?:no|without|free of|any|not (?:have|cause|show|experience|report)(?: any)?"
    rf"|few(?:er)? or no|absence of)\s(?:[\w,-]+\s){{0,5}}?{_EVENTS}"
    rf"|{_EVENTS}[^.;]{{0,30}}\b(?:were|was) (?:not|absent|never)\b"
    r"|\b(?:well|generally|better)[\s-]tolerated\b|\b(?:is|was|were|be|are|proved|appears?"
    r"|appeared|found to be|completely|perfectly) (?:\w+\s)?safe\b|\bsafe and (?:effective|well"
    r"|feasible)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"\b\d[\d.,]*\s?%?[^.;]{{0,80}}\b{_EVENTS}|{_EVENTS}[^.;]{{0,80}}\b\d[\d.,]*\s?(?:%|\)"
    rf"|patients|of|participants|in\b|cases|per\b)"
    rf"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\s(?:[\w-]+\s){{0,4}}?{_EVENTS}",
    re.IGNORECASE,
)
_MENTIONED = re.compile(rf"\b{_EVENTS}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HarmWords:
    """Words on harms, and whether they count, deny or only mention them."""

    how: Literal["counted", "denied", "mentioned"]
    start: int
    end: int
    clause: Clause


def harm_words(script: Script) -> list[HarmWords]:
    """Every clause that speaks of harms that were looked for or seen."""
    found = []
    for clause in script.clauses:
        text = script.text[clause.start : clause.end]
        if not _MENTIONED.search(text) and not _DENIED.search(text):
            continue
        denied = _DENIED.search(text)
        counted = _COUNTED.search(text)
        how: Literal["counted", "denied", "mentioned"]
        match = denied or counted or _MENTIONED.search(text)
        assert match is not None
        if denied and not (counted and re.search(r"\bany\b", denied[0], re.IGNORECASE)):
            how = "denied"
        else:
            how = "counted" if counted else "mentioned"
        found.append(HarmWords(how, clause.start, clause.end, clause))
    return found


def settled(found: list[HarmWords]) -> Literal["counted", "denied", "mentioned", "silent"]:
    """The strongest thing that the text says of harms."""
    for how in ("counted", "denied", "mentioned"):
        if any(words.how == how for words in found):
            return how
    return "silent"
