"""Data at the looks of a trial: decisions, intervals and chances; at the end, the effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.errors import InputError
from equipoise.vocabulary.look_data import EstimateAtLook
from equipoise.vocabulary.trial import Design

from .analyse_checks import check_information, check_looks
from .analyse_data import statistic
from .analyse_looks import analysed_look, final_inference, lower_is_harm
from .analyse_measure import measure_given, measure_of
from .analyse_records import AnalysedLook, Analysis
from .sequential_of import as_sequential

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.look_data import LookData
    from equipoise.vocabulary.question import Direction
    from equipoise.vocabulary.trial import FixedSample

    from .analyse_measure import EffectScale, Measure
    from .group_sequential import GroupSequential


def analyse(
    design: Design | GroupSequential | FixedSample,
    looks: Sequence[LookData],
    *,
    information: Sequence[float] | None = None,
    maximum: float | None = None,
    final: bool = False,
    overrun: LookData | None = None,
    better: Direction | None = None,
    margin: float | None = None,
    scale: EffectScale | None = None,
    test: str | None = None,
) -> Analysis:
    """Analyse the looks made so far by a design's boundaries.

    Parameters
    ----------
    design : Design, GroupSequential or FixedSample
        A design of :func:`equipoise.sample_size` knows its endpoint; a bare plan needs `better`.
    looks : sequence of RatesAtLook, MeansAtLook, SurvivalAtLook or EstimateAtLook
        One kind, cumulative, in order.
    information : sequence of float, optional
        Fractions of the planned maximum observed at the looks (and at the overrun), for which the
        boundaries are made again.
    maximum : float, optional
        Planned maximum: patients, events, or ``1 / se**2``, from which the fractions follow. That
        of the design unless given; a bare plan, and bare estimates, take the planned fractions.
    final : bool
        The last of `looks` is the trial's last, though its information is below the maximum.
    overrun : look data, optional
        All data, where some came after the trial stopped. The look that stopped is deleted, and
        this analysis, at its own information, stands for it; earlier boundaries stay as they were.
    better, margin, scale, test
        Of a bare plan only. `margin` is the null value (no effect unless given), for a single arm
        the value to be bettered; `scale` "difference", "ratio", "odds ratio" or "hazard ratio";
        `test` "pooled" (score), "unpooled" or "fisher-exact" for rates, "t", "welch" or "z" for
        means, where "z" takes the observed standard deviations as known.

    Returns
    -------
    Analysis

    Notes
    -----
    z is positive in favour of treatment, and measured from the null value; estimates are never
    re-signed. Rates: the score statistic at the margin; means: the normal value with the t
    statistic's tail; survival: the log-rank statistic. Repeated intervals invert the test at the
    boundary. At the end, limits are of the stage-wise order: a limit of the mean of z is turned
    into an effect by the standard error, ``null + sign mean se`` (for ratios on the logarithm),
    with the unpooled error for rates. A stop at the first look needs no adjustment, and the limits
    invert the test.

    Fisher's exact test, one-sided, decides benefit; futility is decided by the score z, as in the
    design's exact power and in simulations, and intervals invert the score test. z is the normal
    score of Fisher's p up to 1/2; above, the score z, but at most 0.

    A lower boundary spent under no effect is one for harm.

    References
    ----------
    Jennison & Turnbull (2000), Group Sequential Methods, chapters 8 and 9. Overrun: Whitehead
    (1992), Control Clin Trials 13:106, by deletion. Validation:
    docs/reference/validation.md#group-sequential
    """
    given = check_looks(looks, overrun)
    measure = _measure(design, looks[0], better, margin, scale, test)
    plan = as_sequential(design.plan if isinstance(design, Design) else design)  # type: ignore[arg-type]
    if measure.test == "fisher-exact" and plan.sided == 2:
        raise InputError.of(
            "sided", 2, "Fisher's exact test is one-sided here", "Use sided=1 with half the alpha"
        )
    amounts = [look.amount for look in given]
    if information is None and maximum is None and plan.looks > 1:
        maximum = _planned_maximum(design, looks[0])
    fractions = check_information(plan, amounts, len(looks), information, maximum)
    plans = _plans(plan, fractions, len(looks), final)
    analysed: list[AnalysedLook] = []
    for data, now in zip(looks, plans, strict=True):
        _check_open(analysed, now)
        analysed.append(analysed_look(plan, now, len(analysed) + 1, data, measure))
    if overrun is not None:
        return _overrun(plan, plans[-1], analysed, overrun, measure, amounts, fractions)
    end = None
    if analysed[-1].decision != "go on":
        end = final_inference(plans[-1], len(looks), statistic(looks[-1], measure))
    return Analysis(plan=plans[-1], measure=measure, looks=tuple(analysed), final=end)


def _planned_maximum(
    design: Design | GroupSequential | FixedSample, data: LookData
) -> float | None:
    """Events, or patients, at the last look of a design; a bare plan counts neither."""
    if not isinstance(design, Design) or isinstance(data, EstimateAtLook):
        return None
    last = design.looks[-1]
    return design.n_total if last.events is None else last.events


def _measure(
    design: Design | GroupSequential | FixedSample,
    data: LookData,
    better: Direction | None,
    margin: float | None,
    scale: EffectScale | None,
    test: str | None,
) -> Measure:
    if not isinstance(design, Design):
        return measure_given(data, better, margin, scale, test)
    for name, value in (("better", better), ("margin", margin), ("scale", scale), ("test", test)):
        if value is not None:
            raise InputError.of(name, value, "is the design's to say", "Leave it out")
    return measure_of(design, data)


def _plans(
    plan: GroupSequential, fractions: list[float] | None, made: int, final: bool
) -> list[GroupSequential]:
    """The boundaries as they stood at each look."""
    if fractions is None:
        now = [plan] * made
        if final and made < plan.looks:
            now[-1] = plan.update(plan.information[:made].tolist(), final=True)
        return now
    return [plan.update(fractions[:k], final=final and k == made) for k in range(1, made + 1)]


def _check_open(analysed: list[AnalysedLook], plan: GroupSequential) -> None:
    """After a stop there is no look; a lower boundary that does not bind may be overruled."""
    if not analysed or analysed[-1].decision == "go on":
        return
    before = analysed[-1]
    lower = before.decision == "stop for futility" or (
        before.decision == "stop for harm" and lower_is_harm(plan)
    )
    if lower and not plan.binding:
        return
    raise InputError.of(
        "looks",
        f"look {before.look + 1}",
        f"comes after look {before.look}, which says: {before.decision}",
        "Give data that came after the stop as `overrun`",
    )


def _overrun(
    planned: GroupSequential,
    plan: GroupSequential,
    analysed: list[AnalysedLook],
    data: LookData,
    measure: Measure,
    amounts: list[float],
    fractions: list[float] | None,
) -> Analysis:
    """Whitehead's deletion method."""
    look, stopped = len(analysed), analysed[-1]
    if stopped.decision == "go on":
        raise InputError.of(
            "overrun", data, "comes after a stop, and the trial goes on", "Give it as a look"
        )
    here = stopped.information * amounts[-1] / amounts[-2]
    if fractions is not None and len(fractions) > look:
        here = fractions[-1]
    before = [row.information for row in analysed[:-1]]
    used = [row.bound for row in analysed[:-1]]
    plan = planned.update([*before, here], final=True, used=used or None)
    row = analysed_look(planned, plan, look, data, measure)
    end = final_inference(plan, look, statistic(data, measure), overrun=True)
    return Analysis(plan=plan, measure=measure, looks=tuple(analysed), overrun=row, final=end)
