"""What a binary trial does at each look, as tables of counts.

They are evaluated once and looked up in every trial, real or simulated. Counts are of good
outcomes, so that more is better for both directions.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics import sequential_counts
from equipoise.numerics.two_rates import score_z, wald_z

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from equipoise.numerics.rates_restricted import Scale
    from equipoise.vocabulary.endpoint import Binary
    from equipoise.vocabulary.trial import PlannedLook, Scenario

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


class LookTables(NamedTuple):
    """Cumulative patients (K,) an arm, and critical counts (K, m) of good outcomes on treatment.

    At look k the trial stops for benefit where ``good_treatment >= benefit[k, good_control]``, for
    futility where it is at or below ``futility``, -1 for never. A trial that ends at or below
    `harm`, benefit mirrored, found harm.
    """

    n_control: Ints
    n_treatment: Ints
    benefit: Ints
    futility: Ints
    harm: Ints


def tables(test: str, endpoint: Binary, looks: Sequence[PlannedLook]) -> LookTables:
    """Tables of a two-arm design's looks.

    With Fisher's exact test a look stops for benefit where the one-sided p is at most the nominal
    level of its z boundary, and for futility where the score z is below the futility boundary.
    """
    if endpoint.single_arm:
        raise InputError.of("single_arm", True, "has no look tables", "Use by='normal'")
    n0, n1 = (np.array([look.patients[arm] for look in looks]) for arm in (0, 1))
    if not (np.all(n0 % 1 == 0) and np.all(n1 % 1 == 0)):
        raise InputError.of(
            "patients", [n0.tolist(), n1.tolist()], "must be whole", "Size with integer=True"
        )
    n0, n1 = n0.astype(np.int64), n1.astype(np.int64)
    upper = np.array([look.efficacy_z for look in looks])
    lower = np.array([look.futility_z for look in looks])
    lower[-1] = -math.inf  # the last look decides by the efficacy boundary alone

    def statistic(good1: Ints, m1: int, good0: Ints, m0: int) -> Floats:
        return _favouring(endpoint, test, good1, m1, good0, m0)

    if test == "fisher-exact":
        levels = special.ndtr(-upper)
        benefit = sequential_counts.fisher_look_tables(n0, n1, levels)
        harm = _mirror(benefit, n0, n1)
    else:
        benefit = sequential_counts.threshold_tables(n0, n1, upper, statistic)
        harm = sequential_counts.futility_tables(n0, n1, np.nextafter(-upper, np.inf), statistic)
    if endpoint.margin is not None:  # beyond a margin, harm has no mirrored test
        harm = np.full_like(benefit, -1)
    futility = sequential_counts.futility_tables(n0, n1, lower, statistic)
    harm[:-1] = np.minimum(harm[:-1], futility[:-1])  # harm names a stop; it does not make one
    return LookTables(n0, n1, benefit, futility, harm)


def _mirror(benefit: Ints, n0: Ints, n1: Ints) -> Ints:
    """Counts at or below which the test with good and bad exchanged rejects."""
    harm = np.full_like(benefit, -1)
    for k, (m0, m1) in enumerate(zip(n0, n1, strict=True)):
        harm[k, : m0 + 1] = m1 - benefit[k, : m0 + 1][::-1]
    return harm


def _favouring(endpoint: Binary, test: str, good1: Ints, m1: int, good0: Ints, m0: int) -> Floats:
    """Z in favour of treatment, from good outcomes."""
    scale: Scale = endpoint.scale.replace(" ", "_")  # type: ignore[assignment]
    of = wald_z if test == "unpooled" else score_z
    higher = endpoint.better == "higher"
    one, zero = (good1, good0) if higher else (m1 - good1, m0 - good0)
    z = of(
        one.astype(np.float64),
        float(m1),
        zero.astype(np.float64),
        float(m0),
        endpoint.margin,
        scale,
    )
    return z if higher else -z


def stopping(
    made: LookTables, endpoint: Binary, truth: Scenario, *, futility: bool = True
) -> Floats:
    """Exact probabilities (K, 3) of stopping for benefit and for futility, by enumeration.

    At the last look the second is the end without benefit. The third is the part of the second
    where the result lies at or beyond the mirrored benefit boundary: harm.
    """
    control, treatment = (endpoint.good(risk) for risk in truth.risk_pair())
    below = made.futility if futility else np.full_like(made.futility, -1)
    return sequential_counts.stopping_probabilities(
        made.n_control, made.n_treatment, made.benefit, below, control, treatment, made.harm
    )
