"""Operating characteristics and replayed trials as data frames; null where there is no number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from equipoise.numerics.trials import records as r
from equipoise.parts.accrual import DAYS_PER_MONTH
from equipoise.vocabulary.endpoint import Binary, TimeToEvent
from equipoise.wording import listing

if TYPE_CHECKING:
    import polars as pl

    from equipoise.vocabulary.endpoint import Endpoint
    from equipoise.vocabulary.scenario import Pair, Scenario, Stratum, Survival

    from .operating import AtLook, Characteristics, OperatingCharacteristics
    from .replay import Replay, ReplayedLook

QUANTILES = {"p10": 0.1, "median": 0.5, "p90": 0.9}
STOPS = {
    "efficacy": "stopped_efficacy",
    "futility": "stopped_futility",
    "conditional power": "stopped_conditional_power",
    "predictive power": "stopped_predictive_power",
    "safety": "stopped_safety",
    "harm": "stopped_harm",
    "end": "ended_without_finding",
}
"""Columns of the reasons to stop."""

BENEFIT, ALONE = "finds benefit, as run", "finds benefit, efficacy boundary only"
SHARES = {
    BENEFIT: ("benefit", r.BENEFIT),
    ALONE: ("benefit_alone", r.ALONE),
    "finds harm": ("harm", r.HARMED),
    "last look short of information": ("short", r.SHORT_OF),
}
MEANS = {
    "patients": "patients",
    "outcomes known": "known",
    "events": "events",
    "months": "days",
}
OF_ESTIMATE = {"estimate": "estimate", "bias": "bias", "root mean square error": "rmse"}
NORMAL_95 = 1.959963984540054


def frame(oc: OperatingCharacteristics) -> pl.DataFrame:
    """One row a scenario; each mean and share with its Monte Carlo standard error.

    `estimate`, `effect`, `bias` and `rmse` are differences, or logarithms of ratios.
    """
    import polars as pl

    rows = [_wide(oc, s, row) for s, row in enumerate(oc.scenarios)]
    return pl.DataFrame(rows, schema=_types(rows), orient="row")


def measures(oc: OperatingCharacteristics) -> pl.DataFrame:
    """One row a scenario and measure: value, Monte Carlo error, 95% interval, trials counted.

    The interval is Wilson's for a share, else the value and 1.96 errors either way. `kind` says
    whether a chance to find benefit is power or a type I error: the latter where the true effect is
    null or worse.
    """
    import polars as pl

    rows = [line for s, row in enumerate(oc.scenarios) for line in _long(oc, s, row)]
    return pl.DataFrame(rows, schema=_types(rows), orient="row")


def looks(oc: OperatingCharacteristics) -> pl.DataFrame:
    """One row a scenario and look: shares of all trials, and means over those that reach it."""
    import polars as pl

    delayed = pending(oc)
    rows = [
        _look(row.scenario.name, k + 1, look, delayed)
        for row in oc.scenarios
        for k, look in enumerate(row.looks)
    ]
    return pl.DataFrame(rows, schema=_types(rows), orient="row")


def replayed(replay: Replay) -> pl.DataFrame:
    """One row a look of a replayed trial."""
    import polars as pl

    whole = ("look", "enrolled", *(f"{of}_{arm}" for of in ("patients", "events") for arm in ARMS))
    names: dict[str, Any] = dict.fromkeys(REPLAYED, pl.Float64) | dict.fromkeys(whole, pl.Int64)
    names |= {"decision": pl.String, "after_the_end": pl.Boolean}
    rows = [_replayed_look(replay, look) for look in replay.looks]
    return pl.DataFrame(rows, schema={name: names[name] for name in REPLAYED}, orient="row")


def _replayed_look(replay: Replay, look: ReplayedLook) -> dict[str, Any]:
    events = look.events or (None, None)
    return {
        "look": look.look,
        "months": _known(look.day / DAYS_PER_MONTH) if replay.calendar else None,
        "enrolled": look.enrolled,
        "patients_control": None if replay.single_arm else look.patients[0],
        "patients_treatment": look.patients[1],
        "events_control": None if replay.single_arm else events[0],
        "events_treatment": events[1],
        "z": _known(look.z),
        "futility_z": _known(look.futility_z),
        "estimate": _known(look.estimate),
        "standard_error": _known(look.standard_error),
        "information": look.information,
        "adverse_z": look.adverse_z,
        "efficacy_bound": _known(look.efficacy_bound),
        "futility_bound": _known(look.futility_bound),
        "decision": look.decision,
        "after_the_end": look.after_the_end,
    }


ARMS = ("control", "treatment")
REPLAYED = (
    *("look", "months", "enrolled", "patients_control", "patients_treatment"),
    *("events_control", "events_treatment", "z", "futility_z", "estimate", "standard_error"),
    *("information", "adverse_z", "efficacy_bound", "futility_bound", "decision", "after_the_end"),
)


def null_effect(endpoint: Endpoint) -> float:
    """The margin on the scale of the estimate: a difference, or the logarithm of a ratio."""
    if isinstance(endpoint, TimeToEvent):
        return math.log(endpoint.margin)
    if not isinstance(endpoint, Binary):
        return float(endpoint.margin)
    margin = endpoint.no_effect if endpoint.margin is None else endpoint.margin
    return float(margin) if is_difference(endpoint) else math.log(margin)


def is_difference(endpoint: Endpoint) -> bool:
    """Whether the estimate is a difference; else it is the logarithm of a ratio."""
    if isinstance(endpoint, Binary):
        return endpoint.single_arm or endpoint.scale == "difference"
    return not isinstance(endpoint, TimeToEvent)


def kind_of(endpoint: Endpoint, effect: float) -> str | None:
    """What a chance to find benefit is under a true effect; None where the effect is unknown."""
    if math.isnan(effect):
        return None
    gain = effect - null_effect(endpoint)
    gain = -gain if endpoint.better == "lower" else gain
    return "power" if gain > 1e-9 else "type I error"


def pending(oc: OperatingCharacteristics) -> bool:
    """Whether outcomes of enrolled patients may be still to come at a look."""
    return oc.job.calendar and oc.design.endpoint.delay_days > 0


def truth_words(truth: Scenario, single_arm: bool = False) -> str:
    """What a scenario states, in words: ``25% v 15%``, ``hazard ratio 1, then 0.6``."""
    words = _part_words(truth, single_arm)
    if truth.prior is not None:
        words = "drawn from a prior"
    if truth.strata:
        parts = [
            f"{100 * part.prevalence:.3g}% {part.name}: {_part_words(part, single_arm)}"
            for part in truth.strata
        ]
        words = "; ".join(parts)
    return words


def _part_words(part: Scenario | Stratum, single_arm: bool) -> str:
    if part.hazard_ratio is not None:
        given = part.hazard_ratio
        ratios = given if isinstance(given, tuple) else (given,)
        later = zip(ratios[1:], part.from_months[1:], strict=True)
        changes = [f", then {ratio:.4g} from month {month:g}" for ratio, month in later]
        return f"hazard ratio {ratios[0]:.4g}{''.join(changes)}"
    if part.survival is not None:
        return " v ".join(_survival_words(arm) for arm in part.survival)
    if part.outcomes is not None:
        name = type(part.outcomes).__name__
        return "patients of a table" if name == "Empirical" else "an own outcome model"
    pair = part.risks or part.means or ()
    values = [f"{100 * value:.4g}%" if part.risks else f"{value:.6g}" for value in pair]
    return " v ".join(values[1:] if single_arm else values)


def _survival_words(arm: Survival) -> str:
    if arm.median_months is None:
        return f"hazard {listing([f'{hazard:.3g}' for hazard in arm.hazards])} a month"
    shape = "" if arm.shape == 1 else f", shape {arm.shape:g}"
    return f"median {arm.median_months:g} months{shape}"


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _types(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the columns, by their names: a column of nulls has its type too."""
    import polars as pl

    words = ("scenario", "truth", "measure", "kind")
    whole = ("failed", "replicates", "trials", "look")
    return {
        name: pl.String if name in words else pl.Int64 if name in whole else pl.Float64
        for name in rows[0]
    }


def _wide(oc: OperatingCharacteristics, s: int, row: Characteristics) -> dict[str, Any]:
    truth, single = row.scenario, oc.design.endpoint.single_arm
    control, treatment = _levels(truth.risks or truth.means)
    ratio = truth.hazard_ratio
    out: dict[str, Any] = {
        "scenario": truth.name,
        "truth": truth_words(truth, single),
        "control": None if single else control,
        "treatment": treatment,
        "hazard_ratio": None if isinstance(ratio, tuple) else ratio,
    }
    for name in ("benefit", "benefit_alone", "harm", "patients"):
        out |= _with_error(row, name)
    out |= {f"patients_{name}": _quantile(oc, s, at, "patients") for name, at in QUANTILES.items()}
    out |= {**_with_error(row, "known"), **_with_error(row, "events")}
    out["months"] = _known(row.days / DAYS_PER_MONTH)
    out["months_error"] = _known(row.days_error / DAYS_PER_MONTH)
    out |= {f"months_{name}": _quantile(oc, s, at, "days") for name, at in QUANTILES.items()}
    out |= {**_with_error(row, "estimate"), "effect": _known(row.effect)}
    for name in ("bias", "rmse", "coverage"):
        out |= _with_error(row, name)
    out |= {"short": _known(row.short), "failed": row.failed}
    for name in ("exact", "exact_harm", "exact_patients", "normal"):
        out[name] = _known(getattr(row, name))
    return {**out, "replicates": row.replicates}


def _levels(pair: Pair | None) -> tuple[float | None, float | None]:
    return (None, None) if pair is None else (float(pair[0]), float(pair[1]))


def _with_error(row: Characteristics, name: str) -> dict[str, float | None]:
    return {
        name: _known(getattr(row, name)),
        f"{name}_error": _known(getattr(row, f"{name}_error")),
    }


def _quantile(oc: OperatingCharacteristics, s: int, share: float, of: str) -> float | None:
    if of == "days" and not oc.job.calendar:
        return None
    found = _known(oc.quantile(s, share, of).value)
    return found / DAYS_PER_MONTH if found is not None and of == "days" else found


def _long(oc: OperatingCharacteristics, s: int, row: Characteristics) -> list[dict[str, Any]]:
    sums = oc.totals.sums[s]
    trials, estimated = int(sums[r.TRIALS]), int(sums[r.ESTIMATED])
    lines = []
    for measure, (name, column) in SHARES.items():
        error = None if name == "short" else getattr(row, f"{name}_error")
        if error is None:
            error = math.sqrt(row.short * (1 - row.short) / trials) if trials else math.nan
        kind = kind_of(oc.design.endpoint, row.effect) if measure in (BENEFIT, ALONE) else None
        interval = wilson(float(sums[column]), trials)
        lines.append(_line(row, measure, kind, getattr(row, name), error, interval, trials))
    for measure, name in (MEANS | OF_ESTIMATE).items():
        unit = DAYS_PER_MONTH if name == "days" else 1.0
        value, error = getattr(row, name) / unit, getattr(row, f"{name}_error") / unit
        interval = (value - NORMAL_95 * error, value + NORMAL_95 * error)
        counted = trials if measure in MEANS else estimated
        lines.append(_line(row, measure, None, value, error, interval, counted))
    covered = wilson(float(sums[r.COVERED]), estimated)
    lines.append(_line(row, "coverage", None, row.coverage, row.coverage_error, covered, estimated))
    return lines


def _line(
    row: Characteristics,
    measure: str,
    kind: str | None,
    value: float,
    error: float,
    interval: tuple[float, float],
    trials: int,
) -> dict[str, Any]:
    return {
        "scenario": row.scenario.name,
        "measure": measure,
        "kind": kind,
        "value": _known(value),
        "error": _known(error),
        "low": _known(interval[0]),
        "high": _known(interval[1]),
        "trials": trials,
    }


def wilson(count: float, trials: float) -> tuple[float, float]:
    """Wilson's 95% interval for a share; nan without trials.

    References
    ----------
    Wilson (1927), J Am Stat Assoc 22:209.
    """
    if trials == 0:
        return math.nan, math.nan
    z, p = NORMAL_95, count / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(p * (1 - p) / trials + (z / (2 * trials)) ** 2) / (1 + z * z / trials)
    low, high = max(centre - half, 0.0), min(centre + half, 1.0)
    return (0.0 if count == 0 else low), (1.0 if count == trials else high)


def _look(scenario: str, look: int, at: AtLook, delayed: bool) -> dict[str, Any]:
    return {
        "scenario": scenario,
        "look": look,
        "reached": _known(at.reached.value),
        "reached_error": _known(at.reached.error),
        **{column: _known(at.stopped[reason]) for reason, column in STOPS.items()},
        "months": _known(at.day / DAYS_PER_MONTH),
        "enrolled": _known(at.enrolled),
        "known": _known(at.known),
        "pending": _known(at.enrolled - at.known) if delayed else None,
        "events": _known(at.events),
        "information": _known(at.information),
    }
