"""Decisions with borrowed information as charts; each draws a frame and computes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl

if TYPE_CHECKING:
    from .assurance import Assurance

_BLUE, _GREY, _INK = "#1f5f8b", "#8a97a0", "#222"


def drift(data: pl.DataFrame, nominal: float) -> alt.TopLevelMixin:
    """Chance of success with no effect as control drifts from its prior."""
    lines = data.unpivot(
        ["success", "without"], index=["control", "drift"], variable_name="analysis",
        value_name="chance",
    ).with_columns(
        pl.col("analysis").replace({"success": "borrowing", "without": "no borrowing"})
    )  # fmt: skip
    base = (
        alt.Chart(lines)
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("drift:Q", title="true control proportion minus the prior's mean"),
            y=alt.Y("chance:Q", title="chance of success", axis=alt.Axis(format="%")),
            color=alt.Color(
                "analysis:N",
                scale=alt.Scale(domain=["borrowing", "no borrowing"], range=[_BLUE, _GREY]),
                title=None,
            ),
            tooltip=[alt.Tooltip("control:Q", format=".3f"), alt.Tooltip("chance:Q", format=".4f")],
        )
    )
    wanted = alt.Chart(pl.DataFrame({"nominal": [nominal]}))
    rule: Any = wanted.mark_rule(color=_INK, strokeDash=[4, 4]).encode(y="nominal:Q")
    return alt.layer(rule, base).properties(width="container", height=260)


def assurance(made: Assurance) -> alt.TopLevelMixin:
    """The three rows as bars, with the power at the planned effect as a rule."""
    bars = (
        alt.Chart(made.frame())
        .mark_bar(color=_BLUE)
        .encode(
            x=alt.X("assurance:Q", title="chance of benefit", axis=alt.Axis(format="%"),
                    scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("under:N", sort=None, title=None),
            tooltip=["under:N", alt.Tooltip("assurance:Q", format=".3f")],
        )
    )  # fmt: skip
    layers: list[Any] = [bars]
    if made.power is not None:
        rule = alt.Chart(pl.DataFrame({"power": [made.power]}))
        layers.append(rule.mark_rule(color=_INK, strokeDash=[4, 4]).encode(x="power:Q"))
    return alt.layer(*layers).properties(width="container", height=110)
