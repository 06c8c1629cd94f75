"""Truths that a design may meet: what happens to patients in each arm."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from equipoise.errors import InputError
from equipoise.inputs import number, numbers, one_or_more
from equipoise.vocabulary.record import record
from equipoise.vocabulary.trial import Accrual

Pair = tuple[float, float]

_TRUTHS = ("risks", "means", "hazard_ratio", "survival", "outcomes")


def _starts(value: Any) -> tuple[float, ...]:
    starts = tuple(map(float, numbers("from_months", value, "Give the intervals' starts")))
    if starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
        raise InputError.of("from_months", starts, "must start at 0 and rise", "Sort them")
    return starts


@record
class Survival:
    """How times to the event are distributed in one arm.

    Give a median, with a Weibull shape other than 1 for a hazard that changes with time; or
    piecewise constant hazards.

    Parameters
    ----------
    median_months : float, optional
        Above 0.
    shape : float
        Weibull shape: 1 is a constant hazard, above 1 a rising one.
    hazard_per_month : float or tuple of float, optional
        From each of `from_months` on, 0 or more.
    from_months : tuple of float
        Starts of the intervals; the first is 0.
    """

    median_months: float | None = None
    shape: float = 1.0
    hazard_per_month: float | tuple[float, ...] | None = None
    from_months: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        if (self.median_months is None) == (self.hazard_per_month is None):
            raise InputError.of(
                "median_months",
                self.median_months,
                "give either it or `hazard_per_month`",
                "Give exactly one of the two",
            )
        object.__setattr__(self, "from_months", _starts(self.from_months))
        for name in ("median_months", "shape"):
            value = getattr(self, name)
            if value is not None and number(name, value) <= 0:
                raise InputError.of(name, value, "must be above 0", "Give months, or a shape")
        if self.hazard_per_month is None:
            return
        given = one_or_more("hazard_per_month", self.hazard_per_month, "Give a hazard")
        object.__setattr__(self, "hazard_per_month", given)
        if len(self.hazards) != len(self.from_months) or min(self.hazards) < 0:
            raise InputError.of(
                "hazard_per_month",
                given,
                f"needs a hazard of 0 or more for each of {len(self.from_months)} intervals",
                "Give as many hazards as starts",
            )
        if self.shape != 1:
            raise InputError.of("shape", self.shape, "is of a median", "Leave it out with hazards")

    @property
    def hazards(self) -> tuple[float, ...]:
        """A month, one an interval; of a Weibull distribution none."""
        if self.hazard_per_month is None:
            assert self.median_months is not None
            return (math.log(2) / self.median_months,) if self.shape == 1 else ()
        given = self.hazard_per_month
        return given if isinstance(given, tuple) else (given,)


@record
class Empirical:
    """Patients drawn from a table, with replacement: a row is one person under each arm.

    For a binary endpoint the outcomes are 0 and 1, for a continuous one values, for a time to event
    months, infinite where it never comes.

    Parameters
    ----------
    control, treatment : tuple of float
        Of the same length, 1 or more.
    """

    control: tuple[float, ...]
    treatment: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("control", "treatment"):
            made = numbers(name, getattr(self, name), "Give one outcome a row", infinite=True)
            object.__setattr__(self, name, tuple(map(float, made)))
        if len(self.control) != len(self.treatment):
            raise InputError.of(
                "treatment",
                f"{len(self.treatment)} outcomes",
                f"must pair with control's {len(self.control)}",
                "Give each person's outcome under both arms",
            )


def check_own_function(part: Any) -> None:
    """Check a user's own part: its `function` is one, its `parameters` are put in as numbers."""
    if not callable(part.function):
        raise InputError.of(
            "function", part.function, "must be a function", "Compile one with numba.njit"
        )
    values = tuple(part.parameters)
    if values:
        values = tuple(map(float, numbers("parameters", values)))
    object.__setattr__(part, "parameters", values)


@record
class OwnOutcome:
    """A user's own outcome model: a function compiled with ``numba.njit``.

    Parameters
    ----------
    function : callable
        ``function(u, arm, entry_day, parameters) -> float``: `u` four independent uniform numbers
        in (0, 1), `arm` 0 for control, `entry_day` the patient's day of enrolment, `parameters` a
        float64 array. It returns 0 or 1 for a binary endpoint, a value for a continuous one, and
        days to the event for a time to event.
    parameters : tuple of float
    effect : float, optional
        The true effect on the scale on which the trial estimates; without it bias and coverage are
        not given.
    """

    function: Callable[..., Any]
    parameters: tuple[float, ...] = ()
    effect: float | None = None

    def __post_init__(self) -> None:
        check_own_function(self)


@record
class Stratum:
    """A kind of patient, how common it is, and the truth for it; see :class:`Scenario`."""

    name: str
    prevalence: float
    risks: Pair | None = None
    means: Pair | None = None
    sds: Pair | None = None
    hazard_ratio: float | tuple[float, ...] | None = None
    from_months: tuple[float, ...] = (0.0,)
    survival: tuple[Survival, Survival] | None = None
    outcomes: Empirical | OwnOutcome | None = None

    def __post_init__(self) -> None:
        if not 0 < number("prevalence", self.prevalence) <= 1:
            raise InputError.of(
                "prevalence", self.prevalence, "must lie in (0, 1]", "Give a share of the patients"
            )
        _check_truth(self, others=())


@record
class Prior:
    """A distribution of truths: each replicate draws its own.

    Every entry is a number or a distribution with a method ``ppf(u)``: `Beta`, `Normal`, `Gamma`,
    `LogNormal`, a `Mixture`, or one of ``scipy.stats``.

    Parameters
    ----------
    risks, means : (entry, entry), optional
        Control and treatment.
    hazard_ratio : entry, optional
    """

    risks: tuple[Any, Any] | None = None
    means: tuple[Any, Any] | None = None
    hazard_ratio: Any = None

    def __post_init__(self) -> None:
        given = [name for name in ("risks", "means", "hazard_ratio") if getattr(self, name)]
        if len(given) != 1:
            raise InputError.of(
                "prior", given, "needs exactly one of risks, means, hazard_ratio", "Give one"
            )
        for entry in self.entries:
            if not hasattr(entry, "ppf"):
                number(given[0], entry, "Give a number, or a distribution such as scipy.stats.beta")

    @property
    def entries(self) -> tuple[Any, ...]:
        """Numbers and distributions: of two arms, or of the hazard ratio alone."""
        return self.risks or self.means or (self.hazard_ratio,)


@record
class Scenario:
    """One assumed truth, control first.

    Exactly one of `risks`, `means`, `hazard_ratio`, `survival`, `outcomes`, `strata` and `prior` is
    given, as the endpoint has it. A single-arm trial reads the second of a pair.

    Parameters
    ----------
    name : str
    risks : (float, float), optional
        Event risks.
    means : (float, float), optional
    sds : (float, float), optional
        Standard deviations beside `means`; those of the endpoint unless given.
    hazard_ratio : float or tuple of float, optional
        On the endpoint's control hazards; several hold from each of `from_months` on: a delayed
        effect is ``hazard_ratio=(1, 0.6), from_months=(0, 4)``.
    survival : (Survival, Survival), optional
        Both arms' times to the event.
    outcomes : Empirical or OwnOutcome, optional
    strata : tuple of Stratum
        Whose prevalences sum to 1.
    prior : Prior, optional
    dropout_per_month : float or (float, float), optional
        Hazard of being lost before the outcome; that of the endpoint unless given, else none.
    accrual : Accrual, optional
        How patients truly come in; the design's unless given.
    time_trend : float
        Change a year of enrolment, alike in both arms: of the log odds of the event, of the mean,
        or of the log hazard.
    adverse_risks : (float, float), optional
        Risks of the adverse event that a safety boundary watches.
    """

    name: str
    risks: Pair | None = None
    means: Pair | None = None
    sds: Pair | None = None
    hazard_ratio: float | tuple[float, ...] | None = None
    from_months: tuple[float, ...] = (0.0,)
    survival: tuple[Survival, Survival] | None = None
    outcomes: Empirical | OwnOutcome | None = None
    strata: tuple[Stratum, ...] = ()
    prior: Prior | None = None
    dropout_per_month: float | Pair | None = None
    accrual: Accrual | None = None
    time_trend: float = 0.0
    adverse_risks: Pair | None = None

    def __post_init__(self) -> None:
        _check_truth(self, others=("strata", "prior"))
        number("time_trend", self.time_trend, "Give the change a year, 0 for none")
        lost = self.dropout_per_month
        if lost is not None and min(number("dropout_per_month", h) for h in _both(lost)) < 0:
            raise InputError.of("dropout_per_month", lost, "must be 0 or more", "Give a hazard")
        _check_risks("adverse_risks", self.adverse_risks)
        if not self.strata:
            return
        object.__setattr__(self, "strata", tuple(self.strata))
        total = sum(stratum.prevalence for stratum in self.strata)
        if abs(total - 1) > 1e-9:
            raise InputError.of(
                "prevalence", total, "must sum to 1 over the strata", "Correct the prevalences"
            )
        kinds = {stratum_kind(stratum) for stratum in self.strata}
        if len(kinds) > 1:
            raise InputError.of(
                "strata", sorted(kinds), "must state the same kind of truth", "Give all alike"
            )

    def risk_pair(self) -> Pair:
        """The event risks, control first; InputError where the scenario has none."""
        if self.risks is None:
            raise InputError.of("risks", None, "are needed by a binary endpoint", "Give both risks")
        return self.risks

    @property
    def plain(self) -> bool:
        """Whether one pair of risks or means, or one hazard ratio, is all there is to it."""
        told = self.risks or self.means or isinstance(self.hazard_ratio, float)
        more = (self.sds, self.dropout_per_month, self.accrual, self.time_trend)
        return bool(told) and not any(more)

    @property
    def parts(self) -> tuple[Stratum, ...]:
        """The strata; without any, all patients as one. None where the truth is drawn."""
        if self.strata or self.prior is not None:
            return self.strata
        return (
            Stratum(
                name="all",
                prevalence=1.0,
                risks=self.risks,
                means=self.means,
                sds=self.sds,
                hazard_ratio=self.hazard_ratio,
                from_months=self.from_months,
                survival=self.survival,
                outcomes=self.outcomes,
            ),
        )


def stratum_kind(stratum: Stratum | Scenario) -> str:
    """Which field states the truth."""
    return next(name for name in _TRUTHS if getattr(stratum, name) is not None)


def _both(value: float | Pair) -> Pair:
    return value if isinstance(value, tuple) else (value, value)


def _check_risks(name: str, risks: Any) -> None:
    for risk in risks or ():
        if not 0 <= number(name, risk) <= 1:
            raise InputError.of(
                name, risk, "must lie between 0 and 1", "Give each arm's risk as a fraction"
            )


def _check_truth(truth: Scenario | Stratum, others: tuple[str, ...]) -> None:
    given = [name for name in _TRUTHS if getattr(truth, name) is not None]
    given += [name for name in others if getattr(truth, name)]
    if len(given) != 1:
        named = ", ".join(f"`{name}`" for name in (*_TRUTHS, *others))
        raise InputError.of(
            "scenario",
            truth.name,
            f"needs exactly one of {named}",
            "Give the one that fits the endpoint",
        )
    _check_risks("risks", truth.risks)
    for name in ("risks", "means", "sds", "survival"):
        pair = getattr(truth, name)
        if pair is not None and len(pair) != 2:
            raise InputError.of(name, pair, "needs a value for each arm", "Control first")
    if truth.sds is not None and (truth.means is None or min(truth.sds) <= 0):
        raise InputError.of("sds", truth.sds, "must be above 0, beside `means`", "Give both arms'")
    _check_ratio(truth)


def _check_ratio(truth: Scenario | Stratum) -> None:
    object.__setattr__(truth, "from_months", _starts(truth.from_months))
    if truth.hazard_ratio is None:
        if truth.from_months != (0.0,):
            raise InputError.of(
                "from_months", truth.from_months, "is of `hazard_ratio`", "Leave it out"
            )
        return
    given = one_or_more("hazard_ratio", truth.hazard_ratio, "1 is no effect")
    ratios = given if isinstance(given, tuple) else (given,)
    if len(ratios) == 1:
        given = ratios[0]
    object.__setattr__(truth, "hazard_ratio", given)
    if not all(0 < ratio < math.inf for ratio in ratios):
        raise InputError.of("hazard_ratio", truth.hazard_ratio, "must be above 0", "1 is no effect")
    if len(ratios) != len(truth.from_months):
        raise InputError.of(
            "hazard_ratio",
            truth.hazard_ratio,
            f"needs a ratio for each of {len(truth.from_months)} starts in `from_months`",
            "Give as many ratios as starts",
        )
