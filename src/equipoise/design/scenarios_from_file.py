"""The truths that a ``design.yaml`` names."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from equipoise.errors import InputError
from equipoise.inputs import number
from equipoise.vocabulary.scenario import Empirical, OwnOutcome, Prior, Scenario, Stratum

from .stated import code_of, stated_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from equipoise.vocabulary.design_file import (
        DesignFile,
        OutcomesSection,
        PriorSection,
        ScenarioSection,
        StratumSection,
    )

    Table = Callable[[str], tuple[tuple[float, ...], tuple[float, ...]]]

_FITS = {
    "binary": ("risks", "outcomes"),
    "continuous": ("means", "outcomes"),
    "time-to-event": ("hazard_ratio", "survival", "outcomes"),
}
"""What states a truth, by kind of endpoint."""
_STATES = ("risks", "means", "hazard_ratio", "survival", "outcomes")
_PARAMETERS = {
    "beta": "two shapes",
    "normal": "mean and standard deviation",
    "lognormal": "mean and standard deviation of the logarithm",
    "uniform": "the lowest and the highest value",
    "gamma": "shape and scale",
}
"""Distributions of a prior, and their two parameters."""


def scenarios_of(
    file: DesignFile, *, allow_code: bool = False, table: Table | None = None
) -> tuple[Scenario, ...]:
    """The named truths of the file; `table` reads a file of outcomes that it names."""
    made = []
    for name, section in file.scenarios.items():
        place = ("scenarios", name)
        with stated_in(place):
            _check_kind(section, file.endpoint.kind, place)
            made.append(_scenario(name, section, allow_code, table))
            _check_adverse(made[-1], file)
    return tuple(made)


def _scenario(
    name: str, section: ScenarioSection, allow_code: bool, table: Table | None
) -> Scenario:
    place = ("scenarios", name)
    strata = tuple(
        _stratum(row, (*place, "strata", i), allow_code, table)
        for i, row in enumerate(section.strata)
    )
    return Scenario(
        name=name,
        **_truth(section, place, allow_code, table),
        strata=strata,
        prior=None if section.prior is None else _prior(section.prior, (*place, "prior")),
        dropout_per_month=_one_or_pair("dropout_per_month", section.dropout_per_month),
        accrual=section.accrual,
        time_trend=section.time_trend,
        adverse_risks=_pair("adverse_risks", section.adverse_risks),
    )


def _stratum(
    section: StratumSection, place: tuple[str | int, ...], allow_code: bool, table: Table | None
) -> Stratum:
    with stated_in(place):
        return Stratum(
            name=section.name,
            prevalence=section.prevalence,
            **_truth(section, place, allow_code, table),
        )


def _truth(
    section: ScenarioSection | StratumSection,
    place: tuple[str | int, ...],
    allow_code: bool,
    table: Table | None,
) -> dict[str, Any]:
    """The fields that a scenario and a stratum share."""
    outcomes = None
    if section.outcomes is not None:
        with stated_in((*place, "outcomes")):
            outcomes = _outcomes(section.outcomes, allow_code, table)
    return {
        **{name: _pair(name, getattr(section, name)) for name in ("risks", "means", "sds")},
        "hazard_ratio": section.hazard_ratio,
        "from_months": section.from_months,
        "survival": _pair("survival", section.survival),
        "outcomes": outcomes,
    }


def _pair(name: str, values: tuple[Any, ...] | None) -> Any:
    if values is not None and len(values) != 2:
        raise InputError.of(name, list(values), "needs a value for each arm", "Control first")
    return values


def _one_or_pair(name: str, values: Any) -> Any:
    return _pair(name, values) if isinstance(values, tuple) else values


def _outcomes(
    section: OutcomesSection, allow_code: bool, table: Table | None
) -> Empirical | OwnOutcome:
    if section.table is not None:
        if table is None:
            raise InputError.of("table", section.table, "is read from a file only", "Use a file")
        control, treatment = table(section.table)
        return Empirical(control=control, treatment=treatment)
    assert section.function is not None
    return OwnOutcome(
        function=code_of(section.function, "function", allow_code),
        parameters=section.parameters,
        effect=section.effect,
    )


def _prior(section: PriorSection, place: tuple[str | int, ...]) -> Prior:
    given: dict[str, Any] = {}
    for name in ("risks", "means"):
        values = getattr(section, name)
        if values is not None:
            with stated_in((*place, name)):
                given[name] = tuple(map(_entry, _pair(name, values)))
    if section.hazard_ratio is not None:
        with stated_in((*place, "hazard_ratio")):
            given["hazard_ratio"] = _entry(section.hazard_ratio)
    with stated_in(place):
        return Prior(**given)


def _entry(value: Any) -> Any:
    """A number, or a distribution as ``{beta: [3, 9]}``."""
    if not isinstance(value, dict):
        return _number("prior", value)
    name, values = next(iter(value.items()), ("", None))
    if len(value) != 1 or name not in _PARAMETERS:
        raise InputError.of(
            "prior",
            ", ".join(value),
            f"must be one of {', '.join(_PARAMETERS)}",
            "Name one, with its two parameters, as beta: [3, 9]",
        )
    if not isinstance(values, list) or len(values) != 2:
        raise InputError.of(
            name, values, f"takes {_PARAMETERS[name]}", "Give two numbers in a list"
        )
    return _distribution(name, *(_number(name, part) for part in values))


def _number(name: str, value: Any) -> float:
    """A number, which in a file is text."""
    try:
        return number(name, float(value), "Give a number")
    except (TypeError, ValueError) as error:
        raise InputError.of(name, value, "must be a number", "Use a decimal point") from error


def _distribution(name: str, first: float, second: float) -> Any:
    from scipy import stats  # heavy, and seldom needed

    low = name == "uniform" and second <= first
    if low or (name != "uniform" and second <= 0) or (name in ("beta", "gamma") and first <= 0):
        raise InputError.of(
            name, [first, second], f"takes {_PARAMETERS[name]}, in their range", "Correct them"
        )
    makers: dict[str, Callable[[], Any]] = {
        "beta": lambda: stats.beta(first, second),
        "normal": lambda: stats.norm(first, second),
        "lognormal": lambda: stats.lognorm(second, scale=math.exp(first)),
        "uniform": lambda: stats.uniform(first, second - first),
        "gamma": lambda: stats.gamma(first, scale=second),
    }
    return makers[name]()


def _check_kind(section: ScenarioSection, kind: str, place: tuple[str | int, ...]) -> None:
    """InputError for a truth that is of another kind of endpoint."""
    takes = _FITS[kind]
    rows: list[tuple[Any, tuple[str | int, ...]]] = [(section, place)]
    rows += [(row, (*place, "strata", i)) for i, row in enumerate(section.strata)]
    if section.prior is not None:
        rows.append((section.prior, (*place, "prior")))
    for row, where in rows:
        for name in _STATES:
            given = getattr(row, name, None)
            if name not in takes and given is not None:
                with stated_in(where):
                    raise InputError.of(
                        name,
                        given,
                        f"is not of a {kind} endpoint, which takes {' or '.join(takes)}",
                        "Give what fits the endpoint",
                    )


def _check_adverse(scenario: Scenario, file: DesignFile) -> None:
    if file.rules is None or file.rules.safety is None or scenario.adverse_risks is not None:
        return
    raise InputError.of(
        "adverse_risks", None, "are needed by the safety rule", "Give both arms' risks"
    )
