"""The dossier: a folder's records, as read."""

from __future__ import annotations

from datetime import date
from typing import Literal, Protocol, TypeVar

from equipoise.vocabulary.analogy import Analogy
from equipoise.vocabulary.claim import Claim
from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.design_file import EfficacySection, FutilitySection, LooksSection
from equipoise.vocabulary.evidence import (
    Cohort,
    Judgement,
    Registration,
    StudyResult,
    TrialEvent,
)
from equipoise.vocabulary.landscape import LandscapePlan
from equipoise.vocabulary.question import Question
from equipoise.vocabulary.record import record
from equipoise.vocabulary.source import Source
from equipoise.vocabulary.trial import Accrual, FixedSample


class Dated(Protocol):
    """Anything with a day on which it was first public."""

    @property
    def first_public(self) -> PartialDate:
        """The earliest day on which the fact could be read."""
        ...


Fact = TypeVar("Fact", bound=Dated)


@record
class AssumeControl:
    """Where the control risk comes from: a number, or the cohorts of a stratum."""

    stratum: str | None = None
    risk: float | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.stratum is None) == (self.risk is None):
            raise ValueError("control needs either a stratum or a risk, not both")
        if self.risk is not None and not 0 < self.risk < 1:
            raise ValueError("risk must lie strictly between 0 and 1")


@record
class DecisivePlan:
    """An assumed untreated rate against which a claim as strong as the dossier's is sized."""

    outcome: str
    untreated: float
    reason: str

    def __post_init__(self) -> None:
        if not 0 < self.untreated < 1:
            raise ValueError("untreated must lie strictly between 0 and 1")


@record
class TrialPlan:
    """What ``design.yaml`` says of the trial to be proposed; its size follows from the facts.

    Unless it says otherwise it looks at 50%, 75% and all of the information, with
    O'Brien-Fleming-type spending and non-binding futility.
    """

    arms: tuple[str, str]
    outcome: str
    control: AssumeControl
    accrual: Accrual
    alpha: float = 0.025
    power: float = 0.9
    test: Literal["fisher-exact"] = "fisher-exact"
    looks: LooksSection = LooksSection(information=(0.5, 0.75, 1.0))
    efficacy: EfficacySection = EfficacySection(spending="obrien-fleming")
    futility: FutilitySection | None = FutilitySection(spending="hwang-shih-decani", gamma=-2.0)
    replicates: int = 1_000_000
    seed: int = 1
    decisive: DecisivePlan | None = None

    def __post_init__(self) -> None:
        FixedSample(alpha=self.alpha, power=self.power)
        if self.efficacy.alpha not in (None, self.alpha) or self.efficacy.sided != 1:
            raise ValueError("efficacy's alpha is the trial's `alpha`, one-sided: state it there")
        if self.replicates < 1:
            raise ValueError("replicates must be 1 or more")
        if not 0 <= self.seed < 2**64:
            raise ValueError("seed must lie in [0, 2**64)")


@record
class Dossier:
    """All facts about one question, each with its source and the day it was first public."""

    path: str
    fingerprint: str
    question: Question
    sources: dict[str, Source]
    claims: tuple[Claim, ...]
    studies: tuple[StudyResult, ...]
    cohorts: tuple[Cohort, ...]
    events: tuple[TrialEvent, ...]
    registrations: tuple[Registration, ...]
    judgements: tuple[Judgement, ...]
    plan: TrialPlan | None
    analogies: tuple[Analogy, ...] = ()
    landscape: LandscapePlan | None = None
    registry_files: tuple[str, ...] = ()


def known(facts: tuple[Fact, ...], as_of: date, *, maybe: bool = False) -> tuple[Fact, ...]:
    """The facts that were public on `as_of`; with `maybe`, those that may have been, too."""
    wanted = {"yes", "maybe"} if maybe else {"yes"}
    return tuple(fact for fact in facts if fact.first_public.known(as_of) in wanted)


def maybe_known(facts: tuple[Fact, ...], as_of: date) -> tuple[Fact, ...]:
    """The facts whose date is too coarse to say whether they were public on `as_of`."""
    return tuple(fact for fact in facts if fact.first_public.known(as_of) == "maybe")
