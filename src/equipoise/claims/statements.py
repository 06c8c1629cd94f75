"""Checks on what a claim says: one table of points, and what each answer means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.figure import say
from equipoise.wording import inside

from . import codes
from .codes import finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from equipoise.vocabulary.appraisal import OutcomeAppraisal
    from equipoise.vocabulary.claim import Claim, Statement
    from equipoise.vocabulary.finding import Check, Finding, FindingStatus

    Rule = Callable[[Claim, Sequence[OutcomeAppraisal]], Iterator[Finding]]


UNCONFIRMED = "Read by machine and not confirmed by a person."
"""What a check says of a point that only a machine has read."""


def quoted(name: str) -> str:
    """An outcome's name, quoted, since it is the claim's word."""
    return f"“{inside(name)}”"


def _asked(
    check: Check,
    point: str,
    *,
    yes: str,
    no: str,
    partly: str,
    silent: str,
    silence: FindingStatus = "issue",
) -> Rule:
    """A rule that reads one point of the claim's statements; silence is reported as silence."""
    answers: dict[str, tuple[FindingStatus, str]] = {
        "yes": ("passed", yes),
        "no": ("issue", no),
        "partly": ("caution", partly),
        "silent": (silence, silent),
    }

    def rule(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
        statement: Statement = getattr(claim.statements, point)
        if f"statements.{point}" in claim.unconfirmed:
            yield finding(check, claim, "skipped", say(UNCONFIRMED))
            return
        status, text = answers[statement.said]
        sentence = say(text.replace("OUTCOME", quoted(outcomes[0].outcome.name)))
        yield finding(check, claim, status, sentence, statement.words, statement.speaker)

    return rule


comparator = _asked(
    codes.COMPARATOR,
    "comparator",
    yes="There was a concurrent comparator.",
    no="There was no concurrent comparator: what the patients would have come to without the "
    "treatment was not observed.",
    partly="The comparison was with earlier or other patients, not with concurrent ones.",
    silent="Nothing is said of a comparator.",
)
definition = _asked(
    codes.DEFINITION,
    "outcome_definition",
    yes="It is said what counts as OUTCOME.",
    no="What counts as OUTCOME was not defined.",
    partly="What counts as OUTCOME is said only in part.",
    silent="It is not said what counts as OUTCOME.",
)
blinding = _asked(
    codes.BLINDING,
    "blinded_assessment",
    yes="Those who judged the outcome did not know the treatment.",
    no="Those who judged the outcome knew the treatment.",
    partly="It is said only in part who judged the outcome.",
    silent="It is not said who judged the outcome, nor what they knew.",
)
follow_up = _asked(
    codes.FOLLOW_UP,
    "follow_up",
    yes="The follow-up is stated.",
    no="Patients were not followed for a common time.",
    partly="The follow-up is stated only in part.",
    silent="It is not said how long patients were followed.",
)
randomised = _asked(
    codes.RANDOMISED,
    "randomised",
    yes="Treatment was allocated at random.",
    no="Treatment was not allocated at random.",
    partly="It is not clear whether treatment was allocated at random.",
    silent="Nothing is said of how it was decided who got the treatment.",
)
co_treatments = _asked(
    codes.CO_TREATMENTS,
    "co_treatments",
    yes="It is said what else the patients received.",
    no="Patients received other treatments that could explain the outcome.",
    partly="It is said only in part what else the patients received.",
    silent="It is not said what else the patients received.",
    silence="caution",
)
harms = _asked(
    codes.HARMS,
    "harms",
    yes="Harms were counted.",
    no="Harms are denied without a count; a denial is not a count.",
    partly="Harms are mentioned without a count.",
    silent="No count of harms is given. Silence on harms is not absence of harms.",
    silence="caution",
)
selection = _asked(
    codes.SELECTION,
    "selection",
    yes="It is said how the patients were selected.",
    no="Patients were selected in a way that could explain the outcome.",
    partly="It is said only in part how the patients were selected.",
    silent="It is not said how the patients were selected, nor who was left out.",
    silence="caution",
)
