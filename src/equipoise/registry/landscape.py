"""Registrations counted under each stated definition, as of a date."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from equipoise import methods
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.landscape import CountRow, Landscape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from equipoise.vocabulary.claim import TrialCount
    from equipoise.vocabulary.evidence import Registration

_MSC = frozenset({"MSC"})
_DEFINITIONS: tuple[tuple[str, str, Callable[[Registration], bool]], ...] = (
    ("any", "any cell or cell-derived product", lambda row: True),
    ("core", "stem cells and their products", lambda row: row.core == "yes"),
    ("msc", "mesenchymal stem (stromal) cells", lambda row: row.product_class in _MSC),
)


def landscape(
    registrations: Sequence[Registration], as_of: date, said: TrialCount | None = None
) -> Landscape:
    """Count registrations under each definition, world-wide and in the place the claim names.

    *Registered* counts records whose registration date lies on or before `as_of`, whenever they
    were first exported; *visible* counts those that were also in a registry export by then. What
    is counted are registrations: two may describe one trial.
    """
    rows = [row for row in registrations if row.registered.known(as_of) == "yes"]
    places = [None, said.place] if said and said.place else [None]
    counted = [
        _row(key, name, place, [row for row in rows if keep(row)], as_of)
        for key, name, keep in _DEFINITIONS
        for place in places
    ]
    matches = tuple(
        f"{row.definition}, {row.place or 'world-wide'}, {kind}"
        for row in counted
        for kind, figure in (("registered", row.registered), ("visible", row.visible))
        if said is not None and figure.value == said.n
    )
    sizes = [row.planned_size for row in rows if row.planned_size]
    day = as_of.isoformat()
    statuses = [row.status_on(day) for row in rows]
    return Landscape(
        as_of=as_of,
        registrations=tuple(rows),
        rows=tuple(counted),
        said=said,
        said_matches=matches,
        planned_median=_number("planned_median", statistics.median(sizes), rows) if sizes else None,
        status_known=any(statuses),
        recruiting=_number(
            "recruiting", sum((status or "").lower() == "recruiting" for status in statuses), rows
        )
        if any(statuses)
        else None,
        cancelled=_number("cancelled", sum(row.cancelled == "yes" for row in rows), rows)
        if rows
        else None,
    )


def _row(key: str, name: str, place: str | None, rows: list[Registration], as_of: date) -> CountRow:
    here = [row for row in rows if place is None or row.country == place]
    prefix = f"{key}.{place or 'world'}"
    visible = [row for row in here if row.first_visible and row.first_visible.known(as_of) == "yes"]
    return CountRow(
        definition=name,
        place=place,
        registered=_number(f"{prefix}.registered", len(here), here),
        visible=_number(f"{prefix}.visible", len(visible), here),
        randomised=_number(
            f"{prefix}.randomised", sum(row.randomised == "yes" for row in here), here
        ),
        blinded=_number(f"{prefix}.blinded", sum(row.blinded == "yes" for row in here), here),
    )


def _number(name: str, value: float, rows: Sequence[Registration]) -> Figure:
    return Figure(
        id=f"landscape.{name}",
        value=value,
        shown=f"{value:,g}",
        kind="computed",
        source=rows[0].source if rows else None,
        locator="registrations.csv",
        method=methods.COUNT,
    )
