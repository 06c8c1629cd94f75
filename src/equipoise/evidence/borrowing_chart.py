"""The weight of an analogy as a chart; it draws a frame and computes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl

from .forest import BLUE, INK, SOFT

if TYPE_CHECKING:
    from .borrowing import IndirectEvidence


def weights(made: IndirectEvidence) -> alt.TopLevelMixin:
    """P(benefit) by weight; dashed the certainty wanted, dotted the tipping weight."""
    line = (
        alt.Chart(made.frame())
        .mark_line(color=BLUE, strokeWidth=2.5, point=True)
        .encode(
            x=alt.X("weight:Q", title="weight of the analogy", scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("p_benefit:Q", title="probability of benefit", scale=alt.Scale(domain=[0, 1])),
            tooltip=[
                "weight:Q",
                alt.Tooltip("p_benefit:Q", format=".3f"),
                alt.Tooltip("posterior_weight:Q", format=".3f"),
            ],
        )
    )
    wanted = alt.Chart(pl.DataFrame({"bar": [made.certainty]}))
    layers: list[Any] = [wanted.mark_rule(color=INK, strokeDash=[4, 4]).encode(y="bar:Q"), line]
    if made.tipping_weight is not None:
        tip = alt.Chart(pl.DataFrame({"weight": [made.tipping_weight]}))
        layers.append(tip.mark_rule(color=SOFT, strokeDash=[2, 3]).encode(x="weight:Q"))
    return alt.layer(*layers).properties(width="container", height=240)
