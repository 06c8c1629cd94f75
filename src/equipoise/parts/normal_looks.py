"""A design's looks by normal theory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from equipoise.numerics.sequential import stopping_under

from .expected_z import expected_z

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design


def normal_stopping(design: Design, truth: Scenario) -> NDArray[np.float64]:
    """Probabilities of stopping, (K, 3), as :func:`numerics.sequential.stopping` has them."""
    looks, sided = design.looks, design.plan.sided
    none = -math.inf if sided == 1 else 0.0
    upper = np.array([look.efficacy_z for look in looks])
    lower = np.maximum([look.futility_z for look in looks], none)
    lower[-1] = none
    out = np.empty((1, len(looks), 3))
    t = np.array([look.information for look in looks])
    stopping_under(t, sided, upper, lower, np.array([expected_z(design, truth)]), out)
    return np.asarray(out[0])
