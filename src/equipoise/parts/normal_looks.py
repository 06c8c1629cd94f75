"""A binary design's looks by normal theory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from equipoise.numerics.sequential import stopping_under

from .binary import drift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from equipoise.vocabulary.trial import Design, Scenario

_LARGEST = 60.0
"""Beyond this drift every trial finds what it looks for."""


def normal_stopping(design: Design, truth: Scenario) -> NDArray[np.float64]:
    """Probabilities of stopping, (K, 3), as :func:`numerics.sequential.stopping` has them."""
    looks, sided = design.looks, design.plan.sided
    alpha = design.plan.alpha / sided
    eta = drift(design.endpoint, truth, design.n_total, alpha, design.ratio)  # type: ignore[arg-type]
    eta = min(max(eta, -_LARGEST), _LARGEST) if not math.isnan(eta) else 0.0
    upper = np.array([look.efficacy_z for look in looks])
    lower = np.array([look.futility_z for look in looks])
    lower[-1] = -math.inf if sided == 1 else 0.0
    out = np.empty((1, len(looks), 3))
    t = np.array([look.information for look in looks])
    stopping_under(t, sided, upper, lower, np.array([eta]), out)
    return np.asarray(out[0])
