"""Group-sequential plans as charts; each draws a frame and computes nothing but its axes."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import altair as alt
import polars as pl

from equipoise.parts.spending import Spending
from equipoise.wording import listing, plural

from .frames import MIRRORED, boundary_frame, curve_frame

if TYPE_CHECKING:
    from .group_sequential import GroupSequential
    from .scales import Scale

BLUE, AMBER, RED = "#1f5f8b", "#d9b44a", "#a33"
INK, SOFT = "#222", "#666"

TITLES: dict[Scale, str] = {
    "z": "z",
    "p": "p, one-sided, log scale",
    "b": "B-value",
    "effect": "observed effect, times the planned",
    "conditional power, trend": "conditional power, observed trend",
    "conditional power, planned": "conditional power, planned effect",
    "predictive power": "predictive power, flat prior",
}
LIMITS: dict[Scale, tuple[float, float]] = {"z": (-8, 8), "p": (1e-10, 1), "effect": (-4, 6)}
"""How far an axis goes at most; boundaries beyond it are named under the title."""

COLOURS = {"efficacy": BLUE, "futility": AMBER, "harm": RED, "mirrored futility": AMBER}
WORDS = {"efficacy": "stop for benefit", "futility": "stop for futility", "harm": "stop for harm"}
HEIGHT = 270
POWER, EXPECTED = (8, 178), (214, 344)
"""Where the two panels of the power chart lie, in pixels from the top."""
TITLE = -42
"""Where their axes' titles stand, in pixels from the axis."""


class _Axis(NamedTuple):
    """The vertical axis of a boundary chart."""

    title: str
    low: float
    high: float
    log: bool
    share: bool

    def y(self, field: str = "value") -> alt.Y:
        """The position of a column."""
        ends = [self.high, self.low] if self.log else [self.low, self.high]
        kind: Literal["linear", "log"] = "log" if self.log else "linear"
        scale = alt.Scale(type=kind, domain=ends, nice=False, zero=False)
        return alt.Y(f"{field}:Q", title=self.title, scale=scale, axis=self._drawn())

    def _drawn(self) -> alt.Axis:
        if self.share:
            return alt.Axis(grid=False, values=[i / 5 for i in range(6)], format="%")
        if self.log:
            decades = range(math.ceil(-math.log10(self.low)) + 1)
            step = 1 + len(decades) // 7
            parts = (1, 2, 5) if len(decades) < 4 else (1,)
            values = [round(part * 10.0**-i, i) for i in decades[::step] for part in parts]
            values = [value for value in values if self.low <= value <= 1]
            words = "datum.value < 0.001 ? format(datum.value, '.0e') : '' + datum.value"
            return alt.Axis(grid=False, values=values, labelExpr=words)
        return alt.Axis(grid=False, tickCount=6)

    def middle(self, low: float | None, high: float | None) -> float:
        """Half-way between two values as drawn; None is the end of the axis."""
        low = self.low if low is None else min(max(low, self.low), self.high)
        high = self.high if high is None else min(max(high, self.low), self.high)
        return math.sqrt(low * high) if self.log else (low + high) / 2


def boundary_chart(plan: GroupSequential, scale: Scale = "z") -> alt.TopLevelMixin:
    """Boundaries against information, the regions between them named.

    Looks that cannot stop are left out and named under the title, as are those whose boundary lies
    far beyond the others. A two-sided plan shows both sides on scales on which they mirror each
    other.
    """
    data = boundary_frame(plan, scale)
    span = _span(data, scale)
    inside = data.filter(pl.col("value").is_between(span.low, span.high))
    x = _across(plan)
    layers: list[Any] = []
    for name in data["boundary"].unique(maintain_order=True).reverse():
        rows, seen = (frame.filter(pl.col("boundary") == name) for frame in (data, inside))
        layers += _boundary(rows, seen, x, span, str(name))
    layers += _labels(plan, inside, x, span)
    title = f"Boundaries at {plural(plan.looks, 'look')}"
    notes = _notes(plan, data, inside, scale)
    return whole(layers, HEIGHT, title, notes, f"{title}: {span.title} against information")


def _span(data: pl.DataFrame, scale: Scale) -> _Axis:
    """The axis: wide enough to show each region beside its boundary."""
    title, log = TITLES[scale], scale == "p"
    if "power" in scale:
        return _Axis(title, -0.14, 1.14, log=False, share=True)
    least, most = LIMITS.get(scale, (-math.inf, math.inf))
    values = data["value"].filter(data["value"].is_between(least, most))
    if log:
        decades = max(1.0, -math.log10(min(values, default=0.1)))
        return _Axis(title, 10 ** (-1.22 * decades), 1.0, log=True, share=False)
    low, high = min(0.0, *values), max(0.0, *values)
    pad = 0.18 * ((high - low) or 1.0)
    return _Axis(title, low - pad, high + pad, log=False, share=False)


def _across(plan: GroupSequential) -> alt.X:
    """Information, ticks at the looks."""
    looks = plan.information.tolist()
    return alt.X(
        "information:Q",
        title="information, share of the planned maximum",
        scale=alt.Scale(domain=[0, 1.03 * max(1.0, looks[-1])], nice=False),
        axis=alt.Axis(
            grid=False, values=[0, *looks], format=".2~f", labelOverlap="greedy", labelSeparation=4
        ),
    )


def _boundary(
    rows: pl.DataFrame, inside: pl.DataFrame, x: alt.X, span: _Axis, name: str
) -> list[Any]:
    """A region, its edge, and the looks on it."""
    colour, y = COLOURS[name], span.y()
    top, bottom = (span.low, span.high) if span.log else (span.high, span.low)
    end = top if name == "efficacy" else bottom
    base = alt.Chart(rows.with_columns(other=pl.col("other").fill_null(end)))
    layers: list[Any] = []
    if name != "mirrored futility":
        region = (
            base.mark_area(color=colour, opacity=0.16, clip=True)
            if rows.height > 1
            else base.mark_rule(color=colour, opacity=0.35, strokeWidth=5, clip=True)
        )
        layers.append(region.encode(x=x, y=y.stack(None), y2="other:Q"))
    layers.append(base.mark_line(color=colour, strokeWidth=2, clip=True).encode(x=x, y=y))
    layers.append(
        alt.Chart(inside)
        .mark_circle(color=colour, size=55, opacity=1, stroke="#fff", strokeWidth=1)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("boundary:N"),
                alt.Tooltip("look:Q"),
                alt.Tooltip("information:Q", format=".3~f"),
                alt.Tooltip("z:Q", format=".3f"),
                alt.Tooltip("p:Q", format=".3~g", title="p, one-sided"),
                alt.Tooltip("value:Q", format=".3~g", title=span.title),
                alt.Tooltip("alpha_spent:Q", format=".3~g", title="alpha spent by then"),
            ],
        )
    )
    return layers


def _labels(plan: GroupSequential, inside: pl.DataFrame, x: alt.X, span: _Axis) -> list[Any]:
    """The regions in words: inside them, to the left of the last look; *go on* at the first."""
    reach = float(plan.information[-1])
    drawn = set(inside["boundary"])
    layers = []
    harm = isinstance(plan.futility, Spending) and plan.futility.under == "no effect"
    for name, plain in WORDS.items():
        if name not in drawn:
            continue
        words = WORDS["harm"] if harm and name == "futility" else plain
        at = inside.filter(pl.col("boundary") == name)["information"].to_list()[-1]
        wedge = name == "futility" and "mirrored futility" in drawn
        height = alt.value(13) if name == "efficacy" else alt.value(alt.ExprRef("height - 12"))
        row = pl.DataFrame({"information": [at], "words": [words], "value": [0.0]})
        layers.append(_words(row, x, span.y() if wedge else height, left=at < 0.45 * reach))
    if plan.looks == 1 and span.share:
        row = pl.DataFrame({"information": [1.0], "words": ["no look before it"], "value": [0.5]})
        return [_words(row, x, span.y(), left=False)]
    if plan.looks > 1:
        first = inside.filter(pl.col("look") == 1)
        edge: dict[str, float] = dict(first.select("boundary", "value").iter_rows())
        floor = edge.get("futility", edge.get("harm"))
        if span.log:
            floor = 1.0 if floor is None else floor
        start = float(plan.information[0])
        middle = span.middle(floor, edge.get("efficacy", span.low if span.log else None))
        row = pl.DataFrame({"information": [start], "words": ["go on"], "value": [middle]})
        layers.append(_words(row, x, span.y(), left=start < 0.7 * reach))
    return layers


def _words(row: pl.DataFrame, x: alt.X, y: Any, *, left: bool) -> Any:
    """A text to the right of a look, or to its left."""
    mark = alt.Chart(row).mark_text(
        align="left" if left else "right",
        dx=9 if left else -9,
        color=INK,
        fontSize=12,
        baseline="middle",
    )
    return mark.encode(x=x, y=y, text="words:N")


def _notes(
    plan: GroupSequential, data: pl.DataFrame, inside: pl.DataFrame, scale: Scale
) -> list[str]:
    """The error rate, and what the chart leaves out."""
    futility = "no futility"
    if plan.futility is not None:
        futility = "binding futility" if plan.binding else "non-binding futility"
    notes = [f"{'One' if plan.sided == 1 else 'Two'}-sided alpha {plan.alpha:g}; {futility}."]
    for name, what in (("efficacy", "benefit"), ("futility", "futility")):
        if name == "futility" and plan.futility is None:
            continue
        seen, shown = (
            set(frame.filter(pl.col("boundary") == name)["look"]) for frame in (data, inside)
        )
        count = plan.looks - ("power" in scale)
        if unable := sorted(set(range(1, count + 1)) - seen):
            notes.append(f"No stopping for {what} at {_looks(unable)}.")
        if off := sorted(seen - shown):
            notes.append(f"Beyond the axis: {what} at {_looks(off)}.")
    if "power" in scale:
        notes.append("No such power at the last look.")
    if plan.sided == 2 and scale not in MIRRORED:
        notes.append("Shown for benefit; the side of harm mirrors it.")
    return notes


def _looks(numbers: list[int]) -> str:
    """``look 1``, ``looks 1 and 2``, ``looks 1 to 7``."""
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"looks {numbers[0]} to {numbers[-1]}"
    return f"look{'s' if len(numbers) > 1 else ''} {listing([str(number) for number in numbers])}"


def power_chart(plan: GroupSequential) -> alt.TopLevelMixin:
    """Power, and under it expected information, against the true effect."""
    data = curve_frame(plan)
    maximum = plan.inflation * float(plan.information[-1])
    top = 1.16 * max(1.0, maximum)
    effect = alt.X(
        "effect:Q",
        title="true effect, times the planned",
        scale=alt.Scale(domain=[data["effect"][0], data["effect"][-1]], nice=False),
        axis=alt.Axis(grid=False, tickCount=5),
    )
    chance = panel("chance", [0, 1.06], POWER, alt.Axis(
        grid=False, values=[i / 5 for i in range(6)], format="%", orient="left",
        title="chance of finding benefit", titleX=TITLE, titleY=sum(POWER) / 2,
    ))  # fmt: skip
    mean = panel("expected_information", [0, top], EXPECTED, alt.Axis(
        grid=False, tickCount=4, orient="left",
        title="expected information", titleX=TITLE, titleY=sum(EXPECTED) / 2,
    ))  # fmt: skip
    power, alpha = plan.target_power, plan.alpha / plan.sided
    below, above = sorted([(1.0, "fixed-sample trial 1"), (maximum, f"maximum {maximum:.3g}")])
    left, over = clear(data["expected_information"].to_list(), below, above[0], top)
    upper = [
        *level(power, f"power {power:g}", chance, "chance"),
        *level(alpha, f"alpha {alpha:g}", chance, "chance", left=False),
        _power_curves(plan, data, effect, chance),
    ]
    lower = [
        *level(*above, mean, "expected_information"),
        *level(*below, mean, "expected_information", left=left, over=over),
        _expected_curve(data, effect, mean),
    ]
    layers = [alt.layer(*upper), alt.layer(*lower)]
    notes = ["Information is in units of a fixed-sample trial of the same alpha and power."]
    title = f"Power and expected information, {plural(plan.looks, 'look')}"
    chart: Any = whole(layers, EXPECTED[1], title, notes, f"{title}, against the true effect")
    return chart.resolve_scale(y="independent")


def panel(field: str, domain: list[float], place: tuple[int, int], axis: alt.Axis) -> alt.Y:
    """The vertical axis of one of two panels, from `place[0]` pixels down to `place[1]`."""
    scale = alt.Scale(domain=domain, range=[place[1], place[0]], nice=False)
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def _power_curves(plan: GroupSequential, data: pl.DataFrame, x: alt.X, y: alt.Y) -> Any:
    """Power as run and, where there is futility, dashed, with futility ignored."""
    names = {"power": "as run"}
    if plan.futility is not None:
        names["power_futility_ignored"] = "futility ignored"
    rows = data.unpivot(
        list(names), index="effect", variable_name="curve", value_name="chance"
    ).with_columns(pl.col("curve").replace_strict(names))
    legend = alt.Legend(orient="top", symbolStrokeColor=BLUE, symbolSize=400, offset=4)
    dash = alt.StrokeDash(
        "curve:N",
        title=None,
        sort=list(names.values()),
        scale=alt.Scale(domain=list(names.values()), range=[[1, 0], [5, 3]][: len(names)]),
        legend=legend if len(names) > 1 else None,
    )
    tooltip = [
        alt.Tooltip("curve:N", title="futility boundary"),
        alt.Tooltip("effect:Q", format=".3~f", title="true effect"),
        alt.Tooltip("chance:Q", format=".4~f", title="power"),
    ]
    return (
        alt.Chart(rows)
        .mark_line(color=BLUE, strokeWidth=2.2)
        .encode(x=x, y=y, strokeDash=dash, tooltip=tooltip)
    )


def _expected_curve(data: pl.DataFrame, x: alt.X, y: alt.Y) -> Any:
    tooltip = [
        alt.Tooltip("effect:Q", format=".3~f", title="true effect"),
        alt.Tooltip("expected_information:Q", format=".3f", title="expected information"),
        alt.Tooltip("information_fraction:Q", format=".3f", title="share of the planned maximum"),
    ]
    base = alt.Chart(data).mark_line(color=BLUE, strokeWidth=2.2)
    return base.encode(x=x, y=y, tooltip=tooltip)


def clear(
    curve: list[float], rule: tuple[float, str], above: float, top: float
) -> tuple[bool, bool]:
    """Where a rule's name, on a telephone, is furthest from the curve and the rule above it.

    Whether it stands at the left, and over its rule.
    """
    value, words = rule
    reach = min(len(curve), round(len(words) * len(curve) / 44))
    pixel = top / (EXPECTED[1] - EXPECTED[0])

    def room(place: tuple[bool, bool]) -> float:
        left, over = place
        at = value + (7 if over else -8) * pixel
        near = curve[:reach] if left else curve[-reach:]
        others = [above + 7 * pixel, above] if left else [above]
        return min(abs(at - other) for other in (*near, *others))

    return max(((False, False), (True, False), (False, True), (True, True)), key=room)


def level(
    value: float, words: str, y: alt.Y, field: str, *, left: bool = True, over: bool = True
) -> list[Any]:
    """A horizontal rule with its name at one end, over it or under it."""
    base = alt.Chart(pl.DataFrame({field: [value], "words": [words]}))
    text = base.mark_text(
        align="left" if left else "right",
        dx=5 if left else -5,
        dy=-7 if over else 8,
        color=SOFT,
        fontSize=11,
    )
    return [
        base.mark_rule(color=SOFT, strokeDash=[2, 3]).encode(y=y),
        text.encode(x=alt.value(0 if left else "width"), y=y, text="words:N"),
    ]


def whole(layers: list[Any], height: int, title: str, notes: list[str], text: str) -> Any:
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
