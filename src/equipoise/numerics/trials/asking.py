"""Where the user's own parts are called: for an outcome, and for a decision."""

from __future__ import annotations

import math

from numba import njit

from .decisions import END, GO, Seen
from .looks import (
    ADVERSE_Z,
    DAY_OF,
    DECISION,
    EFFECT,
    EVENTS0,
    EVENTS1,
    FRACTION,
    PATIENTS0,
    PATIENTS1,
    SE,
    STATISTIC,
)
from .own import own_outcome, own_rule
from .records import OK, UNKNOWN_DECISION
from .statistics import BINARY, CONTINUOUS


@njit(forceinline=True, error_model="numpy")
def own_value(u, arm, entry_day, parameters, test):  # type: ignore[no-untyped-def]
    """An outcome of the user's, as the endpoint counts it; whether it is none that it has."""
    x = own_outcome(u, arm, entry_day, parameters)
    if test.endpoint == CONTINUOUS:
        x -= test.control
        return x, not abs(x) < math.inf
    if test.endpoint == BINARY:
        return x, not (x == 0.0 or x == 1.0)
    return x, not x >= 0.0


@njit(forceinline=True, error_model="numpy")
def ask(seen, k, total, rules, upper):  # type: ignore[no-untyped-def]
    """The decision of the user's rule where the others go on, into `seen`; a status."""
    reason = int(seen[DECISION])
    if rules.own == 0 or not (reason == GO or reason == END):
        return OK
    view = Seen(
        k,
        total,
        seen[FRACTION],
        seen[STATISTIC],
        seen[EFFECT],
        seen[SE],
        seen[PATIENTS0],
        seen[PATIENTS1],
        seen[EVENTS0],
        seen[EVENTS1],
        seen[ADVERSE_Z],
        seen[DAY_OF],
        upper[k],
        rules.lower[k],
    )
    decision = own_rule(view, rules.parameters)
    if not (decision >= GO and decision <= END and decision == int(decision)):
        return UNKNOWN_DECISION
    if decision != GO:
        seen[DECISION] = decision
    elif k == total - 1:
        seen[DECISION] = END
    return OK
