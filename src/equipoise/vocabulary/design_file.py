"""What ``design.yaml`` says: the parts of a trial's design by name."""

from __future__ import annotations

from dataclasses import field
from itertools import pairwise
from typing import Any, Literal

from equipoise.vocabulary.endpoint import EventsFormula, RateScale, RateTest
from equipoise.vocabulary.question import Direction
from equipoise.vocabulary.record import record
from equipoise.vocabulary.scenario import Survival
from equipoise.vocabulary.trial import Accrual, Allocation, LookBy

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
class TimedLooksSection(LooksSection):
    """The same with what calls a look: its patients, events or information, or a month."""

    by: LookBy | None = None
    months: Numbers | None = None

    def __post_init__(self) -> None:
        LooksSection.__post_init__(self)
        if (self.by == "calendar") != (self.months is not None):
            raise ValueError("looks by calendar need their months, and no others do")
        if self.months is None:
            return
        planned = self.count if self.information is None else len(self.information)
        if len(self.months) != planned:
            raise ValueError(f"{len(self.months)} months are given for {planned} looks")
        if any(before >= after for before, after in pairwise((0.0, *self.months))):
            raise ValueError("the months of the looks must be above 0 and rise")


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
    rho: float | None = None
    gamma: float | None = None
    stratified: bool | None = None


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
class ConditionalPowerSection:
    """Futility where the conditional power is at most this."""

    at_most: float
    trend: Literal["planned", "observed"] = "planned"


@record
class PredictivePowerSection:
    """Futility where the predictive power is at most this; `prior` as mean and deviation."""

    at_most: float
    prior: tuple[float, float] | None = None


@record
class SafetySection:
    """A boundary on the z of adverse events, treatment against control."""

    z: float | Numbers
    name: str = "serious adverse event"
    delay_days: int = 0
    arm: str | None = None


@record
class OwnRuleSection:
    """A rule of one's own, as ``module:function``."""

    function: str
    parameters: Numbers = ()
    instead: bool = False


@record
class RulesSection:
    """Decision rules beside the boundaries, one of each kind.

    In a file their names have spaces, and they may stand in a list.
    """

    conditional_power: ConditionalPowerSection | None = None
    predictive_power: PredictivePowerSection | None = None
    safety: SafetySection | None = None
    own_rule: OwnRuleSection | None = None


@record
class OutcomesSection:
    """A table of patients to draw from, or an outcome model of one's own."""

    table: str | None = None
    function: str | None = None
    parameters: Numbers = ()
    effect: float | None = None

    def __post_init__(self) -> None:
        if (self.table is None) == (self.function is None):
            raise ValueError("outcomes need either a table or a function, not both")
        if self.table is not None:
            _refuse_others(self, "a table", {"parameters", "effect"}, ())


@record
class PriorSection:
    """What each replicate draws: numbers, or distributions as ``beta: [3, 9]``."""

    risks: tuple[Any, ...] | None = None
    means: tuple[Any, ...] | None = None
    hazard_ratio: Any = None


@record
class GridSection:
    """Values whose every combination is a scenario."""

    control: Numbers | None = None
    treatment: Numbers | None = None
    hazard_ratio: Numbers | None = None


@record
class StratumSection:
    """One kind of patient."""

    name: str
    prevalence: float
    risks: Numbers | None = None
    means: Numbers | None = None
    sds: Numbers | None = None
    hazard_ratio: float | Numbers | None = None
    from_months: Numbers = (0.0,)
    survival: tuple[Survival, ...] | None = None
    outcomes: OutcomesSection | None = None


@record
class ScenarioSection:
    """One assumed truth; the names of :class:`equipoise.vocabulary.scenario.Scenario`."""

    risks: Numbers | None = None
    means: Numbers | None = None
    sds: Numbers | None = None
    hazard_ratio: float | Numbers | None = None
    from_months: Numbers = (0.0,)
    survival: tuple[Survival, ...] | None = None
    outcomes: OutcomesSection | None = None
    strata: tuple[StratumSection, ...] = ()
    prior: PriorSection | None = None
    grid: GridSection | None = None
    dropout_per_month: float | Numbers | None = None
    accrual: Accrual | None = None
    time_trend: float = 0.0
    adverse_risks: Numbers | None = None


@record
class DesignFile:
    """A whole ``design.yaml`` that can be sized by itself."""

    arms: tuple[str, ...]
    endpoint: EndpointSection
    assume: AssumeSection
    allocation: Allocation | None = None
    accrual: Accrual | None = None
    follow_up_months: float | None = None
    looks: TimedLooksSection = TimedLooksSection(count=1)
    efficacy: EfficacySection = EfficacySection()
    futility: FutilitySection | None = None
    rules: RulesSection | None = None
    scenarios: dict[str, ScenarioSection] = field(default_factory=dict)
