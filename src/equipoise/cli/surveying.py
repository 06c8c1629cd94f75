"""Where `equipoise landscape` and `--registry` find registrations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.registry.survey import Survey
    from equipoise.vocabulary.dossier import Dossier
    from equipoise.vocabulary.landscape import LandscapePlan


def day_given(text: str) -> date:
    """A day of the calendar."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        rule = "must be a day in the calendar"
        raise InputError.of("as_of", text, rule, "Write YYYY-MM-DD") from None


def survey_of(dossier: Dossier, day: date, database: Path | None) -> Survey:
    """The dossier's landscape: from a database, its own exports, or its compact table."""
    from equipoise.registry.definitions import plan_for
    from equipoise.registry.survey import rows_of, rows_of_registrations, survey

    plan = plan_for(dossier.question, dossier.landscape)
    plan = replace(plan, place=plan.place or _place(dossier))
    needed, said = _needed(dossier, plan, day)
    found = database or _database(dossier, plan)
    if found is not None:
        from equipoise.store.registry import Registry

        surveyed = Registry(_existing(found)).landscape(plan, day, needed=needed)
        return replace(surveyed, needed_from=said)
    if dossier.registry_files:
        from equipoise.registry.in_memory import observe

        seen, _ = observe(Path(name) for name in dossier.registry_files)
        rows = rows_of(seen, day, plan)
        count = seen.filter(seen["taken_on"] <= day)["snapshot"].n_unique()
        source = f"{len(dossier.registry_files)} exports in the dossier"
    elif dossier.registrations:
        rows, count = rows_of_registrations(dossier.registrations, day, plan), 0
        source = "the dossier's registrations.csv"
    else:
        raise InputError.of(
            "dossier", dossier.path, "has no registrations",
            "Give --registry, a database in landscape.yaml, a folder registry or registrations.csv",
        )  # fmt: skip
    return survey(rows, day, plan, source=source, needed=needed, needed_from=said, snapshots=count)


def with_registry(dossier: Dossier, database: Path) -> Dossier:
    """The dossier with its registrations and trial events taken from a registry database."""
    from equipoise.registry.as_registrations import events_of, registrations_of
    from equipoise.registry.definitions import plan_for
    from equipoise.store.registry import Registry
    from equipoise.vocabulary.dates import PartialDate
    from equipoise.vocabulary.source import Source

    plan = plan_for(dossier.question, dossier.landscape)
    seen = Registry(_existing(database)).observations(plan)
    source = plan.source or "registry"
    sources = dossier.sources
    if source not in sources:
        note = f"Registry database {database.name}"
        sources = {
            **sources,
            source: Source(
                id=source, citation=note, kind="registry", first_public=PartialDate(2000)
            ),
        }
    return replace(
        dossier,
        sources=sources,
        registrations=registrations_of(seen, plan, source),
        events=(*dossier.events, *events_of(seen, plan, source)),
    )


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError.of("registry", str(path), "must be a registry database", "Load one first")
    return path


def _database(dossier: Dossier, plan: LandscapePlan) -> Path | None:
    return Path(dossier.path) / plan.database if plan.database else None


def _place(dossier: Dossier) -> str | None:
    return next((c.trial_count.place for c in dossier.claims if c.trial_count), None)


def _needed(dossier: Dossier, plan: LandscapePlan, day: date) -> tuple[int | None, str]:
    from equipoise.vocabulary.dossier import known

    if plan.needed is not None:
        return plan.needed, "as landscape.yaml says"
    if dossier.plan is None:
        return None, ""
    from equipoise.assess.trial import size_that_answers

    sized = size_that_answers(dossier.plan, dossier.question, known(dossier.cohorts, day))
    return sized or (None, "")
