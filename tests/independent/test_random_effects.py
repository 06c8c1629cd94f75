"""The natural course against plain integration on even grids, and other second opinions.

The brute force below takes no quadrature from the package. Given the spread tau, a cohort's
logit is mu + tau z; mu, tau and z are summed on even grids (trapezoid rule: the integrands are
smooth, decay in mu and z, and are even in tau). It never looks for a mode.
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import interpolate, signal, special, stats

from equipoise.claims.natural_course import natural_course
from equipoise.numerics.artefacts import past_the_peak, regression_to_mean
from equipoise.numerics.comparison import beta_on_logit, probability_better
from equipoise.numerics.new_series import logit_quantiles
from equipoise.numerics.random_effects import FINE_MU_NODES, count_given, posterior
from equipoise.numerics.two_by_two import normal_sample_size
from equipoise.parts.accrual import months_to_enrol
from equipoise.vocabulary.claim import Claim, ClaimedOutcome, Stratum
from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.evidence import Cohort
from equipoise.vocabulary.trial import Accrual

MU_SD = 4.0
Z = np.arange(-8.4, 8.4001, 0.1)
Z_WEIGHT = np.exp(-(Z**2) / 2) * 0.1 / math.sqrt(2 * math.pi)


@dataclass
class Grid:
    """Posterior weights (tau, mu) of one set of cohorts, summing to the evidence."""

    tau: np.ndarray
    mu: np.ndarray
    weight: np.ndarray  # likelihood x prior of mu x step of mu, without the prior of tau
    tau_weight: np.ndarray  # prior of tau x step of tau

    @property
    def joint(self):
        joint = self.weight * self.tau_weight[:, None]
        return joint / joint.sum()


def brute(cohorts, scale, mu_range, points=240):
    tau = np.linspace(0.0, 8 * scale, 81)
    tau_weight = stats.halfnorm.pdf(tau, scale=scale) * tau[1]
    tau_weight[0] /= 2
    mu = np.linspace(*mu_range, points)
    theta = mu[None, :, None] + tau[:, None, None] * Z[None, None, :]
    log_good, log_bad = special.log_expit(theta), special.log_expit(-theta)
    weight = np.tile(stats.norm.pdf(mu, scale=MU_SD) * (mu[1] - mu[0]), (tau.size, 1))
    for good, n in cohorts:
        weight = weight * (np.exp(good * log_good + (n - good) * log_bad) @ Z_WEIGHT)
    return Grid(tau, mu, weight, tau_weight)


def counts(grid, n):
    """P(X = x | tau, mu), (tau, mu, n + 1), for one new series of n."""
    theta = grid.mu[None, :, None] + grid.tau[:, None, None] * Z[None, None, :]
    log_good, log_bad = special.log_expit(theta), special.log_expit(-theta)
    return np.stack(
        [
            math.comb(n, x) * (np.exp(x * log_good + (n - x) * log_bad) @ Z_WEIGHT)
            for x in range(n + 1)
        ],
        axis=-1,
    )


# Four moderate cohorts; one cohort; three of few events; nobody; everybody; both at once.
DATA = {
    "moderate": ([(12, 40), (25, 70), (9, 30), (40, 90)], (-5.0, 4.0)),
    "one": ([(25, 100)], (-8.0, 6.0)),
    "few events": ([(4, 150), (1, 88), (11, 139)], (-10.0, 4.0)),
    "no events": ([(0, 20)], (-26.0, 8.0)),
    "all events": ([(30, 30)], (-8.0, 26.0)),
    "none and all": ([(0, 20), (30, 30)], (-16.0, 16.0)),
}


@pytest.mark.parametrize("name", list(DATA))
def test_posterior_equals_plain_integration(name):
    cohorts, mu_range = DATA[name]
    grid = brute(cohorts, 0.5, mu_range)
    good, n = (np.array(column) for column in zip(*cohorts, strict=True))
    post = posterior(good, n, mu_mean=0.0, mu_sd=MU_SD, tau_scale=0.5)
    assert post.weight.sum() == pytest.approx(1, abs=1e-12)

    evidence = math.log((grid.weight * grid.tau_weight[:, None]).sum())
    assert post.log_evidence == pytest.approx(evidence, abs=1e-5)
    joint = grid.joint
    mean = joint.sum(axis=0) @ grid.mu
    sd = math.sqrt(joint.sum(axis=0) @ (grid.mu - mean) ** 2)
    ours = post.weight @ post.mu
    assert ours == pytest.approx(mean, abs=1e-4)
    assert math.sqrt(post.weight @ (post.mu - ours) ** 2) == pytest.approx(sd, rel=1e-4)
    assert post.weight @ post.tau**2 == pytest.approx(joint.sum(axis=1) @ grid.tau**2, rel=1e-5)
    # tau times an even function is odd: the trapezoid rule needs its first end correction.
    mean_tau = joint.sum(axis=1) @ grid.tau + grid.tau[1] / 6 * joint[0].sum()
    assert post.weight @ post.tau == pytest.approx(mean_tau, rel=1e-5)

    predicted = np.einsum("tm,tmx->x", joint, counts(grid, 31))
    assert predicted.sum() == pytest.approx(1, abs=1e-9)
    table = post.weight @ count_given(post.mu, post.tau, 31)
    assert table == pytest.approx(predicted, rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("name", DATA)
def test_predictive_quantiles_by_plain_integration(name):
    cohorts, mu_range = DATA[name]
    grid = brute(cohorts, 0.5, mu_range)
    good, n = (np.array(column) for column in zip(*cohorts, strict=True))
    post = posterior(good, n, mu_mean=0.0, mu_sd=MU_SD, tau_scale=0.5, mu_nodes=FINE_MU_NODES)
    levels = (0.025, 0.5, 0.975)
    quantiles = logit_quantiles(post.mu, post.predictive_sd, post.weight, levels)
    for level, quantile in zip(levels, quantiles, strict=True):
        below = 0.0
        for tau, row in zip(grid.tau, grid.joint, strict=True):
            cumulative = interpolate.CubicSpline(grid.mu, row).antiderivative()
            limit = np.clip(special.logit(quantile) - tau * Z, grid.mu[0], grid.mu[-1])
            below += cumulative(limit) @ Z_WEIGHT / (grid.mu[1] - grid.mu[0])
        assert below == pytest.approx(level, abs=2e-4)  # of probability: a node of mu is a step


def _when():
    return PartialDate.parse("2020-01-01")


def _cohort(stratum, number, good, n):
    return Cohort(
        cohort=f"{stratum}{number}",
        label="cohort",
        source="s",
        first_public=_when(),
        population="adults",
        stratum=stratum,
        outcome="recovered",
        time_basis="fixed-day",
        confidence="high",
        version="primary",
        time_days=14,
        n=n,
        events=good,
    )


def _course(strata, events, better="higher"):
    """The package's natural course for {stratum: (size, cohorts as (events, n))}."""
    total = sum(size for size, _ in strata.values())
    claimed = ClaimedOutcome(
        outcome="recovered",
        events=events,
        n=total,
        words="w",
        time_basis="fixed-day",
        time_days=14,
    )
    claim = Claim(
        id="c",
        label="claim",
        source="s",
        first_public=_when(),
        treatment="t",
        n=total,
        outcomes=(claimed,),
        strata=tuple(Stratum(id=key, label=key, n=size) for key, (size, _) in strata.items()),
    )
    cohorts = [
        _cohort(key, i, good, n)
        for key, (_, rows) in strata.items()
        for i, (good, n) in enumerate(rows)
    ]
    return natural_course(claim, claimed, better, cohorts, ())


STRATA = {"mild": (5, [(30, 40), (22, 25)]), "severe": (3, [(6, 20), (9, 18)])}


@pytest.mark.parametrize("good", [8, 6])
def test_two_strata_share_the_spread(good):
    course = _course(STRATA, good)
    for spread in course.spreads:
        scale = spread.tau_scale
        (n_a, rows_a), (n_b, rows_b) = STRATA.values()
        a, b = brute(rows_a, scale, (-5, 8), 100), brute(rows_b, scale, (-7, 6), 100)
        # weight (tau, mu of one, mu of the other): each mean has its prior, the spread one prior
        joint = a.tau_weight[:, None, None] * a.weight[:, :, None] * b.weight[:, None, :]
        joint /= joint.sum()
        count_a, count_b = counts(a, n_a), counts(b, n_b)
        tail_b = np.stack(
            [count_b[..., max(good - x, 0) :].sum(axis=-1) for x in range(n_a + 1)], axis=-1
        )
        chance = np.einsum("tax,tbx->tab", count_a, tail_b)
        assert spread.probability.value == pytest.approx((joint * chance).sum(), rel=2e-4)
        if scale != 0.5:
            continue
        one = [(joint * (1 - (1 - chance) ** k)).sum() for k in range(1, 51)]
        assert course.selective == pytest.approx(np.array(one), rel=2e-4)
        distribution = np.zeros(n_a + n_b + 1)
        given_a = np.einsum("tab,tax->tbx", joint, count_a)
        for y in range(n_b + 1):
            distribution[y : y + n_a + 1] += np.einsum("tbx,tb->x", given_a, count_b[..., y])
        assert course.distribution == pytest.approx(distribution, rel=2e-4, abs=1e-9)
        # It would show if strata were treated as independent evidence, each with its own spread.
        apart = np.convolve(
            np.einsum("tm,tmx->x", a.joint, count_a), np.einsum("tm,tmx->x", b.joint, count_b)
        )
        assert np.abs(apart - distribution).max() > 1e-3


def test_untreated_rate_of_two_strata_by_monte_carlo():
    course = _course(STRATA, 8)
    rng, n = np.random.default_rng(20200327), 200_000
    (n_a, rows_a), (n_b, rows_b) = STRATA.values()
    a, b = brute(rows_a, 0.5, (-5, 8), 200), brute(rows_b, 0.5, (-7, 6), 200)
    tau_weight = a.tau_weight * a.weight.sum(axis=1) * b.weight.sum(axis=1)
    node = rng.choice(a.tau.size, n, p=tau_weight / tau_weight.sum())
    share = np.zeros(n)
    for grid, size in ((a, n_a), (b, n_b)):
        mu = np.empty(n)
        for i in np.unique(node):
            here = node == i
            weight = grid.weight[i] / grid.weight[i].sum()
            cumulative = weight.cumsum() - weight / 2  # a node stands in the middle of its step
            mu[here] = np.interp(rng.random(here.sum()), cumulative, grid.mu)
        share += size / (n_a + n_b) * special.expit(mu + a.tau[node] * rng.standard_normal(n))
    for level, limit in zip((0.025, 0.5, 0.975), course.untreated.value, strict=True):
        below = np.mean(share < limit)
        # 4 standard errors, and 0.002 for the even grids and the steps of our own mixture.
        assert abs(below - level) < 4 * math.sqrt(level * (1 - level) / n) + 0.002


def test_one_stratum_is_the_plain_posterior():
    rows = DATA["moderate"][0]
    course = _course({"all": (31, rows)}, 20)
    grid = brute(rows, 0.5, DATA["moderate"][1])
    chance = counts(grid, 31)[..., 20:].sum(axis=-1)
    assert course.spreads[1].probability.value == pytest.approx(
        (grid.joint * chance).sum(), rel=1e-4
    )
    assert course.selective[0] == pytest.approx((grid.joint * chance).sum(), rel=1e-4)
    assert course.selective[49] == pytest.approx(
        (grid.joint * (1 - (1 - chance) ** 50)).sum(), rel=1e-4
    )
    assert (np.diff(course.selective) > 0).all()


def test_counting_failures_changes_nothing():
    rows = DATA["moderate"][0]
    higher = _course({"all": (31, rows)}, 20)
    lower = _course({"all": (31, [(n - good, n) for good, n in rows])}, 11, better="lower")
    for one, other in zip(higher.spreads, lower.spreads, strict=True):
        assert one.probability.value == other.probability.value
    assert (higher.distribution == lower.distribution).all()


def test_an_outcome_counted_in_fewer_patients_than_the_claim():
    rows = DATA["moderate"][0]
    claimed = ClaimedOutcome(
        outcome="recovered", events=20, n=20, words="w", time_basis="fixed-day", time_days=14
    )
    claim = Claim(
        id="c",
        label="claim",
        source="s",
        first_public=_when(),
        treatment="t",
        n=31,
        outcomes=(claimed,),
        strata=(Stratum(id="all", label="all", n=31),),
    )
    cohorts = [_cohort("all", i, good, n) for i, (good, n) in enumerate(rows)]
    course = natural_course(claim, claimed, "higher", cohorts, ())
    grid = brute(rows, 0.5, DATA["moderate"][1])
    chance = (grid.joint * counts(grid, 20)[..., 20]).sum()
    assert course.spreads[1].probability.value == pytest.approx(chance, rel=1e-4)


def _better_by_sums(x, n, y, m, shift, spread):
    """P(treated > biased control), Jeffreys priors: logits on an even grid, the bias by its cdf."""
    step = 0.01
    logit = np.arange(-60.0, 60.0, step)

    def density(events, size):
        a, b = events + 0.5, size - events + 0.5
        weight = np.exp(
            a * special.log_expit(logit) + b * special.log_expit(-logit) - special.betaln(a, b)
        )
        assert weight.sum() * step == pytest.approx(1, abs=1e-9)
        return weight * step

    difference = signal.fftconvolve(density(x, n), density(y, m)[::-1])
    at = (np.arange(difference.size) - (logit.size - 1)) * step
    return float(difference @ stats.norm.cdf(at, shift, spread))


@pytest.mark.parametrize("series", [(31, 31, 40, 60), (20, 31, 40, 60), (12, 31, 25, 100)])
@pytest.mark.parametrize("bias", [(1.0, 1.0), (0.0, 1.0), (1.0, 0.5)])
def test_bias_adjusted_small_series(series, bias):
    x, n, y, m = series
    got = probability_better(x + 0.5, n - x + 0.5, beta_on_logit(y + 0.5, m - y + 0.5), *bias)
    assert got == pytest.approx(_better_by_sums(*series, *bias), abs=2e-6)


@pytest.mark.parametrize(
    "series", [(300, 600, 305, 600), (900, 1000, 700, 1000), (7000, 10_000, 6000, 10_000)]
)
def test_bias_adjusted_large_series(series):
    x, n, y, m = series
    got = probability_better(x + 0.5, n - x + 0.5, beta_on_logit(y + 0.5, m - y + 0.5), 1.0, 1.0)
    assert got == pytest.approx(_better_by_sums(*series, 1.0, 1.0), abs=1e-4)


# Seeds and sizes stated beforehand; 4 Monte Carlo standard errors.
MONTE_CARLO = 400_000


@pytest.mark.parametrize(
    "given", [(8.0, 3.0, 10.0, 2.0, 4.0), (10.0, 2.0, 5.0, 1.5, 7.0), (10.0, 4.0, 3.0, 0.0, 3.0)]
)
def test_past_the_peak_by_monte_carlo(given):
    peak_day, peak_sd, treated_day, treated_sd, between = given
    rng = np.random.default_rng(20200325)
    peak = rng.normal(peak_day, peak_sd, MONTE_CARLO)
    first = rng.normal(treated_day, treated_sd, MONTE_CARLO)

    def severity(day):
        return 1 / (1 + np.abs(day - peak))

    share = np.mean(severity(first + between) < severity(first))
    chance = past_the_peak(*given)
    assert abs(share - chance) < 4 * math.sqrt(chance * (1 - chance) / MONTE_CARLO)


@pytest.mark.parametrize("cutoff", [30.0, 50.0, 62.0])
def test_regression_to_the_mean_by_monte_carlo(cutoff):
    rng = np.random.default_rng(20200326)
    first, second = rng.multivariate_normal([50, 50], [[100, 45], [45, 100]], MONTE_CARLO).T
    chosen = first > cutoff
    n = chosen.sum()
    got = regression_to_mean(50.0, 10.0, 0.45, cutoff)
    fall = (first - second)[chosen]
    lower = got.probability_lower
    assert abs(np.mean(fall > 0) - lower) < 4 * math.sqrt(lower * (1 - lower) / n)
    assert abs(fall.mean() - got.expected_fall) < 4 * fall.std() / math.sqrt(n)
    mean = first[chosen]
    assert abs(mean.mean() - got.baseline_mean) < 4 * mean.std() / math.sqrt(n)


@pytest.mark.parametrize("ramp", [0.0, 2.0, 6.5])
@pytest.mark.parametrize("patients", [0, 7, 40, 702])
def test_months_to_enrol_by_stepping(ramp, patients):
    per_month, enrolled, step, steps = 40.0, 0.0, 1 / 1024, 0
    while enrolled < patients:
        middle = (steps + 0.5) * step
        enrolled += step * per_month * (min(1.0, middle / ramp) if ramp else 1.0)
        steps += 1
    months = months_to_enrol(Accrual(per_month=per_month, ramp_up_months=ramp), patients)
    assert months == pytest.approx(steps * step, abs=1.01 * step)


@pytest.mark.parametrize(
    ("control", "treatment", "alpha"), [(0.5, 0.9, 0.025), (0.75, 0.85, 0.025), (0.2, 0.4, 0.05)]
)
@pytest.mark.parametrize("power", [0.8, 0.9, 0.95])
def test_normal_size_has_its_power_from_the_z_statistic(control, treatment, alpha, power):
    n = normal_sample_size(control, treatment, alpha, power)
    pooled = stats.norm(0, math.sqrt((control + treatment) * (2 - control - treatment) / 2 / n))
    variances = [p * (1 - p) / n for p in (control, treatment)]
    truth = stats.norm(treatment - control, math.sqrt(sum(variances)))
    assert truth.sf(pooled.isf(alpha)) == pytest.approx(power, abs=1e-12)
