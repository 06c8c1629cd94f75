"""Small-study effects: tests of funnel asymmetry, trim and fill, fail-safe numbers.

None of them tells publication bias from true differences between small and large studies.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.errors import InputError
from equipoise.numerics import metareg as kernels
from equipoise.vocabulary.record import record

from .metareg import meta_regression
from .pool import pvalue, quantile
from .refits import need
from .synthesis import Floats, Interval, Synthesis
from .trimming import TrimAndFill, trim_and_fill

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import ArrayLike

    from .effect_sizes import EffectSizes
__all__ = [
    "AsymmetryTest",
    "FailSafe",
    "RankTest",
    "TrimAndFill",
    "begg",
    "egger",
    "fail_safe_n",
    "harbord",
    "peters",
    "trim_and_fill",
]


@record
class AsymmetryTest:
    """A regression test of funnel asymmetry.

    Attributes
    ----------
    test : str
        *egger mixed*, *egger classic*, *peters* or *harbord*.
    bias, se, statistic, df, pvalue : float
        Slope on the predictor and its test; `df` is infinite for a normal test. Above 0: the less
        precise studies have the larger effects.
    limit, limit_ci
        Effect at predictor 0: of an infinitely large study.
    """

    test: str
    k: int
    bias: float
    se: float
    statistic: float
    df: float
    pvalue: float
    limit: float
    limit_ci: Interval
    level: float

    def frame(self) -> pl.DataFrame:
        """One row."""
        names = ("test", "k", "bias", "se", "statistic", "df", "pvalue", "limit")
        return _row(self, names, ("limit_lower", "limit_upper"), self.limit_ci)


@record
class RankTest:
    """Rank correlation between effects and their variances.

    Attributes
    ----------
    tau : float
        Kendall's tau-b of standardised effects and variances; above 0: the less precise studies
        have the larger effects.
    exact : bool
        The p-value is exact: there are no ties. Otherwise normal, with the variance under ties.
    """

    k: int
    tau: float
    pvalue: float
    exact: bool

    def frame(self) -> pl.DataFrame:
        """One row."""
        return _row(self, ("k", "tau", "pvalue", "exact"))


@record
class FailSafe:
    """How many more studies it takes to undo a result.

    Attributes
    ----------
    number : float
        A whole number; infinite where no number is enough (*Orwin*: target 0 or beyond).
    pvalue : float or None
        Of the combined test of the k studies: one-sided for *Rosenthal*, two-sided for *Rosenberg*.
    """

    kind: str
    number: float
    pvalue: float | None
    alpha: float
    target: float | None

    def frame(self) -> pl.DataFrame:
        """One row."""
        return _row(self, ("kind", "number", "pvalue", "alpha", "target"))


def egger(
    fit: Synthesis,
    form: Literal["mixed", "classic"] = "mixed",
    *,
    predictor: ArrayLike | None = None,
) -> AsymmetryTest:
    """Regress the effects on their standard errors.

    Parameters
    ----------
    form
        *mixed*: meta-regression with the tau^2 estimator and interval method of `fit`; *classic*:
        least squares with weights 1 / variance, t with k - 2 degrees of freedom.
    predictor : (k,), optional
        In place of the standard errors, such as 1 / sample size.

    Raises
    ------
    InputError
        Fewer than 3 studies; standard errors all the same; a fit from counts.

    References
    ----------
    Egger et al. (1997), BMJ 315:629; Sterne & Egger (2005). Validation:
    docs/reference/validation.md#small-study-effects
    """
    if form not in ("mixed", "classic"):
        raise InputError.of("form", form, "must be mixed or classic", "Choose one of these")
    values = np.sqrt(fit.vi) if predictor is None else np.array(predictor, np.float64)
    _check_predictor(fit.k, values, "Egger's test")
    if form == "classic":
        return _regression("egger classic", values, fit.yi, 1.0 / fit.vi, fit.level)
    need(fit, 3, "Egger's test")
    found = meta_regression(
        fit, moderators={"se": values}, method=fit.method, ci=fit.ci_method, level=fit.level
    )
    return AsymmetryTest(
        test="egger mixed",
        k=fit.k,
        bias=float(found.coefficients[1]),
        se=float(found.se[1]),
        statistic=float(found.statistic[1]),
        df=found.df,
        pvalue=float(found.pvalue[1]),
        limit=float(found.coefficients[0]),
        limit_ci=(float(found.lower[0]), float(found.upper[0])),
        level=fit.level,
    )


def begg(fit: Synthesis) -> RankTest:
    """Kendall correlation of effects, standardised about the common effect, with variances.

    Raises
    ------
    InputError
        Fewer than 3 studies; variances all the same.

    References
    ----------
    Begg & Mazumdar (1994), Biometrics 50:1088; as metafor's ``ranktest``.
    """
    from scipy import stats

    y, v = fit.yi, fit.vi
    _check_predictor(fit.k, v, "Begg's test")
    w = 1.0 / v
    spread = np.maximum(v - 1.0 / w.sum(), v * np.finfo(float).eps)
    standardised = (y - (w * y).sum() / w.sum()) / np.sqrt(spread)
    exact = fit.k <= 170 and all(np.unique(x).size == fit.k for x in (standardised, v))
    found = stats.kendalltau(standardised, v, method="exact" if exact else "asymptotic")
    if not math.isfinite(found.statistic):
        raise InputError.of("yi", "all alike", "Begg's test needs effects that differ", "Leave it")
    return RankTest(
        k=fit.k, tau=float(found.statistic), pvalue=min(1.0, float(found.pvalue)), exact=exact
    )


def peters(sizes: EffectSizes, level: float = 0.95) -> AsymmetryTest:
    """Regress the effects on 1 / patients, weighted by events and non-events.

    Raises
    ------
    InputError
        Effect sizes without 2x2 counts; fewer than 3 studies with both events and non-events.

    References
    ----------
    Peters et al. (2006), JAMA 295:676.
    """
    a, b, c, d = _counts(sizes, "Peters' test")
    events, others, n = a + c, b + d, a + b + c + d
    used = (events > 0) & (others > 0)
    x, y = 1.0 / n[used], np.array(sizes.yi)[used]
    _check_predictor(int(used.sum()), x, "Peters' test")
    return _regression("peters", x, y, (events * others / n)[used], level)


def harbord(sizes: EffectSizes, level: float = 0.95) -> AsymmetryTest:
    """Regress the score of the log odds ratio over its variance on the score's standard error.

    The odds ratio is tested, whatever the measure of `sizes`.

    Raises
    ------
    InputError
        Effect sizes without 2x2 counts; fewer than 3 studies with both events and non-events.

    References
    ----------
    Harbord, Egger & Sterne (2006), Stat Med 25:3443, equations 1 and 2.
    """
    a, b, c, d = _counts(sizes, "Harbord's test")
    n, first, second = a + b + c + d, a + b, c + d
    variance = first * second * (a + c) * (b + d) / (n**2 * (n - 1))
    used = variance > 0
    score, variance = (a - (a + c) * first / n)[used], variance[used]
    x = 1.0 / np.sqrt(variance)
    _check_predictor(int(used.sum()), x, "Harbord's test")
    return _regression("harbord", x, score / variance, variance, level)


def fail_safe_n(
    fit: Synthesis,
    kind: Literal["Rosenthal", "Orwin", "Rosenberg"] = "Rosenthal",
    *,
    alpha: float = 0.05,
    target: float | None = None,
) -> FailSafe:
    """Count the null studies that would undo the result.

    Parameters
    ----------
    kind
        *Rosenthal*: until the combined one-sided z test reaches `alpha`; *Orwin*: until the plain
        mean effect is `target`, by default half of it; *Rosenberg*: studies of average weight until
        the common-effect test reaches a two-sided `alpha`.

    Raises
    ------
    InputError
        An unknown kind; `alpha` outside (0, 0.5); a target that is not finite.

    References
    ----------
    Rosenthal (1979), Psychol Bull 86:638; Orwin (1983), J Educ Stat 8:157; Rosenberg (2005),
    Evolution 59:464.
    """
    if kind not in ("Rosenthal", "Orwin", "Rosenberg"):
        rule = "must be Rosenthal, Orwin or Rosenberg"
        raise InputError.of("kind", kind, rule, "Choose one of these")
    if not 0 < alpha < 0.5:
        raise InputError.of("alpha", alpha, "must lie between 0 and 0.5", "Give 0.05")
    if kind == "Orwin":
        return _orwin(fit, alpha, target)
    y, w, k = fit.yi, 1.0 / fit.vi, fit.k
    if kind == "Rosenthal":
        z = abs(float((y * np.sqrt(w)).sum())) / math.sqrt(k)
        number = k * (z / special.ndtri(1 - alpha)) ** 2 - k
        p = float(special.ndtr(-z))
    else:
        z = abs(float((w * y).sum())) / math.sqrt(w.sum())
        number = k * (z / special.ndtri(1 - alpha / 2)) ** 2 - k
        p = pvalue(z, math.inf)
    return FailSafe(kind=kind, number=_whole(number), pvalue=p, alpha=alpha, target=None)


def _orwin(fit: Synthesis, alpha: float, target: float | None) -> FailSafe:
    mean = float(fit.yi.mean())
    goal = mean / 2 if target is None else target
    if not math.isfinite(goal):
        raise InputError.of("target", target, "must be finite", "Give an effect short of the mean")
    reachable = goal != 0 and math.copysign(1, goal) == math.copysign(1, mean)
    number = _whole(fit.k * (mean - goal) / goal) if reachable else math.inf
    return FailSafe(kind="Orwin", number=number, pvalue=None, alpha=alpha, target=goal)


def _whole(number: float) -> float:
    """Rounded up, where a whole number plus rounding error stays what it is."""
    return float(max(0, math.ceil(number - 1e-9 * max(1.0, abs(number)))))


def _regression(test: str, x: Floats, y: Floats, w: Floats, level: float) -> AsymmetryTest:
    """Weighted least squares of y on x, with the scatter estimated: t with k - 2 df."""
    design = np.column_stack([np.ones(x.size), x])
    b, covariance, squares = kernels.weighted_least_squares(design, np.array(y), np.array(w))
    df = x.size - 2
    se = np.sqrt(np.diag(covariance) * squares / df)
    half = quantile(level, df) * float(se[0])
    slope, spread = float(b[1]), float(se[1])
    statistic = slope / spread if spread > 0 else math.copysign(math.inf, slope)
    return AsymmetryTest(
        test=test,
        k=x.size,
        bias=slope,
        se=spread,
        statistic=statistic,
        df=float(df),
        pvalue=pvalue(statistic, df),
        limit=float(b[0]),
        limit_ci=(float(b[0]) - half, float(b[0]) + half),
        level=level,
    )


def _counts(sizes: EffectSizes, purpose: str) -> NDArray[np.float64]:
    if getattr(sizes, "counts", None) is None:
        raise InputError.of(
            "counts",
            None,
            f"{purpose} needs the events and patients of both arms",
            "Make the effect sizes from ai, n1i, ci, n2i with eq.effect_sizes",
        )
    return np.asarray(sizes.counts, np.float64).T


def _check_predictor(k: int, values: Floats, purpose: str) -> None:
    if k < 3:
        raise InputError.of(
            "k", k, f"{purpose} needs at least 3 studies", "Leave it out, or add studies"
        )
    if values.shape != (k,) or not np.isfinite(values).all():
        rule = f"must be {k} finite numbers"
        raise InputError.of("predictor", values.shape, rule, "Give one value a study")
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        rule = f"{purpose} needs studies that differ in precision"
        raise InputError.of("predictor", float(values[0]), rule, "Leave the test out")


def _row(
    source: object,
    names: tuple[str, ...],
    extra: tuple[str, ...] = (),
    values: tuple[float, ...] = (),
) -> pl.DataFrame:
    import polars as pl

    row = {name: getattr(source, name) for name in names}
    return pl.DataFrame([row | dict(zip(extra, values, strict=True))])
