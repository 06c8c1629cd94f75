"""A page of charts under one heading, for results that are not a whole verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from .html import CHART_CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt


def chart_page(
    title: str, text: str, charts: Mapping[str, alt.TopLevelMixin], chart_script: str
) -> str:
    """Render `text` as it stands and each chart under its name; opens without a network."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("equipoise.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    specs = {}
    for name, chart in charts.items():
        spec = {**chart.to_dict(), "config": CHART_CONFIG}
        specs[name] = Markup(json.dumps(spec).replace("<", "\\u003c"))  # noqa: S704
    return environment.get_template("charts.html.j2").render(
        title=title,
        text=text,
        specs=specs,
        chart_script=Markup(chart_script),  # noqa: S704
    )
