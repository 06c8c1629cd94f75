"""Trials decided by a posterior probability, with borrowed information: what they do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from equipoise.errors import InputError
from equipoise.inputs import number, one_of, whole
from equipoise.numerics import decisions as kernels
from equipoise.parts.distributions import Beta, Normal
from equipoise.parts.mixtures import Mixture, as_mixture
from equipoise.vocabulary.question import Direction
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from equipoise.numerics.decisions import Floats, Ints, Parts

MOST_PATIENTS = 5000


@record
class OneArmDecision:
    """A single-arm trial that succeeds when P(parameter beyond a threshold) is high enough.

    Parameters
    ----------
    n : int
        Patients.
    threshold : float
        A proportion in (0, 1), or a mean where `prior` is normal.
    certainty : float
        Success needs a posterior probability above this.
    prior : Beta, Normal or Mixture, optional
        Of the analysis; a normal mixture with its `unit_sd` for a mean. Without one, success is an
        exact lower (upper) confidence limit, one-sided at 1 - `certainty`, beyond the threshold.
    better : {"higher", "lower"}
        Which way is good.
    """

    n: int
    threshold: float
    certainty: float = 0.975
    prior: Beta | Normal | Mixture | None = None
    better: Direction = "higher"

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", whole("n", self.n, 1, MOST_PATIENTS))
        one_of("better", self.better, ("higher", "lower"))
        check_certainty(self.certainty)
        if self.prior is not None:
            object.__setattr__(self, "prior", as_mixture(self.prior))
        number("threshold", self.threshold)
        if self.family == "gamma":
            raise InputError.of("prior", str(self.prior), "must be beta or normal", "Give one")
        if self.family == "beta" and not 0 < self.threshold < 1:
            raise InputError.of(
                "threshold", self.threshold, "must lie between 0 and 1", "Give a proportion"
            )
        if self.family == "normal" and self._mixture.unit_sd is None:
            raise InputError.of(
                "unit_sd", None, "is needed in a normal prior", "Give one observation's SD"
            )

    @property
    def _mixture(self) -> Mixture:
        assert isinstance(self.prior, Mixture)
        return self.prior

    @property
    def family(self) -> str:
        """Beta for a proportion, normal for a mean."""
        return "beta" if self.prior is None else self._mixture.family

    @property
    def critical(self) -> float:
        """The least extreme result that succeeds: a count of `n`, or an observed mean.

        For a count, `n` + 1 (-1 where lower is better) where none does.
        """
        if self.family == "normal":
            return self._critical_mean()
        good = self._critical_good()
        return good if self.better == "higher" else self.n - good

    def _critical_good(self) -> int:
        threshold = self.threshold if self.better == "higher" else 1 - self.threshold
        if self.prior is None:
            return kernels.exact_critical(self.n, threshold, 1 - self.certainty)
        parts = turned(self._mixture, self.better)
        return kernels.one_arm_critical(parts, self.n, threshold, self.certainty)

    def _critical_mean(self) -> float:
        sign = 1.0 if self.better == "higher" else -1.0
        weights, mean, sd = self._mixture.arrays
        unit = self._mixture.unit_sd or 1.0
        found = kernels.normal_critical(
            (weights, sign * mean, sd), unit / math.sqrt(self.n), sign * self.threshold,
            self.certainty, unit,
        )  # fmt: skip
        return sign * found

    def success(self, truth: ArrayLike) -> Floats:
        """P(success) at each true proportion or mean, (m,)."""
        at = np.atleast_1d(np.asarray(truth, np.float64))
        if self.family == "normal":
            from scipy import special

            unit = self._mixture.unit_sd or 1.0
            sign = 1.0 if self.better == "higher" else -1.0
            z = sign * (at - self._critical_mean()) / (unit / math.sqrt(self.n))
            return np.asarray(special.ndtr(z))
        check_proportions("truth", at)
        good = at if self.better == "higher" else 1 - at
        return kernels.tail_at(self._critical_good(), self.n, good)

    def assurance(self, prior: Any) -> float:
        """P(success) with the truth from a distribution; see :func:`equipoise.assurance`."""
        made = as_mixture(prior)
        if made.family != self.family:
            raise InputError.of(
                "prior", made.family, f"must be {self.family}, as the decision", "Give such a one"
            )
        if self.family == "beta":
            return kernels.predictive_tail(turned(made, self.better), self._critical_good(), self.n)
        from scipy import special

        weights, mean, sd = made.arrays
        unit = self._mixture.unit_sd or 1.0
        sign = 1.0 if self.better == "higher" else -1.0
        spread = np.hypot(sd, unit / math.sqrt(self.n))
        return float(weights @ special.ndtr(sign * (mean - self._critical_mean()) / spread))

    def frame(self, truth: ArrayLike) -> pl.DataFrame:
        """truth, success: operating characteristics over true values."""
        import polars as pl

        at = np.atleast_1d(np.asarray(truth, np.float64))
        return pl.DataFrame({"truth": at, "success": self.success(at)})


@record
class TwoArmDecision:
    """A two-arm trial of proportions that succeeds when P(treatment better) is high enough.

    Parameters
    ----------
    n_control, n_treatment : int
    certainty : float
        Success needs P(difference of good outcomes beyond `margin`) above this.
    margin : float
        On the difference of proportions, in favour of treatment; 0 for superiority.
    prior_control, prior_treatment : Beta or Mixture, optional
        Of the analysis, as proportions with the event; uniform unless given. With neither, success
        is Fisher's exact test, one-sided at 1 - `certainty`, and `margin` is 0.
    better : {"higher", "lower"}
        Whether the event is good.
    """

    n_control: int
    n_treatment: int
    certainty: float = 0.975
    margin: float = 0.0
    prior_control: Beta | Mixture | None = None
    prior_treatment: Beta | Mixture | None = None
    better: Direction = "higher"

    def __post_init__(self) -> None:
        for name in ("n_control", "n_treatment"):
            object.__setattr__(self, name, whole(name, getattr(self, name), 1, MOST_PATIENTS))
        one_of("better", self.better, ("higher", "lower"))
        check_certainty(self.certainty)
        if not -1 < number("margin", self.margin) < 1:
            raise InputError.of("margin", self.margin, "must lie in (-1, 1)", "Give 0, say")
        for name in ("prior_control", "prior_treatment"):
            given = getattr(self, name)
            if given is None:
                continue
            made = as_mixture(given)
            if made.family != "beta":
                raise InputError.of(name, made.family, "must be beta", "Give proportions' priors")
            object.__setattr__(self, name, made)
        if self.fisher and self.margin != 0:
            raise InputError.of(
                "margin", self.margin, "Fisher's test has none", "Give a prior, or no margin"
            )

    @property
    def fisher(self) -> bool:
        """Whether success is Fisher's exact test, for want of priors."""
        return self.prior_control is None and self.prior_treatment is None

    @property
    def critical(self) -> Ints:
        """Good outcomes on treatment needed, by good outcomes on control, (n_control + 1,)."""
        if self.fisher:
            return kernels.fisher_table(self.n_control, self.n_treatment, 1 - self.certainty)
        uniform = Beta(1, 1)
        treatment, control = (
            turned(as_mixture(given if given is not None else uniform), self.better)
            for given in (self.prior_treatment, self.prior_control)
        )
        return kernels.two_arm_table(
            treatment, control, self.n_treatment, self.n_control, self.margin, self.certainty
        )

    def success(self, control: ArrayLike, treatment: ArrayLike) -> Floats:
        """P(success) at each pair of true proportions, which broadcast, (m,)."""
        c, t = np.broadcast_arrays(
            np.atleast_1d(np.asarray(control, np.float64)),
            np.atleast_1d(np.asarray(treatment, np.float64)),
        )
        check_proportions("control", c)
        check_proportions("treatment", t)
        if self.better == "lower":
            c, t = 1 - c, 1 - t
        return kernels.two_arm_success(self.critical, self.n_treatment, np.ravel(t), np.ravel(c))

    def assurance(self, control: Any, treatment: Any) -> float:
        """P(success) with both truths from independent beta mixtures."""
        parts = [turned(as_mixture(prior), self.better) for prior in (control, treatment)]
        for prior in (control, treatment):
            if as_mixture(prior).family != "beta":
                raise InputError.of("prior", str(prior), "must be beta", "Give proportions' priors")
        by_control = kernels.predictive(parts[0], self.n_control)
        by_treatment = kernels.predictive(parts[1], self.n_treatment)
        return kernels.two_arm_predictive(self.critical, by_treatment, by_control)

    def drift(self, control: ArrayLike, *, effect: float = 0.0) -> pl.DataFrame:
        """What borrowing does as the true control proportion drifts from its prior.

        Parameters
        ----------
        control : array_like (m,)
            True control proportions.
        effect : float
            True difference, treatment minus control; 0 for type I error.

        Returns
        -------
        polars.DataFrame
            control, drift (from the prior mean), success, and `without` borrowing: the same
            decision with a uniform prior in both arms.
        """
        import polars as pl

        at = np.atleast_1d(np.asarray(control, np.float64))
        alone = TwoArmDecision(
            n_control=self.n_control,
            n_treatment=self.n_treatment,
            certainty=self.certainty,
            margin=self.margin,
            prior_control=Beta(1, 1),
            prior_treatment=Beta(1, 1),
            better=self.better,
        )
        mean = 0.5 if self.prior_control is None else self.prior_control.mean
        return pl.DataFrame(
            {
                "control": at,
                "drift": at - mean,
                "success": self.success(at, at + effect),
                "without": alone.success(at, at + effect),
            }
        )

    def chart(self, control: ArrayLike | None = None) -> alt.TopLevelMixin:
        """Type I error against the drift of control from its prior, with and without borrowing."""
        from .decision_charts import drift

        at = np.linspace(0.01, 0.99, 99) if control is None else control
        return drift(self.drift(at), 1 - self.certainty)


def turned(mixture: Mixture, better: str) -> Parts:
    """The mixture of good outcomes: a beta's parameters change places where lower is better."""
    weights, first, second = mixture.arrays
    if better == "lower" and mixture.family == "beta":
        return weights, second, first
    return weights, first, second


def check_certainty(value: float) -> None:
    """A posterior probability that success can need."""
    if not 0.5 <= number("certainty", value) < 1:
        raise InputError.of("certainty", value, "must lie in [0.5, 1)", "Give 0.975, say")


def check_proportions(name: str, values: Floats) -> None:
    """All in [0, 1]."""
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError.of(name, values.tolist(), "must be proportions", "Give values in [0, 1]")
