"""Mixtures of conjugate distributions: borrowed information with a way out."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from equipoise.errors import InputError
from equipoise.inputs import number, numbers
from equipoise.numerics import mixtures as kernels
from equipoise.vocabulary.record import record

from .distributions import Beta, Conjugate, Gamma, Normal

Floats = NDArray[np.float64]
SizeMethod = Literal["elir", "moment", "morita"]


@record
class Mixture:
    """Several normal, beta or gamma distributions, each with a weight.

    Parameters
    ----------
    weights : tuple of float
        Each in [0, 1], together 1.
    components : tuple of Normal, Beta or Gamma
        All of one family.
    unit_sd : float, optional
        Of a normal mixture: the standard deviation of one observation, against which an effective
        sample size is counted and a vague component is scaled.
    divergence : float, optional
        Of a fitted mixture: Kullback-Leibler, in nats, from what it was fitted to.

    Raises
    ------
    InputError
        Weights outside [0, 1] or not summing to 1; components of several families.
    """

    weights: tuple[float, ...]
    components: tuple[Conjugate, ...]
    unit_sd: float | None = None
    divergence: float | None = None

    def __post_init__(self) -> None:
        weights = tuple(map(float, numbers("weights", self.weights, "Give shares that sum to 1")))
        components = tuple(self.components)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "components", components)
        for weight in weights:
            share("weights", weight)
        if abs(sum(weights) - 1) > 1e-9:
            raise InputError.of("weights", weights, "must sum to 1", "Divide them by their sum")
        if len(weights) != len(components):
            raise InputError.of(
                "components", len(components), f"must be as many as weights, {len(weights)}",
                "Give one component a weight",
            )  # fmt: skip
        families = sorted({type(part).__name__ for part in components})
        if len(families) > 1 or families[0] not in {"Normal", "Beta", "Gamma"}:
            raise InputError.of(
                "components", families, "must be of one family: Normal, Beta or Gamma", "Give one"
            )
        if self.unit_sd is not None and number("unit_sd", self.unit_sd) <= 0:
            raise InputError.of("unit_sd", self.unit_sd, "must be above 0", "Give one unit's SD")

    @property
    def family(self) -> str:
        """Normal, beta or gamma."""
        return type(self.components[0]).__name__.lower()

    @property
    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Weights, first and second parameters, each (m,), as the kernels read them."""
        first, second = zip(*(parameters(part) for part in self.components), strict=True)
        return np.array(self.weights), np.array(first), np.array(second)

    @property
    def support(self) -> tuple[float, float]:
        """Where there is any mass."""
        return self.components[0].support

    @property
    def mean(self) -> float:
        """Mean."""
        return sum(w * part.mean for w, part in zip(self.weights, self.components, strict=True))

    @property
    def variance(self) -> float:
        """Variance."""
        mean = self.mean
        return sum(
            w * (part.variance + (part.mean - mean) ** 2)
            for w, part in zip(self.weights, self.components, strict=True)
        )

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(self.variance)

    def _sum(self, values: list[Floats]) -> Any:
        return np.tensordot(np.array(self.weights), np.array(values), axes=1)

    def cdf(self, x: ArrayLike) -> Any:
        """P(X <= x)."""
        return self._sum([part.cdf(x) for part in self.components])

    def pdf(self, x: ArrayLike) -> Any:
        """Density."""
        return self._sum([part.pdf(x) for part in self.components])

    def logpdf(self, x: ArrayLike) -> Any:
        """Log density."""
        logs = np.array([part.logpdf(x) for part in self.components])
        weights = np.array(self.weights).reshape((-1,) + (1,) * (logs.ndim - 1))
        return special.logsumexp(logs, axis=0, b=weights)

    def ppf(self, u: ArrayLike) -> Any:
        """Quantiles, each between the components' own."""
        at = np.atleast_1d(np.asarray(u, np.float64))
        each = np.array([part.ppf(at.ravel()) for part in self.components])
        low, high = each.min(axis=0), each.max(axis=0)
        for _ in range(200):  # bisection, all quantiles at once, to the last bit but two
            middle = 0.5 * (low + high)
            above = self.cdf(middle) >= at.ravel()
            high, low = np.where(above, middle, high), np.where(above, low, middle)
            if (high - low <= 4e-16 * np.abs(middle)).all():
                break
        found = (0.5 * (low + high)).reshape(at.shape)
        return float(found[0]) if np.shape(u) == () else found

    @property
    def mode(self) -> float:
        """The highest of the modes."""
        low, high = self.ppf(1e-4), self.ppf(1 - 1e-4)
        grid = np.unique(
            np.concatenate([np.linspace(low, high, 400), self.ppf(np.linspace(0.001, 0.999, 400))])
        )
        at = int(np.argmax(self.logpdf(grid)))
        left, right = grid[max(at - 1, 0)], grid[min(at + 1, grid.size - 1)]
        found = optimize.minimize_scalar(
            lambda x: -float(self.logpdf(x)), bounds=(left, right), method="bounded",
            options={"xatol": 1e-12},
        )  # fmt: skip
        return float(found.x)

    def robust(
        self, weight: float = 0.2, *, mean: float | None = None, units: float = 1.0
    ) -> Mixture:
        """Add a vague component, so that data in conflict with the prior can throw it off.

        Parameters
        ----------
        weight : float
            Of the vague component, in [0, 1]; the others share the rest.
        mean : float, optional
            Of the vague component: 0.5 for a proportion, else the mixture's mean.
        units : float
            How many observations it is worth: for a proportion beta(mean (units + 1), ...), so that
            1 with mean 0.5 is uniform; for a mean ``unit_sd / sqrt(units)``; for a rate gamma of
            rate `units`.

        References
        ----------
        Schmidli et al. (2014), Biometrics 70:1023.
        """
        share("weight", weight)
        if number("units", units) <= 0:
            raise InputError.of("units", units, "must be above 0", "Give 1 for one observation")
        vague = self._vague(mean, units)
        rest = tuple((1 - weight) * w for w in self.weights)
        return Mixture(
            weights=(*rest, float(weight)),
            components=(*self.components, vague),
            unit_sd=self.unit_sd,
        )

    def _vague(self, mean: float | None, units: float) -> Conjugate:
        if self.family == "beta":
            centre = 0.5 if mean is None else mean
            if not 0 < centre < 1:
                raise InputError.of("mean", mean, "must lie between 0 and 1", "Give a proportion")
            return Beta(centre * (units + 1), (1 - centre) * (units + 1))
        centre = self.mean if mean is None else number("mean", mean)
        if self.family == "gamma":
            return Gamma(centre * units, units)
        if self.unit_sd is None:
            raise InputError.of(
                "unit_sd", None, "is needed to make a vague normal component",
                "Give the standard deviation of one observation in the mixture",
            )  # fmt: skip
        return Normal(centre, self.unit_sd / math.sqrt(units))

    def posterior(self, **data: float) -> Mixture:
        """Update with data: weights by how well each component predicted them.

        Parameters
        ----------
        events, n : float
            Of a beta mixture: a binomial count.
        estimate, se : float
            Of a normal mixture.
        events, exposure : float
            Of a gamma mixture: a Poisson count in so much time.
        """
        wanted = {"beta": ("events", "n"), "normal": ("estimate", "se")}.get(
            self.family, ("events", "exposure")
        )
        if set(data) != set(wanted):
            raise InputError.of(
                "data", sorted(data), f"a {self.family} mixture takes {' and '.join(wanted)}",
                "Give these",
            )  # fmt: skip
        x, size = (number(name, data[name]) for name in wanted)
        self._check_data(wanted, x, size)
        weights, first, second = kernels.update(self.family, *self.arrays, x, size)
        kind = type(self.components[0])
        return Mixture(
            weights=tuple(weights / weights.sum()),
            components=tuple(kind(float(a), float(b)) for a, b in zip(first, second, strict=True)),
            unit_sd=self.unit_sd,
        )

    def _check_data(self, names: tuple[str, str], x: float, size: float) -> None:
        bad = size <= 0 if self.family != "beta" else size < 0
        if bad:
            raise InputError.of(names[1], size, "must be above 0", "Give the size of the data")
        if self.family != "normal" and (x < 0 or (self.family == "beta" and x > size)):
            raise InputError.of("events", x, "must be from 0 to all", "Correct the count")

    def larger_than(self, other: Conjugate | Mixture, margin: float = 0.0) -> float:
        """P(this - other > `margin`) for independent beta, or independent normal, mixtures.

        In closed form for normals; for proportions one is summed on its logit with the exact tail
        of the other, to about 1e-8.
        """
        second = as_mixture(other)
        if second.family != self.family or self.family == "gamma":
            raise InputError.of(
                "other", second.family, f"must be of this family, {self.family}, beta or normal",
                "Give such a one",
            )  # fmt: skip
        edge = number("margin", margin)
        if self.family == "beta":
            from equipoise.numerics.decisions import probability_larger

            return float(probability_larger([self.arrays], [second.arrays], edge)[0, 0])
        weights, mean, sd = self.arrays
        others, means, sds = second.arrays
        z = (mean[:, None] - means - edge) / np.hypot(sd[:, None], sds)
        return float(weights @ special.ndtr(z) @ others)

    def conflict(self, **data: float) -> float:
        """Chance of data no more likely than these under this prior (Box 1980).

        Takes what `posterior` takes. Small values say that prior and data disagree.
        """
        self.posterior(**data)
        x = data["events"] if self.family != "normal" else data["estimate"]
        size = {"beta": "n", "normal": "se", "gamma": "exposure"}[self.family]
        return kernels.box_p_value(self.family, *self.arrays, float(x), float(data[size]))

    def effective_sample_size(self, method: SizeMethod = "elir") -> float:
        """How many observations the prior is worth.

        Parameters
        ----------
        method : {"elir", "moment", "morita"}
            Expected local-information-ratio; that of the single conjugate distribution of the same
            mean and variance; Morita's, at the mode.

        Returns
        -------
        float
            Patients of a proportion, observations of standard deviation `unit_sd` of a mean, units
            of exposure of a rate. "elir" is infinite, and so refused, where a beta component has a
            parameter below 1.

        References
        ----------
        Neuenschwander, Weber, Schmidli & O'Hagan (2020), Biometrics 76:578; Morita, Thall & Müller
        (2008), Biometrics 64:595, with the flat prior at the mode and a hundredth of its weight.
        """
        if method not in ("elir", "moment", "morita"):
            raise InputError.of("method", method, "must be elir, moment or morita", "Choose one")
        weights, first, second = self.arrays
        if self.family == "normal" and self.unit_sd is None:
            raise InputError.of(
                "unit_sd", None, "is needed to count observations", "Give one unit's SD"
            )
        unit = 1.0 if self.unit_sd is None else self.unit_sd
        if method == "moment":
            return kernels.moment_size(self.family, self.mean, self.variance, unit)
        if method == "morita":
            return kernels.morita_size(self.family, weights, first, second, unit, self.mode)
        if self.family == "beta" and min(first.min(), second.min()) < 1:
            raise InputError.of(
                "method", "elir", "does not exist where a beta parameter is below 1",
                "Use 'moment' or 'morita'",
            )  # fmt: skip
        return kernels.elir_size(self.family, weights, first, second, unit)

    def __str__(self) -> str:
        return " + ".join(
            f"{w:.3g} {part}" for w, part in zip(self.weights, self.components, strict=True)
        )


def parameters(part: Conjugate) -> tuple[float, float]:
    """The two numbers that state a component."""
    match part:
        case Normal(mean=first, sd=second) | Beta(a=first, b=second):
            return first, second
        case Gamma(shape=first, rate=second):
            return first, second
    raise AssertionError(part)


def share(name: str, value: Any) -> float:
    """`value`, which must lie in [0, 1]."""
    made = number(name, value, "Give a share such as 0.2")
    if not 0 <= made <= 1:
        raise InputError.of(name, value, "must lie in [0, 1]", "Give a share such as 0.2")
    return made


def as_mixture(prior: Any, unit_sd: float | None = None) -> Mixture:
    """A single distribution as a mixture of one; a mixture as it is."""
    if isinstance(prior, Mixture):
        return prior
    if isinstance(prior, Normal | Beta | Gamma):
        return Mixture(weights=(1.0,), components=(prior,), unit_sd=unit_sd)
    raise InputError.of(
        "prior", prior, "must be Normal, Beta, Gamma or a Mixture", "Give one of these"
    )


def mix(
    parts: tuple[tuple[float, Conjugate | Mixture], ...], unit_sd: float | None = None
) -> Mixture:
    """Mixtures and distributions together, each with the weight of its whole."""
    weights: list[float] = []
    components: list[Conjugate] = []
    for weight, part in parts:
        made = as_mixture(part)
        weights += [weight * w for w in made.weights]
        components += made.components
        unit_sd = unit_sd if unit_sd is not None else made.unit_sd
    return Mixture(weights=tuple(weights), components=tuple(components), unit_sd=unit_sd)
