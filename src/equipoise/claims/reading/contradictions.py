"""Where two people say things of which not both can hold: shown, never settled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from equipoise.vocabulary.reading import Contradiction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.reading import Fact


def _pair(about: str, one: str, other: str) -> tuple[str, re.Pattern[str], re.Pattern[str]]:
    return about, re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE)


_OPPOSITES = (
    _pair(
        "whether it has been shown to work in any disease",
        r"\b(?:scant|no|little|lack of|without)\b[^.;]{0,40}\b(?:evidence|proof"
        r"|data)\b[^.;]{0,60}\b(?:any|anything|effect|works?)\b|\bnever been (?:shown|proven)\b",
        r"\bsuccessfully completed\b|\b(?:has|have|had) (?:\w+ )?(?:been (?:shown"
        r"|proven) (?:to (?:work|be effective)|effective)|worked|proved effective)\b",
    ),
    _pair(
        "how likely a benefit is",
        r"\bchance (?:of (?:benefit|success|working)|that it works) (?:is|are"
        r"|seems?) (?:very )?(?:low|small|slim|remote)|\bunlikely to (?:work|help|benefit"
        r"|succeed)",
        r"\b(?:good|high|excellent|strong|great) (?:chance|probability|likelihood)\b"
        r"|\b(?:confident|certain|sure|convinced|no doubt) (?:that )?[^.;]{0,40}\b(?:works?"
        r"|effective|help|succeed)",
    ),
    _pair(
        "whether it is safe",
        r"\brisks? (?:that|of|are)\b|\b(?:potential|serious|unknown) (?:risks?|harms?)\b"
        r"|\bnot (?:been shown to be )?safe\b|\bwhat if\b|\b(?:could|might|may) (?:harm|impair"
        r"|worsen)",
        r"\b(?:is|are|was|were|completely|perfectly|proven|entirely) safe\b|\bno (?:risks?"
        r"|side[\s-]effects|safety concerns)\b|\bwell[\s-]tolerated\b",
    ),
    _pair(
        "whether enough is known to use it now",
        r"\bneed(?:ed|s)? for (?:far )?more\b|\bnot (?:yet )?(?:enough|ready)\b|\b(?:don['’]t"
        r"|do not) know enough\b|\btoo (?:early|soon)\b|\bimpossible to (?:come to|draw)\b",
        r"\b(?:should|must) (?:now )?be (?:given|used|offered|approved|available)\b"
        r"|\bready to (?:use|be used)\b|\bessential that they receive\b|\bno (?:time"
        r"|need) to wait\b",
    ),
)


def contradictions(facts: Sequence[Fact]) -> tuple[Contradiction, ...]:
    """Pairs of facts by different speakers that oppose each other, one pair for each subject."""
    found = []
    for about, one, other in _OPPOSITES:
        first = [fact for fact in facts if one.search(fact.words)]
        second = [fact for fact in facts if other.search(fact.words)]
        pair = next(
            (
                (left, right)
                for left in first
                for right in second
                if left.id != right.id and left.speaker != right.speaker
            ),
            None,
        )
        if pair is not None:
            ids = sorted(pair, key=lambda fact: fact.start)
            found.append(Contradiction(facts=(ids[0].id, ids[1].id), about=about))
    return tuple(found)
