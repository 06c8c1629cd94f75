"""The evidence of a dossier with priors: posterior, history, and what an analogy would add.

Nothing here enters a rating.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from equipoise import methods
from equipoise.parts.distributions import Normal
from equipoise.parts.heterogeneity import HalfNormal
from equipoise.parts.mixtures import Mixture
from equipoise.vocabulary.analogy import Analogy
from equipoise.vocabulary.evidence import StudyResult
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.record import record
from equipoise.wording import listing, percent, plural, probability, ratio

from .bayes_synthesis import BayesianSynthesis
from .borrowing import IndirectEvidence, indirect_evidence
from .effect_sizes import EffectSizes, effect_sizes
from .pool_bayes import pool_bayes
from .predictive_prior import predictive_prior
from .versions import whole_trials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.question import Outcome

    from .body import Body

MU_PRIOR = Normal(0.0, 2.82)
"""Of log ratios: 95% of them between 1/250 and 250; Günhan, Röver & Friede (2020)."""

TAU_PRIOR = HalfNormal(0.5)
"""Of the spread of log ratios between trials; Friede et al. (2017)."""

CERTAINTY = 0.975
"""Posterior probability at which the answer is said to be known."""


@record
class ShrunkenPoint:
    """The posterior from one date on; ratios as read."""

    day: date
    k: int
    estimate: float
    lower: float
    upper: float
    p_benefit: float
    p_important: float
    p_harm: float
    changed: str


@record
class WeightRow:
    """The analogy at one weight."""

    weight: Figure
    counts_for: Figure
    benefit: Figure
    important: Figure


@record
class AnalogyView:
    """What one analogy's trials say by themselves, and what they would add at stated weights."""

    analogy: Analogy
    names: tuple[str, ...]
    pooled: Figure
    expected: Figure
    rows: tuple[WeightRow, ...]
    tipping: Figure
    indirect: IndirectEvidence


@record
class BayesianView:
    """Direct evidence with priors, its history, and each analogy.

    `posterior` is the ratio with its 95% interval, `benefit`, `important`, `harm` probabilities;
    all None without direct counted results. `reached` is the first day on which the probability of
    benefit, or of harm, was 0.975 or more, and `lost` the first after it on which it was no longer;
    None where there is no such day.
    """

    outcome: str
    posterior: Figure | None
    prediction: Figure | None
    benefit: Figure | None
    important: Figure | None
    harm: Figure | None
    margin: Figure
    history: tuple[ShrunkenPoint, ...]
    reached: date | None
    lost: date | None
    analogies: tuple[AnalogyView, ...]
    fit: BayesianSynthesis | None


def bayesian_view(
    body: Body, studies: Sequence[StudyResult], analogies: Sequence[Analogy], as_of: date
) -> BayesianView | None:
    """Read the direct evidence with priors, and each analogy beside it; None without either.

    Ratios are of the outcome's own measure for the direct evidence; an analogy speaks through the
    odds ratio, and there the direct evidence is read as odds ratios too.
    """
    outcome = body.outcome
    if outcome.smallest_difference is None or outcome.measure not in {"RR", "OR"}:
        return None
    seen = [_analogy(row, studies, body.rows, outcome, as_of) for row in analogies]
    made = tuple(view for view in seen if view is not None)
    history = _history(body.rows, outcome)
    if not history and not made:
        return None
    fit = _pool(body.rows, outcome) if history else None
    risk, size = _important(outcome)
    far = -size if outcome.better == "lower" else size
    reached = _reached(history)
    chances = _chances("bayes", fit) if fit is not None else (None, None, None)
    return BayesianView(
        outcome=outcome.name,
        posterior=None if fit is None else _ratio("bayes.posterior", fit, fit.ci, fit.estimate),
        prediction=None
        if fit is None
        else _interval("bayes.prediction", fit.natural, fit.prediction_interval),
        benefit=chances[0],
        important=chances[1],
        harm=chances[2],
        margin=Figure(
            id="bayes.margin",
            value=math.exp(far),
            shown=ratio(math.exp(far)),
            kind="computed",
            method=methods.ABSOLUTE_EFFECT,
            note=f"the smallest difference that matters at a control risk of {percent(risk)}",
        ),
        history=history,
        reached=reached[0],
        lost=reached[1],
        analogies=made,
        fit=fit,
    )


def _important(outcome: Outcome, measure: str | None = None) -> tuple[float, float]:
    """A middle control risk, and the important difference there as a log ratio's size."""
    assert outcome.smallest_difference is not None
    risks = sorted(outcome.control_risks) or [0.25]
    risk, margin = risks[len(risks) // 2], outcome.smallest_difference.risk_difference
    other = risk - margin if outcome.better == "lower" else risk + margin
    other = min(max(other, 1e-3), 1 - 1e-3)
    if (measure or outcome.measure) == "OR":
        return risk, abs(math.log(other / (1 - other)) - math.log(risk / (1 - risk)))
    return risk, abs(math.log(other / risk))


def _table(rows: Sequence[StudyResult], measure: str) -> EffectSizes:
    columns: dict[str, Any] = {
        "study": [row.label for row in rows],
        "ai": [row.events_treatment for row in rows],
        "n1i": [row.n_treatment for row in rows],
        "ci": [row.events_control for row in rows],
        "n2i": [row.n_control for row in rows],
    }
    return effect_sizes(columns, measure, allow_repeats=True)


def _pool(rows: Sequence[StudyResult], outcome: Outcome) -> BayesianSynthesis:
    return pool_bayes(
        _table(rows, outcome.measure),
        mu_prior=MU_PRIOR,
        tau_prior=TAU_PRIOR,
        better=outcome.better,
        important=_important(outcome)[1],
    )


def _history(rows: Sequence[StudyResult], outcome: Outcome) -> tuple[ShrunkenPoint, ...]:
    """The posterior after each day on which a counted result became public."""
    points: list[ShrunkenPoint] = []
    for day in sorted({row.first_public.last_day for row in rows}):
        known = whole_trials([row for row in rows if row.first_public.last_day <= day])
        if not _table(known, outcome.measure).k:
            continue
        fit = _pool(known, outcome)
        low, high = fit.ci
        new = [row.label for row in known if row.first_public.last_day == day]
        points.append(
            ShrunkenPoint(
                day=day,
                k=fit.k,
                estimate=math.exp(fit.estimate),
                lower=math.exp(low),
                upper=math.exp(high),
                p_benefit=fit.p_benefit,
                p_important=fit.p_important or 0.0,
                p_harm=fit.p_harm,
                changed=f"{listing(new)} reported",
            )
        )
    return tuple(points)


def _reached(history: Sequence[ShrunkenPoint]) -> tuple[date | None, date | None]:
    """When P(benefit), or P(harm), first reached the certainty, and when that was first lost."""
    for of in ("p_benefit", "p_harm"):
        since: date | None = None
        for point in history:
            if getattr(point, of) >= CERTAINTY:
                since = since or point.day
            elif since is not None:
                return since, point.day
        if since is not None:
            return since, None
    return None, None


def _ratio(key: str, fit: BayesianSynthesis, ends: tuple[float, float], middle: float) -> Figure:
    low, high = (fit.natural(end) for end in ends)
    value = (fit.natural(middle), low, high)
    return Figure(
        id=key,
        value=value,
        shown=f"{ratio(value[0])} (95% credible interval {ratio(low)} to {ratio(high)})",
        kind="computed",
        method=methods.BAYES_POOLING,
        note=f"mean effect ~ {fit.mu_prior}, spread ~ {fit.tau_prior} on the log scale; "
        f"{plural(fit.k, 'study', 'studies')}",
    )


def _interval(key: str, natural: Any, ends: tuple[float, float]) -> Figure:
    low, high = (natural(end) for end in ends)
    return Figure(
        id=key,
        value=(low, high),
        shown=f"{ratio(low)} to {ratio(high)}",
        kind="computed",
        method=methods.BAYES_POOLING,
    )


def _chances(key: str, fit: BayesianSynthesis) -> tuple[Figure, Figure, Figure]:
    assert fit.p_important is not None
    return tuple(  # type: ignore[return-value]
        Figure(
            id=f"{key}.{name}",
            value=value,
            shown=probability(value),
            kind="computed",
            method=methods.BAYES_POOLING,
        )
        for name, value in (
            ("benefit", fit.p_benefit),
            ("important", fit.p_important),
            ("harm", fit.p_harm),
        )
    )


# --- analogies ------------------------------------------------------------------------------------


def _analogy(
    analogy: Analogy,
    studies: Sequence[StudyResult],
    direct: Sequence[StudyResult],
    outcome: Outcome,
    as_of: date,
) -> AnalogyView | None:
    """None where nothing of it was known on the date."""
    table, names = _known(analogy, studies, outcome, as_of)
    if table is None:
        return None
    size = _important(outcome, "OR")[1]
    pooled = pool_bayes(
        table, mu_prior=MU_PRIOR, tau_prior=TAU_PRIOR, better=outcome.better, important=size
    )
    expected = predictive_prior(pooled, family="normal")
    made = _borrowed(analogy, expected, direct, outcome, size)
    key = f"bayes.analogy.{analogy.id}"
    return AnalogyView(
        analogy=analogy,
        names=names,
        pooled=_ratio(f"{key}.pooled", pooled, pooled.ci, pooled.estimate),
        expected=_interval(f"{key}.expected", pooled.natural, pooled.prediction_interval),
        rows=tuple(_weight_row(key, row) for row in made.rows),
        tipping=_tipping(key, made),
        indirect=made,
    )


def _known(
    analogy: Analogy, studies: Sequence[StudyResult], outcome: Outcome, as_of: date
) -> tuple[EffectSizes | None, tuple[str, ...]]:
    """Log odds ratios of the outcome's bad (or good) event that the analogy had given by then."""
    if analogy.results:
        known = [
            row
            for row in analogy.results
            if row.first_public.known(as_of) == "yes" and row.confidence != "low"
        ]
        turned = analogy.better != outcome.better
        ai, ci = (
            [
                (1 - risk if turned else risk) * n
                for risk, n in ((getattr(r, f"risk_{arm}"), getattr(r, f"n_{arm}")) for r in known)
            ]
            for arm in ("treatment", "control")
        )
        n1, n2 = ([getattr(r, f"n_{arm}") for r in known] for arm in ("treatment", "control"))
        labels = [row.label for row in known]
        a, b, c, d = (np.array(x, np.float64) for x in (ai, n1, ci, n2))
        b, d = b - a, d - c
        if not known or min(map(np.min, (a, b, c, d))) <= 0:
            return None, ()
        y, v = np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
        return EffectSizes.from_arrays(y, v, labels=tuple(labels), measure="OR"), tuple(labels)
    rows = whole_trials(
        [
            row
            for row in studies
            if row.population == analogy.population
            and row.directness == "indirect"
            and row.outcome == outcome.id
            and row.version == "primary"
            and row.confidence != "low"
            and row.randomised == "yes"
            and row.controlled
            and row.counted
            and row.first_public.known(as_of) == "yes"
        ]
    )
    if not rows:
        return None, ()
    table = _table(rows, "OR")
    return (table, tuple(table.labels)) if table.k else (None, ())


def _borrowed(
    analogy: Analogy,
    expected: Mixture,
    direct: Sequence[StudyResult],
    outcome: Outcome,
    size: float,
) -> IndirectEvidence:
    table = _table(direct, "OR") if direct else None
    pooling: dict[str, Any] = {}
    if table is not None and table.k:
        pooling = {"data": table, "tau_prior": TAU_PRIOR}
    return indirect_evidence(
        expected,
        vague=MU_PRIOR,
        weights=sorted({0.0, *analogy.weights}),
        certainty=CERTAINTY,
        better=outcome.better,
        important=size,
        **pooling,
    )


def _weight_row(key: str, row: Any) -> WeightRow:
    name = f"{key}.weight.{row.weight:g}"

    def computed(what: str, value: float, shown: str) -> Figure:
        return Figure(
            id=f"{name}.{what}",
            value=value,
            shown=shown,
            kind="computed",
            method=methods.ANALOGY_WEIGHT,
            inputs=(name,),
        )

    return WeightRow(
        weight=Figure(
            id=name,
            value=row.weight,
            shown=percent(row.weight),
            kind="assumed",
            note="how far the analogy is believed; an assumption, not an estimate",
        ),
        counts_for=computed("posterior", row.posterior_weight, percent(row.posterior_weight)),
        benefit=computed("benefit", row.p_benefit, probability(row.p_benefit)),
        important=computed("important", row.p_important, probability(row.p_important)),
    )


def _tipping(key: str, made: IndirectEvidence) -> Figure:
    none = made.tipping_weight is None
    value = "none" if made.tipping_weight is None else made.tipping_weight
    return Figure(
        id=f"{key}.tipping",
        value=value,
        shown="no weight" if none else percent(made.tipping_weight or 0.0),
        kind="computed",
        method=methods.ANALOGY_WEIGHT,
        note=f"weight at which the probability of benefit, or of harm, passes {CERTAINTY:g}",
    )
