"""Group-sequential plans as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from equipoise.numerics.sequential import ABOVE, OPPOSITE
from equipoise.parts.spending import Spending

from .frames import plan_frame

if TYPE_CHECKING:
    from .group_sequential import GroupSequential

FIXED = (4, 12, 9, 11, 9, 10)
"""Widths of look, information, z, p, alpha spent, futility z."""
CHANCE, ALONE = 11, 18
"""Widths of a chance beside another, and alone."""
LABEL = 38
"""Letters before the numbers under the table."""

ASSUMES = (
    "assumes statistics jointly normal with independent increments; deterministic integration;",
    "asymptotic for rates and survival",
)


def plan_summary(plan: GroupSequential) -> str:
    """The table people read first: boundaries, and what they promise."""
    lines = [*_head(plan), "", *_table(plan), "", *_promises(plan), "", *ASSUMES]
    return "\n".join(line.rstrip() for line in lines)


def probability(value: float) -> str:
    """Four decimals; below 0.0001 two significant figures; never 0 or 1 unless it is."""
    if value < 1e-4:
        return f"{value:.2g}"
    return ">0.9999" if 0.99995 <= value < 1 else f"{value:.4f}"


def _head(plan: GroupSequential) -> list[str]:
    looks = "1 look, a fixed-sample trial" if plan.looks == 1 else f"{plan.looks} looks"
    sides = "one-sided" if plan.sided == 1 else "two-sided"
    rates = f"{sides} alpha {plan.alpha:g}; power {plan.target_power:g}"
    lines = [
        f"Group-sequential plan: {looks}; {rates}",
        f"efficacy  {plan.efficacy.name.removeprefix('efficacy ')}",
    ]
    return [*lines, f"futility  {futility_words(plan)}"]


def futility_words(plan: GroupSequential) -> str:
    """What stops the trial for futility, and whether the type I error counts on it."""
    futility = plan.futility
    if futility is None:
        return "none"
    words = [futility.name.removeprefix("futility ")]
    if isinstance(futility, Spending) and futility.under == "no effect":
        words.append(f"{futility.total:g} under no effect")
    if plan.sided == 2:
        words.append("inner wedge")
    words.append("binding" if plan.binding else "non-binding")
    return "; ".join(words)


def _table(plan: GroupSequential) -> list[str]:
    """A row a look; with futility, two columns of chances for each effect."""
    lines = _heads(plan)
    for row in plan_frame(plan).iter_rows(named=True):
        fixed = [
            str(row["look"]),
            probability(row["information"]),
            _z(row["z"]),
            "none" if row["p"] is None else probability(row["p"]),
            probability(row["alpha_spent"]),
            _z(row["futility_z"]),
        ]
        chances = []
        for effect in ("null", "planned"):
            found = row[f"stop_efficacy_{effect}"] + (row[f"stop_harm_{effect}"] or 0.0)
            chances += [probability(found), probability(row[f"stop_futility_{effect}"])]
        lines.append(_row(plan, fixed, chances))
    return [*lines, *_notes(plan)]


def _heads(plan: GroupSequential) -> list[str]:
    """Two lines: a name over the chances under each effect, and one over each column."""
    over = ["", "", "efficacy", "one-sided", "alpha", "futility"]
    under = ["look", "information", "z", "p", "spent", "z"]
    found = "benefit" if plan.sided == 1 else "either way"
    width = 2 * CHANCE if plan.futility is not None else ALONE
    groups = "".join(f"{name:>{width}}" for name in ("stops, no effect", "stops, as planned"))
    return [_row(plan, over, []) + groups, _row(plan, under, [found, "futility"] * 2)]


def _notes(plan: GroupSequential) -> list[str]:
    notes = []
    if plan.sided == 2:
        notes.append("Either way: for benefit or for harm.")
    if plan.futility is not None:
        notes.append("Futility at the last look: the trial ends without a finding.")
    return [" ".join(notes)] if notes else []


def _promises(plan: GroupSequential) -> list[str]:
    maximum = plan.inflation * float(plan.information[-1])
    none, half, planned = np.asarray(plan.expected_information([0.0, 0.5, 1.0])).tolist()
    ignored, as_run = (
        float(plan.stopping(0.0, futility=futility)[:, [ABOVE, OPPOSITE]].sum())
        for futility in (False, True)
    )
    lines = [
        _line("maximum information", f"{maximum:.3f} times that of a fixed-sample trial"),
        _line(
            "expected information, likewise",
            f"{none:.3f} no effect, {half:.3f} half the planned, {planned:.3f} as planned",
        ),
    ]
    if plan.futility is None:
        lines.append(_line("type I error", f"{ignored:.4g}"))
    else:
        larger = plan.binding and ignored > as_run * (1 + 1e-6)
        why = ": ignoring the binding boundary gives the larger" if larger else ""
        lines += [
            _line("type I error, efficacy boundary only", f"{ignored:.4g}{why}"),
            _line("type I error, as run", f"{as_run:.4g}"),
        ]
    power = float(plan.power())
    aim = "" if abs(power - plan.target_power) < 5e-5 else f", planned {plan.target_power:g}"
    return [*lines, _line("power", f"{power:.4g}{aim}")]


def _row(plan: GroupSequential, fixed: list[str], chances: list[str]) -> str:
    """The columns that this plan has: those of futility are left out where there is none."""
    if plan.futility is None:
        cells = [*zip(fixed[:-1], FIXED, strict=False), *((text, ALONE) for text in chances[::2])]
    else:
        cells = [*zip(fixed, FIXED, strict=True), *((text, CHANCE) for text in chances)]
    return "".join(f"{text:>{width}}" for text, width in cells)


def _line(label: str, text: str) -> str:
    return f"{label:<{LABEL}}{text}"


def _z(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
