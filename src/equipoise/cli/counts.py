"""Whole numbers as people write them: 1000000, 1_000_000 or 1e6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclopts import Token


def count(_: Any, tokens: Sequence[Token]) -> int:
    """The whole number that an option was given; ValueError, a usage error, for anything else."""
    text = tokens[0].value
    try:
        return int(text)
    except ValueError:
        value = float(text)
    if value != value // 1 or abs(value) >= 2**53:
        raise ValueError(f"{text} is not a whole number")
    return int(value)
