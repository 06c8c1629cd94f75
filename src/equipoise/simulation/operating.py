"""How a design behaves, with Monte Carlo error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from equipoise.errors import InputError
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design

    from .job import Job
    from .replay import Replay
    from .totals import Totals


class Estimate(NamedTuple):
    """A value from simulated trials and its Monte Carlo standard error; nan where there is none."""

    value: float
    error: float


class Quantile(NamedTuple):
    """An order statistic and the order statistics that bound it with 95% confidence."""

    value: float
    low: float
    high: float


@record
class AtLook:
    """A look over the trials that reach it.

    Attributes
    ----------
    reached : Estimate
        Share of the trials that reach the look.
    stopped : dict
        Share of all trials that end here, by reason, see
        :data:`equipoise.numerics.trials.decisions.REASONS`.
    day, enrolled, known, events, information : float
        Means over the trials that reach it: the day, patients enrolled and those whose outcome is
        known (of a survival trial: all who are enrolled), events (of means: nothing), information
        as a fraction of the planned.
    """

    reached: Estimate
    stopped: dict[str, float]
    day: float
    enrolled: float
    known: float
    events: float
    information: float


@record
class Characteristics:
    """How a design behaves under one scenario, from `replicates` simulated trials.

    Attributes
    ----------
    benefit : float
        Share of the trials that find benefit, as the trial is run: power, or type I error.
    benefit_alone : float
        The same of the efficacy boundary alone: every other rule ignored, each trial goes on until
        that boundary is crossed or the last look is over.
    harm : float
        Share in which the result lies at or beyond the mirrored benefit boundary where the trial
        ends, or that stop for harm.
    patients, known, events, days : float
        Means at the end: patients enrolled, those whose outcome is known, events, days since the
        start of enrolment; nan where there is no calendar, or an endpoint without events.
    estimate, bias, rmse, coverage : float
        Of the estimate where the trial ends, as if it had not been looked at before: its mean, its
        mean error, the root of its mean square error, and the share of intervals at the level of
        the test that cover the truth. On the scale of the estimate: a difference, or the logarithm
        of a ratio; nan where the scenario has no one true effect.
    short : float
        Share whose last look had less information than planned, since no more was to come.
    failed : int
        Trials that failed; they count nowhere else.
    looks : tuple of AtLook
    exact, exact_harm, exact_patients : float, optional
        By enumeration, where the design and the scenario allow it.
    normal : float, optional
        Benefit by normal theory, where there is one.

    Each of `benefit` to `coverage` has a Monte Carlo standard error beside it, as `benefit_error`.
    """

    scenario: Scenario
    replicates: int
    benefit: float
    benefit_error: float
    benefit_alone: float
    benefit_alone_error: float
    harm: float
    harm_error: float
    patients: float
    patients_error: float
    known: float
    known_error: float
    events: float
    events_error: float
    days: float
    days_error: float
    estimate: float
    estimate_error: float
    effect: float
    bias: float
    bias_error: float
    rmse: float
    rmse_error: float
    coverage: float
    coverage_error: float
    short: float
    failed: int
    looks: tuple[AtLook, ...]
    exact: float | None = None
    exact_harm: float | None = None
    exact_patients: float | None = None
    normal: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingCharacteristics:
    """A design under each scenario, from one seed; equal over threads, chunks and processes.

    Attributes
    ----------
    design : Design
    truths : tuple of Scenario
    seed, replicates : int
    scenarios : tuple of Characteristics
    """

    design: Design
    truths: tuple[Scenario, ...]
    seed: int
    replicates: int
    scenarios: tuple[Characteristics, ...]
    job: Job = field(repr=False, compare=False)
    totals: Totals = field(repr=False, compare=False)

    def __getitem__(self, name: str) -> Characteristics:
        """The characteristics under the scenario of that name."""
        return self.scenarios[self.index(name)]

    def index(self, scenario: str | int) -> int:
        """Position of a scenario, given by name or position; InputError where there is none."""
        names = [row.name for row in self.truths]
        if isinstance(scenario, str) and scenario in names:
            return names.index(scenario)
        if isinstance(scenario, int) and 0 <= scenario < len(names):
            return scenario
        raise InputError.of(
            "scenario", scenario, f"is not one of {', '.join(names)}", "Name one of them"
        )

    def quantile(self, scenario: str | int, share: float, of: str = "patients") -> Quantile:
        """A quantile over the trials of a scenario, exact but for the sampling of trials.

        Parameters
        ----------
        share : float
            In (0, 1).
        of : {"patients", "days"}
            Patients enrolled at the end, or whole days begun since the start of enrolment.
        """
        from .summarise import quantile

        return quantile(self, self.index(scenario), share, of)

    def difference(self, scenario: str | int, other: str | int, of: str = "benefit") -> Estimate:
        """One scenario less another, with a paired Monte Carlo error: they share random numbers.

        `of` is "benefit" or "patients".
        """
        from .summarise import difference

        return difference(self, self.index(scenario), self.index(other), of)

    def replay(self, scenario: str | int, replicate: int) -> Replay:
        """One simulated trial again, look by look and patient by patient."""
        from .replay import replay

        return replay(self, self.index(scenario), replicate)

    def frame(self) -> pl.DataFrame:
        """One row a scenario, as a polars data frame."""
        from .frames import frame

        return frame(self)

    def measures(self) -> pl.DataFrame:
        """One row a scenario and measure: value, Monte Carlo error, and an interval.

        Type I error and power are two rows each: as run, and by the efficacy boundary alone.
        """
        from .frames import measures

        return measures(self)

    def looks(self) -> pl.DataFrame:
        """One row a scenario and look: who reaches it, when, and why trials stop there."""
        from .frames import looks

        return looks(self)

    def chart(self) -> alt.TopLevelMixin:
        """Why and when trials stop, by scenario."""
        from .charts import chart

        return chart(self)

    def power_chart(self) -> alt.TopLevelMixin:
        """Chance of finding benefit against the true effect, with Monte Carlo intervals."""
        from .charts import power_chart

        return power_chart(self)

    def summary(self) -> str:
        """A plain-text table."""
        from .summaries import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.summary())}</pre>"
