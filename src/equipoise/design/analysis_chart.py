"""An analysis as a chart: the boundaries, and the observed z on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl

from .charts import INK, boundary_chart

if TYPE_CHECKING:
    from .analyse_records import Analysis


def analysis_chart(analysis: Analysis) -> alt.TopLevelMixin:
    """Boundaries as last made, with z at each look; a hollow point is of a look since deleted.

    A z beyond the axis is drawn at its end; the tooltip has its value.
    """
    base: Any = boundary_chart(analysis.plan, "z")
    seen = "Black: the observed z."
    if analysis.overrun is not None:
        seen = "Black: the observed z; hollow: deleted, as data came after it."
    if analysis.looks[0].score_z is not None and analysis.plan.futility is not None:
        seen += " The lower boundary is for the score z, which pointing shows."
    base.title.subtitle = [*base.title.subtitle, seen]
    base.description = f"{base.description}, with the observed z"
    encoding = base.layer[0].to_dict(validate=False)["encoding"]
    low, high = encoding["y"]["scale"]["domain"]
    rows = _rows(analysis).with_columns(value=pl.col("z").clip(low, high))
    x, y = alt.X("information:Q"), alt.Y("value:Q")
    counted = rows.filter(~pl.col("deleted"))
    line = alt.Chart(counted).mark_line(color=INK, strokeWidth=1.5).encode(x=x, y=y)
    score = alt.Tooltip("score_z:Q", format=".3f", title="score z")
    scored = [] if analysis.looks[0].score_z is None else [score]
    tooltip = [
        alt.Tooltip("look:Q"),
        alt.Tooltip("information:Q", format=".3~f"),
        alt.Tooltip("z:Q", format=".3f"),
        *scored,
        alt.Tooltip("estimate:Q", format=".4~g"),
        alt.Tooltip("decision:N"),
    ]
    points = []
    for chosen, colour in ((counted, INK), (rows.filter(pl.col("deleted")), "#fff")):
        if chosen.height:
            mark = alt.Chart(chosen).mark_circle(color=colour, size=80, opacity=1, stroke=INK)
            points.append(mark.encode(x=x, y=y, tooltip=tooltip))
    for layer in (line, *points):
        base += layer
    chart: alt.TopLevelMixin = base
    return chart


def _rows(analysis: Analysis) -> pl.DataFrame:
    frame = analysis.frame()
    stopped = (pl.col("look") == pl.col("look").last()) & ~pl.col("overrun")
    deleted = stopped if analysis.overrun is not None else pl.lit(False)
    return frame.select(
        "look",
        "information",
        "z",
        "score_z",
        "estimate",
        "decision",
        deleted=deleted.fill_null(False),
    )
