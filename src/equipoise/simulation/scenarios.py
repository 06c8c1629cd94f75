"""Many scenarios at once."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from equipoise.errors import InputError
from equipoise.inputs import is_list, numbers, one_of
from equipoise.vocabulary.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence


def scenario_grid(
    control: float | Sequence[float] | None = None,
    treatment: float | Sequence[float] | None = None,
    *,
    hazard_ratio: float | Sequence[float] | None = None,
    of: Literal["risks", "means"] = "risks",
    **shared: Any,
) -> tuple[Scenario, ...]:
    """Scenarios for every combination of values, named by them.

    Parameters
    ----------
    control, treatment : float or sequence of float
        Risks, or means; the treatment's change fastest.
    hazard_ratio : float or sequence of float
        Instead of them, for a time to event.
    of : {"risks", "means"}
        What control and treatment are.
    shared
        Whatever else is alike in all of them, as :class:`equipoise.Scenario` takes it:
        `dropout_per_month`, `time_trend` and so on.

    Returns
    -------
    tuple of Scenario
        Named ``0.25 v 0.15``, or ``hazard ratio 0.7``.
    """
    one_of("of", of, ("risks", "means"))
    if hazard_ratio is not None:
        if control is not None or treatment is not None:
            raise InputError.of(
                "hazard_ratio", hazard_ratio, "stands alone", "Leave out control and treatment"
            )
        ratios = _several("hazard_ratio", hazard_ratio)
        return tuple(Scenario(name=ratio_name(r), hazard_ratio=r, **shared) for r in ratios)
    pairs = product(_several("control", control), _several("treatment", treatment))
    return tuple(
        Scenario(name=pair_name(*pair), **{of: pair}, **shared)  # type: ignore[arg-type]
        for pair in pairs
    )


def pair_name(control: float, treatment: float) -> str:
    """Of a scenario in a grid: ``0.25 v 0.15``."""
    return f"{control:g} v {treatment:g}"


def ratio_name(hazard_ratio: float) -> str:
    """Of a scenario in a grid: ``hazard ratio 0.7``."""
    return f"hazard ratio {hazard_ratio:g}"


def _several(name: str, values: Any) -> list[float]:
    given = values if is_list(values) else [values]
    made = [float(value) for value in numbers(name, given, "Give a list of numbers")]
    if len(set(made)) < len(made):
        raise InputError.of(name, values, "names a value twice", "Give each once")
    return made
