"""What the count alone supports, and what it supports against matched cohorts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from equipoise import methods
from equipoise.numerics.binomial import (
    beta_binomial_tail,
    beta_interval,
    clopper_pearson,
    failures_tolerated,
    rate_reaching,
)
from equipoise.numerics.comparison import (
    LogitMixture,
    probability_better,
    tipping_shift,
)
from equipoise.numerics.new_series import MU_SD
from equipoise.numerics.random_effects import posterior
from equipoise.numerics.rates import rate_ratio, rate_ratio_from_proportions, risk_ratio
from equipoise.vocabulary.appraisal import BiasAdjusted, Dramatic
from equipoise.vocabulary.figure import Figure
from equipoise.wording import percent, percent_range, plural, probability, ratio

from .natural_course import TAU_SCALES, good_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.appraisal import NaturalCourse
    from equipoise.vocabulary.claim import ClaimedOutcome
    from equipoise.vocabulary.evidence import Cohort
    from equipoise.vocabulary.question import Outcome

REFERENCE_RATES = (0.5, 0.7, 0.8)
"""Untreated rates for which unreported failures are counted."""

BIAS_MEAN, BIAS_SD = 1.0, 1.0
"""Bias allowed for when a series meets an external control: log odds ~ normal(1, 1)."""

ROBUST_WEIGHT, ROBUST_SD = 0.2, 2.0
"""Share of a vague prior, normal(0, 2) on the logit, beside the cohorts; Schmidli et al. (2014)."""

DRAMATIC = 10.0
"""Glasziou et al. (2007), BMJ 334:349: rate ratios beyond this are hard to put down to bias."""


def exact_interval(key: str, claimed: ClaimedOutcome, inputs: tuple[str, ...]) -> Figure:
    """Clopper-Pearson interval of the claimed proportion."""
    low, high = clopper_pearson(claimed.events, claimed.n)
    return Figure(
        id=f"{key}.exact",
        value=(low, high),
        shown=percent_range(low, high),
        kind="computed",
        method=methods.CLOPPER_PEARSON,
        inputs=inputs,
    )


def credible_interval(key: str, claimed: ClaimedOutcome, inputs: tuple[str, ...]) -> Figure:
    """Uniform-prior credible interval of the claimed proportion."""
    low, high = beta_interval(claimed.events + 1, claimed.n - claimed.events + 1)
    return Figure(
        id=f"{key}.credible",
        value=(low, high),
        shown=percent_range(low, high),
        kind="computed",
        method=methods.BETA_UNIFORM,
        inputs=inputs,
    )


def again(key: str, n: int, inputs: tuple[str, ...]) -> Figure:
    """Chance that as many again would all do well, after `n` of `n` did."""
    chance = beta_binomial_tail(n, n, n + 1.0, 1.0)
    return Figure(
        id=f"{key}.again",
        value=chance,
        shown=percent(chance),
        kind="computed",
        method=methods.BETA_BINOMIAL,
        inputs=inputs,
    )


def rate_at_five(key: str, good: int, n: int, inputs: tuple[str, ...]) -> Figure:
    """Untreated rate at which a result this good has probability 0.05."""
    rate = rate_reaching(good, n, 0.05)
    return Figure(
        id=f"{key}.rate_at_five",
        value=rate,
        shown=percent(rate),
        kind="computed",
        method=methods.BINOMIAL_TAIL,
        inputs=inputs,
    )


def unreported(
    key: str, good: int, n: int, inputs: tuple[str, ...]
) -> tuple[tuple[float, Figure], ...]:
    """For each reference rate, the unreported failures that undo the claim against it."""
    rows = []
    for rate in REFERENCE_RATES:
        extra = failures_tolerated(good, rate) - (n - good)
        if extra < 0:
            continue
        figure = Figure(
            id=f"{key}.unreported.{round(100 * rate)}",
            value=extra + 1,
            shown=plural(extra + 1, "unreported failure"),
            kind="computed",
            method=methods.UNREPORTED_FAILURES,
            inputs=inputs,
        )
        rows.append((rate, figure))
    return tuple(rows)


def bias_adjusted(
    key: str,
    claimed: ClaimedOutcome,
    outcome: Outcome,
    cohorts: Sequence[Cohort],
    inputs: tuple[str, ...],
) -> BiasAdjusted:
    """P(treated better than a new untreated series), without bias, with it, and where it tips."""
    good = good_count(claimed.events, claimed.n, outcome.better)
    a, b = good + 0.5, claimed.n - good + 0.5
    control = _control(cohorts, outcome)
    plain = probability_better(a, b, control)
    allowed = probability_better(a, b, control, BIAS_MEAN, BIAS_SD)
    doubted = probability_better(a, b, _robust(control))
    tip = tipping_shift(a, b, control)

    def figure(name: str, value: float, shown: str, note: str) -> Figure:
        return Figure(
            id=f"{key}.bias.{name}",
            value=value,
            shown=shown,
            kind="computed",
            method=methods.BIAS_ADJUSTED,
            inputs=inputs,
            note=note,
        )

    return BiasAdjusted(
        unadjusted=figure("none", plain, probability(plain), "no bias allowed for"),
        robust=figure(
            "robust",
            doubted,
            probability(doubted),
            f"a share of {ROBUST_WEIGHT:g} of the control's distribution is normal(0, "
            f"{ROBUST_SD:g}) on the logit",
        ),
        adjusted=figure(
            "allowed",
            allowed,
            probability(allowed),
            f"bias in favour of the series ~ normal({BIAS_MEAN:g}, {BIAS_SD:g}) in log odds",
        ),
        tipping=figure(
            "tipping",
            math.exp(tip),
            ratio(math.exp(tip)),
            "odds ratio of bias at which the probability falls to 0.975",
        ),
        tipping_odds_ratio=math.exp(tip),
    )


def _control(cohorts: Sequence[Cohort], outcome: Outcome) -> LogitMixture:
    """A new untreated series' logit, spread between cohorts included even where there is one."""
    post = posterior(
        np.array([good_count(row.events or 0, row.n or 0, outcome.better) for row in cohorts]),
        np.array([row.n for row in cohorts]),
        mu_mean=0.0,
        mu_sd=MU_SD,
        tau_scale=TAU_SCALES[1],
    )
    heavy = post.weight > 1e-9 * post.weight.max()
    return LogitMixture(post.mu[heavy], post.predictive_sd[heavy], post.weight[heavy])


def _robust(control: LogitMixture) -> LogitMixture:
    """The control with a vague component, for cohorts that do not speak of these patients."""
    share = control.weight.sum()
    return LogitMixture(
        np.append(control.mu, 0.0),
        np.append(control.sd, ROBUST_SD),
        np.append(control.weight * (1 - ROBUST_WEIGHT) / share, ROBUST_WEIGHT),
    )


def dramatic(
    key: str,
    claimed: ClaimedOutcome,
    outcome: Outcome,
    natural: NaturalCourse | None,
    exact: Figure,
    inputs: tuple[str, ...],
) -> Dramatic:
    """Whether the effect is large enough to be believed without a concurrent control.

    Three things are asked: the lower 95% limit of the ratio is above 10 against each matched
    cohort; there are at least two; and the series' lower limit clears the upper limit of a new
    untreated series by the smallest difference that matters.
    """
    if natural is None:
        reason = "no cohort matches, so there is no rate to compare with"
        return Dramatic(met=False, ratio=None, worst=None, crossing=None, reasons=(reason,))
    good = good_count(claimed.events, claimed.n, outcome.better)
    rows = [
        (good_count(row.events or 0, row.n or 0, outcome.better), row) for row in natural.cohorts
    ]
    together = _ratio(f"{key}.rate_ratio", claimed, good, rows, inputs)
    each = [
        _ratio(f"{key}.rate_ratio.{row[1].cohort}", claimed, good, [row], inputs) for row in rows
    ]
    worst = min(each, key=_lower)
    crossing = _crossing(key, claimed, outcome, natural, exact, good)
    reasons = []
    if _lower(worst) <= DRAMATIC:
        reasons.append("the lower limit of the ratio is not above 10 against each cohort")
    if len(rows) < 2:
        reasons.append("the natural course rests on one cohort")
    if crossing.value != 1:
        reasons.append("the series does not clear the untreated upper limit by the difference")
    return Dramatic(
        met=not reasons, ratio=together, worst=worst, crossing=crossing, reasons=tuple(reasons)
    )


def _lower(figure: Figure) -> float:
    assert isinstance(figure.value, tuple)
    return figure.value[1]


def _ratio(
    key: str,
    claimed: ClaimedOutcome,
    good: int,
    rows: list[tuple[int, Cohort]],
    inputs: tuple[str, ...],
) -> Figure:
    events, n = sum(row[0] for row in rows), sum(row[1].n or 0 for row in rows)
    times = [row[1].person_days for row in rows]
    if claimed.person_days is not None and all(time is not None for time in times):
        time = sum(time for time in times if time is not None)
        estimate, (low, high) = rate_ratio(good, claimed.person_days, events, time)
        note = "ratio of rates per person-day; exact conditional interval"
    elif claimed.time_basis == "to-resolution":
        estimate, (low, high) = risk_ratio(good, claimed.n, events, n)
        note = "ratio of proportions, everybody followed to resolution; Katz's log interval"
    else:
        estimate, (low, high) = rate_ratio_from_proportions(good, claimed.n, events, n)
        note = "ratio of rates, from proportions over the common window, taken as constant in it"
    return Figure(
        id=key,
        value=(estimate, low, high),
        shown=f"{ratio(estimate)} (95% interval {ratio(low)} to {ratio(high)})",
        kind="computed",
        method=methods.RATE_RATIO,
        inputs=inputs,
        note=note,
    )


def _crossing(
    key: str,
    claimed: ClaimedOutcome,
    outcome: Outcome,
    natural: NaturalCourse,
    exact: Figure,
    good: int,
) -> Figure:
    low, _ = clopper_pearson(good, claimed.n)
    difference = outcome.smallest_difference
    need = natural.upper + (difference.risk_difference if difference else 0.0)
    return Figure(
        id=f"{key}.crossing",
        value=int(low > need),
        shown=f"{percent(low)} against {percent(need)}",
        kind="computed",
        method=methods.THRESHOLD_CROSSING,
        inputs=(exact.id, natural.untreated.id),
        note="lower limit of the series against the upper predictive limit of a new untreated "
        "series plus the smallest difference that matters",
    )
