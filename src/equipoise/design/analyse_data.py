"""From what was seen at a look to a statistic, an estimate and the effects compatible with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from scipy import special

from equipoise.errors import InputError
from equipoise.numerics.means import one_sample_t, pooled_t, t_to_z, welch_t
from equipoise.numerics.rates_restricted import Scale
from equipoise.numerics.survival_sizes import information
from equipoise.numerics.two_rates import score_z, wald_z
from equipoise.vocabulary.look_data import MeansAtLook, RatesAtLook, SurvivalAtLook

if TYPE_CHECKING:
    from equipoise.vocabulary.look_data import LookData

    from .analyse_measure import Measure

LARGEST_Z = 37.0
"""Beyond it a normal tail has no double."""
LOG_LIMIT = 46.0
"""Ratios are searched from 1e-20 to 1e20; a limit beyond is 0 or infinite."""
CUT = 100.0
"""A z as large as a search for a limit need tell."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One look's data as a test and an estimate.

    `estimate` is on the effect's own scale, nan where the data have none; `error` is its standard
    error, for ratios that of the logarithm. `value_at` gives the true effect, on its own scale, at
    which `futility_z` would be a given z: the inverse of the test. With Fisher's exact test there
    are `exact_p`, one-sided, and `score_z`, the score test's; `z` is then the normal score of p.
    """

    z: float
    estimate: float
    error: float
    measure: Measure
    value_at: Callable[[float], float]
    score_z: float | None = None
    exact_p: float | None = None

    @property
    def futility_z(self) -> float:
        """What is compared with the futility boundary: the score z with Fisher's test, else z."""
        return self.z if self.score_z is None else self.score_z

    @property
    def p(self) -> float:
        """Nominal, one-sided, in favour of treatment."""
        return float(special.ndtr(-self.z)) if self.exact_p is None else self.exact_p

    def interval(self, z: float) -> tuple[float, float]:
        """The effects that a two-sided test at `z` does not reject."""
        first, second = self.value_at(z), self.value_at(-z)
        return min(first, second), max(first, second)

    def effect(self, mean: float) -> float:
        """The effect under which the statistic has this mean: ``null + sign mean error``.

        Without a standard error, as with an empty cell, by inversion of the test.
        """
        if not math.isfinite(self.error):
            return self.value_at(self.futility_z - mean)
        measure = self.measure
        return measure.own(measure.null_estimated + measure.sign * mean * self.error)


def statistic(data: LookData, measure: Measure) -> Statistic:
    """The statistic in favour of treatment, and what it says of the effect."""
    if isinstance(data, RatesAtLook):
        found = _one_rate(data, measure) if data.patients[0] is None else _rates(data, measure)
    elif isinstance(data, MeansAtLook):
        found = _means(data, measure)
    elif isinstance(data, SurvivalAtLook):
        found = _survival(data, measure)
    else:
        found = _normal(data.estimate, data.standard_error, measure)
    if not math.isfinite(found.z):
        raise InputError.of("looks", data, "have no variance", "Use the score test, 'pooled'")
    return found


def _one_rate(data: RatesAtLook, measure: Measure) -> Statistic:
    n, rate, null = data.patients[1], data.events[1] / data.patients[1], measure.null
    z = measure.sign * (rate - null) / math.sqrt(null * (1 - null) / n)

    def value_at(quantile: float) -> float:
        """Wilson's limit."""
        if math.isinf(quantile):
            return 0.0 if quantile * measure.sign > 0 else 1.0
        square = quantile**2 / n
        middle, half = rate + square / 2, math.sqrt(square * (rate * (1 - rate) + square / 4))
        return (middle - math.copysign(half, quantile * measure.sign)) / (1 + square)

    return Statistic(z, rate, math.sqrt(rate * (1 - rate) / n), measure, value_at)


def _rates(data: RatesAtLook, measure: Measure) -> Statistic:
    x0, x1 = cast("tuple[float, float]", data.events)
    n0, n1 = cast("tuple[float, float]", data.patients)
    scale = cast("Scale", measure.scale.replace(" ", "_"))
    test = wald_z if measure.test == "unpooled" else score_z
    z = measure.sign * float(test(x1, n1, x0, n0, measure.null, scale))

    def value_at(quantile: float) -> float:
        def falling(at: float) -> float:
            margin = math.exp(at) if measure.log else at
            return float(test(x1, n1, x0, n0, margin, scale)) - measure.sign * quantile

        end = LOG_LIMIT if measure.log else 1.0
        if math.isinf(quantile):
            found = -math.copysign(end, measure.sign * quantile)
        else:
            found = _crossing(falling, -end, end)
        if not measure.log:
            return found
        return 0.0 if found <= -LOG_LIMIT else math.inf if found >= LOG_LIMIT else math.exp(found)

    effect = _rate_effect(x1, n1, x0, n0, scale)
    if measure.test != "fisher-exact":
        return Statistic(z, *effect, measure, value_at)
    p = _fisher(data, measure)
    return Statistic(_normal_score(p, z), *effect, measure, value_at, score_z=z, exact_p=p)


def _crossing(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses 0; the end beyond which it would where it does not.

    Infinite values are cut, so that the search may interpolate between them.
    """
    from scipy.optimize import brentq  # heavy, and not always needed

    def cut(at: float) -> float:
        return min(max(falling(at), -CUT), CUT)

    if cut(low) <= 0:
        return low
    if cut(high) >= 0:
        return high
    return float(brentq(cut, low, high, xtol=1e-15, rtol=1e-15))


def _rate_effect(x1: float, n1: float, x0: float, n0: float, scale: Scale) -> tuple[float, float]:
    """Estimate and standard error, unpooled; of a ratio's logarithm, infinite for empty cells."""
    p1, p0 = x1 / n1, x0 / n0
    if scale == "difference":
        return p1 - p0, math.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    over, under = (p1, p0) if scale == "ratio" else (p1 * (1 - p0), p0 * (1 - p1))
    ratio = over / under if under > 0 else math.inf if over > 0 else math.nan
    needed = (x1, x0) if scale == "ratio" else (x1, n1 - x1, x0, n0 - x0)
    if min(needed) <= 0:
        return ratio, math.inf
    if scale == "ratio":
        return ratio, math.sqrt(1 / x1 - 1 / n1 + 1 / x0 - 1 / n0)
    return ratio, math.sqrt(sum(1 / cell for cell in needed))


def _fisher(data: RatesAtLook, measure: Measure) -> float:
    """Fisher's one-sided p-value."""
    from scipy.stats import hypergeom

    x0, x1 = cast("tuple[float, float]", data.events)
    n0, n1 = cast("tuple[float, float]", data.patients)
    chance = hypergeom(int(n0 + n1), int(x0 + x1), int(n1))
    p = chance.sf(x1 - 1) if measure.sign > 0 else chance.cdf(x1)
    return min(float(p), 1.0)


def _normal_score(p: float, score_z: float) -> float:
    """Z of an exact p, for all that needs one.

    A p above 1/2 rises to 1 with no result worse than even: there the score z stands for it, at
    most 0, so that z falls as results worsen.
    """
    if p > 0.5:
        return min(score_z, 0.0)
    return _bounded(-float(special.ndtri(p)))


def _means(data: MeansAtLook, measure: Measure) -> Statistic:
    (n0, n1), (mean0, mean1) = data.patients, data.means
    estimate = mean1 - (mean0 or 0.0)
    if measure.sd is not None:
        arms = zip(measure.sd, data.patients, strict=True)
        return _normal(estimate, math.sqrt(sum(sd**2 / n for sd, n in arms if n)), measure)
    if data.sds is None:
        raise InputError.of("sds", None, "are needed by this test", "Give those observed")
    sd0, sd1 = data.sds
    if n0 is None or sd0 is None:
        of_one, df = one_sample_t(n1, 1.0, sd1)
    else:
        two = welch_t if measure.test == "welch" else pooled_t
        of_one, df = two(n1, 1.0, sd1, n0, 0.0, sd0)
    error = 1 / float(of_one)
    if measure.test == "z":
        return _normal(estimate, error, measure)
    return _student(estimate, error, float(df), measure)


def _student(estimate: float, error: float, df: float, measure: Measure) -> Statistic:
    """A t statistic, read as the normal value with its tail."""

    def value_at(quantile: float) -> float:
        tail = special.ndtr(-abs(quantile))
        return estimate + measure.sign * math.copysign(1.0, quantile) * error * float(
            special.stdtrit(df, tail)
        )

    z = _bounded(measure.sign * float(t_to_z((estimate - measure.null) / error, df)))
    return Statistic(z, estimate, error, measure, value_at)


def _survival(data: SurvivalAtLook, measure: Measure) -> Statistic:
    """The log hazard ratio by its null variance, ``(1 + r)^2 / (r d)``."""
    ratio = measure.ratio if data.ratio is None else data.ratio
    error = 1 / math.sqrt(float(information(data.events, ratio)))
    return _normal(measure.sign * data.log_rank * error, error, measure)


def _normal(value: float, error: float, measure: Measure) -> Statistic:
    """A normal estimate; of a ratio its logarithm."""
    z = measure.sign * (value - measure.null_estimated) / error

    def value_at(quantile: float) -> float:
        return measure.own(value - measure.sign * quantile * error)

    return Statistic(z, measure.own(value), error, measure, value_at)


def _bounded(z: float) -> float:
    return min(max(z, -LARGEST_Z), LARGEST_Z)
