"""Sized designs as charts; each draws a frame and computes nothing but its axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import altair as alt
import polars as pl

from equipoise.vocabulary.endpoint import Binary, TimeToEvent
from equipoise.wording import plural

from . import design_words as words
from .charts import BLUE, EXPECTED, HEIGHT, INK, POWER, RED, SOFT, TITLE, clear, level, panel, whole
from .design_frames import design_curve, effect_range, timeline_frame
from .design_summaries import unit_of

if TYPE_CHECKING:
    from .scales import Scale
    from .sized import SizedDesign

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Steps between the ticks of an axis of ratios."""
BETWEEN = (POWER[1] + EXPECTED[0]) / 2 + 1
"""Where the effects are named, between the two panels."""
NEAR = 0.05
"""Looks nearer than this share of the axis are not named again."""


def design_charts(design: SizedDesign, scale: Scale = "z") -> dict[str, alt.TopLevelMixin]:
    """Every chart of a design under its name."""
    charts = {
        "Boundaries": design.sequential.chart(scale),
        f"Power and expected {unit_of(design)}": design_power_chart(design),
    }
    if design.looks[-1].months is not None:
        charts["Calendar time"] = timeline_chart(design)
    return charts


def design_power_chart(design: SizedDesign) -> alt.TopLevelMixin:
    """Power, and under it expected patients or events, against the true effect."""
    data, unit = design_curve(design), unit_of(design)
    field = f"expected_{unit}"
    fixed = design.fixed_events if unit == "events" else design.fixed_patients
    most = design.looks[-1].events if unit == "events" else design.n_total
    assert fixed is not None
    assert most is not None
    top = 1.16 * max(fixed, most)
    chance = panel("chance", [0, 1.06], POWER, alt.Axis(
        grid=False, values=[i / 5 for i in range(6)], format="%", orient="left",
        title="chance of finding benefit", titleX=TITLE, titleY=sum(POWER) / 2,
    ))  # fmt: skip
    mean = panel(field, [0, top], EXPECTED, alt.Axis(
        grid=False, tickCount=4, orient="left", format=_counted(top),
        title=f"expected {unit}", titleX=TITLE, titleY=sum(EXPECTED) / 2,
    ))  # fmt: skip
    x, plan = _effect(design, data), design.plan
    side, left = plan.alpha / plan.sided, _gains_right(design)
    upper = [
        *level(plan.target_power, f"power {plan.target_power:g}", chance, "chance", left=left),
        *level(side, f"alpha {side:g}", chance, "chance", left=left),
        _power_curves(design, data, x, chance),
    ]
    lower = [*_sizes(data, fixed, most, mean, field, top), _curve(data, x, mean, field, unit)]
    layers = [alt.layer(*_effects(design, x)), alt.layer(*upper), alt.layer(*lower)]
    title = f"Power and expected {unit}, {plural(len(design.looks), 'look')}"
    notes = [f"{words.test_words(design)[:1].upper()}{words.test_words(design)[1:]}, "
             f"{words.method_words(design)}."]  # fmt: skip
    made: Any = whole(layers, EXPECTED[1], title, notes, f"{title}, against the true effect")
    chart: alt.TopLevelMixin = made.resolve_scale(y="independent")
    return chart


def _counted(top: float) -> str:
    """How an axis writes its counts: short enough to leave room for its title."""
    return ",~f" if top < 10_000 else "~s"


def _gains_right(design: SizedDesign) -> bool:
    """Whether the better effects are those on the right."""
    none, hoped = effect_range(design)
    return hoped > none


def _effect(design: SizedDesign, data: pl.DataFrame) -> alt.X:
    """The endpoint's own scale: a risk, a difference or a hazard ratio."""
    endpoint = design.endpoint
    low, high = float(data["effect"][0]), float(data["effect"][-1])
    kind: Literal["linear", "log"] = "linear"
    axis = alt.Axis(grid=False, tickCount=5)
    if isinstance(endpoint, TimeToEvent):
        kind, title = "log", "true hazard ratio, log scale"
        axis = alt.Axis(grid=False, values=_ratios(low, high), format=".3~g", labelOverlap="greedy")
    elif isinstance(endpoint, Binary):
        control = (
            "" if endpoint.single_arm else f"; {design.arms[0]} {words.share(endpoint.control)}"
        )
        title = f"true event risk on {design.arms[-1]}{control}"
        axis = alt.Axis(grid=False, tickCount=5, format=".2~%")
    else:
        title = "true mean" if endpoint.single_arm else "true mean difference"
    return alt.X(
        "effect:Q",
        title=title,
        scale=alt.Scale(type=kind, domain=[low, high], nice=False, zero=False),
        axis=axis,
    )


def _ratios(low: float, high: float) -> list[float]:
    """Ticks of an axis of ratios, at most nine."""
    step = next((step for step in STEPS if (high - low) / step < 9), STEPS[-1])
    return [
        round(step * i, 6) for i in range(math.ceil(low / step), math.floor(high / step) + 1) if i
    ]


def _effects(design: SizedDesign, x: alt.X) -> list[Any]:
    """No effect and the planned one, named between the panels."""
    none, hoped = effect_range(design)
    rows = pl.DataFrame(
        {"effect": [none, hoped], "words": [words.null_words(design.endpoint), "as planned"]}
    )
    base = alt.Chart(rows)
    text = base.mark_text(color=SOFT, fontSize=11, baseline="middle")
    rule = base.mark_rule(color=SOFT, opacity=0.5)
    return [
        rule.encode(x=x, y=alt.value(POWER[0]), y2=alt.value(BETWEEN - 9)),
        rule.encode(x=x, y=alt.value(BETWEEN + 9), y2=alt.value(EXPECTED[1])),
        text.encode(x=x, y=alt.value(BETWEEN), text="words:N"),
    ]


def _power_curves(design: SizedDesign, data: pl.DataFrame, x: alt.X, y: alt.Y) -> Any:
    """Power as run and, where there is futility, dashed, with futility ignored."""
    names = {"power": "as run"}
    if design.sequential.futility is not None:
        names["power_futility_ignored"] = "futility ignored"
    rows = data.unpivot(
        list(names), index="effect", variable_name="curve", value_name="chance"
    ).with_columns(pl.col("curve").replace_strict(names))
    return _lines(rows, list(names.values()), x, y, "chance", [
        alt.Tooltip("curve:N", title="futility boundary"),
        alt.Tooltip("effect:Q", format=".4~g", title="true effect"),
        alt.Tooltip("chance:Q", format=".4~f", title="power"),
    ])  # fmt: skip


def _lines(
    rows: pl.DataFrame, names: list[str], x: alt.X, y: alt.Y, field: str, tooltip: list[alt.Tooltip]
) -> Any:
    """The first curve whole, the second dashed; a legend where there are two."""
    assert field in rows.columns
    legend = alt.Legend(orient="top", symbolStrokeColor=BLUE, symbolSize=400, offset=4)
    dash = alt.StrokeDash(
        "curve:N",
        title=None,
        sort=names,
        scale=alt.Scale(domain=names, range=[[1, 0], [5, 3]][: len(names)]),
        legend=legend if len(names) > 1 else None,
    )
    mark = alt.Chart(rows).mark_line(color=BLUE, strokeWidth=2.2)
    return mark.encode(x=x, y=y, strokeDash=dash, tooltip=tooltip)


def _sizes(
    data: pl.DataFrame, fixed: float, most: float, y: alt.Y, field: str, top: float
) -> list[Any]:
    """The fixed-sample size and the maximum, named where the curve is far from the names."""
    if abs(most - fixed) < 0.03 * top:  # one name for rules that nearly coincide
        both = f"fixed-sample trial {words.size(fixed)}, maximum {words.size(most)}"
        alone = f"fixed-sample trial {words.size(most)}"
        return level(most, alone if most == math.ceil(fixed) else both, y, field)
    rules = [
        (fixed, f"fixed-sample trial {words.size(fixed)}"),
        (most, f"maximum {words.size(most)}"),
    ]
    below, above = sorted(rules)
    left, over = clear(data[field].to_list(), below, above[0], top)
    return [*level(*above, y, field), *level(*below, y, field, left=left, over=over)]


def _curve(data: pl.DataFrame, x: alt.X, y: alt.Y, field: str, unit: str) -> Any:
    tooltip = [
        alt.Tooltip("effect:Q", format=".4~g", title="true effect"),
        alt.Tooltip(f"{field}:Q", format=",.1f", title=f"expected {unit}"),
    ]
    return alt.Chart(data).mark_line(color=BLUE, strokeWidth=2.2).encode(x=x, y=y, tooltip=tooltip)


def timeline_chart(design: SizedDesign) -> alt.TopLevelMixin:
    """Patients, and for time to event events, over calendar months, with the looks.

    InputError where enrolment is not planned.
    """
    data = timeline_frame(design)
    survival = isinstance(design.endpoint, TimeToEvent)
    last = float(data["months"][-1])
    none = words.null_words(design.endpoint)
    names = {"enrolled": "patients enrolled"}
    if survival:
        names |= {"events_planned": "events as planned", "events_null": f"events, {none}"}
    elif design.endpoint.delay_days:
        names |= {"outcome_known": "outcome known"}
    rows = data.unpivot(
        list(names), index="months", variable_name="curve", value_name="count"
    ).with_columns(pl.col("curve").replace_strict(names))
    top = 1.14 * float(rows["count"].max())  # type: ignore[arg-type]
    x = alt.X(
        "months:Q",
        title="months after the first patient",
        scale=alt.Scale(domain=[0, 1.03 * last], nice=False),
        axis=alt.Axis(grid=False, tickCount=6),
    )
    y = alt.Y(
        "count:Q",
        title="patients; events" if survival else "patients",
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=alt.Axis(grid=False, tickCount=5, format=_counted(top)),
    )
    rules, numbers, points = _looks(design, x, y, last)
    layers = [rules, _counts(rows, list(names.values()), x, y), numbers, points]
    title = f"Calendar time, {plural(len(design.looks), 'look')}"
    counted = "events are expected, as planned" if survival else "outcomes are known"
    notes = [f"A look is made when its {counted}."]
    made: alt.TopLevelMixin = whole(layers, HEIGHT, title, notes, f"{title}: counts over months")
    return made


def _counts(rows: pl.DataFrame, names: list[str], x: alt.X, y: alt.Y) -> Any:
    """Enrolment in ink, what the looks count in colour, the same with no effect dashed."""
    colours, dashes = [SOFT, BLUE, BLUE], [[1, 0], [1, 0], [5, 3]]
    legend = alt.Legend(orient="top", symbolSize=400, symbolStrokeWidth=2.2, columns=2, offset=4)
    shown = legend if len(names) > 1 else None
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=2.2)
        .encode(
            x=x,
            y=y,
            color=alt.Color("curve:N", title=None, sort=names, legend=shown,
                            scale=alt.Scale(domain=names, range=colours[: len(names)])),
            strokeDash=alt.StrokeDash("curve:N", title=None, sort=names, legend=shown,
                                      scale=alt.Scale(domain=names, range=dashes[: len(names)])),
            tooltip=[
                alt.Tooltip("curve:N", title="count"),
                alt.Tooltip("months:Q", format=".1f"),
                alt.Tooltip("count:Q", format=",.0f", title="expected"),
            ],
        )
    )  # fmt: skip


def _looks(design: SizedDesign, x: alt.X, y: alt.Y, last: float) -> list[Any]:
    """A rule at each look, its number over it, and what it counts as a point."""
    counts = [look.events or sum(look.patients) for look in design.looks]
    months = [float(look.months or 0.0) for look in design.looks]
    labels, before = [], -math.inf
    for number, month in enumerate(months, 1):
        clear_of = month - before >= NEAR * last
        labels.append(str(number) if clear_of else "")
        before = month if clear_of else before
    rows = pl.DataFrame(
        {
            "look": range(1, len(months) + 1),
            "months": months,
            "count": [float(count) for count in counts],
            "words": [f"look {text}" if len(months) < 4 and text else text for text in labels],
        }
    )
    base = alt.Chart(rows)
    tooltip = [
        alt.Tooltip("look:Q"),
        alt.Tooltip("months:Q", format=".1f"),
        alt.Tooltip("count:Q", format=",.0f", title=f"{unit_of(design)} at the look"),
    ]
    return [
        base.mark_rule(color=SOFT, strokeDash=[2, 3]).encode(x=x, tooltip=tooltip),
        base.mark_text(align="right", dx=-4, color=INK, fontSize=12, baseline="middle").encode(
            x=x, y=alt.value(8), text="words:N"
        ),
        base.mark_circle(color=RED, size=55, opacity=1, stroke="#fff", strokeWidth=1).encode(
            x=x, y=y, tooltip=tooltip
        ),
    ]
