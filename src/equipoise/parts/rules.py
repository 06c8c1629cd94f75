"""Decision rules beside a plan's boundaries: futility by power still to come, safety, one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

from equipoise.errors import InputError
from equipoise.inputs import number, numbers, one_of, one_or_more, whole
from equipoise.vocabulary.record import record
from equipoise.vocabulary.scenario import check_own_function

Trend = Literal["observed", "planned"]


def _chance(name: str, value: Any) -> None:
    if not 0 < number(name, value, "Give a chance such as 0.1") < 1:
        raise InputError.of(name, value, "must lie in (0, 1)", "Give a chance such as 0.1")


@record
class ConditionalPower:
    """Stops for futility where the conditional power is at or below a limit.

    Parameters
    ----------
    at_most : float
        In (0, 1).
    trend : {"planned", "observed"}
        Whether the planned effect is assumed for the rest of the trial, or the one observed.

    References
    ----------
    Lachin (2005), Stat Med 24:2747.
    """

    at_most: float
    trend: Trend = "planned"

    def __post_init__(self) -> None:
        _chance("at_most", self.at_most)
        one_of("trend", self.trend, get_args(Trend))


@record
class PredictivePower:
    """Stops for futility where the predictive power is at or below a limit.

    Parameters
    ----------
    at_most : float
        In (0, 1).
    prior : (float, float), optional
        Mean and standard deviation of a normal prior of the effect, as multiples of the planned
        one; flat unless given.

    References
    ----------
    Spiegelhalter, Freedman & Blackburn (1986), Control Clin Trials 7:8.
    """

    at_most: float
    prior: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _chance("at_most", self.at_most)
        if self.prior is not None and not numbers("prior", self.prior)[1] > 0:
            raise InputError.of("prior", self.prior, "needs a deviation above 0", "Correct it")


@record
class SafetyBoundary:
    """Stops where treatment has more adverse events than control, by a pooled z statistic.

    Parameters
    ----------
    z : float or tuple of float
        Of all looks, or of each; positive where treatment has more.
    name : str
    delay_days : int
        From enrolment until it is known whether the event came.
    arm : str, optional
        The arm that is watched: the treatment, which is the only one to be watched so far.
    """

    z: float | tuple[float, ...]
    name: str = "serious adverse event"
    delay_days: int = 0
    arm: str | None = None

    def __post_init__(self) -> None:
        one_or_more("z", self.z, "Give 2, say")
        whole("delay_days", self.delay_days, 0, 36_525, "Give whole days, 0 for none")


@record
class OwnRule:
    """A user's own rule: a function compiled with ``numba.njit``.

    Parameters
    ----------
    function : callable
        ``function(seen, parameters) -> int``: `seen` what the look shows, of
        :class:`equipoise.numerics.trials.decisions.Seen`, `parameters` a float64 array. It returns
        0 to go on, 1 to stop for efficacy, 2 for futility, 5 for safety, 6 for harm; at the last
        look 0 ends the trial without a finding.
    parameters : tuple of float
    instead : bool
        Whether it takes the place of the plan's boundaries; else it is asked where these go on.
    """

    function: Callable[..., Any]
    parameters: tuple[float, ...] = ()
    instead: bool = False

    def __post_init__(self) -> None:
        check_own_function(self)


Rule = ConditionalPower | PredictivePower | SafetyBoundary | OwnRule
