"""From tallies to characteristics, each with its Monte Carlo error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from equipoise.errors import InputError
from equipoise.inputs import number, one_of
from equipoise.numerics.trials import records as r
from equipoise.numerics.trials.decisions import REASONS
from equipoise.parts.look_tables import LookTables, stopping, tables
from equipoise.parts.normal_looks import normal_stopping
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent

from .job import look_by
from .job_course import fixed_counts
from .operating import AtLook, Characteristics, Estimate, OperatingCharacteristics, Quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design

    from .job import Job
    from .totals import Totals

    Floats = NDArray[np.float64]


def characteristics_of(
    design: Design, scenarios: tuple[Scenario, ...], seed: int, job: Job, totals: Totals
) -> OperatingCharacteristics:
    """The results of a run."""
    made = _tables(design, job)
    rows = [_row(design, scenario, job, totals, s, made) for s, scenario in enumerate(scenarios)]
    return OperatingCharacteristics(
        design=design,
        truths=scenarios,
        seed=seed,
        replicates=totals.replicates,
        scenarios=tuple(rows),
        job=job,
        totals=totals,
    )


def share(count: float, trials: float) -> Estimate:
    """Of trials, with the error that `trials` of them have."""
    if trials == 0:
        return Estimate(math.nan, math.nan)
    p = float(count / trials)
    return Estimate(p, math.sqrt(max(p * (1 - p), 0.0) / trials))


def known_error(p: float, trials: float) -> float:
    """Of a share whose true value is known."""
    return math.sqrt(max(p * (1 - p), 0.0) / trials) if trials else math.nan


def mean(total: float, squares: float, trials: float) -> Estimate:
    """From a sum and a sum of squares."""
    if trials == 0:
        return Estimate(math.nan, math.nan)
    average = float(total / trials)
    variance = max(float(squares / trials) - average * average, 0.0)
    return Estimate(average, math.sqrt(variance / trials))


def _row(
    design: Design,
    scenario: Scenario,
    job: Job,
    totals: Totals,
    s: int,
    made: LookTables | None,
) -> Characteristics:
    row = totals.sums[s]
    trials, estimated = row[r.TRIALS], row[r.ESTIMATED]
    none = Estimate(math.nan, math.nan)
    exact = None
    if made is not None and not may_run_out(job, s):
        exact = _exact(design, scenario, made)
    benefit = share(row[r.BENEFIT], trials)
    harm = share(row[r.HARMED], trials)
    if exact is not None:
        benefit = Estimate(benefit.value, known_error(exact[0], trials))
        harm = Estimate(harm.value, known_error(exact[1], trials))
    alone = share(row[r.ALONE], trials)
    patients = mean(row[r.SUM_ENROLLED], row[r.SQUARE_ENROLLED], trials)
    known = mean(row[r.SUM_KNOWN], row[r.SQUARE_KNOWN], trials)
    events = mean(row[r.SUM_EVENTS], row[r.SQUARE_EVENTS], trials)
    days = mean(row[r.SUM_DAY], row[r.SQUARE_DAY], trials) if job.calendar else none
    bias = mean(row[r.SUM_MISS], row[r.SQUARE_MISS], estimated)
    covered = share(row[r.COVERED], estimated)
    estimate = mean(row[r.SUM_ESTIMATE], row[r.SQUARE_ESTIMATE], row[r.MADE])
    effect = float(job.effect[s, 0])
    return Characteristics(
        scenario=scenario,
        replicates=totals.replicates,
        benefit=benefit.value,
        benefit_error=benefit.error,
        benefit_alone=alone.value,
        benefit_alone_error=alone.error,
        harm=harm.value,
        harm_error=harm.error,
        patients=patients.value,
        patients_error=patients.error,
        known=known.value,
        known_error=known.error,
        events=math.nan if isinstance(design.endpoint, Continuous) else events.value,
        events_error=math.nan if isinstance(design.endpoint, Continuous) else events.error,
        days=days.value,
        days_error=days.error,
        estimate=estimate.value,
        estimate_error=estimate.error,
        effect=effect,
        bias=bias.value,
        bias_error=bias.error,
        **_rmse(row, estimated),
        coverage=covered.value,
        coverage_error=covered.error,
        short=share(row[r.SHORT_OF], trials).value,
        failed=int(row[r.FAILED]),
        looks=tuple(_look(totals, s, k, trials, job) for k in range(len(design.looks))),
        exact=None if exact is None else exact[0],
        exact_harm=None if exact is None else exact[1],
        exact_patients=None if exact is None else exact[2],
        normal=None if may_run_out(job, s) else _normal(design, scenario),
    )


def _rmse(row: Floats, estimated: float) -> dict[str, float]:
    """Root mean square error; its own error by the delta method."""
    square = mean(row[r.SQUARE_MISS], row[r.FOURTH_MISS], estimated)
    root = math.sqrt(square.value) if estimated else math.nan
    return {"rmse": root, "rmse_error": square.error / (2 * root) if root > 0 else math.nan}


def _look(totals: Totals, s: int, k: int, trials: float, job: Job) -> AtLook:
    at = totals.at_looks[s, k]
    reached = at[r.REACHED]
    means = at / reached if reached else np.full_like(at, math.nan)
    stopped = totals.stopped[s, k]
    return AtLook(
        reached=share(reached, trials),
        stopped={
            reason: float(stopped[code] / trials) if trials else math.nan
            for code, reason in enumerate(REASONS)
            if code > 0
        },
        day=float(means[r.AT_DAY]) if job.calendar else math.nan,
        enrolled=float(means[r.AT_ENROLLED]),
        known=float(means[r.AT_KNOWN]),
        events=math.nan if job.test.endpoint == 1 else float(means[r.AT_EVENTS]),
        information=float(means[r.AT_INFORMATION]),
    )


def _plain(scenario: Scenario) -> bool:
    """Whether it is of one kind of patient, without loss or trend."""
    return not (
        scenario.strata
        or scenario.prior is not None
        or scenario.outcomes is not None
        or scenario.time_trend
        or scenario.dropout_per_month
    )


def _tables(design: Design, job: Job) -> LookTables | None:
    """Tables for enumeration, where the looks come at fixed numbers of patients in each arm.

    Those that the trials were simulated by, where there are any.
    """
    endpoint, fixed = design.endpoint, job.fixed
    if fixed is not None and fixed.counts is not None and fixed.rules is None:
        table, counts = fixed.timetable, fixed.counts
        return LookTables(table.n0, table.n1, counts.benefit, counts.futility, counts.harm)
    if (
        not isinstance(endpoint, Binary)
        or design.plan.sided != 1
        or design.rules
        or look_by(design) != "patients"
        or not fixed_counts(design)
    ):
        return None
    return tables(design)


def _exact(
    design: Design, scenario: Scenario, made: LookTables
) -> tuple[float, float, float] | None:
    """Benefit, harm and mean patients with a known outcome, by enumeration."""
    if not _plain(scenario) or scenario.risks is None:
        return None
    assert isinstance(design.endpoint, Binary)
    found = stopping(made, design.endpoint, scenario)
    size = (made.n_control + made.n_treatment).astype(np.float64)
    return float(found[:, 0].sum()), float(found[:, 2].sum()), float(found[:, :2].sum(1) @ size)


def may_run_out(job: Job, s: int) -> bool:
    """Whether patients come at random and enrolment ends, so that there may be too few."""
    course, last = job.course, int(job.course.pieces[s]) - 1
    return bool(course.poisson[s] and course.rate[s, last] == 0 and course.slope[s, last] == 0)


def _normal(design: Design, scenario: Scenario) -> float | None:
    """Chance of benefit by normal theory, where the design has no rule beside its plan."""
    by = look_by(design)
    usual = "events" if isinstance(design.endpoint, TimeToEvent) else "patients"
    if design.rules or by not in (usual, "information") or not _plain(scenario):
        return None
    if isinstance(design.endpoint, TimeToEvent) and (
        isinstance(scenario.hazard_ratio, tuple) or design.endpoint.rho or design.endpoint.gamma
    ):
        return None
    if scenario.survival is not None or scenario.sds is not None:
        return None
    found = float(normal_stopping(design, scenario)[:, 0].sum())
    return None if math.isnan(found) else found


def quantile(oc: OperatingCharacteristics, s: int, share: float, of: str) -> Quantile:
    """See :meth:`OperatingCharacteristics.quantile`."""
    if not 0 < number("share", share, "Give 0.5 for the median") < 1:
        raise InputError.of("share", share, "must lie in (0, 1)", "Give 0.5 for the median")
    one_of("of", of, ("patients", "days"))
    if of == "days" and not oc.job.calendar:
        raise InputError.of("of", of, "needs an accrual", "Give the design an Accrual")
    counts = (oc.totals.patients if of == "patients" else oc.totals.days)[s]
    trials = int(counts.sum())
    reach = np.cumsum(counts)
    half = float(special.ndtri(0.975)) * math.sqrt(trials * share * (1 - share))

    def at(rank: float) -> float:
        whole = min(max(math.ceil(rank), 1), trials)
        return float(np.searchsorted(reach, whole)) if trials else math.nan

    return Quantile(at(trials * share), at(trials * share - half), at(trials * share + half + 1))


def difference(oc: OperatingCharacteristics, s: int, t: int, of: str) -> Estimate:
    """See :meth:`OperatingCharacteristics.difference`."""
    one_of("of", of, ("benefit", "patients"))
    joint = oc.totals.joint
    if joint.shape[1] == 0 or oc.totals.failed:
        raise InputError.of(
            "scenario",
            len(oc.truths),
            "are too many for paired errors, or trials failed",
            "Simulate fewer scenarios",
        )
    if s == t:
        return Estimate(0.0, 0.0)
    trials = oc.totals.sums[s, r.TRIALS]
    both = float(joint[0 if of == "benefit" else 1, max(s, t), min(s, t)])
    one, other = oc.totals.sums[s], oc.totals.sums[t]
    if of == "benefit":
        total, squares = one[r.BENEFIT] - other[r.BENEFIT], one[r.BENEFIT] + other[r.BENEFIT]
    else:
        total = one[r.SUM_ENROLLED] - other[r.SUM_ENROLLED]
        squares = one[r.SQUARE_ENROLLED] + other[r.SQUARE_ENROLLED]
    return mean(total, squares - 2 * both, trials)
