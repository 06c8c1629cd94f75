"""Distributions of a parameter: normal, beta and gamma, the conjugate families."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.inputs import number

from .heterogeneity import positive

Floats = NDArray[np.float64]


def _special() -> Any:
    from scipy import special

    return special


@dataclass(frozen=True, slots=True)
class Flat:
    """Flat on the whole line, density 1: improper."""

    def __str__(self) -> str:
        return "flat"


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal with `mean` and standard deviation `sd`."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", number("mean", self.mean))
        positive(self, "sd")

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        return self.sd**2

    @property
    def support(self) -> tuple[float, float]:
        """The whole line."""
        return -math.inf, math.inf

    def cdf(self, x: ArrayLike) -> Floats:
        """P(X <= x)."""
        return np.asarray(_special().ndtr((np.asarray(x, np.float64) - self.mean) / self.sd))

    def pdf(self, x: ArrayLike) -> Floats:
        """Density."""
        return np.exp(self.logpdf(x))

    def logpdf(self, x: ArrayLike) -> Floats:
        """Log density."""
        z = (np.asarray(x, np.float64) - self.mean) / self.sd
        return np.asarray(-0.5 * z * z - math.log(self.sd) - 0.5 * math.log(2 * math.pi))

    def ppf(self, u: ArrayLike) -> Floats:
        """Quantiles."""
        return np.asarray(self.mean + self.sd * _special().ndtri(np.asarray(u, np.float64)))

    def __str__(self) -> str:
        return f"normal({self.mean:.6g}, {self.sd:.6g})"


@dataclass(frozen=True, slots=True)
class Beta:
    """A proportion, with the beta distribution of `a` and `b`."""

    a: float
    b: float

    def __post_init__(self) -> None:
        positive(self, "a", "b")

    @property
    def mean(self) -> float:
        """The share of `a` in the sum."""
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> float:
        """Variance."""
        total = self.a + self.b
        return self.a * self.b / (total * total * (total + 1))

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(self.variance)

    @property
    def support(self) -> tuple[float, float]:
        """From 0 to 1."""
        return 0.0, 1.0

    def cdf(self, x: ArrayLike) -> Floats:
        """P(X <= x)."""
        return np.asarray(_special().betainc(self.a, self.b, np.clip(x, 0.0, 1.0)))

    def pdf(self, x: ArrayLike) -> Floats:
        """Density."""
        return np.exp(self.logpdf(x))

    def logpdf(self, x: ArrayLike) -> Floats:
        """Log density."""
        s, p = _special(), np.asarray(x, np.float64)
        inside = s.xlogy(self.a - 1, p) + s.xlog1py(self.b - 1, -p)
        return np.asarray(inside - s.betaln(self.a, self.b))

    def ppf(self, u: ArrayLike) -> Floats:
        """Quantiles."""
        return np.asarray(_special().betaincinv(self.a, self.b, np.asarray(u, np.float64)))

    def __str__(self) -> str:
        return f"beta({self.a:.6g}, {self.b:.6g})"


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma with `shape` and `rate`: a rate of events."""

    shape: float
    rate: float

    def __post_init__(self) -> None:
        positive(self, "shape", "rate")

    @property
    def mean(self) -> float:
        """Shape over rate."""
        return self.shape / self.rate

    @property
    def variance(self) -> float:
        """Variance."""
        return self.shape / self.rate**2

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(self.variance)

    @property
    def support(self) -> tuple[float, float]:
        """From 0 on."""
        return 0.0, math.inf

    def cdf(self, x: ArrayLike) -> Floats:
        """P(X <= x)."""
        at = np.maximum(np.asarray(x, np.float64), 0.0)
        return np.asarray(_special().gammainc(self.shape, self.rate * at))

    def pdf(self, x: ArrayLike) -> Floats:
        """Density."""
        return np.exp(self.logpdf(x))

    def logpdf(self, x: ArrayLike) -> Floats:
        """Log density."""
        s, at = _special(), np.asarray(x, np.float64)
        constant = self.shape * math.log(self.rate) - math.lgamma(self.shape)
        return np.asarray(s.xlogy(self.shape - 1, at) - self.rate * at + constant)

    def ppf(self, u: ArrayLike) -> Floats:
        """Quantiles."""
        at = _special().gammaincinv(self.shape, np.asarray(u, np.float64))
        return np.asarray(at / self.rate)

    def __str__(self) -> str:
        return f"gamma({self.shape:.6g}, {self.rate:.6g})"


Conjugate = Normal | Beta | Gamma
