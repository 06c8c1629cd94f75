"""Reported results of studies, and what happened without the treatment."""

from __future__ import annotations

import re
from typing import Literal, Protocol

from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.question import TimeBasis
from equipoise.vocabulary.record import record
from equipoise.vocabulary.source import Confidence, Version
from equipoise.wording import out_of

YesNoUnclear = Literal["yes", "no", "unclear"]


class _Read(Protocol):
    """A row of a table that says where it was read."""

    @property
    def source(self) -> str: ...
    @property
    def read_in(self) -> str | None: ...
    @property
    def locator(self) -> str | None: ...
    @property
    def confidence(self) -> Confidence: ...
    @property
    def note(self) -> str | None: ...


def _reported(key: str, row: _Read, value: str | tuple[float, ...], shown: str) -> Figure:
    return Figure(
        id=key,
        value=value,
        shown=shown,
        kind="reported",
        source=row.source,
        read_in=row.read_in,
        locator=row.locator,
        confidence=row.confidence,
        note=row.note,
    )


def _check_count(events: int | None, n: int | None, arm: str) -> None:
    if n is not None and n < 0:
        raise ValueError(f"n{arm} must be 0 or more")
    if events is not None:
        if n is None:
            raise ValueError(f"events{arm} needs n{arm}")
        if not 0 <= events <= n:
            raise ValueError(f"events{arm} must lie between 0 and n{arm}")


@record
class StudyResult:
    """One study's result on one outcome at one time point; an unknown count is None."""

    study: str
    label: str
    source: str
    first_public: PartialDate
    population: str
    directness: Literal["direct", "indirect"]
    design: Literal["parallel", "single-arm", "case-report", "matched"]
    randomised: YesNoUnclear
    blinding: Literal["double-blind", "single-blind", "open-label", "unclear"]
    intervention: str
    outcome: str
    time_basis: TimeBasis
    confidence: Confidence
    version: Version
    read_in: str | None = None
    locator: str | None = None
    product: str | None = None
    dose: str | None = None
    severity: str | None = None
    control: str | None = None
    registration: str | None = None
    definition: str | None = None
    time_days: int | None = None
    n_treatment: int | None = None
    events_treatment: int | None = None
    n_control: int | None = None
    events_control: int | None = None
    reported: str | None = None
    set_aside: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        _check_count(self.events_treatment, self.n_treatment, "_treatment")
        _check_count(self.events_control, self.n_control, "_control")

    @property
    def key(self) -> str:
        """What tells this result apart from every other in the dossier."""
        group = re.sub(r"[^a-z0-9]+", "-", (self.severity or "all").lower()).strip("-")
        when = self.time_days if self.time_days is not None else self.time_basis
        parts = ("study", self.study, self.outcome, when, group)
        key = ".".join(str(part) for part in parts)
        return key if self.version == "primary" else f"{key}.alternative"

    @property
    def controlled(self) -> bool:
        """Compared at once with a control, not known to be without randomisation, not set aside."""
        return self.design == "parallel" and self.randomised != "no" and self.set_aside is None

    def answers(self, outcome: str) -> bool:
        """A controlled result on this outcome of the treatment itself."""
        return self.controlled and self.directness == "direct" and self.outcome == outcome

    @property
    def counted(self) -> bool:
        """Both arms' counts are known."""
        return self.events_treatment is not None and self.events_control is not None

    def count(self, arm: Literal["treatment", "control"]) -> Figure | None:
        """Events and patients of an arm, and where they were read; None where unknown."""
        if arm == "treatment":
            events, n = self.events_treatment, self.n_treatment
        else:
            events, n = self.events_control, self.n_control
        if events is None or n is None:
            return None
        return _reported(f"{self.key}.{arm}", self, (events, n), out_of(events, n))

    @property
    def in_words(self) -> Figure | None:
        """How the source states the result where it gives no counts."""
        if self.reported is None:
            return None
        return _reported(f"{self.key}.reported", self, self.reported, self.reported)


@record
class Cohort:
    """What happened, on one outcome, to patients who did not get the treatment."""

    cohort: str
    label: str
    source: str
    first_public: PartialDate
    population: str
    stratum: str
    outcome: str
    time_basis: TimeBasis
    confidence: Confidence
    version: Version
    read_in: str | None = None
    locator: str | None = None
    care: str | None = None
    definition: str | None = None
    time_days: int | None = None
    n: int | None = None
    events: int | None = None
    person_days: float | None = None
    selection: str | None = None
    set_aside: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        _check_count(self.events, self.n, "")

    @property
    def key(self) -> str:
        """What tells this count apart from every other in the dossier."""
        when = self.time_days if self.time_days is not None else self.time_basis
        parts = ("cohort", self.cohort, self.outcome, self.stratum, when, self.version)
        return ".".join(str(part) for part in parts)

    @property
    def count(self) -> Figure | None:
        """Events and patients, and where they were read; None where unknown."""
        if self.events is None or self.n is None:
            return None
        return _reported(self.key, self, (self.events, self.n), out_of(self.events, self.n))


@record
class TrialEvent:
    """A dated happening that bears on a trial or a treatment."""

    event: str
    date: PartialDate
    kind: Literal[
        "halt",
        "suspension",
        "withdrawal",
        "protocol-change",
        "futility",
        "completion",
        "regulatory",
        "guideline",
    ]
    source: str
    first_public: PartialDate
    confidence: Confidence
    trial: str | None = None
    registration: str | None = None
    read_in: str | None = None
    locator: str | None = None
    note: str | None = None


@record
class Registration:
    """One registry record, coded. `statuses` holds dated pairs: ``2020-03-25:Recruiting``."""

    registration: str
    registry: str
    registered: PartialDate
    product_class: str
    core: YesNoUnclear
    randomised: YesNoUnclear
    controlled: YesNoUnclear
    blinded: YesNoUnclear
    cancelled: YesNoUnclear
    source: str
    first_visible: PartialDate | None = None
    source_tissue: str | None = None
    study_type: str | None = None
    planned_size: int | None = None
    phase: str | None = None
    country: str | None = None
    statuses: str | None = None
    trial: str | None = None

    def status_on(self, day: str) -> str | None:
        """The recorded status on exactly that day (ISO); None where it is unknown."""
        for pair in (self.statuses or "").split(";"):
            when, _, status = pair.strip().partition(":")
            if when == day:
                return status
        return None


@record
class Judgement:
    """A person's signed and dated judgement on one domain of one study or claim."""

    about: str
    domain: Literal["risk of bias", "selective reporting", "indirectness"]
    level: Literal["low", "some concerns", "high", "critical"]
    reason: str
    judged_by: str
    judged_on: PartialDate
