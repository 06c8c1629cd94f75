"""A design and the truths it may meet."""

from __future__ import annotations

from equipoise.errors import InputError
from equipoise.vocabulary.question import Direction
from equipoise.vocabulary.record import record


def _probability(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise InputError.of(
            name, value, "must lie strictly between 0 and 1", "Give a risk, such as 0.25"
        )


@record
class Scenario:
    """One assumed truth: the event risk of each arm, control first."""

    name: str
    risks: tuple[float, float]

    def __post_init__(self) -> None:
        for risk in self.risks:
            if not 0 <= risk <= 1:
                raise InputError.of(
                    "risks", risk, "must lie between 0 and 1", "Give each arm's risk as a fraction"
                )


@record
class Accrual:
    """Patients a month, both arms together, after a linear ramp-up of some months."""

    per_month: float
    ramp_up_months: float = 0.0

    def __post_init__(self) -> None:
        if not self.per_month > 0:
            raise InputError.of(
                "per_month", self.per_month, "must be above 0", "Give patients a month, such as 40"
            )
        if self.ramp_up_months < 0:
            raise InputError.of(
                "ramp_up_months", self.ramp_up_months, "must be 0 or more", "Leave it out for none"
            )


@record
class Binary:
    """Two arms and a binary endpoint: the risks planned for, and which way is better.

    `control` and `treatment` are event risks in (0, 1); they must differ, in the better direction.
    """

    control: float
    treatment: float
    better: Direction = "lower"
    name: str = "event"
    delay_days: int = 0

    def __post_init__(self) -> None:
        _probability("control", self.control)
        _probability("treatment", self.treatment)
        gain = self.control - self.treatment
        if self.better == "higher":
            gain = -gain
        if gain <= 0:
            raise InputError.of(
                "treatment",
                self.treatment,
                f"must be {'below' if self.better == 'lower' else 'above'} the control risk "
                f"{self.control} when {self.better} is better",
                "Swap the risks or change `better`",
            )

    def good(self, risk: float) -> float:
        """Chance of a good outcome at an event risk."""
        return 1 - risk if self.better == "lower" else risk


@record
class FixedSample:
    """A plan with one analysis. `alpha` is the total, one-sided type I error; `power` the aim."""

    alpha: float = 0.025
    power: float = 0.9

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 0.5:
            raise InputError.of(
                "alpha",
                self.alpha,
                "must lie strictly between 0 and 0.5",
                "For a two-sided 5% test use 0.025 here, which is one-sided",
            )
        if not self.alpha < self.power < 1:
            raise InputError.of(
                "power", self.power, "must lie between alpha and 1", "Give a power such as 0.9"
            )


@record
class Design:
    """A randomised two-arm trial, 1:1: everything but the truth.

    The test is Fisher's exact test for benefit, one-sided at ``plan.alpha``.
    """

    endpoint: Binary
    plan: FixedSample
    n_per_arm: int
    arms: tuple[str, str] = ("control", "treatment")
    accrual: Accrual | None = None

    def __post_init__(self) -> None:
        if self.n_per_arm < 1:
            raise InputError.of(
                "n_per_arm", self.n_per_arm, "must be 1 or more", "Use eq.sample_size"
            )

    @property
    def n_total(self) -> int:
        """Patients in both arms."""
        return 2 * self.n_per_arm
