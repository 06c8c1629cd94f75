"""Posterior distributions of one number: the mean effect, a new study's, a study's own, tau."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.inputs import one_of
from equipoise.numerics import normal_hierarchy as kernels
from equipoise.numerics.normal_mixtures import (
    normal_cdf,
    normal_density,
    normal_quantiles,
    normal_tail,
)

if TYPE_CHECKING:
    from .synthesis import Interval

Floats = NDArray[np.float64]
IntervalKind = Literal["central", "shortest"]


class Marginal(Protocol):
    """What every posterior distribution can tell; see `NormalMarginal`."""

    @property
    def mean(self) -> float:
        """Mean; infinite where there is none."""

    @property
    def sd(self) -> float:
        """Standard deviation; infinite where there is none."""

    @property
    def median(self) -> float:
        """Median."""

    def quantile(self, q: ArrayLike) -> Any:
        """Quantiles, (n,) or a number."""

    def cdf(self, x: ArrayLike) -> Any:
        """P(value <= x), (n,) or a number."""

    def density(self, x: ArrayLike) -> Any:
        """Density, (n,) or a number."""

    def above(self, x: float) -> float:
        """P(value > x)."""

    def interval(self, level: float = 0.95, kind: IntervalKind = "central") -> Interval:
        """Credible interval."""


def flat_array(values: ArrayLike) -> Floats:
    """At least one-dimensional, contiguous float64."""
    return np.ascontiguousarray(np.atleast_1d(np.asarray(values, np.float64)).ravel())


def like(values: Floats, given: ArrayLike) -> Any:
    """A number for a number, else an array of the given shape."""
    shape = np.shape(given)
    return float(values[0]) if shape == () else values.reshape(shape)


def check_shares(q: ArrayLike) -> Floats:
    """Probabilities strictly between 0 and 1."""
    shares = flat_array(q)
    if not ((shares > 0) & (shares < 1)).all():
        raise InputError.of("q", q, "must lie strictly between 0 and 1", "Give 0.5 for the median")
    return shares


def interval_of(marginal: Marginal, level: float, kind: str) -> Interval:
    """Equal tails, or the shortest of that probability, found by golden section."""
    one_of("kind", kind, ("central", "shortest"))
    if not 0 < level < 1:
        raise InputError.of("level", level, "must lie between 0 and 1", "Give 0.95 for 95%")
    rest = 1 - level
    if kind == "central":
        low, high = marginal.quantile([rest / 2, 1 - rest / 2])
        return float(low), float(high)
    from scipy import optimize

    def length(below: float) -> float:
        low, high = marginal.quantile([below, below + level])
        return float(high - low)

    edge = 1e-9 * rest
    found = optimize.minimize_scalar(length, bounds=(edge, rest - edge), method="bounded")
    best = float(found.x)
    for end in (edge, rest - edge):
        if length(end) < length(best):
            best = end
    low, high = marginal.quantile([best, best + level])
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class NormalMarginal:
    """A mixture of normals: `weight`, `centre` and `spread` are (m,), of the quadrature's nodes.

    `mean` and `sd` are infinite where the distribution has none; they are never truncated ones.
    """

    weight: Floats
    centre: Floats
    spread: Floats
    mean: float
    sd: float

    @property
    def median(self) -> float:
        """Median."""
        return float(self.quantile(0.5))

    def quantile(self, q: ArrayLike) -> Any:
        """Quantiles, in any order."""
        return like(normal_quantiles(check_shares(q), self.weight, self.centre, self.spread), q)

    def cdf(self, x: ArrayLike) -> Any:
        """P(value <= x)."""
        return like(normal_cdf(flat_array(x), self.weight, self.centre, self.spread), x)

    def density(self, x: ArrayLike) -> Any:
        """Density at x."""
        return like(normal_density(flat_array(x), self.weight, self.centre, self.spread), x)

    def above(self, x: float) -> float:
        """P(value > x)."""
        return float(normal_tail(flat_array(x), self.weight, self.centre, self.spread)[0])

    def interval(self, level: float = 0.95, kind: IntervalKind = "central") -> Interval:
        """Credible interval of equal tails, or the shortest one."""
        return interval_of(self, level, kind)


def normal_marginal(
    weight: Floats, centre: Floats, spread: Floats, *, has_mean: bool = True, has_sd: bool = True
) -> NormalMarginal:
    """Moments of the mixture, and its components that weigh anything."""
    mean = float(weight @ centre) if has_mean else math.inf
    sd = math.inf
    if has_sd:
        about = float(weight @ centre)
        sd = math.sqrt(float(weight @ (spread**2 + (centre - about) ** 2)))
    kept = weight > 1e-15
    w, c, s = (np.ascontiguousarray(part[kept]) for part in (weight, centre, spread))
    made = NormalMarginal(w, c, s, mean, sd)
    for part in (made.weight, made.centre, made.spread):
        part.setflags(write=False)
    return made


@dataclass(frozen=True, slots=True)
class TauPiece:
    """The posterior of tau under one component of the prior of mu, as the kernels read it."""

    share: float
    panels: Floats
    place: tuple[float, float, float]
    problem: tuple[Any, ...]

    def quantiles(self, q: Floats) -> Floats:
        """Within this piece alone."""
        return np.asarray(kernels.tau_quantiles(q, self.panels, self.place, self.problem))

    def below(self, tau: Floats) -> Floats:
        """Within this piece alone."""
        return np.asarray(kernels.tau_probability(tau, self.panels, self.place, self.problem))

    def density(self, tau: Floats) -> Floats:
        """Within this piece alone."""
        return np.asarray(kernels.tau_density(tau, self.place, self.problem))


@dataclass(frozen=True, slots=True)
class TauMarginal:
    """The posterior of tau; infinite moments are those that do not exist."""

    pieces: tuple[TauPiece, ...]
    mean: float
    sd: float

    @property
    def median(self) -> float:
        """Median."""
        return float(self.quantile(0.5))

    def quantile(self, q: ArrayLike) -> Any:
        """Quantiles."""
        shares = check_shares(q)
        if len(self.pieces) == 1:
            return like(self.pieces[0].quantiles(shares), q)
        from scipy import optimize

        each = np.array([piece.quantiles(shares) for piece in self.pieces])
        found = [
            low
            if high - low < 1e-13 * high
            else optimize.brentq(
                lambda tau, share=share: float(self.cdf(tau)) - share, low, high, xtol=1e-14
            )
            for share, low, high in zip(shares, each.min(axis=0), each.max(axis=0), strict=True)
        ]
        return like(np.array(found), q)

    def cdf(self, x: ArrayLike) -> Any:
        """P(tau <= x)."""
        tau = flat_array(x)
        total = sum(piece.share * piece.below(tau) for piece in self.pieces)
        return like(np.asarray(total), x)

    def density(self, x: ArrayLike) -> Any:
        """Density at x."""
        tau = flat_array(x)
        total = sum(piece.share * piece.density(tau) for piece in self.pieces)
        return like(np.asarray(total), x)

    def above(self, x: float) -> float:
        """P(tau > x)."""
        return 1.0 - float(self.cdf(x))

    def interval(self, level: float = 0.95, kind: IntervalKind = "shortest") -> Interval:
        """Credible interval: the shortest unless asked for equal tails; it may begin at 0."""
        low, high = interval_of(self, level, kind)
        if kind == "shortest" and float(self.cdf(low)) < 1e-6 * (1 - level):
            return 0.0, float(self.quantile(level))
        return low, high


@dataclass(frozen=True, slots=True)
class PointMarginal:
    """A value that is known, as tau in a common-effect model."""

    value: float

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def sd(self) -> float:
        """None."""
        return 0.0

    @property
    def median(self) -> float:
        """The value."""
        return self.value

    def quantile(self, q: ArrayLike) -> Any:
        """The value."""
        return like(np.full(flat_array(q).size, self.value), q)

    def cdf(self, x: ArrayLike) -> Any:
        """0 below the value, else 1."""
        return like((flat_array(x) >= self.value).astype(np.float64), x)

    def density(self, x: ArrayLike) -> Any:
        """Infinite at the value, else 0."""
        return like(np.where(flat_array(x) == self.value, np.inf, 0.0), x)

    def above(self, x: float) -> float:
        """0 or 1."""
        return float(self.value > x)

    def interval(self, level: float = 0.95, kind: IntervalKind = "central") -> Interval:
        """The value twice."""
        return self.value, self.value
