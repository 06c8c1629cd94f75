"""Whether the looks follow from each other, and what a bare plan must be told of its effect."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from equipoise.errors import InputError
from equipoise.inputs import number, numbers
from equipoise.vocabulary.look_data import LookData, MeansAtLook, RatesAtLook, present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.look_data import Pair

    from .group_sequential import GroupSequential


def check_looks(looks: Sequence[LookData], overrun: LookData | None) -> list[LookData]:
    """One kind, the same arms, and each look with all that the one before had, and more."""
    given = list(looks) if isinstance(looks, list | tuple) else []
    if not given or not all(isinstance(look, LookData) for look in given):
        raise InputError.of(
            "looks", looks, "must be a list of records such as eq.RatesAtLook", "Give a list"
        )
    if overrun is not None and not isinstance(overrun, LookData):
        raise InputError.of("overrun", overrun, "must be a record as in `looks`", "Give one")
    given += [] if overrun is None else [overrun]
    for before, after in pairwise(given):
        if type(before) is not type(after):
            raise InputError.of("looks", after, "must all be of one kind", "Give the same record")
        if not after.amount > before.amount:
            raise InputError.of(
                "looks",
                after,
                f"has no more information than the look before, {before.amount:g}",
                "Give what was seen in all by each look, not since the last",
            )
        if isinstance(before, MeansAtLook) and isinstance(after, MeansAtLook):
            _check_growth("patients", before.patients, after.patients)
        if isinstance(before, RatesAtLook) and isinstance(after, RatesAtLook):
            _check_growth("patients", before.patients, after.patients)
            _check_growth("events", before.events, after.events)
            _check_growth("patients without event", _without(before), _without(after))
    return given


def _without(look: RatesAtLook) -> Pair:
    one = look.patients[1] - look.events[1]
    if look.patients[0] is None or look.events[0] is None:
        return (None, one)
    return (look.patients[0] - look.events[0], one)


def _check_growth(name: str, before: Pair, after: Pair) -> None:
    if (before[0] is None) != (after[0] is None):
        raise InputError.of(name, after, "must have the arms of the look before", "Give both arms")
    if any(b < a for a, b in zip(present(before), present(after), strict=True)):
        raise InputError.of(
            name,
            after,
            f"cannot be fewer than at the look before, {before!r}",
            "Give what was seen in all by each look, not since the last",
        )


def check_information(
    plan: GroupSequential,
    amounts: list[float],
    made: int,
    information: Sequence[float] | None,
    maximum: float | None,
) -> list[float] | None:
    """Fractions of the planned maximum at each amount; None for those planned."""
    if information is not None and maximum is not None:
        raise InputError.of(
            "maximum", maximum, "is given beside `information`", "Give one of the two"
        )
    if maximum is not None:
        if number("maximum", maximum, "Give the planned maximum") <= 0:
            raise InputError.of("maximum", maximum, "must be above 0", "Give the planned maximum")
        return [amount / maximum for amount in amounts]
    if information is not None:
        fractions: list[float] = numbers(
            "information", information, "Give fractions of the maximum"
        ).tolist()
        if len(fractions) not in {made, len(amounts)}:
            raise InputError.of(
                "information", information, f"needs one for each of {made} looks", "Give as many"
            )
        return fractions
    if made > plan.looks:
        raise InputError.of(
            "looks",
            made,
            f"are more than the {plan.looks} planned",
            "Give the planned `maximum`, so that the boundaries follow the looks made",
        )
    return None
