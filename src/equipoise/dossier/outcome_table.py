"""A table of patients' outcomes beside a ``design.yaml`` that names it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.errors import DossierError, InputError, Problem

from .csv_table import read_csv
from .files import read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from .csv_table import Row

    Columns = tuple[tuple[float, ...], tuple[float, ...]]

_ARMS = ("control", "treatment")


def reader_of(design: Path) -> Callable[[str], Columns]:
    """What reads a table that the file `design` names, from its own folder and nowhere else."""

    def read(name: str) -> Columns:
        folder = design.resolve().parent
        path = (folder / name).resolve()
        if Path(name).is_absolute() or not path.is_relative_to(folder):
            raise InputError.of(
                "table", name, "must lie in the folder of the design", "Move the table there"
            )
        if not path.is_file():
            raise InputError.of(
                "table", name, f"is not in {design.parent}", "Correct the name, or add the file"
            )
        return _columns(path)

    return read


def _columns(path: Path) -> Columns:
    """Both arms' outcomes; DossierError with every problem of the table."""
    problems: list[Problem] = []
    text = read_text(path, problems)
    rows = [] if text is None else read_csv(path.name, text, _ARMS, problems)
    values = [tuple(_cell(row, arm, path.name, problems) for arm in _ARMS) for row in rows]
    if not problems and not values:
        problems.append(_problem(path.name, 1, "rows", "no row", "a person is a row", "Add rows"))
    if problems:
        raise DossierError(problems, str(path))
    return tuple(row[0] for row in values), tuple(row[1] for row in values)


def _cell(row: Row, arm: str, file: str, problems: list[Problem]) -> float:
    text = row.cells.get(arm)
    try:
        value = math.nan if text is None else float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        seen = "nothing" if text is None else repr(text)
        rule, mend = "each person needs an outcome under both arms", "Give a number, or inf"
        problems.append(_problem(file, row.line, arm, seen, rule, mend))
    return value


def _problem(file: str, line: int, name: str, seen: str, rule: str, mend: str) -> Problem:
    return Problem(file=file, line=line, name=name, seen=seen, rule=rule, mend=mend)
