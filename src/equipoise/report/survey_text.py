"""A landscape in the terminal, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table

from equipoise.registry.survey import one_a_trial

if TYPE_CHECKING:
    from rich.console import Console

    from equipoise.registry.survey import Survey

SCHEMA = "equipoise/landscape/1"


def show_survey(found: Survey, title: str, console: Console) -> None:
    """Print the landscape."""
    for line in lead(found, title):
        console.print(line, markup=False, highlight=False)
    if not found.rows:
        return
    console.print(_counts(found))
    console.print(_steps(found))
    console.print(_pairs("Status on the date (trials)", "status", found.statuses[:10]))
    console.print(_pairs("Countries (trials)", "country", found.countries[:10]))


def lead(found: Survey, title: str) -> list[str]:
    """What the landscape says, in sentences."""
    said = [f"{title}, as of {found.as_of.isoformat()}", _source(found)]
    if not found.rows:
        return [*said, "No registration about the question was registered by that day."]
    trials = one_a_trial(found.rows)
    visible = sum(row.visible_by for row in found.rows)
    said.append(
        f"{len(found.rows):,} registrations by the widest definition, of {len(trials):,} trials; "
        f"{visible:,} of the registrations were visible by then."
    )
    if found.needed is not None:
        steps = next((s for s in found.steps if s.name.startswith("planned for")), None)
        enough = steps.trials if steps else 0
        said.append(
            f"{enough:,} of the randomised trials still standing planned for the {found.needed:,} participants "
            f"that would answer{f' ({found.needed_from})' if found.needed_from else ''}."
        )
    if found.size_median is not None:
        said.append(f"Median planned size {found.size_median:g}.")
    cancelled = sum(row.cancelled for row in found.rows)
    gone = sum(row.vanished for row in found.rows)
    said.append(
        f"{cancelled:,} registrations were marked cancelled in a snapshot by then; {gone:,} had vanished from its "
        f"source's last snapshot; {len(found.overdue):,} trials had ended a year ago or more without posted results."
    )
    return said


def _source(found: Survey) -> str:
    if not found.snapshots:
        return f"From {found.source}."
    some = "snapshot" if found.snapshots == 1 else "snapshots"
    return f"From {found.source}; {found.snapshots} {some} by that day."


def _counts(found: Survey) -> Table:
    table = Table(
        title="Registrations under each definition", title_justify="left", show_header=False
    )
    table.add_column("definition")
    for row in found.counts:
        table.add_row(
            f"{row.definition}, {row.place or 'world-wide'}:\n"
            f"  {row.registered:,} registered, {row.visible:,} visible, {row.trials:,} trials; "
            f"{row.randomised:,} randomised, {row.controlled:,} controlled, {row.blinded:,} blinded, "
            f"{row.cancelled:,} cancelled"
        )
    return table


def _steps(found: Survey) -> Table:
    table = Table(title="From registrations to trials that could answer", title_justify="left")
    table.add_column("of these")
    table.add_column("number", justify="right")
    table.add_column("participants planned", justify="right")
    for step in found.steps:
        table.add_row(step.name, f"{step.trials:,}", f"{step.participants:,}")
    return table


def _pairs(title: str, head: str, pairs: tuple[tuple[str, int], ...]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(head)
    table.add_column("trials", justify="right")
    for name, count in pairs:
        table.add_row(name, f"{count:,}")
    return table


def survey_json(found: Survey, title: str) -> str:
    """The landscape as JSON; see docs/reference/json.md."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "title": title,
        "as_of": found.as_of.isoformat(),
        "source": found.source,
        "snapshots": found.snapshots,
        "definitions": [asdict(definition) for definition in found.plan.definitions],
        "counts": [asdict(row) for row in found.counts],
        "steps": [asdict(step) for step in found.steps],
        "needed": found.needed,
        "needed_from": found.needed_from,
        "size_median": found.size_median,
        "statuses": [{"status": name, "trials": count} for name, count in found.statuses],
        "countries": [{"country": name, "trials": count} for name, count in found.countries],
        "overdue": [row.id for row in found.overdue],
        "registrations": [
            {
                **asdict(row),
                "first_seen": row.first_seen.isoformat() if row.first_seen else None,
                "quality": row.quality,
            }
            for row in found.rows
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def survey_text(found: Survey, title: str) -> str:
    """The landscape as plain text, for a page."""
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    show_survey(found, title, Console(file=out, width=118, color_system=None))
    return out.getvalue()
