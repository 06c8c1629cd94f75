"""What a registry holds about a question as the records that a verdict reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from equipoise.registry.definitions import about, meets, text_column
from equipoise.registry.fields import HALTED
from equipoise.registry.interventions import product_class
from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.evidence import Registration, TrialEvent
from equipoise.vocabulary.registry import ClassFound

if TYPE_CHECKING:
    from equipoise.vocabulary.landscape import LandscapePlan

_EVENT = {"suspended": "suspension", "terminated": "halt", "withdrawn": "withdrawal"}


def registrations_of(
    observations: pl.DataFrame, plan: LandscapePlan, source: str
) -> tuple[Registration, ...]:
    """One record a registration about the question: its first mapped fields and every status."""
    if observations.is_empty():
        return ()
    frame = observations.with_columns(text_column()).filter(about(plan))
    if frame.is_empty():
        return ()
    core = plan.definitions[1] if len(plan.definitions) > 1 else plan.definitions[0]
    ordered = frame.with_columns(meets(core).alias("core")).sort("taken_on", "snapshot", "version")
    made = []
    for _, rows in ordered.group_by("id", maintain_order=True):
        one = _registration(rows.to_dicts(), source)
        if one is not None:
            made.append(one)
    return tuple(made)


def _registration(rows: list[dict[str, object]], source: str) -> Registration | None:
    first = rows[0]
    registered = next((str(row["registered"]) for row in rows if row["registered"]), "")
    if not registered:
        return None
    classes = [ClassFound(**found) for found in first["classes"] or ()]  # type: ignore[attr-defined]
    tissue = "; ".join(found.name for found in classes if found.axis == "tissue")
    drug = next((found.name for found in classes if found.axis == "drug"), "other")
    countries = list(first["countries"] or ()) or [first["country_inferred"]]  # type: ignore[call-overload]
    sizes = [row["planned_size"] for row in rows if row["planned_size"]]
    last = rows[-1]
    return Registration(
        registration=str(first["id"]),
        registry=str(first["registry"]),
        registered=PartialDate.parse(registered),
        product_class=product_class(classes) or drug,
        core="yes" if first["core"] else "no",
        randomised=first["randomised"],  # type: ignore[arg-type]
        controlled=first["controlled"],  # type: ignore[arg-type]
        blinded=first["blinded"],  # type: ignore[arg-type]
        cancelled="yes" if any(row["cancelled"] for row in rows) else "no",
        source=source,
        first_visible=PartialDate.parse(str(min(_seen(row) for row in rows))),
        source_tissue=tissue or None,
        study_type=str(first["study_type"]) or None,
        planned_size=sizes[0] if sizes and isinstance(sizes[0], int) else None,
        phase=str(first["phase"]) or None,
        country=str(countries[0]) if countries[0] else None,
        statuses="; ".join(f"{row['taken_on']}:{row['status']}" for row in rows if row["status"]),
        trial=str(last["trial"]) if last["trial"] else None,
    )


def _seen(row: dict[str, object]) -> str:
    posted = row["posted_last"]
    return min(str(row["taken_on"]), str(posted)) if posted else str(row["taken_on"])


def events_of(
    observations: pl.DataFrame, plan: LandscapePlan, source: str
) -> tuple[TrialEvent, ...]:
    """Halts, suspensions and withdrawals: dated by the first snapshot that shows them."""
    if observations.is_empty():
        return ()
    frame = observations.with_columns(text_column()).filter(about(plan))
    events = []
    for (number,), rows in frame.sort("taken_on", "snapshot").group_by("id", maintain_order=True):
        before = ""
        for row in rows.to_dicts():
            status = "withdrawn" if row["cancelled"] else str(row["status"])
            if status in HALTED and status != before:
                said = row["why_stopped"] or row["cancelled"] or row["status_text"]
                events.append(
                    TrialEvent(
                        event=f"{number}-{status}-{row['taken_on']}",
                        date=PartialDate.parse(str(row["taken_on"])),
                        kind=_EVENT[status],  # type: ignore[arg-type]
                        source=source,
                        first_public=PartialDate.parse(str(row["taken_on"])),
                        confidence="high",
                        registration=str(number),
                        trial=str(row["trial"]) if row["trial"] else None,
                        note=f"as first seen in an export: {said}",
                    )
                )
            before = status
    return tuple(events)
