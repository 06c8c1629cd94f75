"""A question for a dossier that has none yet: what the text is about, for a person to amend."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.question import Estimand, Outcome, Question, SmallestDifference
from equipoise.wording import listing

from .draft_names import short

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from equipoise.vocabulary.claim import Claim

    from . import Reading
    from .draft_outcomes import DraftedOutcome

DIFFERENCE = 0.10
REASON = (
    "Ten in a hundred, taken when the draft was made so that the dossier can be read at all. No "
    "person has set it: set it anew, with a reason, before relying on any verdict."
)


def drafted_question(
    reading: Reading, claim: Claim, outcomes: Sequence[DraftedOutcome], today: date
) -> Question:
    """A valid question whose outcomes are those of the text; a death leads where one is counted."""
    rows = [row.new for row in outcomes if row.new is not None]
    leading = next((row for row in rows if row.id == "death"), rows[0])
    groups = listing([row.label for row in claim.strata])
    people = f"Patients such as those of the text{f' ({groups})' if groups else ''}"
    difference = SmallestDifference(
        risk_difference=DIFFERENCE,
        reason=REASON,
        set_on=PartialDate(today.year, today.month, today.day),
    )
    return Question(
        title=short(reading.document.title or claim.treatment, 100),
        population=people,
        intervention=claim.treatment,
        comparator="Care without it, the same in all else",
        outcomes=tuple(
            dataclasses.replace(row, primary=True, smallest_difference=difference)
            if row is leading
            else row
            for row in rows
        ),
        estimand=_estimand(claim, leading, people),
    )


def _estimand(claim: Claim, leading: Outcome, people: str) -> Estimand:
    return Estimand(
        treatment=f"{claim.treatment} against care without it",
        population=people,
        variable=leading.name,
        intercurrent_events="Treatment policy: counted whatever else was given",
        summary=f"Difference in the risk of “{leading.name}”",
    )
