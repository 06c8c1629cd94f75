"""What an analysis says of each look, and of the trial at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from equipoise.vocabulary.record import record

from .analyse_measure import Measure
from .group_sequential import GroupSequential

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

Decision = Literal[
    "go on", "stop for benefit", "stop for futility", "stop for harm", "ended without benefit"
]


@record
class AnalysedLook:
    """One look made.

    Attributes
    ----------
    look : int
        From 1.
    information, amount : float
        Fraction of the planned maximum; and patients, events or ``1 / se**2`` so far.
    estimate, standard_error : float
        On the effect's own scale, never re-signed; of a ratio the error is its logarithm's. The
        estimate is nan, and the error infinite, where the data have none.
    z, p : float
        In favour of treatment, measured from the null value; nominal p, one-sided.
    score_z : float, optional
        With Fisher's exact test the score test's z, which decides futility; else z does.
    bound, futility_bound : float
        The boundaries applied. Infinite where the look could not stop. One for harm, where it was
        spent under no effect, stands as `futility_bound` too.
    decision : str
        What the boundaries say.
    repeated_interval : (float, float)
        Of the effect; its coverage holds at all looks together.
    repeated_p : float, optional
        None where the boundaries were moved to other fractions than planned and are not spent: the
        smallest alpha is not defined without a rule for them.
    conditional_power_trend, conditional_power_planned, conditional_power_none, predictive_power : \
float, optional
        Chance that a later look finds benefit under the observed trend, the planned effect, none
        (the conditional rejection probability), and averaged over a flat prior. None at the last.
    """

    look: int
    information: float
    amount: float
    estimate: float
    standard_error: float
    z: float
    p: float
    bound: float
    futility_bound: float
    decision: Decision
    repeated_interval: tuple[float, float]
    score_z: float | None = None
    repeated_p: float | None = None
    conditional_power_trend: float | None = None
    conditional_power_planned: float | None = None
    conditional_power_none: float | None = None
    predictive_power: float | None = None


@record
class Final:
    """Inference at the end of a trial, in the stage-wise order.

    Attributes
    ----------
    look : int
    p_value : float
        One-sided where the plan is, else two-sided.
    level : float
    interval : (float, float)
        Of the effect, on its own scale.
    median_unbiased : float
    naive : float
        The estimate as observed: biased where the trial could stop before.
    overrun : bool
        Whether it counts data that came after the stop, the look that stopped being deleted.
    """

    look: int
    p_value: float
    level: float
    interval: tuple[float, float]
    median_unbiased: float
    naive: float
    overrun: bool = False


@record
class Analysis:
    """A trial's data against its boundaries, look by look, as :func:`equipoise.analyse` gives it.

    Attributes
    ----------
    plan : GroupSequential
        With the boundaries of the looks made and then, unless the trial ended, of those to come.
    measure : Measure
        The effect, its null value and the test.
    looks : tuple of AnalysedLook
        Those made, the one that stopped the trial included.
    overrun : AnalysedLook, optional
        The analysis of all data that stands for the look that stopped.
    final : Final, optional
        None while the trial goes on.
    """

    plan: GroupSequential
    measure: Measure
    looks: tuple[AnalysedLook, ...]
    overrun: AnalysedLook | None = None
    final: Final | None = None

    @property
    def decision(self) -> Decision:
        """Of the last look, or of all data where some came after the stop."""
        return (self.overrun or self.looks[-1]).decision

    def frame(self) -> pl.DataFrame:
        """One row a look; what came after the stop is a row of its own."""
        from .analysis_summary import analysis_frame

        return analysis_frame(self)

    def summary(self) -> str:
        """A plain-text table: the looks, the decision, and the effect at the end."""
        from .analysis_summary import analysis_summary

        return analysis_summary(self)

    def chart(self) -> alt.TopLevelMixin:
        """The boundaries, with the observed z on them."""
        from .analysis_chart import analysis_chart

        return analysis_chart(self)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.summary())}</pre>"
