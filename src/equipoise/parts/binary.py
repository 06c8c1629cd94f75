"""The binary endpoint: a patient does well when the patient's word lies below a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from equipoise.numerics.philox import threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from equipoise.vocabulary.trial import Binary, Scenario


def word_limits(endpoint: Binary, scenarios: Sequence[Scenario]) -> NDArray[np.uint64]:
    """Limits (scenario, arm) on 32-bit words, for good outcomes."""
    return np.array(
        [[threshold(endpoint.good(risk)) for risk in scenario.risks] for scenario in scenarios],
        np.uint64,
    )
