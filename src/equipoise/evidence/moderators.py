"""The design matrix of a meta-regression, from moderators by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError

from .synthesis import Floats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike


def design(
    moderators: Mapping[str, ArrayLike], k: int, intercept: bool
) -> tuple[tuple[str, ...], Floats]:
    """Names (p,) and columns (k, p) of the design."""
    if not moderators:
        raise InputError.of(
            "moderators", dict(moderators), "must name at least one", "Use eq.pool without any"
        )
    names = ["intercept"] if intercept else []
    columns = [np.ones(k)] if intercept else []
    spanned = intercept
    for name, values in moderators.items():
        array = np.asarray(values)
        if array.ndim not in (1, 2) or array.shape[0] != k:
            rule = f"must have one row a study, {k}"
            raise InputError.of(f"moderators[{name!r}]", array.shape, rule, "Align it with yi")
        if array.dtype.kind in "OSU":
            found = _categories(name, array, spanned)
            spanned = True
        else:
            found = _numbers(name, array)
        names += [label for label, _ in found]
        columns += [column for _, column in found]
    return tuple(names), np.ascontiguousarray(np.column_stack(columns))


def _numbers(name: str, array: NDArray[Any]) -> list[tuple[str, Floats]]:
    values = array.astype(np.float64)
    bad = ~np.isfinite(values.reshape(values.shape[0], -1)).all(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError.of(
            f"moderators[{name!r}][{row}]", array[row], "must be finite", "Drop that study"
        )
    if values.ndim == 1:
        return [(name, values)]
    return [(f"{name}[{j + 1}]", values[:, j]) for j in range(values.shape[1])]


def _categories(name: str, array: NDArray[Any], drop: bool) -> list[tuple[str, Floats]]:
    texts = [value if isinstance(value, str) else None for value in array.ravel()]
    if array.ndim != 1 or None in texts:
        rule = "must be (k,) numbers or text without gaps"
        raise InputError.of(f"moderators[{name!r}]", array.tolist(), rule, "Fill or drop the gaps")
    levels = sorted(set(texts))  # type: ignore[type-var]
    if len(levels) < 2:
        rule = "must have at least two levels"
        raise InputError.of(f"moderators[{name!r}]", levels, rule, "Leave it out")
    return [
        (f"{name}={level}", np.array([float(text == level) for text in texts]))
        for level in levels[1 if drop else 0 :]
    ]


def check_design(names: tuple[str, ...], x: Floats) -> None:
    """Refuse a design that leaves no degree of freedom or is not of full rank."""
    k, p = x.shape
    if k < p + 1:
        raise InputError.of(
            "k", k, f"{p} coefficients need at least {p + 1} studies", "Use fewer moderators"
        )
    length = np.sqrt((x**2).sum(axis=0))
    zero = np.flatnonzero(length == 0)
    if zero.size or np.linalg.matrix_rank(x / length) < p:
        seen = names[zero[0]] if zero.size else names
        raise InputError.of(
            "moderators", seen, "the design is not of full rank", "Drop what the others determine"
        )
