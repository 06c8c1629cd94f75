"""Reading a measure's columns and checking every value, all problems in one message."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.evidence.effect_size_columns import Table
    from equipoise.evidence.effect_size_measures import Measure, Rule

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Columns = dict[str, Floats]

LISTED = 20
"""Problems named in one message."""


class _Problem(NamedTuple):
    row: int
    name: str
    seen: object
    rule: str
    mend: str


def read_columns(
    table: Table, wanted: dict[str, Rule], kind: Measure, texts: list[str | None] | None
) -> tuple[Columns, dict[str, Bools]]:
    """Read and check the wanted columns; raise one error that holds every problem found."""
    columns: Columns = {}
    missing: dict[str, Bools] = {}
    problems: list[_Problem] = []
    total = 0
    for name, rule in wanted.items():
        values, null, unreadable = table.numbers(name)
        columns[name] = values
        missing[name] = null if kind.shape == "estimate" else np.isnan(values)
        mend = "Write a number, or leave it empty"
        problems += [_Problem(row, name, x, "it must be a number", mend) for row, x in unreadable]
        skip = null.copy() if kind.shape == "estimate" else missing[name]
        skip[[row for row, _ in unreadable]] = True
        wrong = np.flatnonzero(~(rule.holds(values) | skip))
        problems += [_Problem(r, name, values[r], *rule[1:]) for r in wrong[:LISTED].tolist()]
        total += wrong.size + len(unreadable)
    for name, bad, rule_text, mend in _cross_checks(columns, kind):
        wrong = np.flatnonzero(bad)
        problems += [_Problem(r, name, columns[name][r], rule_text, mend) for r in wrong[:LISTED]]
        total += wrong.size
    if total:
        raise InputError(_message(sorted(problems, key=lambda p: p.row), total, kind, texts))
    return columns, missing


def _cross_checks(columns: Columns, kind: Measure) -> Iterator[tuple[str, Bools, str, str]]:
    """Rules between two columns; a comparison with a missing value is never broken."""
    for events, size in (("ai", "n1i"), ("ci", "n2i"), ("xi", "ni")):
        if events in columns and size in columns:
            bad = columns[events] > columns[size]
            yield events, bad, f"events cannot exceed {size}", "Look whether two are exchanged"
    for events, others in (("ai", "bi"), ("ci", "di"), ("xi", "mi")):
        if events in columns and others in columns:
            bad = columns[events] + columns[others] == 0
            yield others, bad, f"{events} + {others} must be at least 1", "Drop the empty arm"
    for middle, low, high in (("yi", "ci_low", "ci_high"), ("hr", "hr_low", "hr_high")):
        if low in columns:
            y, lower, upper = columns[middle], columns[low], columns[high]
            bad = (y < lower) | (y > upper) | (lower >= upper)
            yield middle, bad, f"it must lie between {low} and {high}", "Put all on one scale"
    if "pval" in columns:
        bad = (columns["yi"] == 0) & (columns["pval"] < 1)
        yield "yi", bad, "an estimate of 0 has no standard error from p", "Give sei"
    if kind.name == "ROM":
        bad = columns["m1i"] * columns["m2i"] <= 0
        yield "m1i", bad, "both means must have one sign and not be 0", "Use MD or SMD"


def _message(
    problems: list[_Problem], total: int, kind: Measure, texts: list[str | None] | None
) -> str:
    shown = problems[:LISTED]
    count = plural(total, "value")
    more = f", the first {LISTED} listed" if total > LISTED else ""
    head = f"{count} cannot be used for {kind.name} (rows counted from 0{more}):"
    lines = []
    for row, name, seen, rule, mend in shown:
        label = texts[row] if texts is not None else None
        where = f"row {row} ({label})" if label else f"row {row}"
        lines.append(f"  `{name}` in {where} is {_shown(seen)}; {rule}. {mend}.")
    return "\n".join([head, *lines])


def _shown(seen: object) -> str:
    if isinstance(seen, float):
        return str(int(seen)) if math.isfinite(seen) and seen == int(seen) else repr(float(seen))
    return repr(seen)
