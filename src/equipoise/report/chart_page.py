"""A page of charts under one heading, for results that are not a whole verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from .page import chart_data, environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt


def chart_page(
    title: str, text: str, charts: Mapping[str, alt.TopLevelMixin], chart_script: str
) -> str:
    """Render `text` as it stands and each chart under its name; opens without a network."""
    return (
        environment()
        .get_template("charts.html.j2")
        .render(
            title=title,
            text=text,
            specs={name: chart_data(chart) for name, chart in charts.items()},
            chart_script=Markup(chart_script),  # noqa: S704
        )
    )
