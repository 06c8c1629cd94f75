"""Registrations as charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from . import frames

if TYPE_CHECKING:
    from equipoise.vocabulary.landscape import Landscape


def over_time(found: Landscape) -> alt.TopLevelMixin:
    """How registrations accumulated, by whether they say that they randomise."""
    return (
        alt.Chart(frames.over_time(found))
        .mark_area(interpolate="step-after", opacity=0.85)
        .encode(
            x=alt.X("date:T", title="registered by"),
            y=alt.Y("registrations:Q", title="registrations", stack=True),
            color=alt.Color(
                "randomised:N",
                title="randomised",
                scale=alt.Scale(
                    domain=["yes", "unclear", "no"], range=["#1f5f8b", "#d9b44a", "#b9c4cc"]
                ),
            ),
            order=alt.Order("randomised:N", sort="descending"),
            tooltip=["date:T", "randomised:N", "registrations:Q"],
        )
        .properties(width="container", height=220)
    )
