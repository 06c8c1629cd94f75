"""Where a user's own parts go: these stand in when there are none.

A user's functions take their place in a generated module (``store/kernels.py``), which repeats the
text of the engine's kernel.
"""

from __future__ import annotations

import math

from numba import njit


@njit(forceinline=True)
def own_rule(seen, parameters):  # type: ignore[no-untyped-def]
    """Go on."""
    return 0


@njit(forceinline=True)
def own_outcome(u, arm, entry_day, parameters):  # type: ignore[no-untyped-def]
    """No outcome."""
    return math.nan
