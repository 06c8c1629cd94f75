"""The trial that would settle the question, from the facts known on the date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from equipoise import methods, wording
from equipoise.design.fixed import normal_size, sample_size
from equipoise.numerics.binomial import clopper_pearson
from equipoise.numerics.new_series import Group, rate_quantiles
from equipoise.numerics.two_by_two import exact_sample_size
from equipoise.parts.accrual import DAYS_PER_MONTH, months_to_enrol
from equipoise.simulation import simulate
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.trial import Binary, FixedSample, Scenario
from equipoise.wording import percent, points, probability

from .records import Decisive, ProposedTrial, ScenarioRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from equipoise.simulation import Characteristics, OperatingCharacteristics
    from equipoise.vocabulary.appraisal import Appraisal
    from equipoise.vocabulary.dossier import TrialPlan
    from equipoise.vocabulary.evidence import Cohort
    from equipoise.vocabulary.question import Outcome, Question
    from equipoise.vocabulary.trial import Design

_TAU_SCALE = 0.5


def propose_trial(
    plan: TrialPlan,
    question: Question,
    cohorts: Sequence[Cohort],
    appraisals: Sequence[Appraisal],
    replicates: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ProposedTrial | None:
    """Size and simulate the trial; None where no cohort gives its control risk on the date."""
    outcome = question.outcome(plan.outcome)
    control = _control_risk(plan, outcome, cohorts)
    endpoint = _endpoint(outcome, control) if control is not None else None
    if control is None or endpoint is None:
        return None
    fixed = FixedSample(alpha=plan.alpha, power=plan.power)
    design = sample_size(fixed, endpoint, arms=plan.arms, accrual=plan.accrual)
    result = simulate(
        design,
        _scenarios(endpoint.control, endpoint.treatment - endpoint.control),
        replicates=plan.replicates if replicates is None else replicates,
        seed=plan.seed,
        progress=progress,
    )
    return ProposedTrial(
        design=design,
        control_risk=control,
        smallest_difference=_difference(outcome),
        per_arm=_size("per_arm", design.n_per_arm, f"{design.n_per_arm}", control),
        per_arm_normal=_size("per_arm_normal", normal_size(fixed, endpoint), None, control),
        power=_power(result),
        months=_months(design),
        characteristics=result,
        rows=tuple(_row(row, plan.seed) for row in result.scenarios),
        decisive=_decisive(plan, appraisals),
    )


def _endpoint(outcome: Outcome, control: Figure) -> Binary | None:
    """The endpoint at the smallest difference; None where the control risk leaves no room."""
    assert isinstance(control.value, float)
    assert outcome.smallest_difference is not None
    gain = outcome.smallest_difference.risk_difference
    hoped = round(control.value + (-gain if outcome.better == "lower" else gain), 6)
    if not 0 < hoped < 1:
        return None
    return Binary(
        control=control.value,
        treatment=hoped,
        better=outcome.better,
        name=outcome.name,
        delay_days=outcome.time_days or 0,
    )


def _difference(outcome: Outcome) -> Figure:
    difference = outcome.smallest_difference
    assert difference is not None
    return Figure(
        id="trial.difference",
        value=difference.risk_difference,
        shown=points(difference.risk_difference),
        kind="assumed",
        note=f"{difference.reason} Set on {difference.set_on}.",
    )


def _power(result: OperatingCharacteristics) -> Figure:
    exact = result.scenarios[1].exact
    return Figure(
        id="trial.power",
        value=exact,
        shown=percent(exact),
        kind="computed",
        method=methods.ENUMERATION,
        inputs=("trial.per_arm",),
    )


def _control_risk(plan: TrialPlan, outcome: Outcome, cohorts: Sequence[Cohort]) -> Figure | None:
    if plan.control.risk is not None:
        return Figure(
            id="trial.control_risk",
            value=plan.control.risk,
            shown=percent(plan.control.risk),
            kind="assumed",
            note=plan.control.reason or "stated in design.yaml",
        )
    rows = [row for row in cohorts if _usable(row, plan, outcome)]
    if not rows:
        return None
    events, n = (np.array([getattr(row, name) for row in rows]) for name in ("events", "n"))
    (median,) = rate_quantiles([Group(1, events, n)], _TAU_SCALE, (0.5,))
    value = min(max(round(median, 2), 0.01), 0.99)
    return Figure(
        id="trial.control_risk",
        value=value,
        shown=percent(value),
        kind="computed",
        method=methods.CONTROL_RISK,
        inputs=tuple(row.key for row in rows),
        note=f"from {', '.join(row.label for row in rows)}",
    )


def _usable(row: Cohort, plan: TrialPlan, outcome: Outcome) -> bool:
    window = (
        row.time_basis == "fixed-day" and row.time_days == outcome.time_days
        if outcome.time_days is not None
        else row.time_basis == "to-resolution"
    )
    return (
        row.outcome == outcome.id
        and row.stratum == plan.control.stratum
        and window
        and row.events is not None
        and row.confidence != "low"
        and row.version == "primary"
        and row.set_aside is None
    )


def _scenarios(control: float, gain: float) -> list[Scenario]:
    def clip(risk: float) -> float:
        return min(max(round(risk, 6), 0.0), 1.0)

    return [
        Scenario(name="no effect", risks=(control, control)),
        Scenario(name="hoped for", risks=(control, clip(control + gain))),
        Scenario(name="small", risks=(control, clip(control + gain / 2))),
        Scenario(name="harm", risks=(control, clip(control - gain / 2))),
    ]


def _size(name: str, value: float, shown: str | None, control: Figure) -> Figure:
    return Figure(
        id=f"trial.{name}",
        value=value,
        shown=shown or f"{value:.1f}",
        kind="computed",
        method=methods.FISHER_SIZE if shown else methods.NORMAL_SIZE,
        inputs=(control.id, "trial.difference"),
    )


def _months(design: Design) -> Figure | None:
    if design.accrual is None:
        return None
    enrol = months_to_enrol(design.accrual, design.n_total)
    months = enrol + design.endpoint.delay_days / DAYS_PER_MONTH
    return Figure(
        id="trial.months",
        value=months,
        shown=f"{months:.0f} months",
        kind="computed",
        method=methods.ACCRUAL_TIME,
        inputs=("trial.per_arm",),
        note=f"at {design.accrual.per_month:g} patients a month in both arms after "
        f"{design.accrual.ramp_up_months:g} months of ramp-up, and the last patient's follow-up",
    )


def _row(row: Characteristics, seed: int) -> ScenarioRow:
    key = f"trial.{row.scenario.name.replace(' ', '_')}"

    def simulated(name: str, value: float, error: float) -> Figure:
        return Figure(
            id=f"{key}.{name}",
            value=(value, error),
            shown=f"{percent(value, 2)} ± {wording.error(error)}",
            kind="computed",
            method=methods.SIMULATION,
            inputs=("trial.per_arm", "trial.control_risk"),
            note=f"{row.replicates:,} simulated trials, seed {seed}; ± one Monte Carlo error",
        )

    return ScenarioRow(
        name=row.scenario.name,
        risks=Figure(
            id=f"{key}.risks",
            value=row.scenario.risks,
            shown=" v ".join(percent(risk) for risk in row.scenario.risks),
            kind="assumed",
            note="risk on control and on treatment in this scenario",
        ),
        benefit=simulated("benefit", row.benefit, row.benefit_error),
        exact=Figure(
            id=f"{key}.exact",
            value=row.exact,
            shown=percent(row.exact, 2),
            kind="computed",
            method=methods.ENUMERATION,
            inputs=("trial.per_arm", f"{key}.risks"),
        ),
        normal=Figure(
            id=f"{key}.normal",
            value=row.normal,
            shown=f"{percent(row.normal, 2)} ({100 * (row.normal - row.exact):+.2f})",
            kind="computed",
            method=methods.NORMAL_POWER,
            inputs=("trial.per_arm", f"{key}.risks"),
            note="in brackets: normal theory minus exact, in percentage points",
        ),
        harm=simulated("harm", row.harm, row.harm_error),
    )


def _decisive(plan: TrialPlan, appraisals: Sequence[Appraisal]) -> Decisive | None:
    """How small a trial settles an effect as large as the claim's, from the claim's own range."""
    wanted = plan.decisive
    if wanted is None or not appraisals:
        return None
    items = [
        item
        for appraisal in appraisals
        for item in appraisal.outcomes
        if item.claimed.outcome == wanted.outcome
    ]
    if not items:
        return None
    item = items[0]
    low, _ = clopper_pearson(item.good, item.claimed.n)
    mean = (item.good + 1) / (item.claimed.n + 2)
    untreated = Figure(
        id="decisive.untreated",
        value=wanted.untreated,
        shown=percent(wanted.untreated, 0),
        kind="assumed",
        note=wanted.reason,
    )
    sizes = []
    for name, rate in (("mean", round(mean, 2)), ("lower", round(low, 2))):
        if rate <= wanted.untreated:
            continue
        n = exact_sample_size(wanted.untreated, rate, plan.alpha, plan.power)
        assumed = Figure(
            id=f"decisive.{name}",
            value=rate,
            shown=percent(rate, 0),
            kind="computed",
            method=methods.CLOPPER_PEARSON if name == "lower" else methods.BETA_UNIFORM,
            inputs=(item.count.id,),
            note="lower limit of the claim"
            if name == "lower"
            else "the claim's mean under a uniform prior",
        )
        size = Figure(
            id=f"decisive.{name}.size",
            value=n,
            shown=f"{n}",
            kind="computed",
            method=methods.FISHER_SIZE,
            inputs=(untreated.id, assumed.id),
            note=f"power {probability(plan.power)}, one-sided {plan.alpha:g}",
        )
        sizes.append((assumed, size))
    return Decisive(
        outcome=item.outcome.name, untreated=untreated, reason=wanted.reason, sizes=tuple(sizes)
    )
