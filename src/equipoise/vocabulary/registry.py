"""One registry record as it stood in one export: mapped fields, as precise as they were written."""

from __future__ import annotations

from typing import Literal, NamedTuple

from equipoise.vocabulary.record import record

YesNoUnclear = Literal["yes", "no", "unclear"]


class OtherId(NamedTuple):
    """Another number that a record carries, and the field in which it stands."""

    number: str
    registry: str
    key: str
    field: str


class Arm(NamedTuple):
    """One arm as registered."""

    label: str
    kind: str
    description: str


class Intervention(NamedTuple):
    """One intervention as registered."""

    kind: str
    name: str
    description: str


class ClassFound(NamedTuple):
    """An intervention class, the words that named it and the field in which they stand."""

    axis: str
    name: str
    text: str
    field: str


class Note(NamedTuple):
    """What was mended or is doubtful in one field."""

    field: str
    seen: str
    note: str


@record
class RegistryRecord:
    """One registration, mapped.

    Dates are partial ISO texts (``2020``, ``2020-03``, ``2020-03-25``), empty where not given.
    Sizes are None where not given. `registered` is the day on which the registry says that the
    record was first submitted or registered; `posted` the day on which it was first public, where
    the registry says so.
    """

    id: str
    registry: str
    key: str
    source: str
    public_title: str = ""
    scientific_title: str = ""
    acronym: str = ""
    conditions: tuple[str, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    arms: tuple[Arm, ...] = ()
    study_type: str = ""
    design: str = ""
    randomised: YesNoUnclear = "unclear"
    randomised_evidence: str = ""
    randomised_rule: str = ""
    controlled: YesNoUnclear = "unclear"
    controlled_evidence: str = ""
    controlled_rule: str = ""
    blinded: YesNoUnclear = "unclear"
    blinded_evidence: str = ""
    blinded_rule: str = ""
    phase: str = ""
    planned_size: int | None = None
    actual_size: int | None = None
    status: str = ""
    status_text: str = ""
    why_stopped: str = ""
    cancelled: str = ""
    registered: str = ""
    posted: str = ""
    started: str = ""
    primary_completion: str = ""
    completion: str = ""
    results_posted: str = ""
    updated: str = ""
    retrospective: str = ""
    has_results: YesNoUnclear = "unclear"
    countries: tuple[str, ...] = ()
    country_inferred: str = ""
    sponsor: str = ""
    collaborators: tuple[str, ...] = ()
    primary_outcomes: tuple[str, ...] = ()
    secondary_outcomes: tuple[str, ...] = ()
    sex: str = ""
    age_min: str = ""
    age_max: str = ""
    summary: str = ""
    url: str = ""
    other_ids: tuple[OtherId, ...] = ()
    classes: tuple[ClassFound, ...] = ()
    notes: tuple[Note, ...] = ()
