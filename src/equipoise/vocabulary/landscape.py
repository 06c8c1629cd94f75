"""How many trials are registered, under each stated definition."""

from __future__ import annotations

from datetime import date

from equipoise.vocabulary.claim import TrialCount
from equipoise.vocabulary.evidence import Registration
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.record import record


@record
class CountRow:
    """Registrations under one definition: registered by the date, visible by the date."""

    definition: str
    place: str | None
    registered: Figure
    visible: Figure
    randomised: Figure
    blinded: Figure


@record
class Landscape:
    """The registrations known on a date, counted; records are registrations, not trials."""

    as_of: date
    registrations: tuple[Registration, ...]
    rows: tuple[CountRow, ...]
    said: TrialCount | None
    said_matches: tuple[str, ...]
    planned_median: Figure | None
    status_known: bool
    recruiting: Figure | None
    cancelled: Figure | None
