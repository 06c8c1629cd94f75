"""What every page shares: its template environment, and charts as data in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

if TYPE_CHECKING:
    import altair as alt

_CHART_CONFIG = {
    "font": "system-ui, sans-serif",
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
    "legend": {"orient": "top", "labelFontSize": 12, "titleFontSize": 12},
    "view": {"stroke": None},
    "background": "transparent",
}


def environment() -> jinja2.Environment:
    """Templates of this package; all text is escaped, and a missing name is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("equipoise.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def chart_data(chart: alt.TopLevelMixin, **more: str) -> Markup:
    """A chart's specification as JSON that cannot end the script element it stands in."""
    spec = {**chart.to_dict(), "config": _CHART_CONFIG, **more}
    return Markup(json.dumps(spec).replace("<", "\\u003c"))  # noqa: S704
