"""What ``design.yaml`` says: the parts of a trial's design by name."""

from __future__ import annotations

from typing import Literal

from equipoise.vocabulary.endpoint import EventsFormula, RateScale, RateTest
from equipoise.vocabulary.question import Direction
from equipoise.vocabulary.record import record
from equipoise.vocabulary.trial import Accrual, Allocation

Boundary = Literal[
    "obrien-fleming", "pocock", "wang-tsiatis", "haybittle-peto", "no-early-efficacy"
]
Numbers = tuple[float, ...]

_OF_SPENDING = ("gamma", "rho", "parameters")
_OF_BOUNDARY: dict[str, tuple[str, ...]] = {"wang-tsiatis": ("delta",), "haybittle-peto": ("z",)}
_OF_FUTILITY: dict[str, tuple[str, ...]] = {
    "spending": (*_OF_SPENDING, "under", "total"),
    "z": (),
    "effect": (),
    "conditional_power": ("trend",),
}


def _refuse_others(section: object, what: str, names: set[str], takes: tuple[str, ...]) -> None:
    """ValueError where the section gives one of `names` that `what` does not take."""
    given = sorted(n for n in names - {*takes} if getattr(section, n) not in (None, ()))
    if given:
        verb = "is" if len(given) == 1 else "are"
        allowed = ", ".join(takes) or "no parameter"
        raise ValueError(f"{' and '.join(given)} {verb} given, but {what} takes {allowed}")


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
        if self.boundary is not None:
            what = f"the {self.boundary} boundary"
            takes = _OF_BOUNDARY.get(self.boundary, ())
        elif self.spending is not None:
            what, takes = "a spending function", _OF_SPENDING
        else:
            what, takes = "efficacy without a spending function or a boundary", ()
        _refuse_others(self, what, {*_OF_SPENDING, "delta", "z"}, takes)


@record
class FutilitySection:
    """A spending function, or boundaries on z, on the effect or on conditional power.

    A spending function spends the type II error, or, `under` "no effect", a probability of `total`.
    """

    spending: str | None = None
    gamma: float | None = None
    rho: float | None = None
    parameters: Numbers = ()
    z: Numbers | None = None
    effect: Numbers | None = None
    conditional_power: Numbers | None = None
    trend: bool | None = None
    binding: bool = False
    under: Literal["planned effect", "no effect"] | None = None
    total: float | None = None

    def __post_init__(self) -> None:
        given = [name for name in _OF_FUTILITY if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"futility takes exactly one of {', '.join(_OF_FUTILITY)}, "
                f"not {' and '.join(given) or 'none'}"
            )
        others = {name for names in _OF_FUTILITY.values() for name in names}
        _refuse_others(self, f"futility by {given[0]}", others, _OF_FUTILITY[given[0]])
        if self.under == "no effect" and self.total is None:
            raise ValueError("futility spent under no effect needs the total to spend")


@record
class EndpointSection:
    """What is measured; the names of :mod:`equipoise.vocabulary.endpoint`.

    None: as the endpoint has it. `equipoise.design.from_file` knows which keys are of which kind.
    """

    kind: Literal["binary", "continuous", "time-to-event"]
    name: str = "event"
    better: Direction | None = None
    delay_days: int | None = None
    margin: float | None = None
    scale: RateScale | None = None
    test: RateTest | None = None
    formula: EventsFormula | None = None
    known_sd: bool | None = None


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
    from_months: Numbers | None = None
    dropout_per_month: float | Numbers | None = None


@record
class DesignFile:
    """A whole ``design.yaml`` that can be sized by itself."""

    arms: tuple[str, ...]
    endpoint: EndpointSection
    assume: AssumeSection
    allocation: Allocation | None = None
    accrual: Accrual | None = None
    follow_up_months: float | None = None
    looks: LooksSection = LooksSection(count=1)
    efficacy: EfficacySection = EfficacySection()
    futility: FutilitySection | None = None
    scenarios: dict[str, float | Numbers] | None = None
