"""Sizes for Fisher's exact test, by enumeration of both arms' counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scipy import special

from equipoise.errors import InputError
from equipoise.numerics.two_by_two import exact_sample_size, fisher_power
from equipoise.parts.binary import planned
from equipoise.parts.look_tables import stopping, tables_of
from equipoise.vocabulary.trial import PlannedLook

from .by_patients import looks_within, planned_looks, remade
from .sequential_of import as_sequential
from .sized import SizedDesign

if TYPE_CHECKING:
    from equipoise.vocabulary.endpoint import Binary
    from equipoise.vocabulary.trial import Accrual, FixedSample

    from .group_sequential import GroupSequential

_LARGE = 2000
"""Patients an arm beyond which the size need not be the very first."""


def size(
    plan: FixedSample | GroupSequential,
    endpoint: Binary,
    *,
    ratio: float,
    arms: tuple[str, ...],
    accrual: Accrual | None,
    integer: bool,
) -> SizedDesign:
    """See :func:`equipoise.sample_size`."""
    if ratio != 1 or not integer:
        name, value = ("ratio", ratio) if ratio != 1 else ("integer", integer)
        raise InputError.of(
            name, value, "is for normal theory; Fisher's test is sized 1:1", "Use test='pooled'"
        )
    sequential = as_sequential(plan)
    if sequential.sided == 2:
        raise InputError.of(
            "sided", 2, "Fisher's exact test is sized one-sided", "Use sided=1 with half the alpha"
        )
    control, treatment = endpoint.good(endpoint.control), endpoint.good(endpoint.treatment)
    alpha, power = sequential.alpha, sequential.target_power
    fixed = exact_sample_size(control, treatment, alpha, power)
    if sequential.looks == 1:
        counts: list[tuple[float, ...]] = [(fixed, fixed)]
        made, reached = sequential, fisher_power(fixed, fixed, control, treatment, alpha)
    else:
        _, made, counts, reached = _search(sequential, endpoint, fixed)
    return SizedDesign(
        endpoint=endpoint,
        plan=plan if sequential.looks == 1 else made,
        looks=planned_looks(made, endpoint, counts, ratio, accrual),
        arms=arms,
        ratio=ratio,
        accrual=accrual,
        power=reached,
        fixed_patients=2.0 * fixed,
    )


def _search(plan: GroupSequential, endpoint: Binary, fixed: int) -> _Sized:
    """The first size whose power, and that of one more an arm, is enough.

    The power is a saw-tooth in the size, so the search goes up one by one from where it is too low.
    Beyond `_LARGE` an arm the teeth are small and enumeration slow: there the search begins at the
    size that normal theory gives from an enumerated one, and need not be the very first.
    """
    target = plan.target_power

    def at(n: int) -> _Sized:
        return _sized(plan, endpoint, n)

    this = at(max(plan.looks, round(plan.inflation * fixed)))
    for _ in range(3):  # by normal theory, to where the power is about right
        n = max(plan.looks, round(this.n * _factor(plan, this.power)))
        if abs(n - this.n) <= 1:
            break
        this = at(n)
    back = max(8, this.n // 10) if this.n < 500 else max(8, this.n // 40)
    while this.n <= _LARGE and this.power >= target and this.n > plan.looks:
        this = at(max(plan.looks, this.n - back))
    while True:
        following = at(this.n + 1)
        if this.power >= target and following.power >= target:
            return this
        this = following


class _Sized(NamedTuple):
    n: int
    plan: GroupSequential
    counts: list[tuple[float, ...]]
    power: float


def _factor(plan: GroupSequential, power: float) -> float:
    """By how much normal theory would change a size that has `power`."""
    z = special.ndtri(1 - plan.alpha)
    reached = special.ndtri(min(max(power, 0.01), 1 - 1e-9))
    return float(((z + special.ndtri(plan.target_power)) / (z + reached)) ** 2)


def _sized(plan: GroupSequential, endpoint: Binary, n: int) -> _Sized:
    counts = looks_within(plan, (n, n))
    made = remade(plan, counts)
    looks = tuple(
        PlannedLook(information=0.0, patients=row, efficacy_z=float(up), futility_z=float(low))
        for row, up, low in zip(counts, made.bounds, made.futility_bounds, strict=True)
    )
    found = stopping(tables_of("fisher-exact", endpoint, looks), endpoint, planned(endpoint))
    return _Sized(n, made, counts, float(found[:, 0].sum()))
