"""What one look's result says of the effect and of the trial's chances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from equipoise.errors import InputError
from equipoise.inputs import number, numbers, whole
from equipoise.numerics import sequential_inference as inference
from equipoise.numerics.sequential import DONE
from equipoise.numerics.sequential_designs import efficacy_boundary
from equipoise.parts.efficacy import EfficacyBounds, HaybittlePeto

from .solve_plan import efficacy_terms, no_futility

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .group_sequential import GroupSequential

    Floats = NDArray[np.float64]

_FAR = 50.0
"""A z beyond any boundary."""


@dataclass(frozen=True, slots=True)
class AfterLook:
    """Inference from `z` at `look`, counted from 1, of a plan; effects as multiples of the planned.

    Raises
    ------
    InputError
        A look that the plan does not have, or a z that is not a number.
    """

    plan: GroupSequential
    look: int
    z: float

    def __post_init__(self) -> None:
        mend = "Count looks from 1"
        object.__setattr__(self, "look", whole("look", self.look, 1, self.plan.looks, mend))
        object.__setattr__(self, "z", number("z", self.z, "Give the observed statistic"))

    @property
    def _t(self) -> Floats:
        return self.plan.information[: self.look]

    @property
    def _lower(self) -> Floats:
        """The futility boundary that inference counts on: only a binding one."""
        return self._futility(None)

    def _futility(self, wanted: bool | None) -> Floats:
        plan = self.plan
        if plan.binding if wanted is None else wanted:
            return plan.futility_bounds
        return no_futility(plan.looks, plan.sided)

    def _above(self, drift: float, z: float | None = None) -> float:
        """Chance of a result at least as far towards benefit."""
        plan = self.plan
        return inference.at_least_as_extreme(
            self._t,
            plan.sided,
            plan.bounds[: self.look],
            self._lower[: self.look],
            self.z if z is None else z,
            drift,
        )

    def _below(self, drift: float) -> float:
        """Chance of a result at least as far towards harm: of a two-sided plan, by mirroring."""
        return self._above(-drift, -self.z) if self.plan.sided == 2 else 1 - self._above(drift)

    @property
    def p_value(self) -> float:
        """See :meth:`GroupSequential.p_value`."""
        above = self._above(0.0)
        return above if self.plan.sided == 1 else min(1.0, 2 * min(above, self._below(0.0)))

    def confidence_interval(self, level: float | None = None) -> tuple[float, float]:
        """See :meth:`GroupSequential.confidence_interval`."""
        plan = self.plan
        if level is not None and not 0 < number("level", level) < 1:
            raise InputError.of("level", level, "must lie in (0, 1)", "Give 0.95, say")
        tail = plan.alpha / plan.sided if level is None else (1 - level) / 2
        low = inference.drift_with(self._above, tail, self._start)
        high = -inference.drift_with(lambda drift: self._below(-drift), tail, -self._start)
        return low / plan.drift, high / plan.drift

    @property
    def median_unbiased_estimate(self) -> float:
        """See :meth:`GroupSequential.median_unbiased_estimate`."""

        def share(drift: float) -> float:
            above = self._above(drift)
            return above / max(above + self._below(drift), 1e-300)

        return inference.drift_with(share, 0.5, self._start) / self.plan.drift

    @property
    def _start(self) -> float:
        return self.z / math.sqrt(self._t[-1])

    @property
    def repeated_confidence_interval(self) -> tuple[float, float]:
        """See :meth:`GroupSequential.repeated_confidence_interval`."""
        bound = float(self.plan.bounds[self.look - 1])
        unit = math.sqrt(self._t[-1]) * self.plan.drift
        return (self.z - bound) / unit, (self.z + bound) / unit

    @property
    def repeated_p_value(self) -> float:
        """See :meth:`GroupSequential.repeated_p_value`."""
        from scipy import optimize  # heavy, and not always needed

        plan = self.plan
        z = abs(self.z) if plan.sided == 2 else self.z

        def excess(log_alpha: float) -> float:
            return self._bound(math.exp(log_alpha) / plan.sided) - z

        low = math.log(max(1e-15, self._least_alpha()))
        high = math.log(0.499999 * plan.sided)
        if excess(low) <= 0:
            return math.exp(low)
        if excess(high) >= 0:
            return 0.5 * plan.sided
        return math.exp(optimize.brentq(excess, low, high, xtol=1e-13))

    def _least_alpha(self) -> float:
        """What boundaries that are given spend, whatever alpha is: no plan like this has less."""
        efficacy, plan = self.plan.efficacy, self.plan
        if isinstance(efficacy, HaybittlePeto) and plan.looks > 1:
            return float(plan.spent[-2])
        if isinstance(efficacy, EfficacyBounds):
            return float(plan.spent[-1 if efficacy.z[-1] is not None else -2])
        return 0.0

    def _bound(self, alpha: float) -> float:
        """The efficacy boundary at this look of a plan like this one at `alpha`, of one side."""
        plan = self.plan
        terms = efficacy_terms(plan.efficacy, np.minimum(plan.information, 1.0), alpha)
        looks = plan.looks if terms.shape.size else self.look
        upper = terms.upper[:looks].copy()
        status = efficacy_boundary(
            plan.information[:looks],
            plan.sided,
            terms.spent[:looks],
            terms.shape,
            alpha,
            self._lower[:looks],
            upper,
        )
        if status != DONE:  # more alpha than is left: any z rejects
            return -_FAR
        return float(min(upper[self.look - 1], _FAR))

    def conditional_power(
        self, effect: float | Literal["trend"] = "trend", futility: bool | None = None
    ) -> float:
        """See :meth:`GroupSequential.conditional_power`."""
        plan = self.plan
        self._check_not_last()
        drift = self._start if effect == "trend" else number("effect", effect) * plan.drift
        power = inference.conditional_power(
            plan.information,
            plan.sided,
            plan.bounds,
            self._futility(futility),
            self.look - 1,
            self.z,
            np.array([float(drift)]),
        )
        return float(power[0])

    def predictive_power(
        self, prior: tuple[float, float] | None = None, futility: bool | None = None
    ) -> float:
        """See :meth:`GroupSequential.predictive_power`."""
        plan = self.plan
        self._check_not_last()
        if prior is not None:
            if len(numbers("prior", prior)) != 2 or not prior[1] > 0:
                raise InputError.of(
                    "prior", prior, "is a mean and a standard deviation above 0", "Give both"
                )
            prior = (prior[0] * plan.drift, prior[1] * plan.drift)
        return inference.predictive_power(
            plan.information,
            plan.sided,
            plan.bounds,
            self._futility(futility),
            self.look - 1,
            self.z,
            prior,
        )

    def _check_not_last(self) -> None:
        if self.look == self.plan.looks:
            raise InputError.of(
                "look", self.look, "is the last: nothing comes after it", "Give an interim look"
            )
