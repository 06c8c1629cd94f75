"""Any plan as a group-sequential one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .group_sequential import GroupSequential

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.trial import FixedSample


def as_sequential(plan: FixedSample | GroupSequential) -> GroupSequential:
    """A fixed sample is one look."""
    if isinstance(plan, GroupSequential):
        return plan
    return GroupSequential(looks=1, alpha=plan.alpha, power=plan.power)


def at_information(plan: GroupSequential, information: Sequence[float]) -> GroupSequential:
    """The plan's boundaries made again at other fractions of the maximum."""
    return GroupSequential(
        information=information,
        alpha=plan.alpha,
        sided=plan.sided,
        power=plan.target_power,
        efficacy=plan.efficacy,
        futility=plan.futility,
    )
