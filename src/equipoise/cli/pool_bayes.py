"""`equipoise pool --bayes`: priors from text, pooled, shown and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from equipoise.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import altair as alt

    from equipoise.evidence.bayes_synthesis import BayesianSynthesis

    from .tables import Columns


def refuse_without_bayes(**options: object) -> None:
    """An option of --bayes given without it is an error, not ignored."""
    for name, value in options.items():
        if value is not None:
            option = f"--{name.replace('_', '-')}"
            raise InputError.of(option, value, "is of --bayes", "Add --bayes, or leave it out")


def refuse_beside_bayes(method: str | None, ci: str | None) -> None:
    """--method and --ci are of the other models."""
    for name, value in (("--method", method), ("--ci", ci)):
        if value is not None:
            raise InputError.of(name, value, "is not of --bayes", "Leave one of the two out")


def pool_with_priors(
    studies: Path,
    rows: Columns,
    measure: str,
    *,
    mu_prior: str | None,
    tau_prior: str | None,
    likelihood: str | None,
    better: str | None,
    important: float | None,
) -> BayesianSynthesis:
    """Pool the rows; errors name the file."""
    from equipoise.evidence.pool_bayes import pool_bayes
    from equipoise.parts.prior_text import mu_prior_of, tau_prior_of

    from .tables import naming

    exact: dict[str, Any] = (
        {"double_zero": "keep"} if likelihood == "exact" and measure == "OR" else {}
    )
    with naming(studies):
        return pool_bayes(
            rows,
            measure=measure,
            mu_prior=None if mu_prior is None else mu_prior_of(mu_prior),
            tau_prior=None if tau_prior is None else tau_prior_of(tau_prior),
            likelihood=likelihood or "normal",  # type: ignore[arg-type]
            better=better or "lower",  # type: ignore[arg-type]
            important=important,
            **exact,
        )


def show(fit: BayesianSynthesis, title: str, out: Path | None, json: bool) -> None:
    """Print the result, and write its charts where asked."""
    if out is not None:
        from equipoise.report.chart_page import chart_page
        from equipoise.store.assets import chart_script
        from equipoise.store.files import write_whole

        write_whole(out, chart_page(title, fit.summary(), charts(fit), chart_script()))
    if json:
        from equipoise.report.bayes_json import bayes_json

        print(bayes_json(fit))
        return
    from rich.console import Console

    from equipoise.report.bayes_text import show_bayes

    show_bayes(fit, Console())


def charts(fit: BayesianSynthesis) -> dict[str, alt.TopLevelMixin]:
    """Prior and posterior, shrinkage and drapery."""
    from equipoise.evidence import bayes_charts

    return {
        "Prior and posterior": bayes_charts.prior_posterior(fit),
        "Studies as reported and as shrunken": bayes_charts.shrinkage(fit),
        "Drapery plot of posterior intervals": bayes_charts.drapery(fit),
    }
