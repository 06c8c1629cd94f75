"""Which charts a pooled table is drawn as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.evidence import charts

if TYPE_CHECKING:
    import altair as alt

    from equipoise.evidence.synthesis import Synthesis


def pool_charts(fit: Synthesis) -> dict[str, alt.TopLevelMixin]:
    """Forest, funnel and drapery plots."""
    return {
        "Forest plot": charts.forest(fit),
        "Funnel plot, contours of the normal test": charts.funnel(fit),
        "Drapery plot": charts.drapery(fit),
    }
