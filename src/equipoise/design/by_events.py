"""Sizes counted in events, with patients and calendar time from hazards and accrual."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics import survival_sizes, survival_trials
from equipoise.parts import time_to_event
from equipoise.parts.accrual import timeline
from equipoise.vocabulary.trial import PlannedLook

from .plan_checks import check_enough
from .sequential_of import as_sequential, at_information
from .sized import SizedDesign

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from equipoise.vocabulary.endpoint import TimeToEvent
    from equipoise.vocabulary.trial import Accrual, FixedSample

    from .group_sequential import GroupSequential

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Survival:
    """Both arms' hazards under one truth, as the event formulas take them."""

    starts: Floats
    hazards: Floats
    dropout: Floats
    shares: Floats

    @classmethod
    def of(cls, endpoint: TimeToEvent, hazard_ratio: float, ratio: float) -> Survival:
        """Control and treatment at `hazard_ratio`."""
        return cls(
            np.array(endpoint.from_months),
            np.outer([1.0, hazard_ratio], endpoint.hazards),
            np.array(endpoint.dropouts),
            survival_sizes.shares_of(ratio),
        )

    @property
    def parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        """In the order of the kernels' arguments."""
        return self.starts, self.hazards, self.dropout, self.shares


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Accrual as it will be run: edges in months, and patients a month at each piece's ends."""

    edges: Floats
    intensity: Floats

    @property
    def pieces(self) -> tuple[Floats, Floats]:
        """In the order of the kernels' arguments."""
        return self.edges, self.intensity

    @property
    def patients(self) -> float:
        """Patients enrolled at the end."""
        return float(survival_trials.enrolled([self.edges[-1]], *self.pieces)[0])


def size(
    plan: FixedSample | GroupSequential,
    endpoint: TimeToEvent,
    *,
    ratio: float,
    arms: tuple[str, ...],
    accrual: Accrual | None,
    follow_up_months: float | None,
    integer: bool,
) -> SizedDesign:
    """See :func:`equipoise.sample_size`."""
    _check(endpoint, accrual, follow_up_months)
    sequential = as_sequential(plan)
    fixed = fixed_events(sequential, endpoint, ratio, accrual, follow_up_months)
    total = fixed * sequential.inflation
    check_enough("events", total, sequential.looks, sequential.looks)
    if integer:
        made, events = _whole(sequential, total, fixed)
    else:
        made, events = sequential, sequential.information * total
    enrolment = months = None
    if accrual is not None:
        survival = Survival.of(endpoint, endpoint.hazard_ratio, ratio)
        enrolment = _enrol(accrual, follow_up_months, float(events[-1]), survival, integer)
        months = months_of(events, enrolment, survival, endpoint)
    drift = made.drift if not integer else _drift(sequential, fixed, float(events[-1]))
    return SizedDesign(
        endpoint=endpoint,
        plan=plan if sequential.looks == 1 else made,
        looks=_looks(made, endpoint, events, ratio, enrolment, months, integer),
        arms=arms,
        ratio=ratio,
        accrual=accrual,
        power=float(made.power(drift / made.drift)),
        fixed_patients=None,
        fixed_events=fixed,
        enrolment=None if enrolment is None else enrolment.pieces,
    )


def _check(endpoint: TimeToEvent, accrual: Accrual | None, follow_up: float | None) -> None:
    if follow_up is not None and not 0 <= follow_up < math.inf:
        raise InputError.of("follow_up_months", follow_up, "must be 0 or more", "Give months")
    if accrual is None:
        if follow_up is not None or endpoint.formula == "lachin-foulkes":
            raise InputError.of(
                "accrual", None, "is needed to know who is followed for how long", "Give an Accrual"
            )
        return
    if accrual.months is None and follow_up is None:
        raise InputError.of(
            "follow_up_months",
            None,
            "is needed where accrual has no end",
            "Give it, or the accrual's `months`",
        )
    if endpoint.formula == "lachin-foulkes" and (accrual.months is None or follow_up is None):
        raise InputError.of(
            "formula",
            endpoint.formula,
            "needs the accrual's `months` and `follow_up_months`",
            "Give both, or use 'schoenfeld'",
        )


def fixed_events(
    plan: GroupSequential,
    endpoint: TimeToEvent,
    ratio: float,
    accrual: Accrual | None,
    follow_up: float | None,
) -> float:
    """Events of a fixed-sample trial, not rounded."""
    z_alpha = float(special.ndtri(1 - plan.alpha / plan.sided))
    z_beta = float(special.ndtri(plan.target_power))
    if endpoint.formula == "lachin-foulkes":
        assert accrual is not None
        assert accrual.months is not None
        assert follow_up is not None
        return survival_sizes.lachin_foulkes_events(
            z_alpha,
            z_beta,
            endpoint.hazard_ratio,
            accrual.months + follow_up,
            *timeline(accrual),
            endpoint.from_months,
            endpoint.hazards,
            endpoint.dropouts,
            ratio,
            endpoint.margin,
        )
    per_root = time_to_event.drift(endpoint, time_to_event.planned(endpoint), 1.0, ratio)
    return ((z_alpha + z_beta) / per_root) ** 2


def _drift(plan: GroupSequential, fixed: float, events: float) -> float:
    return plan.fixed_drift * math.sqrt(events / fixed)


def _whole(plan: GroupSequential, total: float, fixed: float) -> tuple[GroupSequential, Floats]:
    """Whole events at each look, the boundaries for them, and at least the power aimed at."""
    most = math.ceil(total - 1e-9)
    if plan.looks == 1:
        return plan, np.array([float(most)])
    while True:
        events = np.ceil(plan.information * most - 1e-9)
        for k in range(1, plan.looks):
            events[k] = max(events[k], events[k - 1] + 1)
        made = at_information(plan, list(events / events[-1]))
        reached = made.power(_drift(plan, fixed, float(events[-1])) / made.drift)
        if reached >= plan.target_power - 1e-9:
            return made, events
        most += 1


def _enrol(
    accrual: Accrual, follow_up: float | None, events: float, survival: Survival, integer: bool
) -> Enrolment:
    pieces = timeline(accrual)
    if follow_up is None:
        enrolment = Enrolment(*pieces)
        if enrolment.patients < events:
            raise InputError.of(
                "accrual",
                f"{enrolment.patients:.0f} patients",
                f"fewer than the {events:.0f} events needed",
                "Enrol for longer or faster, or plan for a larger effect",
            )
        return enrolment
    if accrual.months is None:
        end = float(
            survival_trials.end_of_accrual([events], follow_up, *pieces, *survival.parts)[0]
        )
        if math.isnan(end):
            raise _too_few(events)
        pieces = survival_trials.accrual_until(end, *pieces)
        scale = 1.0
    else:
        at = accrual.months + follow_up
        scale = float(survival_sizes.accrual_scale([events], at, *pieces, *survival.parts)[0])
    enrolment = Enrolment(pieces[0], pieces[1] * scale)
    if not integer:
        return enrolment
    whole = math.ceil(enrolment.patients - 1e-9)
    return Enrolment(pieces[0], pieces[1] * scale * whole / enrolment.patients)


def months_of(
    events: Floats, enrolment: Enrolment, survival: Survival, endpoint: TimeToEvent
) -> Floats:
    """When the events are expected, in months; InputError where they never come."""
    months = survival_trials.time_of_events(events, *enrolment.pieces, *survival.parts)
    if np.isnan(months).any():
        raise _too_few(float(events[-1]))
    return months


def _too_few(events: float) -> InputError:
    return InputError.of(
        "accrual",
        "these patients and hazards",
        f"never come to {events:.0f} events, however long they are followed",
        "Enrol more patients, or assume higher hazards or less dropout",
    )


def _looks(
    plan: GroupSequential,
    endpoint: TimeToEvent,
    events: Floats,
    ratio: float,
    enrolment: Enrolment | None,
    months: Floats | None,
    integer: bool,
) -> tuple[PlannedLook, ...]:
    shares = survival_sizes.shares_of(ratio)
    looks = []
    for k, count in enumerate(events):
        patients: tuple[float, ...] = ()
        if enrolment is not None and months is not None:
            total = float(survival_trials.enrolled([months[k]], *enrolment.pieces)[0])
            patients = tuple(float(total * share) for share in shares)
            if integer:
                whole = math.ceil(total - 1e-9)
                treated = round(whole * float(shares[1]))
                patients = (float(whole - treated), float(treated))
        upper, lower = float(plan.bounds[k]), float(plan.futility_z[k])
        looks.append(
            PlannedLook(
                information=float(plan.information[k]),
                patients=patients,
                events=float(count),
                enrolled=sum(patients) if patients else None,
                months=None if months is None else float(months[k]),
                efficacy_z=upper,
                futility_z=lower,
                efficacy_effect=time_to_event.effect_at(endpoint, upper, count, ratio),
                futility_effect=time_to_event.effect_at(endpoint, lower, count, ratio),
            )
        )
    return tuple(looks)
