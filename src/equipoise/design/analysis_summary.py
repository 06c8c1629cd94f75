"""An analysis as a data frame and as text."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING

import polars as pl

from equipoise.wording import listing, plural

from .analyse_looks import lower_is_harm
from .analyse_records import AnalysedLook
from .summaries import ASSUMES, probability

if TYPE_CHECKING:
    from .analyse_records import Analysis, Final

WIDTHS = (4, 12, 10, 12, 8, 10, 10)
"""Of look, information, estimate, error, z, efficacy z, futility z."""
SCORED = (4, 12, 10, 11, 7, 9, 7, 9)
"""The same with the score z of Fisher's exact test before the futility z."""
CHANCES = (4, 22, 11, 9, 9, 9, 12)
"""Of look, repeated interval, repeated p, three conditional powers, predictive power."""
LABEL = 26

ENDED = {
    "stop for benefit": "benefit found",
    "stop for futility": "stopped for futility",
    "stop for harm": "harm found",
    "ended without benefit": "ended without benefit",
    "go on": "the trial goes on",
}


def analysis_frame(analysis: Analysis) -> pl.DataFrame:
    """One row a look: the fields of `AnalysedLook`, intervals as two columns.

    Null stands where a look could not stop, where the data have no estimate, and for chances at the
    last look; `score_z`, which then decides futility, is of Fisher's exact test only. With data
    that came after the stop there is a row more, with `overrun` true.
    """
    late = () if analysis.overrun is None else (analysis.overrun,)
    rows = []
    for number, look in enumerate((*analysis.looks, *late)):
        row = {field.name: getattr(look, field.name) for field in fields(AnalysedLook)}
        low, high = row.pop("repeated_interval")
        row |= {"repeated_low": low, "repeated_high": high}
        row["overrun"] = number >= len(analysis.looks)
        rows.append({name: _null(value) for name, value in row.items()})
    kinds: dict[str, type[pl.DataType]] = {
        "look": pl.Int64, "decision": pl.String, "overrun": pl.Boolean
    }  # fmt: skip
    names = list(rows[0])
    return pl.DataFrame(rows, schema={name: kinds.get(name, pl.Float64) for name in names})


def _null(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def analysis_summary(analysis: Analysis) -> str:
    """The looks, what the boundaries say, and the effect at the end."""
    lines = [*_head(analysis), "", *_looks(analysis), "", *_chances(analysis), *_notes(analysis)]
    if analysis.final is not None:
        lines += ["", *_final(analysis, analysis.final)]
    return "\n".join(line.rstrip() for line in [*lines, "", *ASSUMES])


def _head(analysis: Analysis) -> list[str]:
    measure, plan = analysis.measure, analysis.plan
    sides = "one-sided" if plan.sided == 1 else "two-sided"
    made = f"{plural(len(analysis.looks), 'look')} made"
    if analysis.final is None:
        made += f" of {plan.looks}"
    arms = f", treatment {'over' if measure.log else 'minus'} control"
    arms = "" if measure.single_arm else arms
    ended = ENDED[analysis.decision].replace("benefit", measure.finding)
    return [
        f"Analysis: {made}; {sides} alpha {plan.alpha:g}; {ended}",
        f"effect  {measure.words}{arms}; null value {measure.null:g}; {measure.better} is better",
        f"test    {measure.test_words}; z > 0 favours treatment",
    ]


def _looks(analysis: Analysis) -> list[str]:
    error = "error, log" if analysis.measure.log else "error"
    lower = "harm" if lower_is_harm(analysis.plan) else "futility"
    heads = [
        ["", "", "", "standard", "", "efficacy", lower],
        ["look", "information", "estimate", error, "z", "z", "z"],
    ]
    scored = analysis.looks[0].score_z is not None
    widths: tuple[int, ...] = SCORED if scored else WIDTHS
    if scored:
        heads[0].insert(-1, "score")
        heads[1].insert(-1, "z")
    lines = [_cells(head, widths) for head in heads]
    lines[1] += "  decision"
    late = () if analysis.overrun is None else (analysis.overrun,)
    for number, row in enumerate((*analysis.looks, *late)):
        cells = [
            str(row.look),
            f"{row.information:.4f}",
            _value(row.estimate),
            _value(row.standard_error),
            f"{row.z:.3f}",
            _bound(row.bound),
            *([f"{row.score_z:.3f}"] if scored else []),
            _bound(row.futility_bound),
        ]
        after = f"{row.decision}, all data" if number >= len(analysis.looks) else row.decision
        lines.append(f"{_cells(cells, widths)}  {after}")
    return lines


def _chances(analysis: Analysis) -> list[str]:
    """Repeated inference, and the chances of the looks before the last."""
    level = 1 - 2 * analysis.plan.alpha / analysis.plan.sided
    heads = [
        ["", f"repeated {level:.4g}", "repeated", "conditional power", "predictive"],
        ["look", "interval", "p", "trend", "planned", "none", "power"],
    ]
    over = (*CHANCES[:3], sum(CHANCES[3:6]), CHANCES[6])
    lines = [_cells(heads[0], over), _cells(heads[1], CHANCES)]
    for row in analysis.looks:
        low, high = row.repeated_interval
        chances = (
            row.conditional_power_trend,
            row.conditional_power_planned,
            row.conditional_power_none,
            row.predictive_power,
        )
        cells = [str(row.look), f"{_value(low)} to {_value(high)}", _chance(row.repeated_p)]
        lines.append(_cells([*cells, *map(_chance, chances)], CHANCES))
    return lines


def _notes(analysis: Analysis) -> list[str]:
    past = [str(row.look) for row in analysis.looks[:-1] if row.decision != "go on"]
    notes = []
    if analysis.looks[0].score_z is not None and analysis.plan.futility is not None:
        name = "harm" if lower_is_harm(analysis.plan) else "futility"
        notes.append(f"The score z is compared with the {name} z, z with the efficacy z.")
    if past:
        number = f"look{'s' if len(past) > 1 else ''} {listing(past)}"
        name = "lower" if lower_is_harm(analysis.plan) else "futility"
        notes.append(f"The trial went on past a {name} boundary that does not bind, at {number}.")
    if analysis.overrun is not None:
        number = f"look {analysis.overrun.look}"
        notes.append(f"Data came after the stop: {number} is deleted, all data stand for it.")
    return ["", *notes] if notes else []


def _final(analysis: Analysis, final: Final) -> list[str]:
    """Stage-wise inference, and the naive estimate with what is wrong with it."""
    sides = "one-sided" if analysis.plan.sided == 1 else "two-sided"
    low, high = final.interval
    naive = _value(final.naive)
    if analysis.plan.looks > 1:
        naive += "; early stopping biases it"
    return [
        f"At the end, look {final.look}, in the stage-wise order:",
        f"{'p-value, ' + sides:<{LABEL}}{probability(final.p_value)}",
        f"{f'{100 * final.level:.4g}% interval':<{LABEL}}{_value(low)} to {_value(high)}",
        f"{'median-unbiased estimate':<{LABEL}}{_value(final.median_unbiased)}",
        f"{'naive estimate':<{LABEL}}{naive}",
    ]


def _cells(cells: list[str], widths: tuple[int, ...]) -> str:
    return "".join(f"{text:>{width}}" for text, width in zip(cells, widths, strict=True))


def _value(value: float) -> str:
    if math.isnan(value):
        return "none"
    if math.isinf(value):
        return "unbounded" if value > 0 else "-unbounded"
    return f"{value:.4g}" if abs(value) >= 0.001 or value == 0 else f"{value:.2g}"


def _bound(value: float) -> str:
    return "none" if math.isinf(value) else f"{value:.3f}"


def _chance(value: float | None) -> str:
    return "" if value is None else probability(value)
