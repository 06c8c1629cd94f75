"""Read a table of studies from a file: CSV or Excel."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from equipoise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

COLUMNS = {
    "events_treatment": "ai",
    "n_treatment": "n1i",
    "events_control": "ci",
    "n_control": "n2i",
}
"""A dossier's column names and what they are called among effect sizes."""


def read_table(path: Path) -> pl.DataFrame:
    """Read the file; a dossier's column names become the usual ones.

    Raises
    ------
    InputError
        There is no such file, it is of another kind, or it cannot be read as a table.
    """
    import polars as pl

    if not path.is_file():
        raise InputError.of("file", str(path), "must be a file", "Give a CSV or Excel file")
    kind = path.suffix.lower()
    try:
        if kind in {".xlsx", ".xls", ".ods"}:
            table = pl.read_excel(path)
        elif kind in {".csv", ".tsv", ".txt"}:
            table = _read_csv(path)
        else:
            raise InputError.of("file", str(path), "must be CSV or Excel", "Save it as CSV")
    except ModuleNotFoundError as error:
        raise InputError(
            f"reading Excel needs {error.name}: install equipoise[excel], or save it as CSV"
        ) from error
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}") from error
    taken = set(table.columns)
    return table.rename({a: b for a, b in COLUMNS.items() if a in taken and b not in taken})


def _read_csv(path: Path) -> pl.DataFrame:
    import polars as pl

    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline()
    separator = max(",;\t", key=header.count)
    return pl.read_csv(path, separator=separator, infer_schema_length=None, null_values=["", "NA"])


def select_outcome(table: pl.DataFrame, outcome: str | None) -> pl.DataFrame:
    """The rows of one outcome, where the table has a column of that name.

    Raises
    ------
    InputError
        The table has several outcomes and none was asked for, or not the one asked for.
    """
    import polars as pl

    if "outcome" not in table.columns:
        if outcome is None:
            return table
        raise InputError.of("outcome", outcome, "the table has no such column", "Leave it out")
    known = sorted(str(name) for name in table["outcome"].unique() if name is not None)
    if outcome is None:
        if len(known) == 1:
            return table
        raise InputError.of(
            "outcome", outcome, f"the table has {', '.join(known)}", "Say which with --outcome"
        )
    if outcome not in known:
        raise InputError.of(
            "outcome", outcome, f"the table has {', '.join(known)}", "Choose one of these"
        )
    return table.filter(pl.col("outcome") == outcome)


def select(table: pl.DataFrame, where: Sequence[str]) -> pl.DataFrame:
    """The rows in which each ``column=value`` holds.

    Raises
    ------
    InputError
        A condition of another form, an unknown column, or no row left.
    """
    import polars as pl

    for condition in where:
        column, equals, value = condition.partition("=")
        if not equals or column not in table.columns:
            known = ", ".join(table.columns)
            raise InputError.of(
                "where", condition, f"must be column=value; columns are {known}", "Correct it"
            )
        table = table.filter(pl.col(column).cast(pl.String) == value)
    if table.is_empty():
        raise InputError.of("where", list(where), "no row is left", "Loosen the conditions")
    return table


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file in errors about its rows."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}, rows as selected: {error}") from error
