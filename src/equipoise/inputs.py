"""Values from a user: what is not a number, or not a known name, is refused.

Each with name, value, rule and mend.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from equipoise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


def number(name: str, value: Any, mend: str = "Give a number") -> float:
    """`value` as a finite float."""
    try:
        made = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError.of(name, value, "must be a number", mend) from error
    if isinstance(value, str | bytes) or not math.isfinite(made):
        raise InputError.of(name, value, "must be a finite number", mend)
    return made


def numbers(
    name: str, values: Any, mend: str = "Give a list of numbers", *, infinite: bool = False
) -> NDArray[np.float64]:
    """`values` as an array (k,) of floats, not nan, finite unless `infinite`."""
    import numpy as np

    try:
        made = np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError.of(name, values, "must be numbers", mend) from error
    good = not np.isnan(made).any() if infinite else np.isfinite(made).all()
    if made.ndim != 1 or made.size == 0 or not good or _has_text(values):
        raise InputError.of(name, values, "must be a list of numbers", mend)
    return made


def _has_text(values: Any) -> bool:
    return isinstance(values, str | bytes) or any(isinstance(v, str | bytes) for v in values)


def whole(name: str, value: Any, low: int, high: int, mend: str = "Give a whole number") -> int:
    """`value` as an int from `low` to `high`; True and False are no numbers."""
    made = math.nan if isinstance(value, bool) else number(name, value, mend)
    if not (low <= made <= high and made == int(made)):
        raise InputError.of(name, value, f"must be a whole number from {low} to {high}", mend)
    return int(made)


def is_list(value: Any) -> bool:
    """Whether `value` holds several values: a tuple, a list or an array."""
    return isinstance(value, tuple | list) or getattr(value, "ndim", 0) > 0


def one_or_more(name: str, value: Any, mend: str) -> float | tuple[float, ...]:
    """`value` as a finite float, or as a tuple of them where it is a list."""
    if not is_list(value):
        return number(name, value, mend)
    return tuple(map(float, numbers(name, value, mend)))


def one_or_pair(name: str, value: Any, mend: str) -> float | tuple[float, float]:
    """`value` as a finite float, or as two of them where it is a list."""
    made = one_or_more(name, value, mend)
    if not isinstance(made, tuple):
        return made
    if len(made) != 2:
        raise InputError.of(name, value, "must be one number, or two, control's first", mend)
    return made[0], made[1]


def one_of(name: str, value: Any, allowed: Sequence[str], mend: str = "Choose one of these") -> str:
    """`value`, which must be among the `allowed` names."""
    if not isinstance(value, str) or value not in allowed:
        raise InputError.of(name, value, f"must be one of {', '.join(allowed)}", mend)
    return value
