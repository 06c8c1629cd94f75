"""A Bayesian pooled result in the terminal: the summary, and each study as it is shrunken."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from equipoise.evidence.terms import number

if TYPE_CHECKING:
    from rich.console import Console

    from equipoise.evidence.bayes_synthesis import BayesianSynthesis


def show_bayes(fit: BayesianSynthesis, console: Console) -> None:
    """Print one line a study, then the summary."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("study", "as reported", "shrunken (interval)"):
        table.add_column(name, header_style="dim")
    for label, y, own in zip(fit.labels, fit.yi, fit.shrinkage, strict=True):
        low, middle, high = (
            fit.natural(float(x))
            for x in own.quantile([(1 - fit.level) / 2, 0.5, (1 + fit.level) / 2])
        )
        reported = number(fit.natural(float(y))) if math.isfinite(y) else "not estimable"
        table.add_row(Text(label), reported, f"{number(middle)} ({number(low)} to {number(high)})")
    console.print(table)
    console.print(Text(fit.summary()))
