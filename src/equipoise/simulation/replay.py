"""One simulated trial again: what each look saw and decided, and every patient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from equipoise.inputs import whole
from equipoise.numerics.trials import engine, records
from equipoise.numerics.trials import looks as column
from equipoise.numerics.trials.decisions import REASONS
from equipoise.parts.accrual import DAYS_PER_MONTH
from equipoise.parts.rules import SafetyBoundary
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.vocabulary.record import record

from .job_priors import drawn
from .run_range import buffers_of, call, empty, records_of

if TYPE_CHECKING:
    import altair as alt
    import polars as pl
    from numpy.typing import NDArray

    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design

    from .job import Job
    from .operating import OperatingCharacteristics

    Floats = NDArray[np.float64]


@record
class ReplayedLook:
    """What a look of one simulated trial saw, and what was decided.

    Attributes
    ----------
    look : int
        Counted from 1.
    day : float
        Since the start of enrolment; without a calendar, patients enrolled.
    enrolled : int
    patients : (int, int)
        Control's and treatment's whose outcome is known; of a survival trial those enrolled.
    events : (int, int), optional
        Control's and treatment's; None of means.
    z, futility_z : float
        The statistics compared with the efficacy boundary and those below, positive in favour of
        treatment; they differ for Fisher's exact test only.
    estimate, standard_error : float
        A difference, or the logarithm of a ratio; nan where there is none.
    information : float
        Fraction of the planned.
    adverse_z : float, optional
        Where a safety boundary watches.
    efficacy_bound, futility_bound : float
        The plan's, infinite where there is none; the last look has no futility boundary.
    conditional_bound, predictive_bound, safety_bound : float, optional
        Those of the rules beside the plan; None where there is no such rule, or it is not asked.
    decision : str
        A reason to stop, "go on" where the trial goes on, "end" where it ends without a finding.
    after_the_end : bool
        Whether the trial had stopped before: such looks show when the efficacy boundary alone would
        have been crossed.
    """

    look: int
    day: float
    enrolled: int
    patients: tuple[int, int]
    events: tuple[int, int] | None
    z: float
    futility_z: float
    estimate: float
    standard_error: float
    information: float
    adverse_z: float | None
    efficacy_bound: float
    futility_bound: float
    conditional_bound: float | None
    predictive_bound: float | None
    safety_bound: float | None
    decision: str
    after_the_end: bool


@record
class Replay:
    """One simulated trial.

    Attributes
    ----------
    design : Design
    scenario : Scenario
    replicate, seed : int
    looks : tuple of ReplayedLook
    ended_at : int
        The look at which it ended, counted from 1; of a trial that failed the last it came to, 0
        for none.
    reason : str
        As a look's `decision`; "failed" of a trial that failed.
    failure : str
        What failed; empty for nothing.
    found_by_efficacy_alone : bool
        Whether the efficacy boundary alone, every other rule ignored, would have been crossed.
    bounds : dict
        Boundaries on z, one a look, infinite where there is none: "efficacy", "futility",
        "conditional power", "predictive power"; and "safety", on the statistic of adverse events.
    people : polars.DataFrame
        One row a patient in order of enrolment, see :meth:`patients`.
    calendar : bool
        Whether days mean anything.
    """

    design: Design
    scenario: Scenario
    replicate: int
    seed: int
    looks: tuple[ReplayedLook, ...]
    ended_at: int
    reason: str
    failure: str = ""
    found_by_efficacy_alone: bool
    bounds: dict[str, tuple[float, ...]]
    people: pl.DataFrame
    calendar: bool

    @property
    def single_arm(self) -> bool:
        """Whether there is no control."""
        return self.design.endpoint.single_arm

    @property
    def end(self) -> ReplayedLook | None:
        """The look at which it ended; None of a trial that failed before one."""
        return next((look for look in self.looks if look.look == self.ended_at), None)

    def frame(self) -> pl.DataFrame:
        """One row a look."""
        from .frames import replayed

        return replayed(self)

    def patients(self) -> pl.DataFrame:
        """One row a patient in order of enrolment, those to come after the end included.

        `month` of enrolment is null without a calendar; `outcome` is whether the event came, a
        value, or for a survival trial months to the event; `lost_months` are those from enrolment
        until the patient was lost before the outcome, null where not; `in_trial` is whether the
        patient was enrolled by the day on which the trial ended, `outcome_known` whether the
        outcome was then known. Of a survival trial `followed_months` and `event_observed` are as on
        that day. `adverse_event` is there where a safety boundary watches.
        """
        return self.people

    def chart(self) -> alt.TopLevelMixin:
        """The statistic at each look between the boundaries."""
        from .charts import replayed

        return replayed(self)

    def summary(self) -> str:
        """A plain-text table of the looks."""
        from .summaries import replayed

        return replayed(self)

    def __str__(self) -> str:
        return self.summary()


class _Seen(NamedTuple):
    """What the engine left of one trial: its record, its looks, and patients that come."""

    job: Job
    record: NDArray[np.int32]
    day: float
    trace: Floats
    patients: engine.Buffers
    n: int


def replay(oc: OperatingCharacteristics, s: int, replicate: int) -> Replay:
    """See :meth:`OperatingCharacteristics.replay`."""
    replicate = whole("replicate", replicate, 0, 2**53, "Count replicates from 0")
    seen = _again(oc.job.only(s), replicate)
    failed = int(seen.record[records.STATUS])
    looks = tuple(
        _look(k, oc.design, seen, after=not failed and k > seen.record[records.LOOK])
        for k in np.flatnonzero(seen.trace[:, column.HELD]).tolist()
    )
    last = looks[-1].look if looks else 0
    return Replay(
        design=oc.design,
        scenario=oc.truths[s],
        replicate=replicate,
        seed=oc.seed,
        looks=looks,
        ended_at=last if failed else int(seen.record[records.LOOK]) + 1,
        reason="failed" if failed else REASONS[seen.record[records.REASON]],
        failure=records.FAILURES[failed] if failed else "",
        found_by_efficacy_alone=bool(seen.record[records.EFFICACY_ONLY]),
        bounds=_bounds(seen.job, seen.trace),
        people=_people(oc, s, seen),
        calendar=seen.job.calendar,
    )


def _again(job: Job, replicate: int) -> _Seen:
    """Run one replicate, patient by patient, and keep what it saw."""
    job = drawn(job, replicate, replicate + 1)
    part = empty(job, replicate, replicate + 1, keep=False)
    counts, values = records_of(job, 1024)
    trace = np.zeros((job.looks.target.size, engine.TRACE))
    patients = buffers_of(job)
    call(job, replicate, replicate + 1, part, counts, values, trace=trace, buffers=patients)
    count = counts[0, 0]
    day = float(values[0, 0, records.DAY])
    if count[records.STATUS]:
        day = float(trace[:, column.DAY_OF].max())
    return _Seen(job, count, day, trace, patients, int(np.isfinite(patients.entry).sum()))


def _look(k: int, design: Design, seen: _Seen, *, after: bool) -> ReplayedLook:
    row, rules = seen.trace[k], seen.job.rules
    day, survival = float(row[column.DAY_OF]), isinstance(design.endpoint, TimeToEvent)
    patients = (
        _enrolled(seen, day)
        if survival
        else (int(row[column.PATIENTS0]), int(row[column.PATIENTS1]))
    )
    last = k == seen.job.looks.target.size - 1
    return ReplayedLook(
        look=k + 1,
        day=day,
        enrolled=int(row[column.ENROLLED_BY]),
        patients=patients,
        events=None
        if isinstance(design.endpoint, Continuous)
        else (int(row[column.EVENTS0]), int(row[column.EVENTS1])),
        z=float(row[column.STATISTIC]),
        futility_z=float(row[column.FUTILITY_Z]),
        estimate=float(row[column.EFFECT]),
        standard_error=float(row[column.SE]),
        information=float(row[column.FRACTION]),
        adverse_z=float(row[column.ADVERSE_Z]) if seen.job.looks.watch else None,
        efficacy_bound=float(row[column.BOUND]),
        futility_bound=-math.inf if last else float(rules.lower[k]),
        conditional_bound=_bound(rules.conditional[k]),
        predictive_bound=_bound(rules.predictive[k]),
        safety_bound=_bound(rules.safety[k]),
        decision=REASONS[int(row[column.DECISION])],
        after_the_end=bool(after),
    )


def _pair(row: Floats, first: int) -> tuple[int, int]:
    """Control's and treatment's."""
    return int(row[first]), int(row[first + 1])


def _bounds(job: Job, trace: Floats) -> dict[str, tuple[float, ...]]:
    """Efficacy boundaries as they were in force; those planned for looks that were not held."""
    rules, last = job.rules, (-math.inf,)
    upper = np.where(trace[:, column.HELD] > 0, trace[:, column.BOUND], rules.upper)
    return {
        "efficacy": tuple(map(float, upper)),
        "futility": (*map(float, rules.lower[:-1]), *last),
        "conditional power": (*map(float, rules.conditional[:-1]), *last),
        "predictive power": (*map(float, rules.predictive[:-1]), *last),
        "safety": tuple(map(float, rules.safety)),
    }


def _bound(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _enrolled(seen: _Seen, day: float) -> tuple[int, int]:
    """Patients of control and treatment enrolled by a day."""
    in_trial = seen.patients.entry[: seen.n] <= day
    treated = seen.patients.arm[: seen.n][in_trial].sum(dtype=np.int64)
    return int(in_trial.sum()) - int(treated), int(treated)


def _people(oc: OperatingCharacteristics, s: int, seen: _Seen) -> pl.DataFrame:
    """One row a patient in order of enrolment."""
    import polars as pl

    design, scenario, n, b = oc.design, oc.truths[s], seen.n, seen.patients
    months = b.entry[:n] / DAYS_PER_MONTH if seen.job.calendar else np.full(n, np.nan)
    arms = design.arms if len(design.arms) > 1 else (design.arms[0],) * 2
    strata: list[str | None] = [part.name for part in scenario.strata]
    in_trial = b.entry[:n] <= seen.day
    columns = {
        "patient": pl.Series(np.arange(1, n + 1)),
        "month": pl.Series(months).fill_nan(None),
        "arm": pl.Series([arms[a] for a in b.arm[:n]], dtype=pl.String),
        "stratum": pl.Series([(strata or [None])[g] for g in b.stratum[:n]], dtype=pl.String),
        "in_trial": pl.Series(in_trial),
    }
    columns |= _outcomes(oc, seen, in_trial)
    if any(isinstance(rule, SafetyBoundary) for rule in design.rules):
        columns["adverse_event"] = pl.Series(b.adverse[:n] == 1)
    return pl.DataFrame(columns)


def _outcomes(
    oc: OperatingCharacteristics, seen: _Seen, in_trial: NDArray[np.bool_]
) -> dict[str, pl.Series]:
    import polars as pl

    endpoint, n, b = oc.design.endpoint, seen.n, seen.patients
    entry, value, lost = b.entry[:n], b.value[:n], b.lost[:n]
    if isinstance(endpoint, TimeToEvent):
        time = np.minimum(value, lost)
        until = np.clip(seen.day - entry, 0.0, time)
        return {
            "outcome": _months(value),
            "lost_months": _months(np.where(lost < value, lost, np.inf)),
            "followed_months": _months(np.where(in_trial, until, np.nan)),
            "event_observed": pl.Series(in_trial & (value <= lost) & (entry + value <= seen.day)),
        }
    delay = seen.job.course.delay
    outcome = pl.Series(value).fill_nan(None)
    return {
        "outcome": outcome == 1 if isinstance(endpoint, Binary) else outcome + endpoint.control,
        "lost_months": _months(np.where(lost < delay, lost, np.inf)),
        "outcome_known": pl.Series(in_trial & (lost >= delay) & (entry + delay <= seen.day)),
    }


def _months(days: Floats) -> pl.Series:
    """Days as months; null where they are none, or never come."""
    import polars as pl

    made = np.where(np.isfinite(days), days, np.nan) / DAYS_PER_MONTH
    return pl.Series(made).fill_nan(None)
