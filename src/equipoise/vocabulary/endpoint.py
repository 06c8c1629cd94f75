"""Endpoints: what is measured, what is assumed of it, and which way is better.

Every endpoint has a null value, its *margin*: no effect for superiority, a tolerated loss for
non-inferiority. The assumed effect must lie on the better side of it.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, Literal, get_args

from equipoise.errors import InputError
from equipoise.inputs import number, numbers, one_of, one_or_more, one_or_pair, whole
from equipoise.vocabulary.question import Direction
from equipoise.vocabulary.record import record

RateScale = Literal["difference", "ratio", "odds ratio"]
RateTest = Literal["fisher-exact", "pooled", "unpooled", "score"]
EventsFormula = Literal["schoenfeld", "freedman", "lachin-foulkes"]


_LONGEST_DELAY = 36_525
"""Days: a hundred years."""


def _set(endpoint: Any, **values: object) -> None:
    """Put checked values into a frozen record."""
    for name, value in values.items():
        object.__setattr__(endpoint, name, value)


def _above_zero(name: str, value: Any, mend: str) -> float:
    made = number(name, value, mend)
    if made <= 0:
        raise InputError.of(name, value, "must be above 0", mend)
    return made


def _probability(name: str, value: Any) -> float:
    made = number(name, value, "Give a risk, such as 0.25")
    if not 0 < made < 1:
        raise InputError.of(
            name, value, "must lie strictly between 0 and 1", "Give a risk, such as 0.25"
        )
    return made


def _delay(value: Any) -> int:
    return whole("delay_days", value, 0, _LONGEST_DELAY, "Give whole days, 0 for none")


def _check_side(name: str, value: float, null: float, better: Direction, what: str) -> None:
    """The assumed `value` must be better than `null`."""
    gain = null - value if better == "lower" else value - null
    if gain <= 0:
        raise InputError.of(
            name,
            value,
            f"must be {'below' if better == 'lower' else 'above'} {what} {null:.6g} when {better} "
            "is better",
            "Swap the values or change `better`",
        )


@record
class Binary:
    """A yes-or-no outcome: event risks planned for, and which way is better.

    Parameters
    ----------
    control, treatment : float
        Event risks in (0, 1). With `single_arm`, `control` is the risk to be bettered.
    better : {"lower", "higher"}
    margin : float, optional
        Null value of treatment against control on `scale`; no effect unless given. A tolerated loss
        makes it a non-inferiority trial.
    scale : {"difference", "ratio", "odds ratio"}
    test : {"fisher-exact", "pooled", "unpooled", "score"}, optional
        Fisher's exact test, sized by enumeration; normal theory with the null variance of the
        restricted likelihood (at a margin: Farrington & Manning's), with unpooled variance, or, for
        the odds ratio, its score. Unless given, Fisher's for a fixed-sample superiority trial of
        two equal arms and "pooled" for any other.
    single_arm : bool
    name : str
    delay_days : int
        Days from randomisation to the outcome.
    """

    control: float
    treatment: float
    better: Direction = "lower"
    margin: float | None = None
    scale: RateScale = "difference"
    test: RateTest | None = None
    single_arm: bool = False
    name: str = "event"
    delay_days: int = 0

    def __post_init__(self) -> None:
        one_of("better", self.better, get_args(Direction))
        one_of("scale", self.scale, get_args(RateScale))
        if self.test is not None:
            one_of("test", self.test, get_args(RateTest))
        _set(
            self,
            control=_probability("control", self.control),
            treatment=_probability("treatment", self.treatment),
            delay_days=_delay(self.delay_days),
        )
        if self.margin is not None:
            _set(self, margin=number("margin", self.margin, "Leave it out for superiority"))
        if self.margin is None or self.margin == self.no_effect:
            _check_side("treatment", self.treatment, self.control, self.better, "the control risk")
        else:
            self._check_margin()
        if self.single_arm and (self.margin is not None or self.scale != "difference"):
            raise InputError.of(
                "margin", self.margin, "is of two arms", "Put the risk to be bettered in `control`"
            )
        if self.test == "score" and self.scale != "odds ratio":
            raise InputError.of(
                "test", self.test, "is of the odds ratio; elsewhere it is pooled", "Use 'pooled'"
            )
        if self.test == "fisher-exact" and (self.single_arm or self.margin is not None):
            raise InputError.of(
                "test",
                self.test,
                "is of two arms and no margin",
                "Use 'pooled', which takes margins, or leave it out",
            )

    def _check_margin(self) -> None:
        assert self.margin is not None
        if self.scale != "difference" and self.margin <= 0:
            raise InputError.of("margin", self.margin, "a ratio is above 0", "Give one, as 1.2")
        if self.scale == "difference" and not -1 < self.margin < 1:
            raise InputError.of("margin", self.margin, "lies in (-1, 1)", "Give 0.05 for 5 points")
        null = self.control + self.margin if self.scale == "difference" else None
        if self.scale == "ratio":
            null = self.control * self.margin
        if null is not None and not 0 < null < 1:
            raise InputError.of(
                "margin",
                self.margin,
                f"puts the treatment's risk at {null:.4g} where it is just not worse",
                "Give a margin that a risk can have",
            )
        gain = self.effect - self.margin
        if (gain >= 0) if self.better == "lower" else (gain <= 0):
            raise InputError.of(
                "margin",
                self.margin,
                f"the assumed effect, {self.effect:.4g}, must lie "
                f"{'below' if self.better == 'lower' else 'above'} it when {self.better} is better",
                "Change the sign of the margin, or the assumed risks",
            )

    @property
    def no_effect(self) -> float:
        """The value of the scale where the risks are equal."""
        return 0.0 if self.scale == "difference" else 1.0

    @property
    def effect(self) -> float:
        """Treatment against control on the scale, as planned."""
        return self.effect_of(self.control, self.treatment)

    def effect_of(self, control: float, treatment: float) -> float:
        """Two risks on the scale."""
        if self.scale == "difference":
            return treatment - control
        if self.scale == "ratio":
            return treatment / control
        return treatment * (1 - control) / (control * (1 - treatment))

    def good(self, risk: float) -> float:
        """Chance of a good outcome at an event risk."""
        return 1 - risk if self.better == "lower" else risk


@record
class Continuous:
    """A measured outcome, normal in each arm.

    Parameters
    ----------
    control, treatment : float
        Means planned for. With `single_arm`, `control` is the mean to be bettered.
    sd : float or (float, float)
        Standard deviation; control's and treatment's where they differ (then by Welch's test).
    better : {"higher", "lower"}
    margin : float
        Null value of treatment minus control: 0 for superiority, a tolerated loss for
        non-inferiority.
    known_sd : bool
        Whether the standard deviation is known: the z test; else the t test.
    single_arm : bool
    name : str
    delay_days : int
    """

    control: float
    treatment: float
    sd: float | tuple[float, float]
    better: Direction = "higher"
    margin: float = 0.0
    known_sd: bool = False
    single_arm: bool = False
    name: str = "mean"
    delay_days: int = 0

    def __post_init__(self) -> None:
        one_of("better", self.better, get_args(Direction))
        for name in ("control", "treatment"):
            _set(self, **{name: number(name, getattr(self, name), "Give a mean")})
        _set(
            self,
            margin=number("margin", self.margin, "Leave it out for superiority"),
            sd=one_or_pair("sd", self.sd, "Give one, or one for each arm"),
            delay_days=_delay(self.delay_days),
        )
        if not all(sd > 0 for sd in (self.sd if isinstance(self.sd, tuple) else (self.sd,))):
            raise InputError.of("sd", self.sd, "must be above 0", "Give one, or one for each arm")
        if self.single_arm and isinstance(self.sd, tuple):
            raise InputError.of("sd", self.sd, "is of two arms", "Give one")
        if self.single_arm and self.margin != 0:
            raise InputError.of(
                "margin", self.margin, "is of two arms", "Put the mean to be bettered in `control`"
            )
        null = self.control + self.margin
        _check_side("treatment", self.treatment, null, self.better, "the null mean")

    @property
    def sds(self) -> tuple[float, float]:
        """Standard deviations of control and treatment."""
        return self.sd if isinstance(self.sd, tuple) else (self.sd, self.sd)

    @property
    def effect(self) -> float:
        """Treatment minus control, as planned."""
        return self.treatment - self.control


@record
class TimeToEvent:
    """Time to an event, with proportional hazards and a piecewise constant control hazard.

    Parameters
    ----------
    hazard_ratio : float
        Treatment over control, as planned.
    control_hazard_per_month : float or tuple of float
        In each interval that begins at `from_months`.
    from_months : tuple of float
        Starts of the intervals; the first is 0.
    control_median_months : float, optional
        Instead of a constant hazard: log(2) over it.
    dropout_per_month : float or (float, float)
        Hazard of being lost, of both arms or of control and treatment.
    better : {"lower", "higher"}
        "lower": events are bad, a ratio below 1 favours treatment. "higher": events like recovery.
    margin : float
        Null hazard ratio: 1 for superiority.
    formula : {"schoenfeld", "freedman", "lachin-foulkes"}
        For the number of events.
    name : str
    rho, gamma : float
        Fleming and Harrington's weights S^rho (1 - S)^gamma of the log-rank test, 0 or more: with
        `gamma` late events count for more. The number of events is that of the plain test.
    stratified : bool
        Whether the test is stratified, where the patients are.
    """

    hazard_ratio: float
    control_hazard_per_month: float | tuple[float, ...] | None = None
    from_months: tuple[float, ...] = (0.0,)
    control_median_months: float | None = None
    dropout_per_month: float | tuple[float, float] = 0.0
    better: Direction = "lower"
    margin: float = 1.0
    formula: EventsFormula = "schoenfeld"
    name: str = "event"
    rho: float = 0.0
    gamma: float = 0.0
    stratified: bool = False

    def __post_init__(self) -> None:
        for name in ("rho", "gamma"):
            if number(name, getattr(self, name), "0 is the plain log-rank test") < 0:
                raise InputError.of(
                    name, getattr(self, name), "must be 0 or more", "0 is the plain log-rank test"
                )
        one_of("better", self.better, get_args(Direction))
        one_of("formula", self.formula, get_args(EventsFormula))
        for name in ("hazard_ratio", "margin"):
            _set(self, **{name: _above_zero(name, getattr(self, name), "Give a ratio, as 0.7")})
        if self.hazard_ratio == self.margin:
            raise InputError.of(
                "hazard_ratio",
                self.hazard_ratio,
                f"equals the margin {self.margin:g}: there is no effect to find",
                "Give the ratio hoped for, or a margin for non-inferiority",
            )
        _check_side("hazard_ratio", self.hazard_ratio, self.margin, self.better, "the margin")
        self._check_hazards()
        if self.formula == "freedman" and self.margin != 1:
            raise InputError.of(
                "formula", self.formula, "is of superiority", "Use 'schoenfeld' with a margin"
            )

    def _check_hazards(self) -> None:
        if (self.control_hazard_per_month is None) == (self.control_median_months is None):
            raise InputError.of(
                "control_hazard_per_month",
                self.control_hazard_per_month,
                "give either it or `control_median_months`",
                "Give exactly one of the two",
            )
        if self.control_median_months is None:
            given = one_or_more(
                "control_hazard_per_month", self.control_hazard_per_month, "Give a hazard"
            )
            _set(self, control_hazard_per_month=given)
        else:
            median = _above_zero("control_median_months", self.control_median_months, "Give months")
            _set(self, control_median_months=median)
        starts = tuple(
            map(float, numbers("from_months", self.from_months, "Give the intervals' starts"))
        )
        if starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
            raise InputError.of(
                "from_months", starts, "must start at 0 and rise", "Give the intervals' starts"
            )
        dropout = one_or_pair(
            "dropout_per_month", self.dropout_per_month, "Give one hazard, or one for each arm"
        )
        _set(self, from_months=starts, dropout_per_month=dropout)
        if len(self.hazards) != len(starts) or not all(0 <= h < math.inf for h in self.hazards):
            raise InputError.of(
                "control_hazard_per_month",
                self.control_hazard_per_month,
                f"needs a hazard of 0 or more for each of {len(starts)} intervals",
                "Give as many hazards as starts",
            )
        if not any(self.hazards):
            raise InputError.of(
                "control_hazard_per_month", self.hazards, "must not all be 0", "Give a hazard"
            )
        if min(self.dropouts) < 0:
            raise InputError.of(
                "dropout_per_month", self.dropout_per_month, "must be 0 or more", "Give a hazard"
            )

    @property
    def hazards(self) -> tuple[float, ...]:
        """Control hazards per month, one an interval."""
        if self.control_median_months is not None:
            return (math.log(2) / self.control_median_months,)
        given = self.control_hazard_per_month
        assert given is not None
        return given if isinstance(given, tuple) else (given,)

    @property
    def dropouts(self) -> tuple[float, float]:
        """Dropout hazards per month of control and treatment."""
        given = self.dropout_per_month
        return given if isinstance(given, tuple) else (given, given)

    @property
    def effect(self) -> float:
        """The hazard ratio, as planned."""
        return self.hazard_ratio

    single_arm = False
    delay_days = 0


Endpoint = Binary | Continuous | TimeToEvent
