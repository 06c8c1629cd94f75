"""Operating characteristics and replayed trials as charts; each draws a frame."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl

from equipoise.parts.look_tables import stopping, tables
from equipoise.parts.normal_looks import normal_stopping
from equipoise.vocabulary.endpoint import Binary, TimeToEvent
from equipoise.vocabulary.scenario import Scenario
from equipoise.wording import plural

from .frames import BENEFIT, STOPS, frame, is_difference, looks, measures, null_effect
from .frames import replayed as replayed_frame

if TYPE_CHECKING:
    from collections.abc import Iterable

    from equipoise.vocabulary.trial import Design

    from .operating import OperatingCharacteristics
    from .replay import Replay

BLUE, AMBER, RED = "#1f5f8b", "#d9b44a", "#a33"
INK, SOFT = "#222", "#666"
COLOURS = {
    "efficacy": ("stops for benefit", BLUE, "#fff"),
    "futility": ("stops for futility", AMBER, INK),
    "conditional power": ("low conditional power", "#ead9a4", INK),
    "predictive power": ("low predictive power", "#f4ecd2", INK),
    "safety": ("stops for safety", RED, "#fff"),
    "harm": ("stops for harm", "#6d1a36", "#fff"),
    "end": ("ends without a finding", "#c4c8cc", INK),
}
"""Of each reason to stop: its words, its colour, and the colour of letters on it."""

MOST_BARS = 20
"""Scenarios beyond which a curve takes the place of bars."""
BAR, ROW, ROW_TWO, LETTER = 24, 54, 70, 6.2
"""Pixels: a bar, a scenario with its words on one line and on two, a letter at the most."""
PHONE = 320
"""Pixels that a telephone leaves to a chart."""
FAR = 8.0
"""The largest z that is drawn."""
STEPS = 60


def chart(oc: OperatingCharacteristics) -> alt.TopLevelMixin:
    """Why and at which look trials end, a bar a scenario, with the chance to find benefit.

    Of more than 20 scenarios it is :func:`power_chart`, where their true effects are known.
    """
    known = [row.effect for row in oc.scenarios if not math.isnan(row.effect)]
    if len(oc.scenarios) > MOST_BARS and len(known) == len(oc.scenarios):
        return power_chart(oc)
    return _bars(oc)


def _bars(oc: OperatingCharacteristics) -> alt.TopLevelMixin:
    words, height = _over_bars(oc)
    rows = _pieces(oc, words)
    x = alt.X(
        "start:Q",
        title="share of simulated trials",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(grid=False, format="%", values=[0, 0.25, 0.5, 0.75, 1]),
    )
    scale = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    y = alt.Y("top:Q", axis=None, scale=scale)
    base = alt.Chart(rows)
    several = len(oc.design.looks) > 1
    between = 0.8 if len(oc.design.looks) <= 6 else 0.3
    bars = base.mark_rect(stroke="#fff", strokeWidth=between).encode(
        x=x, x2="end:Q", y=y, y2="bottom:Q", color=_reasons(rows), tooltip=_told(oc)
    )
    layers = [bars, *_names(words)]
    if several:
        numbers = base.transform_filter("datum.end - datum.start > 0.06").mark_text(fontSize=11)
        layers.append(
            numbers.encode(
                x=alt.X("middle:Q"),
                y=alt.Y("centre:Q"),
                text="look:Q",
                color=alt.Color("ink:N", scale=None),
            )
        )
    notes = [
        f"{oc.replicates:,} trials a scenario. To find benefit, with its 95% Monte Carlo interval."
    ]
    if several:
        notes.insert(0, "Numbers in a bar are looks; in each colour the looks follow in order.")
    made = _whole(layers, height, "How simulated trials end", notes, _described(oc))
    shown: alt.TopLevelMixin = made.properties(view=alt.ViewBackground(stroke=None))
    return shown


def _over_bars(oc: OperatingCharacteristics) -> tuple[pl.DataFrame, int]:
    """The words over each bar with their places in pixels, and the height of all."""
    found = measures(oc).filter(pl.col("measure") == BENEFIT)
    benefit = [_found(*row) for row in found.select("value", "low", "high").iter_rows()]
    names = [_wrapped(row.name) for row in oc.truths]
    longest = max(map(len, (line for lines in names for line in lines)))
    together = longest + max(map(len, benefit)) + 2 <= PHONE / LETTER
    rows, top = [], 0.0
    for lines, shown in zip(names, benefit, strict=True):
        bar = top + (ROW if together else ROW_TWO) - BAR - 12 + 15 * (len(lines) - 1)
        rows.append(
            {
                "name": "\n".join(lines),
                "benefit": shown,
                "over": top + 4,
                "beside": top + 4 if together else bar - 16,
                "bar": bar,
                "right": together,
            }
        )
        top = bar + BAR + 12
    return pl.DataFrame(rows), math.ceil(top)


def _wrapped(name: str) -> list[str]:
    """A name in lines that a telephone shows whole."""
    return textwrap.wrap(name, int(PHONE / LETTER) - 4) or [""]


def _found(value: float | None, low: float | None, high: float | None) -> str:
    """``finds benefit 33.6% (33.3 to 33.9)``."""
    if value is None or low is None or high is None:
        return "no trial counted"
    wide = 100 * (high - low)
    digits = 1 if wide >= 0.3 else 2 if wide >= 0.03 else 3
    shown = [f"{100 * share:.{digits}f}" for share in (value, low, high)]
    return f"finds benefit {shown[0]}% ({shown[1]} to {shown[2]})"


def _pieces(oc: OperatingCharacteristics, words: pl.DataFrame) -> pl.DataFrame:
    """A rectangle for each reason and look with trials, side by side from the left."""
    found = looks(oc).to_dicts()
    count = len(oc.design.looks)
    rows = []
    for s, (scenario, bar) in enumerate(zip(oc.truths, words["bar"], strict=True)):
        start = 0.0
        for reason, (shown, _, ink) in COLOURS.items():
            for row in found[s * count : (s + 1) * count]:
                share = row[STOPS[reason]]
                if share:
                    rows.append(
                        {
                            "scenario": scenario.name,
                            "reason": shown,
                            "look": row["look"],
                            "share": share,
                            "months": row["months"],
                            "enrolled": row["enrolled"],
                            "start": start,
                            "end": min(start + share, 1.0),
                            "middle": start + share / 2,
                            "top": bar,
                            "bottom": bar + BAR,
                            "centre": bar + BAR / 2,
                            "ink": ink,
                        }
                    )
                    start += share
    return pl.DataFrame(rows, infer_schema_length=None)


def _reasons(rows: pl.DataFrame) -> alt.Color:
    there = set(rows["reason"])
    shown = [row for row in COLOURS.values() if row[0] in there]
    return alt.Color(
        "reason:N",
        title=None,
        sort=[row[0] for row in shown],
        scale=alt.Scale(domain=[row[0] for row in shown], range=[row[1] for row in shown]),
        legend=alt.Legend(orient="top", columns=2, labelLimit=0, symbolType="square", offset=6),
    )


def _told(oc: OperatingCharacteristics) -> list[alt.Tooltip]:
    told = [
        alt.Tooltip("scenario:N"),
        alt.Tooltip("reason:N"),
        alt.Tooltip("look:Q"),
        alt.Tooltip("share:Q", format=".4~f", title="share of all trials"),
        alt.Tooltip("enrolled:Q", format=",.1f", title="mean patients, trials at the look"),
    ]
    if oc.job.calendar:
        told.append(alt.Tooltip("months:Q", format=".1f", title="mean month"))
    return told


def _names(words: pl.DataFrame) -> list[Any]:
    """Each scenario's name, and the chance to find benefit beside it or below."""
    right = bool(words["right"][0])
    base = alt.Chart(words)
    name = base.mark_text(
        align="left", baseline="top", fontSize=12, fontWeight="bold", color=INK, lineBreak="\n"
    )
    found = base.mark_text(
        align="right" if right else "left", baseline="top", fontSize=12, color=INK
    )
    return [
        name.encode(x=alt.value(0), y=alt.Y("over:Q"), text="name:N"),
        found.encode(x=alt.value("width" if right else 0), y=alt.Y("beside:Q"), text="benefit:N"),
    ]


def _described(oc: OperatingCharacteristics) -> str:
    return (
        f"How simulated trials end under {plural(len(oc.scenarios), 'scenario')}: "
        "shares of trials by reason and look"
    )


def power_chart(oc: OperatingCharacteristics) -> alt.TopLevelMixin:
    """Chance to find benefit against the true effect, with intervals of four Monte Carlo errors.

    The line is by enumeration or normal theory with control as planned, where there is one.
    """
    endpoint = oc.design.endpoint
    data = frame(oc).filter(pl.col("effect").is_not_null(), pl.col("benefit").is_not_null())
    data = data.with_columns(
        true=pl.col("effect") if is_difference(endpoint) else pl.col("effect").exp(),
        low=(pl.col("benefit") - 4 * pl.col("benefit_error")).clip(0, 1),
        high=(pl.col("benefit") + 4 * pl.col("benefit_error")).clip(0, 1),
    )
    margin = null_effect(endpoint)
    null = margin if is_difference(endpoint) else math.exp(margin)
    span = _span([*data["true"], null])
    x, y = _true_effect(oc, span), _chance()
    curve, how = _theory(oc, span)
    words = "on the margin" if margin else "no effect"
    layers = _null(null, words, x, left=endpoint.better == "lower")
    if curve is not None:
        line = alt.Chart(curve).mark_line(strokeWidth=2.2, color=BLUE, clip=True)
        layers.append(line.encode(x=x, y=y))
    notes = [f"{oc.replicates:,} trials a scenario; the whiskers are four Monte Carlo errors.", how]
    on = pl.lit(value=True)
    if curve is not None and isinstance(endpoint, Binary) and not endpoint.single_arm:
        on = (pl.col("control") == endpoint.control).fill_null(value=False)
    layers += [*_points(data.filter(on), x, y, RED), *_points(data.filter(~on), x, y, "#fff")]
    if data.filter(~on).height:
        notes.append("Hollow: another control risk than planned.")
    title = "Chance to find benefit"
    return _whole(layers, 260, title, [n for n in notes if n], f"{title} against the true effect")


def _span(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    pad = 0.06 * ((high - low) or abs(high) or 1.0)
    return low - pad, high + pad


def _true_effect(oc: OperatingCharacteristics, span: tuple[float, float]) -> alt.X:
    endpoint = oc.design.endpoint
    axis = alt.Axis(grid=False, tickCount=5, labelOverlap="greedy")
    if isinstance(endpoint, TimeToEvent):
        title = "true hazard ratio"
    elif isinstance(endpoint, Binary):
        title = f"true {'risk ' if endpoint.scale == 'difference' else ''}{endpoint.scale}"
        title = "true risk ratio" if endpoint.scale == "ratio" else title
        if is_difference(endpoint):
            axis = alt.Axis(grid=False, tickCount=5, format=".3~%", labelOverlap="greedy")
    else:
        title = "true mean difference"
    title += " from the reference" if endpoint.single_arm else ""
    return alt.X("true:Q", title=title, axis=axis, scale=alt.Scale(domain=list(span), nice=False))


def _chance(field: str = "benefit") -> alt.Y:
    return alt.Y(
        f"{field}:Q",
        title="chance to find benefit",
        scale=alt.Scale(domain=[0, 1.04], nice=False),
        axis=alt.Axis(grid=False, values=[i / 5 for i in range(6)], format="%"),
    )


def _null(null: float, words: str, x: alt.X, *, left: bool) -> list[Any]:
    """The null value, named on the side where benefit is not."""
    base = alt.Chart(pl.DataFrame({"true": [null], "words": [words]}))
    text = base.mark_text(
        align="right" if left else "left", dx=-5 if left else 5, color=SOFT, fontSize=11
    )
    return [
        base.mark_rule(color=SOFT, strokeDash=[2, 3]).encode(x=x),
        text.encode(x=x, y=alt.value(8), text="words:N"),
    ]


def _points(data: pl.DataFrame, x: alt.X, y: alt.Y, fill: str) -> list[Any]:
    if not data.height:
        return []
    base = alt.Chart(data)
    told = [
        alt.Tooltip("scenario:N"),
        alt.Tooltip("truth:N"),
        alt.Tooltip("benefit:Q", format=".4f", title="simulated"),
        alt.Tooltip("benefit_error:Q", format=".2~g", title="Monte Carlo error"),
        alt.Tooltip("exact:Q", format=".4f", title="by enumeration"),
        alt.Tooltip("normal:Q", format=".4f", title="normal theory"),
    ]
    size = 70 if data.height <= MOST_BARS else 30
    return [
        base.mark_rule(strokeWidth=2, color=RED).encode(x=x, y=_chance("low"), y2="high:Q"),
        base.mark_circle(size=size, fill=fill, opacity=1, stroke=RED, strokeWidth=1.5).encode(
            x=x, y=y, tooltip=told
        ),
    ]


def _theory(oc: OperatingCharacteristics, span: tuple[float, float]) -> tuple[Any, str]:
    """The line over the span and how it comes about; (None, "") where there is no theory."""
    exact = any(row.exact is not None for row in oc.scenarios)
    if not exact and all(row.normal is None for row in oc.scenarios):
        return None, ""
    low, high = span
    truths = [
        (true, truth)
        for true in (low + (high - low) * i / STEPS for i in range(STEPS + 1))
        if (truth := _truth(oc.design, true)) is not None
    ]
    chances = _chances(oc.design, [truth for _, truth in truths], exact=exact)
    line = pl.DataFrame({"true": [true for true, _ in truths], "benefit": chances})
    control = "" if oc.design.endpoint.single_arm else f", {oc.design.arms[0]} as planned"
    return line, f"The line is {'by enumeration' if exact else 'normal theory'}{control}."


def _truth(design: Design, true: float) -> Scenario | None:
    """Control as planned beside a true effect; None where there is no such truth."""
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        return Scenario(name="grid", hazard_ratio=true) if true > 0 else None
    if not isinstance(endpoint, Binary):
        return Scenario(name="grid", means=(endpoint.control, endpoint.control + true))
    control = endpoint.control
    treatment = control + true
    if not is_difference(endpoint):
        odds = true * control / (1 - control)
        treatment = true * control if endpoint.scale == "ratio" else odds / (1 + odds)
    inside = 0 < treatment < 1
    return Scenario(name="grid", risks=(control, treatment)) if inside else None


def _chances(design: Design, truths: Iterable[Scenario], *, exact: bool) -> list[float]:
    if not exact:
        return [float(normal_stopping(design, truth)[:, 0].sum()) for truth in truths]
    assert isinstance(design.endpoint, Binary)
    made = tables(design)
    return [float(stopping(made, design.endpoint, truth)[:, 0].sum()) for truth in truths]


def replayed(replay: Replay) -> alt.TopLevelMixin:
    """The statistic of one simulated trial at each look between the boundaries."""
    seen = replayed_frame(replay).with_columns(pl.col("z").clip(-FAR, FAR))
    bounds = _bounds(replay)
    values = [*bounds["value"], *seen["z"].drop_nulls(), 0.0]
    x, (value, z) = _looks_axis(len(replay.design.looks)), _z_axes(min(values), max(values))
    layers = [*_edges(bounds, x, value), *_path(replay, seen, x, z)]
    title = f"Replicate {replay.replicate}, {replay.scenario.name}"
    return _whole(layers, 270, title, _said(replay), f"{title}: z at each look and the boundaries")


def _looks_axis(count: int) -> alt.X:
    return alt.X(
        "look:Q",
        title="look",
        scale=alt.Scale(domain=[0.5, count + 0.5], nice=False),
        axis=alt.Axis(grid=False, values=list(range(1, count + 1, 1 + count // 12)), format="d"),
    )


def _z_axes(low: float, high: float) -> tuple[alt.Y, alt.Y]:
    """One axis for the boundaries' values and for z."""
    pad = 0.14 * ((high - low) or 1.0)
    value, z = (
        alt.Y(
            f"{field}:Q",
            title="z, above 0 in favour of treatment",
            scale=alt.Scale(domain=[low - pad, high + pad], nice=False),
            axis=alt.Axis(grid=False, tickCount=6),
        )
        for field in ("value", "z")
    )
    return value, z


EDGES = {
    "benefit": (BLUE, [1, 0], "triangle-down"),
    "futility": (AMBER, [1, 0], "square"),
    "futility, mirrored": (AMBER, [1, 0], "square"),
    "low conditional power": ("#8a6d1f", [5, 3], "diamond"),
    "low predictive power": ("#777", [2, 2], "cross"),
    "harm": (RED, [1, 0], "triangle-up"),
}
"""Of each boundary that is drawn: its colour, its dashes and its shape."""


def _bounds(replay: Replay) -> pl.DataFrame:
    """Boundaries on z at all looks, within the axis."""
    given = replay.bounds
    edges = {
        "benefit": given["efficacy"],
        "futility": given["futility"],
        "low conditional power": given["conditional power"],
        "low predictive power": given["predictive power"],
    }
    if replay.design.plan.sided == 2:
        edges["futility, mirrored"] = tuple(-z for z in given["futility"])
        edges["harm"] = tuple(-z for z in given["efficacy"])
    rows = [
        {"boundary": name, "look": k + 1, "value": z}
        for name, values in edges.items()
        for k, z in enumerate(values)
    ]
    schema = {"boundary": pl.String, "look": pl.Int64, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema).filter(pl.col("value").abs() <= FAR)


def _edges(bounds: pl.DataFrame, x: alt.X, y: alt.Y) -> list[Any]:
    """Each boundary as a line with its looks; a key over the chart."""
    there = [name for name in EDGES if name in set(bounds["boundary"])]
    colours, dashes, shapes = ([EDGES[name][i] for name in there] for i in range(3))
    legend = alt.Legend(orient="top", columns=2, labelLimit=0, titleFontWeight="normal")
    words: dict[str, Any] = {"title": "boundary for", "sort": there}
    colour = alt.Color(
        "boundary:N", scale=alt.Scale(domain=there, range=colours), legend=legend, **words
    )
    dash = alt.StrokeDash(
        "boundary:N", scale=alt.Scale(domain=there, range=dashes), legend=legend, **words
    )
    shape = alt.Shape(
        "boundary:N", scale=alt.Scale(domain=there, range=shapes), legend=legend, **words
    )
    base = alt.Chart(bounds)
    told = [alt.Tooltip("boundary:N"), alt.Tooltip("look:Q"), alt.Tooltip("value:Q", format=".3f")]
    return [
        base.mark_line(strokeWidth=1.6, opacity=0.8).encode(
            x=x, y=y, color=colour, strokeDash=dash
        ),
        base.mark_point(size=60, filled=True, opacity=1).encode(
            x=x, y=y, color=colour, shape=shape, tooltip=told
        ),
    ]


def _path(replay: Replay, seen: pl.DataFrame, x: alt.X, y: alt.Y) -> list[Any]:
    """The statistic to the end, dashed and hollow after it."""
    told = [
        alt.Tooltip("look:Q"),
        alt.Tooltip("z:Q", format=".3f"),
        alt.Tooltip("decision:N"),
        alt.Tooltip("enrolled:Q", format=",d"),
        alt.Tooltip("information:Q", format=".3f"),
    ]
    if replay.calendar:
        told.append(alt.Tooltip("months:Q", format=".1f", title="month"))
    inside = alt.Chart(seen.filter(~pl.col("after_the_end")))
    later = alt.Chart(seen.filter(pl.col("look") >= replay.ended_at))
    after = alt.Chart(seen.filter(pl.col("after_the_end")))
    return [
        later.mark_line(color=INK, strokeWidth=1.2, strokeDash=[3, 3]).encode(x=x, y=y),
        inside.mark_line(color=INK, strokeWidth=2).encode(x=x, y=y),
        inside.mark_circle(color=INK, size=80, opacity=1).encode(x=x, y=y, tooltip=told),
        after.mark_point(color=INK, size=60, fill="#fff", opacity=1).encode(x=x, y=y, tooltip=told),
        *_decided(replay, seen, x, y),
    ]


def _decided(replay: Replay, seen: pl.DataFrame, x: alt.X, y: alt.Y) -> list[Any]:
    """The decision beside the look at which the trial ended, on a halo."""
    end = seen.filter(pl.col("look") == replay.ended_at)
    if not end.height or replay.reason not in COLOURS:
        return []
    left = replay.ended_at <= (len(replay.design.looks) + 1) / 2
    base = alt.Chart(end.with_columns(words=pl.lit(COLOURS[replay.reason][0])))
    place: dict[str, Any] = {
        "align": "left" if left else "right",
        "dx": 9 if left else -9,
        "dy": -11,
        "fontSize": 12,
        "fontWeight": "bold",
    }
    halo = base.mark_text(stroke="#fff", strokeWidth=4, color="#fff", **place)
    text = base.mark_text(color=INK, **place)
    return [mark.encode(x=x, y=y, text="words:N") for mark in (halo, text)]


def _said(replay: Replay) -> list[str]:
    """The end in words, and what the chart leaves out."""
    from .summaries import ending

    notes = [ending(replay, "hollow")]
    if any(math.isfinite(z) for z in replay.bounds["safety"]):
        notes.append("The boundary for safety, on adverse events, is not drawn.")
    return notes


def _whole(layers: list[Any], height: int, title: str, notes: list[str], text: str) -> Any:
    """One view that follows its container, its words broken so that a telephone shows them."""
    heading = alt.TitleParams(
        textwrap.wrap(title, 40),
        subtitle=[line for note in notes for line in textwrap.wrap(note, 52)],
        subtitleColor=SOFT,
        subtitleFontSize=12,
        anchor="start",
        frame="bounds",
        fontSize=14,
        fontWeight="bold",
        offset=10,
    )
    return alt.layer(*layers).properties(
        width="container", height=height, title=heading, description=text
    )
