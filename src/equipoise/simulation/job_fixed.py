"""Designs whose looks come at known numbers of patients: faster ways to the same results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics.means import t_to_z
from equipoise.numerics.trials import records
from equipoise.numerics.trials.course import in_turn
from equipoise.numerics.trials.fixed_looks import REACH, CountRules, Timetable, fill_decisions
from equipoise.numerics.trials.statistics import STUDENT
from equipoise.parts.binary import word_limits
from equipoise.parts.look_tables import tables
from equipoise.vocabulary.endpoint import Binary, Continuous
from equipoise.vocabulary.scenario import OwnOutcome

from .job_course import fixed_counts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from equipoise.numerics.trials.course import Course
    from equipoise.numerics.trials.decisions import Rules
    from equipoise.numerics.trials.statistics import Test
    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design

    Floats = NDArray[np.float64]

_LARGEST_TABLE = 20_000_000
"""Entries of a table of decisions."""


@dataclass(frozen=True, slots=True)
class FixedLooks:
    """What the kernels of `numerics/trials/fixed_looks.py` take besides the rest of the job."""

    timetable: Timetable
    information: Floats
    counts: CountRules | None = None
    rules: Rules | None = None
    on_t: bool = False
    normal_at: Floats | None = None
    by_stage: bool = False
    shape: Floats | None = None

    def call(self, first: int, last: int, test: Test, rest: tuple[Any, ...], kernel: Any) -> None:
        """Run `kernel`, built in or of own parts, by the name of `kernel_name`."""
        if self.counts is not None:
            kernel(first, last, self.timetable, self.counts, test, *rest)
            return
        kernel(
            first,
            last,
            self.timetable,
            self.information,
            self.rules,
            self.on_t,
            self.normal_at,
            self.by_stage,
            self.shape,
            test,
            *rest,
        )

    def complete(self, at_looks: Floats) -> None:
        """Put what all trials have in common into the sums over trials that reach a look.

        They are (blocks, S, K, AT_LOOK), with the number of trials and their events counted.
        """
        table, reached = self.timetable, at_looks[..., records.REACHED]
        at_looks[..., records.AT_DAY] = reached * table.day
        at_looks[..., records.AT_ENROLLED] = reached * table.enrolled
        at_looks[..., records.AT_KNOWN] = reached * (table.n0 + table.n1)
        at_looks[..., records.AT_INFORMATION] = reached * self.information

    @property
    def kernel_name(self) -> str:
        """Of the function of `numerics/trials/fixed_looks.py` that runs it."""
        return "run_means" if self.counts is None else "run_rates"

    @property
    def wants_table(self) -> bool:
        """Whether the decisions at each pair of counts are still to be tabulated."""
        return self.counts is not None and self.rules is not None and not self.counts.decisions.size

    def with_table(self, test: Test, fill: Any) -> FixedLooks:
        """With the decisions tabulated by `fill`, `fill_decisions` or the one of own parts."""
        assert self.counts is not None
        table = self.timetable
        shape = (len(self.information), int(table.n0[-1]) + 1, int(table.n1[-1]) + 1)
        decisions = np.zeros(shape, np.uint8)
        bad = self.counts.events_are_bad
        fill(decisions, table.n0, table.n1, table.day[0], self.information, self.rules, test, bad)
        return replace(self, counts=self.counts._replace(decisions=decisions))

    def only(self, s: int) -> FixedLooks:
        """The same for one scenario."""
        timetable = self.timetable._replace(
            day=self.timetable.day[s : s + 1],
            enrolled=self.timetable.enrolled[s : s + 1],
            owned=self.timetable.owned[s : s + 1],
            entry=self.timetable.entry[s : s + 1],
            parameters=self.timetable.parameters[s : s + 1],
        )
        counts, shape = self.counts, self.shape
        if counts is not None:
            counts = counts._replace(limits=counts.limits[s : s + 1])
        return replace(
            self,
            timetable=timetable,
            counts=counts,
            shape=None if shape is None else shape[s : s + 1],
        )


def fixed_looks_of(
    design: Design,
    scenarios: Sequence[Scenario],
    course: Course,
    parameters: Floats,
    rules: Rules,
    test: Test,
    by_stage: bool,
) -> FixedLooks | None:
    """The faster way; None where patients must be followed one by one.

    Raises
    ------
    InputError
        `by_stage` of a design that has no such sums.
    """
    endpoint = design.endpoint
    suits = (
        isinstance(endpoint, Binary | Continuous)
        and design.look_by in (None, "patients")
        and fixed_counts(design)
        and not course.poisson.any()
        and len(set(map(tuple, course.entry.tolist()))) <= (1 if rules.own else len(scenarios))
        and not np.isfinite(rules.safety).any()
        and all(_plain(design, row) for row in scenarios)
    )
    own = any(row.outcomes is not None for row in scenarios)
    if suits and isinstance(endpoint, Continuous) and not (own and by_stage):
        return _of_means(design, scenarios, course, parameters, rules, test, by_stage)
    if by_stage:
        raise InputError.of(
            "draw",
            "stage sums",
            "is of normal outcomes, looks at fixed numbers of patients, and plain scenarios",
            "Leave it out: patients are drawn one by one",
        )
    if suits and isinstance(endpoint, Binary):
        return _of_rates(design, scenarios, course, parameters, rules, test)
    return None


def _plain(design: Design, row: Scenario) -> bool:
    """Whether one pair of risks or means, or an outcome of the user's, is all there is to it."""
    own = isinstance(row.outcomes, OwnOutcome)
    in_turn = design.allocation is None or design.allocation.kind == "fixed"
    return (
        (row.risks is not None or row.means is not None or (own and in_turn))
        and not row.time_trend
        and not row.dropout_per_month
    )


def _timetable(
    design: Design, scenarios: Sequence[Scenario], course: Course, parameters: Floats
) -> tuple[Timetable, Floats]:
    n1 = np.array([look.patients[-1] for look in design.looks], np.int64)
    single = design.endpoint.single_arm
    n0 = np.array([0 if single else look.patients[0] for look in design.looks], np.int64)
    total = n0 + n1
    day = course.entry[:, total - 1] + course.delay
    rows = zip(course.entry, day, strict=True)
    enrolled = np.array([np.searchsorted(entry, at, side="right") for entry, at in rows])
    owned = np.array([isinstance(row.outcomes, OwnOutcome) for row in scenarios])
    made = Timetable(
        n0=n0,
        n1=n1,
        day=day,
        enrolled=enrolled.astype(np.int64),
        owned=owned,
        entry=_by_rank(course) if owned.any() else np.zeros((len(scenarios), 2, 0)),
        parameters=parameters,
    )
    return made, total / float(total[-1])


def _by_rank(course: Course) -> Floats:
    """Days of enrolment (S, 2, N) by rank in the arm, for patients allocated in turn."""
    arm = np.zeros(course.patients, np.int8)
    in_turn(arm, course.share)
    out = np.zeros((len(course.entry), 2, course.patients))
    for s, entry in enumerate(course.entry):
        for a in (0, 1):
            days = entry[arm == a]
            out[s, a, : len(days)] = days
    return out


def _of_rates(
    design: Design,
    scenarios: Sequence[Scenario],
    course: Course,
    parameters: Floats,
    rules: Rules,
    test: Test,
) -> FixedLooks | None:
    """By critical counts; by a table of decisions where there are rules beside one boundary."""
    assert isinstance(design.endpoint, Binary)
    timetable, information = _timetable(design, scenarios, course, parameters)
    critical = design.plan.sided == 1 and not design.rules
    if critical:
        made = tables(design)
        benefit, futility, harm = made.benefit, made.futility, made.harm
    else:
        if ((timetable.n0 + 1) * (timetable.n1 + 1)).max() * len(information) > _LARGEST_TABLE:
            return None
        benefit = futility = harm = np.full((len(information), 1), -1, np.int64)
    made_of = FixedLooks(
        timetable=timetable,
        information=information,
        counts=CountRules(
            limits=_limits(design.endpoint, scenarios),
            events_are_bad=design.endpoint.better == "lower",
            benefit=benefit,
            futility=futility,
            harm=harm,
            decisions=np.zeros((0, 0, 0), np.uint8),
        ),
        rules=None if critical else rules,
    )
    if made_of.wants_table and not rules.own:
        return made_of.with_table(test, fill_decisions)
    return made_of


def _limits(endpoint: Binary, scenarios: Sequence[Scenario]) -> NDArray[np.uint64]:
    """Limits on words, 0 where the outcomes are the user's."""
    stated = [row for row in scenarios if row.risks is not None]
    out = np.zeros((len(scenarios), 2), np.uint64)
    if stated:
        out[[row.risks is not None for row in scenarios]] = word_limits(endpoint, stated)
    return out


def _of_means(
    design: Design,
    scenarios: Sequence[Scenario],
    course: Course,
    parameters: Floats,
    rules: Rules,
    test: Test,
    by_stage: bool,
) -> FixedLooks:
    endpoint = design.endpoint
    assert isinstance(endpoint, Continuous)
    timetable, information = _timetable(design, scenarios, course, parameters)
    shape = np.empty((len(scenarios), 2, 2))
    for s, row in enumerate(scenarios):
        shape[s, :, 0] = np.array(row.means or (0.0, 0.0)) - endpoint.control
        shape[s, :, 1] = row.sds or endpoint.sd
    df = (timetable.n0 + timetable.n1 - (1 if test.single else 2)).astype(np.float64)
    on_t = test.test == STUDENT and bool((df >= 1).all())
    return FixedLooks(
        timetable=timetable,
        information=information,
        rules=_in_t(rules, df) if on_t else rules,
        on_t=on_t,
        normal_at=_normal_at(df) if on_t and rules.own else np.zeros((len(df), 0, 2)),
        by_stage=by_stage,
        shape=shape,
    )


def _normal_at(df: Floats) -> Floats:
    """The normal value of t and its slope on a grid, (K, T, 2): good to 1e-10 in between."""
    t = np.linspace(-REACH, REACH, 2049)
    out = np.empty((len(df), t.size, 2))
    for k, freedom in enumerate(df):
        z = t_to_z(t, freedom)
        out[k, :, 0] = z
        log_density = (
            special.gammaln((freedom + 1) / 2)
            - special.gammaln(freedom / 2)
            - 0.5 * np.log(freedom * np.pi)
            - (freedom + 1) / 2 * np.log1p(t * t / freedom)
        )
        out[k, :, 1] = np.exp(log_density + z * z / 2 + 0.5 * np.log(2 * np.pi))
    return out


def _in_t(rules: Rules, df: Floats) -> Rules:
    """Boundaries on Student's t with the tails that the boundaries on z have."""

    def convert(z: Floats) -> Floats:
        tail = special.ndtr(-np.abs(z))
        t = np.where(np.isfinite(z), -np.sign(z) * special.stdtrit(df, np.maximum(tail, 1e-300)), z)
        return np.asarray(t)

    return rules._replace(
        upper=convert(rules.upper),
        lower=convert(rules.lower),
        conditional=convert(rules.conditional),
        predictive=convert(rules.predictive),
    )
