"""Forest plots: the rows as a frame, and one chart that draws them at any width.

The chart is a single view, so that it can follow its container. The effect axis takes the middle of
it and leaves room on both sides for columns of text; where the container is narrow, what stood in
further columns moves to a second line under the label.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import altair as alt
import polars as pl

from . import frames, terms
from .forest_rows import (
    SCHEMA,
    Layout,
    axis_of,
    diamonds,
    main_of,
    numbered,
    pooled_rows,
    study_row,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from .forest_rows import Axis, Order
    from .synthesis import Synthesis

Better: TypeAlias = Literal["lower", "higher"]

BLUE, RED, GREY, AMBER = "#1f5f8b", "#a33", "#b9c4cc", "#d9b44a"
INK, SOFT = "#222", "#666"
PLOT = [alt.ExprRef("plot_left"), alt.ExprRef("plot_right")]
ROW = 29
"""Height of a row in pixels: two lines of text."""

NARROW = "width < 600"
"""When a chart changes to its layout for telephones: a name that its expressions share."""


def forest(
    fits: Synthesis | Mapping[str, Synthesis],
    *,
    counts: ArrayLike | None = None,
    time_points: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    better: Better = "lower",
    order: Order = None,
    title: str = "",
) -> alt.TopLevelMixin:
    """Forest plot of the studies and of one or more pooled results.

    Parameters
    ----------
    fits
        One pooled result, or several by name: each becomes a diamond, with its prediction interval
        as a thin bar, under the studies of the one with the most studies. One named like a group is
        drawn under that group.
    counts : array_like (k, 4), optional
        Cells ai, bi, ci, di of each study, shown as events of patients.
    time_points, groups
        One text a study: when the outcome was measured; the heading it stands under.
    better
        Whether lower or higher values favour treatment.
    order
        Studies by *estimate*, *weight* (largest first) or *label*; or labels in the wanted order;
        as pooled by default.

    Raises
    ------
    InputError
        No result; results of different measures; a column without one value a study.
    """
    models = dict(fits) if isinstance(fits, Mapping) else {"": fits}
    main = main_of(models)
    rows = table(models, counts=counts, time_points=time_points, groups=groups, order=order)
    span = axis_of(rows, main.measure, log=main.log_scale)
    count = rows.filter(pl.col("kind") == "study").height
    shown = rows.filter(pl.col("kind") == "pooled")["shown", "reach"].row(-1)
    text = f"Forest plot of {count} studies; {span.title}, pooled {shown[0]} {shown[1]}"
    heads = ("study", "treatment v control" if counts is not None else "")
    interval = f"({100 * main.level:g}% CI)"
    chart: alt.LayerChart = draw(rows, span, heads, (main.measure, interval), better, title)
    return chart.properties(description=text)


def cumulative(
    frame: pl.DataFrame,
    fit: Synthesis | None = None,
    *,
    measure: str = "RR",
    better: Better = "lower",
    title: str = "",
) -> alt.TopLevelMixin:
    """Pooled result after each study was added, from top to bottom.

    Parameters
    ----------
    frame
        label, estimate, lower, upper on the natural scale; one row a step.
    fit
        The result with all studies: gives the measure, and a diamond in the last row.
    measure
        Effect measure where there is no `fit`.
    """
    return _steps(frame, fit, measure, better, title, ("adding", "Cumulative forest plot"))


def leave_one_out(
    frame: pl.DataFrame,
    fit: Synthesis | None = None,
    *,
    measure: str = "RR",
    better: Better = "lower",
    title: str = "",
) -> alt.TopLevelMixin:
    """Pooled result without each study in turn; parameters as for :func:`cumulative`."""
    return _steps(frame, fit, measure, better, title, ("leaving out", "Leave-one-out plot"))


def _steps(
    frame: pl.DataFrame,
    fit: Synthesis | None,
    measure: str,
    better: Better,
    title: str,
    words: tuple[str, str],
) -> alt.TopLevelMixin:
    log = fit.log_scale if fit else measure in terms.RATIOS
    name = fit.measure if fit else measure
    rows = [{**study_row(row), "kind": "step", "share": ""} for row in frame.to_dicts()]
    if fit is not None:
        (whole,) = frames.pooled({"": fit}).to_dicts()
        rows.append(pooled_rows({**whole, "predicted_lower": None}, "all studies", fit.level)[0])
    data = numbered(rows)
    interval = f"({100 * fit.level:g}% CI)" if fit else "(interval)"
    span = axis_of(data, name, log=log)
    chart: alt.LayerChart = draw(data, span, (words[0], ""), (name, interval), better, title)
    return chart.properties(description=f"{words[1]} of {frame.height} steps; {span.title}")


def draw(
    rows: pl.DataFrame,
    span: Axis,
    heads: tuple[str, str],
    effect: tuple[str, str],
    better: Better,
    title: str,
) -> Any:
    """Draw rows with the columns of :data:`SCHEMA`; the view follows its container."""
    layout = Layout.of(rows, heads, effect)
    layers = [
        *_guides(rows, span, better),
        *_intervals(rows, span),
        *_marks(rows, span),
        *_texts(rows, layout),
    ]
    last = rows["row"].max()
    assert isinstance(last, float)
    chart = alt.layer(*layers).add_params(
        alt.param(name="narrow", expr=NARROW),
        alt.param(
            name="plot_left", expr=f"narrow ? {layout.label[1] + 8:.0f} : {layout.label[0]:.0f}"
        ),
        alt.param(name="plot_right", expr=f"width - (narrow ? 94 : {layout.right:.0f})"),
    )
    named = {"title": heading(title)} if title else {}
    return chart.properties(width="container", height=ROW * (last + 1), **named)


def heading(text: str) -> alt.TitleParams:
    """A chart's title over its whole width, broken so that a telephone shows it."""
    return alt.TitleParams(
        textwrap.wrap(text, 44),
        anchor="start",
        frame="bounds",
        fontSize=14,
        fontWeight="bold",
        offset=10,
    )


def _guides(rows: pl.DataFrame, span: Axis, better: Better) -> list[alt.Chart]:
    """The line of no effect and, over it, which side favours what."""
    last = rows.filter(pl.col("kind") != "note")["row"].max()
    if span.none is None:
        return []
    line = pl.DataFrame({"x": [span.none], "top": [0.5], "bottom": [last], "name": ["no effect"]})
    rule = (
        alt.Chart(line)
        .mark_rule(color=SOFT)
        .encode(x=_x(span, "x"), y=_y(rows, "top"), y2="bottom:Q", tooltip=["name:N"])
    )
    names = ["treatment", "control"] if better == "lower" else ["control", "treatment"]
    sides = {
        "left": f"\N{LEFTWARDS ARROW} favours {names[0]}",
        "right": f"favours {names[1]} \N{RIGHTWARDS ARROW}",
    }
    texts = [
        alt.Chart(pl.DataFrame({"row": [0.0], "side": [text]}))
        .mark_text(
            align="left" if side == "left" else "right",
            baseline="middle",
            color=SOFT,
            fontSize=alt.ExprRef("narrow ? 9.5 : 11"),
            dx=alt.ExprRef(f"narrow ? {-5 if side == 'left' else 3} : 0"),
            dy=alt.ExprRef(f"narrow ? {-7 if side == 'left' else 7} : 0"),
        )
        .encode(x=alt.value(alt.ExprRef(f"plot_{side}")), y=_y(rows), text="side:N")
        for side, text in sides.items()
    ]
    return [rule, *texts]


def _intervals(rows: pl.DataFrame, span: Axis) -> list[alt.Chart]:
    """Studies' intervals and prediction intervals, with an arrow where the axis ends first."""
    drawn = rows.filter(
        pl.col("kind").is_in(["study", "step", "prediction"]), pl.col("lower").is_not_null()
    ).with_columns(
        left=pl.col("lower").clip(span.low, span.high),
        right=pl.col("upper").clip(span.low, span.high),
    )
    arrows = pl.concat(
        [
            drawn.filter(pl.col("lower") < span.low).with_columns(x=span.low, side=pl.lit("left")),
            drawn.filter(pl.col("upper") > span.high).with_columns(
                x=span.high, side=pl.lit("right")
            ),
        ],
        how="vertical_relaxed",
    )
    colour = alt.condition("datum.kind === 'prediction'", alt.value(RED), alt.value(INK))
    base = alt.Chart(drawn).encode(y=_y(rows))
    lines = base.mark_rule().encode(
        x=_x(span, "left"),
        x2="right:Q",
        color=colour,
        strokeWidth=alt.condition("datum.kind === 'prediction'", alt.value(3), alt.value(1.4)),
        tooltip=_tooltip(),
    )
    layers = [lines]
    for side in ("left", "right"):
        some = arrows.filter(pl.col("side") == side)
        if some.height:
            layers.append(
                alt.Chart(some)
                .mark_point(
                    shape="triangle-left" if side == "left" else "triangle-right",
                    filled=True,
                    size=55,
                    opacity=1,
                )
                .encode(x=_x(span, "x"), y=_y(rows), color=colour, tooltip=_tooltip())
            )
    return layers


def _marks(rows: pl.DataFrame, span: Axis) -> list[alt.Chart]:
    """Squares sized by weight, dots for steps, diamonds for pooled results."""
    layers = []
    squares = rows.filter(pl.col("kind") == "study")
    if squares.height:
        size = alt.Scale(
            domain=[0, float(squares["weight"].fill_null(0).to_numpy().max())], range=[14, 210]
        )
        layers.append(
            alt.Chart(squares)
            .mark_square(color=BLUE, opacity=1)
            .encode(
                x=_x(span, "estimate"),
                y=_y(rows),
                size=alt.Size("weight:Q", legend=None, scale=size),
                tooltip=_tooltip("weight"),
            )
        )
    dots = rows.filter(pl.col("kind") == "step")
    if dots.height:
        layers.append(
            alt.Chart(dots)
            .mark_circle(color=BLUE, opacity=1, size=60)
            .encode(x=_x(span, "estimate"), y=_y(rows), tooltip=_tooltip())
        )
    shapes = diamonds(rows, span)
    if shapes.height:
        layers.append(
            alt.Chart(shapes)
            .mark_area(color=RED, opacity=1, line=False)
            .encode(
                x=_x(span, "x"),
                y=_y(rows, "top"),
                y2="bottom:Q",
                detail="row:N",
                tooltip=_tooltip(),
            )
        )
    return layers


def _texts(rows: pl.DataFrame, layout: Layout) -> list[alt.Chart]:
    """The columns of text, their heads among them."""
    head = {
        "row": 0.0,
        "kind": "head",
        "label": layout.heads[0],
        "detail": layout.heads[1],
        "shown": layout.effect[0],
        "reach": layout.effect[1],
        "share": "weight" if layout.share else "",
    }
    blank = {name: "" if kind == pl.String else None for name, kind in SCHEMA.items()}
    top = pl.DataFrame([{**blank, **head}], schema=SCHEMA)
    data = alt.Chart(pl.concat([top, rows])).transform_calculate(
        below=(
            "!narrow ? '' : datum.kind === 'head' ? (datum.detail ? 'treated v control' : '') : "
            "datum.detail + (datum.detail && datum.time_point ? ', ' : '') + datum.time_point"
        ),
        beside="narrow ? '' : datum.detail",
        when="narrow ? '' : datum.time_point",
        main="datum.kind === 'note' && narrow ? replace(datum.label, '; ', '\\n') : datum.label",
        effect="narrow || !datum.shown ? datum.shown || datum.reach : "
        "datum.shown + (datum.reach ? ' ' + datum.reach : '')",
        second="narrow && datum.shown ? datum.reach : ''",
        part="narrow ? '' : datum.share",
    )
    wide, tight = layout.label
    split = "datum.below || datum.kind === 'note' ? -7 : 0"
    strong = "indexof(['pooled', 'head', 'group'], datum.kind) < 0 ? 'normal' : 'bold'"

    def column(field: str, x: str, dy: str = "0", **more: Any) -> Any:
        mark = {"align": "left", "baseline": "middle", "fontSize": 12, "color": INK, **more}
        weight = alt.ExprRef(strong if field in {"main", "effect"} else "'normal'")
        return data.mark_text(dy=alt.ExprRef(dy), lineBreak="\n", fontWeight=weight, **mark).encode(
            x=alt.value(alt.ExprRef(x)),
            y=_y(rows),
            text=f"{field}:N",
            tooltip=_tooltip(),
        )

    limit = alt.ExprRef(
        f"indexof(['note', 'group'], datum.kind) >= 0 ? width : "
        f"narrow ? {tight:.0f} : {wide - layout.detail:.0f}"
    )
    small = {"fontSize": 10.5, "color": SOFT}
    return [
        column("main", "0", split, limit=limit),
        column("below", "0", "7", limit=tight + 2, **small),
        column("beside", f"narrow ? 0 : {wide - layout.detail:.0f}", color=SOFT),
        column("when", f"narrow ? 0 : {wide - layout.time:.0f}", color=SOFT),
        column("effect", "plot_right + 10", "datum.second ? -7 : 0"),
        column("second", "plot_right + 10", "7", **small),
        column("part", "width", align="right", color=SOFT),
    ]


def _x(span: Axis, field: str) -> alt.X:
    return alt.X(f"{field}:Q", title=span.title, scale=span.scale(range=PLOT), axis=span.drawn())


def _y(rows: pl.DataFrame, field: str = "row") -> alt.Y:
    last = rows["row"].max()
    assert isinstance(last, float)
    scale = alt.Scale(domain=[-0.5, last + 0.5], reverse=True, nice=False, zero=False)
    return alt.Y(f"{field}:Q", scale=scale, axis=None)


def _tooltip(*more: str) -> list[alt.Tooltip]:
    named = {"label": "what", "detail": "detail", "time_point": "time", "shown": "estimate"}
    found = [alt.Tooltip(f"{name}:N", title=text) for name, text in named.items()]
    found.append(alt.Tooltip("reach:N", title="interval"))
    if "weight" in more:
        found.append(alt.Tooltip("share:N", title="weight"))
    return found
