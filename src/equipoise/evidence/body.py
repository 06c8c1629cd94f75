"""The body of evidence on one outcome: which results count, and what they come to pooled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from equipoise import methods
from equipoise.vocabulary.evidence import StudyResult
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.question import Outcome
from equipoise.vocabulary.record import record
from equipoise.wording import percent

from .harms import Harms, harms
from .missing import NonReporting, non_reporting
from .pool import pool
from .synthesis import IntervalMethod, Synthesis
from .synthesis import Method as PoolMethod
from .terms import title
from .versions import whole_trials

if TYPE_CHECKING:
    from collections.abc import Sequence

MODELS: tuple[tuple[PoolMethod, IntervalMethod], ...] = (
    ("MH", "z"),
    ("EE", "z"),
    ("DL", "z"),
    ("REML", "hksj"),
    ("REML", "hksj_floor"),
)
"""Models fitted to each set; the last one leads where it may be stated."""

WINDOW_DAYS = 2
"""A fixed day this near the outcome's day belongs to the strict time-point set."""


@record
class Fit:
    """One model on one named set of `k` results; `figure` is the estimate as read.

    `synthesis` holds the studies with at least one event; the others contribute nothing to a ratio.
    """

    set: str
    k: int
    synthesis: Synthesis
    figure: Figure


@record
class Absolute:
    """The effect in a thousand patients at a stated control risk."""

    control_risk: Figure
    per_thousand: Figure


@record
class Body:
    """What randomised, direct, counted results on one outcome come to, known on a date.

    `lead` is the fit that the verdict reads: REML with a Hartung-Knapp interval that is never
    narrower than the normal one; Mantel-Haenszel where at most two studies contribute; inverse
    variance with half a patient added where one arm had no event at all. `fits`
    holds those to the whole set, to its stricter subsets, without each study in turn, and with
    each disputed count in its other version.
    """

    name: str
    outcome: Outcome
    rows: tuple[StudyResult, ...]
    fits: tuple[Fit, ...]
    lead: Fit | None
    mantel_haenszel: Fit | None
    prediction: Figure | None
    absolute: tuple[Absolute, ...]
    harms: Harms
    missing: NonReporting

    def fit(self, model: str, ci: str, subset: str = "all") -> Fit | None:
        """The fit of one model to one set, or None."""
        for fit in self.fits:
            synthesis = fit.synthesis
            if (synthesis.method, synthesis.ci_method, fit.set) == (model, ci, subset):
                return fit
        return None


def eligible(studies: Sequence[StudyResult], outcome: str) -> list[StudyResult]:
    """Direct, controlled results on the outcome that may enter a number, primary version."""
    return [
        row
        for row in studies
        if row.version == "primary" and row.confidence != "low" and row.answers(outcome)
    ]


def body_of_evidence(
    studies: Sequence[StudyResult], outcome: Outcome, *, name: str = "all", key: str = "evidence"
) -> Body:
    """Pool what is known on one outcome.

    `key` begins the ids of the figures; `name` says which patients the body is about.
    """
    parts = [row for row in eligible(studies, outcome.id) if row.counted]
    rows = whole_trials(parts)
    fits = [
        fit
        for subset, members in _sets(rows, studies, outcome)
        for fit in _fits(key, subset, members, parts, outcome)
    ]
    by = {(f.synthesis.method, f.synthesis.ci_method, f.set): f for f in fits}
    haenszel = by.get(("MH", "z", "all"))
    floor = by.get(("REML", "hksj_floor", "all"))
    lead = floor or haenszel or by.get(("EE", "z", "all"))
    return Body(
        name=name,
        outcome=outcome,
        rows=tuple(rows),
        fits=tuple(fits),
        lead=lead,
        mantel_haenszel=haenszel,
        prediction=_prediction(key, floor) if floor else None,
        absolute=_absolute(key, lead, outcome, rows) if lead else (),
        harms=harms(studies, rows, key),
        missing=non_reporting(studies, rows, outcome, haenszel, key),
    )


def _sets(
    rows: list[StudyResult], studies: Sequence[StudyResult], outcome: Outcome
) -> list[tuple[str, list[StudyResult]]]:
    sets = [("all", rows)]
    stated = [row for row in rows if row.randomised == "yes"]
    sets.append(("randomisation stated", stated))
    blind = [row for row in rows if row.blinding == "double-blind"]
    sets.append(("double-blind", blind))
    if outcome.time_days is not None:
        days = outcome.time_days
        strict = [
            row
            for row in rows
            if row.time_basis == "fixed-day"
            and row.time_days is not None
            and 0 <= row.time_days - days <= WINDOW_DAYS
        ]
        sets.append((f"fixed day {days} to {days + WINDOW_DAYS}", strict))
    sets += [
        (f"without {row.label}", [other for other in rows if other is not row]) for row in rows
    ]
    for other in studies:
        if other.version == "alternative" and other.counted and other.answers(outcome.id):
            swapped = [other if _same(row, other) else row for row in rows]
            if swapped != rows:
                sets.append((_alternative_name(other), swapped))
    whole = sorted(id(row) for row in rows)
    return [
        (subset, members)
        for subset, members in sets
        if members and (subset == "all" or sorted(map(id, members)) != whole)
    ]


def _same(row: StudyResult, other: StudyResult) -> bool:
    return row.study == other.study and row.severity == other.severity


def _alternative_name(row: StudyResult) -> str:
    return (
        f"{row.label} at {row.events_treatment}/{row.n_treatment} v "
        f"{row.events_control}/{row.n_control}"
    )


def _fits(
    key: str,
    subset: str,
    rows: list[StudyResult],
    parts: list[StudyResult],
    outcome: Outcome,
) -> list[Fit]:
    informative = [
        row
        for row in rows
        if outcome.measure == "RD" or (row.events_treatment or 0) + (row.events_control or 0)
    ]
    if not informative:
        return []
    out = []
    for method, ci in MODELS:
        if len(informative) <= 2 and method not in {"MH", "EE"}:
            continue
        synthesis = fit_rows(informative, outcome, method, ci)
        if synthesis is not None:
            out.append(_named(key, subset, synthesis, rows, parts))
    return out


def fit_rows(
    rows: Sequence[StudyResult], outcome: Outcome, method: PoolMethod, ci: IntervalMethod
) -> Synthesis | None:
    """Pool dossier rows; None where the estimate is not finite (no event in one arm anywhere)."""
    table = {
        "study": [row.label for row in rows],
        "ai": [row.events_treatment for row in rows],
        "n1i": [row.n_treatment for row in rows],
        "ci": [row.events_control for row in rows],
        "n2i": [row.n_control for row in rows],
    }
    both_arms = any(row.events_treatment for row in rows) and any(
        row.events_control for row in rows
    )
    if method == "MH" and outcome.measure != "RD" and not both_arms:
        return None
    synthesis = pool(table, measure=outcome.measure, method=method, ci=ci, allow_repeats=True)
    return synthesis if math.isfinite(synthesis.estimate) else None


def _named(
    key: str,
    subset: str,
    synthesis: Synthesis,
    rows: list[StudyResult],
    parts: list[StudyResult],
) -> Fit:
    inputs = [
        f"{part.key}.{arm}"
        for row in rows
        for part in ([one for one in parts if one.study == row.study] or [row])
        for arm in ("treatment", "control")
    ]
    estimate, low, high = synthesis.natural
    slug = f"{synthesis.method}.{synthesis.ci_method}.{subset}".lower().replace(" ", "-")
    return Fit(
        set=subset,
        k=len(rows),
        synthesis=synthesis,
        figure=Figure(
            id=f"{key}.fit.{slug}",
            value=(estimate, low, high),
            shown=f"{estimate:.2f} ({low:.2f} to {high:.2f})",
            kind="computed",
            method=methods.MANTEL_HAENSZEL if synthesis.method == "MH" else methods.POOLING,
            inputs=tuple(inputs),
            note=f"{model_name(synthesis)}, {synthesis.measure}, set: {subset}; "
            f"{len(rows)} studies, {synthesis.k_contributing} contributing",
        ),
    )


def model_name(synthesis: Synthesis) -> str:
    """The model and its interval, in words."""
    model = {
        "EE": "common effect, inverse variance",
        "MH": "common effect, Mantel-Haenszel",
        "PETO": "common effect, Peto",
    }.get(synthesis.method, f"random effects, {synthesis.method}")
    interval = {
        "z": "normal interval",
        "hksj": "Hartung-Knapp interval",
        "hksj_floor": "Hartung-Knapp interval with floor",
    }[synthesis.ci_method]
    return f"{model}, {interval}"


def _prediction(key: str, fit: Fit) -> Figure | None:
    limits = fit.synthesis.prediction_interval
    if limits is None:
        return None
    low, high = (math.exp(value) if fit.synthesis.log_scale else value for value in limits)
    return Figure(
        id=f"{key}.prediction",
        value=(low, high),
        shown=f"{low:.2f} to {high:.2f}",
        kind="computed",
        method=methods.POOLING,
        inputs=(fit.figure.id,),
        note="95% prediction interval for the effect in a new study, t with k - 1 degrees of "
        "freedom",
    )


def _absolute(
    key: str, lead: Fit, outcome: Outcome, rows: list[StudyResult]
) -> tuple[Absolute, ...]:
    """The effect per 1,000 at each stated control risk, or at the trials' own where none is."""
    risks = [(risk, "stated in question.yaml") for risk in outcome.control_risks]
    if not risks:
        events = sum(row.events_control or 0 for row in rows)
        risks = [(events / sum(row.n_control or 0 for row in rows), "all control arms together")]
    return tuple(_per_thousand(key, lead, risk, why) for risk, why in risks)


def treated(measure: str, risk: float, effect: float) -> float:
    """Risk on treatment at a control risk, by a risk ratio, odds ratio or risk difference."""
    if measure == "RD":
        return min(max(risk + effect, 0.0), 1.0)
    if measure == "OR":
        odds = effect * risk / (1 - risk)
        return odds / (1 + odds)
    return min(risk * effect, 1.0)


def _per_thousand(key: str, lead: Fit, risk: float, why: str) -> Absolute:
    control = Figure(
        id=f"{key}.control_risk.{risk:.4g}",
        value=risk,
        shown=percent(risk),
        kind="assumed",
        note=why,
    )
    measure = lead.synthesis.measure
    changes = tuple(1000 * (treated(measure, risk, x) - risk) for x in lead.synthesis.natural)
    estimate, low, high = (f"{change:+.0f}" for change in changes)
    return Absolute(
        control_risk=control,
        per_thousand=Figure(
            id=f"{key}.absolute.{risk:.4g}",
            value=changes,
            shown=f"{estimate} ({low} to {high}) in 1,000",
            kind="computed",
            method=methods.ABSOLUTE_EFFECT,
            inputs=(lead.figure.id, control.id),
            note="events more (+) or fewer (-) in 1,000 patients; the "
            f"{title(measure)} is taken as the same at every control risk",
        ),
    )
