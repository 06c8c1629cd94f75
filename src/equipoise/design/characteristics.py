"""What a design does under a truth, without simulating it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from equipoise.errors import InputError
from equipoise.numerics.sequential import ABOVE
from equipoise.numerics.survival_trials import enrolled
from equipoise.parts import time_to_event
from equipoise.parts.analysis import resolved_test
from equipoise.parts.expected_z import expected_z, part_of
from equipoise.parts.look_tables import stopping, tables
from equipoise.vocabulary.endpoint import Binary, TimeToEvent
from equipoise.vocabulary.record import record
from equipoise.vocabulary.scenario import Scenario

from .sequential_of import as_sequential

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from equipoise.vocabulary.trial import Design

    Floats = NDArray[np.float64]

By = Literal["normal", "exact"]


@record
class DesignCharacteristics:
    """A design under one truth.

    Attributes
    ----------
    scenario : Scenario
    by : {"normal", "exact"}
        "normal": recursive integration of the joint normal, asymptotic for rates and survival;
        "exact": enumeration of the arms' counts.
    benefit, futility : tuple of float, (K,)
        Chances of stopping at each look for benefit and for futility as the trial is run; the last
        futility is the end without benefit.
    harm : tuple of float, (K,)
        Chances of stopping for harm, by the mirrored boundary of a two-sided plan; else 0.
    efficacy_only : float
        Chance of finding benefit when the futility boundary is ignored.
    expected_patients, expected_enrolled, expected_events, expected_months : float, optional
        Means at the end of the trial, of the patients whose outcome is known and of those enrolled;
        None where the design does not say.
    """

    scenario: Scenario
    by: By
    benefit: tuple[float, ...]
    futility: tuple[float, ...]
    harm: tuple[float, ...]
    efficacy_only: float
    expected_patients: float | None
    expected_enrolled: float | None
    expected_events: float | None
    expected_months: float | None

    @property
    def power(self) -> float:
        """Chance of finding benefit, as run: the type I error where the treatment has no effect."""
        return math.fsum(self.benefit)

    @property
    def stopping(self) -> tuple[float, ...]:
        """Chance that the trial ends at each look."""
        return tuple(map(math.fsum, zip(self.benefit, self.futility, self.harm, strict=True)))


def planned(design: Design) -> Scenario:
    """The truth that the design was sized for."""
    return part_of(design.endpoint).planned(design.endpoint)  # type: ignore[no-any-return]


def no_effect(design: Design) -> Scenario:
    """The treatment on the margin."""
    return part_of(design.endpoint).no_effect(design.endpoint)  # type: ignore[no-any-return]


def characteristics(
    design: Design, scenario: Scenario | None = None, *, by: By = "normal"
) -> DesignCharacteristics:
    """See :func:`equipoise.characteristics`."""
    truth = planned(design) if scenario is None else scenario
    if by == "normal":
        found, alone = _normal(design, truth)
    elif by == "exact":
        found, alone = _exact(design, truth)
    else:
        raise InputError.of("by", by, "must be 'normal' or 'exact'", "Name one of these")
    ended, months = found.sum(1), _months(design, truth)
    return DesignCharacteristics(
        scenario=truth,
        by=by,
        benefit=tuple(map(float, found[:, 0])),
        futility=tuple(map(float, found[:, 1])),
        harm=tuple(map(float, found[:, 2])),
        efficacy_only=alone,
        expected_patients=_mean(ended, _patients(design, months)),
        expected_enrolled=_mean(ended, _enrolled(design, months)),
        expected_events=_mean(ended, [look.events for look in design.looks]),
        expected_months=_mean(ended, months),
    )


def _patients(design: Design, months: list[float | None]) -> list[float | None]:
    """Patients at the looks: for time to event those enrolled by then."""
    enrolment = getattr(design, "enrolment", None)
    if enrolment is None:
        return [sum(look.patients) if look.patients else None for look in design.looks]
    return [float(n) for n in enrolled(np.array(months, np.float64), *enrolment)]


def _enrolled(design: Design, months: list[float | None]) -> list[float | None]:
    if isinstance(design.endpoint, TimeToEvent):
        return _patients(design, months)
    return [look.enrolled for look in design.looks]


def _mean(weights: Floats, values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return float(weights @ np.array(known))


def as_exact(design: Design) -> bool:
    """Whether the design was sized by enumeration."""
    return resolved_test(design.endpoint, design.plan, design.ratio) == "fisher-exact"


def _normal(design: Design, truth: Scenario) -> tuple[Floats, float]:
    plan = as_sequential(design.plan)  # type: ignore[arg-type]
    effect = expected_z(design, truth) / plan.drift
    found = plan.stopping(effect)
    return found, float(plan.stopping(effect, futility=False)[:, ABOVE].sum())


def _exact(design: Design, truth: Scenario) -> tuple[Floats, float]:
    endpoint = design.endpoint
    if not isinstance(endpoint, Binary):
        raise InputError.of(
            "by", "exact", "is of binary outcomes, whose counts can be enumerated", "Use 'normal'"
        )
    made = tables(design)
    alone = stopping(made, endpoint, truth, futility=False)
    found = stopping(made, endpoint, truth)
    found[:, 2] = 0.0  # a one-sided trial does not stop for harm
    return found, float(alone[:, 0].sum())


def _months(design: Design, truth: Scenario) -> list[float | None]:
    """Calendar time of the looks: for time to event it depends on the truth."""
    endpoint, enrolment = design.endpoint, getattr(design, "enrolment", None)
    if not isinstance(endpoint, TimeToEvent) or enrolment is None:
        return [look.months for look in design.looks]
    from .by_events import Enrolment, Survival, months_of

    events = np.array([look.events for look in design.looks], np.float64)
    survival = Survival.of(endpoint, time_to_event.hazard_ratio(truth), design.ratio)
    return [float(m) for m in months_of(events, Enrolment(*enrolment), survival, endpoint)]
