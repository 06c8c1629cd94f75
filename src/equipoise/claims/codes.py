"""The codes of the checks on a claim; each is explained in docs/reference/checks.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.finding import Check, Finding

if TYPE_CHECKING:
    from equipoise.vocabulary.claim import Claim
    from equipoise.vocabulary.figure import Sentence
    from equipoise.vocabulary.finding import FindingStatus


def _check(code: str, title: str, ask: str) -> Check:
    return Check(code=code, title=title, ask=ask)


COMPARATOR = _check(
    "EQ-C001", "concurrent comparator", "What happened to similar patients without it?"
)
DEFINITION = _check("EQ-C002", "outcome defined", "What exactly counts, and was it set down first?")
BLINDING = _check(
    "EQ-C003", "blinded assessment", "Who judged the outcome, and what did they know?"
)
FOLLOW_UP = _check("EQ-C004", "follow-up stated", "How long was each patient followed?")
COHORT = _check("EQ-C005", "matching cohort", "What is the natural course of these patients?")
RANDOMISED = _check("EQ-C006", "randomised", "How was it decided who got the treatment?")
CO_TREATMENTS = _check("EQ-C007", "co-treatments", "What else did the patients receive?")
HARMS = _check("EQ-C008", "harms counted", "How many had a serious adverse event?")
SELECTION = _check("EQ-C009", "selection stated", "Who was not treated, or not reported?")
TARGET = _check("EQ-C010", "given to those it is meant for", "How did those it is meant for do?")
MECHANISM = _check(
    "EQ-C011", "argument by mechanism", "Has the mechanism changed an outcome in patients?"
)
ANIMALS = _check("EQ-C012", "argument from animals", "Has it been shown in people?")
ANALOGY = _check("EQ-C013", "argument by analogy", "How did it do there against a control?")
APPEAL = _check("EQ-C014", "appeal in place of evidence", "What does this say about the effect?")
INTEREST = _check("EQ-C015", "interests", "Who gains if it is believed?")
FINAL = _check("EQ-C016", "outcomes final", "What became of the others?")
ONCE = _check("EQ-C017", "patients counted once", "Were these patients reported before?")
TRIALS = _check("EQ-C018", "number of trials", "How many are randomised and large enough?")
SURROGATE = _check("EQ-C019", "outcome that patients feel", "Does it stand for how patients fare?")
DRAMATIC = _check("EQ-C020", "dramatic effect", "Is the effect too large to be explained by bias?")

CHECKS = (
    COMPARATOR, DEFINITION, BLINDING, FOLLOW_UP, COHORT, RANDOMISED, CO_TREATMENTS, HARMS,
    SELECTION, TARGET, MECHANISM, ANIMALS, ANALOGY, APPEAL, INTEREST, FINAL, ONCE, TRIALS,
    SURROGATE, DRAMATIC,
)  # fmt: skip
"""Every check. Codes are stable."""


def finding(
    check: Check,
    claim: Claim,
    status: FindingStatus,
    sentence: Sentence,
    words: str | None = None,
    speaker: str | None = None,
) -> Finding:
    """What a check on a claim came to, with the words that it rests on and who said them."""
    who = claim.speaker(speaker)
    return Finding(
        check=check,
        subject=claim.id,
        status=status,
        sentence=sentence,
        words=words,
        speaker=who.name if who else None,
        source=claim.source,
        locator=claim.locator,
    )
