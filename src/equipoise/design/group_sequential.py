"""Group-sequential plans: looks, boundaries, and what they promise, before any endpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from equipoise.inputs import numbers
from equipoise.numerics.sequential import ABOVE, BELOW, OPPOSITE, stopping_under
from equipoise.parts.efficacy import (
    EfficacyBounds,
    HaybittlePeto,
    NoEarlyEfficacy,
    WangTsiatis,
)
from equipoise.parts.futility import FutilityBounds
from equipoise.parts.spending import Spending

from . import solve_plan
from .plan_checks import check_plan
from .solve_plan import no_futility

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt
    import polars as pl
    from numpy.typing import ArrayLike, NDArray

    from .after_look import AfterLook
    from .scales import Scale

    Floats = NDArray[np.float64]

Efficacy = Spending | WangTsiatis | HaybittlePeto | NoEarlyEfficacy | EfficacyBounds
Futility = Spending | FutilityBounds


_GIVEN = ("alpha", "sided", "target_power", "efficacy", "futility")
_SOLVED = ("information", "bounds", "futility_bounds", "spent")


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class GroupSequential:
    """Looks at accumulating data, with boundaries that keep the type I error.

    The statistics are jointly normal with independent increments, as they are, for large numbers,
    for means, rates and survival. Everything here is deterministic integration under that model.

    Parameters
    ----------
    looks : int, optional
        How many, 1 to 20, evenly spaced in information. One look is a fixed-sample trial.
    information : sequence of float, optional
        Information fractions instead, ascending, the last 1.
    alpha : float
        Total type I error, in (0, 0.5); `sided` 2 splits it equally.
    sided : {1, 2}
    power : float
        Chance of finding benefit under the planned effect, above alpha.
    efficacy : Spending, Pocock, OBrienFleming, WangTsiatis, HaybittlePeto, NoEarlyEfficacy or \
EfficacyBounds
    futility : Spending or FutilityBounds, optional
        None: no stopping for futility. With `sided` 2 it is an inner wedge: the trial stops where
        z lies within it of 0.

    Attributes
    ----------
    information, bounds, futility_bounds, spent : ndarray (K,)
        Information fractions; z at or above which the trial stops for benefit (and, two-sided, at
        or below minus which for harm); z at or below which it stops for futility, minus infinity
        (two-sided: 0) where it cannot; cumulative alpha spent, both sides, futility ignored unless
        it binds.
    drift : float
        Expected z at the last look under the planned effect: the root of the maximum information
        where the planned effect is 1.
    inflation : float
        Maximum information over that of a fixed-sample trial of the same alpha and power.

    Raises
    ------
    InputError
        A value out of its range, with value, rule and mend; or a plan without a solution, with the
        constraint that fails.

    References
    ----------
    Jennison & Turnbull (2000), Group Sequential Methods, chapters 2 to 7 and 19; non-binding
    futility: the efficacy boundary is solved with the futility boundary ignored, the power with it
    in force. Validation: docs/reference/validation.md#group-sequential
    """

    looks: int
    information: Floats
    alpha: float
    sided: Literal[1, 2]
    target_power: float
    efficacy: Efficacy
    futility: Futility | None
    bounds: Floats
    futility_bounds: Floats
    spent: Floats
    drift: float

    def __init__(
        self,
        *,
        looks: int | None = None,
        information: Sequence[float] | None = None,
        alpha: float = 0.025,
        sided: Literal[1, 2] = 1,
        power: float = 0.9,
        efficacy: Efficacy | None = None,
        futility: Futility | None = None,
    ) -> None:
        efficacy = Spending("obrien-fleming") if efficacy is None else efficacy
        fractions = check_plan(looks, information, alpha, sided, power, efficacy, futility)
        solved = solve_plan.solve(
            fractions, float(alpha), int(sided), float(power), efficacy, futility
        )
        parts = (float(alpha), int(sided), float(power), efficacy, futility)
        for name, value in zip(_GIVEN, parts, strict=True):
            object.__setattr__(self, name, value)
        self._set(fractions, solved)

    def _set(self, fractions: Floats, solved: solve_plan.Solved) -> None:
        object.__setattr__(self, "looks", fractions.size)
        arrays = (fractions, solved.upper, solved.lower, solved.spent)
        for name, value in zip(_SOLVED, arrays, strict=True):
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "drift", solved.drift)

    def with_boundaries(self, fractions: Floats, solved: solve_plan.Solved) -> GroupSequential:
        """The same plan with boundaries that were solved for other looks."""
        plan = object.__new__(GroupSequential)
        for name in _GIVEN:
            object.__setattr__(plan, name, getattr(self, name))
        plan._set(fractions, solved)
        return plan

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GroupSequential) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(tuple(map(repr, self._key())))

    def _key(self) -> tuple[object, ...]:
        return (
            tuple(self.information),
            tuple(self.bounds),
            self.alpha,
            self.sided,
            self.target_power,
            self.efficacy,
            self.futility,
        )

    @property
    def binding(self) -> bool:
        """Whether the efficacy boundary counts on stopping for futility."""
        return self.futility is not None and self.futility.binding

    @property
    def fixed_drift(self) -> float:
        """Drift of a fixed-sample trial of the same alpha and power."""
        return float(special.ndtri(self.target_power) - special.ndtri(self.alpha / self.sided))

    @property
    def inflation(self) -> float:
        """Maximum information over that of a fixed-sample trial."""
        return (self.drift / self.fixed_drift) ** 2

    def stopping(self, effect: ArrayLike = 1.0, *, futility: bool = True) -> Floats:
        """Probabilities of stopping at each look.

        Parameters
        ----------
        effect : float or (m,)
            True effect as a multiple of the planned one: 0 none, 1 as planned, negative harm.
        futility : bool
            False: the futility boundary is ignored.

        Returns
        -------
        ndarray (K, 3) or (m, K, 3)
            Columns: for benefit; for futility, which at the last look is the end without benefit;
            for harm, by the mirrored boundary of a two-sided plan.
        """
        one = np.ndim(effect) == 0
        given = numbers("effect", [effect] if one else effect, "0 is none, 1 is as planned")
        drifts = given * self.drift
        lower = self.futility_bounds if futility else no_futility(self.looks, self.sided)
        order = np.argsort(drifts)
        out = np.empty((drifts.size, self.looks, 3))
        stopping_under(self.information, self.sided, self.bounds, lower, drifts[order], out)
        result = np.empty_like(out)
        result[order] = out
        ended = result[:, :, [ABOVE, OPPOSITE]].sum((1, 2)) + result[:, :-1, BELOW].sum(1)
        result[:, -1, BELOW] = np.maximum(1 - ended, 0.0)
        return result[0] if one else result

    @property
    def futility_z(self) -> Floats:
        """Futility boundaries with minus infinity where a look cannot stop, two-sided ones too."""
        lower = self.futility_bounds.copy()
        if self.sided == 2:
            lower[lower <= 0] = -math.inf
        return lower

    def power(self, effect: ArrayLike = 1.0, *, futility: bool = True) -> Floats | float:
        """Chance of finding benefit, (m,), at multiples of the planned effect.

        At effect 0 it is the type I error of one side: with `futility` False that of the efficacy
        boundary only, else as run.
        """
        found = self.stopping(effect, futility=futility)[..., ABOVE].sum(-1)
        return float(found) if np.ndim(effect) == 0 else found

    def expected_information(self, effect: ArrayLike = 1.0) -> Floats | float:
        """Mean information at the end, (m,), over that of a fixed-sample trial.

        Equals the expected number of patients, or of events, over that of the fixed trial.
        """
        at_look = self.stopping(effect).sum(-1)
        mean = self.inflation * (at_look @ self.information)
        return float(mean) if np.ndim(effect) == 0 else mean

    def boundaries(self, scale: Scale = "z") -> tuple[Floats, Floats]:
        """Efficacy and futility boundaries, (K,) each, on a scale.

        "z"; "p" (nominal, one-sided); "b" (B-value, z sqrt(t)); "effect" (observed, as a multiple
        of the planned one); "conditional power, trend", "conditional power, planned" and
        "predictive power" of the last look's test given this look's z. The last three are nan at
        the last look.
        """
        from .scales import convert

        return convert(self, self.bounds, scale), convert(self, self.futility_bounds, scale)

    def update(
        self,
        information: Sequence[float],
        *,
        final: bool = False,
        used: Sequence[float] | None = None,
    ) -> GroupSequential:
        """The plan with boundaries for the information observed so far.

        Alpha that was spent stays spent; the last look takes the rest. A spending function is read
        at the observed fractions, so looks may differ from those planned in number and time. Any
        other boundary spends by the number of the look.

        Parameters
        ----------
        information : sequence of float
            Observed information at the looks made so far, as fractions of the planned maximum,
            ascending. 1 or more is the last look and spends all of alpha; the boundary then counts
            on the information observed, not on 1.
        final : bool
            The last of these is the last look, though its information is below the maximum.
        used : sequence of float, optional
            Efficacy boundaries that earlier looks applied, where they differ from those that their
            information gives now, as when it was revised.

        Returns
        -------
        GroupSequential
            With the looks made and then, unless the last was made, those planned for later.
        """
        from .observed import update

        return update(self, information, final=final, used=used)

    def conditional_power(
        self,
        look: int,
        z: float,
        effect: float | Literal["trend"] = "trend",
        *,
        futility: bool | None = None,
    ) -> float:
        """Chance that a later look finds benefit, given `z` at `look` (from 1).

        `effect` is the true one from here on, as a multiple of the planned one; "trend" takes the
        observed. Later efficacy boundaries are in force; later futility boundaries where
        `futility` is True, and where it is None and they bind.
        Lan, Simon & Halperin (1982), Commun Stat C 1:207.
        """
        return self._after(look, z).conditional_power(effect, futility)

    def predictive_power(
        self,
        look: int,
        z: float,
        prior: tuple[float, float] | None = None,
        *,
        futility: bool | None = None,
    ) -> float:
        """Conditional power averaged over what is known of the effect, given `z` at `look`.

        `prior` is the mean and standard deviation of a normal prior of the effect, as multiples of
        the planned one; None is flat. Spiegelhalter, Freedman & Blackburn (1986), Control Clin
        Trials 7:8.
        """
        return self._after(look, z).predictive_power(prior, futility)

    def p_value(self, look: int, z: float) -> float:
        """Stage-wise ordered p-value of a trial that ended at `look` (from 1) with `z`.

        One-sided where the plan is, else two-sided. Futility is ignored unless it binds.
        """
        return self._after(look, z).p_value

    def confidence_interval(
        self, look: int, z: float, level: float | None = None
    ) -> tuple[float, float]:
        """Stage-wise ordered interval of the effect, as a multiple of the planned one.

        `level` is 1 - 2 alpha for a one-sided plan, 1 - alpha for a two-sided one, unless given.
        """
        return self._after(look, z).confidence_interval(level)

    def median_unbiased_estimate(self, look: int, z: float) -> float:
        """The effect, as a multiple of the planned one, at which the result is the median."""
        return self._after(look, z).median_unbiased_estimate

    def repeated_confidence_interval(self, look: int, z: float) -> tuple[float, float]:
        """Interval of the effect at `look` whose coverage holds at all looks together.

        Jennison & Turnbull (1989), JRSS B 51:305.
        """
        return self._after(look, z).repeated_confidence_interval

    def repeated_p_value(self, look: int, z: float) -> float:
        """The smallest alpha at which a plan like this would stop at `look` with `z`."""
        return self._after(look, z).repeated_p_value

    def _after(self, look: int, z: float) -> AfterLook:
        from .after_look import AfterLook

        return AfterLook(plan=self, look=look, z=z)

    def frame(self) -> pl.DataFrame:
        """One row a look: information, boundaries on every scale, alpha spent, stopping chances."""
        from .frames import plan_frame

        return plan_frame(self)

    def curve(self, effects: ArrayLike | None = None) -> pl.DataFrame:
        """One row an effect: power, as run and futility ignored, and expected information."""
        from .frames import curve_frame

        return curve_frame(self, effects)

    def chart(self, scale: Scale = "z") -> alt.TopLevelMixin:
        """Boundaries against information, on a scale of :meth:`boundaries`."""
        from .charts import boundary_chart

        return boundary_chart(self, scale)

    def power_chart(self) -> alt.TopLevelMixin:
        """Power and expected information against the true effect."""
        from .charts import power_chart

        return power_chart(self)

    def summary(self) -> str:
        """A plain-text table: boundaries, and what they promise."""
        from .summaries import plan_summary

        return plan_summary(self)

    __str__ = summary

    def __repr__(self) -> str:
        futility = f", futility={self.futility!r}" if self.futility is not None else ""
        return (
            f"GroupSequential(information={[round(float(t), 6) for t in self.information]}, "
            f"alpha={self.alpha:g}, sided={self.sided}, power={self.target_power:g}, "
            f"efficacy={self.efficacy!r}{futility})"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{self.summary()}</pre>"
