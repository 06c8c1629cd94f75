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
from equipoise.vocabulary.endpoint import Binary

from .analysis import resolved_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from equipoise.numerics.rates_restricted import Scale
    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design, PlannedLook

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


TIE = 1e-10
"""A statistic this close to a boundary is on it, and stops the trial."""


def tables(design: Design) -> LookTables:
    """Tables of a one-sided design's looks with a binary outcome; InputError for any other.

    A single arm is the treatment beside a control without patients.
    """
    endpoint = design.endpoint
    if not isinstance(endpoint, Binary):
        raise InputError.of(
            "endpoint",
            type(endpoint).__name__,
            "only a binary outcome is looked up in tables of counts",
            "Use eq.characteristics(design, by='normal')",
        )
    if design.plan.sided == 2:
        raise InputError.of(
            "sided", 2, "tables of counts are of one-sided plans", "Use by='normal', or sided=1"
        )
    test = resolved_test(endpoint, design.plan, design.ratio)
    return tables_of(test, endpoint, design.looks)


def tables_of(test: str, endpoint: Binary, looks: Sequence[PlannedLook]) -> LookTables:
    """Tables of the looks of a one-sided trial with two arms.

    With Fisher's exact test a look stops for benefit where the one-sided p is at most the nominal
    level of its z boundary, and for futility where the score z is at or below that boundary.
    """
    n1 = np.array([look.patients[-1] for look in looks])
    n0 = np.array([0 if endpoint.single_arm else look.patients[0] for look in looks])
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
        benefit = sequential_counts.threshold_tables(n0, n1, upper - TIE, statistic)
        harm = sequential_counts.futility_tables(n0, n1, TIE - upper, statistic)
    if endpoint.margin is not None:  # beyond a margin, harm has no mirrored test
        harm = np.full_like(benefit, -1)
    futility = sequential_counts.futility_tables(n0, n1, lower + TIE, statistic)
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
    if endpoint.single_arm:
        good = endpoint.good(endpoint.control)
        return np.asarray((good1 - m1 * good) / math.sqrt(m1 * good * (1 - good)))
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
