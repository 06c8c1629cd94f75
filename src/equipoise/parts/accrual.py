"""Accrual: how many are enrolled, and how long it takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from equipoise.numerics.survival_trials import (
    accrual_until,
    constant_accrual,
    enrolled,
    ramped_accrual,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from equipoise.vocabulary.trial import Accrual

    Timeline = tuple[NDArray[np.float64], NDArray[np.float64]]

DAYS_PER_MONTH = 365.25 / 12


def timeline(accrual: Accrual, months: float | None = None) -> Timeline:
    """Edges (m + 1,) in months and intensity (m, 2) at the ends of each piece.

    It ends after `months`, else when the accrual does; an open one goes on at its last rate from
    its last change.
    """
    last = max(accrual.from_months[-1], accrual.ramp_up_months)
    end = accrual.months if accrual.months is not None else last + 1.0
    edges = [*accrual.from_months, end]
    if accrual.ramp_up_months > 0:
        pieces = ramped_accrual(accrual.ramp_up_months, edges, accrual.rates)
    else:
        pieces = constant_accrual(edges, accrual.rates)
    return pieces if months is None else accrual_until(months, *pieces)


def months_to_enrol(accrual: Accrual, patients: float) -> float:
    """Months until `patients` are enrolled; infinite where enrolment ends before."""
    edges, intensity = timeline(accrual)
    by_edge = enrolled(edges, edges, intensity)
    last = len(intensity) - 1
    piece = next((i for i in range(last) if patients <= by_edge[i + 1]), last)
    start, (left, right) = float(edges[piece]), intensity[piece]
    slope = (right - left) / (edges[piece + 1] - start)
    more = patients - by_edge[piece]
    if slope == 0:
        months = start + more / left if left > 0 else math.inf
    else:
        months = start + (math.sqrt(left * left + 2 * slope * more) - left) / slope
    late = accrual.months is not None and months > accrual.months * (1 + 1e-12)
    return math.inf if late else float(months)
