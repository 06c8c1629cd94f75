"""The trial that would settle the question, from the facts known on the date."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from equipoise import methods, wording
from equipoise.design.characteristics import characteristics, no_effect
from equipoise.design.from_file import plan_of
from equipoise.design.sample_size import sample_size
from equipoise.numerics.binomial import clopper_pearson
from equipoise.numerics.new_series import Group, rate_quantiles
from equipoise.numerics.two_by_two import exact_sample_size
from equipoise.parts.binary import fixed_size
from equipoise.simulation import simulate
from equipoise.vocabulary.endpoint import Binary
from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.scenario import Scenario
from equipoise.vocabulary.trial import FixedSample
from equipoise.wording import percent, points, probability

from .records import Decisive, LookRow, ProposedTrial, ScenarioRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from equipoise.simulation import Characteristics, OperatingCharacteristics
    from equipoise.vocabulary.appraisal import Appraisal
    from equipoise.vocabulary.dossier import TrialPlan
    from equipoise.vocabulary.evidence import Cohort
    from equipoise.vocabulary.figure import Method
    from equipoise.vocabulary.question import Outcome, Question
    from equipoise.vocabulary.trial import Accrual, Design

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
    fixed = sample_size(FixedSample(alpha=plan.alpha, power=plan.power), endpoint, arms=plan.arms)
    looks = plan_of(plan.looks, replace(plan.efficacy, alpha=plan.alpha), plan.futility, plan.power)
    design = sample_size(looks, endpoint, arms=plan.arms, accrual=plan.accrual)
    result = simulate(
        design,
        _scenarios(endpoint.control, endpoint.treatment - endpoint.control),
        replicates=plan.replicates if replicates is None else replicates,
        seed=plan.seed,
        progress=progress,
    )
    rows = tuple(_row(row, plan.seed) for row in result.scenarios)
    sized = methods.SEQUENTIAL_SIZE if len(design.looks) > 1 else methods.FISHER_SIZE
    normal = fixed_size(endpoint, plan.alpha, plan.power, 1.0) / 2
    return ProposedTrial(
        design=design,
        fixed=fixed,
        control_risk=control,
        smallest_difference=_difference(outcome),
        per_arm=_size("per_arm", design.n_per_arm, f"{design.n_per_arm}", control, sized),
        maximum_total=_total("maximum_total", int(design.n_total), "trial.per_arm"),
        fixed_per_arm=_size(
            "fixed_per_arm", fixed.n_per_arm, f"{fixed.n_per_arm}", control, methods.FISHER_SIZE
        ),
        fixed_total=_total("fixed_total", int(fixed.n_total), "trial.fixed_per_arm"),
        per_arm_normal=_size("per_arm_normal", normal, None, control, methods.NORMAL_SIZE),
        expected_none=rows[0].patients,
        expected_hoped=rows[1].patients,
        power=_power(result),
        false_finding=_false_finding(design),
        months=_months(design),
        characteristics=result,
        rows=rows,
        looks=tuple(_look(design, k) for k in range(len(design.looks))),
        decisive=_decisive(plan, appraisals),
    )


def size_that_answers(
    plan: TrialPlan, question: Question, cohorts: Sequence[Cohort]
) -> tuple[int, str] | None:
    """Participants of a trial without looks that would answer, and of what; None where unknown."""
    outcome = question.outcome(plan.outcome)
    control = _control_risk(plan, outcome, cohorts)
    endpoint = _endpoint(outcome, control) if control is not None else None
    if endpoint is None or control is None:
        return None
    fixed = sample_size(FixedSample(alpha=plan.alpha, power=plan.power), endpoint, arms=plan.arms)
    return int(fixed.n_total), (
        f"{outcome.name}: {control.shown} against {percent(endpoint.treatment)} with power "
        f"{percent(plan.power)}, one-sided alpha {plan.alpha:g}"
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
        test="fisher-exact",
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
    exact = _number(result.scenarios[1].exact)
    return Figure(
        id="trial.power",
        value=exact,
        shown=percent(exact),
        kind="computed",
        method=methods.ENUMERATION,
        inputs=("trial.per_arm",),
    )


def _false_finding(design: Design) -> Figure:
    """The type I error of the efficacy boundary alone, which is the one controlled."""
    found = characteristics(design, no_effect(design), by="exact").efficacy_only
    return Figure(
        id="trial.false_finding",
        value=found,
        shown=percent(found, 2),
        kind="computed",
        method=methods.ENUMERATION,
        inputs=("trial.per_arm", "trial.control_risk"),
        note="at the control risk; stopping for futility ignored",
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


def _size(name: str, value: float, shown: str | None, control: Figure, method: Method) -> Figure:
    return Figure(
        id=f"trial.{name}",
        value=value,
        shown=shown or f"{value:.1f}",
        kind="computed",
        method=method,
        inputs=(control.id, "trial.difference"),
    )


def _total(name: str, patients: int, per_arm: str, note: str = "both arms") -> Figure:
    return Figure(
        id=f"trial.{name}",
        value=patients,
        shown=f"{patients:,}",
        kind="computed",
        method=methods.COUNT,
        inputs=(per_arm,),
        note=note,
    )


def _look(design: Design, k: int) -> LookRow:
    """A look's boundaries: the nominal level of Fisher's test, and the z of the score test."""
    look, last = design.looks[k], k + 1 == len(design.looks)
    key, level = f"trial.look_{k + 1}", float(special.ndtr(-look.efficacy_z))

    def boundary(name: str, value: float, shown: str, note: str) -> Figure:
        return Figure(
            id=f"{key}.{name}",
            value=value,
            shown=shown,
            kind="computed",
            method=methods.BOUNDARY,
            inputs=("trial.per_arm",),
            note=note,
        )

    patients = int(max(look.patients))
    futile = not last and math.isfinite(look.futility_z)
    return LookRow(
        patients=_total(f"look_{k + 1}.per_arm", patients, "trial.per_arm", "in each arm"),
        benefit=boundary("benefit", level, probability(level), "one-sided, Fisher's exact test"),
        futility=boundary(
            "futility", look.futility_z, f"{look.futility_z:.2f}", "score statistic, pooled"
        )
        if futile
        else None,
    )


def _months(design: Design) -> Figure | None:
    months, accrual = design.looks[-1].months, design.accrual
    if months is None or accrual is None:
        return None
    return Figure(
        id="trial.months",
        value=months,
        shown=f"{months:.0f} months",
        kind="computed",
        method=methods.ACCRUAL_TIME,
        inputs=("trial.per_arm",),
        note=f"at {rate(accrual)} patients a month in both arms after "
        f"{accrual.ramp_up_months:g} months of ramp-up, and the last patient's follow-up",
    )


def rate(accrual: Accrual) -> str:
    """Patients a month, in order of time where they change."""
    return ", then ".join(f"{value:g}" for value in accrual.rates)


def _row(row: Characteristics, seed: int) -> ScenarioRow:
    key = f"trial.{row.scenario.name.replace(' ', '_')}"
    exact, normal = _number(row.exact), _number(row.normal)

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
            value=row.scenario.risk_pair(),
            shown=" v ".join(percent(risk) for risk in row.scenario.risk_pair()),
            kind="assumed",
            note="risk on control and on treatment in this scenario",
        ),
        benefit=simulated("benefit", row.benefit, row.benefit_error),
        exact=Figure(
            id=f"{key}.exact",
            value=exact,
            shown=percent(exact, 2),
            kind="computed",
            method=methods.ENUMERATION,
            inputs=("trial.per_arm", f"{key}.risks"),
        ),
        normal=Figure(
            id=f"{key}.normal",
            value=normal,
            shown=f"{percent(normal, 2)} ({100 * (normal - exact):+.2f})",
            kind="computed",
            method=methods.NORMAL_POWER,
            inputs=("trial.per_arm", f"{key}.risks"),
            note="in brackets: normal theory minus exact, in percentage points",
        ),
        harm=simulated("harm", row.harm, row.harm_error),
        patients=_patients(key, row),
    )


def _number(value: float | None) -> float:
    """By enumeration or normal theory: there for two arms looked at by patients."""
    assert value is not None
    return value


def _patients(key: str, row: Characteristics) -> Figure:
    """Mean patients at the end, by enumeration; the simulated mean stands in the note."""
    return Figure(
        id=f"{key}.patients",
        value=_number(row.exact_patients),
        shown=f"{_number(row.exact_patients):,.0f}",
        kind="computed",
        method=methods.EXPECTED_SIZE,
        inputs=("trial.per_arm", f"{key}.risks"),
        note=f"both arms, outcome known; simulated {row.known:,.1f} "
        f"± {wording.error(row.known_error)}",
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
