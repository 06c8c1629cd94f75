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


@record
class TherapyDefinition:
    """What counts as the therapy: classes of the vocabulary, or words; any of them suffices."""

    name: str
    product: tuple[str, ...] = ()
    drug: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.product or self.drug or self.words):
            raise ValueError("give product, drug or words")


@record
class LandscapePlan:
    """What ``landscape.yaml`` says: which registrations are about the question.

    The first definition is the widest; `condition` are words of which a title or condition
    must have one; `database` is a registry database, its path relative to the dossier.
    """

    definitions: tuple[TherapyDefinition, ...] = ()
    condition: tuple[str, ...] = ()
    place: str | None = None
    needed: int | None = None
    database: str | None = None
    source: str | None = None
