"""How far a result convinces: sceptics and advocates, reverse-Bayes, biases, E-values."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.errors import InputError
from equipoise.inputs import number, numbers, one_of
from equipoise.numerics import credibility as kernels
from equipoise.parts.distributions import Normal
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Interval = tuple[float, float]
Calibration = Literal["golden", "nominal", "controlled"]

_Z = 1.959963984540054


@record
class Credibility:
    """One result under the eyes of a sceptic or an advocate; logarithms for ratios.

    Attributes
    ----------
    estimate, se, z, pvalue : float
        The result, its standard error and the two-sided normal test.
    sceptical_limit : float or None
        Of a result whose 95% interval excludes 0 (Matthews 2001, 2018): a sceptic whose 95% prior
        interval lies within plus or minus this is not convinced. None for other results.
    sceptical_prior : Normal or None
        That sceptic: the reverse-Bayes prior under which the posterior interval just touches 0.
    advocacy_limit : float or None
        Of a result whose interval includes 0: an advocate whose 95% prior interval runs from 0 to
        this just finds it convincing. None for other results, and for an estimate of 0.
    p_intrinsic : float
        Below 0.05 the result convinces a sceptic who took it for his prior (Held 2019); that needs
        a p-value below 0.0056.
    bayes_factor_normal, bayes_factor_local, bayes_factor_p : float
        Smallest Bayes factors for no effect: over point alternatives, ``exp(-z^2/2)``; over normal
        priors at 0, ``|z| exp((1-z^2)/2)``; from the p-value, ``-e p log p``. They bound the
        evidence; none is the evidence.
    """

    estimate: float
    se: float
    z: float
    pvalue: float
    sceptical_limit: float | None
    sceptical_prior: Normal | None
    advocacy_limit: float | None
    p_intrinsic: float
    bayes_factor_normal: float
    bayes_factor_local: float
    bayes_factor_p: float

    def false_positive_risk(self, prior_probability: float = 0.5) -> float:
        """P(no effect | result) at the least, where the effect had this probability before."""
        if not 0 < number("prior_probability", prior_probability) < 1:
            raise InputError.of(
                "prior_probability", prior_probability, "must lie between 0 and 1", "Give 0.5"
            )
        odds = (1 - prior_probability) / prior_probability * self.bayes_factor_p
        return odds / (1 + odds)

    def frame(self) -> pl.DataFrame:
        """One row: every number."""
        import polars as pl

        fields = [field.name for field in dataclasses.fields(self)]
        fields.remove("sceptical_prior")
        return pl.DataFrame({name: [getattr(self, name)] for name in fields})


def analysis_of_credibility(
    estimate: float | None = None, se: float | None = None, *, ci: Interval | None = None
) -> Credibility:
    """Ask which prior opinions a result would and would not convince.

    Parameters
    ----------
    estimate, se : float, optional
        On a scale with 0 for no effect: a log ratio, a difference.
    ci : (float, float), optional
        A 95% interval instead, symmetrical on that scale.

    Raises
    ------
    InputError
        Neither or both given; limits that do not rise; a standard error not above 0.

    References
    ----------
    Matthews (2001), J Stat Plan Inference 94:43; Matthews (2018), R Soc Open Sci 5:171047; Held
    (2019), R Soc Open Sci 6:181534; Held, Matthews, Ott & Pawel (2022), Res Synth Methods 13:295.
    """
    low, high = _limits(estimate, se, ci)
    middle, error = (low + high) / 2, (high - low) / (2 * _Z)
    z = middle / error
    p = float(2 * special.ndtr(-abs(z)))
    excludes, includes = low * high > 0, low * high < 0
    sceptic, prior = None, None
    if excludes:
        sceptic = kernels.sceptical_limit(low, high)
        prior = Normal(0.0, math.sqrt(kernels.sceptical_variance(z, error, _Z)))
    return Credibility(
        estimate=middle,
        se=error,
        z=z,
        pvalue=p,
        sceptical_limit=sceptic,
        sceptical_prior=prior,
        advocacy_limit=kernels.advocacy_limit(low, high) if includes and middle else None,
        p_intrinsic=kernels.intrinsic_p(z),
        bayes_factor_normal=kernels.normal_bayes_factor(z),
        bayes_factor_local=kernels.local_bayes_factor(z),
        bayes_factor_p=kernels.p_bayes_factor(p),
    )


def _limits(estimate: float | None, se: float | None, ci: Interval | None) -> Interval:
    if (ci is None) == (estimate is None):
        raise InputError.of("ci", ci, "give either it or an estimate and `se`", "Give one of both")
    if ci is not None:
        low, high = (float(x) for x in numbers("ci", ci, "Give both limits"))
        if not low < high:
            raise InputError.of("ci", ci, "must rise", "Give the lower limit first")
        return low, high
    assert estimate is not None
    middle, error = number("estimate", estimate), number("se", se, "Give the standard error")
    if error <= 0:
        raise InputError.of("se", se, "must be above 0", "Give the standard error")
    return middle - _Z * error, middle + _Z * error


def sceptical_prior(effect: float, probability: float = 0.025) -> Normal:
    """A normal prior at no effect that gives an effect beyond `effect` this probability.

    ``sceptical_prior(log(2))`` puts 95% of the odds ratios between a half and 2.

    References
    ----------
    Spiegelhalter, Freedman & Parmar (1994), JRSS A 157:357.
    """
    return Normal(0.0, _sd(effect, probability))


def enthusiastic_prior(effect: float, probability: float = 0.025) -> Normal:
    """A normal prior at the hoped-for `effect` that gives none, or the opposite, this probability.

    References
    ----------
    Spiegelhalter, Freedman & Parmar (1994), JRSS A 157:357.
    """
    return Normal(number("effect", effect), _sd(effect, probability))


def _sd(effect: float, probability: float) -> float:
    size = abs(number("effect", effect))
    if size == 0:
        raise InputError.of("effect", effect, "must not be 0", "Give the effect hoped for")
    if not 0 < number("probability", probability) < 0.5:
        raise InputError.of("probability", probability, "must lie in (0, 0.5)", "Give 0.025, say")
    return size / float(special.ndtri(1 - probability))


def sceptical_p_value(
    z_original: float,
    z_replication: float,
    *,
    variance_ratio: float = 1.0,
    calibration: Calibration = "golden",
) -> float:
    """One-sided sceptical p-value: whether a replication convinces who doubted the original.

    Parameters
    ----------
    z_original, z_replication : float
        Of opposite signs the value exceeds 0.5.
    variance_ratio : float
        The original's squared standard error over the replication's: for one kind of study, the
        replication's size over the original's.
    calibration : {"golden", "nominal", "controlled"}
        By the golden ratio (Held, Micheloud & Pawel 2022); none (Held 2020); so that the overall
        type I error is the level squared (Micheloud, Balabdaoui & Held 2023).

    References
    ----------
    Held (2020), JRSS A 183:431; Held, Micheloud & Pawel (2022), Ann Appl Stat 16:706; Micheloud,
    Balabdaoui & Held (2023), Stat Neerl 77:573.
    """
    one_of("calibration", calibration, ("golden", "nominal", "controlled"))
    original, replication = number("z_original", z_original), number("z_replication", z_replication)
    if number("variance_ratio", variance_ratio) <= 0:
        raise InputError.of("variance_ratio", variance_ratio, "must be above 0", "Give 1 for equal")
    if original * replication < 0 and calibration == "controlled":
        raise InputError.of(
            "calibration", calibration, "is of effects in one direction", "Use 'golden'"
        )
    return kernels.sceptical_p(original, replication, variance_ratio, calibration)


def bias_adjusted(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    additive: tuple[float, float] = (0.0, 0.0),
    proportional: tuple[float, float] = (1.0, 0.0),
) -> tuple[Floats, Floats]:
    """Effects and variances with bias taken off and its uncertainty put on.

    A study reports ``y = beta theta + alpha`` about the effect theta that is asked for.

    Parameters
    ----------
    yi, vi : array_like (k,)
        Or numbers.
    additive : (float, float)
        Mean and standard deviation of alpha, on the scale of the effects.
    proportional : (float, float)
        Mean, not 0, and standard deviation of beta; 1 is none.

    Returns
    -------
    yi, vi : float64 (k,)
        ``(y - mean_a) / mean_b`` and ``(v + sd_a^2 + sd_b^2 theta^2) / mean_b^2``, theta^2 being
        the adjusted effect's square.

    References
    ----------
    Turner, Spiegelhalter, Smith & Thompson (2009), JRSS A 172:21; Welton et al. (2009), JRSS A
    172:119. Defaults for external controls: 10.1001/jamanetworkopen.2025.2152 found log hazard
    ratios off by 0.25 unadjusted and 0.14 after adjustment in 15 emulated lung-cancer comparisons.
    """
    y, v = (numbers(name, np.atleast_1d(x)) for name, x in (("yi", yi), ("vi", vi)))
    (shift, spread), (slope, slope_sd) = (
        tuple(map(float, numbers(name, pair)))
        for name, pair in (("additive", additive), ("proportional", proportional))
    )
    if y.size != v.size or (v <= 0).any():
        raise InputError.of("vi", vi, f"must be {y.size} values above 0", "Give one an effect")
    if spread < 0 or slope_sd < 0 or slope == 0:
        raise InputError.of(
            "proportional", proportional, "standard deviations are 0 or more, its mean not 0",
            "Give (1, 0) for none",
        )  # fmt: skip
    adjusted = (y - shift) / slope
    return adjusted, (v + spread**2 + slope_sd**2 * adjusted**2) / slope**2


@record
class EValue:
    """How strong unmeasured confounding would have to be, as risk ratios with both.

    `estimate` explains the estimate away, `limit` moves the interval's nearer limit to the null; 1
    where it reaches it already, None where no interval was given. They say nothing of selection, of
    measurement, or of patients who were left out.
    """

    estimate: float
    limit: float | None
    risk_ratio: float


def e_value(
    estimate: float,
    ci: Interval | None = None,
    *,
    measure: Literal["RR", "OR", "HR", "IRR", "SMD"] = "RR",
    rare: bool = False,
    null: float = 1.0,
) -> EValue:
    """E-value of an estimate, as a ratio (or a standardised mean difference).

    Parameters
    ----------
    estimate, ci : float, (float, float)
        On the natural scale: ratios, not logarithms.
    measure
        A common outcome's OR is taken as its square root, its HR by VanderWeele's formula; SMD as
        ``exp(0.91 d)``.
    rare : bool
        Whether the outcome is rare, below 15%: OR and HR are then read as RR.
    null : float
        A ratio other than 1 that the truth might be.

    References
    ----------
    VanderWeele & Ding (2017), Ann Intern Med 167:268.
    """
    one_of("measure", measure, ("RR", "OR", "HR", "IRR", "SMD"))
    values = [number("estimate", estimate)]
    if ci is not None:
        values += [float(x) for x in numbers("ci", ci)]
    if measure != "SMD" and min(values) <= 0:
        raise InputError.of("estimate", values, "must be ratios above 0", "Not logarithms")
    if number("null", null) <= 0:
        raise InputError.of("null", null, "must be a ratio above 0", "Give 1 for none")
    ratios = [kernels.as_risk_ratio(value, measure, rare) / null for value in values]
    limit = None
    if ci is not None:
        low, high = sorted(ratios[1:])
        near = low if ratios[0] > 1 else high
        limit = 1.0 if low <= 1 <= high else kernels.e_value(near)
    return EValue(estimate=kernels.e_value(ratios[0]), limit=limit, risk_ratio=ratios[0] * null)


def bounding_factor(exposure: float, outcome: float) -> float:
    """The most that a confounder can change a risk ratio.

    Parameters
    ----------
    exposure, outcome : float
        Risk ratios, 1 or more, of confounder with treatment and with outcome.

    References
    ----------
    Ding & VanderWeele (2016), Epidemiology 27:368.
    """
    for name, value in (("exposure", exposure), ("outcome", outcome)):
        if number(name, value) < 1:
            raise InputError.of(name, value, "must be 1 or more", "Turn a ratio below 1 over")
    return kernels.bounding_factor(float(exposure), float(outcome))
