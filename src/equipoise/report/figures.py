"""Every figure of a verdict and its report, by id."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from equipoise.errors import NumericalError
from equipoise.vocabulary.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable


def collect(*roots: object) -> dict[str, Figure]:
    """Walk records, tuples and dicts for figures; the same id must not stand for two values."""
    found: dict[str, Figure] = {}
    for figure in _walk(roots):
        known = found.setdefault(figure.id, figure)
        if known.value != figure.value:
            raise NumericalError(
                f"`{figure.id}` stands for {known.value!r} and for {figure.value!r}"
            )
    return found


def _walk(value: Any) -> Iterable[Figure]:
    if isinstance(value, Figure):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _walk(item)
    elif isinstance(value, dict):
        yield from _walk(tuple(value.values()))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _walk(getattr(value, field.name))
