"""From the sections of ``design.yaml`` to a plan, an endpoint and scenarios."""

from __future__ import annotations

from importlib import import_module
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
from equipoise.parts.spending import Spending
from equipoise.vocabulary.endpoint import Binary, Continuous, Endpoint, TimeToEvent
from equipoise.vocabulary.trial import FixedSample, Scenario

from .group_sequential import GroupSequential
from .sample_size import sample_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from equipoise.vocabulary.design_file import (
        AssumeSection,
        DesignFile,
        EfficacySection,
        FutilitySection,
        LooksSection,
    )

    from .group_sequential import Efficacy, Futility
    from .sized import SizedDesign

_ALPHA = 0.025


def design_of(file: DesignFile, *, allow_code: bool = False) -> SizedDesign:
    """Size the design that a file states."""
    plan = plan_of(
        file.looks, file.efficacy, file.futility, file.assume.power, allow_code=allow_code
    )
    design = sample_size(
        plan,
        endpoint_of(file),
        ratio=file.allocation.treatment_per_control,
        arms=file.arms,
        accrual=file.accrual,
        follow_up_months=file.follow_up_months,
    )
    return design.stated(file.allocation, scenarios_of(file))


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
    count = looks.count if looks.information is None else len(looks.information)
    plain = efficacy.boundary is None and efficacy.spending is None
    if count == 1 and plain and futility is None and efficacy.sided == 1:
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
    if not allow_code:
        raise InputError.of(
            "spending",
            name,
            "names code of its own, which a file may not run",
            "Read it with allow_code=True if you trust it, or name a registered function",
        )
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise InputError.of("spending", name, str(error), "Give module:function") from error


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
        )
    return FutilityBounds(
        z=section.z,
        effect=section.effect,
        conditional_power=section.conditional_power,
        trend=section.trend,
        binding=section.binding,
    )


def _needed(assume: AssumeSection, name: str, kind: str) -> Any:
    value = getattr(assume, name)
    if value is None:
        raise InputError.of("assume", f"no {name}", f"a {kind} endpoint needs it", f"Add `{name}`")
    return value


def endpoint_of(file: DesignFile) -> Endpoint:
    """The endpoint, with what is assumed of it."""
    section, assume = file.endpoint, file.assume
    shared: dict[str, Any] = {"name": section.name}
    if section.better is not None:
        shared["better"] = section.better
    single = len(file.arms) == 1
    if section.kind == "time-to-event":
        return TimeToEvent(
            hazard_ratio=_needed(assume, "hazard_ratio", section.kind),
            control_hazard_per_month=assume.control_hazard_per_month,
            control_median_months=assume.control_median_months,
            from_months=assume.from_months,
            dropout_per_month=assume.dropout_per_month,  # type: ignore[arg-type]
            margin=1.0 if section.margin is None else section.margin,
            formula=section.formula,
            **shared,
        )
    shared |= {
        "control": _needed(assume, "control", section.kind),
        "treatment": _needed(assume, "treatment", section.kind),
        "delay_days": section.delay_days,
        "single_arm": single,
    }
    if section.kind == "continuous":
        return Continuous(
            sd=_needed(assume, "sd", section.kind),
            margin=section.margin or 0.0,
            known_sd=section.known_sd,
            **shared,
        )
    return Binary(margin=section.margin, scale=section.scale, test=section.test, **shared)


def scenarios_of(file: DesignFile) -> tuple[Scenario, ...]:
    """The named truths of the file: pairs of risks or of means, or hazard ratios."""
    made = []
    for name, given in (file.scenarios or {}).items():
        values = given if isinstance(given, tuple) else (given,)
        if file.endpoint.kind == "time-to-event":
            if len(values) != 1:
                raise InputError.of("scenarios", given, "needs one hazard ratio", "Give one number")
            made.append(Scenario(name=name, hazard_ratio=values[0]))
            continue
        if len(values) != 2:
            raise InputError.of("scenarios", given, "needs a value for each arm", "Control first")
        pair = (values[0], values[1])
        if file.endpoint.kind == "binary":
            made.append(Scenario(name=name, risks=pair))
        else:
            made.append(Scenario(name=name, means=pair))
    return tuple(made)
