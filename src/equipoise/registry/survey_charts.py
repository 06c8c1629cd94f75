"""A landscape as charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from equipoise.registry import survey_frames as frames
from equipoise.registry.survey import QUALITIES

if TYPE_CHECKING:
    from equipoise.registry.survey import Survey

_COLOURS = ["#16405f", "#1f5f8b", "#6f9fbf", "#d9b44a", "#c9c2b2", "#b9c4cc"]
_WIDTH = "container"


def _design() -> alt.Color:
    scale = alt.Scale(domain=list(QUALITIES), range=_COLOURS)
    return alt.Color("design:N", title="design", scale=scale)


def over_time(found: Survey) -> alt.TopLevelMixin:
    """Trials over time, by what their design could tell."""
    return (
        alt.Chart(frames.over_time(found))
        .mark_area(interpolate="step-after", opacity=0.9)
        .encode(
            x=alt.X("date:T", title="registered by"),
            y=alt.Y("trials:Q", title="trials", stack=True),
            color=_design(),
            order=alt.Order("order:Q"),
            tooltip=["date:T", "design:N", "trials:Q"],
        )
        .properties(width=_WIDTH, height=240)
    )


def steps(found: Survey) -> alt.TopLevelMixin:
    """From registrations to trials that could answer."""
    base = alt.Chart(frames.steps(found)).encode(
        y=alt.Y(
            "step:N", sort=alt.EncodingSortField("order"), title=None, axis=alt.Axis(labelLimit=340)
        ),
        x=alt.X("trials:Q", title="registrations, then trials"),
    )
    bars = base.mark_bar(color="#1f5f8b").encode(tooltip=["step:N", "trials:Q", "participants:Q"])
    text = base.mark_text(align="left", dx=4).encode(text="trials:Q")
    return (bars + text).properties(width=_WIDTH, height=30 * len(found.steps))


def statuses(found: Survey) -> alt.TopLevelMixin:
    """Trials by status on the date."""
    return (
        alt.Chart(frames.statuses(found))
        .mark_bar(color="#1f5f8b")
        .encode(
            x=alt.X("trials:Q"),
            y=alt.Y("status:N", sort="-x", title=None),
            tooltip=["status:N", "trials:Q"],
        )
        .properties(width=_WIDTH, height=24 * max(len(found.statuses), 2))
    )


def countries(found: Survey) -> alt.TopLevelMixin:
    """Trials by country."""
    frame = frames.countries(found)
    return (
        alt.Chart(frame)
        .mark_bar(color="#1f5f8b")
        .encode(
            x=alt.X("trials:Q"),
            y=alt.Y("country:N", sort="-x", title=None),
            tooltip=["country:N", "trials:Q"],
        )
        .properties(width=_WIDTH, height=20 * max(frame.height, 2))
    )


def sizes(found: Survey) -> alt.TopLevelMixin:
    """Planned sizes against the size that would answer the question."""
    frame = frames.sizes(found)
    dots = (
        alt.Chart(frame)
        .mark_circle(size=60, opacity=0.75)
        .encode(
            x=alt.X("size:Q", title="participants planned", scale=alt.Scale(type="log")),
            y=alt.Y("design:N", sort=list(QUALITIES), title=None),
            color=_design().legend(None),
            tooltip=["trial:N", "size:Q", "design:N"],
        )
    )
    if not found.needed:
        return dots.properties(width=_WIDTH, height=200)
    rule = (
        alt.Chart(alt.Data(values=[{"needed": found.needed}]))
        .mark_rule(strokeDash=[5, 4], color="#a33", size=2)
        .encode(x="needed:Q", tooltip=alt.value(f"{found.needed:,} would answer"))
    )
    return (dots + rule).properties(width=_WIDTH, height=200)


def all_charts(found: Survey) -> dict[str, alt.TopLevelMixin]:
    """Every chart that has something to show, under its heading."""
    drawn: dict[str, alt.TopLevelMixin] = {}
    if not found.rows:
        return drawn
    drawn["Trials over time, by what their design could tell"] = over_time(found)
    drawn["From registrations to trials that could answer"] = steps(found)
    if any(row.size for row in found.rows):
        title = f" (line: {found.needed:,} would answer)" if found.needed else ""
        drawn[f"Planned sizes{title}"] = sizes(found)
    drawn["Status on the date"] = statuses(found)
    drawn["Countries"] = countries(found)
    return drawn
