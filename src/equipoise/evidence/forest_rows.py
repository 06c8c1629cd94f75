"""Rows and axes of charts of effects, as frames: what :mod:`forest` and :mod:`funnel` draw."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import altair as alt
import numpy as np
import polars as pl

from equipoise.errors import InputError
from equipoise.vocabulary.record import record

from . import frames, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike

    from .synthesis import Floats, Synthesis

Order: TypeAlias = "Literal['estimate', 'weight', 'label'] | Sequence[str] | None"

SCHEMA = {
    "row": pl.Float64,
    "kind": pl.String,
    "label": pl.String,
    "detail": pl.String,
    "time_point": pl.String,
    "estimate": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "weight": pl.Float64,
    "shown": pl.String,
    "reach": pl.String,
    "share": pl.String,
}


@record
class Axis:
    """An effect axis: its limits on the natural scale, ticks, and the value of no effect."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]
    few: tuple[float, ...]
    none: float | None
    title: str

    def scale(self, **more: Any) -> alt.Scale:
        """The scale that the chart uses."""
        domain = [self.low, self.high]
        if self.log:
            return alt.Scale(type="log", domain=domain, nice=False, **more)
        return alt.Scale(domain=domain, nice=False, zero=False, **more)

    def drawn(self, **more: Any) -> alt.Axis:
        """The axis that the chart shows: plain numbers, no grid; fewer ticks where narrow."""
        values = alt.ExprRef(f"narrow ? {list(self.few)} : {list(self.ticks)}")
        return alt.Axis(values=values, format="~g", grid=False, labelOverlap="greedy", **more)


def axis(
    estimates: Iterable[float],
    lowers: Iterable[float],
    uppers: Iterable[float],
    *,
    measure: str,
    log: bool,
) -> Axis:
    """Limits that show every estimate and as much of the intervals as leaves room to read them.

    All on the natural scale. Beyond the outermost estimate there is three quarters of the spread of
    the estimates, or three median standard errors where that is more.
    """
    scale = np.log if log else np.asarray
    none = None if measure in terms.ONE_ARM else (1.0 if log else 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle, low, high = (scale(_numbers(x)) for x in (estimates, lowers, uppers))
    centres = middle[np.isfinite(middle)]
    if none is not None:
        centres = np.append(centres, math.log(none) if log else none)
    if not centres.size:
        raise InputError.of("estimate", [], "needs at least one estimate", "Pool some studies")
    halves = ((high - low) / 2)[np.isfinite(high - low)]
    room = max(0.75 * float(np.ptp(centres)), 1.5 * float(np.median(halves)) if halves.size else 0)
    start = max(_least(low, centres), float(centres.min()) - room)
    end = -max(_least(-high, -centres), -float(centres.max()) - room)
    margin = 0.04 * (end - start) or 1.0
    start, end = start - margin, end + margin
    if log:
        start, end = math.exp(start), math.exp(end)
    name = terms.title(measure)
    return Axis(
        low=start,
        high=end,
        log=log,
        ticks=ticks(start, end, log=log),
        few=ticks(start, end, log=log, most=4),
        none=none,
        title=f"{name}, log scale" if log else name,
    )


def ticks(low: float, high: float, *, log: bool, most: int = 6) -> tuple[float, ...]:
    """Round values between two limits, `most` of them or somewhat fewer."""
    if log:
        lowest, highest = math.floor(math.log10(low)), math.ceil(math.log10(high))
        for steps, stride in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 5)):
            powers = [d for d in range(lowest, highest + 1) if d % stride == 0]
            values = [float(f"{m}e{d}") for d in powers for m in steps]
            found = tuple(v for v in values if low <= v <= high)
            if len(found) < 3:
                break
            if len(found) <= most:
                return found
    found = _even(low, high, (high - low) / (most - 1))
    return found if len(found) > 2 else _even(low, high, (high - low) / 5)


def _even(low: float, high: float, rough: float) -> tuple[float, ...]:
    """Multiples of the smallest round step that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10, 20) if m * power >= rough)
    first = math.ceil(low / step)
    return tuple(float(f"{i * step:.6g}") for i in range(first, math.floor(high / step) + 1))


def table(
    fits: Mapping[str, Synthesis],
    *,
    counts: ArrayLike | None = None,
    time_points: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    order: Order = None,
) -> pl.DataFrame:
    """Rows of a forest plot from top to bottom; see :func:`forest`.

    `kind` is *group*, *study*, *pooled*, *prediction* or *note*; `row` counts from 1, the head of
    the columns being row 0. Effects are on the natural scale.
    """
    main = main_of(fits)
    extra = {
        "detail": counted(counts) if counts is not None else [""] * main.k,
        "time_point": [str(x) for x in time_points] if time_points is not None else [""] * main.k,
        "group": [str(x) for x in groups] if groups is not None else [""] * main.k,
    }
    data = _ordered(frames.studies(main, extra=extra), order)
    models = {row["label"]: row for row in frames.pooled(fits).to_dicts()}
    rows: list[dict[str, Any]] = []
    for group in data["group"].unique(maintain_order=True):
        if group:
            rows.append({"kind": "group", "label": group})
        rows += [study_row(row) for row in data.filter(pl.col("group") == group).to_dicts()]
        if group and group in models:
            rows += pooled_rows(models.pop(group), "subtotal", main.level)
    for name, row in models.items():
        rows += pooled_rows(row, name or "pooled", main.level)
    text = f"Heterogeneity: {terms.heterogeneity(main)}"
    rows.append({"kind": "note", "label": text})
    return numbered(rows)


def numbered(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows with every column of :data:`SCHEMA`, empty text where there is none, counted from 1."""
    blank = {name: "" if kind == pl.String else None for name, kind in SCHEMA.items()}
    full = [{**blank, **row, "row": float(i)} for i, row in enumerate(rows, start=1)]
    return pl.DataFrame([{name: row[name] for name in SCHEMA} for row in full], schema=SCHEMA)


def counted(counts: ArrayLike) -> list[str]:
    """Events of patients in both arms, ``2/12 v 7/12``, from cells ai, bi, ci, di (k, 4)."""
    cells = np.asarray(counts)
    if cells.ndim != 2 or cells.shape[1] != 4:
        raise InputError.of(
            "counts", cells.shape, "must be (k, 4): ai, bi, ci, di", "Give EffectSizes.counts"
        )
    return [f"{a:.0f}/{a + b:.0f} v {c:.0f}/{c + d:.0f}" for a, b, c, d in cells]


def axis_of(rows: pl.DataFrame, measure: str, *, log: bool) -> Axis:
    """The axis of the rows of a forest plot."""
    return axis(rows["estimate"], rows["lower"], rows["upper"], measure=measure, log=log)


def diamonds(rows: pl.DataFrame, span: Axis) -> pl.DataFrame:
    """Corners of each pooled result's diamond, cut off where the axis ends."""
    scale = math.log if span.log else float
    corners = []
    for row in rows.filter(pl.col("kind") == "pooled").to_dicts():
        middle = scale(row["estimate"])
        edges = (
            (row["lower"], max(row["lower"], span.low)),
            (row["upper"], min(row["upper"], span.high)),
        )
        ends = []
        for limit, shown in edges:
            far = scale(limit) if limit and math.isfinite(limit) else math.inf
            share = abs(scale(shown) - middle) / abs(far - middle) if far != middle else 1.0
            ends.append((shown, 0.3 * (1 - min(share, 1.0))))
        for x, half in (ends[0], (row["estimate"], 0.3), ends[1]):
            corners.append({**row, "x": x, "top": row["row"] - half, "bottom": row["row"] + half})
    return pl.DataFrame(corners, infer_schema_length=None)


def study_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a study or of a step."""
    some = {name: row[name] for name in ("label", "estimate", "lower", "upper")}
    weight = row.get("weight")
    if row["estimate"] is None:
        return {**some, "kind": "study", "shown": "not estimable"}
    return {
        **some,
        "kind": "study",
        "detail": row.get("detail", ""),
        "time_point": row.get("time_point", ""),
        "weight": weight,
        "shown": terms.number(row["estimate"]),
        "reach": f"({terms.reach(row['lower'], row['upper'])})",
        "share": "" if weight is None else f"{weight:.1f}%",
    }


def pooled_rows(row: Mapping[str, Any], name: str, level: float) -> list[dict[str, Any]]:
    """The row of a pooled result, and of its prediction interval where it has one."""
    rows = [
        {
            "kind": "pooled",
            "label": name,
            "detail": row["model"],
            "estimate": row["estimate"],
            "lower": row["lower"],
            "upper": row["upper"],
            "shown": terms.number(row["estimate"]),
            "reach": f"({terms.reach(row['lower'], row['upper'])})",
        }
    ]
    if row["predicted_lower"] is not None:
        rows.append(
            {
                "kind": "prediction",
                "label": "new study",
                "detail": f"{100 * level:g}% prediction interval",
                "lower": row["predicted_lower"],
                "upper": row["predicted_upper"],
                "reach": terms.reach(row["predicted_lower"], row["predicted_upper"]),
            }
        )
    return rows


def main_of(fits: Mapping[str, Synthesis]) -> Synthesis:
    """The result with the most studies; all must be of one measure."""
    if not fits:
        raise InputError.of(
            "fits", {}, "needs at least one pooled result", "Pool the studies first"
        )
    main = max(fits.values(), key=lambda fit: fit.k)
    for name, fit in fits.items():
        if (fit.measure, fit.log_scale) != (main.measure, main.log_scale):
            raise InputError.of(
                f"fits[{name!r}]", fit.measure, f"others are {main.measure}", "Draw them apart"
            )
    return main


def _ordered(data: pl.DataFrame, order: Order) -> pl.DataFrame:
    if order is None:
        return data
    if isinstance(order, str):
        if order not in {"estimate", "weight", "label"}:
            raise InputError.of(
                "order", order, "must be estimate, weight, label or labels", "Choose one of these"
            )
        return data.sort(order, descending=order == "weight", maintain_order=True)
    place = {label: i for i, label in enumerate(order)}
    missing = [label for label in data["label"] if label not in place]
    if missing:
        raise InputError.of("order", missing, "labels must all be there", "Add the missing ones")
    return data.sort(pl.col("label").replace_strict(place), maintain_order=True)


def _numbers(values: Iterable[Any]) -> Floats:
    return np.array([math.nan if x is None else float(x) for x in values])


def _least(values: Any, centres: Any) -> float:
    found = values[~np.isnan(values)]
    return float(min(found.min(initial=math.inf), centres.min()))


@record
class Layout:
    """Where the text columns stand: pixels left of the plotting area, wide and narrow."""

    heads: tuple[str, str]
    effect: tuple[str, str]
    label: tuple[float, float]
    detail: float
    time: float
    share: bool

    @property
    def right(self) -> float:
        """Room for the text right of a wide plot."""
        return 214 if self.share else 160

    @classmethod
    def of(cls, rows: pl.DataFrame, heads: tuple[str, str], effect: tuple[str, str]) -> Layout:
        """Columns as wide as their longest text, within limits."""
        plain = rows.filter(pl.col("kind") != "note")
        label = min(_width(plain["label"], heads[0], 7.3), 230)
        detail = min(_width(plain["detail"], heads[1]), 230)
        time = min(_width(plain["time_point"], ""), 110)
        both = plain.select(pl.concat_str("detail", "time_point", separator=" "))["detail"]
        tight = min(max(label, _width(both, "", 5.6) - 10), 130)
        return cls(
            heads=heads,
            effect=effect,
            label=(label + detail + time, tight),
            detail=detail + time,
            time=time,
            share=any(rows["share"]),
        )


def _width(texts: Iterable[str | None], head: str, each: float = 6.7) -> float:
    """Pixels that the longest text needs at size 12, and the gap after it."""
    longest = max([len(head), *(len(text or "") for text in texts)])
    return each * longest + 14 if longest else 0.0
