"""Bayesian pooled results as charts; each draws a frame and computes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl

from . import bayes_frames as frames
from .bayes_words import READ_AS
from .forest import AMBER, BLUE, GREY, INK, heading
from .terms import ONE_ARM, title

if TYPE_CHECKING:
    from .bayes_synthesis import BayesianSynthesis

_COLOURS = alt.Scale(domain=["prior", "posterior", "new study"], range=[GREY, BLUE, AMBER])
_DASHES = alt.Scale(domain=["prior", "posterior", "new study"], range=[[5, 4], [1, 0], [2, 2]])


def _axis(fit: BayesianSynthesis) -> str:
    name = READ_AS.get(fit.measure, title(fit.measure))
    return {"log": f"log {name}", "logit": f"logit of the {name}"}.get(fit.scale, name)


def _no_effect(fit: BayesianSynthesis, field: str) -> list[Any]:
    if fit.measure in ONE_ARM:
        return []
    none = alt.Chart(pl.DataFrame({field: [0.0]}))
    return [none.mark_rule(color=INK, strokeDash=[4, 4]).encode(x=f"{field}:Q")]


def prior_posterior(fit: BayesianSynthesis) -> alt.TopLevelMixin:
    """Prior, posterior and prediction of the effect; below, prior and posterior of tau."""
    data = frames.densities(fit)

    def panel(parameter: str, name: str) -> Any:
        lines = (
            alt.Chart(data.filter(pl.col("parameter") == parameter))
            .mark_line(strokeWidth=2.5)
            .encode(
                x=alt.X("value:Q", title=name),
                y=alt.Y("density:Q", title="density"),
                color=alt.Color("distribution:N", scale=_COLOURS, title=None),
                strokeDash=alt.StrokeDash("distribution:N", scale=_DASHES, title=None),
                tooltip=[
                    "distribution:N",
                    alt.Tooltip("value:Q", title=name, format=".3g"),
                    alt.Tooltip("density:Q", format=".3g"),
                ],
            )
        )
        extra = _no_effect(fit, "value") if parameter == "mean effect" else []
        return alt.layer(*extra, lines).properties(width=520, height=200)

    panels = [panel("mean effect", _axis(fit))]
    if (data["parameter"] == "tau").any():
        panels.append(panel("tau", "tau, standard deviation between studies"))
    return alt.vconcat(*panels)


def drapery(fit: BayesianSynthesis) -> alt.TopLevelMixin:
    """Credible intervals of every level at once, of each study, the mean and a new study."""
    data = frames.drapery(fit)
    colour = alt.Scale(domain=["study", "mean effect", "new study"], range=[GREY, BLUE, AMBER])
    lines = (
        alt.Chart(data)
        .mark_line()
        .encode(
            x=alt.X("value:Q", title=_axis(fit)),
            y=alt.Y("outside:Q", title="posterior probability outside the interval"),
            order="value:Q",
            detail="label:N",
            color=alt.Color("kind:N", scale=colour, title=None),
            strokeWidth=alt.condition(alt.datum.kind == "study", alt.value(1.2), alt.value(2.8)),
            tooltip=["label:N", alt.Tooltip("value:Q", format=".3g")],
        )
    )
    return alt.layer(*_no_effect(fit, "value"), lines).properties(
        width="container", height=300, title=heading("Intervals of every level")
    )


def shrinkage(fit: BayesianSynthesis) -> alt.TopLevelMixin:
    """Each study's effect as reported and as the model has it, drawn towards the mean."""
    data = frames.studies(fit)
    reported = data.select(
        "study", pl.col("yi").alias("value"), low="reported_lower", high="reported_upper",
        version=pl.lit("as reported"),
    )  # fmt: skip
    own = data.select(
        "study", pl.col("median").alias("value"), low="lower", high="upper",
        version=pl.lit("shrunken"),
    )  # fmt: skip
    both = pl.concat([reported, own])
    colour = alt.Color(
        "version:N",
        scale=alt.Scale(domain=["as reported", "shrunken"], range=[GREY, BLUE]),
        title=None,
    )
    base = alt.Chart(both).encode(
        y=alt.Y("study:N", sort=None, title=None, axis=alt.Axis(labelLimit=180)),
        yOffset=alt.YOffset("version:N"),
        color=colour,
    )
    mean = alt.Chart(pl.DataFrame({"value": [fit.mu.median]}))
    return alt.layer(
        mean.mark_rule(color=BLUE, opacity=0.5).encode(x="value:Q"),
        *_no_effect(fit, "value"),
        base.mark_rule().encode(x=alt.X("low:Q", title=_axis(fit)), x2="high:Q"),
        base.mark_circle(size=60, opacity=1).encode(
            x="value:Q",
            tooltip=["study:N", "version:N", alt.Tooltip("value:Q", format=".3g")],
        ),
    ).properties(width="container", height=34 * data.height + 30)
