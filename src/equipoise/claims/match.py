"""Which cohorts show what the claim's patients would have come to untreated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.appraisal import CohortMatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.claim import Claim, ClaimedOutcome
    from equipoise.vocabulary.evidence import Cohort

_COMPARABLE_BASES = frozenset({"fixed-day", "to-resolution"})


def match_cohorts(
    claim: Claim, claimed: ClaimedOutcome, cohorts: Sequence[Cohort]
) -> tuple[CohortMatch, ...]:
    """Hold every cohort against one claimed outcome: same outcome, time window and stratum."""
    return tuple(
        CohortMatch(
            cohort=cohort,
            count=cohort.count,
            reasons=tuple(_reasons(claim, claimed, cohort)),
        )
        for cohort in cohorts
    )


def strata_sizes(claim: Claim, claimed: ClaimedOutcome) -> dict[str, int]:
    """Patients by stratum behind a claimed outcome.

    An outcome counted in fewer patients than the claim has cannot be split by the claim's strata;
    it needs cohorts of all patients, and so does a claim without strata.
    """
    sizes = {stratum.id: stratum.n for stratum in claim.strata if stratum.n}
    return sizes if sizes and claimed.n == claim.n else {"all": claimed.n}


def covered(claim: Claim, claimed: ClaimedOutcome, matches: Sequence[CohortMatch]) -> bool:
    """Whether every stratum of the claimed outcome has a matched cohort."""
    found = {match.cohort.stratum for match in matches if match.matched}
    return set(strata_sizes(claim, claimed)) <= found


def _reasons(claim: Claim, claimed: ClaimedOutcome, cohort: Cohort) -> list[str]:
    reasons = []
    if cohort.outcome != claimed.outcome:
        what = cohort.outcome.replace("_", " ")
        when = f" by day {cohort.time_days}" if cohort.time_basis == "fixed-day" else ""
        reasons.append(f"another outcome ({what}{when})")
    if claimed.time_basis not in _COMPARABLE_BASES:
        reasons.append("the claim states no follow-up to match")
    elif cohort.time_basis != claimed.time_basis or (
        claimed.time_basis == "fixed-day" and cohort.time_days != claimed.time_days
    ):
        reasons.append("another time window")
    if cohort.stratum not in strata_sizes(claim, claimed):
        reasons.append(f"other patients ({cohort.stratum})")
    if cohort.set_aside:
        reasons.append(cohort.set_aside)
    if cohort.confidence == "low":
        reasons.append("the count was not seen in a source")
    if cohort.version == "alternative":
        reasons.append("a second version of a disputed count")
    if cohort.events is None:
        reasons.append("no count")
    return reasons
