"""Numbers of trials that a text mentions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .sentences import Clause, Script

_NOUN = re.compile(
    r"\s(?:(?:previous|prior|other|new|more|ongoing|published|separate|different|small|large"
    r"|major|independent|eligible|relevant|similar|recent|key|pivotal|earlier|clinical"
    r"|randomi[sz]ed|controlled|placebo-controlled|double-blind|registered|human|observational"
    r"|cohort|peer-reviewed|high-quality|phase [1-4I]+|active|additional|such|of|the|these"
    r"|research|scientific|included|individual|unique|long-term|epidemiologic(?:al)?|prospective"
    r"|case-control|retrospective|international|multicent(?:er|re),?),?\s){0,6}(?P<noun>trials"
    r"|studies|RCTs)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:phase|grade|level|group|part|week|day|at least|stage)\s$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TrialsCounted:
    """A number of trials or studies, as it is worded."""

    n: int
    start: int
    end: int
    clause: Clause
    trials: bool


_BOTH = re.compile(r"\b[Bb]oth (?:of the |the |these )?(?P<noun>trials|studies)\b")


def trials_counted(script: Script) -> list[TrialsCounted]:
    """Every number of trials, in reading order; `trials` False where they are called studies."""
    found = []
    for clause in script.clauses:
        both = _BOTH.search(script.text, clause.start, clause.end)
        if both:
            found.append(
                TrialsCounted(2, both.start(), both.end(), clause, both["noun"] == "trials")
            )
        for number in script.numbers(clause.start, clause.end):
            if not number.count or _BEFORE.search(
                script.text[max(clause.start, number.start - 12) : number.start]
            ):
                continue
            match = _NOUN.match(script.text, number.end, min(clause.end, number.end + 120))
            if match is None:
                continue
            found.append(
                TrialsCounted(
                    int(number.value),
                    number.start,
                    match.end(),
                    clause,
                    match["noun"].lower() != "studies",
                )
            )
    return found
