"""A design as `sample_size` returns it: it prints, exports and draws itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from equipoise.parts.analysis import resolved_test
from equipoise.vocabulary.record import record
from equipoise.vocabulary.trial import Design

from .sequential_of import as_sequential

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from equipoise.parts.rules import Rule
    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Allocation, LookBy

    from .characteristics import DesignCharacteristics
    from .group_sequential import GroupSequential
    from .scales import Scale


@record
class SizedDesign(Design):
    """A :class:`Design` with what it promises.

    `scenarios` holds the truths that a design file names.
    """

    scenarios: tuple[Scenario, ...] = ()

    def stated(
        self,
        allocation: Allocation,
        scenarios: tuple[Scenario, ...],
        *,
        look_by: LookBy | None = None,
        months: tuple[float, ...] | None = None,
        rules: tuple[Rule, ...] = (),
    ) -> SizedDesign:
        """With how patients are allocated, and the truths to look at it under.

        `look_by` is what calls a look, `months` when the looks come where that is the calendar;
        how many are enrolled by then is not planned. `rules` stand beside the boundaries.
        """
        looks = self.looks
        if months is not None:
            looks = tuple(
                replace(look, months=month, enrolled=None)
                for look, month in zip(looks, months, strict=True)
            )
        return replace(
            self,
            allocation=allocation,
            scenarios=scenarios,
            look_by=look_by,
            looks=looks,
            rules=rules,
        )

    @property
    def sequential(self) -> GroupSequential:
        """The plan, a fixed sample as one look."""
        return as_sequential(self.plan)  # type: ignore[arg-type]

    @property
    def test(self) -> str:
        """How the data are tested at a look: a key of `parts.analysis.TITLES`."""
        return resolved_test(self.endpoint, self.plan, self.ratio)

    def characteristics(
        self, scenario: Scenario | None = None, *, by: Literal["normal", "exact"] = "normal"
    ) -> DesignCharacteristics:
        """What the design does under a truth; see :func:`equipoise.characteristics`."""
        from .characteristics import characteristics

        return characteristics(self, scenario, by=by)

    def frame(self) -> pl.DataFrame:
        """One row a look: patients, events, months, boundaries, effects there, stopping chances."""
        from .design_frames import design_frame

        return design_frame(self)

    def chart(self, scale: Scale = "z") -> alt.TopLevelMixin:
        """Boundaries against information."""
        return self.sequential.chart(scale)

    def power_chart(self) -> alt.TopLevelMixin:
        """Power and expected size against the true effect, on the endpoint's scale."""
        from .design_charts import design_power_chart

        return design_power_chart(self)

    def timeline_chart(self) -> alt.TopLevelMixin:
        """Patients, and events, over calendar time; InputError where enrolment is not planned."""
        from .design_charts import timeline_chart

        return timeline_chart(self)

    def summary(self) -> str:
        """A plain-text table: sizes, boundaries and what they promise."""
        from .design_summaries import design_summary

        return design_summary(self)

    def protocol(self) -> str:
        """The paragraph for a trial protocol, with the numbers."""
        from .protocol import paragraph

        return paragraph(self)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.summary())}</pre>"
