"""What z a design expects at its last look, under any truth: one rule for every caller."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy import special

from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent

from . import binary, continuous, time_to_event
from .analysis import resolved_test

if TYPE_CHECKING:
    from types import ModuleType

    from equipoise.vocabulary.endpoint import Endpoint
    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design

_LARGEST = 60.0
"""Beyond this many standard errors every trial finds what it looks for, or none does."""


def part_of(endpoint: Endpoint) -> ModuleType:
    """The module that knows the endpoint."""
    modules: dict[type, ModuleType] = {
        Binary: binary,
        Continuous: continuous,
        TimeToEvent: time_to_event,
    }
    return modules[type(endpoint)]


def expected_z(design: Design, truth: Scenario) -> float:
    """Positive in favour of treatment.

    It is that of the fixed-sample trial under the truth, times the root of the size over its size:
    so the planned truth has exactly the power that the plan gives. A trial sized by enumeration has
    no such size; there it is that of the test by normal theory.
    """
    endpoint, plan = design.endpoint, design.plan
    side = plan.alpha / plan.sided
    if isinstance(endpoint, TimeToEvent):
        return _clamped(_by_events(design, endpoint, truth, side))
    size, fixed = design.n_total, design.fixed_patients
    if fixed is None or resolved_test(endpoint, plan, design.ratio) == "fisher-exact":
        fixed = size
    at_fixed = part_of(endpoint).drift(endpoint, truth, fixed, side, design.ratio)
    return _clamped(at_fixed) * math.sqrt(size / fixed)


def _by_events(design: Design, endpoint: TimeToEvent, truth: Scenario, side: float) -> float:
    events = design.looks[-1].events
    assert events is not None
    if endpoint.formula != "lachin-foulkes" or design.fixed_events is None:
        return time_to_event.drift(endpoint, truth, events, design.ratio)
    fixed = float(special.ndtri(design.plan.target_power) - special.ndtri(side))
    distance = math.log(time_to_event.hazard_ratio(truth) / endpoint.margin)
    scale = distance / math.log(endpoint.hazard_ratio / endpoint.margin)
    return fixed * math.sqrt(events / design.fixed_events) * scale


def _clamped(drift: float) -> float:
    return min(max(drift, -_LARGEST), _LARGEST)
