"""Accrual: how long enrolment takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from equipoise.vocabulary.trial import Accrual

DAYS_PER_MONTH = 365.25 / 12


def months_to_enrol(accrual: Accrual, patients: int) -> float:
    """Months until `patients` are enrolled: the rate rises linearly from 0, then is constant."""
    ramp, rate = accrual.ramp_up_months, accrual.per_month
    during = rate * ramp / 2
    if patients <= during:
        return math.sqrt(2 * ramp * patients / rate)
    return ramp + (patients - during) / rate
