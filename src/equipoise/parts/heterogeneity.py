"""Priors of tau, the standard deviation of effects between studies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.inputs import number
from equipoise.numerics import normal_hierarchy as kernels

Kernel = tuple[int, tuple[float, float, float, float], float]
"""Code, parameters and upper end of a prior, as `numerics.normal_hierarchy` reads them."""

_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


@runtime_checkable
class HeterogeneityPrior(Protocol):
    """A prior of tau: what the quadrature needs to know of it."""

    @property
    def kernel(self) -> Kernel:
        """What the compiled code reads."""

    @property
    def tail(self) -> float:
        """The density falls as tau to minus this power; infinite where it falls faster."""

    @property
    def proper(self) -> bool:
        """Whether it integrates to 1."""


def positive(record: Any, *names: str) -> None:
    """Check that these fields are above 0 and put them in as floats."""
    for name in names:
        value = number(name, getattr(record, name), "Give a number above 0")
        if value <= 0:
            raise InputError.of(name, value, "must be above 0", "Give a number above 0")
        object.__setattr__(record, name, value)


@dataclass(frozen=True, slots=True)
class HalfNormal:
    """Half-normal: the absolute value of a normal of mean 0 and standard deviation `scale`."""

    scale: float

    def __post_init__(self) -> None:
        positive(self, "scale")

    @property
    def kernel(self) -> Kernel:
        """What the compiled code reads."""
        constant = 0.5 * math.log(2 / math.pi) - math.log(self.scale)
        return kernels.HALF_NORMAL, (self.scale, 0.0, 0.0, constant), math.inf

    @property
    def tail(self) -> float:
        """Faster than any power."""
        return math.inf

    @property
    def proper(self) -> bool:
        """It is."""
        return True

    def __str__(self) -> str:
        return f"half-normal({self.scale:g})"


@dataclass(frozen=True, slots=True)
class HalfStudentT:
    """Half-t with `df` degrees of freedom; `HalfCauchy` is the one with 1."""

    scale: float
    df: float

    def __post_init__(self) -> None:
        positive(self, "scale", "df")

    @property
    def kernel(self) -> Kernel:
        """What the compiled code reads."""
        constant = (
            math.log(2)
            + math.lgamma((self.df + 1) / 2)
            - math.lgamma(self.df / 2)
            - 0.5 * math.log(self.df * math.pi)
            - math.log(self.scale)
        )
        return kernels.HALF_T, (self.scale, 0.0, self.df, constant), math.inf

    @property
    def tail(self) -> float:
        """The power of a t distribution."""
        return self.df + 1

    @property
    def proper(self) -> bool:
        """It is."""
        return True

    def __str__(self) -> str:
        return f"half-t({self.scale:g}, {self.df:g})"


@dataclass(frozen=True, slots=True)
class HalfCauchy:
    """Half-Cauchy: median `scale`, no mean."""

    scale: float

    def __post_init__(self) -> None:
        positive(self, "scale")

    @property
    def kernel(self) -> Kernel:
        """What the compiled code reads."""
        constant = math.log(2 / math.pi) - math.log(self.scale)
        return kernels.HALF_T, (self.scale, 0.0, 1.0, constant), math.inf

    @property
    def tail(self) -> float:
        """Falls as 1 over the square."""
        return 2.0

    @property
    def proper(self) -> bool:
        """It is."""
        return True

    def __str__(self) -> str:
        return f"half-Cauchy({self.scale:g})"


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Log-normal: log tau is normal with mean `mean_log` and standard deviation `sd_log`.

    It serves as a prior of a hazard ratio too, for :func:`assurance` and :class:`Prior`.
    A log-normal prior stated for tau^2 has both numbers twice as large.
    """

    mean_log: float
    sd_log: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean_log", number("mean_log", self.mean_log))
        positive(self, "sd_log")

    @property
    def kernel(self) -> Kernel:
        """What the compiled code reads."""
        constant = -math.log(self.sd_log) - _HALF_LOG_TWO_PI
        return kernels.LOG_NORMAL, (self.mean_log, self.sd_log, 0.0, constant), math.inf

    @property
    def tail(self) -> float:
        """Faster than any power."""
        return math.inf

    @property
    def proper(self) -> bool:
        """It is."""
        return True

    def ppf(self, u: ArrayLike) -> NDArray[np.float64]:
        """Quantiles, as of a hazard ratio whose logarithm is normal."""
        from scipy import special

        return np.asarray(np.exp(self.mean_log + self.sd_log * special.ndtri(np.asarray(u))))

    def __str__(self) -> str:
        return f"log-normal({self.mean_log:g}, {self.sd_log:g})"


@dataclass(frozen=True, slots=True)
class LogStudentT:
    """Log-t: (log tau - `location`) / `scale` is t with `df` degrees of freedom.

    Stated for tau^2, location and scale are twice as large.
    """

    location: float
    scale: float
    df: float = 5.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "location", number("location", self.location))
        positive(self, "scale", "df")

    @property
    def kernel(self) -> Kernel:
        """What the compiled code reads."""
        constant = (
            math.lgamma((self.df + 1) / 2)
            - math.lgamma(self.df / 2)
            - 0.5 * math.log(self.df * math.pi)
            - math.log(self.scale)
        )
        return kernels.LOG_T, (self.location, self.scale, self.df, constant), math.inf

    @property
    def tail(self) -> float:
        """Hardly faster than 1 over tau: no moment of its own."""
        return 1.0

    @property
    def proper(self) -> bool:
        """It is."""
        return True

    def __str__(self) -> str:
        return f"log-t({self.location:g}, {self.scale:g}, {self.df:g})"


@dataclass(frozen=True, slots=True)
class Exponential:
    """Exponential, of mean `scale`."""

    scale: float

    def __post_init__(self) -> None:
        positive(self, "scale")

    @property
    def kernel(self) -> Kernel:
        """What the compiled code reads."""
        return kernels.EXPONENTIAL, (self.scale, 0.0, 0.0, -math.log(self.scale)), math.inf

    @property
    def tail(self) -> float:
        """Faster than any power."""
        return math.inf

    @property
    def proper(self) -> bool:
        """It is."""
        return True

    def __str__(self) -> str:
        return f"exponential({self.scale:g})"


@dataclass(frozen=True, slots=True)
class Uniform:
    """Uniform from 0 to `upper`; without it flat on the half-line, which is improper."""

    upper: float = math.inf

    def __post_init__(self) -> None:
        if self.upper != math.inf:
            positive(self, "upper")

    @property
    def kernel(self) -> Kernel:
        """What the compiled code reads."""
        if math.isinf(self.upper):
            return kernels.FLAT, (0.0, 0.0, 0.0, 0.0), math.inf
        return kernels.UNIFORM, (0.0, 0.0, 0.0, -math.log(self.upper)), self.upper

    @property
    def tail(self) -> float:
        """None where it is bounded."""
        return 0.0 if math.isinf(self.upper) else math.inf

    @property
    def proper(self) -> bool:
        """Where it is bounded."""
        return not math.isinf(self.upper)

    def __str__(self) -> str:
        return "flat" if math.isinf(self.upper) else f"uniform(0, {self.upper:g})"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A known tau; 0 is the common-effect model."""

    value: float = 0.0

    def __post_init__(self) -> None:
        made = number("value", self.value, "Give 0 or more")
        if made < 0:
            raise InputError.of("value", made, "must be 0 or more", "Give 0 for a common effect")
        object.__setattr__(self, "value", made)

    @property
    def kernel(self) -> Kernel:
        """What the compiled code reads: nothing is integrated."""
        return kernels.FLAT, (0.0, 0.0, 0.0, 0.0), self.value

    @property
    def tail(self) -> float:
        """None."""
        return math.inf

    @property
    def proper(self) -> bool:
        """It is."""
        return True

    def __str__(self) -> str:
        return f"known, {self.value:g}"
