"""The codes of the checks on a text; each is explained in docs/reference/checks.md."""

from __future__ import annotations

from equipoise.vocabulary.finding import Check


def _check(code: str, title: str, ask: str) -> Check:
    return Check(code=code, title=title, ask=ask)


PEOPLE = _check("EQ-R001", "people counted", "How many people is this about?")
SUMS = _check("EQ-R002", "groups add up", "Which people are in which group?")
COMPARED = _check("EQ-R003", "comparison group", "What happened to similar people without it?")
RANDOMISED = _check("EQ-R004", "randomised", "How was it decided who got the treatment?")
BLINDED = _check("EQ-R005", "blinded", "Who judged the outcome, and what did they know?")
REGISTERED = _check("EQ-R006", "registered", "Where and when was the study registered?")
OUTCOME = _check("EQ-R007", "outcome that people feel", "Does it stand for how people fare?")
COUNTS = _check("EQ-R008", "counts behind the results", "How many, of how many?")
INTERVALS = _check("EQ-R009", "what the counts allow", "How sure is a share from so few?")
FOLLOW_UP = _check(
    "EQ-R010", "follow-up", "How long was each person followed, and how many were lost?"
)
HARMS = _check("EQ-R011", "harms", "How many had a serious adverse event?")
CO_TREATMENTS = _check("EQ-R012", "co-treatments", "What else did the people receive?")
SUBJECTS = _check("EQ-R013", "in people", "Has it been shown in people?")
ARGUMENTS = _check(
    "EQ-R014", "argument in place of evidence", "Has this changed an outcome in people?"
)
INTERESTS = _check("EQ-R015", "interests", "Who gains if it is believed?")
INDEPENDENT = _check("EQ-R016", "an independent voice", "What do those say who have no part in it?")
FUNDING = _check("EQ-R017", "funding and interests declared", "Who paid?")
PRAISE = _check("EQ-R018", "praise", "Which measurement carries this word?")
CAUTIONS = _check(
    "EQ-R019", "cautions, and where they stand", "Would a reader of the first lines meet them?"
)
TRIALS = _check("EQ-R020", "number of trials", "How many are randomised and large enough?")
STANDING = _check("EQ-R021", "regulatory standing", "Approved for use, or to be tried?")
STRONGER = _check(
    "EQ-R022", "words stronger than the design", "Could it have happened without the treatment?"
)
ONCE = _check("EQ-R023", "people counted once", "Were these people reported before?")
FINAL = _check("EQ-R024", "what became of the others", "How did those fare who are not mentioned?")
PLANS = _check("EQ-R025", "plans", "What has been done, rather than planned?")
DISAGREE = _check(
    "EQ-R026", "speakers who disagree", "Which of the two does the evidence bear out?"
)

CHECKS = (
    PEOPLE,
    SUMS,
    COMPARED,
    RANDOMISED,
    BLINDED,
    REGISTERED,
    OUTCOME,
    COUNTS,
    INTERVALS,
    FOLLOW_UP,
    HARMS,
    CO_TREATMENTS,
    SUBJECTS,
    ARGUMENTS,
    INTERESTS,
    INDEPENDENT,
    FUNDING,
    PRAISE,
    CAUTIONS,
    TRIALS,
    STANDING,
    STRONGER,
    ONCE,
    FINAL,
    PLANS,
    DISAGREE,
)
"""Every check on a text. Codes are stable."""
