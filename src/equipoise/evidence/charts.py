"""Reported and pooled results as charts; each draws a frame and computes nothing."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl

from . import frames, terms
from .forest import (
    AMBER,
    BLUE,
    GREY,
    INK,
    NARROW,
    RED,
    SOFT,
    cumulative,
    forest,
    heading,
    leave_one_out,
)
from .forest_rows import axis
from .funnel import baujat, drapery, funnel, gosh

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from equipoise.vocabulary.evidence import Cohort


__all__ = [
    "baujat",
    "cohort_rates",
    "cumulative",
    "drapery",
    "forest",
    "funnel",
    "gosh",
    "history",
    "leave_one_out",
    "traffic_lights",
]

LABEL = 16
"""Letters in a line of a domain's name."""


def cohort_rates(cohorts: Sequence[Cohort], title: str) -> alt.TopLevelMixin:
    """Cohorts without the treatment: the share with the event, exact 95% intervals."""
    data = frames.cohort_rates(cohorts)
    order = alt.EncodingSortField("rate", order="descending")
    base = alt.Chart(data).encode(
        y=alt.Y("cohort:N", sort=order, title=None, axis=alt.Axis(labelLimit=150))
    )
    tooltip = [
        "cohort:N",
        "stratum:N",
        "events:Q",
        "n:Q",
        alt.Tooltip("rate:Q", format=".1%"),
        "confidence:N",
    ]
    return alt.layer(
        base.mark_rule().encode(
            x=alt.X("low:Q", title=title, axis=alt.Axis(format="%")), x2="high:Q"
        ),
        base.mark_circle(size=80, opacity=1).encode(
            x="rate:Q", color=alt.Color("stratum:N", title="patients"), tooltip=tooltip
        ),
    ).properties(width="container", height=24 * data.height + 20)


def history(
    data: pl.DataFrame,
    *,
    measure: str = "RR",
    until: date | None = None,
    title: str = "",
) -> alt.TopLevelMixin:
    """The pooled result over calendar time: a step at each date on which it changed.

    Parameters
    ----------
    data
        date (a date or ISO text), estimate, lower, upper on the natural scale, k, what_changed.
    measure
        Effect measure; ratios get a log axis.
    until
        Day to which the last result holds; its own date by default.
    """
    log = measure in terms.RATIOS
    steps = frames.history(data, until)
    span = axis(data["estimate"], data["lower"], data["upper"], measure=measure, log=log)
    x = alt.X(
        "day:T",
        title="date; shaded: confidence interval",
        axis=alt.Axis(
            grid=False,
            labelOverlap="greedy",
            format="%b %Y",
            tickCount=alt.ExprRef("narrow ? 4 : 8"),
        ),
    )

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=span.title, scale=span.scale(), axis=span.drawn())

    base = alt.Chart(steps)
    layers: list[Any] = [
        base.mark_area(interpolate="step-after", color=GREY, opacity=0.55, clip=True).encode(
            x=x, y=y("lower"), y2="upper:Q"
        ),
        base.mark_line(interpolate="step-after", color=BLUE, strokeWidth=2.5, clip=True).encode(
            x=x, y=y("estimate")
        ),
    ]
    if span.none is not None:
        none = alt.Chart(pl.DataFrame({"none": [span.none], "words": ["no effect"]}))
        layers += [
            none.mark_rule(color=INK, strokeDash=[4, 4]).encode(y=y("none")),
            none.mark_text(align="left", dx=4, dy=-7, color=INK).encode(
                x=alt.value(0), y=y("none"), text="words:N"
            ),
        ]
    layers.append(
        alt.Chart(steps.filter(pl.col("changed")))
        .mark_circle(size=80, color=BLUE, opacity=1, stroke="#fff", strokeWidth=1)
        .encode(
            x=x,
            y=y("estimate"),
            tooltip=[
                alt.Tooltip("day:T", title="date", format="%-d %B %Y"),
                alt.Tooltip("what_changed:N", title="what changed"),
                alt.Tooltip("shown:N", title=span.title),
                alt.Tooltip("k:Q", title="studies"),
            ],
        )
    )
    text = f"Pooled {span.title}, at {data.height} dates on which it changed"
    return _whole(alt.layer(*layers), 260, title, text)


def traffic_lights(
    rows: pl.DataFrame | Iterable[Mapping[str, Any]], *, title: str = ""
) -> alt.TopLevelMixin:
    """Judgements of risk of bias: one row a study, one column a domain.

    `rows` have study, domain and level: low, some concerns, moderate, high, serious, critical or no
    information. What has no row, or no level, is *not judged*. Each level has a symbol and a word
    besides its colour.
    """
    data = frames.traffic_lights(rows)
    studies = data["study"].unique(maintain_order=True).to_list()
    domains = data["domain"].unique(maintain_order=True).to_list()
    colours = {"good": BLUE, "fair": AMBER, "poor": RED, "none": "#eef1f3"}
    across = alt.X(
        "domain:N",
        sort=domains,
        title=None,
        axis=alt.Axis(
            orient="top",
            domain=False,
            ticks=False,
            labelAngle=alt.ExprRef("narrow ? -90 : 0"),
            labelAlign=alt.ExprRef("narrow ? 'left' : 'center'"),
            labelBaseline=alt.ExprRef("narrow ? 'middle' : 'bottom'"),
            labelLimit=235,
            labelPadding=alt.ExprRef(f"narrow ? 4 : {4 + 14 * (_lines(domains) - 1)}"),
            labelOverlap=False,
            labelExpr=_broken(domains),
        ),
    )
    down = alt.Y(
        "study:N",
        sort=studies,
        title=None,
        axis=alt.Axis(labelLimit=alt.ExprRef("narrow ? 96 : 200"), domain=False, ticks=False),
    )
    base = alt.Chart(data).encode(
        x=across,
        y=down,
        tooltip=["study:N", "domain:N", alt.Tooltip("level:N", title="risk of bias")],
    )
    ink = alt.condition(
        "datum.grade === 'good' || datum.grade === 'poor'", alt.value("#fff"), alt.value(INK)
    )
    fill = alt.Color(
        "grade:N",
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=None,
    )
    layers = [
        base.mark_rect(stroke="#fff", strokeWidth=2, cornerRadius=4).encode(color=fill),
        base.transform_calculate(
            words=f"width < {130 * len(domains)} ? datum.symbol : datum.symbol + ' ' + datum.level"
        )
        .mark_text(baseline="middle", fontSize=12, fontWeight="bold")
        .encode(text="words:N", color=ink),
    ]
    key = alt.TitleParams(
        title or " ",
        subtitle=frames.traffic_key(data),
        subtitleColor=SOFT,
        subtitleFontSize=12,
        anchor="start",
        frame="bounds",
        fontSize=14,
        offset=8,
    )
    text = f"Risk of bias of {len(studies)} studies in {len(domains)} domains"
    chart = _whole(alt.layer(*layers), 30 * len(studies), "", text)
    return chart.properties(title=key)


def _lines(domains: Sequence[str]) -> int:
    return max((len(textwrap.wrap(name, LABEL)) for name in domains), default=1)


def _broken(domains: Sequence[str]) -> str:
    """A label expression that breaks long domain names where there is width for it."""
    lines = {name: textwrap.wrap(name, LABEL) for name in domains}
    return f"narrow ? datum.label : ({json.dumps(lines)})[datum.label]"


def _whole(chart: Any, height: int, title: str, text: str) -> Any:
    named = {"title": heading(title)} if title else {}
    return chart.add_params(alt.param(name="narrow", expr=NARROW)).properties(
        width="container", height=height, description=text, **named
    )
