"""Two rates and two means checked by other means: optimisers, grids, enumeration, simulation."""

import itertools

import numpy as np
import pytest
from scipy import optimize, special, stats

from equipoise.numerics.means import (
    means_drift,
    means_effect,
    means_size,
    one_sample_t,
    pooled_t,
    t_to_z,
    welch_t,
)
from equipoise.numerics.rates_restricted import NO_EFFECT, null_treatment_rate, restricted_rates
from equipoise.numerics.rates_sizes import rates_drift, rates_effect, rates_size
from equipoise.numerics.two_by_two import fisher_power, fisher_table
from equipoise.numerics.two_rates import score_interval, score_z, wald_z

SCALES = ("difference", "ratio", "odds_ratio")
MARGINS = {
    "difference": (-0.6, -0.1, -0.01, 0.0, 0.05, 0.3, 0.95),
    "ratio": (0.1, 0.8, 0.99, 1.0, 1.25, 4.0),
    "odds_ratio": (0.05, 0.7, 1.0, 1.01, 3.0, 50.0),
}
TABLES = (
    (30, 175, 14, 175),
    (0, 20, 0, 35),
    (20, 20, 35, 35),
    (20, 20, 0, 35),
    (0, 20, 35, 35),
    (0, 12, 3, 9),
    (4, 12, 0, 9),
    (12, 12, 3, 9),
    (5, 50, 9, 25),
    (1, 1000, 3, 800),
)
ALL = [(scale, margin) for scale in SCALES for margin in MARGINS[scale]]


def log_likelihood(p0, table, margin, scale):
    x1, n1, x0, n0 = table
    p1 = np.clip(null_treatment_rate(p0, margin, scale), 0, 1)
    return (
        special.xlogy(x1, p1)
        + special.xlog1py(n1 - x1, -p1)
        + special.xlogy(x0, p0)
        + special.xlog1py(n0 - x0, -p0)
    )


def limits(margin, scale):
    if scale == "difference":
        return max(0.0, -margin), min(1.0, 1 - margin)
    return (0.0, min(1.0, 1 / margin)) if scale == "ratio" else (0.0, 1.0)


@pytest.mark.parametrize(("scale", "margin"), ALL)
@pytest.mark.parametrize("table", TABLES)
def test_restricted_rates_maximise_the_likelihood(table, scale, margin):
    x1, n1, x0, n0 = table
    p1, p0 = restricted_rates(x1 / n1, x0 / n0, n1 / n0, margin, scale)
    low, high = limits(margin, scale)
    assert low - 1e-12 <= p0 <= high + 1e-12
    np.testing.assert_allclose(p1, null_treatment_rate(p0, margin, scale), atol=1e-12)
    found = optimize.minimize_scalar(
        lambda p: -log_likelihood(p, table, margin, scale),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-10},
    )
    ends = max(log_likelihood(end, table, margin, scale) for end in (low, high))
    best = max(-found.fun, ends)
    assert log_likelihood(p0, table, margin, scale) >= best - 1e-9 * (1 + abs(best))


@pytest.mark.parametrize(("scale", "margin"), ALL)
@pytest.mark.parametrize("table", [TABLES[0], TABLES[5], TABLES[8]])
def test_score_z_is_the_score_of_the_profile_likelihood(table, scale, margin):
    """z = (slope of the profile log-likelihood) times the margin's standard error, by differences.

    The odds ratio is differentiated in its logarithm.
    """
    x1, n1, x0, n0 = table

    def profile(at):
        value = np.exp(at) if scale == "odds_ratio" else at
        control = restricted_rates(x1 / n1, x0 / n0, n1 / n0, value, scale)[1]
        return float(log_likelihood(control, table, value, scale))

    p1, p0 = restricted_rates(x1 / n1, x0 / n0, n1 / n0, margin, scale)
    if min(p1, p0) <= 1e-9 or max(p1, p0) >= 1 - 1e-9:
        return
    v1, v0 = p1 * (1 - p1) / n1, p0 * (1 - p0) / n0
    variance = {
        "difference": v1 + v0,
        "ratio": (v1 + margin**2 * v0) / p0**2,
        "odds_ratio": v1 / (p1 * (1 - p1)) ** 2 + v0 / (p0 * (1 - p0)) ** 2,
    }[scale]
    at = np.log(margin) if scale == "odds_ratio" else margin
    step = 1e-5
    slope = (profile(at + step) - profile(at - step)) / (2 * step)
    z = float(score_z(*table, margin, scale))
    assert slope * np.sqrt(variance) == pytest.approx(z, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("corrected", [False, True])
def test_every_scale_gives_the_pooled_z_at_no_effect(corrected):
    x1, n1, x0, n0 = (np.array(column, float) for column in zip(*TABLES, strict=True))
    mean = (x1 + x0) / (n1 + n0)
    with np.errstate(invalid="ignore"):
        pooled = (x1 / n1 - x0 / n0) / np.sqrt(mean * (1 - mean) * (1 / n1 + 1 / n0))
    pooled = np.where(np.isnan(pooled), 0.0, pooled)
    factor = np.sqrt((n1 + n0 - 1) / (n1 + n0)) if corrected else 1.0
    for scale in SCALES:
        z = score_z(x1, n1, x0, n0, scale=scale, corrected=corrected)
        np.testing.assert_allclose(z, pooled * factor, atol=1e-12)


@pytest.mark.parametrize(("scale", "margin"), ALL)
def test_every_table_has_a_z_and_swapping_arms_turns_it(scale, margin):
    x1, x0 = np.arange(8.0)[:, None], np.arange(12.0)[None, :]
    other = -margin if scale == "difference" else 1 / margin
    for z in (score_z, wald_z):
        value, turned = z(x1, 7, x0, 11, margin, scale), z(x0, 11, x1, 7, other, scale)
        assert value.shape == (8, 12)
        assert not np.isnan(value).any()
        np.testing.assert_allclose(value, -turned, atol=1e-9)
    if scale != "ratio":
        events, failures = (
            score_z(x1, 7, x0, 11, margin, scale),
            score_z(7 - x1, 7, 11 - x0, 11, other, scale),
        )
        np.testing.assert_allclose(events, -failures, atol=1e-9)


@pytest.mark.parametrize("scale", SCALES)
def test_hard_tables_and_margins_keep_their_digits(scale):
    """20,000 tables of 1 to 100,000 patients, many at 0 or n, with margins down to 1e-8 of none.

    The restricted control rate is bisected from the likelihood's slope in extended precision.
    """
    rng, size = np.random.default_rng(1985), 20_000
    largest = rng.choice([5, 50, 1000, 100_000], size)
    n1, n0 = (rng.integers(1, largest + 1) for _ in range(2))
    x1, x0 = (rng.binomial(n, rng.beta(0.3, 0.3, size)) for n in (n1, n0))
    near = rng.choice([1, 1e-2, 1e-5, 1e-8], size)
    if scale == "difference":
        margin = rng.uniform(-0.9, 0.9, size) * near
    else:
        margin = np.exp(rng.normal(0, 2, size) * near)
    wide = margin.astype(np.longdouble)
    low, high = np.zeros_like(wide), np.ones_like(wide)
    if scale == "difference":
        low, high = np.maximum(low, -wide), np.minimum(high, 1 - wide)
    elif scale == "ratio":
        high = np.minimum(high, 1 / wide)

    def slope(p0):
        if scale == "odds_ratio":
            return x1 - n1 * (p0 * wide / (1 - p0 + p0 * wide)) + x0 - n0 * p0
        p1, times = (p0 + wide, 1) if scale == "difference" else (p0 * wide, wide)

        def over(count, rate):
            return np.where(count == 0, 0, count / np.maximum(rate, np.longdouble(1e-300)))

        treatment = over(x1, p1) - over(n1 - x1, 1 - p1)
        return times * treatment + over(x0, p0) - over(n0 - x0, 1 - p0)

    for _ in range(70):
        middle = (low + high) / 2
        rising = slope(middle) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    control = restricted_rates(x1 / n1, x0 / n0, n1 / n0, margin, scale)[1]
    np.testing.assert_allclose(control, ((low + high) / 2).astype(float), rtol=0, atol=1e-10)

    other = -margin if scale == "difference" else 1 / margin
    z = score_z(x1, n1, x0, n0, margin, scale)
    assert not np.isnan(z).any()
    np.testing.assert_allclose(z, -score_z(x0, n0, x1, n1, other, scale), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("corrected", [False, True])
def test_interval_is_the_set_of_margins_that_are_not_rejected(scale, corrected):
    grid = np.linspace(-0.9999, 0.9999, 4001)
    margins = grid if scale == "difference" else np.exp(12 * grid)
    for table in TABLES:
        kept = np.abs(score_z(*table, margins, scale, corrected)) <= special.ndtri(0.95)
        lower, upper = score_interval(*table, 0.9, scale, corrected)
        np.testing.assert_array_equal(kept, (margins >= lower) & (margins <= upper))


def test_interval_ends_where_the_margin_is_just_rejected():
    x1, n1, x0, n0 = (np.array(column, float) for column in zip(*TABLES, strict=True))
    for scale, corrected in itertools.product(SCALES, (False, True)):
        for limit, sign in zip(
            score_interval(x1, n1, x0, n0, 0.95, scale, corrected), (1, -1), strict=True
        ):
            inner = np.isfinite(limit) & (np.abs(limit) < 1 if scale == "difference" else limit > 0)
            z = score_z(x1, n1, x0, n0, np.where(inner, limit, NO_EFFECT[scale]), scale, corrected)
            np.testing.assert_allclose(z[inner], sign * special.ndtri(0.975), rtol=1e-9)


def test_limits_without_events():
    assert score_interval(0, 20, 0, 35, scale="ratio") == (0.0, np.inf)
    assert score_interval(0, 20, 0, 35, scale="odds_ratio") == (0.0, np.inf)
    assert score_interval(20, 20, 0, 35)[1] == 1.0
    assert score_interval(0, 20, 5, 35, scale="ratio")[0] == 0.0
    assert score_interval(4, 20, 0, 35, scale="odds_ratio")[1] == np.inf


# Planning


def rates_power(n, p1, p0, z_alpha, *further):
    return special.ndtr(rates_drift(n, p1, p0, z_alpha, *further) - z_alpha)


def means_power(n, difference, sd, alpha, *further, **named):
    return special.ndtr(
        means_drift(n, difference, sd, alpha, *further, **named) + special.ndtri(alpha)
    )


def score_rejections(n1, n0, z_critical, margin=None, scale="difference"):
    """What the score test does with every pair of counts, (n1 + 1, n0 + 1).

    A z within 1e-10 of the critical value counts as equal.
    """
    x1, x0 = np.arange(n1 + 1.0)[:, None], np.arange(n0 + 1.0)
    return score_z(x1, n1, x0, n0, margin, scale) >= z_critical - 1e-10


def enumerated_power(rejects, p1, p0):
    """P(reject) over every pair of counts of a table (n1 + 1, n0 + 1)."""
    counts = [np.arange(size) for size in rejects.shape]
    treatment, control = (
        stats.binom.pmf(count, count[-1], rate)
        for count, rate in zip(counts, (p1, p0), strict=True)
    )
    return float(treatment @ rejects @ control)


@pytest.mark.parametrize("variance", ["pooled", "unpooled", "score"])
@pytest.mark.parametrize(
    ("scale", "margin"),
    [
        ("difference", -0.1),
        ("difference", 0.0),
        ("ratio", 0.8),
        ("odds_ratio", 1.0),
        ("odds_ratio", 0.6),
    ],
)
def test_power_inverts_size(scale, margin, variance):
    p1, p0, ratio = np.array([0.45, 0.5, 0.62]), 0.4, np.array([0.5, 1.0, 2.0])
    z_alpha, z_beta = special.ndtri(0.975), special.ndtri(0.83)
    n = rates_size(p1, p0, z_alpha, z_beta, ratio, margin, scale, variance)
    np.testing.assert_allclose(
        rates_power(n, p1, p0, z_alpha, ratio, margin, scale, variance), 0.83, rtol=1e-12
    )
    # the outcome may be counted the other way round
    swapped = -margin if scale == "difference" else 1 / margin
    if scale != "ratio":
        mirror = rates_size(1 - p1, 1 - p0, z_alpha, z_beta, ratio, swapped, scale, variance)
        np.testing.assert_allclose(mirror, n, rtol=1e-9)
        turned = rates_drift(
            n, 1 - p1, 1 - p0, z_alpha, ratio, swapped, scale, variance, upper=False
        )
        np.testing.assert_allclose(turned - z_alpha, z_beta, rtol=1e-9)


def test_no_effect_needs_endless_patients_and_has_the_level_as_power():
    assert rates_size(0.3, 0.3, 1.96, 1.28) == np.inf
    for scale in SCALES:
        assert rates_power(200, 0.3, 0.3, 1.5, 1.0, None, scale) == pytest.approx(
            special.ndtr(-1.5)
        )
    assert rates_power(50, 1.0, 0.0, 1.96) == 1.0


def test_power_against_the_direction_of_the_test_is_the_lower_tail():
    """Here rpact 3.3.4 differs: it turns the sign of z_alpha in the drift with the effect's sign.

    Both are within 0.003 of the exact power, and neither is always the nearer.
    """
    z_alpha = special.ndtri(0.975)
    for p1 in (0.15, 0.25):
        exact = enumerated_power(score_rejections(28, 14, z_alpha), p1, 0.3)
        assert float(rates_power(42, p1, 0.3, z_alpha, 2.0)) == pytest.approx(exact, abs=0.003)


def test_allocation_ratio_matters_and_simulation_agrees():
    """statsmodels#8049: a power for two proportions that left the allocation ratio out.

    Seed 8049, 400,000 trials of 200 + 100 patients; tolerance four Monte Carlo standard errors of
    the exact power, which normal theory meets within 0.01.
    """
    p1, p0, z_alpha = 0.45, 0.3, special.ndtri(0.975)
    one, two = (float(rates_power(300, p1, p0, z_alpha, ratio)) for ratio in (1.0, 2.0))
    assert one - two > 0.03
    half = float(rates_power(300, p1, p0, z_alpha, 0.5))
    assert abs(half - two) > 0.002  # which arm is larger matters as well

    rng, trials = np.random.default_rng(8049), 400_000
    x1, x0 = rng.binomial(200, p1, trials), rng.binomial(100, p0, trials)
    simulated = np.mean(score_z(x1, 200, x0, 100) >= z_alpha)
    exact = enumerated_power(score_rejections(200, 100, z_alpha), p1, p0)
    assert abs(simulated - exact) < 4 * np.sqrt(exact * (1 - exact) / trials)
    assert abs(exact - two) < 0.01
    assert abs(exact - one) > 0.025


@pytest.mark.parametrize(
    ("scale", "margin", "p1", "p0"),
    [
        ("difference", -0.1, 0.8, 0.8),
        ("ratio", 0.8, 0.7, 0.7),
        ("odds_ratio", 1.0, 0.6, 0.42),
        ("odds_ratio", 0.5, 0.3, 0.3),
        ("odds_ratio", 2.0, 0.7, 0.35),
    ],
)
@pytest.mark.parametrize("ratio", [1, 2])
def test_planned_power_is_near_the_exact_power(scale, margin, p1, p0, ratio):
    z_alpha, z_beta = special.ndtri(0.975), special.ndtri(0.9)
    n = float(rates_size(p1, p0, z_alpha, z_beta, ratio, margin, scale, "score"))
    n0 = round(n / (1 + ratio))
    n1 = ratio * n0
    planned = float(rates_power(n1 + n0, p1, p0, z_alpha, ratio, margin, scale, "score"))
    exact = enumerated_power(score_rejections(n1, n0, z_alpha, margin, scale), p1, p0)
    assert exact == pytest.approx(planned, abs=0.015)
    pooled = float(rates_power(n1 + n0, p1, p0, z_alpha, ratio, margin, scale, "pooled"))
    assert exact == pytest.approx(pooled, abs=0.03)


def test_critical_effect_stands_at_its_boundary():
    for scale, z in itertools.product(SCALES, (2.5, -2.5)):
        effect = float(rates_effect(z, 240, 0.35, 2.0, scale=scale))
        rate = {
            "difference": 0.35 + effect,
            "ratio": 0.35 * effect,
            "odds_ratio": float(null_treatment_rate(0.35, effect, "odds_ratio")),
        }[scale]
        assert score_z(160 * rate, 160, 80 * 0.35, 80, scale=scale) == pytest.approx(z, rel=1e-9)
    assert np.isnan(rates_effect(9.0, 20, 0.5))


def test_power_of_fishers_test_by_enumeration():
    rejects = np.arange(18)[:, None] >= fisher_table(13, 17, 0.05)
    expected = enumerated_power(rejects, 0.7, 0.3)
    assert fisher_power(13, 17, 0.3, 0.7, 0.05) == pytest.approx(expected, rel=1e-12)


# Means


def test_t_statistics_are_those_of_scipy():
    given = (12, 3.1, 2.0, 19, 1.4, 1.1)
    for function, equal in ((pooled_t, True), (welch_t, False)):
        t, df = function(*given)
        expected = stats.ttest_ind_from_stats(3.1, 2.0, 12, 1.4, 1.1, 19, equal_var=equal)
        assert float(t) == pytest.approx(expected.statistic, rel=1e-12)
        assert 2 * stats.t.sf(t, df) == pytest.approx(expected.pvalue, rel=1e-10)
        assert stats.norm.sf(t_to_z(t, df)) == pytest.approx(expected.pvalue / 2, rel=1e-10)
    t, df = one_sample_t(12, 3.1, 2.0, 2.5)
    assert (float(t), float(df)) == pytest.approx((0.6 / (2 / np.sqrt(12)), 11.0))
    assert t_to_z(-40.0, 30) == pytest.approx(-float(t_to_z(40.0, 30)))
    assert float(t_to_z(40.0, 30)) > 10


@pytest.mark.parametrize("sd", [1.3, (2.0, 1.0), (0.5, 2.0)])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("known", [False, True])
def test_power_of_means_inverts_size(sd, ratio, known):
    n = means_size(0.8, sd, 0.025, 0.15, ratio, known=known)
    assert means_power(n, 0.8, sd, 0.025, ratio, known=known) == pytest.approx(0.85, rel=1e-10)
    turned = means_power(n, -0.8, sd, 0.025, ratio, known=known, upper=False)
    assert turned == pytest.approx(0.85, rel=1e-10)


def test_welch_power_by_simulation():
    """Seed 1938, 100,000 trials of 36 + 18 with deviations 2 and 1; four standard errors + 0.003.

    The formula takes the degrees of freedom as known; 0.003 is allowed for that.
    """
    rng, trials = np.random.default_rng(1938), 100_000
    n1, n0, sd, gap = 36, 18, (2.0, 1.0), 1.3
    mean1, mean0 = rng.normal(gap, sd[0] / 6, trials), rng.normal(0, sd[1] / np.sqrt(n0), trials)
    sd1 = sd[0] * np.sqrt(rng.chisquare(n1 - 1, trials) / (n1 - 1))
    sd0 = sd[1] * np.sqrt(rng.chisquare(n0 - 1, trials) / (n0 - 1))
    t, df = welch_t(n1, mean1, sd1, n0, mean0, sd0)
    simulated = np.mean(t_to_z(t, df) >= special.ndtri(0.975))
    power = float(means_power(n1 + n0, gap, sd, 0.025, 2.0))
    assert abs(simulated - power) < 4 * np.sqrt(power * (1 - power) / trials) + 0.003


def test_critical_mean_difference_has_the_tail_of_its_boundary():
    effect = float(means_effect(2.2, 30, 1.5, 2.0, margin=0.4))
    t, df = pooled_t(20, effect, 1.5, 10, 0.0, 1.5, margin=0.4)
    assert float(t_to_z(t, df)) == pytest.approx(2.2, rel=1e-10)
    assert float(means_effect(-2.2, 30, 1.5, 2.0)) == pytest.approx(-(effect - 0.4), rel=1e-12)
    assert np.isnan(means_effect(2.0, 2.0, 1.0))
