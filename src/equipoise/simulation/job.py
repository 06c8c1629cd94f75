"""A design and its scenarios as the arrays that the kernels take."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics.philox import key
from equipoise.numerics.trials import engine, statistics
from equipoise.numerics.trials.engine import Looks
from equipoise.parts.accrual import DAYS_PER_MONTH
from equipoise.parts.analysis import resolved_test
from equipoise.parts.rule_bounds import rule_bounds
from equipoise.parts.rules import SafetyBoundary
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent

from .job_course import course_of
from .job_fixed import fixed_looks_of
from .job_truth import effects_of, truth_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from equipoise.numerics.trials.course import Course
    from equipoise.numerics.trials.decisions import Rules
    from equipoise.numerics.trials.outcomes import Truth
    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design

    from .job_fixed import FixedLooks

    Floats = NDArray[np.float64]

_TESTS = {
    "fisher-exact": statistics.FISHER,
    "pooled": statistics.POOLED,
    "unpooled": statistics.UNPOOLED,
    "score": statistics.SCORE_ODDS,
    "z": statistics.KNOWN_SD,
    "t": statistics.STUDENT,
    "welch": statistics.WELCH,
    "log-rank": statistics.LOG_RANK,
}
_SCALES = {
    "difference": statistics.DIFFERENCE,
    "ratio": statistics.RATIO,
    "odds ratio": statistics.ODDS_RATIO,
}
_BY = {
    "patients": engine.PATIENTS,
    "events": engine.BY_EVENTS,
    "information": engine.INFORMATION,
    "calendar": engine.CALENDAR,
}


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that a range of replicates needs; it can be sent to another process.

    `priors` holds the scenarios whose truths are drawn, by position; `module` the path of a
    generated module with the user's own parts, empty for none; `calendar` whether days mean
    anything; `fixed` the faster way, where there is one.
    """

    course: Course
    truth: Truth
    looks: Looks
    rules: Rules
    test: statistics.Test
    effect: Floats
    critical: Floats
    seed: int
    priors: tuple[tuple[int, Scenario], ...]
    module: str
    calendar: bool
    fixed: FixedLooks | None = None

    @property
    def scenarios(self) -> int:
        """How many."""
        return int(self.truth.kind.size)

    @property
    def key(self) -> tuple[np.uint32, np.uint32]:
        """Of the random streams."""
        return key(self.seed)

    def only(self, s: int) -> Job:
        """The same for one scenario."""
        course, truth = self.course, self.truth
        sliced = {
            name: getattr(truth, name)[s : s + 1]
            for name in truth._fields
            if name not in ("events_are_bad", "table")
        }
        by_scenario = ("entry", "poisson", "edges", "enrolled", "rate", "slope", "pieces")
        return replace(
            self,
            course=course._replace(
                same=np.zeros(1, np.bool_),
                **{name: getattr(course, name)[s : s + 1] for name in by_scenario},
            ),
            truth=truth._replace(**sliced),
            effect=self.effect[s : s + 1],
            priors=tuple((0, row) for at, row in self.priors if at == s),
            fixed=None if self.fixed is None else self.fixed.only(s),
        )


def job_of(
    design: Design, scenarios: Sequence[Scenario], seed: int, *, by_stage: bool = False
) -> Job:
    """Check and lay out; InputError names the part that is wrong."""
    if not scenarios:
        raise InputError.of("scenarios", scenarios, "needs at least one", "Give an assumed truth")
    _check_looks(design)
    course, calendar = course_of(design, scenarios)
    rules = rule_bounds(design)
    test = _test(design)
    truth = truth_of(design, scenarios)
    return Job(
        course=course,
        truth=truth,
        looks=_looks(design, course, calendar),
        rules=rules,
        test=test,
        effect=effects_of(design, scenarios),
        critical=_critical(design, test),
        seed=seed,
        priors=tuple((i, row) for i, row in enumerate(scenarios) if row.prior is not None),
        module="",
        calendar=calendar,
        fixed=fixed_looks_of(design, scenarios, course, truth.parameters, rules, test, by_stage),
    )


def look_by(design: Design) -> str:
    """What calls the looks."""
    if design.look_by is not None:
        return design.look_by
    return "events" if isinstance(design.endpoint, TimeToEvent) else "patients"


def _check_looks(design: Design) -> None:
    by = look_by(design)
    targets = [_amount(design, by, k) for k in range(len(design.looks))]
    for k, (before, after) in enumerate(pairwise(targets)):
        if not before < after:
            raise InputError.of(
                "looks",
                f"{by} {before:g} at look {k + 1}, {after:g} at look {k + 2}",
                "must come in rising order",
                "Sort the looks",
            )


def _amount(design: Design, by: str, k: int) -> float:
    look = design.looks[k]
    if by == "calendar":
        if look.months is None:
            raise InputError.of(
                "look_by", by, f"needs the month of look {k + 1}", "Give the design an Accrual"
            )
        return look.months * DAYS_PER_MONTH
    if by == "events":
        if look.events is None:
            raise InputError.of(
                "look_by", by, f"needs the events of look {k + 1}", "Use 'patients', or set them"
            )
        return float(look.events)
    if by == "patients":
        return float(sum(look.patients))
    return look.information * _planned_information(design)


def _planned_information(design: Design) -> float:
    """Of the difference at the last look, under the planned truth; events of a survival trial."""
    endpoint, last = design.endpoint, design.looks[-1]
    if isinstance(endpoint, TimeToEvent):
        assert last.events is not None
        return float(last.events)
    n1 = last.patients[-1]
    n0 = math.inf if endpoint.single_arm else last.patients[0]
    if isinstance(endpoint, Binary):
        share = 1.0 if endpoint.single_arm else n1 / (n0 + n1)
        p = share * endpoint.treatment + (1 - share) * endpoint.control
        return 1 / (p * (1 - p) * (1 / n1 + 1 / n0))
    sd0, sd1 = endpoint.sds
    return 1 / (sd1**2 / n1 + sd0**2 / n0)


def _looks(design: Design, course: Course, calendar: bool) -> Looks:
    by = look_by(design)
    if by == "calendar" and not calendar:
        raise InputError.of("look_by", by, "needs an accrual", "Give the design an Accrual")
    safety = next((rule for rule in design.rules if isinstance(rule, SafetyBoundary)), None)
    target = np.array([_amount(design, by, k) for k in range(len(design.looks))])
    full = target[-1]
    survival = isinstance(design.endpoint, TimeToEvent)
    if by == "calendar":
        full = _amount(design, "events" if survival else "patients", len(design.looks) - 1)
    if by in ("patients", "events") or (by != "calendar" and survival):
        target = np.ceil(target - 1e-9)
    return Looks(
        by=_BY[by],
        target=target,
        full=float(full),
        watch=safety is not None,
        adverse_delay=0.0 if safety is None else float(safety.delay_days),
    )


def _test(design: Design) -> statistics.Test:
    endpoint = design.endpoint
    test = resolved_test(endpoint, design.plan, design.ratio)
    if design.plan.sided == 2 and test == "fisher-exact":
        raise InputError.of(
            "test", "fisher-exact", "is one-sided here", "Use test='pooled', or a one-sided plan"
        )
    terms: dict[str, Any] = {
        "test": _TESTS[test],
        "scale": statistics.DIFFERENCE,
        "sign": 1.0 if endpoint.better == "higher" else -1.0,
        "margin": 0.0,
        "single": endpoint.single_arm,
        "control": 0.0,
        "sd0": 0.0,
        "sd1": 0.0,
        "rho": 0.0,
        "gamma": 0.0,
        "stratified": False,
        "mirrored": _mirrored(endpoint),
    }
    if isinstance(endpoint, Binary):
        terms |= {
            "endpoint": statistics.BINARY,
            "scale": _SCALES[endpoint.scale],
            "margin": float(endpoint.no_effect if endpoint.margin is None else endpoint.margin),
            "control": endpoint.control,
        }
    elif isinstance(endpoint, Continuous):
        known = endpoint.known_sd
        terms |= {
            "endpoint": statistics.CONTINUOUS,
            "margin": endpoint.margin,
            "control": endpoint.control,
            "sd0": endpoint.sds[0] if known else 0.0,
            "sd1": endpoint.sds[1] if known else 0.0,
        }
    else:
        terms |= {
            "endpoint": statistics.SURVIVAL,
            "margin": math.log(endpoint.margin),
            "rho": float(endpoint.rho),
            "gamma": float(endpoint.gamma),
            "stratified": endpoint.stratified,
        }
    return statistics.Test(**terms)


def _mirrored(endpoint: Binary | Continuous | TimeToEvent) -> bool:
    """Whether the null value is no effect, so that harm is found by the test mirrored."""
    if isinstance(endpoint, Binary):
        return endpoint.margin in (None, endpoint.no_effect)
    return endpoint.margin == (0.0 if isinstance(endpoint, Continuous) else 1.0)


def interval_level(design: Design) -> float:
    """Of the interval whose coverage is counted: 1 - 2 alpha for a one-sided plan."""
    return 1 - 2 * design.plan.alpha / design.plan.sided


def _critical(design: Design, test: statistics.Test) -> Floats:
    """Half-widths of the interval in standard errors, by degrees of freedom."""
    tail = 1 - design.plan.alpha / design.plan.sided
    if test.test not in (statistics.STUDENT, statistics.WELCH):
        return np.array([special.ndtri(tail)])
    df = np.arange(max(int(sum(design.looks[-1].patients)), 2) + 1, dtype=np.float64)
    out = np.empty(df.size + 1)
    out[0] = math.inf
    out[1:-1] = special.stdtrit(df[1:], tail)
    out[-1] = special.ndtri(tail)
    return out
