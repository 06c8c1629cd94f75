"""CSV to rows of text with the line of each, from files that are not trusted."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from equipoise.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Row:
    """A row's cells by column, empty cells left out, and its line."""

    line: int
    cells: dict[str, str]


def read_csv(file: str, text: str, columns: Collection[str], problems: list[Problem]) -> list[Row]:
    """Read rows under a header of known columns; commas, semicolons or tabs separate them.

    The separator is the one under which the header has most of the known columns, so that a
    spreadsheet's export with semicolons reads as it stands.
    """
    header_line = text.splitlines()[0]
    separator = max(",;\t", key=lambda s: len(set(_split(header_line, s)) & set(columns)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    start = 1
    try:
        header = [name.strip() for name in next(reader)]
        if not _check_header(file, header, columns, problems):
            return []
        start = reader.line_num + 1
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                problems.append(
                    Problem(
                        file=file,
                        line=line,
                        name="row",
                        seen=f"{len(cells)} cells",
                        rule=f"the header has {len(header)} columns",
                        mend="Quote cells that contain the separator",
                    )
                )
                continue
            pairs = zip(header, (cell.strip() for cell in cells), strict=True)
            rows.append(Row(line, {name: cell for name, cell in pairs if cell}))
    except csv.Error as error:
        problems.append(
            Problem(
                file=file,
                line=start,
                name="row",
                seen=str(error),
                rule="the file must be CSV",
                mend="Close the quotes on this line",
            )
        )
    return rows


def _split(line: str, separator: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(separator)]


def _check_header(
    file: str, header: list[str], columns: Collection[str], problems: list[Problem]
) -> bool:
    from difflib import get_close_matches

    before = len(problems)
    for name in header:
        if header.count(name) > 1:
            seen, rule, mend = f"{name!r} twice", "a column stands once", "Rename or remove one"
        elif name not in columns:
            close = get_close_matches(name, list(columns), 1)
            seen, rule = repr(name), "the column is not known"
            mend = f"Did you mean {close[0]!r}?"[:-1] if close else f"Use {', '.join(columns)}"
        else:
            continue
        problems.append(Problem(file=file, line=1, name="header", seen=seen, rule=rule, mend=mend))
    return len(problems) == before
