"""A sized design as JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from equipoise.design.by_events import Enrolment
from equipoise.design.characteristics import characteristics
from equipoise.design.design_frames import design_frame, promises
from equipoise.parts.analysis import TITLES
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.vocabulary.trial import FixedSample

if TYPE_CHECKING:
    from equipoise.design.characteristics import DesignCharacteristics
    from equipoise.design.sized import SizedDesign
    from equipoise.vocabulary.scenario import Scenario

SCHEMA = "equipoise/design/1"


def design_dict(design: SizedDesign) -> dict[str, Any]:
    """The design as plain values; null for what it does not say and for what is infinite."""
    made = promises(design)
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "arms": list(design.arms),
        "ratio": design.ratio,
        "endpoint": _endpoint(design),
        "assumptions": _assumptions(design),
        "test": {"id": design.test, "title": TITLES[design.test]},
        "plan": _plan(design),
        "alpha": design.plan.alpha,
        "sided": design.plan.sided,
        "power": {"target": design.plan.target_power, "reached": design.power, "by": made.by},
        "fixed": {"patients": design.fixed_patients, "events": design.fixed_events},
        "allocation": _allocation(design),
        "enrolment": _enrolment(design),
        "looks": [_look(row) for row in design_frame(design).iter_rows(named=True)],
        "type_i_error": {
            "efficacy_only": made.efficacy_only,
            "as_run": made.as_run,
            "by": made.by,
        },
        "expected": {
            "no_effect": _under(design, made.null),
            "planned": _under(design, made.planned),
        },
        "scenarios": [
            {
                "name": truth.name,
                **_under(design, characteristics(design, truth, by=made.by)),
            }
            for truth in design.scenarios
            if truth.plain
        ],
    }
    return {name: _finite(value) for name, value in found.items()}


def design_json(design: SizedDesign) -> str:
    """The same as text."""
    return json.dumps(design_dict(design), indent=2, ensure_ascii=False, allow_nan=False)


def _endpoint(design: SizedDesign) -> dict[str, Any]:
    endpoint = design.endpoint
    kinds = {Binary: "binary", Continuous: "continuous", TimeToEvent: "time-to-event"}
    scale = {Continuous: "difference", TimeToEvent: "hazard ratio"}
    return {
        "kind": kinds[type(endpoint)],
        "name": endpoint.name,
        "better": endpoint.better,
        "scale": endpoint.scale if isinstance(endpoint, Binary) else scale[type(endpoint)],
        "margin": endpoint.margin,
        "effect": endpoint.effect,
        "delay_days": endpoint.delay_days,
        "single_arm": endpoint.single_arm,
    }


def _assumptions(design: SizedDesign) -> dict[str, Any]:
    """What each kind of endpoint assumes, under the names of design.yaml."""
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        return {
            "hazard_ratio": endpoint.hazard_ratio,
            "control_hazard_per_month": list(endpoint.hazards),
            "from_months": list(endpoint.from_months),
            "dropout_per_month": list(endpoint.dropouts),
            "formula": endpoint.formula,
        }
    shared = {"control": endpoint.control, "treatment": endpoint.treatment}
    if isinstance(endpoint, Binary):
        return shared
    sd = endpoint.sd if isinstance(endpoint.sd, tuple) else (endpoint.sd,) * len(design.arms)
    return {**shared, "sd": list(sd), "known_sd": endpoint.known_sd}


def _plan(design: SizedDesign) -> dict[str, Any]:
    plan = design.sequential
    fixed = isinstance(design.plan, FixedSample)
    return {
        "kind": "fixed" if fixed else "group-sequential",
        "efficacy": None if fixed else plan.efficacy.name,
        "futility": None if plan.futility is None else plan.futility.name,
        "binding": None if plan.futility is None else plan.binding,
    }


def _allocation(design: SizedDesign) -> dict[str, Any] | None:
    if design.allocation is None:
        return None
    stated = design.allocation
    return {
        "kind": stated.kind,
        "ratio": list(stated.ratio),
        "sizes": list(stated.sizes),
        "stratified": stated.stratified,
    }


def _enrolment(design: SizedDesign) -> dict[str, Any] | None:
    """Time to event: how many patients, and for how long."""
    if design.enrolment is None:
        return None
    enrolment = Enrolment(*design.enrolment)
    return {"patients": enrolment.patients, "months": float(enrolment.edges[-1])}


def _look(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("look", "information", "events", "months", "efficacy_z", "efficacy_p",
            "efficacy_effect", "futility_z", "futility_effect", "alpha_spent")  # fmt: skip
    patients = [row["patients_control"], row["patients_treatment"]]
    found = {name: row[name] for name in kept}
    found["patients"] = [count for count in patients if count is not None]
    found["stopping"] = {
        name: {
            "benefit": row[f"stop_efficacy_{column}"],
            "futility": row[f"stop_futility_{column}"],
            "harm": row[f"stop_harm_{column}"],
        }
        for name, column in (("no_effect", "null"), ("planned", "planned"))
    }
    return found


def _under(design: SizedDesign, found: DesignCharacteristics) -> dict[str, Any]:
    """One truth: benefit is the chance of finding it, on the side of benefit only."""
    survival = isinstance(design.endpoint, TimeToEvent)
    return {
        "truth": _truth(found.scenario),
        "benefit": found.power,
        "benefit_futility_ignored": found.efficacy_only,
        "patients": None if survival else found.expected_patients,
        "events": found.expected_events,
        "months": found.expected_months,
    }


def _truth(truth: Scenario) -> dict[str, Any]:
    return {
        "risks": None if truth.risks is None else list(truth.risks),
        "means": None if truth.means is None else list(truth.means),
        "hazard_ratio": truth.hazard_ratio,
    }


def _finite(value: Any) -> Any:
    """Without nan and infinities, however deep they stand."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
