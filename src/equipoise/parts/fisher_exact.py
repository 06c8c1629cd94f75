"""Fisher's exact test as a decision rule: tables evaluated once, looked up in every trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.numerics.two_by_two import fisher_power, fisher_table

if TYPE_CHECKING:
    from equipoise.numerics.two_by_two import Ints
    from equipoise.vocabulary.trial import Design, Scenario


def critical_counts(design: Design) -> tuple[Ints, Ints]:
    """Tables for benefit and for harm, each (n_per_arm + 1,), in counts of good outcomes.

    The trial finds benefit when ``good_treatment >= benefit[good_control]`` and harm when
    ``good_treatment <= harm[good_control]``; the second is the first with good and bad exchanged.
    """
    n = design.n_per_arm
    benefit = fisher_table(n, n, design.plan.alpha)
    return benefit, n - benefit[::-1]


def rejection_probabilities(design: Design, scenario: Scenario) -> tuple[float, float]:
    """Exact chances, by enumeration, that the trial finds benefit and that it finds harm."""
    n, alpha = design.n_per_arm, design.plan.alpha
    control, treatment = (design.endpoint.good(risk) for risk in scenario.risks)
    return (
        fisher_power(n, n, control, treatment, alpha),
        fisher_power(n, n, 1 - control, 1 - treatment, alpha),
    )
