"""What ``design.yaml`` says: the parts of a trial's design by name."""

from __future__ import annotations

from typing import Literal

from equipoise.vocabulary.question import Direction
from equipoise.vocabulary.record import record
from equipoise.vocabulary.trial import Accrual, Allocation

Boundary = Literal[
    "obrien-fleming", "pocock", "wang-tsiatis", "haybittle-peto", "no-early-efficacy"
]
Numbers = tuple[float, ...]


@record
class LooksSection:
    """How many looks, evenly spaced, or at which information fractions."""

    count: int | None = None
    information: Numbers | None = None

    def __post_init__(self) -> None:
        if (self.count is None) == (self.information is None):
            raise ValueError("looks need either a count or information, not both")


@record
class EfficacySection:
    """A spending function or a boundary, and the type I error: 0.025 unless given."""

    spending: str | None = None
    boundary: Boundary | None = None
    alpha: float | None = None
    sided: int = 1
    gamma: float | None = None
    rho: float | None = None
    parameters: Numbers = ()
    delta: float | None = None
    z: float | None = None

    def __post_init__(self) -> None:
        if self.spending is not None and self.boundary is not None:
            raise ValueError("efficacy takes a spending function or a boundary, not both")


@record
class FutilitySection:
    """A spending function, or boundaries on z, on the effect or on conditional power."""

    spending: str | None = None
    gamma: float | None = None
    rho: float | None = None
    parameters: Numbers = ()
    z: Numbers | None = None
    effect: Numbers | None = None
    conditional_power: Numbers | None = None
    trend: bool = True
    binding: bool = False


@record
class EndpointSection:
    """What is measured; the names of :mod:`equipoise.vocabulary.endpoint`."""

    kind: Literal["binary", "continuous", "time-to-event"]
    name: str = "event"
    better: Direction | None = None
    delay_days: int = 0
    margin: float | None = None
    scale: Literal["difference", "ratio", "odds ratio"] = "difference"
    test: Literal["fisher-exact", "pooled", "unpooled", "score"] | None = None
    formula: Literal["schoenfeld", "freedman", "lachin-foulkes"] = "schoenfeld"
    known_sd: bool = False


@record
class AssumeSection:
    """The truth that the trial is sized for, and its power there."""

    power: float = 0.9
    control: float | None = None
    treatment: float | None = None
    sd: float | Numbers | None = None
    hazard_ratio: float | None = None
    control_median_months: float | None = None
    control_hazard_per_month: float | Numbers | None = None
    from_months: Numbers = (0.0,)
    dropout_per_month: float | Numbers = 0.0


@record
class DesignFile:
    """A whole ``design.yaml`` that can be sized by itself."""

    arms: tuple[str, ...]
    endpoint: EndpointSection
    assume: AssumeSection
    allocation: Allocation = Allocation()
    accrual: Accrual | None = None
    follow_up_months: float | None = None
    looks: LooksSection = LooksSection(count=1)
    efficacy: EfficacySection = EfficacySection()
    futility: FutilitySection | None = None
    scenarios: dict[str, float | Numbers] | None = None
