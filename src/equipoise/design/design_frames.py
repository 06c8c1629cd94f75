"""Sized designs as data frames, and the numbers that every page about one shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics import survival_trials
from equipoise.numerics.sequential import ABOVE, BELOW, OPPOSITE
from equipoise.parts import time_to_event
from equipoise.parts.accrual import DAYS_PER_MONTH, timeline
from equipoise.parts.expected_z import expected_z
from equipoise.parts.look_tables import stopping, tables
from equipoise.vocabulary.endpoint import Binary, TimeToEvent
from equipoise.vocabulary.scenario import Scenario

from .by_events import Enrolment, Survival
from .characteristics import as_exact, characteristics, no_effect, planned
from .frames import futility_of, nullable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .characteristics import By, DesignCharacteristics
    from .sized import SizedDesign

    Floats = NDArray[np.float64]

POINTS, POINTS_ENUMERATED = 81, 41
MONTHS = 121


class Promises(NamedTuple):
    """What a design does with no effect (the treatment on the margin) and as planned.

    The type I error is of both sides where the plan has two: of the efficacy boundary only, and as
    the trial is run.
    """

    by: By
    efficacy_only: float
    as_run: float
    null: DesignCharacteristics
    planned: DesignCharacteristics


_LARGE = 5000
"""Patients beyond which a curve, where the two no longer differ to the eye, is normal theory."""


def method_of(design: SizedDesign) -> By:
    """How its chances are computed: by enumeration for Fisher's exact test, else normal theory."""
    return "exact" if as_exact(design) else "normal"


def enumerable(design: SizedDesign) -> bool:
    """Whether normal theory can be held against the exact distribution: a single arm, say."""
    endpoint, sided = design.endpoint, design.plan.sided
    whole = all(n == int(n) for n in design.patients)
    return isinstance(endpoint, Binary) and endpoint.single_arm and sided == 1 and whole


def promises(design: SizedDesign) -> Promises:
    """Type I error, power and expected sizes."""
    by = method_of(design)
    null = characteristics(design, no_effect(design), by=by)
    only, as_run = null.efficacy_only, null.power
    if by == "normal":
        only, as_run = (
            float(design.sequential.stopping(0.0, futility=used)[:, [ABOVE, OPPOSITE]].sum())
            for used in (False, True)
        )
    return Promises(by, only, as_run, null, characteristics(design, by=by))


def design_frame(design: SizedDesign) -> pl.DataFrame:
    """One row a look: size, months, boundaries, the effects there, and chances of stopping.

    Patients are cumulative; in a single-arm trial those on control are null. Null stands also where
    a look cannot stop, and where the design does not say. `_null` is with no effect, or on the
    margin where there is one; `_planned` as planned. The chance of stopping for futility at the
    last look is that of ending without benefit; that of harm is null unless the plan is two-sided.
    `by` says how the chances were computed: "exact" by enumeration of the arms' counts (Fisher's
    exact test), "normal" by normal theory.
    """
    plan, looks = design.sequential, design.looks
    lower = futility_of(plan)
    stops = np.isfinite(lower)
    columns: dict[str, Floats] = {
        "patients_control": _arm(design, 0) if len(design.arms) == 2 else _nothing(design),
        "patients_treatment": _arm(design, -1),
        "patients": np.array([sum(look.patients) or np.nan for look in looks]),
        "events": _known([look.events for look in looks]),
        "months": _known([look.months for look in looks]),
        "efficacy_z": plan.bounds,
        "efficacy_p": np.where(np.isfinite(plan.bounds), special.ndtr(-plan.bounds), np.nan),
        "efficacy_effect": _known([look.efficacy_effect for look in looks]),
        "futility_z": lower,
        "futility_effect": np.where(
            stops, _known([look.futility_effect for look in looks]), np.nan
        ),
        "alpha_spent": plan.spent,
    }
    for name, truth in (("null", no_effect(design)), ("planned", planned(design))):
        found = _stopping(design, truth, null=name == "null")
        columns[f"stop_efficacy_{name}"] = found[:, ABOVE]
        columns[f"stop_futility_{name}"] = found[:, BELOW]
        columns[f"stop_harm_{name}"] = found[:, OPPOSITE] if plan.sided == 2 else _nothing(design)
    return pl.DataFrame(
        {
            "look": np.arange(1, plan.looks + 1),
            "information": plan.information,
            **{name: nullable(_finite(values)) for name, values in columns.items()},
            "by": [method_of(design)] * plan.looks,
        }
    )


def _stopping(design: SizedDesign, truth: Scenario, *, null: bool) -> Floats:
    """Chances of stopping, (K, 3)."""
    if as_exact(design) and design.n_total <= _LARGE:
        found = characteristics(design, truth, by="exact")
        return np.stack([found.benefit, found.futility, np.zeros(len(design.looks))], 1)
    plan = design.sequential
    return plan.stopping(0.0 if null else expected_z(design, truth) / plan.drift)


def _arm(design: SizedDesign, arm: int) -> Floats:
    return np.array([look.patients[arm] if look.patients else np.nan for look in design.looks])


def _nothing(design: SizedDesign) -> Floats:
    return np.full(len(design.looks), np.nan)


def _known(values: list[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def design_curve(design: SizedDesign) -> pl.DataFrame:
    """One row a true effect: power, as run and futility ignored, and expected size.

    `effect` is the event risk on treatment with the control as planned; or the difference between
    the means (the mean of a single arm); or the hazard ratio. It goes from half the planned effect
    in the wrong direction to one and a half times it.
    """
    effects = _grid(design)
    truths = [truth_at(design, float(effect)) for effect in effects]
    if as_exact(design) and design.n_total <= _LARGE:
        found, alone = _enumerated(design, truths)
    else:
        plan = design.sequential
        at = np.array([expected_z(design, truth) for truth in truths]) / plan.drift
        found, alone = plan.stopping(at), np.asarray(plan.power(at, futility=False))
    ended = found.sum(2)
    sizes = {
        "expected_patients": [sum(look.patients) or np.nan for look in design.looks],
        "expected_events": _known([look.events for look in design.looks]),
    }
    if isinstance(design.endpoint, TimeToEvent):  # who is enrolled by a look depends on the truth
        sizes["expected_patients"] = _nothing(design)
    return pl.DataFrame(
        {
            "effect": effects,
            "power": found[:, :, ABOVE].sum(1),
            "power_futility_ignored": alone,
            **{name: nullable(ended @ np.asarray(size)) for name, size in sizes.items()},
        }
    )


def _enumerated(design: SizedDesign, truths: list[Scenario]) -> tuple[Floats, Floats]:
    endpoint = design.endpoint
    assert isinstance(endpoint, Binary)
    made = tables(design)
    found = np.array([stopping(made, endpoint, truth) for truth in truths])
    found[:, :, OPPOSITE] = 0.0  # already part of the second column
    if design.sequential.futility is None:
        return found, found[:, :, ABOVE].sum(1)
    alone = [stopping(made, endpoint, truth, futility=False)[:, 0].sum() for truth in truths]
    return found, np.array(alone)


def effect_range(design: SizedDesign) -> tuple[float, float]:
    """No effect, or the margin, and the planned effect, as `effect` of :func:`design_curve`."""
    none, hoped = no_effect(design), planned(design)
    if none.risks is not None and hoped.risks is not None:
        return none.risks[1], hoped.risks[1]
    if none.means is not None and hoped.means is not None:
        base = 0.0 if len(design.arms) == 1 else hoped.means[0]
        return none.means[1] - base, hoped.means[1] - base
    return time_to_event.hazard_ratio(none), time_to_event.hazard_ratio(hoped)


def truth_at(design: SizedDesign, effect: float) -> Scenario:
    """The truth at a value of :func:`design_curve`'s `effect`, the control as planned."""
    endpoint, name = design.endpoint, f"{effect:g}"
    if isinstance(endpoint, TimeToEvent):
        return Scenario(name=name, hazard_ratio=effect)
    if isinstance(endpoint, Binary):
        return Scenario(name=name, risks=(endpoint.control, effect))
    mean = effect if endpoint.single_arm else endpoint.control + effect
    return Scenario(name=name, means=(endpoint.control, mean))


def _grid(design: SizedDesign) -> Floats:
    none, hoped = effect_range(design)
    points = POINTS_ENUMERATED if as_exact(design) else POINTS
    steps = np.linspace(-0.5, 1.5, points)
    if isinstance(design.endpoint, TimeToEvent):
        values = none * (hoped / none) ** steps
    else:
        values = none + (hoped - none) * steps
    if isinstance(design.endpoint, Binary):  # short of risks of 0 and 1, which have no variance
        least, most = min(none, hoped) / 5, 1 - (1 - max(none, hoped)) / 5
        values = np.linspace(max(values.min(), least), min(values.max(), most), points)
    return np.sort(values)


def timeline_frame(design: SizedDesign) -> pl.DataFrame:
    """One row a point of calendar time, from the first patient to the last look, in months.

    `enrolled` patients; and for time to event the events expected as planned, `events_planned`, and
    with no effect, `events_null`; else the patients whose outcome is known, `outcome_known`.

    Raises
    ------
    InputError
        Enrolment is not planned.
    """
    end = design.looks[-1].months
    if end is None:
        raise InputError.of(
            "accrual", None, "is needed for calendar time", "Give eq.Accrual(per_month=...)"
        )
    at = np.linspace(0.0, end, MONTHS)
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        assert design.enrolment is not None
        pieces = Enrolment(*design.enrolment).pieces
        columns = {"enrolled": survival_trials.enrolled(at, *pieces)}
        for name, ratio in (("planned", endpoint.hazard_ratio), ("null", endpoint.margin)):
            survival = Survival.of(endpoint, ratio, design.ratio)
            events = survival_trials.expected_events_by_arm(at, *pieces, *survival.parts)
            columns[f"events_{name}"] = events.sum(0)
        return pl.DataFrame({"months": at, **columns})
    assert design.accrual is not None
    pieces = timeline(design.accrual, end)
    late = at - endpoint.delay_days / DAYS_PER_MONTH
    return pl.DataFrame(
        {
            "months": at,
            **{
                name: np.minimum(survival_trials.enrolled(when, *pieces), design.n_total)
                for name, when in (("enrolled", at), ("outcome_known", np.maximum(late, 0.0)))
            },
        }
    )
