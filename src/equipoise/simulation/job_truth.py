"""Scenarios as arrays, and the effect that is true under each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np

from equipoise.errors import InputError
from equipoise.numerics.philox import threshold
from equipoise.numerics.trials import outcomes
from equipoise.numerics.trials.outcomes import Truth
from equipoise.parts.accrual import DAYS_PER_MONTH
from equipoise.parts.rules import SafetyBoundary
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.vocabulary.scenario import Empirical, OwnOutcome, Stratum, Survival, stratum_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design

    Floats = NDArray[np.float64]

_TAKES = {
    Binary: ("risks", "outcomes"),
    Continuous: ("means", "outcomes"),
    TimeToEvent: ("hazard_ratio", "survival", "outcomes"),
}
_OF_PRIOR = {Binary: "risks", Continuous: "means", TimeToEvent: "hazard_ratio"}
_ALL_WORDS = np.uint64(2**32)


def truth_of(design: Design, scenarios: Sequence[Scenario]) -> Truth:
    """What the scenarios say of the design's endpoint; InputError where they do not."""
    for row in scenarios:
        _check(design, row)
    parts = [_parts(design, row) for row in scenarios]
    count, most = len(scenarios), max(len(row) for row in parts)
    curves = [[_curves(design, part) for part in row] for row in parts]
    pieces = max(len(arm[0]) for row in curves for pair in row for arm in pair)
    shape = (count, most, 2, pieces)
    starts, hazards, before = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    numbers = np.ones((count, most, 2), np.int64)
    values = np.zeros((count, 1, most, 2, 2))
    tables: list[Floats] = []
    first, rows = np.zeros((count, most), np.int64), np.zeros((count, most), np.int64)
    bounds = np.full((count, most), _ALL_WORDS, np.uint64)
    for s, strata in enumerate(parts):
        reach = 0.0
        for g, part in enumerate(strata):
            reach += part.prevalence
            if g < len(strata) - 1:
                bounds[s, g] = threshold(min(reach, 1.0))
            values[s, 0, g] = _values(design, scenarios[s], part)
            for a, curve in enumerate(curves[s][g]):
                m = len(curve[0])
                numbers[s, g, a] = m
                starts[s, g, a, :m], hazards[s, g, a, :m], before[s, g, a, :m] = curve
            if isinstance(part.outcomes, Empirical):
                table = _table(design, part.outcomes)
                first[s, g], rows[s, g] = sum(map(len, tables)), len(table)
                tables.append(table)
    own = [
        row.outcomes.parameters if isinstance(row.outcomes, OwnOutcome) else () for row in scenarios
    ]
    parameters = np.zeros((count, max(map(len, own))))
    for s, given in enumerate(own):
        parameters[s, : len(given)] = given
    return Truth(
        kind=np.array([_kind(row[0]) for row in parts], np.int64),
        events_are_bad=isinstance(design.endpoint, Binary) and design.endpoint.better == "lower",
        values=values,
        starts=starts,
        hazards=hazards,
        before=before,
        pieces=numbers,
        table=np.concatenate(tables) if tables else np.zeros((1, 2)),
        first=first,
        rows=rows,
        strata=np.array([len(row) for row in parts], np.int64),
        bounds=bounds,
        losses=np.array([_losses(design, row) for row in scenarios]),
        trend=np.array([float(row.time_trend) for row in scenarios]),
        adverse=np.array([_adverse(design, row) for row in scenarios], np.uint64),
        parameters=parameters,
    )


def _check(design: Design, row: Scenario) -> None:
    endpoint = design.endpoint
    takes = _TAKES[type(endpoint)]
    word = type(endpoint).__name__
    if row.prior is not None:
        wanted = _OF_PRIOR[type(endpoint)]
        if getattr(row.prior, wanted) is None:
            raise InputError.of(
                "prior", row.name, f"needs {wanted} for a {word} endpoint", f"Give `{wanted}`"
            )
        return
    for part in row.parts:
        kind = stratum_kind(part)
        if kind not in takes:
            raise InputError.of(
                "scenario",
                row.name,
                f"states {kind}, and a {word} endpoint needs {' or '.join(takes)}",
                "Give the one that fits the endpoint",
            )
        if isinstance(part.outcomes, OwnOutcome) and row.strata:
            raise InputError.of(
                "outcomes", row.name, "of one's own are of all patients", "Leave out the strata"
            )


def _parts(design: Design, row: Scenario) -> tuple[Stratum, ...]:
    """The strata; of a prior, one that stands in for all that may be drawn."""
    if row.prior is None:
        return row.parts
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        return (Stratum(name="all", prevalence=1.0, hazard_ratio=1.0),)
    pair = (endpoint.control, endpoint.treatment)
    if isinstance(endpoint, Binary):
        return (Stratum(name="all", prevalence=1.0, risks=pair),)
    return (Stratum(name="all", prevalence=1.0, means=pair),)


def _kind(part: Stratum) -> int:
    if isinstance(part.outcomes, OwnOutcome):
        return outcomes.OWN
    if part.outcomes is not None:
        return outcomes.TABLE
    if part.risks is not None:
        return outcomes.RISK
    if part.means is not None:
        return outcomes.NORMAL
    if part.survival is not None and not all(arm.hazards for arm in part.survival):
        return outcomes.WEIBULL
    return outcomes.PIECEWISE


def _values(design: Design, row: Scenario, part: Stratum) -> list[list[float]]:
    endpoint = design.endpoint
    if isinstance(endpoint, Binary) and part.risks is not None:
        return [[endpoint.good(risk), 0.0] for risk in part.risks]
    if isinstance(endpoint, Continuous) and part.means is not None:
        pair = part.sds or row.sds or endpoint.sds
        return [[mean - endpoint.control, sd] for mean, sd in zip(part.means, pair, strict=True)]
    return [[1.0, 0.0], [1.0, 0.0]]


def _table(design: Design, given: Empirical) -> Floats:
    table = np.column_stack([given.control, given.treatment]).astype(np.float64)
    endpoint = design.endpoint
    if isinstance(endpoint, Binary) and not np.isin(table, (0.0, 1.0)).all():
        raise InputError.of(
            "outcomes", "a table", "must hold 0 and 1 for a binary endpoint", "Code events as 1"
        )
    if isinstance(endpoint, TimeToEvent):
        if not (table > 0).all():
            raise InputError.of(
                "outcomes",
                "a table",
                "must hold months above 0",
                "Use inf where the event never comes",
            )
        return table * DAYS_PER_MONTH
    if not np.isfinite(table).all():
        raise InputError.of("outcomes", "a table", "must hold finite numbers", "Remove the others")
    return table - endpoint.control if isinstance(endpoint, Continuous) else table


Curve = tuple["Floats", "Floats", "Floats"]
_NO_CURVE: Curve = (np.zeros(1), np.ones(1), np.zeros(1))


def _curves(design: Design, part: Stratum) -> tuple[Curve, Curve]:
    """Of control and treatment: starts in days, hazards a day, cumulative hazards before."""
    endpoint = design.endpoint
    if not isinstance(endpoint, TimeToEvent) or part.outcomes is not None:
        return _NO_CURVE, _NO_CURVE
    if part.survival is not None:
        weibull = not all(arm.hazards for arm in part.survival)
        control, treatment = part.survival
        make = _weibull if weibull else _of_hazards
        return make(control), make(treatment)
    ratio = part.hazard_ratio
    assert ratio is not None
    ratios = ratio if isinstance(ratio, tuple) else (ratio,)
    starts = sorted({*endpoint.from_months, *part.from_months})
    control_hazards = [_at(start, endpoint.from_months, endpoint.hazards) for start in starts]
    treated = [
        hazard * _at(start, part.from_months, ratios)
        for start, hazard in zip(starts, control_hazards, strict=True)
    ]
    return _piecewise(starts, control_hazards), _piecewise(starts, treated)


def _at(start: float, starts: Sequence[float], values: Sequence[float]) -> float:
    """The value that holds from the last of `starts` that is not after `start`."""
    return values[sum(before <= start for before in starts) - 1]


def _piecewise(starts: Sequence[float], hazards: Sequence[float]) -> Curve:
    days = np.array(starts) * DAYS_PER_MONTH
    a_day = np.array(hazards) / DAYS_PER_MONTH
    before = np.concatenate([[0.0], np.cumsum(a_day[:-1] * np.diff(days))])
    return days, a_day, before


def _of_hazards(arm: Survival) -> Curve:
    return _piecewise(arm.from_months, arm.hazards)


def _weibull(arm: Survival) -> Curve:
    if arm.median_months is None:
        raise InputError.of(
            "survival",
            arm.hazard_per_month,
            "mixes hazards in one arm with a Weibull shape in the other",
            "Give both arms a median",
        )
    scale = arm.median_months * DAYS_PER_MONTH / math.log(2) ** (1 / arm.shape)
    return np.array([scale]), np.array([1 / arm.shape]), np.zeros(1)


def _losses(design: Design, row: Scenario) -> tuple[float, float]:
    """Hazards a day of being lost."""
    given = row.dropout_per_month
    if given is None:
        given = design.endpoint.dropouts if isinstance(design.endpoint, TimeToEvent) else 0.0
    pair = given if isinstance(given, tuple) else (given, given)
    return pair[0] / DAYS_PER_MONTH, pair[1] / DAYS_PER_MONTH


def _adverse(design: Design, row: Scenario) -> tuple[np.uint64, np.uint64]:
    watched = any(isinstance(rule, SafetyBoundary) for rule in design.rules)
    if row.adverse_risks is None:
        if watched:
            raise InputError.of(
                "adverse_risks",
                row.name,
                "are needed by the safety boundary",
                "Give the scenario both arms' risks",
            )
        return np.uint64(0), np.uint64(0)
    return threshold(row.adverse_risks[0]), threshold(row.adverse_risks[1])


def effects_of(design: Design, scenarios: Sequence[Scenario]) -> Floats:
    """The truth of the estimate (S, 1): a difference, or a log ratio; nan where there is none."""
    return np.array([[effect_of(design, row)] for row in scenarios])


def effect_of(design: Design, row: Scenario) -> float:
    """One scenario's; nan of a prior, whose replicates have one each."""
    if row.prior is not None:
        return math.nan
    if isinstance(row.outcomes, OwnOutcome):
        return math.nan if row.outcomes.effect is None else row.outcomes.effect
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        return _log_hazard_ratio(row)
    control, treatment = (
        sum(part.prevalence * _mean(part, arm) for part in row.parts) for arm in (0, 1)
    )
    if isinstance(endpoint, Continuous):
        return treatment - (endpoint.control if endpoint.single_arm else control)
    if row.time_trend and (endpoint.single_arm or control != treatment):
        return math.nan
    return rate_effect(endpoint, control, treatment)


def rate_effect(endpoint: Binary, control: float, treatment: float) -> float:
    """Two risks on the scale of the estimate."""
    if endpoint.single_arm:
        return treatment - endpoint.control
    if endpoint.scale == "difference":
        return treatment - control
    inside = 0 < control < 1 and 0 < treatment < 1
    return math.log(endpoint.effect_of(control, treatment)) if inside else math.nan


def _mean(part: Stratum, arm: int) -> float:
    pair = part.risks or part.means
    if pair is not None:
        return float(pair[arm])
    given = cast("Empirical", part.outcomes)
    return float(np.mean((given.control, given.treatment)[arm]))


def _log_hazard_ratio(row: Scenario) -> float:
    """Where the hazards are proportional; nan elsewhere."""
    ratios = {_one_ratio(part) for part in row.parts}
    if len(ratios) > 1 or (row.strata and ratios != {1.0}):
        return math.nan
    (ratio,) = ratios
    return math.log(ratio) if ratio > 0 else math.nan


def _one_ratio(part: Stratum) -> float:
    if part.hazard_ratio is not None:
        given = part.hazard_ratio
        several = given if isinstance(given, tuple) else (given,)
        return several[0] if len(set(several)) == 1 else math.nan
    if part.survival is None:
        return math.nan
    control, treatment = part.survival
    if control == treatment:
        return 1.0
    if control.median_months and treatment.median_months and control.shape == treatment.shape:
        return math.pow(control.median_months / treatment.median_months, control.shape)
    return math.nan
