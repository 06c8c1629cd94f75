"""What a design does under a truth, by whichever method is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from equipoise.design import characteristics as deterministic
from equipoise.errors import InputError
from equipoise.simulation import simulate

if TYPE_CHECKING:
    from equipoise.design.characteristics import DesignCharacteristics
    from equipoise.simulation import OperatingCharacteristics
    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design


def characteristics(
    design: Design,
    scenario: Scenario | None = None,
    *,
    by: Literal["normal", "exact", "simulation"] = "normal",
    replicates: int | None = None,
    seed: int | None = None,
) -> DesignCharacteristics | OperatingCharacteristics:
    """Power or type I error, stopping and expected size of a design under one truth.

    Parameters
    ----------
    design : Design
    scenario : Scenario, optional
        The truth that the design is planned for, unless given.
    by : {"normal", "exact", "simulation"}
        "normal": deterministic integration of the joint normal, asymptotic for rates and survival.
        "exact": enumeration of the arms' counts, for binary outcomes of two arms and one-sided
        plans. "simulation": patient by patient, with Monte Carlo error.
    replicates, seed : int, optional
        Of simulation: 100,000 and 1 unless given.

    Raises
    ------
    InputError
        "exact" or "simulation" of an endpoint that has none.
    """
    if by != "simulation":
        for name, value in (("replicates", replicates), ("seed", seed)):
            if value is not None:
                raise InputError.of(name, value, "is of simulation", "Leave it out, or simulate")
        return deterministic.characteristics(design, scenario, by=by)
    truth = deterministic.planned(design) if scenario is None else scenario
    return simulate(
        design,
        [truth],
        replicates=100_000 if replicates is None else replicates,
        seed=1 if seed is None else seed,
    )
