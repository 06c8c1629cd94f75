"""The landscape of a therapy on a date: how many registrations, of how many trials, good for what."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Literal

import polars as pl

from equipoise.registry import as_of as asking
from equipoise.registry.definitions import about, meets, text_column
from equipoise.registry.fields import HALTED
from equipoise.registry.interventions import product_class
from equipoise.vocabulary.record import record
from equipoise.vocabulary.registry import ClassFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from equipoise.vocabulary.evidence import Registration
    from equipoise.vocabulary.landscape import LandscapePlan

Quality = Literal[
    "randomised and blinded",
    "randomised",
    "controlled only",
    "no control",
    "not said",
    "observational",
]
QUALITIES: tuple[Quality, ...] = (
    "randomised and blinded", "randomised", "controlled only", "no control", "not said", "observational",
)  # fmt: skip
REPORT_WITHIN_DAYS = 365


@record
class SurveyRow:
    """One registration as the landscape counts it."""

    id: str
    registry: str
    trial: str
    title: str
    registered: str
    registered_by: bool
    visible_by: bool
    first_seen: date | None
    vanished: bool
    definitions: tuple[str, ...]
    product: str
    matched: str
    interventional: bool
    randomised: str
    controlled: str
    blinded: str
    phase: str
    size: int | None
    status_on: str
    cancelled: bool
    countries: tuple[str, ...]
    completion: str
    results: str
    url: str = ""

    @property
    def quality(self) -> Quality:
        """What the design could tell, by what the registration says."""
        if not self.interventional:
            return "observational"
        if self.randomised == "yes":
            return "randomised and blinded" if self.blinded == "yes" else "randomised"
        if self.controlled == "yes":
            return "controlled only"
        return "no control" if self.controlled == "no" else "not said"

    @property
    def stopped(self) -> bool:
        """Cancelled, withdrawn, suspended or terminated, as known on the date."""
        return self.cancelled or self.status_on in HALTED


@record
class Count:
    """Registrations and trials under one definition in one place."""

    definition: str
    place: str | None
    registered: int
    visible: int
    trials: int
    interventional: int
    randomised: int
    controlled: int
    blinded: int
    cancelled: int


@record
class Step:
    """One narrowing from registrations to trials that could answer."""

    name: str
    trials: int
    participants: int


@record
class Survey:
    """A therapy's landscape, as of a date."""

    as_of: date
    source: str
    plan: LandscapePlan
    rows: tuple[SurveyRow, ...]
    counts: tuple[Count, ...]
    steps: tuple[Step, ...]
    needed: int | None
    needed_from: str
    statuses: tuple[tuple[str, int], ...]
    countries: tuple[tuple[str, int], ...]
    overdue: tuple[SurveyRow, ...]
    snapshots: int

    @property
    def size_median(self) -> float | None:
        """Median planned size of trials that give one."""
        sizes = [row.size for row in one_a_trial(self.rows) if row.size]
        return statistics.median(sizes) if sizes else None


def rows_of(observations: pl.DataFrame, day: date, plan: LandscapePlan) -> tuple[SurveyRow, ...]:
    """The registrations about a question, as known on a day.

    `observations` has one row a version and snapshot with a record's mapped columns, ``taken_on``,
    ``snapshot``, ``snapshot_source``, ``trial``, ``registered_last`` and ``posted_last``.
    """
    if observations.is_empty():
        return ()
    frame = observations.with_columns(text_column()).filter(about(plan))
    stands = asking.standing(frame, day)
    marked = [
        meets(definition).alias(f"meets_{i}") for i, definition in enumerate(plan.definitions)
    ]
    chosen = stands.join(
        frame.unique("version", keep="first")
        .with_columns(marked)
        .drop("id", "status", "registered_last", "posted_last", "taken_on"),
        on="version",
        how="left",
    )
    return tuple(_row(values, plan, day) for values in chosen.sort("registered", "id").to_dicts())


def _row(values: dict[str, object], plan: LandscapePlan, day: date) -> SurveyRow:
    classes = [ClassFound(**found) for found in values["classes"] or ()]  # type: ignore[attr-defined]
    product = product_class(classes)
    matched = next((c.text for c in classes if c.axis == "product" and c.name == product), "")
    if not matched:
        matched = next((c.text for c in classes if c.axis == "drug"), "")
    seen = values["status_on"] is not None
    get = lambda name: str(values[name] or "")  # noqa: E731
    planned = values["planned_size"] or values["actual_size"]
    results = get("results_posted")
    return SurveyRow(
        id=get("id"),
        registry=get("registry"),
        trial=get("trial") or get("key"),
        title=get("public_title") or get("scientific_title"),
        registered=get("registered"),
        registered_by=bool(values["registered_by"]),
        visible_by=bool(values["visible_by"]),
        first_seen=values["first_seen"] if isinstance(values["first_seen"], date) else None,
        vanished=bool(values["vanished"]),
        definitions=tuple(
            definition.name for i, definition in enumerate(plan.definitions) if values[f"meets_{i}"]
        ),
        product=product,
        matched=matched,
        interventional=get("study_type").startswith(("intervention", "expanded", "treatment")),
        randomised=get("randomised"),
        controlled=get("controlled"),
        blinded=get("blinded"),
        phase=get("phase"),
        size=planned if isinstance(planned, int) else None,
        status_on=get("status_on"),
        cancelled=bool(get("cancelled")) and seen,
        countries=_countries(values),
        completion=get("primary_completion") or get("completion"),
        results="yes"
        if (results and results <= day.isoformat()) or values["has_results"] == "yes"
        else "no",
        url=get("url"),
    )


def _countries(values: dict[str, object]) -> tuple[str, ...]:
    listed, inferred = values["countries"], values["country_inferred"]
    if isinstance(listed, list) and listed:
        return tuple(str(name) for name in listed)
    return (str(inferred),) if inferred else ()


def rows_of_registrations(
    registrations: Sequence[Registration], day: date, plan: LandscapePlan
) -> tuple[SurveyRow, ...]:
    """The same from a dossier's ``registrations.csv``."""
    rows = []
    for r in registrations:
        met = tuple(d.name for d in plan.definitions if r.product_class in d.product)
        if not met and plan.definitions:
            continue
        seen = r.first_visible is not None and r.first_visible.last_day <= day
        rows.append(
            SurveyRow(
                id=r.registration,
                registry=r.registry,
                trial=r.trial or r.registration,
                title="",
                registered=str(r.registered),
                registered_by=r.registered.known(day) == "yes",
                visible_by=seen,
                first_seen=r.first_visible.last_day if r.first_visible else None,
                vanished=False,
                definitions=met,
                product=r.product_class,
                matched="",
                interventional=not (r.study_type or "").lower().startswith("observ"),
                randomised=r.randomised,
                controlled=r.controlled,
                blinded=r.blinded,
                phase=r.phase or "",
                size=r.planned_size,
                status_on=_status_by(r, day),
                cancelled=r.cancelled == "yes" and seen,
                countries=(r.country,) if r.country else (),
                completion="",
                results="unclear",
            )
        )
    return tuple(rows)


def _status_by(registration: Registration, day: date) -> str:
    """The last recorded status by a day; a month counts from its end."""
    from equipoise.vocabulary.dates import PartialDate

    last = ""
    for pair in (registration.statuses or "").split(";"):
        when, _, status = pair.strip().partition(":")
        if when and status and PartialDate.parse(when).last_day <= day:
            last = status.lower()
    return last


def survey(
    rows: Iterable[SurveyRow],
    day: date,
    plan: LandscapePlan,
    *,
    source: str,
    needed: int | None = None,
    needed_from: str = "",
    snapshots: int = 0,
) -> Survey:
    """Count registrations and trials registered by a day, under each definition.

    Parameters
    ----------
    needed : int, optional
        Participants of a trial that would answer the question.
    """
    known = tuple(row for row in rows if row.registered_by)
    trials = one_a_trial(known)
    places = [None, plan.place] if plan.place else [None]
    return Survey(
        as_of=day,
        source=source,
        plan=plan,
        rows=known,
        counts=tuple(_count(d.name, place, known) for d in plan.definitions for place in places),
        steps=_steps(known, trials, needed),
        needed=needed,
        needed_from=needed_from,
        statuses=tuple(Counter(row.status_on or "not known" for row in trials).most_common()),
        countries=tuple(
            Counter(c for row in trials for c in row.countries or ("not said",)).most_common()
        ),
        overdue=tuple(row for row in trials if _overdue(row, day)),
        snapshots=snapshots,
    )


def one_a_trial(rows: Sequence[SurveyRow]) -> tuple[SurveyRow, ...]:
    """One row a trial: the registration that says most of its design stands for it."""
    best: dict[str, SurveyRow] = {}
    for row in rows:
        held = best.get(row.trial)
        if held is None or _says(row) > _says(held):
            best[row.trial] = row
    return tuple(best.values())


def _says(row: SurveyRow) -> tuple[int, int]:
    answers = (row.randomised, row.controlled, row.blinded)
    return sum(answer != "unclear" for answer in answers), row.size or 0


def _count(definition: str, place: str | None, rows: Sequence[SurveyRow]) -> Count:
    here = [
        row
        for row in rows
        if definition in row.definitions and (place is None or place in row.countries)
    ]
    return Count(
        definition=definition,
        place=place,
        registered=len(here),
        visible=sum(row.visible_by for row in here),
        trials=len({row.trial for row in here}),
        interventional=sum(row.interventional for row in here),
        randomised=sum(row.randomised == "yes" for row in here),
        controlled=sum(row.controlled == "yes" for row in here),
        blinded=sum(row.blinded == "yes" for row in here),
        cancelled=sum(row.cancelled for row in here),
    )


def _steps(
    rows: Sequence[SurveyRow], trials: Sequence[SurveyRow], needed: int | None
) -> tuple[Step, ...]:
    steps = [
        Step(
            name="registrations", trials=len(rows), participants=sum(row.size or 0 for row in rows)
        ),
        _step("trials, each counted once", trials),
    ]
    left = list(trials)
    tests = [
        ("interventional", lambda row: row.interventional),
        ("not cancelled, withdrawn, suspended or terminated", lambda row: not row.stopped),
        ("with a control group", lambda row: row.controlled == "yes"),
        ("randomised", lambda row: row.randomised == "yes"),
    ]
    if needed is not None:
        tests.append(
            (f"planned for at least {needed:,} participants", lambda row: (row.size or 0) >= needed)
        )
    tests.append(("blinded", lambda row: row.blinded == "yes"))
    for name, test in tests:
        left = [row for row in left if test(row)]
        steps.append(_step(name, left))
    return tuple(steps)


def _step(name: str, rows: Sequence[SurveyRow]) -> Step:
    return Step(name=name, trials=len(rows), participants=sum(row.size or 0 for row in rows))


def _overdue(row: SurveyRow, day: date) -> bool:
    """Completed a year ago or more, by its own dates, and no results are posted."""
    from equipoise.vocabulary.dates import PartialDate

    if row.results != "no" or not row.completion or row.stopped:
        return False
    return (day - PartialDate.parse(row.completion).last_day).days > REPORT_WITHIN_DAYS
