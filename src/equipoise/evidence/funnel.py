"""Charts of all studies at once: small-study effects, heterogeneity, and every subset."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import polars as pl
from scipy import special

from . import frames, terms
from .forest import BLUE, GREY, INK, NARROW, RED, SOFT, heading
from .forest_rows import axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .forest_rows import Axis
    from .synthesis import Synthesis

SHADES = ("#ffffff", "#dde3e8", "#b9c4cc", "#8797a3")
HEIGHT = 320


def funnel(
    fit: Synthesis, contours: Sequence[float] = (0.90, 0.95, 0.99), *, title: str = ""
) -> alt.TopLevelMixin:
    """Contour-enhanced funnel plot; Peters et al. (2008), J Clin Epidemiol 61:991.

    Shades, from light to dark, show where a study alone would be significant at one minus each of
    `contours`; they are centred at no effect, or at the pooled effect for one-arm measures. The
    dashed line is the pooled effect. The vertical axis is the standard error, most precise on top.
    """
    data = funnel_points(fit, contours)
    highest = 1.06 * float(np.sqrt(fit.vi.max()))
    edges = funnel_contours(fit, contours, highest)
    span = _funnel_axis(fit, _reach(fit, contours, highest))
    x = _x(span, "estimate")
    y = alt.Y(
        "se:Q",
        title=f"standard error{' of the log' if fit.log_scale else ''}, precise on top",
        scale=alt.Scale(domain=[0, highest], reverse=True, nice=False),
        axis=alt.Axis(grid=False, tickCount=5),
    )
    shades = alt.Color(
        "region:N",
        title="a study alone",
        scale=alt.Scale(domain=regions(contours), range=_shades(len(contours) + 1)),
        legend=alt.Legend(
            symbolType="square",
            symbolStrokeColor=SOFT,
            symbolStrokeWidth=1,
            symbolOpacity=1,
            columns=alt.ExprRef("narrow ? 2 : 4"),
        ),
    )
    layers = [
        alt.Chart(edges.filter(pl.col("level") == level))
        .mark_area(orient="horizontal", opacity=1, clip=True, stroke=SOFT, strokeWidth=0.6)
        .encode(x=_x(span, "left"), x2="right:Q", y=y, color=shades)
        for level in edges["level"].unique().sort(descending=True)
    ]
    layers += _upright(fit, span, highest)
    layers.append(
        alt.Chart(data)
        .mark_circle(size=75, color=BLUE, opacity=0.95, stroke="#fff", strokeWidth=1)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("label:N", title="study"),
                alt.Tooltip("shown:N", title=span.title),
                alt.Tooltip("se:Q", format=".3g", title="standard error"),
                alt.Tooltip("region:N", title="alone"),
            ],
        )
    )
    return _chart(layers, HEIGHT, title, f"Funnel plot of {fit.k} studies; {span.title}")


def funnel_points(fit: Synthesis, contours: Sequence[float] = (0.90, 0.95, 0.99)) -> pl.DataFrame:
    """One row a study: its effect, standard error, and the region of the funnel it lies in."""
    centre = _centre(fit)
    se = np.sqrt(fit.vi)
    names = regions(contours)
    distance = np.abs(fit.yi - centre) / se
    inside = np.searchsorted(_quantiles(contours), distance)
    table = frames.studies(fit)
    shown = [
        f"{terms.number(e)} ({terms.reach(lo, hi)})"
        for e, lo, hi in table.select("estimate", "lower", "upper").iter_rows()
    ]
    return table.select("label", "estimate").with_columns(
        se=se, region=pl.Series([names[i] for i in inside]), shown=pl.Series(shown)
    )


def funnel_contours(
    fit: Synthesis, contours: Sequence[float], highest: float, points: int = 41
) -> pl.DataFrame:
    """Edges of each region, from the narrowest (level 0) to everything (the last)."""
    centre, names = _centre(fit), regions(contours)
    se = np.linspace(0, highest, points)
    widths = [*_quantiles(contours), 50.0]
    parts = []
    for level, (name, z) in enumerate(zip(names, widths, strict=True)):
        half = (
            z * se if level < len(contours) else np.full(points, 2 * _reach(fit, contours, highest))
        )
        parts.append(
            pl.DataFrame(
                {
                    "level": level,
                    "region": name,
                    "se": se,
                    "left": terms.natural(centre - half, fit.log_scale),
                    "right": terms.natural(centre + half, fit.log_scale),
                }
            )
        )
    return pl.concat(parts)


def regions(contours: Sequence[float]) -> list[str]:
    """Regions of a funnel in words, from the middle out."""
    cuts = [f"{1 - level:.3g}" for level in sorted(contours)]
    between = [f"p {low} to {high}" for high, low in pairwise(cuts)]
    return [f"p above {cuts[0]}", *between, f"p below {cuts[-1]}"]


def baujat(data: pl.DataFrame, *, title: str = "") -> alt.TopLevelMixin:
    """Baujat plot (Baujat et al. 2002, Stat Med 21:2641): what drives heterogeneity and result.

    `data` has label; x, the study's share of Cochran's Q; y, its influence on the pooled effect.
    Studies furthest out are named, as far as names do not overlap; the others in their tooltips.
    """
    named = baujat_labels(data)
    tops = [1.08 * (float(named[name].to_numpy().max()) or 1.0) for name in ("x", "y")]
    x = alt.X(
        "x:Q",
        title="contribution to heterogeneity (Q)",
        scale=alt.Scale(domain=[0, tops[0]], nice=False),
        axis=_plain(),
    )
    y = alt.Y(
        "y:Q",
        title="influence on the pooled effect",
        scale=alt.Scale(domain=[0, tops[1]], nice=False),
        axis=_plain(),
    )
    tooltip = [
        alt.Tooltip("label:N", title="study"),
        alt.Tooltip("x:Q", format=".3g", title="contribution to Q"),
        alt.Tooltip("y:Q", format=".3g", title="influence"),
    ]
    base = alt.Chart(named).encode(x=x, y=y, tooltip=tooltip)
    layers = [
        base.mark_circle(size=75, color=BLUE, opacity=0.9),
        base.mark_text(dy=-12, color=INK, align=alt.ExprRef("datum.side")).encode(text="name:N"),
    ]
    return _chart(layers, 280, title, f"Baujat plot of {data.height} studies")


def baujat_labels(data: pl.DataFrame) -> pl.DataFrame:
    """The points with the names that fit: `name` is empty where it would lie on another point."""
    x, y = (data[name].to_numpy() / (float(data[name].to_numpy().max()) or 1) for name in "xy")
    side = np.select([x < 0.15, x > 0.85], ["left", "right"], "center")
    kept: list[int] = []
    for i in np.argsort(-(x + y), kind="stable"):
        names = any(abs(y[i] - y[j]) < 0.07 and abs(x[i] - x[j]) < 0.25 for j in kept)
        dots = (np.abs(x - x[i]) < 0.12) & (y > y[i]) & (y < y[i] + 0.08)
        if not names and not dots.any():
            kept.append(int(i))
    shown = [label if i in kept else "" for i, label in enumerate(data["label"])]
    return data.with_columns(name=pl.Series(shown), side=pl.Series(side.tolist()))


def drapery(fit: Synthesis, *, title: str = "") -> alt.TopLevelMixin:
    """Drapery plot (Rücker & Schwarzer 2021, Res Synth Methods 12:111).

    For each study, and in bold for the pooled effect, the two-sided p-value of every effect. A
    horizontal cut at p gives the interval at level 1 - p.
    """
    span = _study_axis(fit)
    data = drapery_curves(fit, span)
    x = _x(span, "effect")
    y = alt.Y("p:Q", title="p-value of each effect", scale=alt.Scale(domain=[0, 1]), axis=_plain())
    tooltip = [
        alt.Tooltip("label:N", title="study"),
        alt.Tooltip("effect:Q", format=".3g", title=span.title),
        alt.Tooltip("p:Q", format=".3g", title="p-value"),
    ]
    cut = 1 - fit.level
    lines = pl.DataFrame({"p": [cut], "words": [f"{100 * fit.level:g}% intervals end here"]})
    layers: list[Any] = [
        alt.Chart(data.filter(pl.col("kind") == "study"))
        .mark_line(color=BLUE, strokeWidth=1, opacity=0.55)
        .encode(x=x, y=y, detail="row:N", tooltip=tooltip),
        alt.Chart(data.filter(pl.col("kind") == "pooled"))
        .mark_line(color=RED, strokeWidth=3.5)
        .encode(x=x, y=y, tooltip=tooltip),
        alt.Chart(lines).mark_rule(strokeDash=[4, 4], color=INK).encode(y=y),
        alt.Chart(lines)
        .mark_text(align="left", dx=4, dy=-7, color=INK)
        .encode(x=alt.value(0), y=y, text="words:N"),
    ]
    if span.none is not None:
        none = pl.DataFrame({"x": [span.none]})
        layers.append(alt.Chart(none).mark_rule(color=SOFT).encode(x=_x(span, "x")))
    top = pl.DataFrame({"x": [terms.natural([fit.estimate], fit.log_scale)[0]], "words": "pooled"})
    layers.append(
        alt.Chart(top)
        .mark_text(dy=-8, color=RED, fontWeight="bold")
        .encode(x=_x(span, "x"), y=alt.value(0), text="words:N")
    )
    return _chart(layers, 300, title, f"p-value curves of {fit.k} studies and the pooled effect")


def drapery_curves(fit: Synthesis, span: Axis, points: int = 91) -> pl.DataFrame:
    """The p-value of each effect: one curve a study, and one of the pooled effect."""
    scale = math.log if fit.log_scale else float
    low, high = scale(span.low), scale(span.high)
    curves = [
        (label, "study", float(y), math.sqrt(v), math.inf)
        for label, y, v in zip(fit.labels, fit.yi, fit.vi, strict=True)
    ]
    curves.append(("pooled", "pooled", fit.estimate, fit.se, fit.df))
    parts = []
    for row, (label, kind, centre, se, df) in enumerate(curves):
        near = centre + se * np.linspace(-4, 4, points)
        grid = np.unique(np.clip(np.concatenate([near, np.linspace(low, high, points)]), low, high))
        away = -np.abs(grid - centre) / se
        tail = special.ndtr(away) if math.isinf(df) else special.stdtr(df, away)
        effect = np.clip(terms.natural(grid, fit.log_scale), span.low, span.high)
        columns = {"row": row, "label": label, "kind": kind, "effect": effect, "p": 2 * tail}
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts).filter(pl.col("p") > 5e-4)


def gosh(data: pl.DataFrame, *, measure: str = "RR", title: str = "") -> alt.TopLevelMixin:
    """Every subset of the studies (Olkin et al. 2012, Res Synth Methods 3:214), binned.

    `data` has, one row a subset, estimate (on the natural scale) and i2 in per cent. Above the
    heat map is the histogram of the estimates.
    """
    log = measure in terms.RATIOS
    cells, margin = gosh_bins(data, log=log)
    limits = [margin["left"][0], margin["right"][-1]]
    span = axis(limits, limits, limits, measure=measure, log=log)
    tooltip = [
        alt.Tooltip("shown:N", title=span.title),
        alt.Tooltip("share:N", title="I\N{SUPERSCRIPT TWO}"),
        alt.Tooltip("subsets:Q", format=","),
    ]
    heat = (
        alt.Chart(cells)
        .mark_rect(stroke=None)
        .encode(
            x=_x(span, "left"),
            x2="right:Q",
            y=alt.Y(
                "low:Q",
                title="I\N{SUPERSCRIPT TWO}, %",
                scale=alt.Scale(domain=[0, 100], range=[HEIGHT, 90]),
                axis=_plain(titleY=205),
            ),
            y2="high:Q",
            color=alt.Color(
                "subsets:Q",
                title="subsets of the studies",
                scale=alt.Scale(type="log", range=["#dde3e8", BLUE, "#0b2335"]),
                legend=alt.Legend(format=",~s", gradientLength=160, tickCount=3),
            ),
            tooltip=tooltip,
        )
    )
    bars = (
        alt.Chart(margin)
        .mark_rect(color=GREY, stroke="#fff", strokeWidth=0.5)
        .encode(
            x=_x(span, "left"),
            x2="right:Q",
            y=alt.Y("subsets:Q", scale=alt.Scale(range=[78, 4], zero=True), axis=None),
            y2=alt.datum(0),
            tooltip=[tooltip[0], tooltip[2]],
        )
    )
    layers: list[Any] = [heat, bars]
    if span.none is not None:
        none = alt.Chart(pl.DataFrame({"x": [span.none]}))
        layers.append(none.mark_rule(color=RED, strokeDash=[4, 3]).encode(x=_x(span, "x")))
    text = f"Pooled effect and heterogeneity in {data.height:,} subsets of the studies"
    return _chart(layers, HEIGHT, title, text, y="independent")


def gosh_bins(
    data: pl.DataFrame, *, log: bool, across: int = 60, up: int = 40
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counts of subsets by estimate and I-squared, without empty cells, and by estimate alone."""
    estimate, i2 = data["estimate"].to_numpy(), data["i2"].to_numpy()
    value = np.log(estimate) if log else estimate
    low, high = float(value.min()), float(value.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, x, y = np.histogram2d(value, i2, bins=(across, up), range=((low, high), (0, 100)))
    edges = terms.natural(x, log)
    i, j = np.nonzero(counts)
    cells = pl.DataFrame(
        {
            "left": edges[i],
            "right": edges[i + 1],
            "low": y[j],
            "high": y[j + 1],
            "subsets": counts[i, j].astype(np.int64),
            "shown": [terms.reach(edges[a], edges[a + 1]) for a in i],
            "share": [f"{y[b]:g} to {y[b + 1]:g}%" for b in j],
        }
    )
    margin = pl.DataFrame(
        {
            "left": edges[:-1],
            "right": edges[1:],
            "subsets": counts.sum(axis=1).astype(np.int64),
            "shown": [terms.reach(a, b) for a, b in pairwise(edges.tolist())],
        }
    )
    return cells, margin


def _upright(fit: Synthesis, span: Axis, highest: float) -> list[Any]:
    """The pooled effect and no effect as upright lines with their names."""
    estimate = float(terms.natural([fit.estimate], fit.log_scale)[0])
    lines = [(estimate, f"pooled {terms.number(estimate)}", RED, [5, 3])]
    if span.none is not None:
        lines.append((span.none, "no effect", INK, [1, 0]))
    lines.sort()
    layers: list[Any] = []
    for i, (x, words, colour, dash) in enumerate(lines):
        data = pl.DataFrame({"x": [x], "top": [0.0], "bottom": [highest], "words": [words]})
        base = alt.Chart(data)
        layers += [
            base.mark_rule(color=colour, strokeDash=dash, strokeWidth=1.6).encode(
                x=_x(span, "x"), y=alt.Y("top:Q"), y2="bottom:Q"
            ),
            base.mark_text(
                color=colour, align="right" if i == 0 else "left", dx=-3 if i == 0 else 3, dy=-7
            ).encode(x=_x(span, "x"), y=alt.value(0), text="words:N"),
        ]
    return layers


def _funnel_axis(fit: Synthesis, reach: float) -> Axis:
    centre = _centre(fit)
    limits = terms.natural([centre - reach, centre + reach], fit.log_scale)
    return axis(limits, limits, limits, measure=fit.measure, log=fit.log_scale)


def _study_axis(fit: Synthesis) -> Axis:
    table = frames.studies(fit)
    return axis(
        table["estimate"], table["lower"], table["upper"], measure=fit.measure, log=fit.log_scale
    )


def _centre(fit: Synthesis) -> float:
    return fit.estimate if fit.measure in terms.ONE_ARM else 0.0


def _quantiles(contours: Sequence[float]) -> Any:
    return special.ndtri((1 + np.array(sorted(contours))) / 2)


def _reach(fit: Synthesis, contours: Sequence[float], highest: float) -> float:
    """Half the width of a funnel on the scale of the measure."""
    outermost = float(np.abs(fit.yi - _centre(fit)).max())
    return 1.08 * max(outermost, float(_quantiles(contours)[-1]) * highest)


def _shades(count: int) -> list[str]:
    return [SHADES[min(i, len(SHADES) - 1)] for i in range(count)]


def _x(span: Axis, field: str) -> alt.X:
    return alt.X(f"{field}:Q", title=span.title, scale=span.scale(), axis=span.drawn())


def _plain(**more: Any) -> alt.Axis:
    return alt.Axis(grid=False, tickCount=5, **more)


def _chart(layers: list[Any], height: int, title: str, text: str, **scales: Any) -> Any:
    chart = alt.layer(*layers).add_params(alt.param(name="narrow", expr=NARROW))
    if scales:
        chart = chart.resolve_scale(**scales)
    named = {"title": heading(title)} if title else {}
    return chart.properties(width="container", height=height, description=text, **named)
