"""The question: who, what, against what, and which difference matters."""

from __future__ import annotations

from typing import Literal

from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.record import record

Direction = Literal["lower", "higher"]
TimeBasis = Literal[
    "fixed-day", "in-hospital", "to-resolution", "to-cut-off", "longest", "unstated"
]


@record
class SmallestDifference:
    """The smallest difference that matters, as an absolute risk difference in (0, 1)."""

    risk_difference: float
    reason: str
    set_on: PartialDate

    def __post_init__(self) -> None:
        if not 0 < self.risk_difference < 1:
            raise ValueError("risk_difference must lie strictly between 0 and 1")


@record
class Outcome:
    """An outcome of the question, and which way is better.

    `measure` is how studies of it are compared; `control_risks` are the risks at which the effect
    is shown in absolute terms.
    """

    id: str
    name: str
    better: Direction
    time_days: int | None = None
    primary: bool = False
    surrogate: bool = False
    smallest_difference: SmallestDifference | None = None
    measure: Literal["RR", "OR", "RD"] = "RR"
    control_risks: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not all(0 < risk < 1 for risk in self.control_risks):
            raise ValueError("control_risks must lie strictly between 0 and 1")


@record
class Estimand:
    """The five attributes of the effect to be estimated (ICH E9(R1), 2019, section A.3)."""

    treatment: str
    population: str
    variable: str
    intercurrent_events: str
    summary: str


@record
class Question:
    """What the dossier asks: population, intervention, comparator and outcomes.

    `subgroups` are values of the studies' `severity` for which the evidence is also given apart.
    """

    title: str
    population: str
    intervention: str
    comparator: str
    outcomes: tuple[Outcome, ...]
    estimand: Estimand
    subgroups: tuple[str, ...] = ()

    @property
    def primary(self) -> Outcome:
        """The primary outcome; the reader makes sure that there is exactly one."""
        return next(outcome for outcome in self.outcomes if outcome.primary)

    def outcome(self, key: str) -> Outcome:
        """The outcome with id `key`; KeyError where there is none."""
        for outcome in self.outcomes:
            if outcome.id == key:
                return outcome
        raise KeyError(key)
