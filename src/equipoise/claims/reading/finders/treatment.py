"""What was given, to whom it is given, and what it is said to be for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .people_words import ANIMALS

if TYPE_CHECKING:
    from .sentences import Clause, Script

_NP = (
    r"(?:(?!(?:and then|or placebo|or to|to treat|for|who|which|that|were|was|is|are|has|have"
    r"|had|compared|versus|vs|at a dose|twice|once|daily|in addition|as part|during|after"
    r"|before|until|than)\b)[\w/'’.+αβγ-]+\s?){1,10}"
)
_GIVEN = (
    re.compile(
        rf"\b(?:intravenous|subcutaneous|oral|intramuscular|intranasal|inhaled|topical"
        rf"|intrathecal|intravitreal|single|daily|weekly"
        rf"|repeated)?\s?(?:infusions?|injections?|transfusions?"
        rf"|transplantation|administration|tablets|capsules"
        rf"|doses?) of {_NP}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:treated|treatment|therapy|treat(?:ing)? \w+) with (?!placebo|the placebo"
        rf"|respect)(?P<what>{_NP})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:received|receiving|to receive|were given|was given|given|took|taking"
        rf"|randomi[sz]ed to|assigned to) (?:either |to )?(?!placebo"
        rf"|usual|standard|no\b|the placebo|informed|treatment\b"
        rf"|care\b)(?P<what>{_NP})",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?P<what>(?:[\w-]+\s){0,2}?(?:stem cells?|vaccine|plasma|antibod(?:y|ies)"
        r"|gene|cell)(?:[\s-]based)?\s(?:therap(?:y|ies)|treatments?"
        r"|infusions?|transplants?))\b",
        re.IGNORECASE,
    ),
)
_MEANT_FOR = re.compile(
    r"\b(?:aimed at|intended for|meant for|designed for|targeted at|for use in|suitable for"
    r"|indicated for|offered to)\s[^.;]{4,120}",
    re.IGNORECASE,
)
_WHOM = re.compile(
    r"\b(?:treat(?:ing|ed)?|enroll?(?:ed|ing)?|includ(?:ed|ing)|recruit(?:ed|ing)?|stud(?:ied"
    r"|ying)|participants were|patients were|subjects were|involv(?:ed|ing)|gave"
    r"|given to)\s(?:[\w,-]+\s){0,5}?(?:patients|people|adults|children|women|men"
    r"|participants|subjects|infants|volunteers|individuals)\s(?:with|at|who|suffering|aged"
    r"|undergoing|having|infected|hospitali[sz]ed|admitted)\b[^.;,(]{2,120}",
    re.IGNORECASE,
)
_PART_OF_TRIAL = re.compile(
    r"\b(?:as part of|in|during)\s(?:an?|the|this|our)\s(?:[\w,-]+\s){0,6}?(?:trial"
    r"|study)\b(?:\s(?:since|that (?:began|started)|beginning|started|from"
    r"|between)\s[A-Z0-9][\w\s,]{2,30})?",
    re.IGNORECASE,
)
_NOT_PEOPLE = re.compile(rf"\b{ANIMALS}\b", re.IGNORECASE)
_IN_VITRO = re.compile(
    r"\bin[\s-]vitro\b|\bcell lines?\b|\bcultured (?:cells|neurons)\b|\bpetri dish|\btest tube",
    re.IGNORECASE,
)
_SIMULATED = re.compile(
    r"\b(?:simulat(?:ion|ed) (?:study|model|cohort|patients|trial)|computer model"
    r"|mathematical model|in[\s-]silico|modell?ing study|Markov model)\b",
    re.IGNORECASE,
)
_COMMON = re.compile(
    r"\b(?:received|given|on|taking|treated with|in addition to|on top of|alongside|plus"
    r"|along with|besides|prior to|background)\s(?:[\w-]+\s){0,5}?(?:(?:standard|usual"
    r"|conventional|background|supportive|maximal|routine|other|concomitant|experimental"
    r"|antiviral|concurrent|best)\s(?:[\w-]+\s){0,2}?(?:care|therap(?:y|ies)|treatments?|drugs?"
    r"|agents?|medications?|antibiotics|support)|(?:a )?(?:variety|number|range"
    r"|combination) of (?:[\w-]+\s){0,2}?(?:agents|drugs|treatments|medications|therapies))",
    re.IGNORECASE,
)
_FUNDING = re.compile(
    r"\b(?:funded|sponsored|supported|financed|paid for) (?:in part )?by\b"
    r"|\bfunding(?: was)?(?: provided)? (?:from|by|:)|\b(?:grants?|funding) from\b"
    r"|\bconflicts? of interest\b|\bcompeting interests?\b|\bdisclos(?:ed|ures?)\b|\bFUNDING\b"
    r"|\bfinancial (?:ties|support|interest)|\bconsult(?:ant|ing) (?:to|for|fees)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Words:
    """Words found in a clause, as what they are."""

    topic: str
    value: str
    start: int
    end: int
    clause: Clause


def treatments(script: Script, most: int = 3) -> list[Words]:
    """What was given, in the order of the text; the same treatment once."""
    found: list[Words] = []
    seen: set[str] = set()
    for pattern in _GIVEN:
        for clause in script.clauses:
            match = pattern.search(script.text, clause.start, clause.end)
            if match is None:
                continue
            group = "what" if "what" in pattern.groupindex else 0
            start, end = match.span(group)
            end = start + len(script.text[start:end].rstrip(" ,.;:"))
            value = script.text[start:end].strip()
            key = " ".join(
                re.sub(r"\b(?:a|an|the|so-called|either|of)\b", "", value.lower()).split()
            )[:24]
            if len(value) < 4 or key in seen:
                continue
            seen.add(key)
            found.append(Words("what was given", value, start, end, clause))
        if found:
            break
    return sorted(found, key=lambda words: words.start)[:most]


def populations(script: Script, most: int = 2) -> list[Words]:
    """Whom the treatment was given to, and whom it is said to be for."""
    found: list[Words] = []
    for clause in script.clauses:
        match = _MEANT_FOR.search(script.text, clause.start, clause.end)
        if match:
            found.append(Words("meant for", match[0].strip(" ."), clause.start, clause.end, clause))
    treated = 0
    for clause in script.clauses:
        match = _WHOM.search(script.text, clause.start, clause.end)
        if match and treated < most and not _NOT_PEOPLE.search(match[0]):
            cut = re.search(
                r"\swith\s(?:intravenous|oral|infusions|injections|a\b|the\b|an\b)", match[0]
            )
            end = match.start() + (cut.start() if cut else len(match[0].rstrip()))
            treated += 1
            found.append(
                Words(
                    "treated", script.text[match.start() : end].strip(), match.start(), end, clause
                )
            )
    return found


def part_of_trial(script: Script) -> Words | None:
    """Where the text says that the treatment was given in a trial."""
    for clause in script.clauses:
        match = _PART_OF_TRIAL.search(script.text, clause.start, clause.end)
        if match and (match[0].lower().startswith("as part of") or "ongoing" in match[0]):
            return Words("part of a trial", match[0].strip(), match.start(), match.end(), clause)
    return None


def co_treatments(script: Script) -> Words | None:
    """What else the patients received."""
    for clause in script.clauses:
        match = _COMMON.search(script.text, clause.start, clause.end)
        if match:
            return Words("co-treatments", match[0], clause.start, clause.end, clause)
    return None


def funding(script: Script) -> Words | None:
    """Who paid, or what interests are declared."""
    for clause in script.clauses:
        match = _FUNDING.search(script.text, clause.start, clause.end)
        if match:
            return Words("funding", match[0], clause.start, clause.end, clause)
    return None


def is_animal(text: str) -> bool:
    """Whether words speak of animals."""
    return _NOT_PEOPLE.search(text) is not None


def is_in_vitro(text: str) -> bool:
    """Whether words speak of cells in a dish."""
    return _IN_VITRO.search(text) is not None


def is_simulated(text: str) -> bool:
    """Whether words speak of a model rather than of people."""
    return _SIMULATED.search(text) is not None
