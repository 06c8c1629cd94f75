"""A pooled result in the terminal: the summary and a forest plot in characters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table
from rich.text import Text

from equipoise.evidence.pool import quantile
from equipoise.evidence.terms import natural

if TYPE_CHECKING:
    from rich.console import Console

    from equipoise.evidence.synthesis import Synthesis

_WIDTH = 31


def show_synthesis(fit: Synthesis, dropped: tuple[tuple[int, str], ...], console: Console) -> None:
    """Print the summary, one line a study with its interval drawn, and the rows left out."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("study", "", "effect (interval)", "weight"):
        table.add_column(name, header_style="dim", justify="right" if name == "weight" else "left")
    values = [*_studies(fit), ("pooled", *fit.natural, "")]
    low, high = _domain([value for row in values for value in row[2:4]], log=fit.log_scale)
    for label, estimate, lower, upper, weight in values:
        pooled = label == "pooled" and not weight
        table.add_row(
            Text(label, style="bold" if pooled else ""),
            _line(estimate, lower, upper, low, high, log=fit.log_scale, pooled=pooled),
            f"{estimate:.2f} ({lower:.2f} to {upper:.2f})",
            weight,
        )
    console.print(table)
    console.print(Text(fit.summary()))
    for row, reason in dropped:
        console.print(Text(f"left out: row {row + 1}: {reason}", style="dim"))


def _studies(fit: Synthesis) -> list[tuple[str, float, float, float, str]]:
    half = quantile(fit.level, math.inf) * np.sqrt(fit.vi)
    shown = natural([*fit.yi, *(fit.yi - half), *(fit.yi + half)], fit.log_scale).reshape(3, -1)
    return [
        (label, float(estimate), float(lower), float(upper), f"{weight:.1f}%")
        for label, (estimate, lower, upper), weight in zip(
            fit.labels, shown.T, fit.weights, strict=True
        )
    ]


def _domain(values: list[float], *, log: bool) -> tuple[float, float]:
    good = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    if log:
        return max(min(good), 0.02), min(max(good), 50.0)
    return min(good), max(good)


def _line(
    estimate: float,
    lower: float,
    upper: float,
    low: float,
    high: float,
    *,
    log: bool,
    pooled: bool,
) -> Text:
    def place(value: float) -> int:
        if log:
            value, a, b = math.log(max(value, 1e-300)), math.log(low), math.log(high)
        else:
            a, b = low, high
        return round(min(max((value - a) / (b - a or 1.0), 0.0), 1.0) * (_WIDTH - 1))

    cells = [" "] * _WIDTH
    none = 1.0 if log else 0.0
    if low <= none <= high:
        cells[place(none)] = "┊"
    for i in range(place(lower), place(upper) + 1):
        cells[i] = "─"
    cells[place(estimate)] = "◆" if pooled else "■"
    return Text("".join(cells))
