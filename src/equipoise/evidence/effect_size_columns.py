"""Columns of numbers and of labels from any table: a data frame, a mapping, a list of rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.vocabulary.record import record

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Numbers(NamedTuple):
    """One column: values (k,), NaN where none stands; which are null; and what is no number."""

    values: Floats
    null: Bools
    unreadable: list[tuple[int, object]]


@record
class Table:
    """Columns by name, each still as it was given, and the number of rows."""

    columns: dict[str, Any]
    height: int

    def numbers(self, name: str) -> Numbers:
        """Read a column as float64. Null, None and NaN all give NaN."""
        column = self.columns[name]
        series = _as_series(column)
        if series is not None:
            return _series_numbers(series)
        if not isinstance(column, np.ndarray) and not {type(x) for x in column} <= {int, float}:
            return _item_numbers(list(column))
        array = np.asarray(column)
        if array.dtype.kind in "iuf":
            values = array.astype(np.float64)
            return Numbers(values, np.zeros(values.size, np.bool_), [])
        return _item_numbers(list(column))

    def texts(self, name: str) -> list[str | None]:
        """Read a column as text; None where none stands."""
        column = self.columns[name]
        series = _as_series(column)
        items: list[Any] = list(column) if series is None else series.to_list()
        if series is not None and _is_text(series):
            return items
        return [None if _is_missing(item) else str(item) for item in items]


def read_table(data: Any) -> Table:
    """Read a data frame that narwhals knows, a mapping of columns, or a list of mappings.

    Raises
    ------
    InputError
        Not a table, or columns of unequal lengths.
    """
    if isinstance(data, Mapping):
        return _from_mapping(data)
    if isinstance(data, list | tuple) and all(isinstance(row, Mapping) for row in data):
        names = {str(name): None for row in data for name in row}
        columns = {name: [row.get(name) for row in data] for name in names}
        return Table(columns=columns, height=len(data))
    return _from_frame(data)


def _from_mapping(data: Mapping[Any, Any]) -> Table:
    columns = {}
    for name, column in data.items():
        sized = hasattr(column, "__len__") and not isinstance(column, str | bytes | Mapping)
        if not sized or (isinstance(column, np.ndarray) and column.ndim != 1):
            raise InputError.of(
                str(name),
                type(column).__name__,
                "a column is a sequence with one value a study",
                "Give a list or a one-dimensional array",
            )
        columns[str(name)] = column
    heights = {name: len(column) for name, column in columns.items()}
    if len(set(heights.values())) > 1:
        raise InputError.of(
            "data", heights, "all columns must have one length", "Give one value a study in each"
        )
    return Table(columns=columns, height=next(iter(heights.values()), 0))


def _from_frame(data: Any) -> Table:
    import narwhals as nw

    try:
        frame = nw.from_native(data)
    except TypeError:
        raise InputError.of(
            "data",
            type(data).__name__,
            "it must be a data frame, a mapping of columns or a list of mappings",
            "Give one of these",
        ) from None
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return Table(columns={name: frame[name] for name in frame.columns}, height=frame.shape[0])


def _as_series(column: Any) -> Any:
    """The column as a narwhals series; None for lists, arrays and other sequences."""
    if isinstance(column, list | tuple | np.ndarray):
        return None
    import narwhals as nw

    series = nw.from_native(column, series_only=True, pass_through=True)
    return series if isinstance(series, nw.Series) else None


def _is_text(series: Any) -> bool:
    import narwhals as nw

    return bool(series.dtype == nw.String and not series.is_null().any())


def _series_numbers(series: Any) -> Numbers:
    import narwhals as nw

    if not series.dtype.is_numeric():
        return _item_numbers(series.to_list())
    null = np.asarray(series.is_null().to_numpy(), np.bool_)
    values = np.array(series.cast(nw.Float64).fill_null(math.nan).to_numpy(), np.float64)
    return Numbers(values, null, [])


def _item_numbers(items: Sequence[Any]) -> Numbers:
    """One by one: what is neither missing nor a number is reported with its row."""
    values = np.full(len(items), math.nan)
    null = np.zeros(len(items), np.bool_)
    unreadable: list[tuple[int, object]] = []
    for row, item in enumerate(items):
        if isinstance(item, bool | np.bool_):
            unreadable.append((row, item))
        elif isinstance(item, Real) or type(item).__name__ == "Decimal":
            values[row] = float(item)
        elif _is_missing(item):
            null[row] = True
        else:
            unreadable.append((row, item))
    return Numbers(values, null, unreadable)


def _is_missing(item: object) -> bool:
    """None, NaN, NaT and pandas's NA."""
    if item is None or type(item).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(item, float) and math.isnan(item)
