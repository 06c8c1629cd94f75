"""From the sections of ``design.yaml`` to a plan, an endpoint and scenarios."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from equipoise.errors import InputError
from equipoise.parts.efficacy import (
    HaybittlePeto,
    NoEarlyEfficacy,
    OBrienFleming,
    Pocock,
    WangTsiatis,
)
from equipoise.parts.futility import FutilityBounds
from equipoise.parts.rule_bounds import rule_bounds
from equipoise.parts.rules import ConditionalPower, OwnRule, PredictivePower, Rule, SafetyBoundary
from equipoise.parts.spending import Spending
from equipoise.vocabulary.endpoint import Binary, Continuous, Endpoint, TimeToEvent
from equipoise.vocabulary.trial import Allocation, FixedSample

from .group_sequential import GroupSequential
from .sample_size import sample_size
from .scenarios_from_file import scenarios_of
from .stated import code_of, stated_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from equipoise.vocabulary.design_file import (
        DesignFile,
        EfficacySection,
        FutilitySection,
        LooksSection,
        RulesSection,
    )

    from .group_sequential import Efficacy, Futility
    from .scenarios_from_file import Table
    from .sized import SizedDesign

_ALPHA = 0.025

_SHARED = {"delay_days", "control", "treatment"}
_OF_KIND = {
    "binary": _SHARED | {"scale", "test"},
    "continuous": _SHARED | {"known_sd", "sd"},
    "time-to-event": {
        "formula",
        "hazard_ratio",
        "control_median_months",
        "control_hazard_per_month",
        "from_months",
        "dropout_per_month",
        "rho",
        "gamma",
        "stratified",
    },
}
"""The keys of `endpoint` and `assume` that are of some kinds of endpoint only."""
_KINDS: dict[str, tuple[Callable[..., Endpoint], tuple[str, ...]]] = {
    "binary": (Binary, ("control", "treatment")),
    "continuous": (Continuous, ("control", "treatment", "sd")),
    "time-to-event": (TimeToEvent, ("hazard_ratio",)),
}
"""How each is made, and what must be assumed."""


_PLAN = (("looks",), ("efficacy",), ("futility",), ("assume",))
_ENDPOINT = (("endpoint",), ("assume",), ("arms",))
_SIZE = (("accrual",), ("follow_up_months",), *_ENDPOINT, *_PLAN)
"""Where what may be wrong stands in the file, the likeliest first."""


def design_of(
    file: DesignFile, *, allow_code: bool = False, table: Table | None = None
) -> SizedDesign:
    """Size the design that a file states; `table` reads a file of outcomes that it names."""
    _check_looks(file)
    with stated_in(*_PLAN):
        plan = plan_of(
            file.looks, file.efficacy, file.futility, file.assume.power, allow_code=allow_code
        )
    with stated_in(*_ENDPOINT):
        endpoint = endpoint_of(file)
    allocation = _allocation(file)
    with stated_in(*_SIZE):
        design = sample_size(
            plan,
            endpoint,
            ratio=allocation.treatment_per_control,
            arms=file.arms,
            accrual=file.accrual,
            follow_up_months=file.follow_up_months,
        )
    made = design.stated(
        allocation,
        scenarios_of(file, allow_code=allow_code, table=table),
        look_by=file.looks.by,
        months=file.looks.months,
        rules=() if file.rules is None else _rules(file.rules, allow_code),
    )
    if made.rules:
        with stated_in(("rules",)):
            rule_bounds(made)
    return made


def _check_looks(file: DesignFile) -> None:
    by, survival = file.looks.by, file.endpoint.kind == "time-to-event"
    with stated_in(("looks",)):
        if by == "events" and not survival:
            raise InputError.of("by", by, "is of a time to event", "Use patients or information")
        if by == "calendar" and file.accrual is None:
            raise InputError.of("by", by, "needs an accrual", "Add `accrual`")


def _rules(section: RulesSection, allow_code: bool) -> tuple[Rule, ...]:
    makers: dict[str, Callable[..., Rule]] = {
        "conditional_power": ConditionalPower,
        "predictive_power": PredictivePower,
        "safety": SafetyBoundary,
        "own_rule": OwnRule,
    }
    made = []
    for name, make in makers.items():
        stated = getattr(section, name)
        if stated is None:
            continue
        with stated_in(("rules", name)):
            given = {row.name: getattr(stated, row.name) for row in fields(stated)}
            if "function" in given:
                given["function"] = code_of(given["function"], "function", allow_code)
            made.append(make(**given))
    return tuple(made)


def _allocation(file: DesignFile) -> Allocation:
    arms = 1 if len(file.arms) == 1 else 2
    if file.allocation is None:
        return Allocation(ratio=(1,) * arms)
    if len(file.allocation.ratio) != arms:
        raise InputError.of(
            "allocation",
            f"ratio: {list(file.allocation.ratio)}",
            f"needs a number for each arm: {arms}",
            "Give [1, 1], say" if arms == 2 else "Give [1], or leave the allocation out",
        )
    return file.allocation


def plan_of(
    looks: LooksSection,
    efficacy: EfficacySection,
    futility: FutilitySection | None,
    power: float,
    *,
    allow_code: bool = False,
) -> FixedSample | GroupSequential:
    """A fixed sample for one look without further ado, else a group-sequential plan."""
    alpha = _ALPHA if efficacy.alpha is None else efficacy.alpha
    one = looks.count == 1 or looks.information == (1.0,)
    plain = efficacy.boundary is None and efficacy.spending is None
    if one and plain and futility is None and efficacy.sided == 1:
        return FixedSample(alpha=alpha, power=power)
    return GroupSequential(
        looks=looks.count,
        information=looks.information,
        alpha=alpha,
        sided=efficacy.sided,  # type: ignore[arg-type]
        power=power,
        efficacy=_efficacy(efficacy, allow_code),
        futility=None if futility is None else _futility(futility, allow_code),
    )


def _function(name: str, allow_code: bool) -> Any:
    """A registered name, or ``module:function`` where code is allowed."""
    if ":" not in name:
        return name
    return code_of(name, "spending", allow_code)


def _efficacy(section: EfficacySection, allow_code: bool) -> Efficacy:
    if section.boundary is None:
        name = section.spending or "obrien-fleming"
        return Spending(
            _function(name, allow_code),
            gamma=section.gamma,
            rho=section.rho,
            parameters=section.parameters,
        )
    if section.boundary == "wang-tsiatis":
        if section.delta is None:
            raise InputError.of("delta", None, "is the parameter of this boundary", "Give delta")
        return WangTsiatis(section.delta)
    if section.boundary == "haybittle-peto":
        return HaybittlePeto() if section.z is None else HaybittlePeto(section.z)
    plain: dict[str, Callable[[], Efficacy]] = {
        "obrien-fleming": OBrienFleming,
        "pocock": Pocock,
        "no-early-efficacy": NoEarlyEfficacy,
    }
    return plain[section.boundary]()


def _futility(section: FutilitySection, allow_code: bool) -> Futility:
    if section.spending is not None:
        return Spending(
            _function(section.spending, allow_code),
            gamma=section.gamma,
            rho=section.rho,
            parameters=section.parameters,
            binding=section.binding,
            under=section.under or "planned effect",
            total=section.total,
        )
    return FutilityBounds(
        z=section.z,
        effect=section.effect,
        conditional_power=section.conditional_power,
        trend=section.trend is not False,
        binding=section.binding,
    )


def endpoint_of(file: DesignFile) -> Endpoint:
    """The endpoint, with what is assumed of it; InputError for what is of another kind."""
    kind = file.endpoint.kind
    made, needed = _KINDS[kind]
    others = {name for names in _OF_KIND.values() for name in names} - _OF_KIND[kind]
    given: dict[str, Any] = {}
    for section in (file.endpoint, file.assume):
        for field in fields(section):
            value = getattr(section, field.name)
            if value is None or field.name in ("kind", "power"):
                continue
            if field.name in others:
                raise InputError.of(field.name, value, f"is not of a {kind} endpoint", "Remove it")
            given[field.name] = value
    for name in needed:
        if name not in given:
            raise InputError.of(
                "assume", f"no {name}", f"a {kind} endpoint needs it", f"Add `{name}`"
            )
    if kind != "time-to-event":
        given["single_arm"] = len(file.arms) == 1
    return made(**given)
