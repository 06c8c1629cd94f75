"""Sizes counted in patients, by normal theory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from equipoise.errors import InputError
from equipoise.numerics.survival_trials import enrolled
from equipoise.parts.accrual import DAYS_PER_MONTH, months_to_enrol, timeline
from equipoise.parts.expected_z import part_of
from equipoise.vocabulary.trial import PlannedLook

from .plan_checks import check_enough
from .sequential_of import as_sequential, at_information
from .sized import SizedDesign

if TYPE_CHECKING:
    from equipoise.vocabulary.endpoint import Binary, Continuous
    from equipoise.vocabulary.trial import Accrual, FixedSample

    from .group_sequential import GroupSequential

    Arms = tuple[float, ...]


def size(
    plan: FixedSample | GroupSequential,
    endpoint: Binary | Continuous,
    *,
    ratio: float,
    arms: tuple[str, ...],
    accrual: Accrual | None,
    integer: bool,
) -> SizedDesign:
    """See :func:`equipoise.sample_size`."""
    part, sequential = part_of(endpoint), as_sequential(plan)
    side = sequential.alpha / sequential.sided
    fixed = part.fixed_size(endpoint, side, sequential.target_power, ratio)
    total = fixed * sequential.inflation
    check_enough("patients", total, sequential.looks, sequential.looks * len(arms))

    def power(made: GroupSequential, patients: float) -> float:
        drift = made.fixed_drift * math.sqrt(patients / fixed)
        return float(made.power(drift / made.drift))

    if integer:
        made, counts = _whole(sequential, total, ratio, len(arms), power)
    else:
        made = sequential
        counts = [_split(t * total, ratio, len(arms)) for t in sequential.information]
    return SizedDesign(
        endpoint=endpoint,
        plan=plan if sequential.looks == 1 else made,
        looks=planned_looks(made, endpoint, counts, ratio, accrual),
        arms=arms,
        ratio=ratio,
        accrual=accrual,
        power=power(made, sum(counts[-1])),
        fixed_patients=fixed,
    )


def _split(total: float, ratio: float, arms: int) -> Arms:
    return (total,) if arms == 1 else (total / (1 + ratio), total * ratio / (1 + ratio))


def whole_arms(total: float, ratio: float, arms: int) -> Arms:
    """Whole patients an arm that are at least `total`."""
    return tuple(math.ceil(n - 1e-9) for n in _split(total, ratio, arms))


def information_of(arms: Arms) -> float:
    """What an estimate from these patients is worth: the harmonic total of the arms."""
    return 1 / sum(1 / n for n in arms)


def looks_within(plan: GroupSequential, last: Arms) -> list[Arms]:
    """Whole patients an arm at each look of a trial that ends with `last`."""
    return [tuple(max(1, math.ceil(t * n - 1e-9)) for n in last) for t in plan.information[:-1]] + [
        last
    ]


def remade(plan: GroupSequential, counts: list[Arms]) -> GroupSequential:
    """The plan's boundaries made again at the information that whole patients give."""
    if plan.looks == 1:
        return plan
    most = information_of(counts[-1])
    return at_information(plan, [information_of(row) / most for row in counts])


def _whole(plan: GroupSequential, total: float, ratio: float, arms: int, power):  # type: ignore[no-untyped-def]
    """The first whole size, from the real one up, with the power aimed at."""
    last = whole_arms(total, ratio, arms)
    while True:
        counts = looks_within(plan, last)
        made = remade(plan, counts)
        if power(made, sum(last)) >= plan.target_power - 1e-9:
            return made, counts
        last = whole_arms(sum(last) + (1 if arms == 1 else 1 + ratio), ratio, arms)


def planned_looks(
    plan: GroupSequential,
    endpoint: Binary | Continuous,
    counts: list[Arms],
    ratio: float,
    accrual: Accrual | None,
) -> tuple[PlannedLook, ...]:
    """The looks as records: patients, months, boundaries, and the effects at these."""
    part, looks = part_of(endpoint), []
    for k, row in enumerate(counts):
        months = running = None
        if accrual is not None:
            months = months_to_enrol(accrual, sum(row)) + endpoint.delay_days / DAYS_PER_MONTH
            if math.isinf(months):
                raise InputError.of(
                    "months",
                    accrual.months,
                    f"enrolment ends before the {sum(row):.0f} patients that are needed",
                    "Enrol for longer or faster",
                )
            so_far = float(enrolled([months], *timeline(accrual, months))[0])
            running = min(so_far, float(sum(counts[-1])))
        upper, lower = float(plan.bounds[k]), float(plan.futility_z[k])
        looks.append(
            PlannedLook(
                information=float(plan.information[k]),
                patients=row,
                enrolled=running,
                months=months,
                efficacy_z=upper,
                futility_z=lower,
                efficacy_effect=part.effect_at(endpoint, upper, sum(row), ratio),
                futility_effect=part.effect_at(endpoint, lower, sum(row), ratio),
            )
        )
    return tuple(looks)
