"""Assumptions to a trial's size: whole patients, with the boundaries made again for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from equipoise.errors import InputError
from equipoise.parts.analysis import resolved_test
from equipoise.vocabulary.endpoint import Binary, Continuous, Endpoint, TimeToEvent
from equipoise.vocabulary.trial import FixedSample

from . import by_enumeration, by_events, by_patients
from .group_sequential import GroupSequential

if TYPE_CHECKING:
    from equipoise.vocabulary.trial import Accrual

    from .sized import SizedDesign


def sample_size(
    plan: FixedSample | GroupSequential,
    endpoint: Endpoint,
    *,
    ratio: float = 1.0,
    arms: tuple[str, ...] | None = None,
    accrual: Accrual | None = None,
    follow_up_months: float | None = None,
    integer: bool = True,
) -> SizedDesign:
    """Size a trial, with patients, events and calendar time at each look.

    Parameters
    ----------
    plan : FixedSample or GroupSequential
    endpoint : Binary, Continuous or TimeToEvent
    ratio : float
        Patients on treatment for one on control.
    arms : tuple of str, optional
        Names, control first; one for a single-arm trial.
    accrual : Accrual, optional
        For time to event: with `months` and no `follow_up_months` its patients are as they are and
        the duration follows; with both, the rates are scaled; without `months`, enrolment goes on
        for as long as is needed. Without an accrual only events are given.
    follow_up_months : float, optional
        Time to event only: from the last patient in to the last look.
    integer : bool
        Whole patients and events, rounded up, with the boundaries made again at the information
        they give, and the power that results. False: real numbers, exactly at the power asked for.

    Returns
    -------
    Design
        Prints, exports and draws itself. With Fisher's exact test the size is the first at which
        the power, and that of one more an arm, reaches the target, by enumeration.

    Raises
    ------
    InputError
        A size that cannot be had: too few patients for the events, more looks than events, a ratio
        not above 0.

    References
    ----------
    Group-sequential sizes are the fixed-sample size times the inflation (Jennison & Turnbull 2000,
    chapter 3). Fixed sizes: Fisher (1935), JRSS 98:39; Farrington & Manning (1990), Stat Med
    9:1447; Student's t by its noncentral distribution; Schoenfeld (1981), Biometrika 68:316;
    Freedman (1982), Stat Med 1:121; Lachin & Foulkes (1986), Biometrics 42:507. Validation:
    docs/reference/validation.md#sizes
    """
    if not 0 < ratio < math.inf:
        raise InputError.of("ratio", ratio, "must be above 0", "1 is as many on each arm")
    if ratio != 1 and getattr(endpoint, "single_arm", False):
        raise InputError.of("ratio", ratio, "is of two arms", "Leave it out for a single arm")
    if isinstance(endpoint, TimeToEvent):
        _check_arms(arms, 2)
        return by_events.size(
            plan,
            endpoint,
            ratio=ratio,
            arms=arms or ("control", "treatment"),
            accrual=accrual,
            follow_up_months=follow_up_months,
            integer=integer,
        )
    if not isinstance(endpoint, Binary | Continuous):
        raise InputError.of(
            "endpoint", endpoint, "must be Binary, Continuous or TimeToEvent", "Build one of these"
        )
    if follow_up_months is not None:
        raise InputError.of(
            "follow_up_months", follow_up_months, "is of time to event", "Use the endpoint's delay"
        )
    names = arms or (("treatment",) if endpoint.single_arm else ("control", "treatment"))
    _check_arms(names, 1 if endpoint.single_arm else 2)
    exact = isinstance(endpoint, Binary) and resolved_test(endpoint, plan, ratio) == "fisher-exact"
    how = by_enumeration.size if exact else by_patients.size
    return how(plan, endpoint, ratio=ratio, arms=names, accrual=accrual, integer=integer)  # type: ignore[arg-type]


def _check_arms(arms: tuple[str, ...] | None, count: int) -> None:
    if arms is not None and len(arms) != count:
        raise InputError.of("arms", arms, f"needs {count} names", "Name each arm, control first")
