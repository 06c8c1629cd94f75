"""Appraisals as charts; each draws a frame of :mod:`equipoise.claims.frames`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from . import frames

if TYPE_CHECKING:
    from equipoise.vocabulary.appraisal import OutcomeAppraisal
    from equipoise.vocabulary.claim import Claim


def strata(claim: Claim) -> alt.TopLevelMixin:
    """Who was treated: patients by stratum, those the treatment is meant for marked."""
    data = frames.strata(claim)
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            y=alt.Y("stratum:N", sort=alt.EncodingSortField("order"), title=None),
            x=alt.X("patients:Q", title="patients", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "meant_for:N",
                title="the treatment is",
                scale=alt.Scale(
                    domain=["said to be for these", "others"], range=["#1f5f8b", "#b9c4cc"]
                ),
            ),
            tooltip=["stratum:N", "patients:Q", "meant_for:N"],
        )
        .properties(width="container", height=28 * max(data.height, 1) + 10)
    )


def tail_by_rate(item: OutcomeAppraisal) -> alt.TopLevelMixin:
    """P(a result this good) against the untreated rate; the rate where it reaches 0.05 marked."""
    data = frames.tail_by_rate(item)
    line = (
        alt.Chart(data)
        .mark_line(strokeWidth=2.5, color="#1f5f8b")
        .encode(
            x=alt.X("untreated:Q", title="share who do well untreated", axis=alt.Axis(format="%")),
            y=alt.Y("probability:Q", title="probability of a result this good"),
        )
    )
    nearest = alt.selection_point(nearest=True, on="pointerover", fields=["untreated"], empty=False)
    dots = (
        alt.Chart(data)
        .mark_circle(size=70, color="#1f5f8b")
        .encode(
            x="untreated:Q",
            y="probability:Q",
            opacity=alt.condition(nearest, alt.value(1), alt.value(0)),
            tooltip=[
                alt.Tooltip("untreated:Q", format=".1%", title="if untreated"),
                alt.Tooltip("probability:Q", format=".3g", title="probability"),
            ],
        )
        .add_params(nearest)
    )
    layers: list[alt.Chart] = [line, dots]
    if item.rate_at_five is not None:
        mark = pl.DataFrame(
            {
                "untreated": [item.rate_at_five.value],
                "probability": [0.05],
                "label": [f"0.05 at {item.rate_at_five.shown}"],
            }
        )
        base = alt.Chart(mark).encode(x="untreated:Q")
        layers += [
            base.mark_rule(strokeDash=[4, 4], color="#a33"),
            base.mark_text(align="right", dx=-6, dy=-8, color="#a33").encode(
                y="probability:Q", text="label:N"
            ),
        ]
    return alt.layer(*layers).properties(width="container", height=240)


def predictive(item: OutcomeAppraisal) -> alt.TopLevelMixin:
    """What a new untreated series of this size would show; results as good as the claim marked."""
    return (
        alt.Chart(frames.predictive(item))
        .mark_bar()
        .encode(
            x=alt.X(
                "good:O",
                title="how many do well, of the claim's number",
                axis=alt.Axis(labelAngle=0, labelOverlap="greedy"),
            ),
            y=alt.Y("probability:Q", title="predictive probability"),
            color=alt.Color(
                "as_good:N",
                title=None,
                scale=alt.Scale(
                    domain=["as good as the claim", "less good"], range=["#a33", "#b9c4cc"]
                ),
            ),
            tooltip=["good:Q", alt.Tooltip("probability:Q", format=".3g")],
        )
        .properties(width="container", height=220)
    )


def selective(item: OutcomeAppraisal) -> alt.TopLevelMixin:
    """Chance that at least one of K untreated series would look as good."""
    return (
        alt.Chart(frames.selective(item))
        .mark_line(point=True, color="#1f5f8b")
        .encode(
            x=alt.X("series:Q", title="number of untreated series, K"),
            y=alt.Y(
                "probability:Q",
                title="chance that one looks as good",
                scale=alt.Scale(zero=True),
            ),
            tooltip=["series:Q", alt.Tooltip("probability:Q", format=".3g")],
        )
        .properties(width="container", height=220)
    )


def unreported(item: OutcomeAppraisal) -> alt.TopLevelMixin:
    """How fast the lower limit falls as unreported failures are added."""
    return (
        alt.Chart(frames.unreported(item))
        .mark_line(point=True, color="#1f5f8b")
        .encode(
            x=alt.X("unreported_failures:Q", title="unreported failures added"),
            y=alt.Y(
                "lower_limit:Q",
                title="exact lower 95% limit",
                axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1]),
            ),
            tooltip=["unreported_failures:Q", alt.Tooltip("lower_limit:Q", format=".1%")],
        )
        .properties(width="container", height=220)
    )
