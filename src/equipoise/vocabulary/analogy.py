"""Another disease or population whose results are offered as evidence about this one."""

from __future__ import annotations

from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.question import Direction
from equipoise.vocabulary.record import record
from equipoise.vocabulary.source import Confidence


@record
class AnalogyResult:
    """One randomised comparison of the other field, as risks of patients in each arm.

    Risks as printed, a percentage over 100, with the arms' sizes: where counts were not seen they
    are worked out from both. `confidence` low keeps it out of every number.
    """

    study: str
    label: str
    source: str
    first_public: PartialDate
    risk_treatment: float
    n_treatment: int
    risk_control: float
    n_control: int
    read_in: str | None = None
    locator: str | None = None
    confidence: Confidence = "high"
    note: str | None = None

    def __post_init__(self) -> None:
        for name in ("risk_treatment", "risk_control"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1]")
        for name in ("n_treatment", "n_control"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more")


@record
class Analogy:
    """What another field's randomised results would say of the primary outcome, and how far.

    `population` names it. Where `results` is empty, the results are those of studies.csv that are
    indirect, randomised, of this population and on the primary outcome. `better` says which way
    the results' risks are good. `carries_over` is what has to be believed; `weights` are those
    shown, none of which enters a rating.
    """

    id: str
    label: str
    population: str
    carries_over: str
    better: Direction = "lower"
    results: tuple[AnalogyResult, ...] = ()
    weights: tuple[float, ...] = (0.1, 0.25, 0.5, 1.0)
    weight_reason: str | None = None
    set_on: PartialDate | None = None

    def __post_init__(self) -> None:
        if not self.weights or not all(0 <= weight <= 1 for weight in self.weights):
            raise ValueError("weights must lie in [0, 1], and be at least one")
