"""A design: everything but the truth."""

from __future__ import annotations

import math
from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from equipoise.errors import InputError
from equipoise.inputs import one_of
from equipoise.vocabulary.endpoint import Endpoint
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LookBy = Literal["patients", "events", "information", "calendar"]


@record
class Accrual:
    """Patients a month, all arms together, after a linear ramp-up of some months.

    Parameters
    ----------
    per_month : float or tuple of float
        The rate, or the rates from each of `from_months` on.
    ramp_up_months : float
        The rate rises linearly from 0 to its first value over these months.
    from_months : tuple of float
        When each rate begins; the first at 0.
    months : float, optional
        When enrolment ends; open unless given.
    poisson : bool
        Whether a simulated trial's patients come at random, at this rate; else evenly.
    """

    per_month: float | tuple[float, ...]
    ramp_up_months: float = 0.0
    from_months: tuple[float, ...] = (0.0,)
    months: float | None = None
    poisson: bool = False

    def __post_init__(self) -> None:
        if len(self.rates) != len(self.from_months) or not all(
            0 <= rate < math.inf for rate in self.rates
        ):
            raise InputError.of(
                "per_month",
                self.per_month,
                f"needs a rate of 0 or more for each of {len(self.from_months)} starts",
                "Give patients a month, such as 40",
            )
        if not self.rates[-1] > 0:
            raise InputError.of(
                "per_month", self.per_month, "must be above 0", "Give patients a month, such as 40"
            )
        starts = self.from_months
        if starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
            raise InputError.of("from_months", starts, "must start at 0 and rise", "Sort them")
        first = starts[1] if len(starts) > 1 else math.inf
        if not 0 <= self.ramp_up_months < first:
            raise InputError.of(
                "ramp_up_months",
                self.ramp_up_months,
                "must be 0 or more, and end before the second rate begins",
                "Leave it out for none",
            )
        least = max(starts[-1], self.ramp_up_months)
        if self.months is not None and not least < self.months < math.inf:
            raise InputError.of(
                "months", self.months, f"must be after {least:g}, the last change", "End it later"
            )

    @property
    def rates(self) -> tuple[float, ...]:
        """Patients a month from each start on."""
        return self.per_month if isinstance(self.per_month, tuple) else (self.per_month,)


@record
class Allocation:
    """How patients are allocated to arms.

    Parameters
    ----------
    kind : {"permuted-blocks", "simple", "fixed"}
        Blocks shuffled; each patient by a draw of its own; or the arms in turn, so that the ratio
        holds at every look.
    ratio : tuple of int
        Control first.
    sizes : tuple of int
        Of blocks, drawn at random; the ratio's sum unless given.
    stratified : bool
        Whether each stratum has blocks of its own.
    """

    kind: Literal["permuted-blocks", "simple", "fixed"] = "permuted-blocks"
    ratio: tuple[int, ...] = (1, 1)
    sizes: tuple[int, ...] = ()
    stratified: bool = False

    def __post_init__(self) -> None:
        if len(self.ratio) not in (1, 2) or any(part < 1 for part in self.ratio):
            raise InputError.of(
                "ratio", self.ratio, "needs a whole number for each arm", "Give [1, 1], say"
            )
        if any(size < 1 or size % sum(self.ratio) for size in self.sizes):
            raise InputError.of(
                "sizes",
                self.sizes,
                f"blocks hold multiples of {sum(self.ratio)}, the ratio's sum",
                "Give such sizes, as [4, 6] for 1:1",
            )
        if self.kind != "permuted-blocks" and (self.sizes or self.stratified):
            raise InputError.of(
                "kind", self.kind, "has no blocks", "Use permuted-blocks, or leave out the sizes"
            )

    @property
    def treatment_per_control(self) -> float:
        """Patients on treatment for one on control."""
        return self.ratio[-1] / self.ratio[0]


class Plan(Protocol):
    """What a design says of its looks and error rates: `FixedSample` or `GroupSequential`."""

    @property
    def alpha(self) -> float:
        """Total type I error."""

    @property
    def sided(self) -> int:
        """1 or 2."""

    @property
    def target_power(self) -> float:
        """Power aimed at under the planned effect."""


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

    @property
    def sided(self) -> int:
        """Always 1."""
        return 1

    @property
    def target_power(self) -> float:
        """The power aimed at."""
        return self.power


@record
class PlannedLook:
    """One look of a design.

    Attributes
    ----------
    information : float
        Fraction of the planned maximum.
    patients : tuple of float
        Cumulative, by arm, control first: those whose outcome the look knows; for time to event
        those enrolled by then. Empty where enrolment is not planned.
    events : float, optional
        Cumulative, all arms, for time to event.
    enrolled : float, optional
        Patients of all arms enrolled by then, those whose outcome is not known included.
    months : float, optional
        After the first patient, where enrolment is planned.
    efficacy_z, futility_z : float
        The trial stops for benefit at or above the one and for futility at or below the other; at
        the last look the one decides. Infinite where there is none.
    efficacy_effect, futility_effect : float, optional
        The observed effect there, on the endpoint's scale; None where it has no finite one.
    """

    information: float
    patients: tuple[float, ...]
    efficacy_z: float
    futility_z: float = -math.inf
    events: float | None = None
    enrolled: float | None = None
    months: float | None = None
    efficacy_effect: float | None = None
    futility_effect: float | None = None


@record
class Design:
    """A randomised two-arm trial, or a single-arm one: everything but the truth.

    Attributes
    ----------
    endpoint : Binary, Continuous or TimeToEvent
    plan : FixedSample or GroupSequential
        Its boundaries are those of the looks below.
    looks : tuple of PlannedLook
    arms : tuple of str
    ratio : float
        Patients on treatment for one on control.
    allocation : Allocation, optional
    accrual : Accrual, optional
    power : float
        Under the endpoint's assumptions; by enumeration for Fisher's test, else by normal theory.
    fixed_patients, fixed_events : float, optional
        Size of the fixed-sample trial of the same test, alpha and power, not rounded.
    look_by : {"patients", "events", "information", "calendar"}, optional
        What calls a look: patients whose outcome is known, events, statistical information, or the
        month planned. Events for time to event and patients otherwise, unless given.
    enrolment : (float64 (m + 1,), float64 (m, 2)), optional
        Enrolment as sized, for time to event: edges in months, and patients a month at the ends of
        each piece; that of `accrual` unless given.
    rules : tuple
        Decision rules beside the plan's boundaries, of :mod:`equipoise.parts.rules`.
    """

    endpoint: Endpoint
    plan: Plan
    looks: tuple[PlannedLook, ...]
    arms: tuple[str, ...] = ("control", "treatment")
    ratio: float = 1.0
    allocation: Allocation | None = None
    accrual: Accrual | None = None
    power: float | None = None
    fixed_patients: float | None = None
    fixed_events: float | None = None
    look_by: LookBy | None = None
    enrolment: tuple[NDArray[np.float64], NDArray[np.float64]] | None = field(
        default=None, compare=False
    )
    rules: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if not self.looks:
            raise InputError.of("looks", self.looks, "needs at least one", "Use eq.sample_size")
        if self.look_by is not None:
            one_of("look_by", self.look_by, get_args(LookBy))
        for look in self.looks:
            if look.events is None and any(n < 1 for n in look.patients):
                raise InputError.of(
                    "patients", look.patients, "must be 1 or more an arm", "Use eq.sample_size"
                )

    @property
    def patients(self) -> tuple[float, ...]:
        """Patients by arm at the last look, control first."""
        return self.looks[-1].patients

    @property
    def n_per_arm(self) -> int:
        """Patients in each arm of a 1:1 trial; the larger arm's number otherwise."""
        return math.ceil(self.n_total and max(self.patients))

    @property
    def n_total(self) -> float:
        """Patients in all arms; InputError where enrolment is not planned."""
        if not self.patients:
            raise InputError.of(
                "accrual", None, "is needed to know the patients", "Size it with an eq.Accrual"
            )
        return sum(self.patients)
