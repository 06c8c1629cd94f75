"""What no single record can tell: references, sums, and one primary outcome."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING

from equipoise.claims.confirmed import pieces
from equipoise.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from equipoise.vocabulary.claim import Claim
    from equipoise.vocabulary.dossier import Dossier


class _Checker:
    def __init__(
        self,
        dossier: Dossier,
        places: Mapping[int, tuple[str, int]],
        problems: list[Problem],
    ) -> None:
        self.dossier = dossier
        self.places = places
        self.problems = problems

    def complain(self, record: object, name: str, seen: object, rule: str, mend: str) -> None:
        file, line = self.places[id(record)]
        self.problems.append(
            Problem(file=file, line=line, name=name, seen=repr(seen), rule=rule, mend=mend)
        )

    def sources(self) -> None:
        known = self.dossier.sources
        groups = (
            self.dossier.claims,
            self.dossier.studies,
            self.dossier.cohorts,
            self.dossier.events,
            self.dossier.registrations,
        )
        missing: dict[tuple[str, str, str], list[object]] = {}
        for record in (record for group in groups for record in group):
            for name in ("source", "read_in"):
                key = getattr(record, name, None)
                if key is not None and key not in known:
                    file, _ = self.places[id(record)]
                    missing.setdefault((file, name, key), []).append(record)
        for (_, name, key), records in missing.items():
            more = f" (and {len(records) - 1} more rows)" if len(records) > 1 else ""
            self.complain(
                records[0],
                name,
                key,
                f"it must be an id in sources.yaml{more}",
                f"Add {key} there",
            )

    def question(self) -> None:
        question = self.dossier.question
        ids = Counter(outcome.id for outcome in question.outcomes)
        for key, count in ids.items():
            if count > 1:
                self.complain(
                    question, "outcomes", key, "an outcome's id stands once", "Rename one"
                )
        primaries = [outcome for outcome in question.outcomes if outcome.primary]
        if len(primaries) != 1:
            self.complain(
                question,
                "outcomes",
                [outcome.id for outcome in primaries],
                "exactly one outcome is primary",
                "Set `primary: true` on one",
            )
        elif primaries[0].smallest_difference is None:
            self.complain(
                question,
                "smallest_difference",
                None,
                "the primary outcome needs one, with its reason and date",
                "Add smallest_difference",
            )

    def claims(self) -> None:
        if not self.dossier.claims and not self.problems:
            self.problems.append(
                Problem(
                    file="claims.yaml",
                    line=1,
                    name="claims",
                    seen="none",
                    rule="there must be a claim",
                    mend="Add one",
                )
            )
        for claim in self.dossier.claims:
            self._claim(claim)

    def _claim(self, claim: Claim) -> None:
        total = sum(stratum.n for stratum in claim.strata)
        known = pieces(claim)
        for name in claim.unconfirmed:
            if name not in known:
                self.complain(
                    claim,
                    "unconfirmed",
                    name,
                    "it must be a piece of the claim",
                    f"Use one of {', '.join(known)}",
                )
        open_ = any(name == "n" or name.startswith("strata.") for name in claim.unconfirmed)
        if claim.strata and total != claim.n and not open_:
            parts = " + ".join(str(stratum.n) for stratum in claim.strata)
            self.complain(
                claim,
                "strata",
                f"{parts} = {total}",
                f"they must add up to the claim's n, {claim.n}",
                "Correct a stratum or n",
            )
        if not claim.outcomes:
            self.complain(claim, "outcomes", [], "a claim needs an outcome", "Add one")
        outcomes = {outcome.id for outcome in self.dossier.question.outcomes}
        for claimed in claim.outcomes:
            if claimed.outcome not in outcomes:
                self.complain(
                    claim,
                    "outcome",
                    claimed.outcome,
                    "it must be an outcome of question.yaml",
                    f"Use one of {', '.join(sorted(outcomes))}",
                )
            if claimed.n > claim.n:
                self.complain(
                    claim,
                    "outcomes.n",
                    claimed.n,
                    f"it cannot exceed the claim's n, {claim.n}",
                    "Correct the count",
                )
            if claimed.time_basis == "fixed-day" and claimed.time_days is None:
                self.complain(
                    claim, "time_days", None, "a fixed day needs its number", "Add time_days"
                )
        self._references(claim)

    def _references(self, claim: Claim) -> None:
        speakers = {speaker.id for speaker in claim.speakers}
        named = [claimed.speaker for claimed in claim.outcomes]
        named += [argument.speaker for argument in claim.arguments]
        named += [
            getattr(claim.statements, field.name).speaker for field in fields(claim.statements)
        ]
        for key in sorted({key for key in named if key is not None} - speakers):
            self.complain(
                claim, "speaker", key, "it must be one of the claim's speakers", f"Add {key} there"
            )
        strata = {stratum.id for stratum in claim.strata}
        for key in claim.meant_for.strata if claim.meant_for else ():
            if key not in strata:
                self.complain(
                    claim, "meant_for", key, "it must be a stratum of the claim", "Correct the id"
                )
        for subset in claim.subsets:
            if subset.n > claim.n:
                self.complain(
                    claim, "subsets", subset.n, f"it cannot exceed n, {claim.n}", "Correct n"
                )

    def plan(self) -> None:
        plan = self.dossier.plan
        if plan is None:
            return
        outcomes = {outcome.id for outcome in self.dossier.question.outcomes}
        for key in {plan.outcome, *([plan.decisive.outcome] if plan.decisive else [])}:
            if key not in outcomes:
                self.complain(
                    plan, "outcome", key, "it must be an outcome of question.yaml", "Correct the id"
                )
        if plan.outcome not in outcomes:
            return
        if self.dossier.question.outcome(plan.outcome).smallest_difference is None:
            self.complain(
                plan,
                "outcome",
                plan.outcome,
                "its smallest difference that matters must be set",
                "Add smallest_difference to that outcome",
            )

    def analogies(self) -> None:
        """Sources of an analogy's results, and rows for one that has none of its own."""
        for row in self.dossier.analogies:
            for result in row.results:
                for name in ("source", "read_in"):
                    key = getattr(result, name)
                    if key is not None and key not in self.dossier.sources:
                        self.complain(
                            row, name, key, "it must be an id in sources.yaml", f"Add {key} there"
                        )
            here = {study.population for study in self.dossier.studies}
            if here and not row.results and row.population not in here:
                self.complain(
                    row,
                    "population",
                    row.population,
                    "without results of its own, it must be a population in studies.csv",
                    "Add results, or correct the name",
                )

    def doubles(self) -> None:
        """A primary count may stand once; a second version is an alternative."""
        studies = [
            ((row.study, row.outcome, row.time_days, row.definition, row.severity), row)
            for row in self.dossier.studies
            if row.version == "primary"
        ]
        cohorts = [
            ((row.cohort, row.outcome, row.time_days, row.definition, row.stratum), row)
            for row in self.dossier.cohorts
            if row.version == "primary"
        ]
        for rows in (studies, cohorts):
            seen: set[tuple[object, ...]] = set()
            for key, row in rows:
                if key in seen:
                    self.complain(
                        row,
                        "version",
                        f"{key[0]} {key[1]}",
                        "a primary count stands once for an outcome and time",
                        "Mark the other one `alternative`",
                    )
                seen.add(key)


def crosscheck(
    dossier: Dossier, places: Mapping[int, tuple[str, int]], problems: list[Problem]
) -> None:
    """Add every problem between records to `problems`."""
    checker = _Checker(dossier, places, problems)
    if dossier.sources:
        checker.sources()
        checker.analogies()
    checker.question()
    checker.claims()
    checker.plan()
    checker.doubles()
