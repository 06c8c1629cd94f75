"""How a design behaves, with Monte Carlo error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.record import record
from equipoise.vocabulary.trial import Design, Scenario

if TYPE_CHECKING:
    import altair as alt
    import polars as pl


@record
class Characteristics:
    """How a design behaves under one scenario, from `replicates` simulated trials.

    Every estimate stands beside its Monte Carlo standard error. `exact` is the same rejection
    probability by enumeration, `normal` by normal theory; `harm` is the share of trials in which
    the mirrored test, at the same level, finds the treatment worse where the trial ends.

    `stopped_benefit` and `stopped_futility` are the shares that end at each look, (K,), the last of
    the latter without benefit; `patients` is the mean number in the trial, both arms, and
    `patients_exact` the same by enumeration. `difference` is the mean observed risk difference,
    treatment minus control, at the look where the trial ends: early stopping biases it.
    """

    scenario: Scenario
    replicates: int
    benefit: float
    benefit_error: float
    harm: float
    harm_error: float
    exact: float
    exact_harm: float
    normal: float
    difference: float
    difference_error: float
    stopped_benefit: tuple[float, ...]
    stopped_futility: tuple[float, ...]
    patients: float
    patients_error: float
    patients_exact: float


@record
class OperatingCharacteristics:
    """A design under each scenario, from one seed; equal over threads and chunks, bit for bit."""

    design: Design
    seed: int
    replicates: int
    scenarios: tuple[Characteristics, ...]

    def frame(self) -> pl.DataFrame:
        """One row a scenario, as a polars data frame."""
        from .frames import frame

        return frame(self)

    def chart(self) -> alt.TopLevelMixin:
        """Power against the true difference, simulated points with Monte Carlo intervals."""
        from .charts import chart

        return chart(self)

    def summary(self) -> str:
        """A plain-text table."""
        from .frames import summary

        return summary(self)
