"""How far a result convinces: sceptical priors, reverse-Bayes, bias, E-values.

Effects are on a scale on which they are normal and 0 is no effect: logarithms of ratios.
"""

from __future__ import annotations

import math

from scipy import special

GOLDEN = 0.5 * (1 + math.sqrt(5))


def sceptical_limit(low: float, high: float) -> float:
    """Matthews's limit for an interval that excludes 0: ``(U - L)^2 / (4 sqrt(L U))``.

    A sceptic whose 95% prior interval lies within plus or minus it is not convinced.
    """
    return (high - low) ** 2 / (4 * math.sqrt(low * high))


def advocacy_limit(low: float, high: float) -> float:
    """Matthews's limit for an interval that includes 0: ``-(U + L)(U - L)^2 / (2 L U)``.

    An advocate whose 95% prior interval runs from 0 to it, and no further, just finds the result
    convincing; it has the sign of the estimate.
    """
    return -(high + low) * (high - low) ** 2 / (2 * low * high)


def sceptical_variance(z: float, se: float, critical: float) -> float:
    """Variance of the normal prior at 0 under which the posterior interval just touches 0."""
    return se**2 / (z * z / critical**2 - 1)


def intrinsic_p(z: float) -> float:
    """P-value of intrinsic credibility, ``2 (1 - Phi(|z| / sqrt 2))``; Held (2019)."""
    return float(2 * special.ndtr(-abs(z) / math.sqrt(2)))


def sceptical_z(original: float, replication: float, ratio: float) -> float:
    """The z whose square solves ``(zo^2 / x - 1)(zr^2 / x - 1) = c``; Held (2020), eq. 9.

    `ratio` is c, the original's variance over the replication's.
    """
    first, second = original**2, replication**2
    if first == 0 or second == 0:
        return 0.0
    if abs(ratio - 1) < 1e-12:
        square = first * second / (first + second)  # half the harmonic mean
    else:
        arithmetic, harmonic = (first + second) / 2, 2 * first * second / (first + second)
        square = (math.sqrt(arithmetic * (arithmetic + (ratio - 1) * harmonic)) - arithmetic) / (
            ratio - 1
        )
    return math.sqrt(square)


def sceptical_p(original: float, replication: float, ratio: float, kind: str) -> float:
    """Sceptical p-value, calibrated as asked.

    "nominal": ``1 - Phi(z_S)``. "golden": z_S times the root of the golden ratio (Held, Micheloud &
    Pawel 2022). "controlled": that which makes the overall type I error the square of the level
    (Micheloud, Balabdaoui & Held 2023).
    """
    z = sceptical_z(original, replication, ratio)
    if original * replication < 0:
        z = -z
    if kind == "golden":
        z *= math.sqrt(GOLDEN)
    p = float(special.ndtr(-z))
    if kind == "controlled":
        p = math.sqrt(type_one_error(max(p, 1e-300), ratio))
    return p


def type_one_error(level: float, ratio: float) -> float:
    """P(sceptical p-value at most `level`, both results in one given direction), with no effects.

    The replication must exceed ``z sqrt(1 + c / (zo^2 / z^2 - 1))`` given an original zo > z.
    """
    from scipy import integrate

    z = float(-special.ndtri(level))
    if z <= 0:
        return math.nan

    def inside(zo: float) -> float:
        bound = z * math.sqrt(1 + ratio / ((zo / z) ** 2 - 1))
        return math.exp(-0.5 * zo * zo) / math.sqrt(2 * math.pi) * float(special.ndtr(-bound))

    found = integrate.quad(inside, z, z + 12, epsabs=1e-15, epsrel=1e-11, limit=400)
    return float(found[0])


def normal_bayes_factor(z: float) -> float:
    """Smallest Bayes factor for the null over any point alternative, ``exp(-z^2 / 2)``."""
    return math.exp(-0.5 * z * z)


def local_bayes_factor(z: float) -> float:
    """Smallest over normal priors at the null, ``|z| exp((1 - z^2) / 2)``; 1 for |z| <= 1."""
    return abs(z) * math.exp(0.5 - 0.5 * z * z) if abs(z) > 1 else 1.0


def p_bayes_factor(p: float) -> float:
    """Smallest over beta alternatives of the p-value, ``-e p log p``; 1 for p >= 1 / e."""
    return -math.e * p * math.log(p) if 0 < p < 1 / math.e else (0.0 if p == 0 else 1.0)


def e_value(ratio: float) -> float:
    """VanderWeele & Ding (2017): ``RR + sqrt(RR (RR - 1))``, ratios below 1 turned over."""
    above = ratio if ratio >= 1 else 1 / ratio
    return above + math.sqrt(above * (above - 1))


def as_risk_ratio(value: float, measure: str, rare: bool) -> float:
    """A measure as the risk ratio that VanderWeele and Ding take for it."""
    if measure == "SMD":
        return math.exp(0.91 * value)
    if rare or measure in {"RR", "IRR"}:
        return value
    if measure == "OR":
        return math.sqrt(value)
    half = 0.5
    return float((1 - half ** math.sqrt(value)) / (1 - half ** math.sqrt(1 / value)))


def bounding_factor(exposure: float, outcome: float) -> float:
    """Ding & VanderWeele (2016): the most that confounding of these strengths can do to a ratio."""
    return exposure * outcome / (exposure + outcome - 1)
