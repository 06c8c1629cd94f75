"""Operating characteristics as charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from equipoise.parts.look_tables import stopping, tables
from equipoise.parts.normal_looks import normal_stopping
from equipoise.vocabulary.endpoint import Binary
from equipoise.vocabulary.trial import Scenario

from .frames import frame

if TYPE_CHECKING:
    from equipoise.vocabulary.trial import Design

    from .characteristics import OperatingCharacteristics

_LARGE = 5000
"""Patients beyond which the curve, where the two no longer differ to the eye, is normal theory."""


def chart(oc: OperatingCharacteristics, points: int = 81) -> alt.TopLevelMixin:
    """Chance of finding benefit against the true risk on treatment.

    The line is exact, by enumeration, at the planned control risk; the points are the simulated
    scenarios with intervals of four Monte Carlo standard errors.
    """
    curve = alt.Chart(_curve(oc, points)).mark_line(strokeWidth=2.5, color="#1f5f8b")
    simulated = frame(oc).with_columns(
        low=pl.col("benefit") - 4 * pl.col("benefit_error"),
        high=pl.col("benefit") + 4 * pl.col("benefit_error"),
    )
    dots = alt.Chart(simulated)
    x = alt.X(
        "treatment:Q",
        title=f"true risk on {oc.design.arms[1]} (control {_control(oc):.0%})",
        axis=alt.Axis(format="%"),
        scale=alt.Scale(zero=False),
    )
    return alt.layer(
        curve.encode(x=x, y=alt.Y("probability:Q", title="chance of finding benefit")),
        dots.mark_rule(strokeWidth=2, color="#a33").encode(x=x, y="low:Q", y2="high:Q"),
        dots.mark_circle(size=90, color="#a33", opacity=1).encode(
            x=x,
            y="benefit:Q",
            tooltip=[
                "scenario:N",
                alt.Tooltip("control:Q", format=".1%"),
                alt.Tooltip("treatment:Q", format=".1%"),
                alt.Tooltip("benefit:Q", format=".4f", title="simulated"),
                alt.Tooltip("benefit_error:Q", format=".5f", title="Monte Carlo error"),
                alt.Tooltip("benefit_exact:Q", format=".4f", title="exact"),
            ],
        ),
        dots.mark_text(dx=8, align="left", color="#333").encode(
            x=x, y="benefit:Q", text="scenario:N"
        ),
    ).properties(width="container", height=260)


def _curve(oc: OperatingCharacteristics, points: int) -> pl.DataFrame:
    design = oc.design
    planned = _control(oc)
    risks = [row.scenario.risk_pair()[1] for row in oc.scenarios] + [planned]
    low, high = max(0.0, min(risks) - 0.03), min(1.0, max(risks) + 0.03)
    grid = [low + (high - low) * i / (points - 1) for i in range(points)]
    truths = [Scenario(name="grid", risks=(planned, risk)) for risk in grid]
    return pl.DataFrame({"treatment": grid, "probability": _found(design, truths)})


def _control(oc: OperatingCharacteristics) -> float:
    endpoint = oc.design.endpoint
    assert isinstance(endpoint, Binary)
    return endpoint.control


def _found(design: Design, truths: list[Scenario]) -> list[float]:
    """Chance of finding benefit: by enumeration, for very large trials by normal theory."""
    endpoint = design.endpoint
    assert isinstance(endpoint, Binary)
    if design.n_total > _LARGE:
        return [float(normal_stopping(design, truth)[:, 0].sum()) for truth in truths]
    made = tables(design)
    return [float(stopping(made, endpoint, truth)[:, 0].sum()) for truth in truths]
