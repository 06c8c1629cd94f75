"""Operating characteristics as JSON; the schema is docs/reference/simulation.schema.json."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from equipoise.numerics.trials.decisions import REASONS
from equipoise.parts.analysis import resolved_test
from equipoise.simulation.job import interval_level, look_by
from equipoise.simulation.totals import PAIRED
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.vocabulary.scenario import Empirical, OwnOutcome

if TYPE_CHECKING:
    from equipoise.simulation.operating import (
        AtLook,
        Characteristics,
        OperatingCharacteristics,
    )
    from equipoise.vocabulary.scenario import Prior, Scenario
    from equipoise.vocabulary.trial import Design, PlannedLook

SCHEMA = "equipoise/simulation/1"
_WITH_ERRORS = (
    "benefit", "benefit_alone", "harm", "patients", "known", "events", "days", "estimate", "bias",
    "rmse", "coverage",
)  # fmt: skip
_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


def simulation_dict(oc: OperatingCharacteristics) -> dict[str, Any]:
    """The results as plain values; null for what there is not."""
    found = {
        "schema": SCHEMA,
        "seed": oc.seed,
        "replicates": oc.replicates,
        "design": _design(oc.design),
        "interval_level": interval_level(oc.design),
        "scenarios": [_scenario(oc, s) for s in range(len(oc.scenarios))],
        "differences": _differences(oc),
    }
    return {name: _finite(value) for name, value in found.items()}


def simulation_json(oc: OperatingCharacteristics) -> str:
    """The same as text."""
    return json.dumps(simulation_dict(oc), indent=2, ensure_ascii=False, allow_nan=False)


def _design(design: Design) -> dict[str, Any]:
    """What was simulated; `equipoise design --json` says how it was sized."""
    endpoint = design.endpoint
    kinds = {Binary: "binary", Continuous: "continuous", TimeToEvent: "time-to-event"}
    return {
        "arms": list(design.arms),
        "endpoint": {
            "kind": kinds[type(endpoint)],
            "name": endpoint.name,
            "better": endpoint.better,
            "delay_days": endpoint.delay_days,
        },
        "estimate": _estimated(design),
        "test": resolved_test(endpoint, design.plan, design.ratio),
        "alpha": design.plan.alpha,
        "sided": design.plan.sided,
        "look_by": look_by(design),
        "looks": [_planned(look) for look in design.looks],
        "rules": [{"kind": type(rule).__name__, **_plain(rule)} for rule in design.rules],
        "allocation": None if design.allocation is None else _plain(design.allocation),
        "accrual": None if design.accrual is None else _plain(design.accrual),
    }


def _estimated(design: Design) -> str:
    """The scale of the estimates."""
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        return "log hazard ratio"
    scale = endpoint.scale if isinstance(endpoint, Binary) else "difference"
    return scale if scale == "difference" else f"log {scale}"


def _planned(look: PlannedLook) -> dict[str, Any]:
    return {
        "information": look.information,
        "patients": list(look.patients),
        "events": look.events,
        "months": look.months,
        "efficacy_z": look.efficacy_z,
        "futility_z": look.futility_z,
    }


def _scenario(oc: OperatingCharacteristics, s: int) -> dict[str, Any]:
    row = oc.scenarios[s]
    trials = row.replicates - row.failed
    return {
        "name": row.scenario.name,
        "truth": _truth(row.scenario),
        "trials": trials,
        "failed": row.failed,
        **{name: _estimate(row, name) for name in _WITH_ERRORS},
        "effect": row.effect,
        "short": _share(row.short, trials),
        "quantiles": _quantiles(oc, s),
        "exact": None if row.exact is None else _exact(row),
        "normal": row.normal,
        "looks": [_look(k, look, trials) for k, look in enumerate(row.looks)],
    }


def _estimate(row: Characteristics, name: str) -> dict[str, float] | None:
    value = float(getattr(row, name))
    error = float(getattr(row, f"{name}_error"))
    return None if math.isnan(value) else {"value": value, "error": error}


def _share(value: float, trials: int) -> dict[str, float] | None:
    """Of all trials, with its error."""
    if math.isnan(value) or not trials:
        return None
    return {"value": value, "error": math.sqrt(max(value * (1 - value), 0.0) / trials)}


def _exact(row: Characteristics) -> dict[str, Any]:
    return {"benefit": row.exact, "harm": row.exact_harm, "known": row.exact_patients}


def _quantiles(oc: OperatingCharacteristics, s: int) -> dict[str, Any]:
    """Of patients enrolled and of days; null without a calendar, or without a trial."""
    made: dict[str, Any] = {"patients": None, "days": None}
    if oc.scenarios[s].failed >= oc.replicates:
        return made
    for of in ("patients", "days"):
        if of == "patients" or oc.job.calendar:
            rows = [(share, oc.quantile(s, share, of)) for share in _SHARES]
            made[of] = [{"share": share, **found._asdict()} for share, found in rows]
    return made


def _look(k: int, look: AtLook, trials: int) -> dict[str, Any]:
    means = ("day", "enrolled", "known", "events", "information")
    return {
        "look": k + 1,
        "reached": _share(look.reached.value, trials),
        "stopped": {reason: _share(look.stopped[reason], trials) for reason in REASONS[1:]},
        "means": {name: float(getattr(look, name)) for name in means},
    }


def _differences(oc: OperatingCharacteristics) -> list[dict[str, Any]]:
    """Each scenario less the first, with paired errors; none where these are not kept."""
    if len(oc.truths) > PAIRED or any(row.failed for row in oc.scenarios):
        return []
    return [
        {
            "scenario": oc.truths[s].name,
            "less": oc.truths[0].name,
            **{of: oc.difference(s, 0, of)._asdict() for of in ("benefit", "patients")},
        }
        for s in range(1, len(oc.truths))
    ]


def _truth(scenario: Scenario) -> dict[str, Any]:
    """What is assumed, under the names of design.yaml."""
    found: dict[str, Any] = _plain(scenario)
    del found["name"]
    found["prior"] = None if scenario.prior is None else _prior(scenario.prior)
    return found


def _prior(prior: Prior) -> dict[str, Any]:
    """Each entry a number, or a distribution's name with its parameters."""
    return {
        name: None if value is None else [_entry(part) for part in value]
        for name, value in (
            ("risks", prior.risks),
            ("means", prior.means),
            ("hazard_ratio", None if prior.hazard_ratio is None else (prior.hazard_ratio,)),
        )
    }


def _entry(value: Any) -> float | str:
    if not hasattr(value, "ppf"):
        return float(value)
    name = getattr(getattr(value, "dist", None), "name", type(value).__name__)
    given = [f"{part:g}" for part in getattr(value, "args", ())]
    given += [f"{key}={part:g}" for key, part in getattr(value, "kwds", {}).items()]
    return f"{name}({', '.join(given)})"


def _plain(value: Any) -> Any:
    """Records, tuples and functions as what JSON has."""
    if isinstance(value, Empirical):
        return {"rows": len(value.control), "function": None, "parameters": None}
    if isinstance(value, OwnOutcome):
        return {
            "rows": None,
            "function": _name(value.function),
            "parameters": list(value.parameters),
        }
    if is_dataclass(value) and not isinstance(value, type):
        return {row.name: _plain(getattr(value, row.name)) for row in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return _name(value) if callable(value) else value


def _name(function: Any) -> str:
    """Of a function: ``module:name``."""
    plain = getattr(function, "py_func", function)
    return f"{plain.__module__}:{getattr(plain, '__qualname__', type(plain).__name__)}"


def _finite(value: Any) -> Any:
    """Without nan and infinities, however deep they stand."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
