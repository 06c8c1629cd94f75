"""Read a table of studies from a file: CSV or Excel."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

from equipoise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Value = str | float | None
Columns = dict[str, list[Value]]

NAMES = {
    "events_treatment": "ai",
    "n_treatment": "n1i",
    "events_control": "ci",
    "n_control": "n2i",
}
"""A dossier's column names and what they are called among effect sizes."""

_MISSING = frozenset({"", "NA"})


def read_table(path: Path) -> Columns:
    """Columns of the file; a dossier's column names become the usual ones.

    A column whose cells are all numbers, or missing, is numbers; empty cells and ``NA`` are None.

    Raises
    ------
    InputError
        There is no such file, it is of another kind, or it cannot be read as a table.
    """
    if not path.is_file():
        raise InputError.of("file", str(path), "must be a file", "Give a CSV or Excel file")
    kind = path.suffix.lower()
    if kind in {".csv", ".tsv", ".txt"}:
        table = _read_csv(path)
    elif kind in {".xlsx", ".xls", ".ods"}:
        table = _read_excel(path)
    else:
        raise InputError.of("file", str(path), "must be CSV or Excel", "Save it as CSV")
    return {
        NAMES.get(name, name) if NAMES.get(name) not in table else name: values
        for name, values in table.items()
    }


def _read_csv(path: Path) -> Columns:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: it must be UTF-8. Save it as UTF-8.") from error
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}: it must be CSV; {error}. Close the quotes.") from error
    names = [name.strip() for name in rows[0]] if rows else []
    filled = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    for row in filled:
        if len(row) != len(names):
            raise InputError(
                f"{path}: a row has {len(row)} cells and the header {len(names)}: {row[:3]}. "
                "Quote cells that contain the separator."
            )
    return {name: _typed([row[i].strip() for row in filled]) for i, name in enumerate(names)}


def _read_excel(path: Path) -> Columns:
    import polars as pl

    try:
        return {name: list(values) for name, values in pl.read_excel(path).to_dict().items()}
    except ModuleNotFoundError as error:
        raise InputError(
            f"reading Excel needs {error.name}: install equipoise[excel], or save it as CSV"
        ) from error
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}") from error


def _typed(cells: list[str]) -> list[Value]:
    texts = [None if cell in _MISSING else cell for cell in cells]
    try:
        return [None if text is None else float(text) for text in texts]
    except ValueError:
        return list(texts)


def select_outcome(table: Columns, outcome: str | None) -> Columns:
    """The rows of one outcome, where the table has a column of that name.

    Raises
    ------
    InputError
        The table has several outcomes and none was asked for, or not the one asked for.
    """
    if "outcome" not in table:
        if outcome is None:
            return table
        raise InputError.of("outcome", outcome, "the table has no such column", "Leave it out")
    known = sorted({str(name) for name in table["outcome"] if name is not None})
    rule = f"the table has {', '.join(known)}"
    if outcome is None:
        if len(known) == 1:
            return table
        raise InputError.of("outcome", outcome, rule, "Say which with --outcome")
    if outcome not in known:
        raise InputError.of("outcome", outcome, rule, "Choose one of these")
    return _keep(table, "outcome", outcome)


def select(table: Columns, where: Sequence[str]) -> Columns:
    """The rows in which each ``column=value`` holds.

    Raises
    ------
    InputError
        A condition of another form, an unknown column, or no row left.
    """
    for condition in where:
        column, equals, value = condition.partition("=")
        if not equals or column not in table:
            known = ", ".join(table)
            raise InputError.of(
                "where", condition, f"must be column=value; columns are {known}", "Correct it"
            )
        table = _keep(table, column, value)
    if not any(table.values()):
        raise InputError.of("where", list(where), "no row is left", "Loosen the conditions")
    return table


def _keep(table: Columns, column: str, value: str) -> Columns:
    rows = [i for i, cell in enumerate(table[column]) if _text(cell) == value]
    return {name: [values[i] for i in rows] for name, values in table.items()}


def _text(cell: Value) -> str | None:
    return f"{cell:g}" if isinstance(cell, float) else cell


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file in errors about its rows."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}, rows as selected: {error}") from error
