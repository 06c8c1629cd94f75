"""Two arms, one analysis: patients an arm."""

from __future__ import annotations

from equipoise.numerics.two_by_two import exact_sample_size, normal_sample_size
from equipoise.vocabulary.trial import Accrual, Binary, Design, FixedSample


def sample_size(
    plan: FixedSample,
    endpoint: Binary,
    *,
    arms: tuple[str, str] = ("control", "treatment"),
    accrual: Accrual | None = None,
) -> Design:
    """Size a two-arm trial for Fisher's exact test by enumeration.

    Returns
    -------
    Design
        With the first number of patients an arm at which the power, and that of one more an arm,
        reaches ``plan.power``.

    References
    ----------
    Fisher (1935), JRSS 98:39. Validation: docs/reference/validation.md#fisher-size
    """
    control, treatment = endpoint.good(endpoint.control), endpoint.good(endpoint.treatment)
    n = exact_sample_size(control, treatment, plan.alpha, plan.power)
    return Design(endpoint=endpoint, plan=plan, n_per_arm=n, arms=arms, accrual=accrual)


def normal_size(plan: FixedSample, endpoint: Binary) -> float:
    """Patients an arm by the pooled normal approximation, not rounded."""
    control, treatment = endpoint.good(endpoint.control), endpoint.good(endpoint.treatment)
    return normal_sample_size(control, treatment, plan.alpha, plan.power)
