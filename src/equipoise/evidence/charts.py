"""Reported results as charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from . import frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.evidence import Cohort

    from .so_far import Comparison


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


def differences(comparisons: Sequence[Comparison], better: str) -> alt.TopLevelMixin:
    """Each comparison's risk difference with its 95% interval; nothing is pooled."""
    data = frames.differences(comparisons)
    order = alt.EncodingSortField("first_public")
    base = alt.Chart(data).encode(
        y=alt.Y("study:N", sort=order, title=None, axis=alt.Axis(labelLimit=150))
    )
    side = "left favours treatment" if better == "lower" else "right favours treatment"
    return alt.layer(
        alt.Chart(pl.DataFrame({"x": [0.0]})).mark_rule(color="#888").encode(x="x:Q"),
        base.mark_rule().encode(
            x=alt.X("low:Q", title=f"risk difference ({side})", axis=alt.Axis(format="+%")),
            x2="high:Q",
        ),
        base.mark_square(opacity=1, color="#1f5f8b").encode(
            x="difference:Q",
            size=alt.Size("patients:Q", legend=None),
            tooltip=[
                "study:N",
                alt.Tooltip("difference:Q", format="+.1%"),
                alt.Tooltip("low:Q", format="+.1%"),
                alt.Tooltip("high:Q", format="+.1%"),
                "patients:Q",
                "first_public:N",
            ],
        ),
    ).properties(width="container", height=24 * data.height + 20)
