"""What a look decides: one rule for trials that are simulated and for those that are run.

Boundaries are z values, one a look. A rule on conditional or predictive power is such a boundary
too, since both rise with z.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.sequential import DONE
from equipoise.numerics.sequential_designs import efficacy_boundary

Floats = NDArray[np.float64]

GO, EFFICACY, FUTILITY, CONDITIONAL_POWER, PREDICTIVE_POWER, SAFETY, HARM, END = range(8)
"""What happens at a look: the trial goes on; it stops for benefit, at the futility boundary, for
low conditional or predictive power, for adverse events, or for harm; it ends without any of these
at its last look."""

REASONS = (
    "go on",
    "efficacy",
    "futility",
    "conditional power",
    "predictive power",
    "safety",
    "harm",
    "end",
)

CLOSEST = 1e-6
"""A look whose information is less than this share above that of the look before has no more."""

TIE = 1e-10
"""A statistic this close to a boundary is on it, and stops the trial."""


class Rules(NamedTuple):
    """Boundaries by look, (K,) each, infinite where there is none.

    `upper` stops for efficacy at or above; `lower`, `conditional` and `predictive` for futility at
    or below; `safety` at or above, on the statistic of adverse events. Of a two-sided plan, `lower`
    bounds the absolute value. `own`: 0 without a rule of the user's, 1 with one beside these, 2
    with one instead.

    Where `spend` has any values, `upper` is found at each look for the information that the trial
    has gathered: `spend` (Q + 1,) is the alpha of one side to be spent by the fractions 0, 1 / Q,
    ..., 1, or, of one row more than looks, by the number of the look (`by_number`); `given` (K,) is
    z where it is given and nan where alpha is spent; `counted` (K,) the futility boundary that is
    counted on.
    """

    sided: int
    upper: Floats
    lower: Floats
    conditional: Floats
    predictive: Floats
    safety: Floats
    own: int
    parameters: Floats
    spend: Floats
    by_number: bool
    given: Floats
    counted: Floats


class Seen(NamedTuple):
    """What a look shows to a rule.

    `look` counts from 0 and `looks` is how many there are; `information` is the fraction of the
    planned maximum, `z` favours treatment where positive, `estimate` with its `standard_error` is
    on the scale on which the trial estimates (the logarithm, of a ratio); patients with a known
    outcome and events are control's and treatment's; `day` counts from the start of enrolment;
    `upper` and `lower` are the plan's boundaries.
    """

    look: int
    looks: int
    information: float
    z: float
    estimate: float
    standard_error: float
    control_patients: float
    treatment_patients: float
    control_events: float
    treatment_events: float
    adverse_z: float
    day: float
    upper: float
    lower: float


@njit(forceinline=True, error_model="numpy")
def spent_by(rules, look, looks, fraction):  # type: ignore[no-untyped-def]
    """Alpha of one side to be spent by `look`, which stands at `fraction`."""
    last = rules.spend.size - 1
    if look == looks - 1:
        return rules.spend[last]
    if rules.by_number:
        return rules.spend[look + 1]
    place = min(max(fraction, 0.0), 1.0) * last
    below = min(int(place), last - 1)
    share = place - below
    if share < 1e-9:
        return rules.spend[below]
    return rules.spend[below] + share * (rules.spend[below + 1] - rules.spend[below])


@cached(nogil=True, error_model="numpy")
def boundary_now(  # type: ignore[no-untyped-def]
    rules, looks, look, fraction, fractions, spent, given, counted, upper, held
):
    """The efficacy boundary of `look` at the information gathered, as a plan is updated.

    `held` looks were held before; their fractions, alpha spent and boundaries stand in the scratch
    arrays (K,), to which those of this one are added. Returns the boundary, infinite where nothing
    is left to spend, and how many looks are now held. A look without more information than the one
    before spends nothing, unless it is the last, which then takes its place.
    """
    more = held == 0 or fraction > fractions[held - 1] * (1.0 + CLOSEST)
    if not more and look < looks - 1:
        return math.inf, held
    at = held if more else held - 1
    if fraction <= 0.0:
        return math.inf, held
    fractions[at] = fraction
    spent[at] = spent_by(rules, look, looks, fraction)
    given[at] = rules.given[look] if look < looks - 1 else math.nan
    counted[at] = rules.counted[look]
    upper[: at + 1] = given[: at + 1]
    below = counted[: at + 1].copy()
    status = efficacy_boundary(
        fractions[: at + 1],
        rules.sided,
        spent[: at + 1],
        np.empty(0),
        rules.spend[-1],
        below,
        upper[: at + 1],
    )
    return (upper[at] if status == DONE else math.inf), at + 1


@njit(forceinline=True, error_model="numpy")
def decide(look, looks, z, futility_z, adverse_z, rules, upper):  # type: ignore[no-untyped-def]
    """The reason to stop at `look`, counted from 0, or `GO`; `END` at the last look.

    `upper` (K,) is the efficacy boundary in force.

    `futility_z` is compared with the boundaries below, `z` with that for efficacy; they differ for
    Fisher's exact test only. Safety is looked at first, then efficacy, then futility.
    """
    if adverse_z >= rules.safety[look] - TIE:
        return SAFETY
    if z >= upper[look] - TIE:
        return EFFICACY
    last = look == looks - 1
    if rules.sided == 2:
        if z <= TIE - upper[look]:
            return HARM
        if last:
            return END
        return FUTILITY if abs(futility_z) <= rules.lower[look] + TIE else GO
    if last:
        return END
    if futility_z <= rules.lower[look] + TIE:
        return FUTILITY
    if futility_z <= rules.conditional[look] + TIE:
        return CONDITIONAL_POWER
    return PREDICTIVE_POWER if futility_z <= rules.predictive[look] + TIE else GO
